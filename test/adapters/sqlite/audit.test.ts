/** The audit log of the embedded store, against somebody with a shell. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe } from "vitest";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { callProofContract } from "../../contracts/call-proof.ts";

const UNGUARDED = ["kept", "fixed", "appended"].map((name) => `drop trigger if exists audit_log_${name};`).join(" ");

describe("on SQLite", () => {
  callProofContract(() => {
    const dir = mkdtempSync(join(tmpdir(), "campaigns-audit-"));
    const path = join(dir, "c.db");
    const store = openSqliteStore(path);
    const raw = new DatabaseSync(path);
    const sql = (text: string): Promise<void> => Promise.try(() => raw.exec(text));
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
