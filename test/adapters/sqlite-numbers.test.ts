/** Caller IDs in the embedded store: the contract, and rows of the system this replaces. */
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { numbersContract } from "../contracts/numbers.ts";

numbersContract(() => Promise.resolve(openSqliteStore(":memory:")));

test("a row that knows only who answers is that assistant's to call with; assigning it does not change who answers", async () => {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-numbers-"));
  try {
    const path = join(dir, "c.db");
    await using store = openSqliteStore(path);
    using db = new DatabaseSync(path);
    db.exec(`insert into phone_number (id, number, inbound_assistant_id, outbound_trunk_id, created_at, updated_at)
             values ('old', '+12025550101', 'answers', 'ST_old', '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z')`);
    expect(await store.listNumbers("answers")).toMatchObject([{ id: "old", trunkId: "ST_old" }]);
    await store.unassignNumber("+12025550101");
    expect(await store.listNumbers("answers")).toEqual([]);
    await store.assignNumber(
      { id: "x", number: "+12025550101", assistantId: "calls", trunkId: "ST_new", trunkName: "new" },
      0,
    );
    expect(await store.listNumbers("answers")).toEqual([]);
    expect(await store.listNumbers("calls")).toHaveLength(1);
    const row = db.prepare("select inbound_assistant_id from phone_number").get();
    expect(row?.["inbound_assistant_id"]).toBe("answers");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
