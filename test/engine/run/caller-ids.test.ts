/** Caller IDs over a whole run, as the phones see them; the choice alone is tested in test/domain/caller.test.ts. */
import { expect, test } from "vitest";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { CallerIds } from "../../../src/engine/run/caller-ids.ts";
import type { Assignment } from "../../../src/engine/ports/caller-numbers.ts";
import { SANDBOX_TRUNK } from "../../../src/sandbox/trunks.ts";
import { NOON } from "../../support/domain.ts";
import { drained, Rig } from "../../support/engine.ts";
import { troubled } from "../../support/troubled.ts";

const NEW_YORK = "+12125550150";
const NEW_JERSEY = "+12015550150";
const WASHINGTON = "+12025550150";
const LONDON = "+442079460150";
const OTHER_TRUNK = { ...SANDBOX_TRUNK, sipTrunkId: "", name: "other", numbers: ["+13105550150"] };

async function assign(rig: Rig, number: string, more: Partial<Assignment> = {}): Promise<void> {
  const trunk = { trunkId: SANDBOX_TRUNK.sipTrunkId, trunkName: "sandbox" };
  await rig.store.assignNumber({ id: rig.newId(), number, assistantId: "a1", ...trunk, ...more }, rig.clock.now());
}

/** The caller IDs shown, in the order of the dials; undefined: the trunk's own. */
const shown = (rig: Rig): (string | undefined)[] => rig.world.dials.map(({ sipNumber }) => sipNumber || undefined);
const BUSY = { does: "refuse", status: 486, reason: "Busy Here" };

test("an assistant with two active numbers does not fail its calls: they are a pool, used in turn", async () => {
  await using rig = new Rig();
  await assign(rig, "+12125550151");
  await assign(rig, NEW_YORK);
  const id = await rig.start(4, { delay: "1s" });
  await rig.run();
  expect((await rig.report(id)).progress.calls.completed).toBe(4);
  expect(shown(rig)).toEqual([NEW_YORK, "+12125550151", NEW_YORK, "+12125550151"]);
  const { calls } = await rig.store.listCalls({ campaignId: id, limit: 10 });
  expect(new Set(calls.map(({ fromNumber }) => fromNumber))).toEqual(new Set(shown(rig)));
  const used = await rig.store.listNumbers("a1");
  expect(used.map(({ lastUsedAt }) => lastUsedAt)).toEqual(rig.world.dials.slice(-2).map(({ at }) => at));
});

test("a clock that was set back 3 h hid a changed pool for as long: it is asked for again", async () => {
  let asked = 0;
  const store = {
    callerPool: () => {
      asked++;
      return Promise.resolve({ numbers: [], othersTrunks: [], othersNumbers: [] });
    },
  };
  const callerIds = new CallerIds(store);
  for (const now of [NOON, NOON + SECOND, NOON - 3 * HOUR, NOON - 3 * HOUR + SECOND])
    await callerIds.pool("a1", null, now);
  expect(asked).toBe(2);
});

test("an agent that dials by itself is told the number chosen from the pool", async () => {
  await using rig = new Rig();
  rig.script({ agentDials: true });
  await assign(rig, NEW_YORK);
  await assign(rig, "+12125550151");
  await rig.start(4, { delay: "1s" });
  await rig.run({ dialer: "agent" });
  expect(shown(rig)).toEqual([NEW_YORK, "+12125550151", NEW_YORK, "+12125550151"]);
});

test("a campaign whose caller ID is slow holds up no other on its trunk", async () => {
  await using rig = new Rig();
  await assign(rig, NEW_YORK, { interval: 50 * SECOND });
  rig.behave({ does: "answer", rings: 20, talks: 30 });
  await rig.start(8, { delay: "0", concurrency: 8 });
  await rig.start(8, { delay: "0", concurrency: 8, assistant: "a2" }, 20);
  const working = rig.work({ parallel: Infinity });
  await rig.clock.advance(8 * SECOND);
  expect(rig.world.dials).toHaveLength(1 + 8);
  await drained(rig, working);
});

test("a contact's retries keep the number, though another has rested longer", async () => {
  await using rig = new Rig();
  await assign(rig, NEW_YORK);
  await assign(rig, "+12125550151");
  rig.behave(BUSY);
  await rig.start(1, { maxAttempts: 3, retryAfter: "1m" });
  await rig.run();
  for (let n = 0; n < 2; n++) {
    await rig.clock.advance(5 * MINUTE);
    await rig.run();
  }
  expect(shown(rig)).toEqual([NEW_YORK, NEW_YORK, NEW_YORK]);
});

test("the number of the contact's own area is taken, then one of its country", async () => {
  await using rig = new Rig();
  for (const number of [LONDON, NEW_JERSEY, WASHINGTON]) await assign(rig, number);
  await rig.start(3, { delay: "1s" }, 0);
  await rig.start(2, { delay: "1s" }, 100);
  await rig.run();
  expect(
    new Set(rig.world.dials.map(({ sipCallTo, sipNumber }) => [sipCallTo.slice(0, 5), sipNumber].join(" "))),
  ).toEqual(new Set([`+1201 ${NEW_JERSEY}`, `+1202 ${WASHINGTON}`]));
});

test("--from narrows the pool", async () => {
  await using rig = new Rig();
  for (const number of [LONDON, NEW_JERSEY]) await assign(rig, number);
  await rig.start(2, { from: LONDON });
  await rig.run();
  expect(shown(rig)).toEqual([LONDON, LONDON]);
});

test("without a pool the campaign's own numbers are used in turn, and without those the trunk's", async () => {
  await using rig = new Rig();
  await rig.start(3, { from: `${NEW_YORK}, ${LONDON},+12125550151`, delay: "1s" });
  await rig.run();
  await rig.start(1, {}, 50);
  await rig.run();
  expect(shown(rig)).toEqual([NEW_YORK, "+12125550151", NEW_YORK, undefined]);
});

test("a number at its own limit is passed over, and waited for when there is no other", async () => {
  await using rig = new Rig();
  await assign(rig, NEW_JERSEY, { interval: 10 * SECOND });
  await assign(rig, LONDON, { interval: 10 * SECOND });
  await rig.start(5, { delay: "0" });
  await rig.run();
  for (const number of [NEW_JERSEY, LONDON]) {
    const times = rig.world.dials.filter(({ sipNumber }) => sipNumber === number).map(({ at }) => at);
    expect(times.length).toBeGreaterThanOrEqual(2);
    times.slice(1).forEach((at, n) => expect(at - (times[n] ?? 0)).toBeGreaterThanOrEqual(10 * SECOND));
  }
  expect(rig.dialedAt().at(-1)).toBeLessThan(30);
});

test("a campaign is stopped while a call waits for its number: nobody is rung", async () => {
  await using rig = new Rig();
  await assign(rig, NEW_JERSEY, { interval: 10 * MINUTE });
  const id = await rig.start(2, { delay: "0" });
  const working = rig.work();
  await rig.clock.advance(20 * SECOND);
  await rig.campaigns.stop(id, true);
  await rig.clock.advance(3 * SECOND);
  expect((await rig.report(id)).live).toBe(0);
  await drained(rig, working);
  expect(rig.world.dials).toHaveLength(1);
});

test("the trunk is the one that the assistant's numbers are on; numbers of another trunk are not shown", async () => {
  await using rig = new Rig();
  const other = rig.world.trunks.create(OTHER_TRUNK).sipTrunkId;
  await assign(rig, NEW_YORK, { trunkId: other, trunkName: "other" });
  await rig.start(1);
  await rig.run();
  await rig.start(1, { trunk: SANDBOX_TRUNK.sipTrunkId }, 1);
  await rig.run();
  expect(rig.world.dials.map(({ sipTrunkId }) => sipTrunkId)).toEqual([other, SANDBOX_TRUNK.sipTrunkId]);
  expect(shown(rig)).toEqual([NEW_YORK, undefined]);
});

test("numbers on two trunks, or on one that is gone, choose no trunk: the campaign says so", async () => {
  await using rig = new Rig();
  const other = rig.world.trunks.create(OTHER_TRUNK).sipTrunkId;
  await assign(rig, NEW_YORK, { trunkId: other });
  await assign(rig, NEW_JERSEY);
  const id = await rig.start(1);
  await rig.run();
  expect((await rig.report(id)).campaign).toMatchObject({ status: "error" });
  rig.world.trunks.delete(other);
  await rig.store.unassignNumber(NEW_JERSEY);
  await rig.clock.advance(2 * MINUTE);
  const gone = await rig.start(1, {}, 1);
  await rig.run();
  expect((await rig.report(gone)).campaign.statusReason).toContain(`${other}, which this LiveKit does not have`);
  expect(rig.world.dials).toEqual([]);
});

test("a number that is assigned while a campaign runs is used within a minute or so", async () => {
  await using rig = new Rig();
  await assign(rig, NEW_YORK);
  await rig.start(40, { delay: "5s" });
  const working = rig.work();
  await rig.clock.advance(20 * SECOND);
  await assign(rig, NEW_JERSEY);
  await rig.clock.advance(80 * SECOND);
  expect(shown(rig).at(-1)).toBe(NEW_JERSEY);
  await drained(rig, working);
});

test("a number whose dial did not leave after all is free for the next", async () => {
  await using rig = new Rig();
  await assign(rig, NEW_YORK, { interval: 10 * MINUTE });
  const callers = new CallerIds(rig.store);
  const asked = { assistantId: "a1", trunkId: SANDBOX_TRUNK.sipTrunkId, only: [], contact: LONDON, sticky: null };
  const taken = await callers.take(asked, rig.clock.now());
  expect(await callers.take(asked, rig.clock.now())).toMatchObject({ is: "wait" });
  if (taken.is === "use") taken.giveBack();
  expect(await callers.take(asked, rig.clock.now())).toMatchObject({ is: "use", number: NEW_YORK });
});

test("the pool is asked for once a minute at most, and a store that is away is waited for", async () => {
  await using rig = new Rig();
  await assign(rig, NEW_YORK);
  const id = await rig.start(20, { delay: "5s" });
  let asked = 0;
  const store = troubled(rig.store, (verb) => (verb === "callerPool" && ++asked === 1 ? "before" : null));
  await rig.clock.finish(rig.work({}, store).done, 60 * MINUTE);
  expect((await rig.report(id)).progress.calls.completed).toBe(20);
  expect(asked).toBeLessThanOrEqual(4);
  expect(rig.said("trouble")).toHaveLength(1);
  expect(new Set(shown(rig))).toEqual(new Set([NEW_YORK]));
});
