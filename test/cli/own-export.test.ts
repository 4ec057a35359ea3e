/** Our own CSV: safe to open in a spreadsheet when asked, and the same contacts when it comes back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { program } from "../support/program.ts";

let dir = "";
const run = (argv: readonly string[], stdin?: string): Promise<Ran> =>
  program(argv, {
    cwd: dir,
    env: { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ: "UTC" },
    ...(stdin === undefined ? {} : { stdin }),
  });
const contactOf = async (number: string, list: string): Promise<unknown> => {
  const { lists } = JSON.parse((await run(["contacts", "show", number, "--json"])).stdout) as {
    lists: { name: string; contact: unknown }[];
  };
  return lists.find(({ name }) => name === list)?.contact;
};

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-own-"));
  const rows = [
    "phone,name,email,company,city,note,__proto__",
    '+12025550101,"=HYPERLINK(""x"")",@SUM(1),"Engines, Inc.",Rome,"\tled by a tab","two\r\nlines"',
    "+12025550104,-1+1,a@example.com,,,  spaces  ,x",
  ];
  writeFileSync(join(dir, "in.csv"), `${rows.join("\n")}\n`);
  await run(["contacts", "import", join(dir, "in.csv"), "--list", "before"]);
  await run(["create", "--name", "c", "--assistant", "a", "--list", "before", "--start"]);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test.each([[[]], [["--escape-formulas"]]])("calls --csv %j imported again gives the same contacts", async (flags) => {
  const { stdout } = await run(["calls", "c", "--csv", ...flags]);
  const imported = await run(["contacts", "import", "-", "--list", "after"], stdout);
  expect(imported.code).toBe(0);
  for (const number of ["+12025550101", "+12025550104"]) {
    const { company: _, ...before } = (await contactOf(number, "before")) as Record<string, unknown>;
    expect(await contactOf(number, "after")).toMatchObject(before);
    expect(Object.keys((await contactOf(number, "after")) as { variables: object }).sort()).toEqual(
      Object.keys((await contactOf(number, "before")) as object).sort(),
    );
  }
  const { variables } = (await contactOf("+12025550101", "after")) as { variables: Record<string, string> };
  expect(new Map(Object.entries(variables))).toEqual(
    new Map([
      ["__proto__", "two\r\nlines"],
      ["city", "Rome"],
      ["company", "Engines, Inc."],
      ["note", "\tled by a tab"],
    ]),
  );
});

test("formulas are escaped on request, and left alone otherwise", async () => {
  const plain = (await run(["calls", "c", "--csv"])).stdout;
  const escaped = (await run(["calls", "c", "--csv", "--escape-formulas"])).stdout;
  for (const cell of ['"=HYPERLINK(""x"")"', ",@SUM(1)", ",-1+1", ",+12025550101"]) expect(plain).toContain(cell);
  for (const cell of [`"'=HYPERLINK(""x"")"`, ",'@SUM(1)", ",'-1+1", ",'+12025550101"]) expect(escaped).toContain(cell);
  expect(escaped).not.toMatch(/(^|,)"?[=@+-](?!\d*")/m);
});

test("who said do_not_call in a call is not called by another machine either", async () => {
  const { calls } = JSON.parse((await run(["calls", "c", "--json"])).stdout) as { calls: { id: string }[] };
  await run(["outcome", calls[0]?.id ?? "", "do_not_call"]);
  const { stdout } = await run(["calls", "c", "--csv"]);
  await run(["dnc", "remove", "+12025550101"]);
  expect((await run(["contacts", "import", "-", "--list", "after"], stdout)).stderr).toContain("1 do-not-call");
  expect((await run(["dnc", "check", "+12025550101"])).code).toBe(0);
});

test("the do-not-call list too", async () => {
  await run(["dnc", "add", "+12025550101", "--reason", "=1+1"]);
  const { stdout } = await run(["dnc", "export", "--escape-formulas"]);
  expect(stdout).toContain("'+12025550101,operator,'=1+1");
  await run(["dnc", "remove", "+12025550101"]);
  expect((await run(["dnc", "import", "-"], stdout)).code).toBe(0);
  expect((await run(["dnc", "check", "+12025550101"])).code).toBe(0);
});
