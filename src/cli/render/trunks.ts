/** Trunks and caller IDs → text. */
import type { ChalkInstance } from "chalk";
import { formatDuration } from "../../domain/time/duration.ts";
import { relative } from "../../domain/time/relative.ts";
import { visible } from "../../domain/text/visible.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import type { TrunkLimit } from "../../engine/ports/caller-numbers.ts";
import type { AssistantReport, TrunkReport } from "../../engine/manage/outbound-trunks.ts";
import { assistantsOf } from "../../json/trunks.ts";
import { table } from "./table.ts";
import { dimmed } from "./text.ts";

/** As it was said: the roundest number of dials a second that comes to this many milliseconds, rounded up. */
function perSecond(interval: number): number {
  const [least, most] = [SECOND / interval, interval === 1 ? Infinity : SECOND / (interval - 1)];
  for (const parts of [1, 10, 100]) {
    const round = Math.ceil(least * parts - 1e-9) / parts;
    if (round < most) return round;
  }
  return Math.floor(least * 1000) / 1000;
}

/** `one dial every 2s, 10 calls at once`. */
export function limitText({ interval, concurrency }: TrunkLimit): string {
  const pace =
    interval === 0 ? null : interval <= SECOND ? `${perSecond(interval)}/s` : `one every ${formatDuration(interval)}`;
  const limits = [pace, concurrency === null ? null : `${concurrency} at once`].filter((limit) => limit !== null);
  return limits.length === 0 ? "no limit" : limits.join(", ");
}

export function trunksText(reports: readonly TrunkReport[], chalk: ChalkInstance, width?: number): string[] {
  if (reports.length === 0) return ["no outbound trunks; create one with campaigns trunks create"];
  const rows = [
    ["ID", "NAME", "ADDRESS", "TRANSPORT", "LIMIT", "ASSISTANTS", "NUMBERS"],
    ...reports.map(({ trunk, assigned, limit }) => [
      trunk.id,
      trunk.name,
      trunk.address,
      trunk.transport,
      limitText(limit),
      assistantsOf(assigned).join(",") || "-",
      trunk.numbers.join(","),
    ]),
  ];
  return dimmed(table(rows, width), chalk);
}

export function assistantText(
  { numbers, trunks, missing }: AssistantReport,
  now: Instant,
  chalk: ChalkInstance,
  width?: number,
): string[] {
  const callerIds = table(
    [
      ["CALLER ID", "LABEL", "TRUNK", "LAST USED"],
      ...numbers.map((number) => [
        number.number,
        number.label ?? "",
        number.trunkId ?? "",
        number.lastUsedAt === null
          ? "never"
          : `${new Date(number.lastUsedAt).toISOString()}, ${relative(number.lastUsedAt, now)}`,
      ]),
    ],
    width,
  );
  return [
    ...(trunks.length === 0 ? [] : [...trunksText(trunks, chalk, width), ""]),
    ...dimmed(callerIds, chalk),
    ...missing.map((id) =>
      chalk.yellow(`LiveKit no longer has trunk ${visible(id)}: unassign its numbers, then assign them again`),
    ),
  ];
}
