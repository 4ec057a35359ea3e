/** Numbers and names that are not for every user of the machine to read: from standard input, or from a file. */
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SandboxDesk } from "../support/desk.ts";

const NUMBER = "+12025550110";
const OTHER = "+12025550111";

let desk: SandboxDesk;
beforeEach(async () => {
  desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 } }],
    agentJoinsAfter: 0,
  });
});
afterEach(() => desk[Symbol.asyncDispose]());

test("dnc add and remove take many, one a line, from either", async () => {
  desk.file("numbers.txt", `\ufeff${NUMBER}\r\n\r\n  ${OTHER}  \r\n`);
  expect(await desk.run(["dnc", "add", "@numbers.txt"])).toMatchObject({ code: 0 });
  expect(await desk.run(["dnc", "check", "-"], `${OTHER}\n`)).toMatchObject({ code: 0 });
  expect(await desk.run(["dnc", "remove", "-"], `${NUMBER}\n${OTHER}\n`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("2 numbers removed") as string,
  });
});

test("commands about one number take it from either", async () => {
  const csv = desk.file("c.csv", `phone\n${NUMBER}\n`);
  await desk.run(["create", "--name", "c", "--csv", csv, "--assistant", "a1", "--start"]);
  for (const argv of [
    ["explain", "c"],
    ["contacts", "show"],
    ["contacts", "consent"],
  ]) {
    expect(await desk.run([...argv, "-"], `${NUMBER}\n`)).toMatchObject({ code: 0 });
    desk.file("one", NUMBER);
    expect(await desk.run([...argv, "@one"])).toMatchObject({ code: 0 });
    expect(await desk.run([...argv, "-"], `${NUMBER}\n${OTHER}\n`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected one number, got 2") as string,
    });
    expect(await desk.run([...argv, "-"])).toMatchObject({ code: 2 });
  }
});

test("dial takes the number and the name", async () => {
  desk.file("name", "Ada Lovelace\n");
  const argv = ["dial", "-", "--name", "@name", "--trunk", "sandbox", "--force", "--yes"];
  await desk.run(argv, `${NUMBER}\n`);
  expect(desk.sandbox.world.dials).toMatchObject([{ sipCallTo: NUMBER }]);
  const db = new DatabaseSync(desk.db);
  expect(db.prepare("select contact_name as name from campaign_calls").all()).toMatchObject([{ name: "Ada Lovelace" }]);
  db.close();
});

test.each([
  [["dial", "-", "--name", "-", "--trunk", "sandbox"], "expected - once"],
  [["dnc", "add", "-", "-"], "expected - once"],
  [["dnc", "add", "@nowhere"], "expected a readable file behind @"],
  [["dnc", "add", "-"], "expected a number such as"],
])("%j is refused, without what came", async (argv, sentence) => {
  const { code, stderr } = await desk.run(argv, "09876 5\n");
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain("09876");
  expect(code).toBe(2);
});

test.each([
  ["dial"],
  ["explain"],
  ["contacts", "show"],
  ["contacts", "consent"],
  ["dnc", "add"],
  ["dnc", "remove"],
  ["dnc", "check"],
])("the help of %s %s says why", async (...argv) => {
  expect((await desk.run([...argv, "--help"])).stdout).toContain("can be read by every user of this machine");
});
