/** Files of an older version: upgraded with all their rows, wholly or not at all. Files of a newer one stay closed. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SCHEMA_VERSION } from "../../../src/adapters/sqlite/schema.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import type { Campaign } from "../../../src/domain/calls/campaign.ts";
import { NOON } from "../../support/domain.ts";
import { DAY, PAID, people, Scene } from "../../contracts/store/scene.ts";

const OLD_SCHEMA = readFileSync(new URL("./schema-4.sql", import.meta.url), "utf8");
const OLD_ROWS = readFileSync(new URL("./rows-4.sql", import.meta.url), "utf8");

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-upgrade-"));
  path = join(dir, "c.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A file as version 4 made it, with a row in every table. */
function oldFile(...more: string[]): void {
  using db = new DatabaseSync(path);
  db.exec([OLD_SCHEMA, OLD_ROWS, "pragma user_version = 4", ...more].join(";\n"));
}

const tablesOf = (db: DatabaseSync): string[] =>
  db
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' order by name")
    .all()
    .map(({ name }) => String(name));

/** Every row of the tables and columns that version 4 had. */
function oldRows(): unknown {
  using old = new DatabaseSync(":memory:");
  old.exec(OLD_SCHEMA);
  using db = new DatabaseSync(path);
  return Object.fromEntries(
    tablesOf(old).map((table) => {
      const columns = old.prepare(`select name from pragma_table_xinfo('${table}')`).all();
      return [table, db.prepare(`select ${columns.map(({ name }) => String(name)).join(", ")} from ${table}`).all()];
    }),
  );
}

/** What a table or an index is made of, in whatever order it was written. */
function shape(file: string): Map<string, string[]> {
  using db = new DatabaseSync(file);
  const made = db.prepare("select name, sql from sqlite_schema where sql is not null order by name").all();
  return new Map(made.map(({ name, sql }) => [String(name), partsOf(String(sql))]));
}

function partsOf(sql: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const char of sql.replaceAll(/--.*$/gm, "").replaceAll(/\s+/g, " ")) {
    if (char === "(") depth++;
    if (char === ")") depth--;
    const between = (char === "," && depth === 1) || (char === "(" && depth === 1) || (char === ")" && depth === 0);
    if (between) parts.push("");
    else parts.push((parts.pop() ?? "") + char);
  }
  return parts.map((part) => part.trim()).toSorted();
}

describe("a file of the previous version", () => {
  test("is upgraded when it is opened, and keeps every row", async () => {
    oldFile();
    const before = oldRows();
    await using store = openSqliteStore(path);
    expect(await store.listCampaigns()).toMatchObject([{ id: "c1", name: "Spring", dailyCap: 7 }]);
    expect(oldRows()).toEqual(before);
    using db = new DatabaseSync(path);
    expect(db.prepare("pragma user_version").get()).toEqual({ user_version: SCHEMA_VERSION });
    expect(db.prepare("pragma foreign_key_check").all()).toEqual([]);
  });

  test("has the schema of a new file then", async () => {
    oldFile();
    await openSqliteStore(path)[Symbol.asyncDispose]();
    const fresh = join(dir, "new.db");
    await openSqliteStore(fresh)[Symbol.asyncDispose]();
    expect(shape(path)).toEqual(shape(fresh));
  });

  test("stays as it was when a step fails", () => {
    oldFile("create table call_attempts_by_day (x)");
    const before = oldRows();
    expect(() => openSqliteStore(path)).toThrow(/call_attempts_by_day/);
    using db = new DatabaseSync(path);
    expect(db.prepare("pragma user_version").get()).toEqual({ user_version: 4 });
    expect(oldRows()).toEqual(before);
  });

  test("is not upgraded under a run of that version: it would dial by rules that no longer hold", () => {
    oldFile("insert into runners values ('r', '9999-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')");
    expect(() => openSqliteStore(path)).toThrow(/a run of an older version is using it/);
  });
});

test("a file from before attempts were counted knows what they have cost", async () => {
  let campaign: Campaign;
  let before: unknown;
  {
    await using store = openSqliteStore(path);
    const scene = new Scene(store);
    campaign = await scene.running(people(2), PAID);
    await scene.dialed(campaign, await scene.runner());
    before = (await store.snapshot(campaign, DAY)).spending;
    expect(before).toEqual({ spent: 0, reserved: 1_100_000 });
  }
  {
    using db = new DatabaseSync(path);
    db.exec(`drop trigger call_attempts_counted; drop trigger call_attempts_recounted; drop trigger call_attempts_uncounted;
      drop table attempt_counts; drop index call_attempts_lost; pragma user_version = 49;
      create index call_attempts_first_words on call_attempts (campaign_id); create index call_attempts_cost on call_attempts (campaign_id);
      update call_attempts set first_audio_ms = 3000;
      update runners set lease_until = '2000-01-01T00:00:00.000Z'`);
  }
  await using store = openSqliteStore(path);
  expect((await store.snapshot(campaign, DAY)).spending).toEqual(before);
  expect((await store.progress(campaign.id, NOON)).firstWords).toEqual({ told: 1, late: 1 });
  expect(await store.miscounted()).toEqual([]);
});

test.each([999, 3])("a file of version %d is refused, and says what to do", (version) => {
  oldFile(`pragma user_version = ${version}`);
  const what = `expected schema version ${SCHEMA_VERSION}, found ${version}`;
  expect(() => openSqliteStore(path)).toThrow(what);
});
