/**
 * The commands as completion needs them, written to tree.json when the program is built: to load them all, or only one,
 * takes longer than one waits for a Tab.
 */
import type { Argument, Command, Option } from "commander";
import type { Named } from "../../engine/ports/names.ts";

/** What may stand somewhere: one of these words, a file, a name out of the database, or a text of one's own. */
export type Takes = readonly string[] | "files" | Named | "text";

export interface Place {
  readonly takes: Takes;
  readonly repeats: boolean;
}

export interface Flag extends Partial<Place> {
  /** `-f`, `--file`. */
  readonly names: readonly string[];
  readonly says: string;
}

export interface Branch {
  readonly name: string;
  readonly says: string;
  readonly flags: readonly Flag[];
  readonly places: readonly Place[];
  readonly branches: readonly Branch[];
}

/** By the word in <> or []. */
const BY_WORD: Readonly<Record<string, Takes>> = {
  campaign: "campaigns",
  campaigns: "campaigns",
  // A number, or a campaign; numbers are nobody's to complete.
  what: "campaigns",
  trunk: "trunks",
  file: "files",
  path: "files",
  dir: "files",
};

const placeOf = (word: string, choices: readonly string[] | undefined, repeats: boolean): Place => ({
  takes: choices ?? BY_WORD[word] ?? "text",
  repeats,
});

const flagOf = ({ short, long, flags, description, argChoices, variadic, required, optional }: Option): Flag => {
  const [, word = ""] = /[<[]([\w-]+)/.exec(flags) ?? [];
  // Of dnc, <list> is a source of numbers.
  const place = long === "--list" ? { takes: "lists" as const, repeats: false } : placeOf(word, argChoices, variadic);
  const names = [short, long].filter((name) => name !== undefined);
  return { names, says: description, ...((required || optional) && place) };
};

const argumentOf = (argument: Argument): Place => placeOf(argument.name(), argument.argChoices, argument.variadic);

export const branchOf = (command: Command): Branch => ({
  name: command.name(),
  says: command.description(),
  flags: command.createHelp().visibleOptions(command).map(flagOf),
  places: command.registeredArguments.map(argumentOf),
  branches: command.commands.map(branchOf),
});
