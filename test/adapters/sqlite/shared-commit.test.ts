/** Writes that come at the same time share a commit, which waits for the disk; each holds, or fails, alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Database } from "../../../src/adapters/sqlite/database.ts";

let dir: string;
let db: Database;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-commit-"));
  db = new Database(join(dir, "c.db"), null);
  db.run("create table notes (text text not null check (text <> 'bad'))");
});
afterEach(() => {
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const add = (text: string): Promise<number> =>
  db.write(() => db.run("insert into notes (text) values (:text)", { text }));

/** As another process sees it. */
function stored(): unknown[] {
  using other = new DatabaseSync(join(dir, "c.db"), { readOnly: true });
  return other
    .prepare("select text from notes")
    .all()
    .map(({ text }) => text);
}

test("what was asked for at the same time is there for others when the first of it is done", async () => {
  const writes = ["a", "b", "c"].map(add);
  expect(stored()).toEqual([]);
  await writes[0];
  expect(stored()).toEqual(["a", "b", "c"]);
});

test("one that fails leaves nothing, and the others hold", async () => {
  const half = db.write(() => {
    db.run("insert into notes (text) values ('half')");
    throw new Error("no");
  });
  const results = await Promise.allSettled([add("a"), half, add("bad"), add("c")]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
  expect(stored()).toEqual(["a", "c"]);
});

test("all of them wait for another process's transaction, in their order", async () => {
  using other = new DatabaseSync(join(dir, "c.db"));
  other.exec("begin immediate");
  const writes = [add("a"), add("b")];
  const later = new Promise((resolve) => setTimeout(resolve, 20)).then(() => {
    writes.push(add("c"));
    other.exec("commit");
  });
  await later;
  await Promise.all(writes);
  expect(stored()).toEqual(["a", "b", "c"]);
});

test("a disk that fills up in the middle fails all of them, and none is half there", async () => {
  db.run("pragma max_page_count = 200");
  const long = "x".repeat(3_000_000);
  const results = await Promise.allSettled([add("a"), add(long), add("c")]);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  expect(stored()).toEqual([]);
  db.run("pragma max_page_count = 1000000");
  await add("after");
  expect(stored()).toEqual(["after"]);
});

test("is written before the file is closed", async () => {
  void add("a");
  await db.settled();
  db.close();
  expect(stored()).toEqual(["a"]);
});
