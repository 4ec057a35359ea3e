/** LiveKit loses dispatches in a burst and repeats none: an agent that is not there is asked for once more. */
import { expect, test } from "vitest";
import { HOUR, SECOND } from "../../../src/domain/time/instant.ts";
import { AgentCapacity } from "../../../src/engine/run/agent-capacity.ts";
import { ManualClock } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";
import { Rig } from "../../support/engine.ts";

const ANSWER = [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 10 } }];

/** Dispatches per room. */
function dispatches(rig: Rig): Map<string, number> {
  const counts = new Map<string, number>();
  const dispatch = rig.world.dispatch.bind(rig.world);
  rig.world.dispatch = (room, name, metadata) => {
    counts.set(room, (counts.get(room) ?? 0) + 1);
    return dispatch(room, name, metadata);
  };
  return counts;
}

test("of a burst of eight that loses three, all are called, and nobody counts as missing", async () => {
  await using rig = new Rig();
  rig.script({ others: ANSWER, agentBurst: 3, agentJoinsAfter: 0.4 });
  const asked = dispatches(rig);
  const id = await rig.start(8, { delay: "0s" });
  await rig.run();
  expect((await rig.report(id)).progress.calls.completed).toBe(8);
  expect(rig.said("call_ended")).toHaveLength(8);
  expect(Math.max(...asked.values())).toBe(2);
  expect([...rig.dials.values()]).toEqual(Array.from({ length: 8 }, () => 1));
});

test("is asked for no sooner than after 2 s, and with the same metadata", async () => {
  await using rig = new Rig();
  rig.script({ others: ANSWER, agentDrops: 1 });
  const jobs: { at: number; metadata: string }[] = [];
  const dispatch = rig.world.dispatch.bind(rig.world);
  rig.world.dispatch = (room, name, metadata) => {
    jobs.push({ at: rig.clock.now(), metadata });
    return dispatch(room, name, metadata);
  };
  await rig.start(1);
  const working = rig.work();
  await rig.clock.advance(5 * SECOND);
  rig.script({ others: ANSWER });
  expect(jobs).toHaveLength(2);
  expect((jobs[1]?.at ?? 0) - (jobs[0]?.at ?? 0)).toBeGreaterThanOrEqual(2 * SECOND);
  expect(jobs[1]?.metadata).toBe(jobs[0]?.metadata);
  working.drain.abort();
  await rig.clock.finish(working.done, HOUR);
});

test("the one that comes second is removed, and the call goes on with the first", async () => {
  await using rig = new Rig();
  rig.script({ others: [{ weight: 1, behaviour: { does: "answer", rings: 4, talks: 30 } }], agentJoinsAfter: 3 });
  const id = await rig.start(1);
  const working = rig.work();
  await rig.clock.advance(20 * SECOND);
  const [room] = rig.world.rooms.list();
  const agents = [...(room?.participants.values() ?? [])].filter(({ kind }) => kind === "AGENT");
  expect(room?.dispatches).toHaveLength(2);
  expect(agents).toHaveLength(1);
  expect(agents[0]?.joinedAt).toBeLessThan(NOON + 4 * SECOND);
  await rig.clock.finish(working.done, HOUR);
  expect((await rig.report(id)).progress.calls.completed).toBe(1);
});

test("a second agent that somebody else sends is left alone", async () => {
  await using rig = new Rig();
  rig.script({ others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 30 } }] });
  await rig.start(1);
  const working = rig.work();
  await rig.clock.advance(10 * SECOND);
  const [room] = rig.world.rooms.list();
  rig.world.dispatch(room?.name ?? "", "supervisor", "");
  await rig.clock.advance(10 * SECOND);
  expect([...(room?.participants.values() ?? [])].filter(({ kind }) => kind === "AGENT")).toHaveLength(2);
  await rig.clock.finish(working.done, HOUR);
});

test("no more than a few agents are asked for at once: twice as many while all come in time, half when some do not, then one more", () => {
  let freed = 0;
  const clock = new ManualClock(NOON);
  const agents = new AgentCapacity(clock, () => (freed += 1));
  /** Asks for as many as it may. */
  const burst = (): ReturnType<AgentCapacity["enter"]>[] => {
    const seats = [];
    while (!agents.isFull) seats.push(agents.enter());
    return seats;
  };
  const first = burst();
  expect(first).toHaveLength(4);
  for (const seat of first) seat.joined();
  expect(freed).toBe(1);
  const second = burst();
  expect(second).toHaveLength(8);
  for (const seat of second) seat.late();
  for (const seat of second) seat.joined();
  const third = burst();
  expect(third).toHaveLength(4);
  for (const seat of third) seat.joined();
  const fourth = burst();
  expect(fourth).toHaveLength(5);
  for (const seat of fourth) seat.joined();
  expect(burst()).toHaveLength(6);
});

test("a hundred lines are filled within five seconds where agents come in time", async () => {
  await using rig = new Rig();
  rig.script({ others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 60 } }] });
  await rig.start(100, { delay: "0s", concurrency: 100 });
  const working = rig.work();
  await rig.clock.advance(5 * SECOND);
  expect(rig.said("call_dialing")).toHaveLength(100);
  working.leave.abort();
  await rig.clock.finish(working.done, HOUR);
});
