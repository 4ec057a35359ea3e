/**
 * What each command prints with --json. schemas/ in the package is made of it, and a test holds the commands to it: whoever
 * adds a field to an output adds it here, or where the API says the same.
 */
import { z } from "zod";
import { BREACHES } from "../../domain/calls/dial-proof.ts";
import { tableForm } from "../../domain/hours/rules.ts";
import { PERSONAL_TABLES, PURGED } from "../../engine/ports/privacy.ts";
import { callSchema } from "../../http/schemas/calls.ts";
import { costSchema, explanationSchema, preflightSchema, statusSchema } from "../../http/schemas/campaigns.ts";
import { counts, instant, problemSchema } from "../../http/schemas/common.ts";
import {
  addedSchema,
  assistantSchema,
  checkedSchema,
  consentSchema,
  entrySchema,
  importedSchema,
  importSchema,
  knownSchema,
  listSchema,
  numberSchema,
  removedSchema,
  sourceSchema,
  trunkSchema,
} from "../../http/schemas/contacts.ts";
import { campaignFile } from "../../json/campaign-file.ts";
import { listening, runEvents } from "./events.ts";
import { results, simulation } from "./results.ts";

const text = z.string();
const n = z.int();
const each = (keys: readonly string[], schema: z.ZodType) =>
  z.object(Object.fromEntries(keys.map((key) => [key, schema])));

const costs = z.array(costSchema);
const rows = each(PERSONAL_TABLES, n).describe("by table");
const copies = z
  .array(z.object({ file: text, encrypted: z.boolean().nullable().describe("null: it cannot be read") }))
  .describe("what restore left beside the SQLite file: it holds what was stored before, and is yours to remove");
const removal = {
  copies,
  dry_run: z.boolean(),
  recordings: z.array(text).describe("files that are yours to remove"),
  still_read: z.boolean().describe("another program reads the database: run it again when it has ended"),
};
const health = z.enum(["ok", "warning", "failed"]);
const renewed = z.object({
  rows: n,
  unopened: n,
  copies,
  still_read: z
    .boolean()
    .describe("another program reads the database, and what was there before is in its file: keys encrypt, when it has ended"),
});
const key = text.nullable().describe("its id");

const auditEntry = z.object({
  seq: n,
  at: instant,
  actor: text.nullable(),
  user_id: text.nullable(),
  action: text,
  campaign_id: text.nullable(),
  call_id: text.nullable(),
  attempt_id: text.nullable(),
  subject: n.nullable().describe("stands for a number"),
  before: z.unknown(),
  after: z.unknown(),
});

const violation = z.object({
  breach: z.enum(BREACHES),
  call_id: text,
  attempt_id: text,
  campaign_id: text.nullable(),
  words: text,
});

const applied = z.object({
  result: z.enum(["created", "changed", "unchanged"]),
  dry_run: z.boolean(),
  id: text.nullable(),
  name: text,
  changes: z.record(text, z.array(z.unknown())).describe("[as it was, as the file says]"),
  contacts: z
    .object({ added: n, known: n, differing: n, marked: n, missing: n })
    .nullable()
    .describe("null: the file names none, they are a list's, or all of them are new"),
  import: importSchema.optional(),
});

const provisioned = z.object({
  assistant_id: text,
  number: text,
  address: text.nullable(),
  outbound_trunk_id: text.nullable(),
  trial: z.boolean(),
  dry_run: z.boolean(),
  steps: z.array(z.object({ step: text, was: z.enum(["there", "made", "would_make"]) })),
});

const moved = z.object({
  moved: z.array(z.object({ id: text, name: text, calls: n })),
  added: counts.describe("rows that belong to no campaign, by table"),
  kept: z.array(z.object({ table: text, what: text })).describe("there already, with other contents"),
});

export interface Output {
  /** One of these: the forms that an object, or a line, may have. */
  readonly forms: readonly z.ZodType[];
  /** One object a line, for as long as it goes on. */
  readonly lines: boolean;
}

const one = (...forms: readonly z.ZodType[]): Output => ({ forms, lines: false });
const lines = (...forms: readonly z.ZodType[]): Output => ({ forms, lines: true });

/** By the words of the command. mcp is not among them: it speaks a protocol of its own. */
export const OUTPUTS: Readonly<Record<string, Output>> = {
  create: one(
    statusSchema.extend({
      created: z.boolean(),
      import: importSchema.optional(),
      preflight: preflightSchema.optional().describe("with --start"),
    }),
  ),
  apply: one(applied),
  list: one(z.object({ campaigns: z.array(statusSchema) })),
  start: one(statusSchema.extend({ preflight: preflightSchema }), preflightSchema),
  pause: one(statusSchema),
  resume: one(statusSchema),
  stop: one(statusSchema),
  simulate: one(simulation),
  // With --watch one a line.
  status: lines(statusSchema.extend({ costs }), z.object({ campaigns: z.array(statusSchema) })),
  calls: one(z.object({ calls: z.array(callSchema), next: text.nullable().describe("for --after; null: no more") })),
  "calls sync": one(z.object({ asked: n, found: n, missing: n, ambiguous: n, unpriced: n, costs })),
  report: one(results, z.object({ id: text, name: text, html: text })),
  explain: one(explanationSchema),
  "contacts import": one(importedSchema),
  "contacts lists": one(z.object({ lists: z.array(listSchema) })),
  "contacts show": one(knownSchema),
  "contacts consent": one(consentSchema, z.object({ consents: z.array(consentSchema) }), z.object({ revoked: n })),
  "dnc add": one(addedSchema),
  "dnc remove": one(removedSchema),
  "dnc check": one(checkedSchema.extend({ entry: entrySchema.nullable().describe("the first of the first number") })),
  "dnc import": one(z.object({ added: n, removed: n, import: importSchema })),
  "dnc sources": one(z.object({ sources: z.array(sourceSchema) })),
  "dnc list": one(z.object({ numbers: z.array(entrySchema) })),
  "dnc export": lines(entrySchema),
  outcome: one(callSchema),
  run: lines(...runEvents),
  serve: lines(listening, ...runEvents),
  dial: lines(...runEvents, callSchema),
  sandbox: one(z.object({ LIVEKIT_HOST: text, LIVEKIT_API_KEY: text, LIVEKIT_API_SECRET: text })),
  trunks: one(z.object({ trunks: z.array(trunkSchema) })),
  "trunks show": one(assistantSchema),
  "trunks create": one(trunkSchema),
  "trunks delete": one(z.object({ deleted: text })),
  "trunks assign": one(numberSchema.extend({ warning: text.nullable() })),
  "trunks unassign": one(z.object({ unassigned: text, was: numberSchema })),
  "trunks limit": one(trunkSchema),
  "trunks provision": one(provisioned),
  rules: one(tableForm.extend({ meta: z.looseObject({ version: text }) })),
  doctor: one(
    z.object({
      ok: n,
      warning: n,
      failed: n,
      checks: z.array(
        z.object({
          check: text,
          health,
          found: text,
          todo: text.nullable(),
          blocked_by: text.nullable().describe("the check that must be put right first; null: this one was made"),
        }),
      ),
    }),
  ),
  schema: one(z.object({ sql: text }), z.object({ written: z.array(text) })),
  backup: one(z.object({ file: text })),
  restore: one(
    z.object({
      lost: n,
      campaigns: n,
      forbidden: n.nullable().describe("null: not all are known, and every campaign is held"),
      replaced: text.nullable().describe("where the replaced file is; null: there was none"),
      copies,
    }),
  ),
  audit: one(z.object({ entries: z.array(auditEntry) })),
  "audit head": one(z.object({ link: n, hash: text, head: text })),
  "audit verify": one(
    z.object({ ok: z.boolean(), links: n, head: text, kept: text.nullable() }),
    z.object({ ok: z.boolean(), dials: n, unlogged: n, violations: z.array(violation) }),
  ),
  export: one(
    campaignFile,
    z.object({ phone_number: text, ...each(PERSONAL_TABLES, z.array(z.record(text, z.unknown()))).shape }),
    z.object({ dry_run: z.boolean(), rows }),
  ),
  erase: one(z.object({ ...removal, rows })),
  purge: one(z.object({ ...removal, older_than_ms: z.number(), rows: each(PURGED, n.optional()) })),
  "keys new": one(z.object({ key: text, file: text })),
  "keys status": one(
    z.object({ state: text, key, old_key: key, keys_set: z.array(text), numbers: counts.describe("by key; or plain"), copies }),
  ),
  "keys encrypt": one(renewed),
  "keys decrypt": one(renewed),
  "keys rotate": one(renewed),
  move: one(moved),
  completion: one(z.object({ script: text })),
  "--version": one(
    z.object({
      version: text,
      node: text,
      schema: z.object({ sqlite: n, supabase: n }),
      time_zones: z.object({ node: text.nullable(), program: text }),
      rules: text.describe("the date of the built-in calling rules"),
    }),
  ),
  /** On standard error, with an exit code above 0. */
  error: one(problemSchema.pick({ error: true })),
};

/** In the package: schemas/contacts-import.json. */
export const schemaFile = (command: string): string => `${command.replace(/^--/, "").replaceAll(" ", "-")}.json`;

/** JSON Schema, draft 2020-12. Fields may come: whoever reads the output ignores those that it does not know. */
export function outputSchema(command: string): object {
  const { forms, lines } = OUTPUTS[command] ?? one();
  const [first = z.never(), ...more] = forms;
  const description =
    command === "error"
      ? "What a command says on standard error, with --json, when its exit code is not 0 and it has printed no answer"
      : `campaigns ${command} --json prints ${lines ? "such an object a line" : "one such object"}`;
  const schema = more.length === 0 ? first : z.union([first, ...more]);
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    target: "draft-2020-12",
    // What every number of JavaScript is.
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return { $schema, title: command, description, ...rest };
}
