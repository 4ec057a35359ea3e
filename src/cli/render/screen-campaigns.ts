/** Campaigns on a screen: one line each, with as many columns as the window has room for. */
import { formatDuration } from "../../domain/time/duration.ts";
import { clock } from "../../domain/time/when.ts";
import type { CampaignReport } from "../../engine/manage/campaigns.ts";
import { campaignState } from "./campaign-state.ts";
import { bar, cell } from "./cells.ts";
import { final } from "./text.ts";
import type { ScreenState, Tone } from "./screen-state.ts";
import { widthOf } from "./width.ts";

export interface ToneLine {
  readonly text: string;
  readonly tone: Tone;
}

export interface CampaignLine extends ToneLine {
  /** Whose it is. */
  readonly id: string;
  /** Why it is as it is, where the line has no room for all of that. */
  readonly unsaid: string | null;
}

interface Column {
  readonly head: string;
  readonly of: (report: CampaignReport) => string;
  /** Shown in windows of at least so many columns. */
  readonly from: number;
}

const share = (part: number, whole: number): string => (whole === 0 ? "-" : `${Math.floor((part / whole) * 100)}%`);

const pace = ({ pace }: CampaignReport): string =>
  (pace.interval === 0 ? `${pace.concurrency}x` : formatDuration(pace.interval)) + (pace.lowered ? "↓" : "");

const NUMBERS: readonly Column[] = [
  { head: "CALLS", from: 110, of: ({ progress, contacts }) => `${final(progress)}/${contacts}` },
  { head: "DONE", from: 0, of: ({ progress, contacts }) => share(final(progress), contacts) },
  { head: "REACHED", from: 110, of: ({ progress }) => String(progress.reached) },
  { head: "RCHD", from: 60, of: ({ progress }) => String(progress.reached) },
  { head: "ANSW", from: 60, of: ({ progress }) => share(progress.pickups, progress.dials) },
  { head: "LIVE", from: 0, of: ({ live }) => String(live) },
  { head: "TODAY", from: 60, of: ({ today, campaign }) => `${today}/${campaign.dailyCap}` },
  { head: "PACE", from: 60, of: pace },
];

const WIDE = 110;
/** In windows with fewer columns a line says why in a word or two. */
export const NARROW = 60;

/** `columns`: of the window. `chosen`: the id of the campaign that is marked. */
export function campaignLines(
  { campaigns: rows, timeZone, chosen, halted }: ScreenState,
  columns: number,
): { readonly header: ToneLine; readonly lines: readonly CampaignLine[] } {
  const size = columns >= WIDE ? "wide" : columns >= NARROW ? "middle" : "narrow";
  const shown = NUMBERS.filter(({ from, head }) => columns >= from && !(size === "wide" && head === "RCHD"));
  const cells = rows.map(({ report }) => shown.map(({ of }) => of(report)));
  const widths = shown.map(({ head }, n) => Math.max(head.length, ...cells.map((row) => widthOf(row[n] ?? ""))));
  const gap = size === "wide" ? 2 : 1;
  const widest = Math.max(8, ...rows.map(({ report }) => widthOf(report.campaign.name.slice(0, 100))));
  const nameRoom = Math.min(widest, { wide: 28, middle: 13, narrow: 11 }[size]);
  const barRoom = { wide: 20, middle: 6, narrow: 0 }[size];
  const taken = widths.reduce((sum, width) => sum + width + gap, 1 + nameRoom + (barRoom === 0 ? 0 : barRoom + gap));
  const stateRoom = Math.max(0, columns - taken - gap);
  const line = (mark: string, name: string, bars: string, numbers: readonly string[], state: string): string =>
    [
      `${mark}${cell(name, nameRoom)}`,
      ...(barRoom === 0 ? [] : [cell(bars, barRoom)]),
      ...numbers.map((text, n) => cell(text, widths[n] ?? 0, "right")),
      cell(state, stateRoom),
    ]
      .join(" ".repeat(gap))
      .trimEnd();
  const header = line(
    " ",
    "CAMPAIGN",
    "",
    shown.map(({ head }) => head),
    "STATE",
  );
  return {
    header: { text: header, tone: "quiet" },
    lines: rows.map(({ report, eta }, n): CampaignLine => {
      const { short, long, tone } = campaignState(report, timeZone, halted);
      const ends = eta === null || halted !== null ? "" : `, ends ~${clock(eta, report.at, timeZone)}`;
      const fitting = [long + ends, long, short + ends, short].find((text) => widthOf(text) <= stateRoom);
      const state = fitting ?? (stateRoom >= 40 ? long : short);
      const { id, name } = report.campaign;
      const mark = id === chosen ? "▸" : " ";
      const done = report.contacts === 0 ? 0 : final(report.progress) / report.contacts;
      const text = line(mark, name, bar(done, barRoom), cells[n] ?? [], state);
      const isSaid = fitting?.startsWith(long) === true;
      return { id, text, tone, unsaid: isSaid ? null : rows.length > 1 ? `${name}: ${long}` : long };
    }),
  };
}
