/** A file that is long enough to be read in a thread of its own, by the program as it is shipped. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Scratch } from "../support/cli.ts";

const ROWS = 2_100;
const NOTE = "n".repeat(10_000);
const row = (n: number): string =>
  `Ann ${n},+1${201 + Math.floor(n / 100)}55501${String(n % 100).padStart(2, "0")},${NOTE}\n`;
const rows = Array.from({ length: ROWS }, (_, n) => (n === 7 ? `Ann 7,nobody,${NOTE}\n` : row(n)));

test("a long file becomes a campaign, and what is wrong in it is told by its line", async () => {
  using scratch = new Scratch();
  const file = scratch.file("long.csv", `name,phone,note\n${rows.join("")}`);
  const create = ["create", "--assistant", "a", "--csv", file];
  const rejects = join(scratch.dir, "rejects.csv");
  const { code, stdout, stderr } = await scratch.start(...create, "--name", "long", "--rejects", rejects, "--json")
    .ended;
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("rror")]);
  const { import: report } = JSON.parse(stdout) as { import: { read: number; rejected: object; examples: unknown[] } };
  expect(report.read).toBe(ROWS);
  expect(report.examples[0]).toMatchObject({ line: 9, column: "phone" });
  expect(readFileSync(rejects, "utf8")).toContain("\r\n9,phone,");

  const torn = scratch.file("torn.csv", `name,phone,note\n${rows.join("")}"Bo,+12025550101,\n"Cy","+12025550102",\n`);
  const broken = await scratch.start("create", "--assistant", "a", "--name", "torn", "--csv", torn).ended;
  expect(broken.code).toBe(2);
  expect(broken.stderr).toContain(`line ${ROWS + 2}`);
  const { stdout: listed } = await scratch.start("list", "--json").ended;
  expect((JSON.parse(listed) as { campaigns: { name: string }[] }).campaigns.map(({ name }) => name)).toEqual(["long"]);
});
