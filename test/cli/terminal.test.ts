/** Text from outside that would steer a terminal: shown by every command, sent by none. JSON has it exactly. */
import { DatabaseSync } from "node:sqlite";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { table } from "../../src/cli/render/table.ts";
import type { Ran } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";
import { program } from "../support/program.ts";

/** A link that is not where it says, the clipboard, a cleared screen, a line written over, NUL, C1, bidi, line breaks. */
const EVIL =
  "\u001b]8;;https://evil.example\u0007x\u001b]52;c;cm0=\u0007\u001b[2J\u001b[8m\rA\u009b1mB\u202eC\nD\u2028E";
const NUL = `${EVIL}\0F`;
// Built from text, for the linter's sake: all that a line may not hold but its end.
const STEERS = new RegExp(String.raw`[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069]`, "u");
const NUMBER = "+12025550116";
const TALKER = "+12025550119";

const CREATE =
  "--assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --delay 0 --max-attempts 2 --retry-after 1s --start";

/** Everything that comes from outside says it: names, columns, variables, reasons, LiveKit's and the carrier's words. */
async function infected(): Promise<SandboxDesk> {
  const desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "refuse", status: 486, reason: EVIL } }],
    // What an agent writes down of a call may come from whoever it talks to.
    numbers: {
      [TALKER]: [
        {
          does: "answer",
          rings: 0,
          talks: 0.3,
          says: [
            {
              verdict: {
                seq: 1,
                [EVIL]: EVIL,
                outcome: "do_not_call",
                notes: "A\u202eB\nC\u2028D\rE",
                callback_at: EVIL,
              },
            },
          ],
        },
      ],
    },
    agentJoinsAfter: 0,
  });
  // A NUL in a file is refused.
  const quoted = `"${EVIL}"`;
  const csv = desk.file(
    "c.csv",
    `name,phone_number,email,${quoted}\n${quoted},${NUMBER},${quoted},${quoted}\nAda,"bad${EVIL}",,\nBob,${TALKER},,\n`,
  );
  const made = await desk.run(["create", "--name", "c", "--csv", csv, ...CREATE.split(" ")]);
  expect(made).toMatchObject({ code: 0 });
  expect(made.stdout + made.stderr).not.toMatch(STEERS);
  await desk.run(["contacts", "import", csv, "--list", "members"]);
  desk.file("script.json", JSON.stringify({ [EVIL]: EVIL, numbers: { [EVIL]: [{ does: EVIL }] } }));
  await desk.run(["contacts", "consent", NUMBER, "--source", NUL, "--proof", NUL]);
  const ran = await desk.run(["run", "--for", "1s"]);
  expect(ran.stdout + ran.stderr).not.toMatch(STEERS);
  expect(ran.stdout).toContain("left out of what the agent said");
  const [trunk] = desk.sandbox.world.trunks.list([], []);
  if (trunk !== undefined) desk.sandbox.world.trunks.update(trunk.sipTrunkId, { name: EVIL });
  const db = new DatabaseSync(desk.db);
  for (const sql of [
    "update campaigns set name = ?, assistant_id = name, assistant_name = name",
    "update contact_lists set name = ?",
    "update campaign_calls set notes = ?, contact_name = notes",
    "update call_attempts set detail = ?, agent_notes = detail",
    `insert into do_not_call_numbers (phone_number, source, created_at, added_by)
     values ('+12025550118', 's', '2026-01-01T00:00:00.000Z', ?)`,
  ])
    db.prepare(sql).run(EVIL);
  db.close();
  return desk;
}

const id = async (desk: SandboxDesk): Promise<string> => {
  const { campaigns } = JSON.parse((await desk.run(["list", "--json"])).stdout) as { campaigns: { id: string }[] };
  return campaigns[0]?.id ?? "";
};

const COMMANDS = [
  ["list"],
  ["status"],
  ["status", "ID"],
  ["calls", "ID"],
  ["report", "ID"],
  ["report", "ID", "--html", EVIL],
  ["explain", "ID", NUMBER],
  ["explain", "ID", TALKER],
  ["explain", EVIL, NUMBER],
  ["export", NUMBER],
  ["export", EVIL],
  ["erase", TALKER, "--dry-run"],
  ["erase", EVIL, "--yes"],
  ["purge", "--older-than", EVIL],
  ["purge", "--older-than", "1d", "--what", EVIL],
  ["contacts", "lists"],
  ["contacts", "show", NUMBER],
  ["contacts", "consent", NUMBER],
  ["trunks"],
  ["trunks", "assign", NUMBER, "--assistant", "a1", "--trunk", "ST_sandbox"],
  ["trunks", "assign", NUMBER, "--assistant", "a1", "--trunk", "ST_sandbox", "--shared", "--label", EVIL],
  ["trunks", "show", "a1"],
  ["trunks", "show", EVIL],
  ["doctor"],
  ["start", "ID", "--dry-run"],
  ["run", "--for", "2s"],
  ["dial", "+12025550117", "--trunk", "ST_sandbox", "--force", "--yes"],
  ["pause", "ID"],
  ["resume", "ID"],
  ["start", "ID"],
  ["stop", "ID"],
  ["dnc", "add", NUMBER, "--reason", EVIL],
  ["dnc", "list"],
  ["dnc", "check", NUMBER],
  ["dnc", "check", "+12025550118", TALKER],
  ["dnc", "check", EVIL],
  ["dnc", "sources"],
  ["dnc", "add", NUMBER, "--expires", EVIL],
  ["dnc", "remove", NUMBER, "--source", EVIL],
  ["dnc", "import", EVIL, "--source", EVIL],
  ["backup", EVIL],
  ["restore", EVIL],
  ["move", EVIL, "--to", "supabase"],
  ["calls", "sync", EVIL],
  ["calls", "ID", "--limit", EVIL],
  ["rules", EVIL],
  ["serve", "--port", EVIL],
  ["serve", "--host", EVIL],
  ["serve", "--tls-cert", EVIL, "--tls-key", EVIL],
  ["sandbox", "--script", EVIL],
  ["sandbox", "--script", "script.json"],
  ["status", EVIL],
  ["pause", EVIL],
  ["outcome", EVIL, "interested"],
  ["trunks", "delete", EVIL],
  ["dial", NUMBER, "--trunk", EVIL, "--force", "--yes"],
  ["run", "--poll", EVIL],
  ["list", `--${EVIL}`],
  [EVIL],
  ["create", "--name", "x", "--csv", EVIL, "--assistant", "a1"],
  ["create", "--name", "x", "--csv", "c.csv", "--assistant", "a1", "--map", `phone=${EVIL}`],
  ["list", "--settings", EVIL],
];

test("no command sends what would steer a terminal", { timeout: 60_000 }, async () => {
  await using desk = await infected();
  const campaign = await id(desk);
  const sent: string[] = [];
  for (const argv of COMMANDS) {
    const { code, stdout, stderr } = await desk.run(argv.map((word) => (word === "ID" ? campaign : word)));
    if (STEERS.test(stdout + stderr) || code === 70 || code === null)
      sent.push(`${argv.join(" ")}: ${code}\n${stdout}${stderr}`);
  }
  expect(sent).toEqual([]);
});

test("a cell of a megabyte froze a terminal for half a minute", () => {
  const from = performance.now();
  const lines = table([["NAME", "ID"], ...Array.from({ length: 100 }, () => ["\u001b[2J".repeat(250_000), "1"])], 80);
  // Each took more than that.
  expect(performance.now() - from).toBeLessThan(10_000);
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(lines[1]).toMatch(/^\\e\[2J.*… {2}1$/);
});

test("a name shows what is in it, on one line", async () => {
  await using desk = await infected();
  const { stdout } = await desk.run(["list"]);
  expect(stdout).toContain("\\e]8;;https://evil.example");
  expect(stdout).toContain("\\u202eC\\nD");
  expect(stdout.trimEnd().split("\n")).toHaveLength(2);
});

test("on a terminal only colours and the display's own moves are sent", { timeout: 60_000 }, async () => {
  await using desk = await infected();
  const campaign = await id(desk);
  const on = (...argv: string[]): Promise<Ran> => program(argv, { cwd: desk.dir, env: desk.env, onTerminal: true });
  for (const argv of [
    ["list"],
    ["status", campaign],
    ["calls", campaign, "--csv"],
    ["run"],
    ["trunks"],
    ["dnc", "export"],
  ]) {
    const { stdout, stderr } = await on(...argv);
    const all = stdout + stderr;
    expect(all).not.toContain("\u001b]");
    expect(all).not.toMatch(/\u009b|\u202e|\0/u);
    expect(all).not.toContain("\u001b[2J");
    expect(all).not.toContain("\u001b[8m");
    expect(stripVTControlCharacters(all)).toContain("evil.example");
  }
});

test("JSON and CSV have it exactly", async () => {
  await using desk = await infected();
  const campaign = await id(desk);
  const { stdout } = await desk.run(["status", campaign, "--json"]);
  expect(stdout).not.toMatch(STEERS);
  expect(JSON.parse(stdout)).toMatchObject({ name: EVIL });
  expect(JSON.parse((await desk.run(["calls", campaign, "--json"])).stdout)).toMatchObject({
    calls: [{ notes: EVIL }, { notes: EVIL }],
  });
  expect((await desk.run(["calls", campaign, "--csv"])).stdout).toContain(EVIL);
});

describe("names that nobody could read are refused", () => {
  test.each([
    ["create", "--csv", "c.csv", "--assistant", "a1", "--name", "spring\u001b[2J"],
    ["create", "--csv", "c.csv", "--assistant", "a1", "--name", "spring\nsummer"],
    ["create", "--csv", "c.csv", "--assistant", "a1", "--name", "spring \u202egnirps"],
    ["create", "--csv", "c.csv", "--name", "spring", "--assistant", "a\r1"],
    ["create", "--csv", "c.csv", "--name", "spring", "--assistant", "a1", "--assistant-name", "Ada\u0007"],
    ["contacts", "import", "c.csv", "--list", "a\nb"],
    ["trunks", "create", "--address", "sip.example.com", "--number", NUMBER, "--name", "a\u001bb"],
    ["trunks", "assign", NUMBER, "--assistant", "a1", "--trunk", "ST_sandbox", "--label", "a\u0000b"],
  ])("%s %s %s %s %s %s", async (...argv) => {
    await using desk = await SandboxDesk.open();
    desk.file("c.csv", `name,phone_number\nAda,${NUMBER}\n`);
    const { code, stderr } = await desk.run(argv.map((word) => (word === "c.csv" ? `${desk.dir}/c.csv` : word)));
    expect(stderr).toContain("without line breaks and control characters");
    expect(code).toBe(2);
  });

  test("a prompt has as many lines as it likes", async () => {
    await using desk = await SandboxDesk.open();
    const csv = desk.file("c.csv", `name,phone_number\nAda,${NUMBER}\n`);
    const argv = ["create", "--csv", csv, "--name", "spring", "--assistant", "a1", "--prompt", "Be kind.\nBe brief."];
    expect(await desk.run(argv)).toMatchObject({ code: 0 });
  });
});
