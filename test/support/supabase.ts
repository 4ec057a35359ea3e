/**
 * A Supabase project for tests: a real PostgreSQL with @supabase/lite as its PostgREST in front, so that supabase-js runs
 * unmodified over HTTP. One cluster per test file, one database per project, all torn down with it.
 *
 * Where lite is not PostgREST, and what is done about it:
 * - It hands JSON arguments to its driver as text, which the driver would spell once more; see JSON_ONCE.
 * - It grants all tables to all roles when it first meets row-level security; see narrow().
 * - It answers an error that a function raises with 500 and neither code nor hint; our functions raise none.
 */
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "@hono/node-server";
import type { Sql } from "postgres";
import type { Store } from "../../src/engine/ports/index.ts";
import { migrations, schemaSql } from "../../src/adapters/supabase/schema.ts";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import type { Keys as SealingKeys } from "../../src/adapters/encryption.ts";
import { tellAtOnce } from "./one-statement.ts";
import type { Postgres } from "./postgres.ts";

/** What a Supabase project has before anything of ours, beside its roles: auth.uid(), and rights as wide as its defaults. */
const PROJECT = `
  create schema auth;
  create table auth.users (id uuid primary key, email text);
  create function auth.uid() returns uuid language sql stable as
    $$ select nullif(current_setting('request.jwt.claims', true)::json ->> 'sub', '')::uuid $$;
  grant usage on schema auth, public to anon, authenticated, service_role;
  grant execute on function auth.uid() to anon, authenticated, service_role;
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
`;

const JSON_ONCE = {
  to: 3802,
  from: [3802],
  serialize: (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value)),
  parse: (text: string) => JSON.parse(text) as unknown,
};

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** `truncate` makes every table and index a new file: ten times as slow for the few rows of a test. */
const EMPTIED = `
  begin;
  set local session_replication_role = replica;
  do $$ declare each text; begin
    for each in select tablename from pg_tables where schemaname = 'public' and tablename <> 'campaigns_schema' loop
      execute format('lock table %I in access exclusive mode', each);
      execute format('delete from %I', each);
    end loop;
  end $$;
  select setval(seqrelid, seqstart, false) from pg_sequence;
  commit`;

export interface Keys {
  readonly jwtSecret: string;
  readonly serviceRoleKey: string;
  readonly anonKey: string;
}

interface FrontOptions {
  /** Milliseconds that each request is under way. */
  readonly away?: number;
  /** To the database. Each learns the schema anew, which takes a third of a second of processor. */
  readonly connections?: number;
  /** What another front of the same schema has learned of it. */
  readonly learned?: Learned;
}

/** lite's own cache, for projects that are copies of one: whoever comes first learns, and the others are told. */
export class Learned {
  #schema: string | undefined;

  get(): Promise<string | undefined> {
    return Promise.resolve(this.#schema);
  }

  set(_: string, schema: string): Promise<void> {
    this.#schema = schema;
    return Promise.resolve();
  }

  delete(): Promise<void> {
    this.#schema = undefined;
    return Promise.resolve();
  }
}

type Ask = (request: Request) => Promise<Response>;

interface Front {
  readonly url: string;
  /** The same without the way over HTTP. */
  readonly ask: Ask;
  readonly close: () => Promise<void>;
}

/** What stands in front of a project's database. */
export async function startFront(
  options: ReturnType<Postgres["options"]>,
  database: string,
  { jwtSecret, serviceRoleKey, anonKey }: Keys,
  { away = 0, connections = 16, learned }: FrontOptions = {},
): Promise<Front> {
  const { App } = await import("@supabase/lite");
  const { createPostgresConnection } = await import("@supabase/lite/postgres");
  const connection = createPostgresConnection({
    url: `postgres://localhost/${database}`,
    postgresOptions: { ...options, max: connections, types: { jsonb: JSON_ONCE } },
    ...(learned === undefined ? {} : { schemaCache: learned }),
  });
  tellAtOnce(connection);
  const auth = { enabled: true, jwt_secret: jwtSecret, publishable_key: anonKey, secret_key: serviceRoleKey };
  const app = new App({ connection, auth });
  const ask: Ask = async (request) => {
    if (away > 0) await sleep(away);
    return app.fetch(request);
  };
  const server = serve({ fetch: ask, port: 0, hostname: "127.0.0.1" });
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ask,
    close: async () => {
      server.close();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await connection.close();
    },
  };
}

export class SupabaseProject implements AsyncDisposable {
  readonly url: string;
  readonly ask: Ask;
  readonly serviceRoleKey: string;
  readonly anonKey: string;
  /** As the owner of the database, beside all policies. */
  readonly sql: Sql;
  readonly #jwtSecret: string;
  readonly #close: () => Promise<void>;

  private constructor(
    keys: Pick<SupabaseProject, "url" | "ask" | "serviceRoleKey" | "anonKey" | "sql">,
    jwtSecret: string,
    close: () => Promise<void>,
  ) {
    this.url = keys.url;
    this.ask = keys.ask;
    this.serviceRoleKey = keys.serviceRoleKey;
    this.anonKey = keys.anonKey;
    this.sql = keys.sql;
    this.#jwtSecret = jwtSecret;
    this.#close = close;
  }

  /** `sql`: run on the project before anything else; by default the program's own schema. */
  static async start(postgres: Postgres, database: string, sql = schemaSql()): Promise<SupabaseProject> {
    const admin = postgres.connect("postgres");
    await admin.unsafe(`create database ${database}`);
    await admin.end();
    const direct = postgres.connect(database);
    await direct.unsafe(PROJECT);
    await direct.unsafe(sql);
    return SupabaseProject.#before(postgres, database, direct);
  }

  /** As the database `template` is, which nobody may be connected to: a tenth of the time that a schema takes. */
  static async copy(
    postgres: Postgres,
    database: string,
    template: string,
    front: FrontOptions = {},
  ): Promise<SupabaseProject> {
    const admin = postgres.connect("postgres");
    await admin.unsafe(`create database ${database} template ${template} strategy file_copy`);
    await admin.end();
    return SupabaseProject.#before(postgres, database, postgres.connect(database), front);
  }

  static async #before(
    postgres: Postgres,
    database: string,
    direct: Sql,
    front?: FrontOptions,
  ): Promise<SupabaseProject> {
    // Only the command line of lite reports usage, and no command is run here; said all the same.
    process.env["LITE_TELEMETRY"] = "0";
    process.env["DO_NOT_TRACK"] = "1";
    const [jwtSecret, id] = [randomBytes(32).toString("hex"), randomBytes(8).toString("hex")];
    const [serviceRoleKey, anonKey] = [`sb_secret_${id}`, `sb_publishable_${id}`];
    const keys = { jwtSecret, serviceRoleKey, anonKey };
    const { url, ask, close } = await startFront(postgres.options(database), database, keys, front);
    return new SupabaseProject({ url, ask, serviceRoleKey, anonKey, sql: direct }, jwtSecret, async () => {
      await close();
      await direct.end();
    });
  }

  /** The project as a store that was never used. */
  async emptied(userId?: string): Promise<Store> {
    await this.sql.unsafe(EMPTIED);
    return this.open(userId);
  }

  open(userId?: string, keys: SealingKeys | null = null): Store {
    return openSupabaseStore({ url: this.url, serviceRoleKey: this.serviceRoleKey, userId, judge: "caller", keys });
  }

  /** A project without contacts, sealed with the first key, or with none. */
  async sealed(keys: SealingKeys | null): Promise<void> {
    await this.sql.unsafe(EMPTIED);
    if (keys === null) return;
    const [{ id, check }] = keys;
    await this.sql`insert into encryption (id, state, key_id, key_check) values (1, 'sealed', ${id}, ${check})`;
  }

  /** All rows of all tables: what a dump has. */
  async dump(): Promise<string> {
    const tables = await this.sql`
      select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`;
    const rows: string[] = [];
    for (const { name } of tables) {
      for (const { row } of await this.sql.unsafe(`select to_jsonb(t)::text as row from public.${String(name)} t`)) {
        rows.push(`${String(name)}: ${String(row)}`);
      }
    }
    return rows.join("\n");
  }

  /** The rights that the schema gives, and no others: lite widens them with the first request, and only then. */
  async narrow(): Promise<void> {
    await fetch(`${this.url}/rest/v1/campaigns`, {
      headers: { apikey: this.anonKey, Authorization: `Bearer ${this.token("00000000-0000-4000-8000-000000000000")}` },
    });
    await this.sql.unsafe(migrations().at(-1)?.sql ?? "");
  }

  /** A signed-in user's token, as GoTrue would have made it. */
  token(userId: string): string {
    const claims = { sub: userId, role: "authenticated", aud: "authenticated", exp: 4_000_000_000 };
    const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${createHmac("sha256", this.#jwtSecret).update(signed).digest("base64url")}`;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
