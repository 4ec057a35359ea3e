/**
 * When a dial last left, remembered twice: in the file, and beside it. A backup that was put in the file's place, or a copy
 * without its journal, does not know of the dials since, and would repeat them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Instant } from "../../domain/time/instant.ts";
import { Unavailable } from "../../engine/errors.ts";
import { iso } from "../columns.ts";
import type { Database } from "./database.ts";

export const OWNER_ONLY = 0o600;

export const sidecarOf = (path: string): string => `${path}.last-dial`;

/** As ISO text; null: nothing is remembered. */
export function rememberedDial(path: string): string | null {
  try {
    const text = readFileSync(sidecarOf(path), "utf8").trim();
    return Number.isNaN(Date.parse(text)) ? null : text;
  } catch {
    return null;
  }
}

/** Never fails: a dial that is stored counts, whether or not it could be written down a second time. */
export function rememberDial(path: string, at: string): void {
  try {
    if (at > (rememberedDial(path) ?? "")) writeFileSync(sidecarOf(path), `${at}\n`, { mode: OWNER_ONLY });
  } catch {
    // The directory cannot be written.
  }
}

export const lastDialOf = (db: Database): string | null => {
  const at = db.get("select at from last_dial")?.["at"];
  return typeof at === "string" ? at : null;
};

/** Within the dial's own transaction. */
export function storeLastDial(db: Database, at: Instant): void {
  db.run("insert into last_dial (id, at) values (1, :at) on conflict (id) do update set at = max(at, excluded.at)", {
    at: iso(at),
  });
}

/** Throws when the file is older than what is remembered beside it. Within a transaction that writes. */
export function refuseOlderFile(db: Database): void {
  if (db.path === null) return;
  const remembered = rememberedDial(db.path);
  const known = lastDialOf(db);
  if (remembered === null || remembered <= (known ?? "")) return;
  const newest = known === null ? "knows of no dial" : `knows of no dial after ${known}`;
  throw new Unavailable(
    "database_older",
    `expected the database of the last run, but ${db.path} ${newest}, and one left at ${remembered}`,
    {
      hint: "put the newer file back with its -wal; if it is lost, campaigns restore FILE takes a backup and dials nobody twice",
    },
  );
}
