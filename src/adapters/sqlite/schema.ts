/** The schema of the embedded store: made whole in a new file; an older file is brought up to date, step by step. */
import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Unavailable } from "../../engine/errors.ts";

/** The first version with upgrades; older ones were never released. */
const OLDEST = 4;
const FOLDER = new URL("./upgrades/", import.meta.url);

interface Upgrade {
  /** The version that a file has afterwards. */
  readonly version: number;
  /** NNNN_name.sql */
  readonly file: string;
}

/** In the order in which they are applied. */
const UPGRADES: readonly Upgrade[] = readdirSync(FOLDER)
  .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
  .toSorted()
  .map((file) => ({ file, version: Number(file.slice(0, 4)) }));

export const SCHEMA_VERSION = Math.max(OLDEST, ...UPGRADES.map(({ version }) => version));

export const versionOf = (db: DatabaseSync): number =>
  Number(db.prepare("pragma user_version").get()?.["user_version"]);

/** Runs inside one transaction: after a step that fails, the file is as it was. */
export function upgrade(db: DatabaseSync, path: string): void {
  const found = versionOf(db);
  if (found === SCHEMA_VERSION) return;
  if (found === 0) db.exec(readFileSync(new URL("./schema.sql", import.meta.url), "utf8"));
  else {
    refuseOtherVersions(found, path);
    refuseWhileInUse(db);
    for (const { file, version } of UPGRADES) {
      if (version > found) db.exec(readFileSync(new URL(file, FOLDER), "utf8"));
    }
  }
  db.exec(`pragma user_version = ${SCHEMA_VERSION}`);
}

function refuseOtherVersions(found: number, path: string): void {
  if (found >= OLDEST && found < SCHEMA_VERSION) return;
  const problem = `expected schema version ${SCHEMA_VERSION}, found ${found} in ${path}`;
  const made = found > SCHEMA_VERSION ? "a newer version of campaigns made this file: update campaigns" : TOO_OLD;
  throw new Unavailable("schema_version", problem, { hint: `${made}, or name another file with --db` });
}

const TOO_OLD = "this file is too old to be upgraded: use the version of campaigns that made it";

/** A runner of the older version would go on dialing by rules that the file no longer has. */
function refuseWhileInUse(db: DatabaseSync): void {
  const lease = db
    .prepare("select max(lease_until) as until from runners where lease_until > strftime('%Y-%m-%dT%H:%M:%fZ', 'now')")
    .get()?.["until"];
  if (typeof lease !== "string") return;
  throw new Unavailable("schema_in_use", "cannot upgrade the database: a run of an older version is using it", {
    hint: `stop that run and try again; if it has crashed, try again after ${lease}`,
  });
}
