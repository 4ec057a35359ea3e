/** Options that contradict each other, or mean nothing alone: refused before anything is done. */
import { type Command, Option } from "commander";
import { Misused } from "../engine/errors.ts";

const needs = new WeakMap<Option, string>();

/** An option that says something of another one, which is named as its value is: `csv` for `--csv`. */
export function about(other: string, flags: string, description: string): Option {
  const option = new Option(flags, description);
  needs.set(option, other);
  return option;
}

/** The option that it says something of; undefined: it stands alone. */
export const needed = (option: Option): string | undefined => needs.get(option);

/** What it cannot be said with. Commander keeps it, and its types do not say so. */
export const excluded = (option: Option): readonly string[] =>
  (option as Option & { readonly conflictsWith: readonly string[] }).conflictsWith;

/** Throws Misused. Commander itself sees contradictions of a command's own options, and not those with common ones, such as --json. */
export function assertTogether(command: Command): void {
  const given = command.optsWithGlobals<Record<string, unknown>>();
  const isGiven = (name: string): boolean => given[name] !== undefined && given[name] !== false;
  for (const option of command.options.filter((each) => isGiven(each.attributeName()))) {
    const other = excluded(option).find(isGiven);
    if (other !== undefined) {
      throw new Misused(
        "conflicting_option",
        `option '${option.long}' cannot be used with option '--${dashed(other)}'`,
      );
    }
    const lacking = needed(option);
    if (lacking !== undefined && !isGiven(lacking))
      throw new Misused("usage", `expected ${option.long} together with --${dashed(lacking)}, got it alone`);
  }
}

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
