/** What somebody sees who looks at a terminal while a campaign runs. */
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { SandboxDesk } from "../support/desk.ts";
import { program } from "../support/program.ts";

const CSV = "name,phone_number\nAda,+12025550110\nBusy,+12025550116\nBob,+12025550111\n";
const CREATE =
  "--assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --delay 700ms --start";

test("a run shows where its campaign is in a window of its own; what happened and a status stay behind", async () => {
  await using desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "answer", rings: 0, talks: 1 } }],
    numbers: { "+12025550116": [{ does: "refuse", status: 486, reason: "Busy Here" }] },
    agentJoinsAfter: 0,
  });
  const csv = desk.file("c.csv", CSV);
  await desk.run(["create", "--name", "spring", "--csv", csv, ...CREATE.split(" ")]);
  const { code, stdout, stderr } = await program(["run"], { cwd: desk.dir, env: desk.env, onTerminal: true });
  expect(code).toBe(0);
  // The window is taken and given back, once each.
  expect(stderr.split("\u001b[?1049h")).toHaveLength(2);
  expect(stderr.trimEnd().endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  const shown = stripVTControlCharacters(stderr);
  expect(shown).toMatch(/ spring +[█░]{20} +[012]\/3 +\d+% +\d +(\d+%|-) +\d +\d\/100 +700ms +dialing/);
  expect(shown).toMatch(/ spring +█{7,13}░{7,13} +[12]\/3/);
  expect(shown).toMatch(/ 0:0\d (dialing|talking) +spring +(Ada|Bob)/);
  const lines = stripVTControlCharacters(stdout).split("\n");
  for (const said of [
    "spring: dialing",
    "+1202•••0116  the line was busy (SIP 486 Busy Here)",
    "spring: completed, every call is final",
  ]) {
    expect(lines.some((line) => line.includes(said))).toBe(true);
  }
  expect(stdout).toMatch(/total +3/);
});

test("a terminal without columns kept a run busy for ever, drawing: it gets plain lines", async () => {
  await using desk = await SandboxDesk.open({ agentJoinsAfter: 0 });
  const csv = desk.file("c.csv", "name,phone_number\nBusy,+12025550116\n");
  await desk.run(["create", "--name", "spring", "--csv", csv, ...CREATE.split(" ")]);
  const ran = await program(["run"], { cwd: desk.dir, env: desk.env, onTerminal: true, columns: 0 });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toContain("the line was busy");
});

test("a dumb terminal gets plain lines, and nothing that steers it", async () => {
  await using desk = await SandboxDesk.open({ agentJoinsAfter: 0 });
  const csv = desk.file("c.csv", "name,phone_number\nBusy,+12025550116\n");
  await desk.run(["create", "--name", "spring", "--csv", csv, ...CREATE.split(" ")]);
  const env = { ...desk.env, TERM: "dumb" };
  const { code, stdout, stderr } = await program(["run"], { cwd: desk.dir, env, onTerminal: true });
  expect([code, stdout.includes("the line was busy")]).toEqual([0, true]);
  expect(stdout + stderr).not.toContain("\u001b");
});

test("status --watch on a terminal clears the screen before it writes anew", async () => {
  await using desk = await SandboxDesk.open();
  const csv = desk.file("c.csv", CSV);
  await desk.run(["create", "--name", "spring", "--csv", csv, ...CREATE.split(" ")]);
  await desk.run(["stop", "spring"]);
  const watching = program(["status", "spring", "--watch"], { cwd: desk.dir, env: desk.env, onTerminal: true });
  const { code, stdout } = await watching;
  expect(code).toBe(0);
  expect(stdout.startsWith("\u001b[")).toBe(true);
  expect(stripVTControlCharacters(stdout)).toContain("stopped by the operator");
});
