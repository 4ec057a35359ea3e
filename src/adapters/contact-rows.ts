/** Rows ↔ contacts and their lists, for every SQL store. */
import { z } from "zod";
import { CONSENT_LEVELS } from "../domain/hours/consent-level.ts";
import type { NewContact } from "../domain/calls/contact.ts";
import type { ContactList } from "../engine/ports/index.ts";
import { flag, instant, json, readRow, type Row, text, variables } from "./columns.ts";

const contactListRow = z.object({ id: text, name: text, created_at: instant });

/** A list and how many contacts were counted in it. */
export function contactListOf(
  raw: Row,
  { callable, suppressed }: { callable: number; suppressed: number },
): ContactList {
  const { id, name, created_at: createdAt } = contactListRow.parse(raw);
  return { id, name, contacts: callable + suppressed, suppressed, createdAt };
}

const consent = z
  .object({
    grantedAt: z.number().nullable(),
    source: text.nullable(),
    proof: text.nullable(),
    level: z.enum(CONSENT_LEVELS).optional(),
    purpose: text.optional(),
    expiresAt: z.number().optional(),
  })
  .transform(({ level, purpose, expiresAt, ...said }) => ({
    ...said,
    ...(level !== undefined && { level }),
    ...(purpose !== undefined && { purpose }),
    ...(expiresAt !== undefined && { expiresAt }),
  }));
const contactRow = z.object({
  id: text,
  name: text.nullable(),
  phone_number: text,
  email: text.nullable(),
  company: text.nullable(),
  do_not_call: flag,
  variables,
  time_zone: text.nullable(),
  consent: json(consent.nullable()),
});

const HARMLESS: Readonly<Record<keyof typeof contactRow.shape, unknown>> = {
  id: "",
  name: null,
  phone_number: "",
  email: null,
  company: null,
  do_not_call: true,
  variables: {},
  time_zone: null,
  consent: null,
};

export function newContactOf(raw: Row): NewContact {
  const { row } = readRow(contactRow, raw, HARMLESS);
  return {
    id: row.id,
    name: row.name,
    phoneNumber: row.phone_number,
    email: row.email,
    company: row.company,
    doNotCall: row.do_not_call,
    timeZone: row.time_zone,
    consent: row.consent,
    variables: row.variables,
  };
}
