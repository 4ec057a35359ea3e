/** How values are spelled in columns, for every SQL store; and rows of strangers, read as far as they can be. */
import { z } from "zod";
import { type Ending, ENDINGS } from "../domain/calls/ending.ts";
import { redactText } from "../domain/phones/redact.ts";
import type { Instant } from "../domain/time/instant.ts";

export type Row = Readonly<Record<string, unknown>>;
/** What a column takes that every store has a type for. */
export type Plain = string | number | null;
/** How a list or a map is written: as JSON text, or as the value itself. */
export type Spell<T> = (value: object) => T;

/** A schema is made when its first row is read: a command reads few kinds of rows, and each takes a while to make. */
export function onFirstUse<S extends z.ZodType>(make: () => S): () => S {
  let made: S | undefined;
  return () => (made ??= make());
}

export const iso = (at: Instant): string => new Date(at).toISOString();
export const instantOrNull = (value: unknown): Instant | null => (typeof value === "string" ? Date.parse(value) : null);
export const isoOrNull = (at: Instant | null): string | null => (at === null ? null : iso(at));

export const text = z.string();
/** PostgreSQL knows infinity and -infinity, which are no instants. */
export const instant = z
  .string()
  .transform((text) => Date.parse(text))
  .refine(Number.isFinite, "expected an instant");
/** A list or a map, in either spelling. */
export const json = <T extends z.ZodType>(schema: T) => z.preprocess(parsed, schema);
/** SQLite has no booleans. */
export const flag = z.union([z.number(), z.boolean()]).transform(Boolean);
export const ending = z.enum(Object.keys(ENDINGS) as [Ending, ...Ending[]]);
/** Texts by name. zod's record would leave out a column that is called __proto__. */
export const variables = json(
  z.custom<Readonly<Record<string, string>>>(
    (value) =>
      typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((each) => typeof each === "string"),
    "expected texts by name",
  ),
);

function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export interface Reading<T> {
  readonly row: T;
  /** Which columns cannot be read, in words; null: all can. */
  readonly odd: string | null;
}

/** Rows of a kind that are read before their reader is compiled, which takes as long as a few dozen: most commands read one. */
const UNCOMPILED = 30;
const timesRead = new WeakMap<z.ZodObject, number>();

/** Reads a row that somebody else may have written: a column that cannot be read has its `harmless` value instead. */
export function readRow<S extends z.ZodObject>(
  schema: S,
  raw: Row,
  harmless: Readonly<Record<keyof S["shape"], unknown>>,
): Reading<z.output<S>> {
  const times = timesRead.get(schema) ?? 0;
  if (times < UNCOMPILED) timesRead.set(schema, times + 1);
  const read = schema.safeParse(raw, { jitless: times < UNCOMPILED });
  if (read.success) return { row: read.data, odd: null };
  const issues = new Map(read.error.issues.map(({ path: [column = ""], message }) => [String(column), message]));
  const mended = Object.fromEntries([...issues.keys()].map((column) => [column, harmless[column]]));
  const odd = [...issues].map(
    ([column, message]) =>
      `column ${column}: ${wanted(message)}${isPersonal(column, raw[column]) ? "" : `, found ${shown(raw[column])}`}`,
  );
  return { row: schema.parse({ ...raw, ...mended }), odd: odd.join("; ") };
}

/** Whoever it is about is in it, and what is said of a row is kept beside it, and not encrypted. */
const isPersonal = (column: string, value: unknown): boolean => value !== UNOPENED && PERSONAL.has(column);
const PERSONAL = new Set(["variables", "contact_name", "contact_email", "notes", "said", "agent_notes"]);

const wanted = (message: string): string =>
  message.replace(/^Invalid (input|option): /, "").replace(/, received .*/, "");

/** Stands in a row for a sealed value that does not open: every reader says that it cannot be read. */
export const UNOPENED = {
  is: null,
  text: "(it cannot be opened: it was changed, or put here from elsewhere)",
} as const;

/** Never a phone number, and no more than shows what it is. */
function shown(value: unknown): string {
  if (value === UNOPENED) return "a sealed value that does not open: it was changed, or put here from elsewhere";
  const spelled = JSON.stringify(value) ?? "nothing";
  return redactText(spelled.length > LONGEST_SHOWN ? `${spelled.slice(0, LONGEST_SHOWN)}…` : spelled);
}
const LONGEST_SHOWN = 40;
