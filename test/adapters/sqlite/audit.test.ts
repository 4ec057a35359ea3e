/** The audit log of the embedded store, against somebody with a shell. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { newKeyText, readKeys } from "../../../src/adapters/sealing-key.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { proveCalls } from "../../../src/engine/manage/call-proof.ts";
import type { Store } from "../../../src/engine/ports/index.ts";
import { callProofContract, sealedBy } from "../../contracts/call-proof.ts";
import { ended, number, people, Scene } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";

const UNGUARDED = ["kept", "fixed", "appended"].map((name) => `drop trigger if exists audit_log_${name};`).join(" ");

describe.each([
  ["on SQLite", null],
  ["on SQLite, encrypted", readKeys(newKeyText(), "key")],
])("%s", (_, keys) => {
  callProofContract(() => {
    const dir = mkdtempSync(join(tmpdir(), "campaigns-audit-"));
    const path = join(dir, "c.db");
    const store = openSqliteStore(path, { keys });
    const raw = new DatabaseSync(path);
    const sql = (text: string): Promise<void> => Promise.try(() => raw.exec(sealedBy(keys)(text)));
    return Promise.resolve({
      store,
      sql,
      attemptsHaveNumbers: true,
      inBulk: (text) => sql(`insert into audit_bulk values ('x'); ${text}; delete from audit_bulk`),
      unguarded: (text) => sql(`${UNGUARDED} ${text}`),
      [Symbol.asyncDispose]: async () => {
        raw.close();
        await store[Symbol.asyncDispose]();
        rmSync(dir, { recursive: true });
      },
    });
  });
});

describe("REPLACE removes rows past the triggers that tell of it:", () => {
  let store: Store;
  let raw: DatabaseSync;
  let dir: string;
  let dial: { readonly call: string; readonly attempt: string };
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), "campaigns-audit-"));
    store = openSqliteStore(join(dir, "c.db"));
    // As the shell of SQLite opens a file.
    raw = new DatabaseSync(join(dir, "c.db"), { enableForeignKeyConstraints: false });
    const scene = new Scene(store);
    const claim = await scene.dialed(await scene.running(people(1)), await scene.runner());
    await scene.save(ended(claim, "completed"));
    await store.addDoNotCall([{ phoneNumber: number(0), source: "operator", reason: null, addedAt: NOON }]);
    dial = { call: claim.call.id, attempt: claim.attempt.id };
    expect((await proveCalls(store)).violations).toEqual([]);
  });
  afterEach(async () => {
    raw.close();
    await store[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });

  const replaced = (table: string, where: string, change: string): void => {
    raw.exec(`create temp table copy as select * from ${table} where ${where}`);
    raw.exec(`update copy set ${change}`);
    raw.exec(`insert or replace into ${table} select * from copy`);
  };

  test.each([
    ["an entry of the log", "audit_log", "seq = (select max(seq) from audit_log)", "action = 'dnc.removed'"],
    ["whom the log is about", "audit_subjects", "true", `phone_number = '${number(9)}'`],
  ])("%s", (_, table, where, change) => {
    expect(() => replaced(table, where, change)).toThrow("only appended to");
  });

  test.each([
    ["the number of a call that was dialed", "campaign_calls", `phone_number = '${number(9)}'`],
    ["a dial", "call_attempts", "dialed_at = null"],
    ["how a dial ended", "call_attempts", "ending = 'trunk_error'"],
  ])("%s", async (_, table, change) => {
    replaced(table, "true", change);
    expect((await proveCalls(store)).violations).toMatchObject([{ breach: "record", attemptId: dial.attempt }]);
  });

  test("a list's entry, which stays known as it was", async () => {
    replaced("do_not_call_numbers", "true", "created_at = '2027-01-01T00:00:00.000Z'");
    const told = (await store.auditHistory(0, 9, ["dnc.added"])).map(({ after }) => String(after));
    expect(told).toEqual([expect.stringContaining("2026"), expect.stringContaining("2027")]);
  });
});
