/** Flags > environment > .env file > defaults → one typed object. The only reader of the environment. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseEnv } from "node:util";
import { messageOf, Misused } from "../engine/errors.ts";
import type { Io } from "./io.ts";

/** Options every command takes. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly db?: string;
  readonly envFile?: string;
  readonly user?: string;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

export interface LiveKitConfig {
  readonly host: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export interface SupabaseConfig {
  readonly url: string;
  readonly serviceRoleKey: string;
}

export interface Config {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** The SQLite file. */
  readonly db: string;
  /** --db names the file, whatever else is set. */
  readonly dbNamed: boolean;
  /** The Supabase project that holds the campaigns; null: none is set. Throws Misused when half set. */
  readonly supabase: () => SupabaseConfig | null;
  /** Only this owner's rows; undefined: everybody's. */
  readonly userId: string | undefined;
  readonly agentName: string;
  /** ENABLE_CAMPAIGN_ENGINE: false makes `run` refuse. */
  readonly engineEnabled: boolean;
  /** Throws Misused, naming what is missing. */
  readonly livekit: () => LiveKitConfig;
  /** The machine's time zone. */
  readonly machineZone: string;
  /** DEBUG, for the debug package. */
  readonly debug: string;
}

export function readConfig(flags: GlobalFlags, io: Pick<Io, "env" | "cwd" | "stdout">): Config {
  const env = { ...fromFile(flags.envFile, io.cwd()), ...defined(io.env) };
  const home = env["HOME"] ?? homedir();
  const data = env["XDG_DATA_HOME"] ?? join(home, ".local", "share");
  return {
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    color: flags.color !== false && !env["NO_COLOR"] && io.stdout.isTTY === true,
    db: resolve(io.cwd(), flags.db ?? env["CAMPAIGNS_DB"] ?? join(data, "campaigns", "campaigns.db")),
    dbNamed: flags.db !== undefined,
    supabase: () => supabase(env, flags.user ?? env["CAMPAIGNS_USER_ID"]),
    userId: flags.user ?? env["CAMPAIGNS_USER_ID"],
    agentName: env["LK_AGENT_NAME"] ?? "ai",
    engineEnabled: env["ENABLE_CAMPAIGN_ENGINE"]?.toLowerCase() !== "false",
    livekit: () => livekit(env),
    machineZone: env["TZ"] ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    debug: env["DEBUG"] ?? "",
  };
}

type Env = Readonly<Record<string, string>>;

/** An empty value is as good as none. */
const defined = (env: Io["env"]): Env =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));

function fromFile(named: string | undefined, cwd: string): Env {
  const path = resolve(cwd, named ?? ".env");
  if (named === undefined && !existsSync(path)) return {};
  try {
    return defined(parseEnv(readFileSync(path, "utf8")));
  } catch (error) {
    throw new Misused("env_file", `expected a readable file of settings: ${messageOf(error)}`, {
      hint: "check --env-file",
    });
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function supabase(env: Env, userId: string | undefined): SupabaseConfig | null {
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey } = env;
  if (url === undefined && serviceRoleKey === undefined) return null;
  if (url === undefined || serviceRoleKey === undefined) {
    const missing = url === undefined ? "SUPABASE_URL" : "SUPABASE_SERVICE_ROLE_KEY";
    throw new Misused("supabase_settings", `expected both settings of a Supabase project, but ${missing} is not set`, {
      hint: "set both for Supabase, or neither for the SQLite file, or name the file: --db",
    });
  }
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new Misused("supabase_url", `SUPABASE_URL: expected an http or https address, got "${url}"`, {
      hint: "it looks like https://project.supabase.co",
    });
  }
  if (userId !== undefined && !UUID.test(userId)) {
    throw new Misused("user", `--user, CAMPAIGNS_USER_ID: expected a user's UUID, got "${userId}"`, {
      hint: "Supabase shows it under Authentication, Users",
    });
  }
  return { url, serviceRoleKey };
}

function livekit(env: Env): LiveKitConfig {
  const { LIVEKIT_HOST: host, LIVEKIT_API_KEY: apiKey, LIVEKIT_API_SECRET: apiSecret } = env;
  if (host === undefined || apiKey === undefined || apiSecret === undefined) {
    const missing = ["LIVEKIT_HOST", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"].filter((name) => env[name] === undefined);
    throw new Misused("livekit_settings", `expected the settings of a LiveKit, but ${missing.join(", ")} not set`, {
      hint: "set them in the environment or in .env, or try the sandbox: --sandbox",
    });
  }
  if (!/^(wss?|https?):\/\/[^/]/.test(host) || !URL.canParse(host)) {
    throw new Misused("livekit_host", `LIVEKIT_HOST: expected a ws, wss, http or https address, got "${host}"`, {
      hint: "it looks like wss://project.livekit.cloud",
    });
  }
  return { host, apiKey, apiSecret };
}
