/**
 * The command tree, built fresh per call, so that tests run whole commands in process. Only the file of the command that
 * is asked for is loaded: everything else would be read from disk for nothing.
 */
import { Command, Option } from "commander";
import type { Cli } from "./cli.ts";
import { COMMANDS } from "./commands.ts";
import type { GlobalFlags } from "./config.ts";
import type { Io } from "./io.ts";
import { terminalJson, terminalText } from "./lines.ts";
import { assertTogether } from "./together.ts";
import { unquoted } from "./usage.ts";
import { version } from "./version.ts";

/** With --json also what an answer to "which one have you got?" needs; that is read from large files. */
async function versionAsked({ argv }: Io): Promise<string> {
  const asked = argv.slice(2);
  const all = asked.includes("--json") && asked.some((word) => word === "--version" || word === "-V");
  return all ? terminalJson((await import("./versions.ts")).versions()) : version();
}

/** `whole`: with all commands, for those who describe them. */
export async function createProgram(io: Io, exit: (code: number) => void, whole = false): Promise<Command> {
  const program = new Command("campaigns")
    .description("Outbound call campaigns on LiveKit: who to dial, when, how often, and never twice.")
    .version(await versionAsked(io))
    // Before the command or behind it.
    .option("--json", "print JSON: one object, or one per line for streams (schemas/ in the package)")
    .option("--db <path>", "the SQLite file (default: the Supabase project if one is set, else CAMPAIGNS_DB)")
    .option("--settings <file>", "read settings from this file instead of .env")
    // Its old name. Node answers it itself, wherever it stands, when the file is not there.
    .addOption(new Option("--env-file <file>").hideHelp().conflicts("settings"))
    .option("--user <id>", "work on this owner's rows only (default: CAMPAIGNS_USER_ID, else every owner's)")
    .option("--actor <name>", "who is at work, for the audit log (default: CAMPAIGNS_ACTOR, else the login)")
    .option("--insecure", "allow http and ws to other machines: keys, names and numbers can be read on the way")
    .option("--quiet", "print results only")
    .option("--no-color", "no colors")
    .showHelpAfterError("(campaigns --help lists the commands)")
    .addHelpText("after", HELP);
  const common = program.options.filter(({ hidden, long }) => !hidden && long !== "--version");
  const json = io.argv.includes("--json");
  const configure = (command: Command): Command =>
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // main() says it in JSON.
      writeErr: (text) => void (json || io.stderr.write(terminalText(unquoted(text).split("\n")))),
    });
  configure(program);

  const cli: Cli = {
    group: (name, summary) => configure(program.command(name)).description(summary),
    command: (usage, summary, example, group = program) => {
      const command = configure(group.command(usage)).description(summary);
      const spoken = group === program ? command.name() : `${group.name()} ${command.name()}`;
      return command
        .configureHelp({ showGlobalOptions: true, visibleGlobalOptions: () => common })
        .showHelpAfterError(`(campaigns ${spoken} --help shows an example)`)
        .addHelpText("after", `\nExample:\n  ${example.replaceAll("\n", "\n  ")}`);
    },
    action:
      (act) =>
      async (...args) => {
        const command = args.at(-1) as Command;
        assertTogether(command);
        const { Session } = await import("./session.ts");
        await using session = new Session(io, command.optsWithGlobals<GlobalFlags>());
        const { debug: parts, secrets } = session.config;
        const log = parts === "" ? () => {} : (await import("./debug.ts")).startDebug(parts, secrets, io.stderr);
        log("%s begins", command.name());
        const code = await act(session, ...args).catch(async (error: unknown) => {
          const words = [...command.args, ...Object.values(command.opts())];
          await (await import("./refused-access.ts")).writeRefused(session, error, command.name(), words);
          throw error;
        });
        log("%s ends with %d", command.name(), code ?? 0);
        if (typeof code === "number") exit(code);
      },
  };
  const [first, second] = program.parseOptions(io.argv.slice(2)).operands;
  const asked = COMMANDS.find(({ usage }) => usage.split(" ")[0] === (first === "help" ? second : first));
  if (whole) for (const load of new Set(COMMANDS.map((each) => each.load))) (await load())(cli);
  else if (asked !== undefined) (await asked.load())(cli);
  else for (const { usage, summary } of COMMANDS) configure(program.command(usage)).description(summary);
  return program;
}

const HELP = `
A first campaign, dialed on a LiveKit of its own on this machine:
  campaigns create --name spring --csv contacts.csv --assistant demo --hours 0-24 --days all --rules none
  campaigns start spring
  campaigns run --sandbox
  campaigns status spring

Exit codes: 0 done · 1 refused · 2 wrong usage or configuration · 3 database or LiveKit down ·
4 changes (apply --detailed-exitcode) · 70 our bug · 129/130/143 interrupted`;
