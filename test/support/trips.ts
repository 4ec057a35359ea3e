/** A real campaign on a Supabase project, its requests counted on the road there. */
import { randomUUID } from "node:crypto";
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import { Campaigns } from "../../src/engine/manage/campaigns.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { Runner } from "../../src/engine/run/runner.ts";
import { directClients, parseScript, World } from "../../src/sandbox/index.ts";
import { fictionalNumber } from "./cli.ts";
import { ONE_PASS } from "./engine.ts";
import { type Fate, LosingRoad } from "./losing.ts";
import type { SupabaseProject } from "./supabase.ts";

export interface Trips {
  readonly dials: number;
  /** Phones that were dialed. */
  readonly numbers: number;
  /** When each came to its far end, milliseconds. */
  readonly dialedAt: readonly number[];
  /** Requests by the runner, per verb; what made and started the campaign is not among them. */
  readonly verbs: ReadonlyMap<string, number>;
  /** Claims that found nobody. */
  readonly empty: number;
}

export interface TripsSettings {
  readonly pool?: boolean;
  readonly delay?: string;
  readonly numberOf?: (n: number) => string;
  /** What happens to the runner's requests; left out: all arrive. */
  readonly fateOf?: (path: string) => Fate;
}

/** Verbs that a call asks for, from claim to final. All others are the runner's own: they come by the clock. */
export const OF_A_CALL = ["claim", "begin_dial", "save"];

/** `contacts` calls by one runner, all of which `behave` so. `pool`: the assistant calls with a number of its own; `delay`: the pace. */
export async function countTrips(
  project: Pick<SupabaseProject, "url" | "serviceRoleKey">,
  contacts: number,
  behaviour: object,
  { pool = false, delay = "0", numberOf = fictionalNumber, fateOf }: TripsSettings = {},
): Promise<Trips> {
  let isRunning = false;
  await using road = await LosingRoad.to(project.url, (path) => (isRunning && fateOf?.(path)) || "arrives");
  await using store = openSupabaseStore({ url: road.url, serviceRoleKey: project.serviceRoleKey });
  const world = new World(systemClock);
  world.script = parseScript(JSON.stringify({ others: [{ weight: 1, behaviour }], agentJoinsAfter: 0 }));
  const telephony = new LiveKitTelephony(directClients(world, systemClock), systemClock, "ai");
  const trunkId = present((await telephony.trunks())[0]?.id);
  const at = systemClock.now();
  const number = { id: randomUUID(), number: "+12095550199", assistantId: "a1", trunkId, trunkName: "one" };
  if (pool) await store.assignNumber(number, at);
  const batches = (async function* () {
    yield Array.from({ length: contacts }, (_, n) => ({
      id: randomUUID(),
      name: null,
      phoneNumber: numberOf(n),
      email: null,
      variables: {},
    }));
  })();
  const campaigns = new Campaigns(store, systemClock, randomUUID);
  const always = {
    hours: "0-24",
    days: "all",
    dailyCap: Math.max(1000, contacts),
    hoursIn: "campaign",
    rules: "none",
    usualHangUps: "100%",
  };
  const pace = { delay, concurrency: contacts, assistant: "a1", name: "trips", trunk: trunkId };
  const { id } = await campaigns.create({ ...always, ...pace }, { filename: "f", size: 0, batches }, "UTC");
  await campaigns.start(id);
  const before = road.seen.length;
  isRunning = true;
  const runner = new Runner(store, telephony, systemClock, {
    runnerId: randomUUID(),
    ...ONE_PASS,
    newId: randomUUID,
    onEvent: () => {},
  });
  await runner.run({ drain: new AbortController().signal, leave: new AbortController().signal });
  const verbs = new Map<string, number>();
  for (const path of road.seen.slice(before)) {
    const verb = path.replace(/^.*campaigns_/, "");
    verbs.set(verb, (verbs.get(verb) ?? 0) + 1);
  }
  const empty = road.answers.filter(({ path, text }) => path.endsWith("campaigns_claim") && text === "[]").length;
  const numbers = new Set(world.dials.map(({ sipCallTo }) => sipCallTo)).size;
  return { dials: world.dials.length, numbers, dialedAt: world.dials.map(({ at }) => at), verbs, empty };
}

function present(id: string | undefined): string {
  if (id === undefined) throw new Error("the sandbox has no trunk");
  return id;
}
