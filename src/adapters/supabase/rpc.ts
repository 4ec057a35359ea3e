/**
 * SQL functions called through PostgREST, one transaction each. What fails in passing is repeated, with backoff and
 * jitter; every function answers a repetition as it answered the first time. What remains becomes an error of ours.
 */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import debug from "debug";
import { redactText } from "../../domain/phones/redact.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { backoff } from "../../engine/run/backoff.ts";
import { type CampaignsError, Misused, Unavailable } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports/index.ts";
import { iso } from "../columns.ts";
import { keyProblem } from "./key.ts";

export interface SupabaseSettings {
  /** https://PROJECT.supabase.co */
  readonly url: string;
  /** The service role's key, old (a JWT) or new (sb_secret_…). It sees every owner's rows. */
  readonly serviceRoleKey: string;
  /** Only this owner's rows; absent: everybody's. */
  readonly userId?: string | undefined;
  /** Who does it, for the audit log. */
  readonly actor?: string | undefined;
  /** Whose clock says who is alive: the database's (default), or the caller's, for tests in which time is an argument. */
  readonly judge?: "database" | "caller";
}

/** DEBUG=campaigns: which request it was that failed; operators need not know. */
const log = debug("campaigns");

/** A request that has no answer by then has failed. A start with 100,000 contacts takes a few seconds. */
const TIMEOUT = 30 * SECOND;
/** Tries of one call, the first included. */
const TRIES = 4;

/** A redirect would take the service role key to whatever host the answer names. */
const unredirected: typeof fetch = (input, init) => fetch(input, { ...init, redirect: "manual" });

interface Failure {
  readonly code?: string;
  readonly message: string;
  readonly details?: string | null;
  readonly hint?: string | null;
}

export class Rpc {
  readonly #client: SupabaseClient;
  readonly #settings: SupabaseSettings;
  readonly #owner: string | null;
  readonly #clock: Clock;

  constructor(settings: SupabaseSettings, clock: Clock) {
    const { url, serviceRoleKey, userId } = settings;
    const auth = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false };
    const { actor = "campaigns" } = settings;
    const headers = { "x-campaigns-actor": actor };
    this.#client = createClient(url, serviceRoleKey, { auth, global: { fetch: unredirected, headers } });
    this.#settings = settings;
    this.#owner = userId ?? null;
    this.#clock = clock;
  }

  /** Calls `campaigns_<verb>`; `at` is null for what happens at no instant. */
  call(verb: string, request: object, at: Instant | null = null, sealing?: string): Promise<unknown> {
    return this.#repeat(() => this.once(verb, request, at, sealing));
  }

  /**
   * As call(), but never repeated: for what must not be asked twice. `sealing`: what the caller takes the project to be sealed
   * with; where it is not, the answer says with what, and nothing is done.
   */
  once(verb: string, request: object, at: Instant | null = null, sealing?: string): Promise<unknown> {
    const told = at === null || this.#settings.judge !== "caller" ? request : { ...request, clock: iso(at) };
    const asked = { request: told, at: at === null ? null : iso(at), owner: this.#owner };
    return this.#send(verb, sealing === undefined ? asked : { ...asked, sealing });
  }

  version(): Promise<unknown> {
    return this.#repeat(() => this.#send("version", {}));
  }

  async #repeat(act: () => Promise<unknown>): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof Passing) || tries === TRIES) throw error;
        await this.#clock.sleep(backoff(tries));
      }
    }
  }

  async #send(verb: string, given: object): Promise<unknown> {
    const { data, error, status } = await this.#client
      .rpc(`campaigns_${verb}`, given)
      .abortSignal(AbortSignal.timeout(TIMEOUT));
    if (error !== null) {
      log("Supabase: %s: %d %s", verb, status, error.code);
      throw errorOf(error, status, verb, this.#settings);
    }
    return data;
  }
}

/** It may do next time. */
class Passing extends Unavailable {}

/** PostgreSQL: connection lost, no room for one more, deadlock or serialisation, shutting down, lock not to be had. */
const PASSING = /^(08|53|40001|40P01|57P0|57014|55P03|PGRST00)/;
/** PostgREST and PostgreSQL: no such function, table or column. */
const OLD_SCHEMA = /^(PGRST20[0-5]|42883|42703|42P01)$/;
/** PostgREST and PostgreSQL: a key that is none, or not the service role's. */
const WRONG_KEY = /^(PGRST30\d|42501)$/;
/** Clocks of Supabase's own machines that differ by a second: the same request succeeds a moment later. */
const TOO_EARLY = /issued at future|not yet valid/i;
const MISSING_RIGHT = "42501";

export const APPLY_SCHEMA = 'campaigns schema | psql "$DATABASE_URL" brings it up to date';

/** No details of what the database says: they hold rows. Nor what else of it may be somebody's. */
function errorOf(
  { code = "", message: said, details, hint: advised }: Failure,
  status: number,
  verb: string,
  { url, serviceRoleKey }: SupabaseSettings,
): CampaignsError {
  const [message, hint] = [withoutValues(said, code), withoutValues(advised ?? "", code)];
  if (OLD_SCHEMA.test(code)) {
    const found = verb === "version" ? "none of this program's in it" : "it lacks what this program asks for";
    return new Unavailable("schema_version", `expected a newer schema than the project has: ${found}`, {
      hint: APPLY_SCHEMA,
      cause: message,
    });
  }
  const page = message.trim().startsWith("<");
  const early = TOO_EARLY.test(message);
  const wrongKey = !early && !page && (status === 401 || status === 403 || WRONG_KEY.test(code));
  const problem = wrongKey ? keyProblem(serviceRoleKey, url) : null;
  if (wrongKey && problem === null && code === MISSING_RIGHT) {
    return new Misused("supabase_rights", `Supabase refused the service role: ${message}`, { hint: APPLY_SCHEMA });
  }
  if (wrongKey) {
    return new Misused("supabase_key", `Supabase refused SUPABASE_SERVICE_ROLE_KEY: ${problem?.is ?? message}`, {
      hint: problem?.todo ?? "check that it is the service role key of the project at SUPABASE_URL, and still valid",
    });
  }
  if (code === "23502" && message.includes("user_id")) {
    return new Misused("owner", "this project asks for an owner of every row, and none was said", {
      hint: "set CAMPAIGNS_USER_ID, or say --user",
    });
  }
  if (status >= 300 && status < 400) {
    return new Misused("supabase_url", `SUPABASE_URL redirects to another address (HTTP ${status})`, {
      hint: "set SUPABASE_URL to the address itself: a redirect is not followed, since the key would go there",
    });
  }
  if (code === "" && status === 404) {
    return new Misused(
      "supabase_url",
      "expected a Supabase project at SUPABASE_URL, but something else answers there",
      {
        hint: "it looks like https://project.supabase.co, with nothing behind it",
      },
    );
  }
  // It was done, and what it gave was cut: the message is what came of it, and holds rows.
  const isCut = status >= 200 && status < 300 && !page;
  const passing = PASSING.test(code) || early || page || isCut || status === 0 || status === 429 || status >= 500;
  const words = isCut ? "what came is not whole" : oneLine(message) + (code === "" ? "" : ` (${code})`);
  const why = (status === 0 ? causeIn(details) : null) ?? words;
  if (!passing) return new Unavailable("database", `Supabase refused: ${why}`, { hint: hint || undefined });
  return new Passing("database", `Supabase did not answer: ${why}`, {
    hint: status === PAUSED ? WAKE : hint || "check SUPABASE_URL, and whether the project is up",
  });
}

/** PostgreSQL: what was given is no instant, number or uuid, or too much; between quotes it says what was given. */
const BAD_VALUE = /^22/;

/** What PostgreSQL says, with the names of what is in the way, and without what stands in the rows. */
const withoutValues = (text: string, code: string): string =>
  redactText(
    text
      .replace(BAD_VALUE.test(code) ? /".*"/s : /(?<=: )".*"/s, "a value")
      .replace(/(?<=\)=\().*(?=\))|(?<=row contains \().*(?=\))/gs, "…"),
  );

/** Supabase's own status for a project that sleeps. */
const PAUSED = 540;
const WAKE = "the project is paused: Supabase's dashboard wakes it";

/** Why nobody was reached at all, which fetch keeps to its stack. */
const causeIn = (details: string | null = ""): string | null =>
  /^Caused by: (?:Error: )?(.*?)(?: \(\w+\))?$/m.exec(details ?? "")?.[1] ?? null;

/** A gateway's page, or a stack, as a part of a sentence. */
const oneLine = (text: string): string =>
  text.trim().startsWith("<") ? "a web page" : (text.split("\n")[0] ?? "").replace(/^TypeError: /, "");
