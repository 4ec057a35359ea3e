/** The do-not-call list as an operator keeps it: lists of it, terms, prefixes, and what is swapped for what. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { program } from "../support/program.ts";

const [A, B, C] = ["+12025550101", "+12025550102", "+12025550103"] as const;
let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-dnc-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (argv: readonly string[], stdin?: string): Promise<Ran> =>
  program(argv, {
    cwd: dir,
    env: { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ: "UTC" },
    ...(stdin === undefined ? {} : { stdin }),
  });
const dnc = (...argv: string[]): Promise<Ran> => run(["dnc", ...argv]);
const load = (lines: readonly string[], ...flags: string[]): Promise<Ran> => {
  writeFileSync(join(dir, "list.csv"), lines.join("\n"));
  return dnc("import", join(dir, "list.csv"), ...flags);
};
const json = async (...argv: string[]): Promise<unknown> =>
  JSON.parse((await dnc(...argv, "--json")).stdout) as unknown;
const onList = async (...numbers: string[]): Promise<boolean[]> => {
  const { numbers: found } = (await json("check", ...numbers)) as { numbers: { do_not_call: boolean }[] };
  return found.map(({ do_not_call }) => do_not_call);
};

describe("lists", () => {
  test("a number on two of them is free only when it is off both", async () => {
    await load([A, B], "--source", "ftc");
    await dnc("add", A, "--reason", "asked");
    expect((await dnc("check", A)).stdout).toMatch(/from ftc; and since .*, from operator \(asked\)/);
    await dnc("remove", A, "--source", "operator");
    expect(await onList(A)).toEqual([true]);
    expect(await dnc("remove", "--source", "ftc")).toMatchObject({ code: 0, stdout: "2 numbers removed from ftc\n" });
    expect(await onList(A, B)).toEqual([false, false]);
  });

  test("check takes several, and is content only when all are on it", async () => {
    await dnc("add", A, B);
    expect((await dnc("check", A, B)).code).toBe(0);
    const { code, stdout } = await dnc("check", A, C);
    expect(code).toBe(1);
    expect(stdout).toContain(`${C}  not on the do-not-call list`);
  });

  test("an answer that is no, with --json, is on stdout and is no error", async () => {
    const checked = await dnc("check", A, "--json");
    expect(checked).toMatchObject({ code: 1, stderr: "" });
    expect(JSON.parse(checked.stdout)).toMatchObject({ do_not_call: false });
    const loaded = await load([A, "soon"], "--json");
    expect(loaded.code).toBe(1);
    expect(JSON.parse(loaded.stdout)).toMatchObject({ added: 1, import: { kept: 1 } });
    expect(loaded.stderr).not.toContain('"error"');
  });

  test("a list by the name of erasures had all who were on it erased by the next restore, and took the erasures' place", async () => {
    writeFileSync(join(dir, "people.csv"), `phone\n${A}\n`);
    await run(["contacts", "import", "people.csv", "--list", "members"]);
    await run(["erase", A, "--yes"]);
    for (const refused of [
      await dnc("add", B, "--source", "erased"),
      await load([B], "--source", "erased", "--replace"),
    ])
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--source: erased is for") as string });
    expect(await onList(A, B)).toEqual([true, false]);
    expect(await json("sources")).toMatchObject({ sources: [{ source: "erased", entries: 1 }] });
  });

  test("sources says how many and how old", async () => {
    await load([A, B], "--source", "ftc");
    await dnc("add", C);
    expect((await dnc("sources")).stdout).toMatch(
      /SOURCE +NUMBERS +REFRESHED\nftc +2 +0 days ago\noperator +1 +0 days ago/,
    );
    expect(await json("sources")).toMatchObject({ sources: [{ source: "ftc", entries: 2, age_days: 0 }, {}] });
  });

  test.each([
    [["remove"], 2, "expected numbers, --source, or both"],
    [["remove", "--source", "nobody"], 1, 'no number is on the list "nobody"'],
    [["add", A, "--source", " "], 2, "--source: expected a name"],
    [["add", A, "--expires", "soon"], 2, "--expires: expected a date to come"],
    [["add", A, "--expires", "2020-01-01"], 2, "--expires: expected a date to come"],
  ])("%j is refused", async (argv, code, sentence) => {
    const ran = await dnc(...argv);
    expect(ran.stderr).toContain(sentence);
    expect(ran.stderr).not.toMatch(/\d{7}/);
    expect(ran.code).toBe(code);
  });
});

describe("--replace", () => {
  test("the list has the new numbers then, and no others; other lists keep theirs", async () => {
    await dnc("add", A);
    await load([A, B], "--source", "ftc");
    const { stdout, code } = await load([B, C], "--source", "ftc", "--replace");
    expect([code, stdout]).toEqual([0, "2 numbers on the list now, in place of 2\n"]);
    expect(await json("list", "--source", "ftc")).toMatchObject({
      numbers: [
        { phone_number: B, source: "ftc" },
        { phone_number: C, source: "ftc" },
      ],
    });
    expect(await onList(A)).toEqual([true]);
  });

  test("when a row cannot be read, the old numbers stay: it may be one of them", async () => {
    await load([A, B], "--source", "ftc");
    const { stdout, code } = await load([C, "2025550102"], "--source", "ftc", "--replace");
    expect(code).toBe(1);
    expect(stdout).toContain("the numbers of before stay on the list");
    expect(await onList(A, B, C)).toEqual([true, true, true]);
  });

  test("a file that breaks leaves the list as it was", async () => {
    await load([A, B], "--source", "ftc");
    const { code } = await load(["phone", C, '"+1202'], "--source", "ftc", "--replace");
    expect(code).toBe(2);
    expect(await onList(A, B, C)).toEqual([true, true, false]);
    expect(await json("sources")).toMatchObject({ sources: [{ source: "ftc", entries: 2 }] });
  });
});

test("a campaign that needs a list is not started without it, and says so before", async () => {
  const create = ["create", "--name", "n", "--csv", "-", "--assistant", "a1", "--needs-dnc", "ftc", "--max-age", "28d"];
  const { code } = await run(create, `name,phone\nAda,${B}\n`);
  expect(code).toBe(0);
  expect((await run(["start", "n", "--dry-run"])).stdout).toContain("not before this is mended: the do-not-call list");
  const refused = await run(["start", "n"]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('cannot start "n": the do-not-call list "ftc" was never imported whole');
  expect(refused.stderr).toContain("campaigns dnc import FILE --source ftc --replace");
  await load([A], "--source", "ftc", "--replace");
  expect((await run(["start", "n"])).code).toBe(0);
  const status = JSON.parse((await run(["status", "n", "--json"])).stdout) as unknown;
  expect(status).toMatchObject({ needs_dnc: ["ftc"], max_age: "28d" });
});

test("of a file that broke off nobody was put on the list who stood in its last two thousand rows", async () => {
  const many = (rows: number): string[] => Array.from({ length: rows }, () => A);
  const { code, stderr } = await load(["phone", ...many(2_700), B, ...many(1_800), '"+1202']);
  expect([code, stderr]).toEqual([2, expect.stringContaining("expected every quote to be closed")]);
  expect(await onList(A, B)).toEqual([true, true]);
});

test("a download that broke off at its header empties no list", async () => {
  await load([A], "--source", "ftc");
  const { code, stderr } = await load(["phone_number", ""], "--source", "ftc", "--replace");
  expect(code).toBe(2);
  expect(stderr).toContain("expected at least one number, found none in list.csv: the list stays as it was");
  expect(await onList(A)).toEqual([true]);
});

describe("prefixes and terms", () => {
  test("a prefix suppresses every number that begins so, until it is removed", async () => {
    await dnc("add", "+1202555*");
    expect(await onList(A, "+12125550101")).toEqual([true, false]);
    await dnc("remove", "+1 202 555*");
    expect(await onList(A)).toEqual([false]);
  });
  test.each(["+*", "*", "1900*", "+1*0", "+0*"])("%s is no prefix", async (text) =>
    expect((await dnc("add", text)).code).toBe(2),
  );
  test("a whole number with an asterisk is that number, and not kept in plain as a prefix is", async () => {
    await dnc("add", `${A}*`);
    await load(["+13125550102", "+12125550101*"], "--source", "own");
    expect(await onList(A, "+12125550101")).toEqual([true, true]);
    expect((await dnc("export")).stdout).not.toContain("*");
    // More digits may follow.
    await dnc("add", "+49 89 12345*");
    expect(await onList("+4989123456")).toEqual([true]);
  });
  test("a list may hold them", async () => {
    expect((await load([A, "+1999*"], "--source", "own")).code).toBe(0);
    expect(await onList("+19995550101", A)).toEqual([true, true]);
  });
  test("a term is shown, and is a date or a duration", async () => {
    await dnc("add", A, "--expires", "30d");
    await dnc("add", B, "--expires", "2999-12-31");
    expect((await dnc("check", B)).stdout).toContain("until 2999-12-31T00:00:00.000Z");
    expect(await onList(A, B)).toEqual([true, true]);
  });
});

test("export writes the whole list, which can be imported again", async () => {
  await load([A, B], "--source", "ftc", "--reason", "federal, list");
  await dnc("add", "+1999*");
  const { stdout } = await dnc("export", "--csv");
  expect(stdout.split("\r\n")).toEqual([
    "phone_number,source,reason,added_at,expires_at,added_by",
    expect.stringMatching(/^\+12025550101,ftc,"federal, list",20\d\d-/),
    expect.stringMatching(/^\+12025550102,ftc,/),
    expect.stringMatching(/^\+1999\*,operator,,/),
    "",
  ]);
  const lines = (await dnc("export", "--source", "ftc", "--json")).stdout.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { phone_number: string }).phone_number)).toEqual([A, B]);
  await dnc("remove", "--source", "ftc");
  await dnc("remove", "+1999*");
  expect((await run(["dnc", "import", "-"], stdout)).code).toBe(0);
  expect(await onList(A, B, "+19995550101")).toEqual([true, true, true]);
});
