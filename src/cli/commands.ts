/** The commands there are: how each is written, what it is for, and the file that holds it, loaded when it is asked for. */
import type { Cli } from "./cli.ts";

interface Entry {
  readonly usage: string;
  /** One line of `campaigns --help`; the command's own help says more. */
  readonly summary: string;
  readonly load: () => Promise<(cli: Cli) => void>;
}

const lifecycle = async (): Promise<(cli: Cli) => void> => (await import("./commands/lifecycle.ts")).moveCommands;

const backups = async (): Promise<(cli: Cli) => void> => (await import("./commands/backup.ts")).backupCommands;

const privacy = async (): Promise<(cli: Cli) => void> => (await import("./commands/privacy.ts")).privacyCommands;

export const COMMANDS: readonly Entry[] = [
  {
    usage: "create",
    summary: "create a campaign from a CSV file or a contact list",
    load: async () => (await import("./commands/create.ts")).createCommand,
  },
  {
    usage: "apply",
    summary: "create a campaign from a file, or change it until it is as the file says",
    load: async () => (await import("./commands/apply.ts")).applyCommand,
  },
  {
    usage: "list",
    summary: "list campaigns, one line each",
    load: async () => (await import("./commands/list.ts")).listCommand,
  },
  { usage: "start <campaign>", summary: "make a campaign's contacts due; a runner dials them", load: lifecycle },
  { usage: "pause <campaign>", summary: "stop dialing; live calls go on", load: lifecycle },
  { usage: "resume <campaign>", summary: "continue after a pause or an error", load: lifecycle },
  { usage: "stop <campaign>", summary: "end a campaign; no further dials", load: lifecycle },
  {
    usage: "simulate <campaign>",
    summary: "say what a campaign will come to: its end, calls per hour, agents, money",
    load: async () => (await import("./commands/simulate.ts")).simulateCommand,
  },
  {
    usage: "status [campaign]",
    summary: "show progress, counts, pace, and what a campaign waits for",
    load: async () => (await import("./commands/status.ts")).statusCommand,
  },
  {
    usage: "calls <campaign>",
    summary: "show call records, or export them as CSV",
    load: async () => (await import("./commands/calls.ts")).callsCommand,
  },
  {
    usage: "report <campaign>",
    summary: "show what a campaign came to: from dial to outcome, answers by hour, cost",
    load: async () => (await import("./commands/report.ts")).reportCommand,
  },
  {
    usage: "explain <campaign> <number>",
    summary: "say why a contact is, or is not, called now",
    load: async () => (await import("./commands/explain.ts")).explainCommand,
  },
  {
    usage: "contacts",
    summary: "import contact lists, and look up a number",
    load: async () => (await import("./commands/contacts.ts")).contactsCommand,
  },
  {
    usage: "dnc",
    summary: "manage the do-not-call list: numbers that no campaign dials",
    load: async () => (await import("./commands/dnc.ts")).dncCommand,
  },
  {
    usage: "rules [country]",
    summary: "show the local calling rules and their sources",
    load: async () => (await import("./commands/rules.ts")).rulesCommand,
  },
  {
    usage: "outcome <call> <outcome>",
    summary: "record the outcome of a call",
    load: async () => (await import("./commands/outcome.ts")).outcomeCommand,
  },
  {
    usage: "run",
    summary: "dial what is due: one pass, or forever with --watch",
    load: async () => (await import("./commands/run.ts")).runCommand,
  },
  {
    usage: "dial <number>",
    summary: "place one call outside any campaign",
    load: async () => (await import("./commands/dial.ts")).dialCommand,
  },
  {
    usage: "trunks",
    summary: "manage outbound trunks, caller IDs and their limits",
    load: async () => (await import("./commands/trunks.ts")).trunksCommand,
  },
  {
    usage: "doctor",
    summary: "check everything a call needs, and say what to do",
    load: async () => (await import("./commands/doctor.ts")).doctorCommand,
  },
  {
    usage: "serve",
    summary: "answer HTTP requests: the REST API, and with --run also the engine",
    load: async () => (await import("./commands/serve.ts")).serveCommand,
  },
  {
    usage: "mcp",
    summary: "tools for coding agents, on standard input and output",
    load: async () => (await import("./commands/mcp.ts")).mcpCommand,
  },
  {
    usage: "sandbox",
    summary: "run a LiveKit on loopback, for tests and trials",
    load: async () => (await import("./commands/sandbox.ts")).sandboxCommand,
  },
  {
    usage: "schema",
    summary: "print the SQL that prepares a Supabase project",
    load: async () => (await import("./commands/schema.ts")).schemaCommand,
  },
  { usage: "backup <file>", summary: "copy the SQLite file, also while runs use it", load: backups },
  { usage: "restore <file>", summary: "put a backup in its place, and call nobody twice", load: backups },
  {
    usage: "export <what>",
    summary: "print a campaign as a file for apply, or everything that is stored about a number",
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  { usage: "erase <number>", summary: "remove a person from every table", load: privacy },
  {
    usage: "audit",
    summary: "show who did what and when; check that all calls were allowed",
    load: async () => (await import("./commands/audit.ts")).auditCommand,
  },
  { usage: "purge", summary: "remove what is older than a number of days", load: privacy },
  {
    usage: "keys",
    summary: "encrypt contact data, and change its key",
    load: async () => (await import("./commands/keys.ts")).keysCommand,
  },
  {
    usage: "move [campaigns...]",
    summary: "move campaigns from the SQLite file to Supabase",
    load: async () => (await import("./commands/move.ts")).moveCommand,
  },
  {
    usage: "completion <shell>",
    summary: "complete commands, options and names in bash, zsh or fish",
    load: async () => (await import("./commands/completion.ts")).completionCommand,
  },
];
