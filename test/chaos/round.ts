/**
 * One seeded round of trouble: the real program as one to three processes on one store, against a sandbox whose network
 * misbehaves, while the processes are killed and frozen. Then calm, until every call is final, and the promises are checked.
 */
import { ROOM_PREFIX } from "../../src/domain/calls/call.ts";
import { type DialRecord, startSandbox } from "../../src/sandbox/index.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { Random } from "../../src/sandbox/random.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { campaignOf, CLICKED, STORM } from "./cast.ts";
import { FarSide } from "./far-side.ts";
import { cutOffIn, faultsOf, networkOf } from "./network.ts";
import { Outsiders } from "./outsiders.ts";
import { broken, type Round, type Rows } from "./promises.ts";
import { Restored } from "./restored.ts";
import { Runners } from "./runners.ts";
import type { Stores } from "./stores.ts";
import { type Kind, kindsOf, troublesOf } from "./troubles.ts";
import { CLOCK_ERROR } from "./wrong-clocks.ts";

export interface RoundResult {
  readonly seed: number;
  /** Kind of thing → how many, for the summary. */
  readonly figures: ReadonlyMap<string, number>;
  readonly violations: readonly string[];
}

/** `only`: with these kinds of further trouble, whatever the seed says; null: as it says. */
export async function playRound(
  seed: number,
  stores: Stores,
  { bin, only = null }: { readonly bin?: string | undefined; readonly only?: readonly Kind[] | null } = {},
): Promise<RoundResult> {
  const random = new Random(seed);
  const contacts = random.whole(8, 24);
  const maxAttempts = random.whole(1, 3);
  const pace = random.pick([0, 20, 100]);
  await using store = await stores.fresh();
  await using sandbox = await startSandbox({ clock: systemClock, script: networkOf(random, contacts) });
  const { world } = sandbox;
  const farSide = new FarSide(world);
  using scratch = new Scratch(sandbox, bin, store.env);
  const kinds = kindsOf(seed, store, only);
  // A pace lets one runner at a time at the last dial of the day.
  const delay = kinds.includes("cap") ? 0 : pace;
  const cap = kinds.includes("clocks") ? Math.max(3, Math.floor(contacts / 2)) : 1000;
  const concurrency = random.whole(2, 8);
  const settings = (
    `--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --ring 5s --daily-cap ${cap} --retry-after 1s ` +
    `--delay ${delay}ms --concurrency ${concurrency} --max-attempts ${maxAttempts} --usual-hang-ups 100%`
  ).split(" ");
  const csv = scratch.file("contacts.csv", contactsCsv(contacts));
  const created = await scratch.run("create", ...settings, "--name", STORM, "--csv", csv, "--start");
  const lines = random.pick([null, null, 3]);
  if (lines !== null) await scratch.run("trunks", "limit", SANDBOX_TRUNK.sipTrunkId, "--concurrency", String(lines));
  const runners = new Runners(scratch, sandbox, store, random);
  if (created.code !== 0) runners.violations.push(`create ended with ${created.code}: ${created.stderr}`);

  const faults = faultsOf(random);
  const troubles = troublesOf(kinds, seed, { scratch, sandbox, store, runners, contacts, settings, faults });
  for (const trouble of troubles) await trouble.prepare?.();
  world.faults.set(faults);
  store.lose(new Random(seed));
  // Alone nobody races for the last dial of the day.
  const fewest = kinds.includes("cap") ? Math.max(2, store.fewestRunners) : store.fewestRunners;
  const wanted = random.whole(fewest, 3);
  await runners.begin(wanted);
  const storm = new AbortController();
  const others = troubles.map((trouble) => trouble.rage?.(storm.signal) ?? Promise.resolve());
  await runners.rage(wanted);
  storm.abort();
  await Promise.all(others);
  world.faults.set({ seed, faults: [] });
  store.lose(null);
  for (const trouble of troubles) await trouble.aftermath?.();
  await runners.calm();

  const rows = await store.rows();
  const proof = await scratch.run("audit", "verify", "--calls", "--json");
  const restored = troubles.find((trouble) => trouble instanceof Restored);
  const added = troubles.find((trouble) => trouble instanceof Outsiders)?.added ?? 0;
  const knows = new Set(rows.attempts.map(({ id }) => ROOM_PREFIX + id));
  const forgets = kinds.includes("outsiders") || restored !== undefined;
  const stored = new Set(rows.attempts.flatMap(({ id, dialed_at }) => (dialed_at === null ? [] : [ROOM_PREFIX + id])));
  const known = farSide.dials.filter((dial) => restored?.forgets(dial) !== true || stored.has(dial.roomName));
  const reopened = new Set(farSide.dials.flatMap((dial) => (restored?.reopens(dial) === true ? [dial.roomName] : [])));
  const round: Omit<Round, keyof Rows | "dials" | "allDials" | "contacts" | "paused"> = {
    maxAttempts,
    delay,
    lines,
    concurrency,
    rooms: world.rooms.list().flatMap(({ name }) => (knows.has(name) || !forgets ? [name] : [])),
    wasHit: (attemptId) => runners.wasHit(attemptId) || reopened.has(ROOM_PREFIX + attemptId),
    mayHaveSlept: (attemptId) => runners.wasHit(attemptId),
    cutOff: cutOffIn(world),
    clockError: kinds.includes("clocks") ? CLOCK_ERROR : 0,
    alone: (dial, at) => farSide.alone(dial, at),
  };
  const campaign = (name: string, count: number | null): string[] => {
    const of = ({ sipCallTo }: DialRecord): boolean => campaignOf(sipCallTo) === name;
    const own = { ...campaignIn(rows, name), dials: known.filter(of), allDials: farSide.dials.filter(of) };
    const paused = name === STORM ? runners.paused : [];
    return own.campaigns.length === 0 ? [] : broken({ ...round, ...own, paused, contacts: count });
  };
  const violations = [
    ...runners.violations,
    // Whoever deletes a campaign from outside takes its records with it, which the log then says.
    ...(proof.code === 0 || (proof.code === 1 && forgets && isGone(proof.stdout))
      ? []
      : [`audit verify --calls: ${proof.stdout}${proof.stderr}`]),
    ...campaign(STORM, contacts + added),
    ...campaign(CLICKED, null),
    ...troubles.flatMap((trouble) => [...(trouble.check?.(farSide.dials, rows) ?? [])]),
    ...(kinds.includes("keys") && store.file === null
      ? []
      : runners.robbed.map((id) => `attempt ${id} was taken from a runner that lived`)),
  ];
  // Who talks on would do so for an hour, and this process with it.
  for (const { name } of world.rooms.list()) world.rooms.delete(name);
  const figures = new Map([
    ["contacts", contacts],
    ["dials", world.dials.length],
    ["kills", runners.kills],
    ["freezes", runners.freezes],
    ["requests to the store lost", store.losses()],
    ["calls lost and explained", rows.calls.filter(({ end_reason }) => end_reason === "lost").length],
    ...troubles.map(({ played, count }) => [played, count] as const),
  ]);
  return { seed, figures, violations };
}

const isGone = (proof: string): boolean =>
  (JSON.parse(proof) as { violations: { breach: string; words: string }[] }).violations.every(
    ({ breach, words }) => breach === "record" && words.endsWith("its record is gone"),
  );

function campaignIn({ attempts, calls, campaigns }: Rows, name: string): Rows {
  const own = campaigns.filter((campaign) => campaign.name === name);
  const isOwn = ({ campaign_id: id }: { readonly campaign_id: string | null }): boolean => id === own[0]?.id;
  return { attempts: attempts.filter(isOwn), calls: calls.filter(isOwn), campaigns: own };
}
