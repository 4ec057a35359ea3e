/** campaigns keys: contact data that is encrypted, from the key to the last call. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Folder, type Ran } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

const CSV = `name,phone,email,company,city,do_not_call
Adalovelace,+12025550101,ada@example.com,Enginehouse,Springfield,
Gracehopper,+12025550102,grace@example.com,Navyyard,Arlington,
Alanturing,+12025550103,alan@example.com,Hutsix,Bletchley,
Edsgerdijkstra,+12025550104,edsger@example.com,Mathcentre,Eindhoven,yes
`;
const SECRETS =
  /\+?1?202\D?555\D?01\d\d|adalovelace|gracehopper|alanturing|edsger|@example\.com|enginehouse|navyyard|hutsix|mathcentre|springfield|arlington|bletchley|eindhoven|wonderland|on the phone/gi;

const SAID = [{ verdict: { v: 1, seq: 1, outcome: "interested", notes: "said so on the phone" } }];

let desk: SandboxDesk;
let keys: Folder;
beforeEach(async () => {
  desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 0.3, says: SAID } }],
    agentJoinsAfter: 0,
  });
  keys = new Folder();
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  keys[Symbol.dispose]();
});

/** Makes a key, and sets it. */
async function newKey(): Promise<string> {
  const path = join(keys.dir, "key");
  const { key } = JSON.parse((await good("keys", "new", path, "--json")).stdout) as { key: string };
  desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = path;
  return key;
}

async function good(...argv: string[]): Promise<Ran> {
  const ran = await desk.run(argv);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran;
}

const status = async (): Promise<unknown> => JSON.parse((await good("keys", "status", "--json")).stdout);

async function campaign(): Promise<void> {
  desk.file("contacts.csv", CSV);
  const all = ["--hours", "0-24", "--days", "all", "--rules", "none", "--delay", "0s"];
  await good(
    "create",
    "--name",
    "spring",
    "--csv",
    "contacts.csv",
    "--assistant",
    "a",
    "--prompt",
    "to Wonderland",
    ...all,
  );
}

/** What is to be found in any file of the desk but the CSV. */
const leaks = (): string[] =>
  readdirSync(desk.dir)
    .filter((name) => !name.endsWith(".csv"))
    .flatMap((name) =>
      [...new Set(readFileSync(join(desk.dir, name), "latin1").match(SECRETS))].map((found) => `${name}: ${found}`),
    );

describe("a whole campaign", () => {
  test("leaves no number and no name in the database, its journal, a backup or what is logged", async () => {
    await newKey();
    await campaign();
    expect(leaks()).toEqual([]);
    await good("contacts", "import", "contacts.csv", "--list", "members");
    await good("dnc", "add", "+12025550102", "--reason", "asked on the phone");
    await good("start", "spring");
    desk.env["DEBUG"] = "campaigns,outbound,livekit";
    const run = await good("run", "--json");
    delete desk.env["DEBUG"];
    expect(`${run.stdout}${run.stderr}`.match(SECRETS)).toBeNull();
    await good("backup", "monday.db");
    expect(leaks()).toEqual([]);

    const calls = (await good("calls", "spring", "--csv")).stdout;
    expect(calls).toMatch(/12025550101.*Adalovelace/);
    expect(calls).toContain("said so on the phone");
    expect(calls).not.toContain("12025550102");
    expect((await good("contacts", "show", "+12025550101")).stdout).toContain("Adalovelace");
    expect((await good("dnc", "check", "+12025550102", "--json")).stdout).toContain("asked on the phone");
    expect((await good("export", "+12025550103")).stdout).toMatch(/Alanturing[^]*Bletchley/);
    await good("erase", "+12025550103", "--yes");
    expect((await good("export", "+12025550103")).stdout).not.toMatch(/Alanturing|Bletchley/);
    await good("restore", "monday.db");
    expect((await good("export", "+12025550103")).stdout).not.toMatch(/Alanturing|Bletchley/);
    expect((await good("calls", "spring", "--csv")).stdout).toContain("Adalovelace");
  });
});

describe("keys encrypt", () => {
  test("says whom it locks out, asks, and leaves nothing readable behind; decrypt is the way back", async () => {
    await campaign();
    expect(await status()).toMatchObject({ state: "plain", numbers: { plain: 6 } });
    expect(await desk.run(["keys", "encrypt", "--yes"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("none is set"),
    });
    const key = await newKey();
    const plain = await desk.run(["list"]);
    expect(plain).toMatchObject({ code: 2, stderr: expect.stringContaining("campaigns keys encrypt encrypts it") });
    expect(await desk.run(["keys", "encrypt"])).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
    expect(leaks()).not.toEqual([]);
    await good("keys", "encrypt", "--yes");
    expect(await status()).toEqual({
      state: "sealed",
      key,
      old_key: null,
      keys_set: [key],
      numbers: { [key]: 6 },
      copies: [],
    });
    expect(leaks()).toEqual([]);
    expect((await good("keys", "encrypt", "--yes")).stdout).toContain("nothing is left to do");

    await good("keys", "decrypt", "--yes");
    delete desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"];
    expect(await status()).toMatchObject({ state: "plain", numbers: { plain: 6 } });
    expect((await good("calls", "spring", "--json")).code).toBe(0);
    expect(readFileSync(desk.db, "latin1")).toContain("Adalovelace");
  });

  test("said that it was done while a reader kept all that was there before on the disk: it says so, and sees to it when it is run again", async () => {
    await campaign();
    const said = "another program is reading the database";
    using reader = new DatabaseSync(desk.db, { readOnly: true });
    const read = (): void => reader.exec("begin; select count(*) from campaigns");
    await newKey();
    read();
    expect((await good("keys", "encrypt", "--yes")).stdout).toContain(said);
    expect((await good("keys", "encrypt", "--yes")).stdout).toMatch(new RegExp(`^nothing is left to do\n${said}`));
    expect(leaks()).not.toEqual([]);
    reader.exec("rollback");
    const again = await good("keys", "encrypt", "--yes", "--json");
    expect(JSON.parse(again.stdout)).toMatchObject({ rows: 0, still_read: false });
    expect(leaks()).toEqual([]);

    read();
    expect((await good("keys", "rotate")).stdout).toContain(said);
    // What it has written is meant to be read, and what was there before nobody can.
    const plain = await good("keys", "decrypt", "--yes", "--json");
    expect(JSON.parse(plain.stdout)).toMatchObject({ still_read: true });
  }, 60_000);
});

test("doctor says whether contact data is encrypted, with which key, and that the key is missing", async () => {
  await campaign();
  const line = async (): Promise<string> =>
    (await desk.run(["doctor"])).stdout
      .split("\n")
      .filter((text) => /encrypt|key/.test(text))
      .join("\n");
  expect(await line()).toContain("contact data is not encrypted");
  const key = await newKey();
  await good("keys", "encrypt", "--yes");
  expect(await line()).toContain(`contact data is encrypted with key ${key}`);
  delete desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"];
  expect(await line()).toMatch(/^failed +database +the database is encrypted/m);
});

test("keys rotate makes a new key, keeps the old one for backups, and one of both is enough for nobody else", async () => {
  const old = await newKey();
  const path = join(keys.dir, "key");
  await campaign();
  await good("backup", "monday.db");
  await good("keys", "rotate");
  const { key } = (await status()) as { key: string };
  expect(key).not.toBe(old);
  expect(await status()).toEqual({
    state: "sealed",
    key,
    old_key: null,
    keys_set: [key, old],
    numbers: { [key]: 6 },
    copies: [],
  });
  expect(readdirSync(keys.dir)).toEqual(["key"]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await good("restore", "monday.db");
  expect(await status()).toMatchObject({ state: "sealed", key: old, numbers: { [old]: 6 } });
  // The file has a newer key than the database: that one is used, and no third is made.
  await good("keys", "rotate");
  expect(await status()).toMatchObject({ key, keys_set: [key, old] });
  expect((await good("dnc", "check", "+12025550104")).stdout).toContain("marked do-not-call");
});

test("keys rotate put a plain file in the place of a link, and the new key was not where the link had pointed", async () => {
  const vault = join(keys.dir, "vault");
  mkdirSync(vault);
  const [path, link] = [join(vault, "key"), join(keys.dir, "link")];
  const { key: old } = JSON.parse((await good("keys", "new", path, "--json")).stdout) as { key: string };
  symlinkSync(join("vault", "key"), link);
  desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = link;
  await campaign();
  await good("keys", "encrypt", "--yes");
  await good("keys", "rotate");
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect([readdirSync(vault), statSync(path).mode & 0o777]).toEqual([["key"], 0o600]);
  desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = path;
  expect(await status()).toMatchObject({ keys_set: [expect.not.stringMatching(old), old] });
  expect((await good("dnc", "check", "+12025550104")).stdout).toContain("marked do-not-call");
});

test("the new key of one of two keys rotate at once was in no file, with all that it had sealed: the second waits its turn", async () => {
  await newKey();
  const path = join(keys.dir, "key");
  await campaign();
  await good("keys", "encrypt", "--yes");
  const before = readFileSync(path, "utf8");
  // As another has it that is about to put it in the file's place.
  writeFileSync(`${path}.new`, "");
  expect(await desk.run(["keys", "rotate"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/key\.new is there[^]*remove/) as string,
  });
  expect([readFileSync(path, "utf8"), readFileSync(`${path}.new`, "utf8")]).toEqual([before, ""]);
  rmSync(`${path}.new`);
  await good("keys", "rotate");
  expect(readdirSync(keys.dir)).toEqual(["key"]);
  expect(readFileSync(path, "utf8")).toContain(before);
});

describe("a key file", () => {
  test("is its owner's alone, and not where the data is", async () => {
    await newKey();
    const path = join(keys.dir, "key");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o644);
    expect(await desk.run(["list"])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/found mode 0644[^]*chmod 600/),
    });
    chmodSync(path, 0o600);
    const inside = await desk.run(["keys", "new", join(desk.dir, "key")]);
    expect(inside).toMatchObject({ code: 2, stderr: expect.stringContaining("outside the directory of the database") });
    desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = desk.file("key", readFileSync(path, "utf8"));
    chmodSync(join(desk.dir, "key"), 0o600);
    expect(await desk.run(["list"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("outside the directory"),
    });
  });

  test("a link from elsewhere to a key beside the data was taken for a key elsewhere", async () => {
    await newKey();
    const inside = desk.file("key", readFileSync(join(keys.dir, "key"), "utf8"));
    chmodSync(inside, 0o600);
    const link = join(keys.dir, "link");
    symlinkSync(inside, link);
    desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = link;
    expect(await desk.run(["list"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("outside the directory"),
    });
  });

  test("a key beside the data was not found there when a link led to the database", async () => {
    using elsewhere = new Folder();
    await good("dnc", "add", "+12025550101");
    const db = join(elsewhere.dir, "campaigns.db");
    symlinkSync(desk.db, db);
    expect(await desk.run(["--db", db, "keys", "new", join(desk.dir, "key")])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("outside the directory"),
    });
  });

  test("is never overwritten", async () => {
    await newKey();
    const before = readFileSync(join(keys.dir, "key"));
    expect(await desk.run(["keys", "new", join(keys.dir, "key")])).toMatchObject({ code: 2 });
    expect(readFileSync(join(keys.dir, "key"))).toEqual(before);
  });
});
