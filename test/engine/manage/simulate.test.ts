/** What is said of a campaign before it runs, beside what the engine makes of the same campaign. */
import { expect, test } from "vitest";
import { HOUR, SECOND } from "../../../src/domain/time/instant.ts";
import { percentiles, Simulations } from "../../../src/engine/manage/simulate.ts";
import { Random } from "../../../src/sandbox/random.ts";
import { NOON } from "../../support/domain.ts";
import { drained, Rig } from "../../support/engine.ts";

const lots = (run: number) => {
  const random = new Random(42 + run);
  return () => random.next();
};
const simulations = (rig: Rig): Simulations => new Simulations(rig.campaigns, rig.store, rig.clock);

/** Half of all answer after 5 s and talk for 40; the line of the others is busy. */
const HALF = {
  others: [
    { weight: 1, behaviour: { does: "answer", rings: 5, talks: 40 } },
    { weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 2 } },
  ],
};

test("a campaign like one that has run ends when the engine ends it, after as many dials and with as many calls at once", async () => {
  await using rig = new Rig();
  rig.script(HALF);
  const settings = { concurrency: 4, delay: "2s", maxAttempts: 3, retryAfter: "5m", hours: "9-17", dailyCap: 160 };
  await rig.start(120, settings);
  const id = (await rig.campaigns.list())[0]?.id ?? "";
  // What the cap of the day leaves is called the next morning.
  const working = rig.work({ watch: true, poll: HOUR, lease: HOUR });
  await rig.clock.advance(23 * HOUR);
  await drained(rig, working);
  const really = await rig.report(id);
  expect(really.progress.calls.pending).toBe(0);
  const lastEnd = Math.max(...rig.world.dials.map(({ at }) => at));
  const startedAt = NOON;

  await using other = new Rig(startedAt);
  const twin = await other.start(120, settings);
  // Learned from the campaign that ran.
  const learned = await new Simulations(rig.campaigns, rig.store, rig.clock).learn(id);
  const { runs } = await simulations(other).simulate(twin, { odds: learned, lots });
  const within = (value: (run: (typeof runs)[number]) => number, real: number, share: number) => {
    const { p10, p50, p90 } = percentiles(runs.map(value));
    expect(p50, `${p10} ${p50} ${p90}, in truth ${real}`).toBeGreaterThan(real * (1 - share));
    expect(p50, `${p10} ${p50} ${p90}, in truth ${real}`).toBeLessThan(real * (1 + share));
  };
  within(({ dials }) => dials, rig.world.dials.length, 0.1);
  within(({ answered }) => answered, really.progress.pickups, 0.1);
  within(({ talkSeconds }) => talkSeconds, really.progress.usageSeconds, 0.1);
  within(({ peak }) => peak, 4, 0.01);
  within(({ endsAt }) => (endsAt ?? Infinity) - startedAt, lastEnd + 45 * SECOND - startedAt, 0.05);
  expect(other.world.dials).toEqual([]);
  expect((await other.report(twin)).progress.dials).toBe(0);
});

test("a budget holds it as it holds the engine, which says the same of when it is used up and what was spent", async () => {
  const money = { budget: "2.95", prices: "prefix,per_minute\n+1,0.1", ring: "15s", maxDuration: "45s" };
  const settings = { concurrency: 4, delay: "2s", ...money };
  await using rig = new Rig();
  rig.script({ others: [{ weight: 1, behaviour: { does: "answer", rings: 5, talks: 40 } }] });
  const id = await rig.start(120, settings);
  const working = rig.work({ watch: true, poll: HOUR, lease: HOUR });
  await rig.clock.advance(2 * HOUR);
  await drained(rig, working);
  const really = await rig.report(id);
  expect(really.spending?.reserved).toBe(0);

  await using other = new Rig();
  const twin = await other.start(120, settings);
  const learned = await simulations(rig).learn(id);
  const { runs, campaign } = await simulations(other).simulate(twin, { odds: learned, answerRate: 1, lots });
  expect(campaign.budget).toBeDefined();
  const lastEnd = Math.max(...rig.world.dials.map(({ at }) => at)) + 45 * SECOND;
  for (const { dials, spent, usedUpAt, endsAt } of runs) {
    expect([dials, spent, endsAt]).toEqual([really.progress.dials, really.spending?.spent, null]);
    expect(Math.abs((usedUpAt ?? 0) - lastEnd)).toBeLessThan(20 * SECOND);
  }
  const enough = await other.start(5, { ...settings, name: "enough" }, 200);
  for (const { usedUpAt, endsAt, spent } of (await simulations(other).simulate(enough, { answerRate: 1, lots })).runs) {
    expect([usedUpAt, endsAt !== null]).toEqual([null, true]);
    expect(spent).toBeGreaterThan(0);
  }
});

test("the same seed plays the same, and another one another", async () => {
  await using rig = new Rig();
  const id = await rig.start(50, { maxAttempts: 3 });
  const play = async (seed: number) => {
    const { runs } = await simulations(rig).simulate(id, {
      lots: (run) => {
        const random = new Random(seed + run);
        return () => random.next();
      },
    });
    return JSON.stringify(runs);
  };
  expect(await play(1)).toBe(await play(1));
  expect(await play(1)).not.toBe(await play(2));
});

test("agents needed are those of a run that nothing holds back but its pace", async () => {
  await using rig = new Rig();
  const needed = async (input: Parameters<Rig["start"]>[1], agents?: number) =>
    simulations(rig).simulate(await rig.start(200, input), { answerRate: 1, agents, lots });
  const [free, held, few] = [
    await needed({ name: "free", delay: "1s", concurrency: 1000 }),
    await needed({ name: "held", delay: "1s", concurrency: 5 }),
    await needed({ name: "few", delay: "1s", concurrency: 1000 }, 5),
  ];
  const peak = percentiles(free.runs.map((run) => run.peak)).p90;
  expect(free.agents).toBe(peak);
  for (const { agents, runs } of [held, few]) {
    expect(percentiles(runs.map((run) => run.peak)).p90).toBe(5);
    expect(agents).toBeGreaterThan(peak * 0.6);
    expect(agents).toBeLessThan(peak * 1.4);
  }
  // Without a pace, the whole list would be called at once.
  expect((await needed({ name: "unpaced", delay: "0s", concurrency: 5 })).agents).toBeNull();
});

test("agents bound the calls at once, an answer rate says how many answer, and hours hold", async () => {
  await using rig = new Rig();
  const id = await rig.start(300, { concurrency: 50, delay: "0s", hours: "9-13" });
  const { runs } = await simulations(rig).simulate(id, { answerRate: 1, agents: 7, lots });
  for (const run of runs) {
    expect(run.peak).toBeLessThanOrEqual(7);
    expect(run.answered / run.dials).toBeGreaterThan(0.85);
    for (const [at] of run.hours) expect(new Date(at).getUTCHours()).toBeLessThan(13);
  }
});
