/** Contact lists, the do-not-call list, trunks and caller IDs as JSON. */
import { z } from "@hono/zod-openapi";
import { TRANSPORTS } from "../../engine/ports/trunk-admin.ts";
import { callSchema, phoneNumber } from "./calls.ts";
import { counts, instant, text } from "./common.ts";

export const listSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    contacts: z.number().int(),
    do_not_call: z.number().int(),
    created_at: instant.nullable(),
  })
  .openapi("ContactList");

export const importSchema = z
  .object({
    read: z.number().int(),
    kept: z.number().int(),
    duplicates: z.number().int(),
    suppressed: z.number().int(),
    unverified: z.number().int(),
    unrounded: z.number().int(),
    undated: z.number().int(),
    outside: z.number().int(),
    countries: counts,
    columns: z.array(z.string()),
    empty: counts,
    rejected: counts.describe("rows that cannot be used, by reason"),
    examples: z.array(z.object({ line: z.number().int(), column: z.string().nullable(), reason: z.string() })),
    notes: z.array(z.string()),
  })
  .openapi("ImportReport");

export const importedSchema = z.object({ list: listSchema, created: z.boolean(), import: importSchema });

/** How a file is written, as the flags of `contacts import` say it. */
export const importQuery = z.strictObject({
  default_region: text(2).optional().describe("country of numbers written without one, such as US"),
  map: text(2000).optional().describe("which column holds what: phone=Mobile,name=Who"),
  ignore: text(2000).optional().describe("a column to leave out"),
  delimiter: text(10).optional(),
  encoding: text(40).optional(),
  date_format: text(40).optional(),
});

export const entrySchema = z
  .object({
    phone_number: z.string(),
    source: z.string(),
    reason: z.string().nullable(),
    added_at: instant.nullable(),
    expires_at: instant.nullable(),
    added_by: z.string().nullable().describe("operator, an owner's id, or several of them; to an owner, no other owner's"),
  })
  .openapi("DoNotCallEntry");

export const sourceSchema = z.object({
  source: z.string(),
  entries: z.number().int(),
  refreshed_at: instant.nullable(),
  age_days: z.number().int(),
});

export const addedSchema = z.object({ added: z.number().int(), already: z.number().int() });
export const removedSchema = z.object({ removed: z.number().int(), unknown: z.number().int() });
export const checkedSchema = z.object({
  do_not_call: z.boolean().describe("all of them are"),
  numbers: z.array(z.object({ phone_number: z.string(), do_not_call: z.boolean(), entries: z.array(entrySchema) })),
});

export const doNotCallInput = z
  .strictObject({
    phone_numbers: z.array(phoneNumber).min(1).max(1000).describe("numbers, or prefixes such as +1900*"),
    reason: text(500).optional(),
    source: text(200).optional().describe("the list it is on; default operator"),
    expires: text(40).optional().describe("a date, or a duration such as 90d; default never"),
  })
  .openapi("DoNotCallInput");

export const numberSchema = z
  .object({
    number: z.string(),
    label: z.string().nullable(),
    assistant_id: z.string().nullable(),
    outbound_trunk_id: z.string().nullable(),
    outbound_trunk_name: z.string().nullable(),
    phone_sid: z.string().nullable(),
    trunk_sid: z.string().nullable(),
    delay_ms: z.number(),
    last_used_at: instant.nullable(),
  })
  .openapi("CallerNumber");

export const trunkSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    address: z.string(),
    transport: z.enum(TRANSPORTS),
    country: z.string().nullable(),
    numbers: z.array(z.string()).readonly(),
    header_names: z.array(z.string()).readonly(),
    has_credentials: z.boolean(),
    assistants: z.array(z.string()),
    assigned: z.array(numberSchema),
    limit: z.object({ delay_ms: z.number(), concurrency: z.number().int().nullable() }),
  })
  .openapi("Trunk");

export const assistantSchema = z.object({
  assistant_id: z.string(),
  numbers: z.array(numberSchema),
  trunks: z.array(trunkSchema),
  missing_trunks: z.array(z.string()).readonly(),
});

export const consentSchema = z
  .object({
    phone_number: z.string(),
    channel: z.string(),
    purpose: z.string(),
    level: z.string(),
    granted_at: instant.nullable(),
    source: z.string(),
    proof: z.string().nullable(),
    expires_at: instant.nullable(),
    revoked_at: instant.nullable(),
    valid: z.boolean(),
  })
  .openapi("Consent");

const personSchema = z.object({
  name: z.string().nullable(),
  email: z.string().nullable(),
  company: z.string().nullable(),
  do_not_call: z.boolean(),
  time_zone: z.string().nullable(),
  consent: z
    .object({ granted_at: instant.nullable(), source: z.string().nullable(), proof: z.string().nullable() })
    .nullable(),
  variables: z.record(z.string(), z.string()),
});

export const knownSchema = z
  .object({
    phone_number: z.string(),
    on_do_not_call_list: z.boolean(),
    consents: z.array(consentSchema),
    lists: z.array(z.object({ id: z.string(), name: z.string(), contact: personSchema })),
    calls: z.array(callSchema.extend({ campaign: z.string().nullable() })),
    not_started: z.array(z.object({ campaign_id: z.string(), campaign: z.string() })),
  })
  .openapi("Contact");
