/** The manual as man(1) shows it, made from the commands' own help when the program is built. */
import type { Command } from "commander";

export function manPage(program: Command, version: string): string {
  const [examples = "", exits = ""] = helpAfter(program).split("Exit codes: ");
  const common = optionsOf(program);
  return [
    `.TH CAMPAIGNS 1 "" "campaigns ${version}"`,
    ".nh",
    ".SH NAME",
    `campaigns \\- ${text(program.description())}`,
    ".SH SYNOPSIS",
    ".B campaigns",
    ".I command",
    "[\\fIoptions\\fR] [\\fIarguments\\fR]",
    ".SH COMMANDS",
    ...program.commands.flatMap((command) => sectionsOf(command, "campaigns")),
    ".SH COMMON OPTIONS",
    "They may stand before the command too.",
    ...common,
    ".SH EXAMPLES",
    ...verbatim(examples),
    ".SH EXIT STATUS",
    ...exits.split(" · ").flatMap((each) => {
      const [code = "", ...says] = each.trim().split(" ");
      return [".TP", `.B ${code}`, text(says.join(" "))];
    }),
    "",
  ].join("\n");
}

/** A command that only has others under it is not one by itself. */
function sectionsOf(command: Command, above: string): string[] {
  const spoken = `${above} ${command.name()}`;
  const below = command.commands.flatMap((each) => sectionsOf(each, spoken));
  const after = helpAfter(command);
  if (after === "") return below;
  const places = command.usage().replaceAll(/\[(options|command)\]/g, "");
  const own = [
    `.SS ${text(`${spoken} ${places}`.replaceAll(/ +/g, " ").trim())}`,
    text(command.description()),
    ...optionsOf(command),
    ...verbatim(after),
  ];
  return [...own, ...below];
}

function optionsOf(command: Command): string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter(({ long }) => long !== "--help")
    .flatMap((option) => [".TP", `.B ${text(option.flags)}`, text(help.optionDescription(option))]);
}

/** What a command's help says below its options. */
function helpAfter(command: Command): string {
  let written = "";
  command.configureOutput({ writeOut: (part) => (written += part) });
  command.outputHelp();
  return written.slice(command.helpInformation().length).trim();
}

const verbatim = (lines: string): string[] => [".PP", ".nf", ...lines.trim().split("\n").map(text), ".fi"];

/** As troff shows it as it is. */
const text = (plain: string): string =>
  plain.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replace(/^\./, "\\&.");
