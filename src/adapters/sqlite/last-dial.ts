/**
 * How many dials have left, and when the last one, remembered twice: in the file, and beside it. A backup that was put in the
 * file's place, or a copy without its journal, does not know of the dials since, and would repeat them. The instant is one of
 * a clock, which may have been a day ahead: it hides every dial until then, so they are counted.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Instant } from "../../domain/time/instant.ts";
import { Unavailable } from "../../engine/errors.ts";
import { iso } from "../columns.ts";
import type { Database } from "./database.ts";

export const OWNER_ONLY = 0o600;

export const sidecarOf = (path: string): string => `${path}.last-dial`;

export interface Dials {
  /** The latest, as ISO text; empty: none has left. */
  readonly at: string;
  /** Null: an earlier version wrote it, which kept only the instant. */
  readonly n: number | null;
}

/** Null: nothing is remembered. */
export function rememberedDials(path: string): Dials | null {
  try {
    const [at = "", count] = readFileSync(sidecarOf(path), "utf8").trim().split(" ");
    const n = Number(count);
    return Number.isNaN(Date.parse(at)) ? null : { at, n: Number.isSafeInteger(n) ? n : null };
  } catch {
    return null;
  }
}

/**
 * Never fails: a dial that is stored counts, whether or not it could be written down a second time. Of two runners that dial at
 * once either may write first: more than the file knows of would be dials that it has missed, and every run would be refused.
 */
export function rememberDials(path: string, { at, n }: Dials): void {
  try {
    const before = rememberedDials(path);
    const last = before !== null && before.at > at ? before.at : at;
    const count = Math.max(before?.n ?? 0, n ?? 0);
    writeFileSync(sidecarOf(path), `${last} ${count}\n`, { mode: OWNER_ONLY });
  } catch {
    // The directory cannot be written.
  }
}

/** A row of an earlier version has no count. */
export const readDials = (row: Readonly<Record<string, unknown>> | undefined): Dials => ({
  at: typeof row?.["at"] === "string" ? row["at"] : "",
  n: row === undefined ? 0 : typeof row["n"] === "number" ? row["n"] : null,
});

export const dialsIn = (db: Database): Dials => readDials(db.get("select * from last_dial"));

/** Has more left than these know of? By either the count or the instant; a count is unknown only to earlier versions. */
export const isBehind = (known: Dials, remembered: Dials): boolean =>
  remembered.at > known.at || (remembered.n !== null && remembered.n > (known.n ?? -1));

/** Within the dial's own transaction. */
export function storeDial(db: Database, at: Instant): void {
  db.run(
    `insert into last_dial (id, at, n) values (1, :at, 1)
     on conflict (id) do update set at = max(at, excluded.at), n = n + 1`,
    { at: iso(at) },
  );
}

/** A restored file knows of as many as ever left; the count must not fall behind again. */
export function settleDials(db: Database, { at, n }: Dials): void {
  db.run(
    `insert into last_dial (id, at, n) values (1, :at, :n)
     on conflict (id) do update set at = max(at, excluded.at), n = max(n, excluded.n)`,
    { at, n: n ?? 0 },
  );
}

/** Throws when the file is older than what is remembered beside it. Within a transaction that writes. */
export function refuseOlderFile(db: Database): void {
  if (db.path === null) return;
  const remembered = rememberedDials(db.path);
  const known = dialsIn(db);
  if (remembered === null || !isBehind(known, remembered)) return;
  const missing = (remembered.n ?? 0) - (known.n ?? 0);
  const newest = known.at === "" ? "knows of no dial" : `knows of no dial after ${known.at}`;
  const how =
    remembered.at > known.at ? `${newest}, and one left at ${remembered.at}` : `lacks ${missing} of its dials`;
  throw new Unavailable("database_older", `expected the database of the last run, but ${db.path} ${how}`, {
    hint: "put the newer file back with its -wal; if it is lost, campaigns restore FILE takes a backup and dials nobody twice",
  });
}
