/**
 * The promises, checked after the storm: what the phone network saw against what the database says. Each broken one is
 * a sentence; none is the goal.
 */
import type { DialRecord } from "../../src/sandbox/index.ts";

/** The rows after the storm, whichever store they come from; instants are ISO texts. */
export interface Rows {
  readonly attempts: readonly AttemptRow[];
  readonly calls: readonly CallRow[];
  readonly campaigns: readonly CampaignRow[];
}

/** And its counters, by their names. */
interface CampaignRow extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly name: string;
  readonly execution_status: string;
  readonly next_call_at: string | null;
}

interface AttemptRow {
  readonly id: string;
  readonly campaign_id: string | null;
  readonly call_id: string;
  readonly dialed_at: string | null;
  /** The day that its dial counts for: `audit verify` holds it against the time of the dial. */
  readonly local_day: string | null;
  readonly answered_at: string | null;
  readonly ended_at: string | null;
  readonly state: string;
  readonly ending: string | null;
  readonly detail: string | null;
  readonly uncertain_seconds: number;
  /** A number in SQLite. */
  readonly ended_by_us: number | boolean;
}

interface CallRow {
  readonly id: string;
  readonly campaign_id: string | null;
  readonly phone_number: string;
  readonly status: string;
  readonly end_reason: string | null;
  readonly attempts_spent: number;
}

export interface Round extends Rows {
  /** Null: how many became calls is not known. */
  readonly contacts: number | null;
  readonly maxAttempts: number;
  readonly delay: number;
  /** Calls that the trunk carries at once; null: any number. */
  readonly lines: number | null;
  /** Calls that the campaign may have at once. */
  readonly concurrency: number;
  /** Of this campaign; those that the rows must know. */
  readonly dials: readonly DialRecord[];
  /** And those of which an older file that was put back knows nothing. */
  readonly allDials: readonly DialRecord[];
  /** How long before then the room of the dial had lost its agent, milliseconds; 0: it was there; null: none had come. */
  readonly alone: (dial: DialRecord, at: number) => number | null;
  /** By how much instants in the rows may be off, milliseconds. */
  readonly clockError: number;
  readonly rooms: readonly string[];
  /** From the return of each pause until the resume: epoch milliseconds. */
  readonly paused: readonly (readonly [number, number])[];
  /** Whether the runner that dialed the attempt was killed, frozen, or told to leave its calls. */
  readonly wasHit: (attemptId: string) => boolean;
  /** Whether its runner may have been frozen: it then hears of an answer when it thaws. */
  readonly mayHaveSlept: (attemptId: string) => boolean;
  /** Attempts whose dial request got no readable answer from the sandbox. */
  readonly cutOff: ReadonlySet<string>;
}

export const broken = (round: Round): string[] =>
  [
    nobodyIsDialedUnstored,
    nobodyIsDialedAfterAnAnswer,
    nobodyIsDialedTooOften,
    nobodyIsRungWithoutAnAgent,
    nobodyIsForgotten,
    theRecordsAreTrue,
    theTimesAreTrue,
    nobodyIsHungUpOnByMistake,
    nobodyIsHungUpOnBesideAnAgent,
    theCountersEqualARecount,
    everyLossIsExplained,
    paceAndPausesHold,
    neitherTrunkNorCampaignIsOverloaded,
  ].flatMap((promise) => [...promise(round)]);

type Sentences = Generator<string, void, void>;

function* nobodyIsDialedUnstored({ dials, attempts, calls, clockError }: Round): Sentences {
  const attemptOf = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const callOf = new Map(calls.map((call) => [call.id, call]));
  const seen = new Set<string>();
  for (const { participantIdentity, sipCallTo: number, at } of dials) {
    const id = participantIdentity.replace("callee-", "");
    if (seen.has(id)) yield `attempt ${id} rang ${number} twice`;
    seen.add(id);
    const attempt = attemptOf.get(id);
    if (attempt === undefined) {
      yield `${number} was dialed without a stored attempt`;
      continue;
    }
    const stored = attempt.dialed_at !== null && Date.parse(attempt.dialed_at) <= at + clockError;
    if (!stored) yield `${number} was dialed before its dial was stored`;
    const call = callOf.get(attempt.call_id);
    if (call?.phone_number !== number) yield `${number} was dialed for the attempt of another number`;
  }
}

/** Whoever picked up or said no is not called again, whatever our records say. */
function* nobodyIsDialedAfterAnAnswer({ allDials, calls }: Round): Sentences {
  for (const { phone_number } of calls) {
    const own = allDials.filter(({ sipCallTo }) => sipCallTo === phone_number);
    const settled = own.findIndex(({ endedAs }) => /talked|conversation|603|404/.test(endedAs ?? ""));
    if (settled >= 0 && settled < own.length - 1) yield `${phone_number} was dialed again after it had answered`;
  }
}

/** What the far end said that costs the contact nothing: the trunk's own trouble, and its limits. */
export const COSTS_NOTHING = /^refused (503|403)$/;

/** Counted at the phones, whatever the rows say. */
function* nobodyIsDialedTooOften({ allDials, maxAttempts }: Round): Sentences {
  const rung = new Map<string, number>();
  for (const { sipCallTo, endedAs } of allDials) {
    if (!COSTS_NOTHING.test(endedAs ?? "")) rung.set(sipCallTo, (rung.get(sipCallTo) ?? 0) + 1);
  }
  for (const [number, times] of rung) {
    if (times > maxAttempts) yield `${number} was rung ${times} times, at most ${maxAttempts} are allowed`;
  }
}

/** An agent was there when it was looked for; the dial leaves soon after. */
const SOON = 3000;

function* nobodyIsRungWithoutAnAgent({ allDials, alone, mayHaveSlept }: Round): Sentences {
  for (const dial of allDials) {
    const gone = alone(dial, dial.at);
    if (gone === null) yield `${dial.sipCallTo} was rung, and no agent had come`;
    else if (gone > SOON && !mayHaveSlept(attemptIn(dial)))
      yield `${dial.sipCallTo} was rung ${gone} ms after the agent had left`;
  }
}

const attemptIn = ({ participantIdentity }: DialRecord): string => participantIdentity.replace("callee-", "");

const FINAL = new Set(["completed", "no_answer", "busy", "failed"]);

/** Every contact is a final call, every attempt has ended, and no room is left. */
function* nobodyIsForgotten({ contacts, calls, campaigns, attempts, rooms }: Round): Sentences {
  if (contacts !== null && calls.length !== contacts) yield `${contacts} contacts became ${calls.length} calls`;
  for (const { phone_number, status } of calls) {
    if (!FINAL.has(status)) yield `${phone_number} is ${status} at the end`;
  }
  for (const { execution_status: status } of campaigns) {
    if (status !== "completed") yield `the campaign is ${status}`;
  }
  for (const { id, state } of attempts) {
    if (state !== "ended") yield `attempt ${id} is ${state}`;
  }
  if (rooms.length > 0) yield `${rooms.length} rooms are left`;
}

function* theRecordsAreTrue({ dials, calls }: Round): Sentences {
  for (const { phone_number, status, end_reason } of calls) {
    const heard = dials.flatMap(({ sipCallTo, endedAs }) => (sipCallTo === phone_number ? [endedAs ?? ""] : []));
    const known = status === "completed" || ["lost", "hung_up", "agent_lost"].includes(end_reason ?? "");
    if (heard.includes("talked") && !known) yield `${phone_number} talked, and is stored as ${status} (${end_reason})`;
    const pickedUp = heard.some((end) => /talked|conversation/.test(end));
    if (status === "completed" && !pickedUp) yield `${phone_number} is completed, and never picked up`;
  }
}

/** A conversation lasted as long as is stored, give or take a look and what is marked as uncertain. */
function* theTimesAreTrue({ dials, attempts, mayHaveSlept }: Round): Sentences {
  const dialOf = new Map(dials.map((dial) => [dial.participantIdentity.replace("callee-", ""), dial]));
  for (const { id, answered_at, ended_at, uncertain_seconds } of attempts) {
    const { answeredAt = null, endedAt = null } = dialOf.get(id) ?? {};
    if (answered_at === null || ended_at === null || answeredAt === null || endedAt === null) continue;
    if (mayHaveSlept(id)) continue;
    const stored = (Date.parse(ended_at) - Date.parse(answered_at)) / 1000;
    const lasted = (endedAt - answeredAt) / 1000;
    if (Math.abs(stored - lasted) > A_LOOK + uncertain_seconds)
      yield `attempt ${id} talked for ${lasted} s, and is stored with ${stored} s ± ${uncertain_seconds} s`;
  }
}

/** The most that a time may be off without being marked, seconds. */
const A_LOOK = 1.5;

/** A person in conversation is hung up on only by a decision, which is stored. */
function* nobodyIsHungUpOnByMistake({ dials, attempts }: Round): Sentences {
  const ours = new Set(
    attempts.flatMap(({ id, ended_by_us }) => (ended_by_us === 0 || ended_by_us === false ? [] : [id])),
  );
  for (const { participantIdentity, sipCallTo, endedAs } of dials) {
    if (endedAs !== "hung up in conversation" || ours.has(participantIdentity.replace("callee-", ""))) continue;
    yield `${sipCallTo} was hung up on in conversation, and nobody decided that`;
  }
}

/** The grace that is given to an agent to come back, less what a look takes. */
const GRACE = 4500;

/** Whoever talks to an agent is not hung up on: the round has no operator who wants that. */
function* nobodyIsHungUpOnBesideAnAgent({ allDials, alone }: Round): Sentences {
  for (const dial of allDials) {
    if (dial.endedAs !== "hung up in conversation" || dial.endedAt === null) continue;
    const gone = alone(dial, dial.endedAt);
    if (gone !== null && gone < GRACE) yield `${dial.sipCallTo} was hung up on ${gone} ms after its agent had left`;
  }
}

/** Endings that cost the contact nothing (the table in domain/calls/ending.ts; the chaos test keeps its own view of it). */
const FREE = new Set([
  "trunk_error",
  "trunk_auth",
  "livekit_error",
  "misconfigured",
  "no_agent",
  "too_fast",
  "too_many",
  "rate_limited",
  "released",
]);

function* theCountersEqualARecount({ attempts, calls, campaigns, maxAttempts }: Round): Sentences {
  const charged = attempts.filter(({ dialed_at, ending }) => dialed_at !== null && !FREE.has(ending ?? ""));
  for (const { id, phone_number, attempts_spent } of calls) {
    const spent = charged.filter(({ call_id }) => call_id === id).length;
    if (spent > maxAttempts) yield `${phone_number}: ${spent} attempts spent`;
    if (spent !== attempts_spent) yield `${phone_number}: ${attempts_spent} attempts stored, ${spent} made`;
  }
  const answered = attempts.filter(({ answered_at }) => answered_at !== null);
  const recount = {
    dials: charged.length,
    total_calls_made: charged.length,
    pickups: answered.length,
    total_calls_answered: answered.length,
    total_usage: answered.reduce((sum, attempt) => sum + talkedSeconds(attempt), 0),
  };
  for (const [counter, count] of Object.entries(recount)) {
    const stored = campaigns[0]?.[counter];
    if (stored !== count) yield `${counter} is ${String(stored)}, a recount says ${count}`;
  }
}

const talkedSeconds = ({ answered_at, ended_at }: AttemptRow): number =>
  Math.round((Date.parse(ended_at ?? "") - Date.parse(answered_at ?? "")) / 1000);

function* everyLossIsExplained({ attempts, wasHit, cutOff }: Round): Sentences {
  for (const { id, detail } of attempts.filter(({ ending }) => ending === "lost")) {
    const died = detail === "its runner died" && wasHit(id);
    const forgotten = detail?.startsWith("restored from a backup") === true;
    if (!died && !forgotten && !cutOff.has(id)) yield `attempt ${id} is lost for no reason (${detail})`;
  }
}

/** A dial that was stored before leaves within this time or not at all, milliseconds. */
export const LEAVES_WITHIN = 2000;

/** The pace holds across runners, and a pause is a pause. Rows of clocks that are off cannot tell the pace. */
function* paceAndPausesHold({ attempts, delay, paused, clockError, dials }: Round): Sentences {
  if (clockError > 0) {
    const isPaused = ({ at }: DialRecord): boolean => paused.some(([from, to]) => at > from + LEAVES_WITHIN && at < to);
    if (dials.some(isPaused)) yield "a dial while the campaign was paused";
    return;
  }
  const times = attempts
    .flatMap(({ dialed_at }) => (dialed_at === null ? [] : [Date.parse(dialed_at)]))
    .toSorted((a, b) => a - b);
  for (const [n, at] of times.entries()) {
    const gap = at - (times[n - 1] ?? -Infinity);
    if (gap < delay) yield `two dials ${gap} ms apart`;
    if (paused.some(([from, to]) => at > from && at < to)) yield "a dial while the campaign was paused";
  }
}

/**
 * A second reckoning of the calls under way: whoever is dialed while as many others are is one too many. Rows of clocks that
 * are off cannot tell who was under way when; the far side can.
 */
function* neitherTrunkNorCampaignIsOverloaded({
  attempts,
  allDials,
  lines,
  concurrency,
  clockError,
}: Round): Sentences {
  const seen = allDials.map(({ at, endedAt }) => ({ from: at, to: endedAt ?? Infinity }));
  const stored = attempts.flatMap(({ dialed_at, ended_at }) =>
    dialed_at === null ? [] : [{ from: Date.parse(dialed_at), to: Date.parse(ended_at ?? "") || Infinity }],
  );
  const spans = clockError > 0 ? seen : stored;
  for (const { from } of spans) {
    const up = spans.filter((other) => other.from <= from && from < other.to).length;
    if (lines !== null && up > lines) yield `${up} calls at once through a trunk of ${lines}`;
    // Phones that ring on when their call is lost are no longer the campaign's.
    if (clockError === 0 && up > concurrency) yield `${up} calls at once in a campaign of ${concurrency}`;
  }
}
