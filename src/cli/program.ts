/** The command tree, built fresh per call, so that tests run whole commands in process. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import debug from "debug";
import type { GlobalFlags } from "./config.ts";
import type { Io } from "./io.ts";
import { Session } from "./session.ts";
import type { Cli } from "./cli.ts";
import { callsCommand } from "./commands/calls.ts";
import { contactsCommand } from "./commands/contacts.ts";
import { createCommand } from "./commands/create.ts";
import { dialCommand } from "./commands/dial.ts";
import { dncCommand } from "./commands/dnc.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { explainCommand } from "./commands/explain.ts";
import { listCommand } from "./commands/list.ts";
import { moveCommand } from "./commands/move.ts";
import { moveCommands } from "./commands/lifecycle.ts";
import { outcomeCommand } from "./commands/outcome.ts";
import { rulesCommand } from "./commands/rules.ts";
import { runCommand } from "./commands/run.ts";
import { schemaCommand } from "./commands/schema.ts";
import { sandboxCommand } from "./commands/sandbox.ts";
import { statusCommand } from "./commands/status.ts";
import { trunksCommand } from "./commands/trunks.ts";

const log = debug("campaigns");

const version = (): string => {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
};

export function createProgram(io: Io, exit: (code: number) => void): Command {
  const program = new Command("campaigns")
    .description("Outbound call campaigns on LiveKit: who to dial, when, how often, and never twice.")
    .version(version())
    .showHelpAfterError("(campaigns --help shows what there is)")
    .addHelpText("after", HELP);
  const configure = (command: Command): Command =>
    command
      .exitOverride()
      .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  configure(program);

  const cli: Cli = {
    group: (name, summary) => configure(program.command(name)).description(summary),
    command: (usage, summary, example, group = program) => {
      const command = configure(group.command(usage)).description(summary);
      const spoken = group === program ? command.name() : `${group.name()} ${command.name()}`;
      return command
        .option("--json", "print JSON: one object, or one a line for streams")
        .option("--db <path>", "the SQLite file (default: the Supabase project if one is set, else CAMPAIGNS_DB)")
        .option("--env-file <file>", "read settings from this file instead of .env")
        .option("--user <id>", "only what belongs to this owner (default: CAMPAIGNS_USER_ID, else everybody's)")
        .option("--quiet", "print results only")
        .option("--no-color", "no colours")
        .showHelpAfterError(`(campaigns ${spoken} --help shows an example)`)
        .addHelpText("after", `\nExample:\n  ${example.replaceAll("\n", "\n  ")}`);
    },
    action:
      (act) =>
      async (...args) => {
        const command = args.at(-1) as Command;
        await using session = new Session(io, command.optsWithGlobals<GlobalFlags>());
        log("%s begins", command.name());
        const code = await act(session, ...args);
        log("%s ends with %d", command.name(), code ?? 0);
        if (typeof code === "number") exit(code);
      },
  };
  for (const declare of [
    createCommand,
    listCommand,
    moveCommands,
    statusCommand,
    callsCommand,
    explainCommand,
    contactsCommand,
    dncCommand,
    rulesCommand,
    outcomeCommand,
    runCommand,
    dialCommand,
    trunksCommand,
    doctorCommand,
    sandboxCommand,
    schemaCommand,
    moveCommand,
  ]) {
    declare(cli);
  }
  return program;
}

const HELP = `
A first campaign, dialed on a LiveKit of its own on this machine:
  campaigns create --name spring --csv contacts.csv --assistant demo --hours 0-24 --days all --rules none
  campaigns start spring
  campaigns run --sandbox
  campaigns status spring

Exit codes: 0 done · 1 refused · 2 wrong usage or configuration · 3 database or LiveKit down · 70 our bug · 130/143 interrupted`;
