/**
 * The table of local calling rules: one row per law or custom, with its hours, caps, source and how sure we are of it.
 * The program brings one; an operator may bring another. Nothing in it is legal advice.
 */
import { z } from "zod";
import shipped from "./data/calling_rules.json" with { type: "json" };
import { CALENDARS } from "./holidays.ts";
import { CONSENT_LEVELS, type ConsentLevel } from "./consent-level.ts";
import { DAY, HOUR, type Instant } from "../time/instant.ts";
import { InvalidHours, parseHours, WEEKDAYS, type Window } from "./window.ts";

export interface Rule {
  /** `US`, `US-FL`, `US-CA-ADAD`, `US-DEBT`. */
  readonly id: string;
  readonly name: string;
  readonly country: string;
  /** null: of the whole country. */
  readonly state: string | null;
  readonly content: (typeof CONTENTS)[number];
  readonly voice: (typeof VOICES)[number];
  /** Nobody knows the line of a number, so it narrows nothing. */
  readonly line: (typeof LINES)[number];
  /** None: never open. */
  readonly windows: readonly Window[];
  /** The calendar of its holidays; null: no day is a holiday to it. */
  readonly calendar: string | null;
  readonly caps: readonly RuleCap[];
  readonly consent: string | null;
  /** The least level of consent that it takes before a call by an artificial voice; null: it asks for none. */
  readonly consentLevel: ConsentLevel | null;
  /** Days after which a consent is void; null: it holds until it is revoked. */
  readonly consentMaxDays: number | null;
  /** Seconds that a phone must ring before it counts as not answered; null: no such rule. */
  readonly minRingSeconds: number | null;
  readonly hoursLiftedBy: string | null;
  readonly basis: (typeof BASES)[number];
  /** Local date, YYYY-MM-DD. */
  readonly effectiveFrom: string | null;
  readonly flags: readonly string[];
  readonly confidence: (typeof CONFIDENCES)[number];
  readonly verifiedOn: string;
  readonly sources: readonly string[];
  readonly notes: string;
}

export interface RuleCap {
  readonly max: number;
  /** Milliseconds. */
  readonly within: number;
  readonly scope: (typeof SCOPES)[number];
}

export interface RuleTable {
  /** The date of the table, YYYY-MM-DD. */
  readonly version: string;
  readonly rules: readonly Rule[];
}

/** A table or a choice of rules that cannot be used. */
export class InvalidRules extends Error {
  override readonly name = "InvalidRules";
  /** Each says where, what was expected and what was found. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

const CONTENTS = ["marketing", "debt_collection", "survey", "service"] as const;
const VOICES = ["any", "artificial", "live"] as const;
const LINES = ["any", "residential", "residential_or_mobile", "mobile", "business"] as const;
const BASES = ["law", "practice"] as const;
const CONFIDENCES = ["high", "medium", "low"] as const;
const SCOPES = [
  "number",
  "called_party+subject",
  "consumer+seller",
  "person+debt",
  "after_refusal",
  "after_conversation_about_debt",
] as const;

// The message of every schema completes the sentence "expected …"; whatever else it finds is a field too many.
const text = z.string("a text").trim().min(1, "a text");
const date = z.iso.date("a date such as 2027-01-31");
const time = z.string("a time such as 09:30").regex(/^([01]\d|2[0-4]):[0-5]\d$/, "a time such as 09:30");
const oneOf = <const T extends readonly string[]>(values: T) => z.enum(values, `one of ${values.join(", ")}`);
const listOf = <T extends z.ZodType>(item: T) => z.array(item, "a list");
const count = (least: number) => z.int("a whole number").min(least, `${least} or more`);

const window = z
  .strictObject({ days: listOf(oneOf(WEEKDAYS)).min(1, "one day or more"), start: time, end: time }, "a window")
  .refine(isWindow, {
    error: "a start before 24:00 and another end (00:00 and 24:00 are the whole day)",
    when: ({ issues }) => issues.every(({ code }) => code === "unrecognized_keys"),
  });

function isWindow({ start, end }: Readonly<Record<"start" | "end", string>>): boolean {
  try {
    parseHours(`${start}-${end}`);
    return true;
  } catch (error) {
    if (!(error instanceof InvalidHours)) throw error;
    return false;
  }
}

const cap = z
  .strictObject(
    { max: count(0), per_hours: count(1).optional(), per_days: count(1).optional(), scope: oneOf(SCOPES) },
    "a cap",
  )
  .refine(
    ({ per_hours, per_days }) => (per_hours === undefined) !== (per_days === undefined),
    "per_hours or per_days, and not both",
  );

const ID = "an id such as US, US-FL or US-DEBT";
const row = z.strictObject(
  {
    id: z.string(ID).regex(/^[A-Z]{2}(-[A-Z0-9]+)*$/, ID),
    name: text,
    parent: z.string("an id or null").nullable(),
    content: oneOf(CONTENTS),
    voice: oneOf(VOICES),
    line: oneOf(LINES),
    windows: listOf(window),
    holidays: text.nullable(),
    caps: listOf(cap),
    min_ring_seconds: count(1).optional(),
    consent: text.nullable(),
    consent_level: oneOf(CONSENT_LEVELS).optional(),
    consent_max_days: count(1).optional(),
    hours_lifted_by: text.nullable(),
    basis: oneOf(BASES),
    effective_from: date.nullable(),
    flags: listOf(text),
    confidence: oneOf(CONFIDENCES),
    verified_on: date,
    sources: listOf(text),
    notes: z.string("a text"),
  },
  "a rule",
);

/** As a file says it. */
export const tableForm = z.object(
  { meta: z.object({ version: date }, "an object"), rules: listOf(row).min(1, "one rule or more") },
  "an object with meta and rules",
);
type TableForm = z.output<typeof tableForm>;

/** Reads a table; throws InvalidRules with everything that is wrong in it. */
export function parseRules(json: unknown): RuleTable {
  const parsed = tableForm.safeParse(json, { jitless: true });
  if (!parsed.success) throw new InvalidRules(parsed.error.issues.flatMap((issue) => inWords(issue, json)));
  const problems = wrongIn(parsed.data);
  if (problems.length > 0) throw new InvalidRules(problems);
  return tableOf(parsed.data);
}

/** Mistakes that the form of a row does not show. */
function wrongIn({ rules: rows }: TableForm): readonly string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  const national = new Set(rows.filter(({ parent }) => parent === null).map(({ id }) => id));
  for (const [index, row] of rows.entries()) {
    const { id, parent } = row;
    const wrong = (field: string, expected: string, got: unknown) =>
      problems.push(`rules[${index}].${field}: expected ${expected}, got ${shown(got)}`);
    if (ids.has(id)) wrong("id", "an id of its own", id);
    ids.add(id);

    if (parent !== null && !national.has(parent)) wrong("parent", "null or the id of a row without a parent", parent);
    else if (parent !== null && !id.startsWith(`${parent}-`)) wrong("id", `an id that begins with ${parent}-`, id);

    const calendar = calendarOf(row);
    if (calendar !== null && !CALENDARS.includes(calendar))
      wrong("holidays", `null or a calendar there is data for (${CALENDARS.join(", ")})`, calendar);
  }
  return problems;
}

const tableOf = ({ meta, rules }: TableForm): RuleTable => ({
  version: meta.version,
  rules: rules.map((row) => ({
    id: row.id,
    name: row.name,
    country: row.id.slice(0, 2),
    state: stateOf(row),
    content: row.content,
    voice: row.voice,
    line: row.line,
    windows: row.windows.map(({ days, start, end }) => ({ days, ...parseHours(`${start}-${end}`) })),
    calendar: calendarOf(row),
    caps: row.caps.map(({ max, per_hours = 0, per_days = 0, scope }) => ({
      max,
      within: per_hours * HOUR + per_days * DAY,
      scope,
    })),
    consent: row.consent,
    consentLevel: row.consent_level ?? null,
    consentMaxDays: row.consent_max_days ?? null,
    minRingSeconds: row.min_ring_seconds ?? null,
    hoursLiftedBy: row.hours_lifted_by,
    basis: row.basis,
    effectiveFrom: row.effective_from,
    flags: row.flags,
    confidence: row.confidence,
    verifiedOn: row.verified_on,
    sources: row.sources,
    notes: row.notes,
  })),
});

type Row = TableForm["rules"][number];

/** `FL` of `US-FL`, and of `US-FL-DEBT`. */
const stateOf = ({ id, parent }: Row): string | null =>
  parent === null ? null : (id.slice(parent.length + 1).split("-")[0] ?? "");

const calendarOf = (row: Row): string | null =>
  row.holidays === "state_calendar" ? `${row.id.slice(0, 2)}-${stateOf(row)}` : row.holidays;

function inWords(issue: z.core.$ZodIssue, json: unknown): readonly string[] {
  let found = json;
  let path = "";
  for (const key of issue.path) {
    found = isRecord(found) ? found[key] : undefined;
    path += typeof key === "number" ? `[${key}]` : `${path === "" ? "" : "."}${String(key)}`;
  }
  const at = (key: string) => [path, key].filter(Boolean).join(".") || "the table";
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => `${at(key)}: expected no such field`);
  return [`${at("")}: expected ${issue.message}, got ${shown(found)}`];
}

const isRecord = (value: unknown): value is Record<PropertyKey, unknown> => typeof value === "object" && value !== null;

function shown(value: unknown): string {
  const json = value === undefined ? "nothing" : JSON.stringify(value);
  return json.length <= 60 ? json : `${json.slice(0, 60)}…`;
}

/** The table that the program brings along. A test checks it as parseRules would, so that not every start of a command has to. */
export function shippedRules(): RuleTable {
  return (readOnce ??= tableOf(shipped as unknown as TableForm));
}
let readOnce: RuleTable | undefined;

/** Rules change within months; an old table is worth a warning. */
export const isStale = (table: RuleTable, now: Instant): boolean => now - Date.parse(table.version) > 180 * DAY;
