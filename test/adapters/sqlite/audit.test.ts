/** The audit log of the embedded store, against somebody with a shell. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe } from "vitest";
import { newKeyText, readKeys } from "../../../src/adapters/sealing-key.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { callProofContract, sealedBy } from "../../contracts/call-proof.ts";

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
