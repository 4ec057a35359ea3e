/** `--map` and `--ignore`: which column holds what, as the operator says it. */
import { Misused } from "../../engine/errors.ts";
import { type Field, FIELDS, SEVERAL, squeezed } from "./known-columns.ts";
import { columnName, columnNames } from "./headers.ts";

/** Columns by field, in the order in which they are to be looked at. */
export type ColumnMap = Readonly<Partial<Record<Field, readonly string[]>>>;

/** `phone=Mobile,phone=Work,name=Who`: field = column. Throws Misused for a field that there is not. */
export function parseMap(texts: readonly string[]): ColumnMap {
  const map: Partial<Record<Field, string[]>> = {};
  // A comma belongs to a column's name unless a field follows it.
  for (const pair of texts.flatMap((text) => text.split(/,(?=\s*\w+\s*=)/))) {
    const [, name = "", column = ""] = /^\s*([^=]*?)\s*=\s*(.*?)\s*$/.exec(pair) ?? [];
    const field = FIELDS.find((field) => squeezed(field) === squeezed(name));
    if (field === undefined || column === "") {
      throw new Misused("map", `--map: expected field=column, got "${pair.trim()}"`, {
        hint: `the fields are ${FIELDS.join(", ")}`,
      });
    }
    const columns = (map[field] ??= []);
    if (columns.length > 0 && !SEVERAL.has(field)) {
      throw new Misused("map", `--map: expected one column for ${field}, got two`);
    }
    columns.push(column);
  }
  return map;
}

/** The index of the column of that name, or of that number, counted from 1. Throws Misused when there is none. */
export function findColumn(wanted: string, headers: readonly string[], field: Field | null): number {
  const [flag, purpose] = field === null ? ["--ignore", ""] : ["--map", ` for ${field}`];
  const exact = headers.findIndex((header) => header.trim() === wanted);
  if (exact >= 0) return exact;
  const alike = headers.flatMap((header, index) =>
    squeezed(wanted) !== "" && squeezed(header) === squeezed(wanted) ? [index] : [],
  );
  if (alike.length === 1) return alike[0] ?? 0;
  if (alike.length > 1) {
    throw new Misused("columns", `${flag}: expected one column called "${wanted}", found ${alike.length}`, {
      hint: `name it by its number, counted from 1: ${alike.map((index) => index + 1).join(" or ")}`,
    });
  }
  const number = /^\d{1,4}$/.test(wanted) ? Number(wanted) : 0;
  if (number >= 1 && number <= headers.length) return number - 1;
  throw new Misused(
    "map",
    `${flag}: expected a column ${columnName(wanted, 0)}${purpose}, found ${columnNames(headers)}`,
  );
}
