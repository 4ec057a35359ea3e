/** What restore leaves beside the database: every command that removes or encrypts says that it is there. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { program } from "../support/program.ts";

const ANN = "+12025550101";
let dir = "";
let env: Record<string, string> = {};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-copies-"));
  env = { CAMPAIGNS_DB: join(dir, "data", "c.db"), HOME: dir, TZ: "UTC" };
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (...argv: string[]): Promise<Ran> => program(argv, { cwd: dir, env });

async function good(...argv: string[]): Promise<string> {
  const ran = await run(...argv);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran.stdout;
}

interface Said {
  readonly copies: readonly { readonly file: string; readonly encrypted: boolean }[];
}
const said = async (...argv: string[]): Promise<Said["copies"]> =>
  (JSON.parse(await good(...argv, "--json")) as Said).copies;

/** Somebody is in the database, a backup of it was restored, and what was there is beside it. Returns where. */
async function restored(): Promise<string> {
  writeFileSync(join(dir, "people.csv"), `phone,name\n${ANN},Ann Lee\n+12025550102,Bob Ray`);
  await good("contacts", "import", join(dir, "people.csv"), "--list", "members");
  await good("backup", "monday.db");
  await good("restore", "monday.db");
  return copyThere();
}

function copyThere(): string {
  const name = readdirSync(join(dir, "data")).find((each) => each.startsWith("c.db.replaced-")) ?? "";
  return join(dir, "data", name);
}

async function newKey(): Promise<void> {
  await good("keys", "new", join(dir, "key"));
  env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = join(dir, "key");
}

describe("a copy that restore left", () => {
  test("held an erased person, and erase did not say so", async () => {
    const copy = await restored();
    expect(await good("erase", ANN, "--dry-run")).toContain(copy);
    const text = await good("erase", ANN, "--yes");
    expect(readFileSync(copy, "latin1")).toContain("Ann Lee");
    expect(text).toContain(
      `what was stored before an earlier restore is still in ${copy}: remove each, with -wal and -shm beside it`,
    );
    expect(await said("erase", "+12025550102", "--yes")).toEqual([{ file: copy, encrypted: false }]);
  });

  test("held what was purged, and purge did not say so", async () => {
    const copy = await restored();
    expect(await good("purge", "--older-than", "0s", "--what", "contacts", "--yes")).toContain(copy);
    expect(await said("purge", "--older-than", "0s", "--what", "contacts", "--dry-run")).toHaveLength(1);
  });

  test("was plain beside an encrypted database, and no command said so", async () => {
    const copy = await restored();
    await newKey();
    const plain = `restore left copies beside the database that are not encrypted: ${copy}`;
    expect(await good("keys", "encrypt", "--yes")).toContain(plain);
    expect(await good("keys", "encrypt", "--yes")).toContain(plain);
    expect(await good("keys", "status")).toContain(plain);
    expect((await run("doctor")).stdout).toContain(plain);
    expect(await said("keys", "status")).toEqual([{ file: copy, encrypted: false }]);
  });

  test("is from before the encryption: restore did not say so", async () => {
    await restored();
    rmSync(copyThere());
    await newKey();
    await good("keys", "encrypt", "--yes");
    await good("backup", "tuesday.db");
    // A plain file is put in its place by somebody who has only that.
    delete env["CAMPAIGNS_ENCRYPTION_KEY_FILE"];
    rmSync(join(dir, "data"), { recursive: true });
    await good("restore", "monday.db");
    env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = join(dir, "key");
    const text = await good("restore", "tuesday.db");
    expect(text).toContain(`that are not encrypted: ${copyThere()}`);
  });

  test("is looked at without a trace, and one that is encrypted is no plain one", async () => {
    await newKey();
    writeFileSync(join(dir, "people.csv"), `phone,name\n${ANN},Ann Lee`);
    await good("contacts", "import", join(dir, "people.csv"), "--list", "members");
    await good("backup", "monday.db");
    await good("restore", "monday.db");
    const before = readdirSync(join(dir, "data")).filter((name) => name.includes("replaced"));
    expect(await good("keys", "status")).not.toContain("not encrypted");
    expect(await said("keys", "status")).toEqual([{ file: copyThere(), encrypted: true }]);
    expect(readdirSync(join(dir, "data")).filter((name) => name.includes("replaced"))).toEqual(before);
    expect((await run("doctor")).stdout).toContain(
      `what was stored before an earlier restore is still in ${copyThere()}`,
    );
    rmSync(copyThere());
    expect((await run("doctor")).stdout).toContain("restore has left no copy beside the database");
  });

  test("that a killed restore left half made is one too", async () => {
    const copy = await restored();
    const half = join(dir, "data", "c.db.restoring");
    writeFileSync(half, readFileSync(copy));
    writeFileSync(join(dir, "data", "c.db.reports"), "not ours");
    expect((await said("erase", ANN, "--yes")).map(({ file }) => file)).toEqual([copy, half]);
  });
});
