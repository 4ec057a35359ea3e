/** Settings from the environment and from a file, and which of them may be used together. Fails closed. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { messageOf, Misused } from "../engine/errors.ts";

export type Env = Readonly<Record<string, string>>;

export interface Settings {
  /** The environment's, else the file's. */
  readonly env: Env;
  /** Of the file alone. */
  readonly filed: Env;
  /** The file that was read; null: there is none. */
  readonly path: string | null;
}

/** An address, and the secrets that are sent there. */
const TOGETHER: readonly (readonly string[])[] = [
  ["LIVEKIT_HOST", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"],
  ["SUPABASE_URL", "SUPABASE_SERVICE_ROLE_KEY"],
  ["CAMPAIGNS_TWILIO_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"],
];

/** `named`: --settings. Throws Misused when the file cannot be read, or a setting must not be used as it stands. */
export function readSettings(
  given: Readonly<Record<string, string | undefined>>,
  named: string | undefined,
  cwd: string,
): Settings {
  const path = envFileOf(named, cwd);
  const raw = path === null ? {} : parseEnv(textOf(path));
  const [own, filed] = [filled(given), filled(raw)];
  const env = { ...filed, ...own };
  // Nobody's rows are not everybody's.
  if ([given["CAMPAIGNS_USER_ID"], raw["CAMPAIGNS_USER_ID"]].some((id) => id?.trim() === ""))
    throw noOwner("CAMPAIGNS_USER_ID");
  return { env, filed, path };
}

/** Throws Misused when a file would change where a secret of the environment is sent, or the other way round. */
export function assertOneSource(
  { env, filed, path }: Settings,
  given: Readonly<Record<string, string | undefined>>,
  host: string,
): void {
  const group = (TOGETHER.find(([name]) => name === host) ?? []).filter((name) => env[name] !== undefined);
  const own = group.filter((name) => Boolean(given[name]));
  const theirs = group.filter((name) => !own.includes(name) && filed[name] !== undefined);
  if (own.length === 0 || theirs.length === 0) return;
  throw new Misused(
    "settings_source",
    `expected ${group.join(", ")} from one source, but ${own.join(", ")} came from the environment and ${theirs.join(", ")} from ${path ?? ""}`,
    { hint: "set all of them in one place, so that a file never decides where a secret is sent" },
  );
}

export const noOwner = (name: string): Misused =>
  new Misused("user", `${name}: expected an owner, got an empty value`, {
    hint: "leave it out to see every owner's rows",
  });

const ON = /^(true|1|yes|on)$/i;
const OFF = /^(false|0|no|off)$/i;

/** A setting that is on or off. Throws Misused for anything else: a typing error must not mean on. */
export function switched({ env }: Settings, name: string, otherwise: boolean): boolean {
  const text = env[name]?.trim();
  if (text === undefined) return otherwise;
  if (ON.test(text) || OFF.test(text)) return ON.test(text);
  throw new Misused("switch", `${name}: expected true or false, got "${text}"`, { hint: `set ${name} to one of them` });
}

/** An empty value is as good as none. */
const filled = (env: Readonly<Record<string, string | undefined>>): Env =>
  Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1])));

/** The file that is named, else .env where there is one. */
function envFileOf(named: string | undefined, cwd: string): string | null {
  const path = resolve(cwd, named ?? ".env");
  return named === undefined && !existsSync(path) ? null : path;
}

function textOf(path: string): string {
  try {
    // A byte order mark is left out; what is no UTF-8, such as Windows' UTF-16, throws.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
    if (text.includes("\0")) throw new TypeError("it is no UTF-8 text");
    return text;
  } catch (error) {
    throw new Misused("env_file", `expected a readable settings file in UTF-8: ${messageOf(error)}`, {
      hint: "check --settings, and how the file was saved",
    });
  }
}
