/**
 * How often somebody asked not to be called, counted twice: in the file, by triggers, and beside it. A backup that was put
 * in the file's place does not know of the wishes since, and its runs would call who had asked them not to.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { Unavailable } from "../../engine/errors.ts";
import type { Database } from "./database.ts";
import { OWNER_ONLY, rememberedDials } from "./last-dial.ts";

const sidecarOf = (path: string): string => `${path}.wishes`;

/** Null: nothing is remembered of the file at all. */
export function rememberedWishes(path: string): number | null {
  try {
    const n = Number(readFileSync(sidecarOf(path), "utf8"));
    if (Number.isSafeInteger(n)) return n;
  } catch {
    // Nobody has asked yet, or it was never there.
  }
  return rememberedDials(path) === null ? null : 0;
}

/**
 * Never fails: a wish that is stored holds, whether or not it could be written down a second time. `n`: what the file knows of
 * now, and what it has missed. Of two commands at once either may write first: a wish counts once all the same.
 */
export function rememberWishes(path: string, n: number): void {
  try {
    if (n <= (rememberedWishes(path) ?? 0)) return;
    writeFileSync(sidecarOf(path), `${n}\n`, { mode: OWNER_ONLY });
  } catch {
    // The directory cannot be written.
  }
}

export const wishesOf = (db: Database): number => Number(db.get("select n from wishes")?.["n"]);

/** As the file at `path` knows; null: it cannot be read, or is older than the count. */
export function wishesIn(path: string): number | null {
  try {
    using db = new DatabaseSync(path, { readOnly: true });
    return Number(db.prepare("select n from wishes").get()?.["n"]);
  } catch {
    return null;
  }
}

/** A restored file knows as many as were ever asked; the count must not fall behind again. */
export const settleWishes = (db: Database, n: number): void => void db.run("update wishes set n = max(n, :n)", { n });

/** How many a file has missed that knows of so many, and goes on missing however many more it is told. */
const missed = (path: string, known: number): number => Math.max(0, (rememberedWishes(path) ?? 0) - known);

/** What is to be remembered where the file knew of `before`; null: nobody has asked since. Within the same transaction. */
export function wishesSince(db: Database, before: number): number | null {
  const known = wishesOf(db);
  return db.path === null || known === before ? null : known + missed(db.path, before);
}

/** Throws when the file knows of fewer than are remembered beside it. */
export function refuseForgottenWishes(db: Database): void {
  const missing = db.path === null ? 0 : missed(db.path, wishesOf(db));
  if (missing === 0) return;
  throw new Unavailable(
    "database_older",
    `expected the do-not-call list of the last command, but ${db.path} lacks ${missing} of its changes`,
    {
      hint: "put the newer file back with its -wal; if it is lost, campaigns restore FILE pauses the campaigns until you have completed the list",
    },
  );
}
