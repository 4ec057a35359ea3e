/** keys encrypt, rotate and decrypt, killed again and again: real processes on one file, at whatever row they happen to be. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readKeys } from "../../src/adapters/sealing-key.ts";
import { keyStatus, openForKeys } from "../../src/adapters/sqlite/rekeying.ts";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { Folder, Scratch } from "../support/cli.ts";

const AREAS = [201, 202, 203, 205, 206, 207, 208, 209, 210, 212];
const NUMBERS = AREAS.flatMap((area) =>
  Array.from({ length: 100 }, (_, n) => `+1${area}55501${String(n).padStart(2, "0")}`),
);
const FORBIDDEN = NUMBERS.filter((_, n) => n % 40 === 7);

let scratch: Scratch;
let keys: Folder;
beforeEach(() => {
  scratch = new Scratch();
  keys = new Folder();
});
afterEach(() => {
  scratch[Symbol.dispose]();
  keys[Symbol.dispose]();
});

async function good(...args: string[]): Promise<string> {
  const ran = await scratch.start(...args).ended;
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran.stdout;
}

/** False: it was killed, once the journal had been written to so often. */
async function finishes(writes: number, ...args: string[]): Promise<boolean> {
  const { code, stderr } = await scratch.killedAfter(writes, ...args);
  if (code !== null) expect(code, stderr).toBe(0);
  return code === 0;
}

/** Everybody is there, by name and number, and whoever is forbidden is so. Returns whether it is plain, or sealed with the newest of so many keys. */
async function expectWhole(keysAtEnd: number | "plain"): Promise<boolean> {
  const set = readKeys(readFileSync(join(keys.dir, "key"), "utf8"), "key");
  const db = openForKeys(scratch.db, set);
  const { encryption } = keyStatus(db);
  db.close();
  await using store = openSqliteStore(scratch.db, { keys: encryption === null ? null : set });
  const [campaign] = await store.findCampaigns("spring");
  const { calls } = await store.listCalls({ campaignId: campaign?.id ?? "", limit: NUMBERS.length });
  const callable = NUMBERS.filter((number) => !FORBIDDEN.includes(number));
  expect(calls.map(({ contact }) => [contact.phoneNumber, contact.name])).toEqual(
    callable.map((number) => [number, `Nomen ${number}`]),
  );
  for (const number of FORBIDDEN) expect(await store.doNotCall(number, systemClock.now())).toHaveLength(1);
  if (keysAtEnd === "plain") return encryption === null;
  return encryption?.state === "sealed" && encryption.key_id === set[0].id && set.length === keysAtEnd;
}

/** Killed after its last row it has finished, and rotate would begin anew. */
async function changed(keysAtEnd: number | "plain", ...command: string[]): Promise<void> {
  let kills = 0;
  let isDone = false;
  for (let writes = 3; !isDone; writes *= 3) {
    if (!(await finishes(writes, "keys", ...command))) kills++;
    isDone = await expectWhole(keysAtEnd);
  }
  expect(kills).toBeGreaterThan(1);
}

test("keys encrypt, rotate and decrypt lose nobody and forget nobody's wish, whenever they are killed", async () => {
  const rows = NUMBERS.map((number) => `Nomen ${number},${number}`);
  const csv = scratch.file("c.csv", `name,phone\n${rows.join("\n")}\n`);
  await good("create", "--name", "spring", "--csv", csv, "--assistant", "a", "--rules", "none");
  await good("dnc", "add", ...FORBIDDEN);
  await good("start", "spring");
  await good("keys", "new", join(keys.dir, "key"));
  scratch.env({ CAMPAIGNS_ENCRYPTION_KEY_FILE: join(keys.dir, "key") });
  await changed(1, "encrypt", "--yes");
  await changed(2, "rotate");
  const {
    state,
    numbers,
    keys_set: ids,
  } = JSON.parse(await good("keys", "status", "--json")) as {
    state: string;
    numbers: Record<string, number>;
    keys_set: string[];
  };
  // However often rotate was killed, it made one new key.
  expect(ids).toHaveLength(2);
  expect([state, Object.keys(numbers)]).toEqual(["sealed", ids.slice(0, 1)]);
  await changed("plain", "decrypt", "--yes");
  const plain = await good("keys", "status", "--json");
  expect(JSON.parse(plain)).toMatchObject({ state: "plain", numbers: { plain: expect.any(Number) as number } });
}, 240_000);
