/** The flags of commands that read a file: how it is written, which column holds what, what to do with the rest. */
import type { Command } from "commander";
import { parseMap } from "../adapters/csv/column-map.ts";
import type { ColumnChoice } from "../adapters/csv/columns.ts";
import { type Field, FIELDS } from "../adapters/csv/known-columns.ts";
import type { FileForm } from "../adapters/csv/table.ts";
import { isRegion } from "../domain/phones/lookup.ts";
import { Misused } from "../engine/errors.ts";
import { about } from "./together.ts";

export interface FileOptions {
  readonly map?: readonly string[];
  readonly ignore?: readonly string[];
  readonly rejects?: string;
  readonly force?: boolean;
  readonly defaultRegion?: string;
  readonly delimiter?: string;
  readonly encoding?: string;
}

export interface ImportOptions extends FileOptions {
  readonly dateFormat?: string;
}

const more = (text: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), text];

const fileOptions = (command: Command, fields: readonly Field[]): Command =>
  command
    .option(
      "--map <field=column,…>",
      `which column holds what: phone=Mobile,phone=Work; a column or its number; the fields are ${fields.join(", ")}`,
      more,
    )
    .option("--ignore <column>", "leave a column out; may be repeated", more)
    .option("--rejects <file>", "write the rejected rows there, as CSV that can be fixed and imported")
    .addOption(about("rejects", "--force", "overwrite the file of --rejects"))
    .option("--default-region <country>", "country of numbers written without one, such as US")
    .option("--delimiter <character>", "what separates the cells: ; or | or tab … (default: told by the header)")
    .option(
      "--encoding <name>",
      "such as windows-1251 or shift_jis (default: UTF-8, UTF-16 or Windows-1252, told by the file)",
    );

export const numbersOptions = (command: Command): Command => fileOptions(command, ["phone", "area"]);

export const importOptions = (command: Command): Command =>
  fileOptions(command, FIELDS).option(
    "--date-format <form>",
    'how dates of consent are written: DD.MM.YYYY, MM/DD/YYYY, "MMM DD, YYYY" or serial (default: 2026-11-23)',
  );

/** What the flags say. Throws Misused for a flag that cannot be read. */
export function readFileOptions(options: FileOptions): ColumnChoice & FileForm & { defaultRegion: string | undefined } {
  const { ignore, defaultRegion, delimiter, encoding } = options;
  if (defaultRegion !== undefined && !isRegion(defaultRegion)) {
    throw new Misused("default_region", `--default-region: expected a country such as US, got "${defaultRegion}"`);
  }
  return { map: parseMap(options.map ?? []), ignore, defaultRegion, delimiter, encoding };
}
