/** What every command prints with --json, held to the schemas in the package. */
import { readdirSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { OUTPUTS, outputSchema, schemaFile } from "../../src/cli/schemas/outputs.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { Folder, Scratch } from "../support/cli.ts";
import { SandboxDesk, twilioSettings } from "../support/desk.ts";
import { objectsOf, outputOf, schemaPath } from "../support/outputs.ts";
import { wholeProgram } from "../support/program.ts";
import { TwilioStandIn } from "../support/twilio.ts";

const ALWAYS = ["--assistant", "a1", "--hours", "0-24", "--days", "all", "--rules", "none", "--timezone", "UTC"];
const NUMBERS = ["+12015550100", "+12015550101", "+12015550102", "+12015550103"] as const;
const [ONE, TWO, THREE, FOUR] = NUMBERS;
const OURS = "+12025550150";
const CSV = ["name,phone_number,city", ...NUMBERS.map((number, n) => `Contact ${n},${number},Oslo`)].join("\n");

/** The commands that do something. */
const acting = (command: Command, above = ""): string[] =>
  command.commands.flatMap((each) => {
    const words = `${above} ${each.name()}`.trim();
    const acts = Reflect.get(each, "_actionHandler") !== null;
    return [...(acts ? [words] : []), ...acting(each, words)];
  });

test("every command has a schema, and the package has no others", async () => {
  const commands = acting(await wholeProgram()).filter((words) => words !== "mcp");
  expect(Object.keys(OUTPUTS).toSorted()).toEqual([...commands, "--version", "error"].toSorted());
  const { files } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    files: string[];
  };
  expect(files).toContain("schemas");
  const here = readdirSync(fileURLToPath(new URL("../../schemas", import.meta.url)));
  expect(here.toSorted()).toEqual([...Object.keys(OUTPUTS).map(schemaFile), "campaign-file.json"].toSorted());
});

// vitest -u writes them anew: what changes is then seen in the review.
test.each(Object.keys(OUTPUTS))("the schema of %s is as it was", async (command) => {
  await expect(`${JSON.stringify(outputSchema(command), null, 2)}\n`).toMatchFileSnapshot(schemaPath(command));
});

test(
  "what every command prints is as its schema says: every field known, none missing",
  { timeout: 120_000 },
  async () => {
    await using desk = await SandboxDesk.open({
      others: [{ weight: 1, behaviour: { does: "answer", rings: 0.05, talks: 0.1 } }],
      agentJoinsAfter: 0,
    });
    await using twilio = await TwilioStandIn.start();
    using vault = new Folder();
    desk.file("c.csv", CSV);
    desk.file("prices.csv", "prefix,per_minute\n+1,0.01\n+44,0.02\n");
    const said = new Set<string>();
    /** `line`: the command as one types it; `command`: those of its words that name it. */
    const ran = async (command: string, line = "", stdin = ""): Promise<readonly unknown[]> => {
      const argv = [...command.split(" "), ...line.split(" ").filter(Boolean), "--json"];
      said.add(command);
      return outputOf(command, await desk.run(argv, stdin));
    };

    await ran("--version");
    await ran("completion", "bash");
    await ran("rules");
    await ran("rules", "us");
    await ran("schema");
    await ran("schema", "--migrations sql");
    await ran("doctor");

    await ran("trunks");
    const [made] = (await ran("trunks create", `--name london --address sip.example.com --number ${OURS}`)) as [
      { id: string },
    ];
    await ran("trunks assign", `${OURS} --assistant a2 --trunk ${made.id} --label desk`);
    await ran("trunks limit", `${made.id} --cps 5 --concurrency 20`);
    await ran("trunks show", "a2");
    await ran("trunks unassign", OURS);
    await ran("trunks delete", made.id);

    await ran("contacts import", "c.csv --list members");
    await ran("contacts lists");
    await ran("contacts consent", `${ONE} --source form --proof https://example.com/1`);
    await ran("contacts consent", ONE);
    await ran("contacts consent", `${ONE} --revoke`);
    await ran("contacts consent", `${ONE} --source form --proof https://example.com/2`);
    await ran("dnc add", `${FOUR} --reason asked --expires 365d`);
    await ran("dnc add", `+1900* ${FOUR}`);
    await ran("dnc check", FOUR);
    desk.file("dnc.csv", `phone_number\n${FOUR}\nnobody\n`);
    said.add("dnc import");
    objectsOf("dnc import", (await desk.run(["dnc", "import", "dnc.csv", "--source", "ours", "--json"])).stdout);
    await ran("dnc import", "- --source theirs", `${FOUR}\n`);
    await ran("dnc sources");
    await ran("dnc list");
    expect(await ran("dnc export")).toHaveLength(4);
    await ran("dnc remove", "--source theirs");

    await ran(
      "create",
      ["--name spring --csv c.csv --delay 0 --max-attempts 2 --budget 50 --prices prices.csv", ...ALWAYS].join(" "),
    );
    await ran("create", ["--name spring --csv c.csv --if-absent", ...ALWAYS].join(" "));
    await ran(
      "create",
      ["--name summer --list members --record file --notify https://example.com/hook", ...ALWAYS].join(" "),
    );
    await ran("export", "spring");
    await ran("export", "summer");
    const file = "name: autumn\nassistant: a1\nrules: none\ncontacts: { csv: c.csv }\n";
    await ran("apply", "-f - --dry-run", file);
    await ran("apply", "-f -", file);
    await ran("apply", "-f -", `${file}daily_cap: 7\n`);
    await ran("list");
    await ran("status");
    await ran("start", "spring --dry-run");
    await ran("start", "spring");
    await ran("pause", "spring");
    await ran("resume", "spring");
    await ran("explain", `spring ${TWO}`);
    const events = (await ran("run")) as { type: string }[];
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([
        "run_started",
        "campaign_working",
        "call_dialing",
        "call_answered",
        "call_ended",
        "campaign_completed",
        "run_ended",
      ]),
    );
    await ran("status", "spring --watch");
    await ran("status", "spring");
    const [{ calls }] = (await ran("calls", "spring")) as [{ calls: { id: string }[] }];
    await ran("calls", "spring --limit 1");
    await ran("outcome", `${calls[0]?.id} interested --notes yes`);
    await ran("explain", `spring ${TWO}`);
    await ran("report", "spring");
    await ran("report", "spring --html spring.html");
    await ran("simulate", "summer --like spring --price 0.01 --seed 1");
    await ran("contacts show", ONE);
    await ran("stop", "summer");
    await ran("dial", `${THREE} --trunk ${SANDBOX_TRUNK.sipTrunkId} --force --yes`);

    Object.assign(desk.env, twilioSettings(twilio.url));
    const { at, sipCallTo: to } = desk.sandbox.world.dials[0] ?? { at: 0, sipCallTo: "" };
    twilio.calls.push({ sid: "CA1", to, status: "completed", start: at, duration: 30, price: "-0.015" });
    twilio.own(OURS);
    await ran("calls sync", "spring");
    await ran("status", "spring");
    await ran("trunks provision", `--assistant a3 --number ${OURS} --dry-run`);
    await ran("trunks provision", `--assistant a3 --number ${OURS}`);

    await ran("audit", "--since 1d --dials");
    const [{ head }] = (await ran("audit head")) as [{ head: string }];
    await ran("audit verify", `--head ${head}`);
    await ran("audit verify", "--calls");
    await ran("export", ONE);
    await ran("export", `${ONE} --dry-run`);
    await ran("erase", `${ONE} --dry-run`);
    await ran("erase", `${ONE} --yes`);
    await ran("purge", "--older-than 90d --dry-run");
    await ran("purge", "--older-than 90d --what variables,contacts --yes");
    await ran("backup", "b.db");
    await ran("restore", "b.db");

    const refused = await desk.run(["start", "nobody", "--json"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    objectsOf("error", refused.stderr);
    objectsOf("error", (await desk.run(["calls", "spring", "--csv", "--json"])).stderr);
    said.add("error");

    await ran("keys new", `${vault.dir}/a.key`);
    desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = `${vault.dir}/a.key`;
    await ran("keys status");
    await ran("keys encrypt", "--yes");
    await ran("keys status");
    await ran("keys rotate");
    await ran("keys decrypt", "--yes");

    // serve and sandbox as processes, below; move where there is a project to move to: test/cli/move.test.ts.
    expect(Object.keys(OUTPUTS).filter((command) => !said.has(command))).toEqual(["serve", "sandbox", "move"]);
  },
);

test.each([
  ["serve", "--port", "0"],
  ["sandbox", "--port", "0"],
  ["run", "--watch", "--sandbox"],
  ["status", "--watch"],
])("so is what %s %s prints, up to Ctrl-C", async (command, ...more) => {
  using scratch = new Scratch();
  scratch.file("c.csv", CSV);
  await scratch.run("create", "--name", "spring", "--csv", "c.csv", ...ALWAYS, "--start");
  const child = scratch.start(command, ...more, "--json");
  await once(child.stdout ?? child, "data");
  child.kill("SIGINT");
  const { code, stdout } = await child.ended;
  expect(code).toBe(130);
  expect(objectsOf(command, stdout).length).toBeGreaterThan(0);
});
