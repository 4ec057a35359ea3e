/** What the SQL functions answer, read as the port's types. */
import { z } from "zod";
import { CALL_STATUSES, type Call, type CallStatus, type Outcome, OUTCOMES } from "../../domain/calls/call.ts";
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { Talk } from "../../domain/calls/dead-air.ts";
import { type Ending, isEnding } from "../../domain/calls/ending.ts";
import type { Snapshot } from "../../domain/calls/plan.ts";
import type { TrunkLoad } from "../../domain/calls/trunk-limit.ts";
import type {
  CallHistory,
  CallPage,
  Claim,
  DialGate,
  Lease,
  Progress,
  Saved,
  VerdictSaved,
} from "../../engine/ports/index.ts";
import { destinationsMatter, destinationsOf } from "../../domain/calls/destinations.ts";
import { trunkHistory } from "../../domain/calls/trunk-history.ts";
import { attemptOf, talkOf, trunkDialOf } from "../attempt-rows.ts";
import { callOf, waitingCallbackOf } from "../call-rows.ts";
import { openRecordingOf } from "../recording-rows.ts";
import type { OpenRecording } from "../../engine/ports/recorder.ts";
import { campaignOf } from "../campaign-rows.ts";
import { mostOfFirst, spendingOf } from "../spending-rows.ts";
import { noticeStateOf } from "../event-rows.ts";
import type { Row } from "../columns.ts";
import { listAgeOf } from "../do-not-call-rows.ts";

export const row: z.ZodType<Row> = z.record(z.string(), z.unknown());
const rows = z.array(row);
/** What has no id is no campaign and no call, however well a row that somebody wrote could be mended. */
const identified = row.refine(({ id }) => typeof id === "string", "expected an id");
const instant = z.string().transform((text) => Date.parse(text));

export const number = (answer: unknown): number => z.number().parse(answer);
export const rowsOf =
  <T>(of: (row: Row) => T) =>
  (answer: unknown): T[] =>
    rows.parse(answer).map(of);
export const rawRows: (answer: unknown) => Row[] = rowsOf((raw) => raw);
export const yes = (answer: unknown): boolean => z.boolean().parse(answer);
/** Of a function that answers nothing. */
export const done = (answer: unknown): void => void z.null().parse(answer);
export const saved = (answer: unknown): Saved => z.enum(["saved", "not_yours", "closed"]).parse(answer);
export const verdictSaved = (answer: unknown): VerdictSaved => z.enum(["stored", "known", "gone"]).parse(answer);

export const ids = (answer: unknown): string[] => z.array(z.string()).parse(answer);

export const orNull =
  <T>(of: (answer: Row) => T) =>
  (answer: unknown): T | null =>
    answer === null ? null : of(row.parse(answer));

export const campaign: (answer: unknown) => Campaign | null = orNull((raw) => campaignOf(identified.parse(raw)));
export const campaigns: (answer: unknown) => Campaign[] = rowsOf((raw) => campaignOf(identified.parse(raw)));
export const call: (answer: unknown) => Call | null = orNull((raw) => callOf(identified.parse(raw)));

export const openRecordings: (answer: unknown) => OpenRecording[] = rowsOf(openRecordingOf);
export const talks: (answer: unknown) => Talk[] = rowsOf(talkOf);

export function callPage(answer: unknown, limit: number): CallPage {
  const found = z.array(identified).parse(answer);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    calls: page.map(callOf),
    next: found.length > limit && last !== undefined ? String(last["position"]) : null,
  };
}

const historyAnswer = z.object({ call: identified, attempts: rows }).nullable();
export function history(answer: unknown): CallHistory | null {
  const found = historyAnswer.parse(answer);
  return found === null ? null : { call: callOf(found.call), attempts: found.attempts.map(attemptOf) };
}

const claimAnswer = z.object({ call: identified, attempt: row });
export const claimOf = (found: z.infer<typeof claimAnswer>): Claim => ({
  call: callOf(found.call),
  attempt: attemptOf(found.attempt),
});
export const rawClaims = (answer: unknown) => z.array(claimAnswer).parse(answer);
export const claims = (answer: unknown): Claim[] => rawClaims(answer).map(claimOf);

const leaseAnswer = z.object({ runner_id: z.string(), until: instant });
export const leases = (answer: unknown): Lease[] =>
  z
    .array(leaseAnswer)
    .parse(answer)
    .map(({ runner_id, until }) => ({ runnerId: runner_id, until }));

const gateAnswer = z.union([
  z.object({ say: z.literal("go") }),
  z.object({ say: z.literal("wait"), until: instant }),
  z.object({
    say: z.literal("no"),
    because: z.enum([
      "not_yours",
      "not_running",
      "daily_cap",
      "do_not_call",
      "no_consent",
      "trunk_full",
      "budget",
      "invalid_number",
      "changed",
      "clock",
    ]),
  }),
]);
export const gate = (answer: unknown): DialGate => gateAnswer.parse(answer);

const trunkLoad = z
  .object({
    live: z.number(),
    last_use: instant.nullable(),
    interval_ms: z.number(),
    concurrency: z.number().nullable(),
  })
  .transform(({ last_use: lastUse, interval_ms: interval, ...load }): TrunkLoad => ({
    ...load,
    lastUse,
    interval,
  }));

const snapshotAnswer = z.object({
  waiting: z.array(z.object({ place: z.string(), next_due: instant })),
  callbacks: rows,
  live: z.number(),
  claimed: z.number(),
  today: z.number(),
  last_hand_out_at: instant.nullable(),
  trunk: trunkLoad.nullable(),
  dials: rows,
  lists: z.array(z.record(z.string(), z.unknown())),
  spending: row.nullable(),
  first: row,
});
/** Nothing is known of a campaign that is gone. */
const NOTHING = {
  waiting: [],
  callbacks: [],
  live: 0,
  claimed: 0,
  today: 0,
  last_hand_out_at: null as Instant | null,
  trunk: null,
  dials: [],
  lists: [],
  spending: null,
  first: {} as Row,
};
/** `opened`: the number of the first in line at a place. */
export function snapshot(campaign: Campaign, answer: unknown, opened: (number: unknown) => unknown): Snapshot {
  const found = snapshotAnswer.nullable().parse(answer) ?? NOTHING;
  const { live, today, claimed, trunk, last_hand_out_at: lastHandOut } = found;
  const waiting = found.waiting.map(({ place, next_due: nextDue }) => ({
    place,
    nextDue,
    ...mostOfFirst(campaign, opened(found.first[place])),
  }));
  const callbacks = found.callbacks.flatMap((raw) =>
    waitingCallbackOf(raw).map((each) => ({ ...each, ...mostOfFirst(campaign, raw["phone_number"]) })),
  );
  const dials = found.dials.map(trunkDialOf);
  const lists = campaign.needsLists === undefined ? {} : { lists: found.lists.map(listAgeOf) };
  return {
    campaign,
    waiting,
    callbacks,
    live,
    today: today + claimed,
    lastHandOut,
    trunk,
    trunkHistory: trunkHistory(dials),
    ...(destinationsMatter(campaign.recent) && { destinations: destinationsOf(dials) }),
    ...lists,
    ...(campaign.budget !== undefined && found.spending !== null && { spending: spendingOf(found.spending) }),
  };
}

const count = z.number().nullable();
const progressAnswer = z.object({
  calls: z.array(
    z.object({
      status: z.enum(CALL_STATUSES),
      ending: z.string(),
      outcome: z.enum(OUTCOMES).nullable(),
      n: z.number(),
      reached: z.number(),
      open: z.number(),
      missed: z.number(),
    }),
  ),
  held: z.record(z.string(), z.number()),
  skipped: count,
  dials: count,
  pickups: count,
  usage_seconds: count,
  first_words: z.object({ told: z.number(), late: z.number() }),
  runners: count,
  agents: count,
  held_up: z.array(z.string()),
  notices: row,
});
const FINAL: readonly CallStatus[] = ["completed", "no_answer", "busy", "failed"];

export function progress(answer: unknown): Progress {
  const found = progressAnswer.nullable().parse(answer);
  const calls = Object.fromEntries(CALL_STATUSES.map((status) => [status, 0])) as Record<CallStatus, number>;
  const endings: Partial<Record<Ending, number>> = {};
  const outcomes: Partial<Record<Outcome, number>> = {};
  let [total, reached, open, missed] = [0, 0, 0, 0];
  for (const { status, ending, outcome, n, ...spoken } of found?.calls ?? []) {
    total += n;
    open += spoken.open;
    missed += spoken.missed;
    reached += spoken.reached;
    calls[status] += n;
    if (outcome !== null) outcomes[outcome] = (outcomes[outcome] ?? 0) + n;
    if (FINAL.includes(status) && isEnding(ending)) endings[ending] = (endings[ending] ?? 0) + n;
  }
  return {
    total,
    calls,
    endings,
    outcomes,
    skipped: found?.skipped ?? 0,
    held: found?.held ?? {},
    callbacks: { open, missed },
    dials: found?.dials ?? 0,
    pickups: found?.pickups ?? 0,
    reached,
    usageSeconds: found?.usage_seconds ?? 0,
    firstWords: found?.first_words ?? { told: 0, late: 0 },
    runners: found?.runners ?? 0,
    agents: found?.agents ?? null,
    heldUp: found?.held_up ?? [],
    notices: noticeStateOf(found?.notices ?? {}),
  };
}
