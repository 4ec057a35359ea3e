/** A thousand calls whose agents write late, twice, out of order, nonsense or nothing, while runners are killed. */
import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/domain/calls/run-event.ts";
import { HOUR, SECOND } from "../../../src/domain/time/instant.ts";
import type { Store } from "../../../src/engine/ports/index.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { Rig, type Working } from "../../support/engine.ts";

const CALLS = 1000;
const TALKS = 10;
const KILLS = 4;

const human = { answered_by: "human", first_audio_ms: 700 };
const done = { answered_by: "human", outcome: "interested", ended_by: "callee" };

/** What the n-th agent writes, and the number that counts in the end; null: it says nothing. */
function agentOf(n: number): { readonly says: readonly object[]; readonly seq: number | null } {
  switch (n % 9) {
    case 0: // as it should be
      return {
        says: [{ verdict: { seq: 1, ...human }, at: 1 }, { verdict: { seq: 2, ...done, final: true } }],
        seq: 2,
      };
    case 1: // late
      return { says: [{ verdict: { seq: 1, ...done }, afterEnd: 1 + (n % 8) }], seq: 1 };
    case 2: // repeated
      return { says: [1, 2, 3, 4, 5].map((at) => ({ verdict: { seq: 7, ...done }, at })), seq: 7 };
    case 3: // reordered
      return {
        says: [
          { verdict: { seq: 9, ...done }, at: 1 },
          { verdict: { seq: 4, ...human }, at: 4 },
        ],
        seq: 9,
      };
    case 4: // missing
      return { says: [], seq: null };
    case 5: // only into the room, and gone at once
      return { says: [{ verdict: { seq: 3, ...done }, in: "room" }], seq: 3 };
    case 6: // nonsense in between
      return {
        says: [
          { verdict: "{", at: 1 },
          { verdict: { seq: 2, ...done, mood: 1 }, at: 3 },
        ],
        seq: 2,
      };
    case 7: // no more calls
      return { says: [{ verdict: { seq: 1, answered_by: "human", do_not_call: true }, at: 2 }], seq: 1 };
    default: // a machine
      return { says: [{ verdict: { seq: 5, answered_by: "voicemail", final: true }, at: 1 }], seq: 5 };
  }
}

/** The port of a process that is killed: whatever it asks for is never answered. */
const mortal = <T extends object>(port: T, died: AbortSignal): T =>
  new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]): unknown =>
        died.aborted ? new Promise(() => {}) : Reflect.apply(member, target, args);
    },
  });

test(`${CALLS} calls under chaos: each verdict is stored once, one look after it was written at the latest`, async () => {
  await using rig = new Rig();
  const numbers = Object.fromEntries(
    Array.from({ length: CALLS }, (_, n) => [
      fictionalNumber(n),
      [{ does: "answer", rings: 1, talks: TALKS, says: agentOf(n).says }],
    ]),
  );
  rig.script({ numbers });
  /** Per attempt and number: how often it was stored. */
  const times = new Map<string, number>();
  const counting: Store = new Proxy(rig.store, {
    get(target, name) {
      if (name !== "saveVerdict") return Reflect.get(target, name, target) as unknown;
      return async (said: Parameters<Store["saveVerdict"]>[0]) => {
        const saved = await target.saveVerdict(said);
        const key = `${said.attemptId} ${said.verdict.seq}`;
        if (saved === "stored") times.set(key, (times.get(key) ?? 0) + 1);
        return saved;
      };
    },
  });
  const id = await rig.start(CALLS, { concurrency: 50, delay: "100ms", maxAttempts: 1 });
  const deaths: number[] = [];
  const start = (death: AbortController): Working =>
    rig.work({ watch: true, lease: 10 * SECOND }, mortal(counting, death.signal), mortal(rig.telephony, death.signal));
  let death = new AbortController();
  start(death);
  for (let n = 0; n < KILLS; n++) {
    await rig.clock.advance(37 * SECOND);
    death.abort();
    deaths.push(rig.clock.now());
    death = new AbortController();
    start(death);
  }
  const last = new AbortController(); // never killed
  for (let n = 0; n < 60 && (await rig.report(id)).campaign.status === "running"; n++) {
    await rig.clock.advance(30 * SECOND);
  }
  death.abort();
  await rig.clock.finish(rig.work({}, mortal(counting, last.signal)).done, HOUR);

  // Nobody was called twice, and all of it adds up.
  const { progress } = await rig.report(id);
  expect(Math.max(...rig.dials.values())).toBe(1);
  expect(progress.total).toBe(CALLS);
  expect([...times.values()].every((n) => n === 1)).toBe(true);

  const lost: string[] = [];
  const delays: number[] = [];
  for (let n = 0; n < CALLS; n++) {
    const history = await rig.store.callHistory(id, fictionalNumber(n));
    const attempt = history?.attempts.at(-1);
    if (attempt?.answeredAt == null) continue; // its runner was killed before the answer, and it was never known
    const seq = attempt.said?.seq ?? null;
    // An agent that writes an older verdict over a newer one while nobody looks has said the older one only.
    const { answeredAt } = attempt;
    const unseen = n % 9 === 3 && seq === 4 && deaths.some((died) => Math.abs(died - answeredAt) < 30 * SECOND);
    if (seq !== agentOf(n).seq && !unseen) lost.push(`${n % 9}: ${seq} ${attempt.detail}`);
  }
  const written = new Map(
    rig.world.dials.map(({ roomName, answeredAt, endedAt }) => [roomName.slice(5), { answeredAt, endedAt }]),
  );
  const verdicts = rig.said("call_verdict") as Extract<RunEvent, { type: "call_verdict" }>[];
  for (const { attemptId, at, seq } of verdicts) {
    const { answeredAt, endedAt } = written.get(attemptId) ?? {};
    const n = rig.world.dials.findIndex(({ roomName }) => roomName === `call-${attemptId}`);
    const number = rig.world.dials[n]?.sipCallTo ?? "";
    const index = Object.keys(numbers).indexOf(number);
    const says = agentOf(index).says as readonly { verdict: { seq?: number }; at?: number; afterEnd?: number }[];
    const first = says.find(({ verdict }) => verdict.seq === seq);
    if (first === undefined || answeredAt == null || endedAt == null) continue;
    const wrote = first.at === undefined ? endedAt + (first.afterEnd ?? 0) * SECOND : answeredAt + first.at * SECOND;
    // What a killed runner did not hear waits for the next one.
    if (deaths.every((died) => at < died || wrote > died + 30 * SECOND)) delays.push(at - wrote);
  }
  expect(lost).toEqual([]);
  expect(verdicts.length).toBeGreaterThan(CALLS / 2);
  expect(delays.length).toBeGreaterThan(CALLS / 3);
  expect(Math.max(...delays)).toBeLessThanOrEqual(1.5 * SECOND);
}, 300_000);
