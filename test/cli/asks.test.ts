/** What cannot be taken back: asked about on a terminal. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { contactsCsv, type Ran } from "../support/cli.ts";
import { Desk } from "../support/desk.ts";
import { program } from "../support/program.ts";

let desk: Desk;
beforeEach(async () => {
  desk = new Desk();
  const csv = desk.file("c.csv", contactsCsv(3));
  const create = ["create", "--name", "spring", "--csv", csv, "--assistant", "a1", "--timezone", "Europe/London"];
  expect(await desk.run(create)).toMatchObject({ code: 0 });
});
afterEach(() => desk[Symbol.asyncDispose]());

const typing = (typed: string, ...argv: string[]): Promise<Ran> =>
  program(argv, { cwd: desk.dir, env: { ...desk.env, NO_COLOR: "1" }, typed });

const status = async (): Promise<unknown> =>
  (JSON.parse((await desk.run(["status", "spring", "--json"])).stdout) as Record<string, unknown>)["execution_status"];

const QUESTION = '"spring" will end for good, with 3 contacts not called any more.\nType yes to go on: ';

test.each(["no\n", "y\n", "\n", ""])("stop on a terminal asks, and %j stops nothing", async (typed) => {
  for (const [before, ...argv] of [["idle"], ["running", "--now", "--idempotent"]]) {
    const { code, stdout, stderr } = await typing(typed, "stop", "spring", ...argv);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(QUESTION);
    expect(stderr).toContain("nothing was stopped\n  campaigns pause stops dialing until resume");
    expect(await status()).toBe(before);
    await desk.run(["start", "spring"]);
  }
});

test("yes stops it, --yes asks nothing, and what is stopped already is not asked about", async () => {
  const stopped = await typing("yes\n", "stop", "spring");
  expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining("spring is completed") as string });
  expect(stopped.stderr).toBe(QUESTION);
  const again = await typing("", "stop", "spring", "--idempotent");
  expect(again).toMatchObject({ code: 0, stderr: '"spring" is completed already\n' });
  expect(await typing("", "stop", "spring")).toMatchObject({ code: 1 });
  await desk.run(["create", "--name", "autumn", "--csv", `${desk.dir}/c.csv`, "--assistant", "a1"]);
  expect(await typing("", "stop", "autumn", "--yes")).toMatchObject({ code: 0, stderr: "" });
});

test("stop in a script goes ahead: a brake that refuses leaves phones ringing", async () => {
  expect(await desk.run(["stop", "spring"])).toMatchObject({ code: 0, stderr: "" });
  expect(await status()).toBe("completed");
});

test("erase asks on a terminal, and a script says --yes", async () => {
  const contacts = async (): Promise<number> =>
    (JSON.parse((await desk.run(["status", "spring", "--json"])).stdout) as { contacts: number }).contacts;
  for (const typed of ["no\n", ""]) {
    const { code, stderr } = await typing(typed, "erase", "+12015550100");
    expect(code).toBe(2);
    expect(stderr).toContain("1 row of a file will be removed, for good.\nType yes to go on: ");
    expect(stderr).toContain("nothing was removed");
  }
  expect(await desk.run(["erase", "+12015550100"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("expected --yes, since nobody is there to ask") as string,
  });
  expect(await contacts()).toBe(3);
  expect(await typing("yes\n", "erase", "+12015550100")).toMatchObject({ code: 0 });
  expect(await contacts()).toBe(2);
});
