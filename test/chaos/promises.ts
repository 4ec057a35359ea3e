/**
 * The promises, checked after the storm: what the phone network saw against what the database says. Each broken one is
 * a sentence; none is the goal.
 */
import { DatabaseSync } from "node:sqlite";
import type { DialRecord, World } from "../../src/sandbox/index.ts";
import { ROOM_PREFIX } from "../../src/domain/call.ts";

interface AttemptRow {
  readonly id: string;
  readonly call_id: string;
  readonly dialed_at: string | null;
  readonly answered_at: string | null;
  readonly ended_at: string | null;
  readonly state: string;
  readonly ending: string | null;
  readonly detail: string | null;
}

interface CallRow {
  readonly id: string;
  readonly phone_number: string;
  readonly status: string;
  readonly end_reason: string | null;
  readonly attempts_spent: number;
  readonly call_duration: number | null;
}

export interface Round {
  readonly db: string;
  readonly contacts: number;
  readonly maxAttempts: number;
  readonly delay: number;
  readonly dials: readonly DialRecord[];
  readonly rooms: readonly string[];
  /** From the return of each pause until the resume: epoch milliseconds. */
  readonly paused: readonly (readonly [number, number])[];
  /** Whether the runner that dialed the attempt was killed, frozen, or told to leave its calls. */
  readonly wasHit: (attemptId: string) => boolean;
  /** Attempts whose dial request got no readable answer from the sandbox. */
  readonly cutOff: ReadonlySet<string>;
}

/** Endings that cost the contact nothing (the table in domain/outcome.ts; the chaos test keeps its own view of it). */
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
const FINAL = new Set(["completed", "no_answer", "busy", "failed"]);

export function broken(round: Round): string[] {
  const db = new DatabaseSync(round.db, { readOnly: true });
  const attempts = db.prepare("select * from call_attempts").all() as unknown as AttemptRow[];
  const calls = db.prepare("select * from campaign_calls").all() as unknown as CallRow[];
  const [campaign] = db.prepare("select * from campaigns").all() as unknown as Record<string, number | string>[];
  db.close();
  const wrong: string[] = [];
  const claim = (holds: boolean, sentence: string): void => {
    if (!holds) wrong.push(sentence);
  };
  const attemptOf = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  const callOf = new Map(calls.map((call) => [call.id, call]));

  // Nobody is dialed twice by accident.
  const seen = new Set<string>();
  for (const dial of round.dials) {
    const id = dial.participantIdentity.replace("callee-", "");
    const attempt = attemptOf.get(id);
    claim(!seen.has(id), `attempt ${id} rang ${dial.sipCallTo} twice`);
    seen.add(id);
    claim(attempt !== undefined, `${dial.sipCallTo} was dialed without a stored attempt`);
    claim(
      attempt?.dialed_at !== null && Date.parse(attempt?.dialed_at ?? "") <= dial.at,
      `${dial.sipCallTo} was dialed before its dial was stored`,
    );
    claim(
      callOf.get(attempt?.call_id ?? "")?.phone_number === dial.sipCallTo,
      `${dial.sipCallTo} was dialed for the attempt of another number`,
    );
  }
  for (const call of calls) {
    const dials = round.dials.filter(({ sipCallTo }) => sipCallTo === call.phone_number);
    // Whoever picked up or said no is not called again, whatever our records say.
    const settled = dials.findIndex(({ endedAs }) => /talked|conversation|603|404/.test(endedAs ?? ""));
    claim(settled < 0 || settled === dials.length - 1, `${call.phone_number} was dialed again after it had answered`);
    const own = attempts.filter(({ call_id }) => call_id === call.id);
    const spent = own.filter(({ dialed_at, ending }) => dialed_at !== null && !FREE.has(ending ?? ""));
    claim(spent.length <= round.maxAttempts, `${call.phone_number}: ${spent.length} attempts spent`);
    claim(
      spent.length === call.attempts_spent,
      `${call.phone_number}: ${call.attempts_spent} attempts stored, ${spent.length} made`,
    );

    // Nobody is forgotten, and the records are true.
    claim(FINAL.has(call.status), `${call.phone_number} is ${call.status} at the end`);
    const talked = dials.some(({ endedAs }) => endedAs === "talked");
    claim(
      !talked || call.status === "completed" || call.end_reason === "lost" || call.end_reason === "hung_up",
      `${call.phone_number} talked, and is stored as ${call.status} (${call.end_reason})`,
    );
    if (call.status === "completed") {
      claim(
        dials.some(({ endedAs }) => /talked|conversation/.test(endedAs ?? "")),
        `${call.phone_number} is completed, and never picked up`,
      );
    }
  }
  claim(calls.length === round.contacts, `${round.contacts} contacts became ${calls.length} calls`);
  claim(campaign?.["execution_status"] === "completed", `the campaign is ${campaign?.["execution_status"]}`);

  // The counters equal a recount.
  const charged = attempts.filter(({ dialed_at, ending }) => dialed_at !== null && !FREE.has(ending ?? ""));
  const answered = attempts.filter(({ answered_at }) => answered_at !== null);
  const seconds = (row: AttemptRow): number =>
    Math.round((Date.parse(row.ended_at ?? "") - Date.parse(row.answered_at ?? "")) / 1000);
  const recount = {
    dials: charged.length,
    total_calls_made: charged.length,
    pickups: answered.length,
    total_calls_answered: answered.length,
    total_usage: answered.reduce((sum, row) => sum + seconds(row), 0),
  };
  for (const [counter, count] of Object.entries(recount)) {
    claim(campaign?.[counter] === count, `${counter} is ${campaign?.[counter]}, a recount says ${count}`);
  }

  // Every attempt has ended, every lost one can be explained, no room is left.
  for (const { id, state, ending, detail } of attempts) {
    claim(state === "ended", `attempt ${id} is ${state}`);
    if (ending !== "lost") continue;
    const died = detail === "its runner died" && round.wasHit(id);
    claim(died || round.cutOff.has(id), `attempt ${id} is lost for no reason (${detail})`);
  }
  claim(round.rooms.length === 0, `${round.rooms.length} rooms are left`);

  // The pace holds across runners, and a pause is a pause.
  const times = attempts
    .flatMap(({ dialed_at }) => (dialed_at === null ? [] : [Date.parse(dialed_at)]))
    .toSorted((a, b) => a - b);
  for (const [n, at] of times.entries()) {
    const before = times[n - 1];
    claim(before === undefined || at - before >= round.delay, `two dials ${at - (before ?? 0)} ms apart`);
    claim(!round.paused.some(([from, to]) => at > from && at < to), "a dial while the campaign was paused");
  }
  return wrong;
}

/** Attempts whose dial request got no readable answer, or may not have: what the network and the faults spoiled. */
export function cutOffIn({ dials, script, faults }: World): Set<string> {
  const nth = new Map<string, number>();
  const silenced = dials.filter(({ sipCallTo }) => {
    const n = nth.get(sipCallTo) ?? 0;
    nth.set(sipCallTo, n + 1);
    const scripted = script.numbers[sipCallTo] ?? [];
    const behaviour = scripted[Math.min(n, scripted.length - 1)];
    return behaviour?.does === "answer" && behaviour.reply !== "ok";
  });
  const spoiled = faults.met.filter(
    ({ method, does }) => method === "SIP/CreateSIPParticipant" && /drop|bad_gateway|slow/.test(does),
  );
  return new Set([
    ...silenced.map(({ participantIdentity }) => participantIdentity.replace("callee-", "")),
    ...spoiled.map(({ room }) => room.slice(ROOM_PREFIX.length)),
  ]);
}
