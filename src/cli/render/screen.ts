/** A run on a whole window: campaigns, then the calls under way, then what happened last; nothing wraps. */
import type { ChalkInstance } from "chalk";
import { SECOND } from "../../domain/time/instant.ts";
import { cell, cut, wrapped } from "./cells.ts";
import { campaignState } from "./campaign-state.ts";
import { type CampaignLine, campaignLines, NARROW, type ToneLine } from "./screen-campaigns.ts";
import type { CallRow, ScreenState, Size, Tone } from "./screen-state.ts";
import { minutes } from "./text.ts";

/** Of what is below the campaigns, events have at least so many lines, when there are that many. */
const LEAST_EVENTS = 3;
/** Lines of a reason. */
const MOST_REASON = 5;
/** So many lines are worth a heading. */
const ROOMY = 10;

/** At most `rows` - 1 lines: the cursor stands on the last. */
export function screenLines(state: ScreenState, { columns, rows }: Size, chalk: ChalkInstance): string[] {
  // A full line would leave the cursor beyond the edge.
  const width = Math.max(1, columns - 1);
  const height = Math.max(1, rows - 1);
  const paint = ({ text, tone }: ToneLine): string => PAINT[tone](chalk, cut(text, width));
  const titles = titleLines(state, width);
  const keys = width < KEYS.length ? FEW_KEYS : KEYS;
  const last: ToneLine = {
    text: state.notice ?? (state.keys ? keys : ""),
    tone: state.notice === null ? "quiet" : "plain",
  };
  const feet = height >= 6 && last.text !== "" ? [last] : [];
  const room = height - titles.length - feet.length;
  const body = state.help ? HELP.slice(0, room) : bodyLines(state, width, room);
  return [...titles, ...body, ...feet].slice(0, height).map(paint);
}

function bodyLines(state: ScreenState, width: number, room: number): ToneLine[] {
  const { campaigns, chosen } = state;
  const { header, lines: all } = campaignLines(state, width);
  const most = Math.max(1, room - 1 - (state.calls.length + state.events.length > 0 ? LEAST_EVENTS + 1 : 0));
  const shown = windowOf(
    all,
    most,
    campaigns.findIndex(({ report }) => report.campaign.id === chosen),
  );
  const lines = campaigns.length === 0 ? [] : [header, ...shown];
  const top = [...lines, ...reasonLines(all, state, width, room - lines.length)];
  return [...top, ...below(state, width, room - top.length)].slice(0, room);
}

/**
 * Why, below all lines, where a campaign's own has no room for it: of each that needs somebody, the chosen one first; in a
 * narrow window of one, which may be one that waits. The first may take all the room, the others leave some.
 */
function reasonLines(lines: readonly CampaignLine[], { chosen }: ScreenState, width: number, room: number): ToneLine[] {
  const isNarrow = width < NARROW;
  const cut = lines.filter(({ unsaid }) => unsaid !== null);
  const alarms = cut.filter(({ tone }) => tone === "alarm");
  const mine = (isNarrow ? cut : alarms).filter(({ id }) => id === chosen);
  const others = isNarrow ? [...cut.filter(({ tone }) => tone === "wait"), ...cut] : [];
  const order = [...new Set([...mine, ...alarms, ...others])];
  const shown: ToneLine[] = [];
  for (const { unsaid, tone } of isNarrow ? order.slice(0, 1) : order) {
    const whole = wrapped(unsaid ?? "", width - 2, MOST_REASON);
    if (shown.length > 0 && shown.length + whole.length > room - LEAST_EVENTS - 1) break;
    shown.push(...whole.map((text) => ({ text: `  ${text}`, tone })));
  }
  return shown.slice(0, Math.max(0, room));
}

/** As many as fit, with the chosen one among them; the last line says how many are not. */
function windowOf(lines: readonly ToneLine[], room: number, chosen: number): readonly ToneLine[] {
  if (lines.length <= room) return lines;
  const fits = Math.max(1, room - 1);
  const from = Math.min(Math.max(0, chosen - fits + 1), lines.length - fits);
  const hidden = lines.filter((_, n) => n < from || n >= from + fits);
  const alarms = hidden.filter(({ tone }) => tone === "alarm").length;
  const more: ToneLine = {
    text: `  … ${hidden.length} more${alarms === 0 ? "" : `, ! ${alarms} of them need${alarms === 1 ? "s" : ""} you`} (↑ ↓)`,
    tone: alarms === 0 ? "quiet" : "alarm",
  };
  return [...lines.slice(from, from + fits), ...(room > 1 ? [more] : [])];
}

/** Calls under way and what happened last share what is left. */
function below({ calls, events, at }: ScreenState, width: number, room: number): ToneLine[] {
  if (room <= 0) return [];
  const headed = room >= ROOMY;
  const head = (text: string, n: number): ToneLine[] => (headed && n > 0 ? [{ text, tone: "quiet" }] : []);
  const heads = headed ? Number(calls.length > 0) + Number(events.length > 0) : 0;
  const forEvents = Math.min(events.length, LEAST_EVENTS, room);
  const forCalls = Math.max(0, room - heads - forEvents);
  const lines = calls
    .slice(0, calls.length > forCalls ? Math.max(0, forCalls - 1) : forCalls)
    .map((call) => callLine(call, at, width));
  const hidden = calls.length - lines.length;
  const more: ToneLine[] = hidden > 0 && forCalls > 0 ? [{ text: `  … ${hidden} more live`, tone: "quiet" }] : [];
  const left = room - heads - lines.length - more.length;
  return [
    ...head("LIVE CALLS", calls.length),
    ...lines,
    ...more,
    ...head("LAST", events.length),
    ...(left > 0 ? events.slice(-left) : []),
  ];
}

function callLine({ campaign, who, state, since }: CallRow, at: number, width: number): ToneLine {
  const age = minutes(Math.max(0, Math.floor((at - since) / SECOND)));
  const words = { agent: "agent", dialing: "dialing", ringing: "ringing", talking: "talking" }[state];
  const names = width >= 60 ? `${cell(campaign, 14)} ` : "";
  return {
    text: ` ${cell(age, 6, "right")} ${cell(words, 7)} ${names}${who}`,
    tone: state === "talking" ? "talk" : "plain",
  };
}

function titleLines(state: ScreenState, width: number): ToneLine[] {
  const { troubles } = state;
  if (troubles.length === 0) return [titleLine(state)];
  const lines = wrapped(`! ${troubles.join(" · ")}`, width, MOST_REASON);
  return lines.map((text) => ({ text, tone: "alarm" }));
}

function titleLine({ campaigns, calls, halted, timeZone }: ScreenState): ToneLine {
  if (halted === "draining")
    return { text: `no new calls; waiting for ${calls.length} live; Ctrl-C leaves them to the next run`, tone: "wait" };
  const alarms = campaigns.filter(({ report }) => campaignState(report, timeZone, halted).tone === "alarm").length;
  const running = campaigns.filter(({ report }) => report.campaign.status === "running").length;
  if (campaigns.length === 0) return { text: "no campaign is running; campaigns start starts one", tone: "wait" };
  const needs = alarms === 0 ? "" : ` · ! ${alarms} need${alarms === 1 ? "s" : ""} you`;
  // Other runners' too.
  const live = campaigns.reduce((sum, { report }) => sum + report.live, 0);
  return { text: `${running} running · ${live} live${needs}`, tone: alarms > 0 ? "alarm" : "plain" };
}

const KEYS = "↑ ↓ choose  p pause  q no new calls, then quit  ? help";
const FEW_KEYS = "↑ ↓  p pause  q quit  ? help";
const HELP: readonly ToneLine[] = [
  "",
  "↑ ↓     choose a campaign",
  "p       pause it: no new calls, live ones go on; campaigns resume goes on",
  "q       no new calls; the run ends with its live calls",
  "Ctrl-C  the same; once more leaves the live calls to the next run",
  "Ctrl-Z  stop this run for now; others take its calls over",
  "?       back",
  "",
  "red, !  needs you",
  "yellow  waits, and says until when",
  "green   is dialing or talking",
].map((text) => ({ text, tone: "plain" }));

const PAINT: Readonly<Record<Tone, (chalk: ChalkInstance, text: string) => string>> = {
  alarm: (chalk, text) => chalk.red(text),
  wait: (chalk, text) => chalk.yellow(text),
  talk: (chalk, text) => chalk.green(text),
  quiet: (chalk, text) => chalk.dim(text),
  plain: (_, text) => text,
};
