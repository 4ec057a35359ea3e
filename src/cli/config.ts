/** Flags > environment > .env file > defaults → one typed object. The only reader of the environment. */
import { readlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { readClock, readTz } from "../domain/time/zone.ts";
import { Misused } from "../engine/errors.ts";
import { assertOneSource, type Env, noOwner, readSettings, switched } from "./env.ts";
import type { Io } from "./io.ts";
import { type Pager, pagerOf } from "./pager.ts";

/** Options every command takes. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly db?: string;
  readonly settings?: string;
  /** The old name of it. */
  readonly envFile?: string;
  readonly user?: string;
  readonly actor?: string;
  readonly quiet?: boolean;
  readonly color?: boolean;
  readonly insecure?: boolean;
  /** Of commands that print a table. */
  readonly wide?: boolean;
}

export interface LiveKitConfig {
  readonly host: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export interface TwilioConfig {
  readonly accountSid: string;
  readonly authToken: string;
  readonly url: string | null;
}

export interface S3Config {
  readonly accessKey?: string;
  readonly secret?: string;
  readonly sessionToken?: string;
  readonly region?: string;
  readonly endpoint?: string;
}

export interface SupabaseConfig {
  readonly url: string;
  readonly serviceRoleKey: string;
}

export interface Config {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly color: boolean;
  /** The terminal can only print lines. */
  readonly dumb: boolean;
  /** Tables are not cut to the window. */
  readonly wide: boolean;
  /** For what is longer than a window; null: none. */
  readonly pager: Pager | null;
  /** The SQLite file. */
  readonly db: string;
  /** --db names the file, whatever else is set. */
  readonly dbNamed: boolean;
  /** The campaigns are in that file: it is named, or nothing is said of a Supabase project. */
  readonly usesFile: boolean;
  /** The Supabase project that holds the campaigns; null: none is set. Throws Misused when half set. */
  readonly supabase: () => SupabaseConfig | null;
  /** Only this owner's rows; undefined: everybody's. */
  readonly userId: string | undefined;
  /** Who works with it, as the audit log has it. */
  readonly actor: string;
  readonly agentName: string;
  /** ENABLE_CAMPAIGN_ENGINE: false makes `run` refuse. */
  readonly engineEnabled: boolean;
  /** Throws Misused, naming what is missing. */
  readonly livekit: () => LiveKitConfig;
  /** For buckets that recordings go to; what is left out, LiveKit's egress service has of its own. */
  readonly s3: S3Config;
  /** Null: not configured. Throws Misused when only half of it is. */
  readonly twilio: () => TwilioConfig | null;
  /** The machine's time zone; where that is no place, what TZ says. */
  readonly machineZone: string;
  /** The clock on which times are shown: the machine's; UTC where the machine names it in no way that is known. */
  readonly clockZone: string;
  /** CAMPAIGNS_PUBLIC_URL, without a slash at its end: where the world reaches `serve`; null: not set. Throws Misused. */
  readonly publicUrl: () => string | null;
  /** What contact data is encrypted with, or the file that says it; see encryption-keys.ts. */
  readonly encryption: { readonly key: string | undefined; readonly file: string | undefined };
  /** CAMPAIGNS_API_TOKEN, as it is written; see http/tokens.ts. */
  readonly apiToken: string | undefined;
  /** CAMPAIGNS_WEBHOOK_SECRET, as it is written; see adapters/webhook/secrets.ts. */
  readonly webhookSecret: string;
  /** CAMPAIGNS_WEBHOOK_HOSTS: those that may have private addresses, and be told by http. */
  readonly webhookHosts: readonly string[];
  /** DEBUG, for the debug package. */
  readonly debug: string;
  /** Names of the settings there are, and of those without which nothing can be dialed. */
  readonly settings: { readonly set: readonly string[]; readonly missing: readonly string[] };
  /** The file of settings that was read, and whether a secret is in it; null: none. */
  readonly envFile: { readonly path: string; readonly secret: boolean } | null;
  /** Values that no output may hold. */
  readonly secrets: readonly string[];
  /** --insecure: settings whose addresses can be read on the way. */
  readonly plain: readonly string[];
}

export function readConfig(flags: GlobalFlags, io: Pick<Io, "env" | "cwd" | "stdout">): Config {
  const read = readSettings(io.env, flags.settings ?? flags.envFile, io.cwd());
  const { env, filed, path } = read;
  if (flags.user?.trim() === "") throw noOwner("--user");
  const together = (host: string): Env => {
    assertOneSource(read, io.env, host);
    // A stand-in for Twilio is on this machine or refused.
    if (host !== "CAMPAIGNS_TWILIO_URL") assertPrivate(host, env[host], flags.insecure ?? false);
    return env;
  };
  const home = env["HOME"] ?? homedir();
  let machineZone: string | undefined;
  const data = env["XDG_DATA_HOME"] ?? join(home, ".local", "share");
  return {
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    color: flags.color !== false && !env["NO_COLOR"] && env["TERM"] !== "dumb" && io.stdout.isTTY === true,
    dumb: env["TERM"] === "dumb",
    wide: flags.wide ?? false,
    pager: pagerOf(io.env, flags.wide ?? false),
    db: resolve(io.cwd(), flags.db ?? env["CAMPAIGNS_DB"] ?? join(data, "campaigns", "campaigns.db")),
    dbNamed: flags.db !== undefined,
    usesFile: flags.db !== undefined || (env["SUPABASE_URL"] ?? env["SUPABASE_SERVICE_ROLE_KEY"]) === undefined,
    supabase: () => supabase(together("SUPABASE_URL"), flags.user ?? env["CAMPAIGNS_USER_ID"]),
    userId: flags.user ?? env["CAMPAIGNS_USER_ID"],
    actor: `cli:${actorOf(flags.actor ?? env["CAMPAIGNS_ACTOR"], env)}`,
    agentName: env["LK_AGENT_NAME"] ?? "ai",
    engineEnabled: switched(read, "ENABLE_CAMPAIGN_ENGINE", true),
    livekit: () => livekit(together("LIVEKIT_HOST")),
    s3: s3(env),
    twilio: () => twilio(together("CAMPAIGNS_TWILIO_URL")),
    // Asked for when it is needed: it takes longer than all other settings together.
    get machineZone() {
      return (machineZone ??= zoneOfMachine(env["TZ"] ?? io.env["TZ"]));
    },
    get clockZone() {
      return readClock(this.machineZone) ?? "UTC";
    },
    publicUrl: () => publicUrl(env["CAMPAIGNS_PUBLIC_URL"]),
    encryption: encryption(env, io.cwd()),
    apiToken: env["CAMPAIGNS_API_TOKEN"],
    webhookSecret: env["CAMPAIGNS_WEBHOOK_SECRET"] ?? "",
    webhookHosts: (env["CAMPAIGNS_WEBHOOK_HOSTS"] ?? "")
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((host) => host !== ""),
    debug: env["DEBUG"] ?? "",
    settings: {
      set: KNOWN.filter((name) => env[name] !== undefined),
      missing: NEEDED.filter((name) => env[name] === undefined),
    },
    envFile: path === null ? null : { path, secret: Object.keys(filed).some((name) => SECRET.test(name)) },
    secrets: Object.keys(env).flatMap((name) => (SECRET.test(name) ? partsOf(name, env[name] ?? "") : [])),
    plain: flags.insecure === true ? ["LIVEKIT_HOST", "SUPABASE_URL"].filter((name) => isPlain(env[name])) : [],
  };
}

/** The login, unless somebody says who it is. */
function actorOf(said: string | undefined, env: Env): string {
  if (said === undefined) return (env["USER"] ?? env["LOGNAME"] ?? "unknown").replaceAll(/[^!-~]/g, "?").slice(0, 100);
  if (/^[!-~]{1,100}$/.test(said)) return said;
  throw new Misused("actor", "--actor, CAMPAIGNS_ACTOR: expected a name of at most 100 letters, without spaces");
}

/** TZ, whose empty value is UTC by POSIX; else what Node finds on the machine. */
function zoneOfMachine(tz: string | undefined): string {
  if (tz !== undefined) return readTz(tz, localtime());
  const found = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return readClock(found) ?? readTz("localtime", localtime());
}

/** Where the machine keeps its time zone; null: it does not keep it there. */
function localtime(): string | null {
  try {
    return readlinkSync("/etc/localtime");
  } catch {
    return null;
  }
}

function encryption(env: Env, folder: string): Config["encryption"] {
  const { CAMPAIGNS_ENCRYPTION_KEY: key, CAMPAIGNS_ENCRYPTION_KEY_FILE: file } = env;
  if (key !== undefined && file !== undefined) {
    throw new Misused(
      "encryption_key",
      "expected CAMPAIGNS_ENCRYPTION_KEY or CAMPAIGNS_ENCRYPTION_KEY_FILE, got both",
      { hint: "set one of them; the file is safer" },
    );
  }
  return { key, file: file === undefined ? undefined : resolve(folder, file) };
}

/** AWS's own names. */
function s3(env: Env): S3Config {
  const named = {
    accessKey: env["AWS_ACCESS_KEY_ID"],
    secret: env["AWS_SECRET_ACCESS_KEY"],
    sessionToken: env["AWS_SESSION_TOKEN"],
    region: env["AWS_REGION"],
    endpoint: env["AWS_ENDPOINT_URL_S3"],
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

const NEEDED = ["LIVEKIT_HOST", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"];
const KNOWN = [
  ...NEEDED,
  "LK_AGENT_NAME",
  "SUPABASE_URL",
  "SUPABASE_SERVICE_ROLE_KEY",
  "TWILIO_ACCOUNT_SID",
  "TWILIO_AUTH_TOKEN",
  "ENABLE_CAMPAIGN_ENGINE",
  "CAMPAIGNS_DB",
  "CAMPAIGNS_USER_ID",
  "CAMPAIGNS_ACTOR",
  "CAMPAIGNS_ENCRYPTION_KEY",
  "CAMPAIGNS_ENCRYPTION_KEY_FILE",
  "CAMPAIGNS_API_TOKEN",
  "CAMPAIGNS_PUBLIC_URL",
  "CAMPAIGNS_WEBHOOK_SECRET",
  "CAMPAIGNS_WEBHOOK_HOSTS",
];

/** Settings of ours and of others whose values are secret. */
const SECRET = /(SECRET|TOKEN|PASSWORD|SERVICE_ROLE_KEY|ENCRYPTION_KEY)$/;

/** Several are one setting, and each of them a secret of its own. */
const partsOf = (name: string, value: string): string[] =>
  /^CAMPAIGNS_(API_TOKEN|WEBHOOK_SECRET|ENCRYPTION_KEY)$/.test(name)
    ? [value, ...value.split(/[\s,:]+/).filter((part) => part.length >= 16)]
    : [value];

/** Without TLS, and not to this machine. */
const isPlain = (address: string | undefined): boolean => {
  if (address === undefined || !/^(http|ws):/i.test(address) || !URL.canParse(address)) return false;
  return !/^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(new URL(address).hostname);
};

function assertPrivate(name: string, address: string | undefined, insecure: boolean): void {
  if (insecure || !isPlain(address)) return;
  throw new Misused(
    "insecure",
    `${name}: expected https or wss, got an address without TLS that is not on this machine`,
    {
      hint: "keys, names and numbers could be read on the way; --insecure allows it all the same",
    },
  );
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

function supabase(env: Env, userId: string | undefined): SupabaseConfig | null {
  const { SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey } = env;
  if (url === undefined && serviceRoleKey === undefined) return null;
  if (url === undefined || serviceRoleKey === undefined) {
    const missing = url === undefined ? "SUPABASE_URL" : "SUPABASE_SERVICE_ROLE_KEY";
    const other = ["SUPABASE_SERVICE_KEY", "SUPABASE_SECRET_KEY"].find((name) => env[name] !== undefined);
    const named = serviceRoleKey === undefined && other !== undefined;
    throw new Misused("supabase_settings", `expected both settings of a Supabase project, but ${missing} is not set`, {
      hint: named
        ? `${other} is set; this program reads SUPABASE_SERVICE_ROLE_KEY`
        : "set both for Supabase, or neither for the SQLite file, or name the file: --db",
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
    const missing = NEEDED.filter((name) => env[name] === undefined);
    throw new Misused("livekit_settings", `expected the settings of a LiveKit, but ${missing.join(", ")} not set`, {
      hint:
        host === undefined && env["LIVEKIT_URL"] !== undefined
          ? "LIVEKIT_URL is set; this program reads LIVEKIT_HOST"
          : "set them in the environment or in .env; campaigns sandbox is a LiveKit to try things on, and prints them",
    });
  }
  if (!/^(wss?|https?):\/\/[^/]/.test(host) || !URL.canParse(host)) {
    throw new Misused("livekit_host", `LIVEKIT_HOST: expected a ws, wss, http or https address, got "${host}"`, {
      hint: "it looks like wss://project.livekit.cloud",
    });
  }
  return { host, apiKey, apiSecret };
}

function publicUrl(url: string | undefined): string | null {
  if (url === undefined) return null;
  if (!/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/i.test(url) || !URL.canParse(url)) {
    throw new Misused("public_url", `CAMPAIGNS_PUBLIC_URL: expected an http or https address, got "${url}"`, {
      hint: "it looks like https://calls.example.com",
    });
  }
  return url.replace(/\/+$/, "");
}

function twilio(env: Env): TwilioConfig | null {
  const { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, CAMPAIGNS_TWILIO_URL: url } = env;
  if (accountSid === undefined && authToken === undefined) return null;
  if (accountSid === undefined || authToken === undefined) {
    throw new Misused(
      "twilio_settings",
      "expected TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN together, got one of them",
      {
        hint: "set both, or neither",
      },
    );
  }
  if (!/^AC[0-9a-f]{32}$/i.test(accountSid)) {
    throw new Misused("twilio_settings", "TWILIO_ACCOUNT_SID: expected AC and 32 digits, got something else", {
      hint: "an API key (SK…) is none; Twilio's console shows the account SID",
    });
  }
  // The token goes there: nobody may be talked into sending it to another machine.
  if (url !== undefined && !/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\/?$/.test(url)) {
    throw new Misused("twilio_settings", "CAMPAIGNS_TWILIO_URL: expected a stand-in on this machine", {
      hint: "it looks like http://127.0.0.1:1234; leave it out to ask Twilio itself",
    });
  }
  return { accountSid, authToken, url: url ?? null };
}
