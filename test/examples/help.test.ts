/** Every example of every command's help does what it says, where that is what it names. */
import { cpSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { Folder } from "../support/cli.ts";
import { SandboxDesk, twilioSettings } from "../support/desk.ts";
import { Postgres } from "../support/postgres.ts";
import { type Given, program, wholeProgram } from "../support/program.ts";
import { type Said, sh } from "../support/shell.ts";
import { SupabaseProject } from "../support/supabase.ts";
import { TwilioStandIn } from "../support/twilio.ts";

/** What the help of a command and of those below it shows, a command line each; the first campaign is one example. */
function examplesOf(command: Command, above = ""): [command: string, example: string][] {
  const spoken = `${above} ${command.name()}`.trim();
  let help = "";
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  const [, shown = ""] = /^(?:Example|A first campaign.*):\n((?: {2}.*\n?)+)/m.exec(help) ?? [];
  const lines = shown
    .replaceAll(/\\\n */g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const examples = above === "" ? [lines.join(" && ")] : lines;
  return [
    ...examples.map((example): [string, string] => [spoken, example]),
    ...command.commands.flatMap((each) => examplesOf(each, spoken)),
  ];
}
const EXAMPLES = examplesOf(await wholeProgram());

interface Place {
  /** Nothing but the files is there. */
  readonly isEmpty?: boolean;
  /** What was done before. */
  readonly before?: readonly string[];
  /** It stays until SIGTERM, which comes once this is printed. */
  readonly until?: RegExp;
  readonly typed?: string;
  readonly also?: string;
  readonly key?: boolean;
}

const CREATE = "--assistant 7c9… --hours 0-24 --days all --rules none --hours-in campaign --delay 0s";
const SPRING = `campaigns create --name spring --csv contacts.csv ${CREATE} --max-attempts 3`;
const KEY = "campaigns keys new ~/.config/campaigns.key";

/** Where an example needs more, or something else, than what `filled` has made. */
const PLACES: Readonly<Record<string, Place>> = {
  campaigns: { isEmpty: true },
  "campaigns create": { isEmpty: true },
  "campaigns start": { isEmpty: true, before: [SPRING] },
  "campaigns resume": { before: ["campaigns pause spring"] },
  "campaigns stop": { typed: "yes\n" },
  "campaigns status": { until: /spring/ },
  "campaigns run": { until: /spring/ },
  // Any port will do.
  "campaigns serve": { until: /listening/, also: "--port 0" },
  "campaigns sandbox": { until: /is up/, also: "--port 0" },
  // At night as well.
  "campaigns dial": { also: "--force --yes" },
  "campaigns dnc remove": {
    before: ["campaigns dnc add +12025550123", "campaigns dnc import old.csv --source old-list"],
  },
  "campaigns dnc check": { before: ["campaigns dnc add +12025550123"] },
  "campaigns trunks unassign": { before: ["campaigns trunks assign +442079460100 --assistant 7c9… --trunk ST_4f…"] },
  "campaigns restore": { before: ["campaigns backup monday.db"] },
  "campaigns keys status": { key: true, before: [KEY] },
  "campaigns keys encrypt": { key: true, typed: "yes\n", before: [KEY] },
  "campaigns keys decrypt": { key: true, typed: "yes\n", before: [KEY, "campaigns keys encrypt --yes"] },
  "campaigns keys rotate": {
    key: true,
    before: [
      KEY,
      "campaigns keys encrypt --yes",
      "campaigns keys new ~/new.key",
      "cat ~/new.key ~/.config/campaigns.key > both",
      "cat both > ~/.config/campaigns.key",
    ],
  },
};

const PEOPLE = ["+12025550110", "+12025550111", "+12025550123"];

const files = new Folder();
let desk: SandboxDesk;
let filled: string;
let twilio: TwilioStandIn;
let postgres: Postgres;
let project: SupabaseProject;
/** Stand for what an operator has and the help only begins to say. */
const ids = new Map<string, string>();

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const spelled = (line: string): string => [...ids].reduce((text, [short, id]) => text.replaceAll(short, id), line);

/** In this process; `how`: with what the example alone has. */
async function line(
  text: string,
  cwd: string,
  { key = false, also = "", until, ...how }: Place & Partial<Given> = {},
): Promise<Said> {
  const env = {
    ...desk.env,
    ...twilioSettings(twilio.url),
    HOME: dirname(cwd),
    CAMPAIGNS_DB: join(cwd, "c.db"),
    SIP_PASSWORD: "secret",
    ...(key && { CAMPAIGNS_ENCRYPTION_KEY_FILE: join(cwd, "..", ".config", "campaigns.key") }),
  };
  const supabase = { SUPABASE_URL: project.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey };
  const shell = {
    cwd,
    env,
    programs: {
      campaigns: async ({ argv, stdin }: { readonly argv: readonly string[]; readonly stdin: string }) => {
        const whole = [...argv.slice(1), ...also.split(" ").filter(Boolean)];
        const stays = /--watch|^campaigns (serve|sandbox)/.test(text);
        const given = { cwd, env: { ...env, ...(argv[1] === "move" && supabase) }, stdin, ...how };
        const ran = await program(whole, { ...given, until: stays ? until : undefined });
        if (ran.code !== (stays ? 143 : 0)) throw new Error(`${text} ended with ${ran.code}:\n${ran.stderr}`);
        return { code: 0, stdout: ran.stdout };
      },
      psql: ({ stdin }: { readonly stdin: string }) => {
        expect(stdin).toContain("create table");
        return { code: 0, stdout: "" };
      },
      supabase: ({ argv }: { readonly argv: readonly string[] }) => {
        expect(argv).toEqual(["supabase", "db", "push"]);
        return { code: 0, stdout: "" };
      },
    },
  };
  return sh(spelled(text), shell);
}

/** Files, and what an operator has who has been at work: two campaigns, one dialed to its end, a list, a number of theirs. */
async function fill(): Promise<void> {
  desk.behave({
    others: [{ weight: 1, behaviour: { does: "answer", rings: 0, talks: 0.1 } }],
    numbers: { "+12025550123": [{ does: "refuse", status: 486, reason: "Busy Here", after: 0 }] },
    agentJoinsAfter: 0,
  });
  desk.sandbox.world.trunks.delete(SANDBOX_TRUNK.sipTrunkId);
  ids.set("ST_4f…", newTrunk());
  for (const each of [
    "campaigns trunks assign +442079460199 --assistant 7c9… --trunk ST_4f…",
    "campaigns contacts import members.csv --list members",
    `campaigns create --name autumn --csv contacts.csv ${CREATE} --max-attempts 1 --start`,
    "campaigns run",
    `${SPRING} --start`,
    "campaigns run",
    "campaigns export spring > spring.yaml",
  ])
    await line(each, filled);
  const { stdout } = await line("campaigns calls spring --status completed --limit 1 --json", filled);
  ids.set("3f0c…", /"id": ?"([^"]+)"/.exec(stdout)?.[1] ?? "");
  ids.set("12:5f0c…", (await line("campaigns audit head", filled)).stdout.trim());
  desk.behave({ others: [{ weight: 1, behaviour: { does: "answer", rings: 0, talks: 0.1 } }], agentJoinsAfter: 0 });
}

let trunks = 0;
const csv = (numbers: readonly string[]): string => ["phone_number", ...numbers].join("\n");

/** A number is on one trunk alone. */
const newTrunk = (): string =>
  desk.sandbox.world.trunks.create({ ...SANDBOX_TRUNK, sipTrunkId: "", numbers: [`+442079460${200 + trunks++}`] })
    .sipTrunkId;

beforeAll(async () => {
  [desk, twilio, postgres] = await Promise.all([SandboxDesk.open(), TwilioStandIn.start(), Postgres.start()]);
  project = await SupabaseProject.start(postgres, "help");
  twilio.own("+12025550100");
  // Busy, so that the first campaign is over soon.
  files.file("contacts.csv", csv(["+12025550116"]));
  files.file("members.csv", csv(PEOPLE));
  files.file("ftc.csv", "202,5550190\n202,5550191\n");
  files.file("old.csv", "+12025550192\n");
  cpSync(root("examples/busy-evening.json"), join(files.dir, "busy-evening.json"));
  filled = join(desk.dir, "filled");
  cpSync(files.dir, filled, { recursive: true });
  cpSync(join(filled, "members.csv"), join(filled, "contacts.csv"));
  await fill();
}, 60_000);
afterAll(async () => {
  files[Symbol.dispose]();
  for (const each of [desk, twilio, project, postgres]) await each?.[Symbol.asyncDispose]();
});

test("there is one for every command", async () => {
  const named = new Set(EXAMPLES.map(([command]) => command));
  const leaves = (command: Command, above = ""): string[] => {
    const spoken = `${above} ${command.name()}`.trim();
    return command.commands.length === 0 ? [spoken] : command.commands.flatMap((each) => leaves(each, spoken));
  };
  expect(leaves(await wholeProgram()).filter((command) => !named.has(command))).toEqual([]);
});

test.each(EXAMPLES)("%s: %s", async (command, example) => {
  using here = new Folder();
  const { isEmpty = false, before = [], ...how } = PLACES[command] ?? {};
  const cwd = join(here.dir, "desk");
  cpSync(isEmpty ? files.dir : filled, cwd, { recursive: true });
  // Where a key may lie: not beside the database.
  mkdirSync(join(here.dir, ".config"));
  ids.set("ST_4f…", newTrunk());
  for (const each of before) await line(each, cwd, { key: how.key ?? false });
  // Cron's own words stand before it.
  await line(example.replace(/^\*\S* .* {2}(?=campaigns)/, ""), cwd, how);
});
