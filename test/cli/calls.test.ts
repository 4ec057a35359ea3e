/** What operators read: calls, list and status, as text, CSV and JSON. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { contactsCsv, type Ran } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

const CREATE =
  "create --name spring --csv c.csv --assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --delay 0";
const CSV = `name,phone_number,plan
"O'Brien, Conan",+12025550110,"gold, ""old"""
Busy Bee,+12025550116,
Ada,+12025550111,
`;

let desk: SandboxDesk;
beforeEach(async () => {
  desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "answer", rings: 0, talks: 0.1 } }],
    numbers: { "+12025550116": [{ does: "refuse", status: 486, reason: "Busy Here" }] },
    agentJoinsAfter: 0,
  });
  desk.file("c.csv", CSV);
});
afterEach(() => desk[Symbol.asyncDispose]());

const run = (line: string): Promise<Ran> => desk.run(line.replace("c.csv", join(desk.dir, "c.csv")).split(" "));

test("calls, a page at a time, by status, as a table, JSON and CSV", async () => {
  await run(`${CREATE} --start`);
  expect((await run("run")).code).toBe(0);

  const { stdout } = await run("calls spring");
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toMatch(/^ID +NUMBER +NAME +STATUS +REASON +SIP +TRIES +SECONDS +OUTCOME$/);
  expect(lines[1]).toMatch(/ \+12025550110 +O'Brien, Conan +completed +completed +1 /);
  expect(lines[2]).toMatch(/ \+12025550116 +Busy Bee +busy +busy +486 +1$/);
  expect(lines).toHaveLength(4);

  const first = await run("calls spring --limit 2 --json");
  const page = JSON.parse(first.stdout) as { calls: { phone_number: string }[]; next: string };
  expect(page.calls.map((call) => call.phone_number)).toEqual(["+12025550110", "+12025550116"]);
  const second = await run(`calls spring --limit 2 --after ${page.next} --json`);
  expect(JSON.parse(second.stdout)).toMatchObject({ calls: [{ phone_number: "+12025550111" }], next: null });
  expect((await run("calls spring --limit 2")).stderr).toBe(`there are more: --after ${page.next}\n`);

  expect((await run("calls spring --status busy")).stdout.trimEnd().split("\n")).toHaveLength(2);
  expect((await run("calls spring --status failed")).stdout).toBe("no calls\n");
  expect(await run("calls spring --status gone")).toMatchObject({ code: 2 });
});

test.each(["nonsense", "-1", "1.5", "0x1", ""])(
  "--after %j began at the first page again: it is refused",
  async (cursor) => {
    await run(CREATE);
    for (const more of ["", " --csv", " --json"]) {
      const { code, stdout, stderr } = await run(`calls spring --after=${cursor}${more}`);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("after: expected the cursor of an earlier page");
    }
  },
);

test("calls --csv stopped after a hundred: it writes them all, under one header", async () => {
  desk.file("c.csv", contactsCsv(1100));
  const created = await run(`${CREATE} --start`);
  expect(created.code).toBe(0);
  const { stdout, stderr } = await run("calls spring --csv");
  expect(stderr).toBe("");
  const rows = stdout.trimEnd().split("\r\n");
  expect(rows).toHaveLength(1101);
  expect(rows.filter((row) => row.startsWith("id,"))).toHaveLength(1);
  expect((await run("calls spring --csv --limit 3")).stdout.trimEnd().split("\r\n")).toHaveLength(4);
});

test("a call's columns are quoted in CSV where they have to be, and variables are JSON", async () => {
  await run(`${CREATE} --start`);
  const { stdout } = await run("calls spring --csv --limit 1");
  expect(stdout).toContain(`,+12025550110,"O'Brien, Conan",`);
  expect(stdout).toContain(`,"{""plan"":""gold, \\""old\\""""}",`);
});

test("list shows a line each, and status a campaign's own numbers; --watch ends when it is completed", async () => {
  await run(CREATE);
  expect((await run("list")).stdout).toMatch(
    /^ID +NAME +STATUS +DONE +LIVE +REACHED +NEXT\n\w{8} +spring +idle +0\/3 +0 +0 +not started\n$/,
  );
  expect(JSON.parse((await run("list --status running --json")).stdout)).toEqual({ campaigns: [] });
  await run("start spring");
  const watching = run("status spring --watch --json");
  expect((await run("run")).code).toBe(0);
  const { stdout, code } = await watching;
  const seen = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { execution_status: string });
  expect(seen.at(0)?.execution_status).toBe("running");
  expect(seen.at(-1)).toMatchObject({ execution_status: "completed", calls: { completed: 2, busy: 1 } });
  expect(code).toBe(0);
  expect((await run("status --json")).stdout).toContain('"execution_status":"completed"');
});
