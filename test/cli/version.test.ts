/** Which program it is: for people its version, for scripts and bug reports all that its answers hang on. */
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { schemaSql } from "../../src/adapters/supabase/schema.ts";
import { shippedRules } from "../../src/domain/hours/rules.ts";
import { Folder } from "../support/cli.ts";
import { program } from "../support/program.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

test.each([["--version"], ["-V"]])("%s is one line", async (flag) => {
  expect(await program([flag], { cwd: "/" })).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each([
  ["--version", "--json"],
  ["--json", "--version"],
  ["-V", "--json"],
])("%s %s says all versions, those of the schemas as a database has them", async (...argv) => {
  using scratch = new Folder();
  const { code, stdout, stderr } = await program(argv, { cwd: scratch.dir });
  expect([code, stderr]).toEqual([0, ""]);
  await program(
    ["contacts", "import", scratch.file("c.csv", "phone\n+12025550110"), "--list", "l", "--db", scratch.db],
    {
      cwd: scratch.dir,
    },
  );
  using database = new DatabaseSync(scratch.db, { readOnly: true });
  const supabase = Math.max(...[...schemaSql().matchAll(/\(version\) values \((\d+)\)/g)].map(([, n]) => Number(n)));
  expect(JSON.parse(stdout)).toEqual({
    version,
    node: process.versions.node,
    schema: {
      sqlite: database.prepare("pragma user_version").get()?.["user_version"],
      supabase,
    },
    time_zones: { node: process.versions["tz"], program: expect.stringMatching(/^20\d\d[a-z]$/) },
    rules: shippedRules().version,
  });
});
