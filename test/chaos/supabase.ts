/**
 * Rounds on Supabase: one PostgreSQL, and in it a project for each round, on a road that loses things. The project's schema
 * is what the program prints, so that one broken on purpose brings its own.
 */
import type { Random } from "../../src/sandbox/index.ts";
import { Scratch } from "../support/cli.ts";
import { type Fate, LosingRoad } from "../support/losing.ts";
import { Postgres } from "../support/postgres.ts";
import { Learned, SupabaseProject } from "../support/supabase.ts";
import type { Rows } from "./promises.ts";
import type { Refusal, RoundStore, Stores } from "./stores.ts";

/** The project that each round has a copy of. */
const NEW = "new_project";
/** Enough for three runners to meet each other in it, and no more to be made in each round. */
const CONNECTIONS = 6;

export async function supabaseStores(bin?: string): Promise<Stores> {
  using scratch = new Scratch(undefined, bin);
  const { stdout: schema } = await scratch.run("schema");
  const postgres = await Postgres.start();
  await (await SupabaseProject.start(postgres, NEW, schema))[Symbol.asyncDispose]();
  const learned = new Learned();
  let rounds = 0;
  return {
    fresh: () => fresh(postgres, `round_${++rounds}`, learned),
    [Symbol.asyncDispose]: () => postgres[Symbol.asyncDispose](),
  };
}

async function fresh(postgres: Postgres, database: string, learned: Learned): Promise<RoundStore> {
  const project = await SupabaseProject.copy(postgres, database, NEW, { connections: CONNECTIONS, learned });
  let losses = 0;
  let fateOf = arrives;
  let refusal: Refusal | null = null;
  const fate = (): Fate => {
    if (refusal !== null) return refusal;
    const drawn = fateOf();
    if (drawn !== "arrives") losses++;
    return drawn;
  };
  const road = await LosingRoad.to(project.url, fate, (url, request) => project.ask(new Request(url, request)));
  return {
    env: { SUPABASE_URL: road.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey },
    file: null,
    fewestRunners: 3,
    lose: (random) => (fateOf = random === null ? arrives : fatesOf(random)),
    losses: () => losses,
    refuse: (next) => {
      refusal = next;
      return true;
    },
    isHeld: () => false,
    rows: () => rowsOf(project),
    write: (sql, past) => writeInto(project, sql, past !== undefined),
    [Symbol.asyncDispose]: async () => {
      await road[Symbol.asyncDispose]();
      await project[Symbol.asyncDispose]();
      const admin = postgres.connect("postgres");
      await admin.unsafe(`drop database ${database} with (force)`);
      await admin.end();
    },
  };
}

const arrives = (): Fate => "arrives";

/** Most requests arrive; a few are lost before they could act, a few after they had, a few meet a gateway alone. */
function fatesOf(random: Random): () => Fate {
  const chance = random.next() * 0.1;
  const losses = ["request lost", "answer lost", { status: 502, body: "<html>Bad Gateway</html>" }] as const;
  return () => (random.chance(chance) ? random.pick<Fate>(losses) : "arrives");
}

/** As JSON, in which PostgreSQL spells instants and numbers as the embedded store has them. */
async function rowsOf({ sql }: SupabaseProject): Promise<Rows> {
  const all = async <T>(table: string): Promise<T[]> => {
    const found = await sql<{ row: T }[]>`select to_jsonb(t) as row from ${sql(table)} t`;
    return found.map(({ row }) => row);
  };
  return {
    attempts: await all("call_attempts"),
    calls: await all("campaign_calls"),
    campaigns: await all("campaigns"),
  };
}

/** Its checks are triggers of its tables. */
async function writeInto({ sql }: SupabaseProject, text: string, past: boolean): Promise<number> {
  return await sql.begin(async (tx) => {
    if (past) await tx.unsafe("set local session_replication_role = replica");
    return (await tx.unsafe(text)).count;
  });
}
