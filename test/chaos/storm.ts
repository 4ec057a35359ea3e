/**
 * A round of trouble in one process, on a clock that is moved by hand: the engine's runners on one database, killed
 * between any two requests, with store and LiveKit losing requests and answers. What takes the real program half a
 * minute takes this milliseconds, so that it is played by the hundred; signals and several processes are for round.ts.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { Random } from "../../src/sandbox/index.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { fictionalNumber } from "../support/cli.ts";
import { NOON } from "../support/domain.ts";
import { Rig, type Working } from "../support/engine.ts";
import { type Trouble, troubled } from "../support/troubled.ts";
import { FarSide } from "./far-side.ts";
import { cutOffIn, faultsOf, networkOf } from "./network.ts";
import { oddRow, type OddRow } from "./odd-rows.ts";
import { broken, COSTS_NOTHING, LEAVES_WITHIN } from "./promises.ts";
import { sqliteRows, writeInto } from "./sqlite.ts";

export interface StormResult {
  readonly seed: number;
  readonly dials: number;
  readonly kills: number;
  readonly troubles: number;
  /** Spells in which agents crashed. */
  readonly crashes: number;
  /** Spells of refused keys, and of few agents. */
  readonly refusals: number;
  readonly few: number;
  /** Rows that somebody else wrote. */
  readonly odd: number;
  /** Numbers put on the do-not-call list. */
  readonly forbidden: number;
  readonly violations: readonly string[];
}

/** In memory where the machine has such a directory: a storm commits thousands of times, and each waits for the disk. */
const SCRATCH = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

const RING = 10 * SECOND;
/** Of dials in a day. */
const ANY_NUMBER = 1000;

export async function playStorm(seed: number): Promise<StormResult> {
  const dir = mkdtempSync(join(SCRATCH, "campaigns-storm-"));
  const dice = Math.random;
  try {
    // The jitter of repeated requests, too, is to fall as it did.
    const jitter = new Random(seed);
    Math.random = () => jitter.next();
    return await storm(seed, join(dir, "c.db"));
  } finally {
    Math.random = dice;
    rmSync(dir, { recursive: true, force: true });
  }
}

async function storm(seed: number, db: string): Promise<StormResult> {
  const random = new Random(seed);
  await using rig = new Rig(NOON, db);
  const farSide = new FarSide(rig.world);
  const contacts = random.whole(4, 12);
  const maxAttempts = random.whole(1, 3);
  const delay = random.pick([0, 500, 3000]);
  rig.world.script = networkOf(random, contacts);
  const settings = {
    maxAttempts,
    delay: `${delay}ms`,
    concurrency: random.whole(1, 6),
    retryAfter: "1m",
    ring: `${RING / SECOND}s`,
    usualHangUps: "100%",
    // Some storms come to the end of the day's hours, or of its cap.
    hours: random.pick(["0-24", "0-24", "9-12:05"]),
    dailyCap: random.pick([ANY_NUMBER, ANY_NUMBER, 3]),
  };
  const trunk = { interval: random.pick([0, 700]), concurrency: random.pick([null, 1, 3]) };
  await rig.store.setTrunkLimit({ trunkId: SANDBOX_TRUNK.sipTrunkId, ...trunk }, NOON);
  const id = await rig.start(contacts, settings);

  let [kills, troubles, crashes, refusals, few, odd, added] = [0, 0, 0, 0, 0, 0, 0];
  /** Number → since when it must not be dialed. */
  const forbidden = new Map<string, number>();
  const faults = faultsOf(random);
  let calm = false;
  const dead = new Set<Working>();
  const dialedBy = new Map<string, Working>();
  const paused: [number, number][] = [];
  const draw = (): Trouble => {
    if (calm || !random.chance(0.03)) return null;
    troubles++;
    return random.pick(["before", "after"]);
  };

  rig.world.faults.set(faults);

  const launch = (): Working => {
    let killed = false;
    // After its death a runner stores nothing any more, and does not say goodbye.
    const store = troubled(rig.store, () => (killed ? "before" : draw()));
    const working: Working = rig.work(
      {
        watch: true,
        lease: 20 * SECOND,
        poll: 10 * SECOND,
        onEvent: (event) => {
          if (event.type === "call_dialing") dialedBy.set(event.attemptId, working);
        },
      },
      store,
    );
    working.leave.signal.addEventListener("abort", () => {
      killed = true;
      dead.add(working);
    });
    return working;
  };

  let runners = Array.from({ length: random.whole(1, 3) }, launch);
  for (let n = random.whole(5, 30); n > 0; n--) {
    await rig.clock.advance(random.whole(1, 8000));
    const roll = random.next();
    if (roll < 0.3) {
      const [victim] = runners.splice(random.whole(0, runners.length - 1), 1);
      victim?.leave.abort();
      kills++;
      runners.push(launch());
    } else if (roll < 0.4 && (await rig.report(id)).campaign.status === "running") {
      await rig.campaigns.pause(id);
      const from = rig.clock.now();
      await rig.clock.advance(random.whole(1, 20_000));
      paused.push([from, rig.clock.now()]);
      await rig.campaigns.resume(id);
    } else if (roll < 0.5) {
      // Agents that crash soon after they have joined.
      const { script } = rig.world;
      const after = random.next() * 4;
      rig.world.script = {
        ...script,
        ...(random.chance(0.5) ? { agentLeavesAfter: after } : { agentCrashesAfter: after }),
      };
      await rig.clock.advance(random.whole(1, 20_000));
      rig.world.script = script;
      crashes++;
    } else if (roll < 0.6) {
      const does = random.pick(["key_refused_before", "page_before", "grant_refused_before"] as const);
      const refusal = { method: "", chance: random.pick([1, 0.3]), does, seconds: 0 };
      rig.world.faults.set({ seed: seed + ++refusals, faults: [refusal, ...faults.faults] });
      await rig.clock.advance(random.whole(1, 30_000));
      rig.world.faults.set(faults);
    } else if (roll < 0.7) {
      const { script } = rig.world;
      const [agentPool, agentDrops] = [random.whole(0, 2), random.pick([0, 0.3])];
      rig.world.script = { ...script, agentPool, agentDrops, agentJoinsAfter: random.next() * 8 };
      await rig.clock.advance(random.whole(1, 60_000));
      rig.world.script = script;
      few++;
    } else if (roll < 0.8) {
      const row = oddRow(random, "select id from campaigns", contacts, new Date(rig.clock.now()));
      const changed = write(db, row);
      odd += changed;
      if (row.adds === true) added += changed;
      if (row.forbids !== undefined && changed > 0) forbidden.set(row.forbids, rig.clock.now());
    } else if (roll < 0.85) {
      const phoneNumber = fictionalNumber(random.whole(0, contacts - 1));
      await rig.store.addDoNotCall([{ phoneNumber, source: "operator", reason: null, addedAt: rig.clock.now() }]);
      forbidden.set(phoneNumber, forbidden.get(phoneNumber) ?? rig.clock.now());
    }
  }

  // Calm: everybody leaves, and one runner sees the campaign to its end.
  calm = true;
  const counted = rig.world.dials.filter(({ endedAs }) => !COSTS_NOTHING.test(endedAs ?? "")).length;
  writeInto(db, `update campaigns set daily_cap = ${ANY_NUMBER}`, false);
  rig.world.faults.set({ seed, faults: [] });
  for (const { leave } of runners) leave.abort();
  runners = [launch()];
  const until = NOON + 2 * DAY;
  while (rig.clock.now() < until) {
    await rig.clock.advance(5 * MINUTE);
    const { status } = (await rig.report(id)).campaign;
    if (status === "completed") break;
    if (status === "paused") await rig.campaigns.resume(id);
  }
  runners[0]?.drain.abort();
  await rig.clock.advance(5 * MINUTE);

  const violations = broken({
    ...sqliteRows(db),
    contacts: contacts + added,
    maxAttempts,
    allDials: rig.world.dials,
    alone: (dial, at) => farSide.alone(dial, at),
    clockError: 0,
    delay: Math.max(delay, trunk.interval),
    lines: trunk.concurrency,
    concurrency: settings.concurrency,
    dials: rig.world.dials,
    rooms: rig.world.rooms.list().map(({ name }) => name),
    paused,
    // One that was killed before it could say whom it dialed leaves an attempt of nobody.
    wasHit: (attemptId) => {
      const runner = dialedBy.get(attemptId);
      return runner === undefined ? dead.size > 0 : dead.has(runner);
    },
    mayHaveSlept: () => false,
    cutOff: cutOffIn(rig.world),
  });
  for (const { sipCallTo, at } of rig.world.dials) {
    if (at > (forbidden.get(sipCallTo) ?? Infinity) + LEAVES_WITHIN)
      violations.push(`${sipCallTo} was dialed, though forbidden`);
    if (!/^\+1\d{10}$/.test(sipCallTo)) violations.push(`${JSON.stringify(sipCallTo)} was dialed`);
    const timeOfDay = at % DAY;
    if (settings.hours !== "0-24" && (timeOfDay < 9 * HOUR || timeOfDay + RING > 12 * HOUR + 5 * MINUTE))
      violations.push(`${sipCallTo} was dialed at ${new Date(at).toISOString()}, calling hours are ${settings.hours}`);
  }
  if (counted > settings.dailyCap)
    violations.push(`${counted} dials on a day with a daily cap of ${settings.dailyCap}`);
  return {
    seed,
    dials: rig.world.dials.length,
    kills,
    troubles,
    crashes,
    refusals,
    few,
    odd,
    forbidden: forbidden.size,
    violations,
  };
}

/** What the database refuses is as good as not written. */
function write(db: string, { sql, past }: OddRow): number {
  try {
    return writeInto(db, sql, past !== undefined);
  } catch {
    return 0;
  }
}
