/** advance(): what happened → what changes; total, idempotent, and never more attempts than the policy allows. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  advance,
  type Attempt,
  type AttemptEvent,
  type AttemptState,
  type Call,
  claimedAttempt,
  ACCEPTED_EVENTS,
  MAX_FREE_ATTEMPTS,
} from "../../../src/domain/calls/call.ts";
import { stopped } from "../../../src/domain/calls/stopped.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { type Ending, ENDINGS } from "../../../src/domain/calls/ending.ts";
import { campaign, claimed, NOON } from "../../support/domain.ts";

const policy = campaign.retry;
type State = { readonly call: Call; readonly attempt: Attempt };

const dialed: AttemptEvent = { type: "dialed", at: NOON + SECOND, localDay: "2026-11-23", fromNumber: null };
const identified: AttemptEvent = { type: "identified", at: NOON + 2 * SECOND, sipCallId: "CA1" };
const answered: AttemptEvent = { type: "answered", at: NOON + 5 * SECOND, sipCallId: "SCL_1" };
const ended = (ending: Ending, at = NOON + 30 * SECOND): AttemptEvent => ({ type: "ended", at, ending });

/** Applies events in order; each must change something. */
function after(...events: readonly AttemptEvent[]): State {
  return events.reduce<State>((state, event) => {
    const change = advance(state.call, state.attempt, event, policy);
    expect(change, event.type).not.toBeNull();
    return change ?? state;
  }, claimed());
}

const STATES: Record<AttemptState, State> = {
  claimed: after(),
  dialing: after(dialed),
  answered: after(dialed, answered),
  ended: after(dialed, ended("no_answer")),
};

describe("every event in every state", () => {
  const events: Record<AttemptEvent["type"], AttemptEvent> = {
    dialed,
    identified,
    answered,
    ended: ended("busy"),
  };
  const cases = Object.entries(STATES).flatMap(([state, now]) =>
    Object.values(events).map((event) => [state as AttemptState, event, now] as const),
  );
  test.each(cases.map(([state, event, now]) => [state, event.type, event, now] as const))(
    "%s, %s",
    (state, type, event, now) => {
      const change = advance(now.call, now.attempt, event, policy);
      const listens: readonly string[] = ACCEPTED_EVENTS[state];
      expect(change !== null).toBe(listens.includes(type));
      if (change === null) return;
      expect(change.from).toBe(state);
      // Once more, or late: nothing.
      expect(advance(change.call, change.attempt, event, policy)).toBeNull();
    },
  );
});

test("an event of an attempt that the call no longer has changes nothing", () => {
  const { call, attempt } = STATES.dialing;
  expect(advance({ ...call, attemptId: "another" }, attempt, answered, policy)).toBeNull();
});

test("the carrier's id stays, whether it is heard of before LiveKit's or after", () => {
  for (const order of [[identified, answered] as const, [answered, identified] as const]) {
    const { call, attempt } = after(dialed, ...order);
    expect([call.sipCallId, attempt.sipCallId, attempt.state]).toEqual(["CA1", "CA1", "answered"]);
  }
});

test("a conversation: counted once, timed from the answer", () => {
  const { call, attempt } = after(dialed, answered, ended("completed", NOON + 65 * SECOND));
  expect(call).toMatchObject({ status: "completed", durationSeconds: 60, attemptsSpent: 1, nextAttemptAt: null });
  expect(attempt).toMatchObject({ state: "ended", ending: "completed" });
});

test("whatever ends a conversation, but for a lost agent, the call is completed and not tried again", () => {
  const others: readonly Ending[] = ["agent_lost", "voicemail", "screened"];
  for (const ending of (Object.keys(ENDINGS) as Ending[]).filter((ending) => !others.includes(ending))) {
    const { call, attempt } = after(dialed, answered, ended(ending));
    expect(call).toMatchObject({ status: "completed", nextAttemptAt: null, attemptsSpent: 1, endReason: ending });
    expect(call.reachedIn).toBe(ending === "ivr" ? null : attempt.id);
  }
});

test("a machine that answers is called again as attempts are left, and nobody was reached", () => {
  for (const ending of ["voicemail", "screened"] as const) {
    const { call } = after(dialed, answered, ended(ending));
    expect(call).toMatchObject({ status: "pending", attemptsSpent: 1, endReason: ending, completedAt: null });
    expect(call.reachedIn).toBeNull();
  }
});

describe("each ending of an unanswered dial", () => {
  test.each(Object.entries(ENDINGS))("%s", (ending, { next, status }) => {
    const { call } = after(dialed, ended(ending as Ending));
    expect(call.endReason).toBe(ending);
    expect(call.attemptId).toBeNull();
    expect(call.attemptsSpent).toBe(next === "free" ? 0 : 1);
    expect(call.status).toBe(next === "never" ? status : "pending");
    expect(call.nextAttemptAt === null).toBe(next === "never");
    expect(call.completedAt === null).toBe(next !== "never");
  });
});

test("a retry waits the interval from the end of the attempt, spread a little", () => {
  const { call } = after(dialed, ended("busy"));
  const wait = (call.nextAttemptAt ?? 0) - (NOON + 30 * SECOND);
  expect(wait).toBeGreaterThanOrEqual(30 * MINUTE);
  expect(wait).toBeLessThanOrEqual(33 * MINUTE);
});

test("an attempt that never reached the dial costs nothing, whatever its ending", () => {
  const { call } = after(ended("no_agent"));
  expect(call).toMatchObject({ status: "pending", attemptsSpent: 0, attemptsFree: 0 });
  expect(after(ended("released")).call).toMatchObject({ attemptsFree: 0, nextAttemptAt: NOON + 30 * SECOND });
});

describe("a number is given up for its refusals alone: one after two 'CPS limit exceeded' was enough", () => {
  const refused = { ending: "trunk_error", sipStatus: 503 } as const;
  const slower = { ending: "too_fast", sipStatus: 503 } as const;
  const broken = { ending: "livekit_error" } as const;
  type End = Pick<Extract<AttemptEvent, { type: "ended" }>, "ending" | "sipStatus">;
  test.each<readonly [string, readonly End[], number]>([
    ["none", [refused, refused, refused], 3],
    ["too fast", [slower, slower, slower, refused, refused, refused], 6],
    ["in between", [refused, slower, refused, slower, refused], 5],
    ["LiveKit's own failures", [broken, broken, refused, refused], 4],
  ])("%s before", (_, ends, dials) => {
    for (const blamed of ["country", "prefix", "number"] as const) {
      let { call } = claimed();
      let made = 0;
      while (call.status === "pending" && made < ends.length) {
        const { attempt } = claimed();
        const events = [dialed, { type: "ended", at: NOON + 30 * SECOND, ...(ends[made++] ?? refused) }] as const;
        ({ call } = events.reduce<State>(
          (now, event) => advance(now.call, now.attempt, event, { ...policy, blames: () => blamed }) ?? now,
          { call: { ...call, attemptId: attempt.id }, attempt },
        ));
      }
      expect([made, call.status, call.endReason]).toEqual([dials, "failed", "refused_destination"]);
    }
  });

  test("a carrier that wants it slower does not hide the first refusal of a number", () => {
    const { call, attempt } = after(dialed, { type: "ended", at: NOON + 30 * SECOND, ...slower });
    const again = { ...claimed().attempt, state: "dialing" as const };
    const end = { type: "ended" as const, at: NOON + MINUTE, ...refused };
    const change = advance({ ...call, attemptId: attempt.id }, again, end, { ...policy, blames: () => "number" });
    expect(change?.mark).toBe("x");
  });
});

test("our own failures wait longer each time, and a call they follow for ever is given up", () => {
  let state: State = claimed();
  const waits: number[] = [];
  for (let n = 1; ; n++) {
    const { call } = [dialed, ended("trunk_error")].reduce<State>(
      (now, event) => advance(now.call, now.attempt, event, policy) ?? now,
      state,
    );
    if (call.status !== "pending") {
      expect(n).toBe(MAX_FREE_ATTEMPTS);
      expect(call).toMatchObject({ status: "failed", endReason: "trunk_error", attemptsSpent: 0 });
      break;
    }
    waits.push((call.nextAttemptAt ?? 0) - (NOON + 30 * SECOND));
    const attempt = claimedAttempt(`attempt-${n}`, call, "runner", "ST_1", NOON);
    state = { call: { ...call, attemptId: attempt.id }, attempt };
  }
  expect(waits.map((ms) => ms / SECOND)).toEqual([15, 30, 60, 120, 240, 480, 900]);
});

test("the dial of an attempt that turns out to be free is taken back from the counters", () => {
  const { call, attempt } = STATES.dialing;
  expect(advance(call, attempt, ended("too_fast"), policy)?.tally).toEqual({ dials: -1, pickups: 0, usageSeconds: 0 });
});

test("a dial whose answer was lost speaks against our side; one whose runner died does not", () => {
  const { call, attempt } = STATES.dialing;
  expect(advance(call, attempt, { ...ended("lost"), unanswered: true } as AttemptEvent, policy)?.mark).toBe("x");
  expect(advance(call, attempt, ended("lost"), policy)?.mark).toBeNull();
});

test("a single call is not tried again by itself", () => {
  const { call, attempt } = STATES.dialing;
  const change = advance({ ...call, campaignId: null }, attempt, ended("busy"), policy);
  expect(change?.call).toMatchObject({ status: "busy", nextAttemptAt: null });
});

test("a stopped campaign keeps what its calls came to", () => {
  const fresh = claimed().call;
  expect(stopped(fresh, "stopped", NOON)).toMatchObject({ status: "failed", endReason: "stopped", completedAt: NOON });
  expect(stopped(after(dialed, ended("busy")).call, "stopped", NOON)).toMatchObject({
    status: "busy",
    endReason: "busy",
  });
  expect(stopped(after(dialed, ended("trunk_error")).call, "stopped", NOON)).toMatchObject({ endReason: "stopped" });
});

const anyEvent: fc.Arbitrary<AttemptEvent> = fc.oneof(
  fc.constant<AttemptEvent>(dialed),
  fc.constant<AttemptEvent>(answered),
  fc.constantFrom(...(Object.keys(ENDINGS) as Ending[])).map((ending) => ended(ending, NOON + HOUR)),
);

const isMachine = (ending: Ending): boolean => ending === "voicemail" || ending === "screened";

test("any sequence of events over any number of attempts keeps the promises", () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyEvent, { maxLength: 6 }), { maxLength: 12 }), (attempts) => {
      let call: Call = { ...claimed().call, attemptId: null };
      const sums = { dials: 0, pickups: 0, usageSeconds: 0 };
      let machines = 0;
      for (const [n, events] of attempts.entries()) {
        if (call.status !== "pending") break;
        const attempt = claimedAttempt(`a${n}`, call, "runner", "ST_1", NOON);
        let now: State = { call: { ...call, attemptId: attempt.id }, attempt };
        for (const event of [...events, ended("lost")]) {
          const change = advance(now.call, now.attempt, event, policy);
          if (change === null) continue;
          // A machine that answers is called again.
          if (now.attempt.state === "answered" && event.type === "ended" && isMachine(event.ending)) machines++;
          now = change;
          for (const key of ["dials", "pickups", "usageSeconds"] as const) sums[key] += change.tally[key];
        }
        call = now.call;
        // An attempt always ends, and the call is then either final or due again: nobody is forgotten.
        expect(now.attempt.state).toBe("ended");
        expect(call.status === "pending").toBe(call.nextAttemptAt !== null);
        expect(call.status === "pending").toBe(call.completedAt === null);
        expect(call.attemptsSpent).toBeLessThanOrEqual(policy.maxAttempts);
      }
      expect(sums.dials).toBe(call.attemptsSpent);
      expect(sums.pickups - machines).toBeLessThanOrEqual(1);
    }),
  );
});

describe("a lost agent", () => {
  const lost: AttemptEvent = { type: "ended", at: NOON + 20 * SECOND, ending: "agent_lost", byUs: true };

  test("fails the call, which was answered, and costs an attempt", () => {
    const talking = after(dialed, answered);
    const change = advance(talking.call, talking.attempt, lost, policy);
    expect(change?.call).toMatchObject({
      status: "failed",
      endReason: "agent_lost",
      attemptsSpent: 1,
      nextAttemptAt: null,
    });
    expect([change?.mark, change?.tally.dials]).toEqual(["a", 0]);
  });

  test("is tried again when the policy says so", () => {
    const policy = { maxAttempts: 3, after: [SECOND], agentLost: true };
    const talking = after(dialed, answered);
    expect(advance(talking.call, talking.attempt, lost, policy)?.call).toMatchObject({ status: "pending" });
  });
});

test("what is uncertain about an end is kept beside the duration", () => {
  const end: AttemptEvent = { type: "ended", at: NOON + 60 * SECOND, ending: "completed", uncertain: 940 };
  const { call, attempt } = after(dialed, answered, end);
  expect(call).toMatchObject({ durationSeconds: 55, durationUncertainty: 0.9 });
  expect(attempt.uncertainSeconds).toBe(0.9);
});

test("a clock that was set back in a conversation: it ends when it began, in doubt, and lasted no negative time", () => {
  const { call, attempt } = after(dialed, answered, ended("completed", NOON + 5 * SECOND - HOUR));
  expect(attempt).toMatchObject({ endedAt: NOON + 5 * SECOND, uncertainSeconds: 3600 });
  expect(call).toMatchObject({ durationSeconds: 0, durationUncertainty: 3600, completedAt: NOON + 5 * SECOND });
});

test.each([
  ["ahead", HOUR],
  ["behind", -HOUR],
])("a talk that was measured was booked with the hour by which the clock that told its end is %s", (_, ahead) => {
  const at = NOON + 65 * SECOND + ahead;
  const end: AttemptEvent = { type: "ended", at, ending: "completed", uncertain: 500, talked: 60 * SECOND };
  const change = after(dialed, answered, end);
  expect(change.attempt).toMatchObject({ endedAt: NOON + 65 * SECOND, uncertainSeconds: 0.5 });
  expect(change.call).toMatchObject({ durationSeconds: 60, durationUncertainty: 0.5 });
});
