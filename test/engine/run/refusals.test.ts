/** Whose fault a refusal is: the contact's, the trunk's, or the destination's. */
import { describe, expect, test } from "vitest";
import type { CampaignInput } from "../../../src/engine/manage/campaign-settings.ts";
import { HOUR, MINUTE } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { once, Rig } from "../../support/engine.ts";

describe("150 of 150 contacts final, campaign completed, in silence", () => {
  test.each([404, 484, 603, 480, 408, 487])(
    "SIP %d to everybody pauses the campaign, and costs nobody an attempt",
    async (status) => {
      await using rig = new Rig();
      rig.behave({ does: "refuse", status, reason: "whatever", after: 1 });
      const id = await rig.start(150, { delay: "2s", concurrency: 2, maxAttempts: 1 });
      const summary = await rig.run();
      expect(summary.tripped).toBe(1);
      const { campaign, progress } = await rig.report(id);
      expect(campaign.status).toBe("paused");
      expect(campaign.statusReason).toMatch(/^the trunk refused \d+ calls in the same way/);
      expect(rig.world.dials.length).toBeLessThan(25);
      expect(progress.calls).toMatchObject({ pending: 150 });
      expect(progress.dials).toBe(0);

      rig.script({});
      await rig.campaigns.resume(id);
      await rig.clock.advance(20 * MINUTE);
      await rig.run();
      expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 150 });
    },
  );

  test("phones that ring out, all of them, are no broken trunk", async () => {
    await using rig = new Rig();
    rig.behave({ does: "ring" });
    const id = await rig.start(60, { delay: "0", concurrency: 20, maxAttempts: 1 });
    await rig.run();
    expect((await rig.report(id)).progress.calls).toMatchObject({ no_answer: 60 });
  });

  test.each([480, 487, 408])("nor are phones that ring for 20 s, to which the carrier then says %d", async (status) => {
    await using rig = new Rig();
    rig.behave({ does: "refuse", status, reason: "whatever", after: 20, rings: true });
    const id = await rig.start(60, { delay: "0", concurrency: 20, maxAttempts: 1 });
    await rig.run();
    const { campaign, progress } = await rig.report(id);
    expect([campaign.status, progress.calls.no_answer]).toEqual(["completed", 60]);
    expect([...rig.dials.values()]).toEqual(once(60));
  });

  test("phones that rang, whatever the trunk said then, rang again past --max-attempts after the pause", async () => {
    await using rig = new Rig();
    const declines = { does: "refuse", status: 603, reason: "Decline", after: 1 };
    const rings = Object.fromEntries([0, 1].map((n) => [fictionalNumber(n), [{ ...declines, after: 4, rings: true }]]));
    rig.script({ numbers: rings, others: [{ weight: 1, behaviour: declines }] });
    const id = await rig.start(30, { delay: "1s", concurrency: 10, maxAttempts: 1 });
    await rig.run();
    const { campaign, progress } = await rig.report(id);
    expect(campaign.status).toBe("paused");
    expect([progress.calls.busy, progress.dials]).toEqual([2, 2]);

    rig.script({});
    await rig.campaigns.resume(id);
    await rig.clock.advance(20 * MINUTE);
    await rig.run();
    expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 28, busy: 2 });
    for (const n of [0, 1]) expect(rig.dials.get(fictionalNumber(n))).toBe(1);
  });

  test("a list that is known to be bad goes further with --expect-answers low", async () => {
    await using rig = new Rig();
    rig.behave({ does: "refuse", status: 404, reason: "Not Found", after: 1 });
    const id = await rig.start(20, { delay: "1s", expectAnswers: "low" });
    await rig.run();
    expect((await rig.report(id)).campaign.status).toBe("completed");
  });
});

describe("a trunk that was broken for several small campaigns burned a few contacts in each", () => {
  const SMALL = 5;
  const broken = { does: "refuse", status: 404, reason: "Not Found", after: 0.2 };

  test("its refusals count for all of them together; a resume tries again with one call at once, and costs nobody an attempt", async () => {
    await using rig = new Rig();
    rig.behave(broken);
    const ids: string[] = [];
    const statusOf = async (id: string) => (await rig.report(id)).campaign.status;
    for (let n = 0; n < 4; n++) {
      const id = await rig.start(SMALL, { name: `small ${n}`, delay: "0", concurrency: 1 });
      ids.push(id);
      await rig.run();
    }
    expect(await Promise.all(ids.map(statusOf))).toEqual(["completed", "completed", "paused", "paused"]);
    const last = ids[3] ?? "";
    const { campaign, progress } = await rig.report(last);
    expect(campaign.statusReason).toMatch(/^the trunk refused \d+ calls in the same way/);
    expect([progress.calls.pending, progress.dials]).toEqual([SMALL, 0]);
    expect(rig.world.dials.length).toBeLessThan(20);

    for (let resumes = 0; resumes < 3; resumes++) {
      const before = rig.world.dials.length;
      await rig.campaigns.resume(last);
      await rig.run();
      expect(await statusOf(last)).toBe("paused");
      expect(rig.world.dials.length - before).toBeLessThanOrEqual(2);
      await rig.clock.advance(20 * MINUTE);
    }
    rig.script({});
    await rig.campaigns.resume(last);
    await rig.clock.advance(20 * MINUTE);
    await rig.run();
    expect((await rig.report(last)).progress.calls).toMatchObject({ completed: SMALL });
  });

  test("it vouches for itself by an answer to another campaign: a bad list is a bad list", async () => {
    await using rig = new Rig();
    const bad = Array.from({ length: 11 }, (_, n) => fictionalNumber(n));
    rig.script({ numbers: Object.fromEntries(bad.map((number) => [number, [broken]])) });
    const first = await rig.start(11, { name: "bad", delay: "0", concurrency: 1 });
    await rig.run();
    rig.script({});
    const second = await rig.start(1, { name: "good", delay: "0" });
    await rig.run();
    rig.behave(broken);
    const third = await rig.start(SMALL, { name: "bad too", delay: "0", concurrency: 1 });
    await rig.run();
    for (const id of [first, second, third]) expect((await rig.report(id)).campaign.status).toBe("completed");
  });
});

test("10 of 100 numbers were always refused: 60 runs and 54 resumes later the campaign was not finished", async () => {
  await using rig = new Rig();
  const refused = { does: "refuse", status: 403, reason: "Destination not allowed", after: 0.5 };
  const bad = [3, 14, 15, 26, 35, 50, 58, 79, 80, 97].map(fictionalNumber);
  rig.script({ numbers: Object.fromEntries(bad.map((number) => [number, [refused]])) });
  const id = await rig.start(100, { delay: "1s", concurrency: 10 });
  for (let pass = 0; pass < 4; pass++) {
    await rig.run();
    await rig.clock.advance(20 * MINUTE);
  }
  const { campaign, progress } = await rig.report(id);
  expect([campaign.status, progress.calls.completed]).toEqual(["completed", 90]);
  expect(progress.endings).toMatchObject({ refused_destination: 10 });
  expect(Math.max(...bad.map((number) => rig.world.dials.filter((dial) => dial.sipCallTo === number).length))).toBe(3);
});

const british = (n: number): string => `+44770090${String(n).padStart(4, "0")}`;
const landline = (n: number): string => `+441614960${String(n).padStart(3, "0")}`;
const uniform = (n: number): string => `+443069990${String(n).padStart(3, "0")}`;
const numbers = (of: (n: number) => string, count: number, first = 0) =>
  Array.from({ length: count }, (_, n) => of(first + n));
const refusal = { does: "refuse", status: 403, reason: "Destination not allowed", after: 0.5 };

/** Runs, resumes, and waits, until it is completed, or for so long. */
async function finished(
  rig: Rig,
  list: readonly string[],
  input: Partial<CampaignInput>,
  atMost = 80,
  wait = 20 * MINUTE,
) {
  const id = await rig.start(list, input);
  let pauses = 0;
  const reasons: string[] = [];
  for (let pass = 0; pass < atMost; pass++) {
    await rig.run();
    const { status, statusReason } = (await rig.report(id)).campaign;
    if (status === "completed") break;
    if (status === "paused") {
      pauses += 1;
      reasons.push(statusReason ?? "");
      await rig.campaigns.resume(id);
    }
    await rig.clock.advance(wait);
  }
  const { campaign, progress } = await rig.report(id);
  const dials = (of: readonly string[]) => of.map((number) => rig.dials.get(number) ?? 0);
  return { status: campaign.status, pauses, reasons, calls: progress.calls, endings: progress.endings, dials };
}
const refuse = (rig: Rig, list: readonly string[]): void =>
  rig.script({ numbers: Object.fromEntries(list.map((number) => [number, [refusal]])) });

describe("a list sorted by country, of which one country is always refused: about 55 resumes, and each gave one number up", () => {
  test.each([1, 5])("none, with others due behind it; concurrency %i", async (concurrency) => {
    await using rig = new Rig();
    const [good, bad, rest] = [numbers(fictionalNumber, 40), numbers(british, 60), numbers(fictionalNumber, 20, 40)];
    refuse(rig, bad);
    const { dials, ...came } = await finished(rig, [...good, ...bad, ...rest], { delay: "1s", concurrency });
    expect(came).toMatchObject({ status: "completed", pauses: 0 });
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([60, 60]);
    expect(new Set(dials(bad))).toEqual(new Set([3]));
    expect(new Set(dials([...good, ...rest]))).toEqual(new Set([1]));
  });

  test("one pause where nobody else is due: the resume says that the trunk works", async () => {
    await using rig = new Rig();
    const [good, bad] = [numbers(fictionalNumber, 20), numbers(british, 30)];
    refuse(rig, bad);
    const { dials, ...came } = await finished(rig, [...good, ...bad], { delay: "1s", concurrency: 2 });
    expect(came).toMatchObject({ status: "completed", pauses: 1 });
    expect(came.reasons[0]).toMatch(
      /^the last \d attempts failed on our side: calls to GB alone; if the trunk works, a resume/,
    );
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([20, 30]);
    expect(new Set(dials(bad))).toEqual(new Set([3]));
  });

  test("one pause where it goes first: the test call after it goes elsewhere", async () => {
    await using rig = new Rig();
    const [bad, good] = [numbers(british, 12), numbers(fictionalNumber, 10)];
    refuse(rig, bad);
    const { dials, ...came } = await finished(rig, [...bad, ...good], { delay: "0", concurrency: 1 }, 10);
    expect(came).toMatchObject({ status: "completed", pauses: 1 });
    expect(rig.world.dials[5]?.sipCallTo).toBe(good[0]);
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([10, 12]);
    expect(new Set(dials(bad))).toEqual(new Set([3]));
  });

  test("a trunk that broke just there pauses it one call later, gives nobody up, and is tested by a number likely to answer", async () => {
    await using rig = new Rig();
    const [good, abroad, rest] = [numbers(fictionalNumber, 20), numbers(british, 10), numbers(fictionalNumber, 20, 20)];
    refuse(rig, [...abroad, ...rest]);
    const id = await rig.start([...good, ...abroad, ...rest], { delay: "1s", concurrency: 1 });
    await rig.run();
    expect((await rig.report(id)).campaign.status).toBe("paused");
    expect(rig.world.dials.slice(20).map(({ sipCallTo }) => sipCallTo)).toEqual([...abroad.slice(0, 5), rest[0]]);

    await rig.clock.advance(20 * MINUTE);
    await rig.campaigns.resume(id);
    await rig.run();
    expect((await rig.report(id)).campaign.status).toBe("paused");
    expect(rig.world.dials.slice(26).map(({ sipCallTo }) => sipCallTo.startsWith("+1"))).toEqual([true]);

    rig.script({});
    await rig.campaigns.resume(id);
    await rig.run();
    expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 50 });
  });
});

describe("a list in one country, of which the trunk always refuses the mobile numbers: 80 resumes later it was not finished", () => {
  test.each([1, 2, 5])("one pause, whose reason names their prefix; concurrency %i", async (concurrency) => {
    await using rig = new Rig();
    const [good, bad] = [numbers(landline, 20), numbers(british, 30)];
    refuse(rig, bad);
    const { dials, ...came } = await finished(rig, [...good, ...bad], { delay: "1s", concurrency, maxAttempts: 2 });
    expect(came).toMatchObject({ status: "completed", pauses: 1 });
    expect(came.reasons[0]).toMatch(
      /^the last \d attempts failed on our side: calls to \+44 7… alone; if the trunk works/,
    );
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([20, 30]);
    expect(new Set(dials(bad))).toEqual(new Set([3]));
    expect(new Set(dials(good))).toEqual(new Set([1]));
  });

  test("one pause as well where they are so many that nothing else is remembered", async () => {
    await using rig = new Rig();
    const [good, bad] = [numbers(landline, 20), numbers(british, 120)];
    refuse(rig, bad);
    const { dials, ...came } = await finished(rig, [...good, ...bad], { delay: "1s", concurrency: 20 });
    expect(came).toMatchObject({ status: "completed", pauses: 1 });
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([20, 120]);
    expect(new Set(dials(bad))).toEqual(new Set([3]));
  });

  test("one pause as well where some landlines are refused, and tried again in the meantime", async () => {
    await using rig = new Rig();
    const [good, bad, rest] = [numbers(landline, 40), numbers(british, 30), numbers(landline, 5, 40)];
    const gone = good.filter((_, n) => [25, 26, 27].includes(n));
    refuse(rig, [...bad, ...gone]);
    const { dials, ...came } = await finished(rig, [...good, ...bad, ...rest], { delay: "1s", concurrency: 2 });
    expect(came).toMatchObject({ status: "completed", pauses: 1 });
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([42, 33]);
    expect(Math.max(...dials([...bad, ...gone]))).toBe(3);
  });

  test("none with others due in a country that is served", async () => {
    await using rig = new Rig();
    const [good, bad, rest] = [numbers(landline, 20), numbers(british, 30), numbers(fictionalNumber, 10)];
    refuse(rig, bad);
    const came = await finished(rig, [...rest.slice(0, 5), ...good, ...bad, ...rest.slice(5)], { delay: "1s" });
    expect(came).toMatchObject({ status: "completed", pauses: 0 });
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([30, 30]);
  });

  test("none where they lie among the others", async () => {
    await using rig = new Rig();
    const [good, bad] = [numbers(landline, 30), numbers(british, 30)];
    refuse(rig, bad);
    const mixed = good.flatMap((number, n) => [number, bad[n] ?? ""]);
    const came = await finished(rig, mixed, { delay: "1s", concurrency: 2 });
    expect(came).toMatchObject({ status: "completed", pauses: 0 });
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([30, 30]);
  });

  test("another prefix soon after that needs a pause of its own", async () => {
    await using rig = new Rig();
    const [good, bad, worse] = [numbers(landline, 20), numbers(british, 12), numbers(uniform, 12)];
    refuse(rig, [...bad, ...worse]);
    const list = [...good, ...bad, ...worse];
    const { dials, ...came } = await finished(rig, list, { delay: "1s", concurrency: 2 }, 80, MINUTE);
    expect(came).toMatchObject({ status: "completed", pauses: 2 });
    expect([came.calls.completed, came.endings.refused_destination]).toEqual([20, 24]);
    expect(Math.max(...dials([...bad, ...worse]))).toBeLessThanOrEqual(8);
  });

  test("a trunk without money, which served landlines yesterday, gives up no mobile number: one resume gave up all", async () => {
    await using rig = new Rig();
    await rig.start(numbers(landline, 10), { name: "landlines", delay: "1s" });
    await rig.run();
    await rig.clock.advance(20 * HOUR);
    const mobiles = numbers(british, 30);
    rig.behave({ ...refusal, status: 402 });
    const id = await rig.start(mobiles, { name: "mobiles", delay: "1s", concurrency: 5 });
    await rig.run();
    for (let resumes = 0; resumes < 5; resumes++) {
      const before = rig.world.dials.length;
      await rig.clock.advance(20 * MINUTE);
      await rig.campaigns.resume(id);
      await rig.run();
      expect((await rig.report(id)).campaign.status).toBe("paused");
      expect(rig.world.dials.length).toBe(before + 1);
    }
    expect((await rig.report(id)).progress.calls).toMatchObject({ pending: 30 });
    rig.script({});
    await rig.campaigns.resume(id);
    await rig.clock.advance(20 * MINUTE);
    await rig.run();
    expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 30 });
  });

  test("a trunk that breaks while it refuses a prefix pauses at the next one, and gives up nobody there", async () => {
    await using rig = new Rig();
    const [good, bad, rest] = [numbers(landline, 20), numbers(british, 40), numbers(landline, 15, 20)];
    refuse(rig, [...bad, ...rest]);
    const id = await rig.start([...good, ...bad, ...rest], { delay: "1s", concurrency: 2 });
    for (let pass = 0; pass < 6; pass++) {
      await rig.run();
      expect((await rig.report(id)).campaign.status).toBe("paused");
      await rig.clock.advance(20 * MINUTE);
      await rig.campaigns.resume(id);
    }
    rig.script({});
    refuse(rig, bad);
    for (let pass = 0; pass < 3; pass++) {
      await rig.run();
      await rig.clock.advance(20 * MINUTE);
    }
    const { campaign, progress } = await rig.report(id);
    expect([campaign.status, progress.calls.completed]).toEqual(["completed", 35]);
    expect(progress.endings).toMatchObject({ refused_destination: 40 });
  });

  test.each([1, 5])(
    "a trunk that breaks for good in a list of mixed area codes is never judged by them; concurrency %i",
    async (concurrency) => {
      await using rig = new Rig();
      const list = numbers((n) => fictionalNumber((n % 5) * 100 + Math.floor(n / 5)), 60);
      refuse(rig, list.slice(30));
      const id = await rig.start(list, { delay: "1s", concurrency });
      for (let pass = 0; pass < 3; pass++) {
        await rig.run();
        const { campaign, progress } = await rig.report(id);
        expect([campaign.status, progress.calls.pending]).toEqual(["paused", 30]);
        expect(campaign.statusReason).not.toMatch(/alone/);
        await rig.clock.advance(20 * MINUTE);
        await rig.campaigns.resume(id);
      }
      rig.script({});
      await rig.run();
      expect((await rig.report(id)).progress.calls).toMatchObject({ completed: 60 });
    },
  );
});
