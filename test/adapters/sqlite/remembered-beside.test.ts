/** What is counted in the file and beside it, when two processes write it down in another order than they stored it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Database } from "../../../src/adapters/sqlite/database.ts";
import { dialsIn, rememberDials, rememberedDials } from "../../../src/adapters/sqlite/last-dial.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { rememberedWishes, rememberWishes, wishesOf } from "../../../src/adapters/sqlite/wishes.ts";
import { people, Scene } from "../../contracts/store/scene.ts";
import { HOUR } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { NOON } from "../../support/domain.ts";

let dir = "";
let path = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-beside-"));
  path = join(dir, "c.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** As the file knows it now, before its writer has come to write it down. */
function known<T>(of: (db: Database) => T): T {
  const db = new Database(path, null);
  try {
    return of(db);
  } finally {
    db.close();
  }
}

test("a dial that was written down after a later one counted twice: every run was refused from then on", async () => {
  await using store = openSqliteStore(path);
  const scene = new Scene(store);
  const campaign = await scene.running(people(3), { delay: 0, concurrency: 3 });
  const runner = await scene.runner();
  await scene.dialed(campaign, runner, NOON);
  const first = known(dialsIn);
  await scene.dialed(campaign, runner, NOON);
  rememberDials(path, first);
  expect(rememberedDials(path)).toEqual(known(dialsIn));
  await store.renewLease({ runnerId: runner, until: NOON + HOUR }, NOON);
});

test("a wish that was written down after a later one counted twice, and one told to an older file hid what that has missed", async () => {
  await using store = openSqliteStore(path);
  const add = (n: number): Promise<unknown> =>
    store.addDoNotCall([{ phoneNumber: fictionalNumber(n), source: "manual", reason: null, addedAt: NOON }]);
  await add(1);
  const first = known(wishesOf);
  await add(2);
  rememberWishes(path, first);
  expect(rememberedWishes(path)).toBe(known(wishesOf));
  await store.renewLease({ runnerId: "r", until: NOON + HOUR }, NOON);

  rememberWishes(path, 5);
  await add(3);
  expect(rememberedWishes(path)).toBe(6);
  await expect(store.renewLease({ runnerId: "r", until: NOON + HOUR }, NOON)).rejects.toMatchObject({
    code: "database_older",
    message: expect.stringContaining("lacks 3 of its changes") as string,
  });
});

test("a copy of before somebody was forbidden for longer was used: that counts as a wish", async () => {
  await using store = openSqliteStore(path);
  const add = (expiresAt?: number): Promise<unknown> =>
    store.addDoNotCall([
      {
        phoneNumber: fictionalNumber(1),
        source: "manual",
        reason: null,
        addedAt: NOON,
        ...(expiresAt && { expiresAt }),
      },
    ]);
  await add(NOON + HOUR);
  for (const [term, wishes] of [
    [NOON + 2 * HOUR, 2],
    [NOON + HOUR, 2],
    [undefined, 3],
    [undefined, 3],
  ] as const) {
    await add(term);
    expect([known(wishesOf), rememberedWishes(path)]).toEqual([wishes, wishes]);
  }
});
