/**
 * One seeded round of trouble: the real program as one to three processes on one store, against a sandbox whose network
 * misbehaves, while the processes are killed and frozen. Then calm, until every call is final, and the promises are checked.
 */
import { startSandbox } from "../../src/sandbox/index.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { Random } from "../../src/sandbox/random.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { cutOffIn, faultsOf, networkOf } from "./network.ts";
import { broken } from "./promises.ts";
import { Runners } from "./runners.ts";
import type { Stores } from "./stores.ts";

export interface RoundResult {
  readonly seed: number;
  readonly contacts: number;
  readonly dials: number;
  readonly kills: number;
  readonly freezes: number;
  /** Requests to the store, and its answers, that were lost. */
  readonly losses: number;
  /** Calls of which nobody can know what became of them. */
  readonly lost: number;
  readonly violations: readonly string[];
}

export async function playRound(seed: number, stores: Stores, bin?: string): Promise<RoundResult> {
  const random = new Random(seed);
  const contacts = random.whole(8, 24);
  const maxAttempts = random.whole(1, 3);
  const delay = random.pick([0, 20, 100]);
  await using store = await stores.fresh();
  await using sandbox = await startSandbox({ clock: systemClock, script: networkOf(random, contacts) });
  using scratch = new Scratch(sandbox, bin, store.env);
  const csv = scratch.file("contacts.csv", contactsCsv(contacts));
  const settings =
    "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --ring 5s --daily-cap 1000 --retry-after 1s --start " +
    `--name storm --csv ${csv} --delay ${delay}ms --concurrency ${random.whole(2, 8)} --max-attempts ${maxAttempts}`;
  const created = await scratch.run("create", ...settings.split(" "));
  const lines = random.pick([null, null, 3]);
  if (lines !== null) await scratch.run("trunks", "limit", SANDBOX_TRUNK.sipTrunkId, "--concurrency", String(lines));
  const runners = new Runners(scratch, sandbox, random);
  if (created.code !== 0) runners.violations.push(`create ended with ${created.code}: ${created.stderr}`);

  const { world } = sandbox;
  world.faults.set(faultsOf(random));
  store.lose(new Random(seed));
  await runners.rage(random.whole(store.fewestRunners, 3));
  world.faults.set({ seed, faults: [] });
  store.lose(null);
  await runners.calm();

  const rows = await store.rows();
  const violations = broken({
    ...rows,
    contacts,
    maxAttempts,
    delay,
    lines,
    dials: world.dials,
    rooms: world.rooms.list().map(({ name }) => name),
    paused: runners.paused,
    wasHit: (attemptId) => runners.wasHit(attemptId),
    mayHaveSlept: (attemptId) => runners.wasHit(attemptId),
    cutOff: cutOffIn(world),
  });
  return {
    seed,
    contacts,
    dials: world.dials.length,
    kills: runners.kills,
    freezes: runners.freezes,
    losses: store.losses(),
    lost: rows.calls.filter(({ end_reason }) => end_reason === "lost").length,
    violations: [...runners.violations, ...violations],
  };
}
