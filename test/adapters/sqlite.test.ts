/** The store contract on the embedded store: in memory, and on one file with two connections that take turns. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "vitest";
import { newKeyText, readKeys } from "../../src/adapters/sealing-key.ts";
import { openSqliteStore, type SqliteOptions } from "../../src/adapters/sqlite/store.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { storeModel } from "../contracts/model.ts";
import { ownersContract } from "../contracts/owners.ts";
import { storeContract } from "../contracts/store.ts";
import { takingTurns } from "../support/turns.ts";

const keys = readKeys(newKeyText(), "key");

const inMemory = (): Promise<Store> => Promise.resolve(openSqliteStore(":memory:"));

function onOneFile(settings: SqliteOptions = {}): Promise<Store> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-store-"));
  const path = join(dir, "c.db");
  const both = [openSqliteStore(path, settings), openSqliteStore(path, settings)];
  return Promise.resolve(takingTurns(both, () => rmSync(dir, { recursive: true })));
}

ownersContract(() => {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-store-"));
  const stores = new AsyncDisposableStack();
  stores.defer(() => rmSync(dir, { recursive: true }));
  return Promise.resolve({
    as: (userId) => stores.use(openSqliteStore(join(dir, "c.db"), { userId })),
    [Symbol.asyncDispose]: () => stores.disposeAsync(),
  });
});

describe("in memory", () => {
  storeContract(inMemory);
  storeModel(inMemory, 200);
});

describe("on one file, through two connections", () => {
  storeContract(() => onOneFile());
  storeModel(() => onOneFile(), 30);
});

describe("encrypted, on one file, through two connections", () => {
  storeContract(() => onOneFile({ keys }), { byNumber: false });
  storeModel(() => onOneFile({ keys }), 30);
});
