/** Rows ↔ contacts and their lists, for every SQL store. */
import { z } from "zod";
import { CONSENT_LEVELS } from "../domain/hours/consent-level.ts";
import type { NewContact } from "../domain/calls/contact.ts";
import type { ContactList } from "../engine/ports/index.ts";
import { flag, instant, json, onFirstUse, readRow, type Row, text, variables } from "./columns.ts";

const contactListRow = onFirstUse(() => z.object({ id: text, name: text, created_at: instant }));

/** A list and how many contacts were counted in it. */
export function contactListOf(
  raw: Row,
  { callable, suppressed }: { callable: number; suppressed: number },
): ContactList {
  const { id, name, created_at: createdAt } = contactListRow().parse(raw);
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
const contactRow = onFirstUse(() =>
  z.object({
    id: text,
    name: text.nullable(),
    phone_number: text,
    email: text.nullable(),
    company: text.nullable(),
    do_not_call: flag,
    variables,
    time_zone: text.nullable(),
    consent: json(consent.nullable()),
  }),
);

const HARMLESS: Readonly<Record<keyof ReturnType<typeof contactRow>["shape"], unknown>> = {
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
  const { row } = readRow(contactRow(), raw, HARMLESS);
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

/** For how many contacts each name is filled: more than white space. What a contact is itself called counts where no variable is. */
export function filledIn(rows: Iterable<Row>): ReadonlyMap<string, number> {
  const filled = new Map<string, number>();
  for (const row of rows) {
    const { name, email, company, variables } = newContactOf(row);
    for (const [key, value] of Object.entries(variables)) {
      filled.set(key, (filled.get(key) ?? 0) + (value.trim() === "" ? 0 : 1));
    }
    for (const [key, value] of Object.entries({ name, email, company })) {
      if (value == null || value.trim() === "" || Object.hasOwn(variables, key)) continue;
      filled.set(key, (filled.get(key) ?? 0) + 1);
    }
  }
  return new Map([...filled].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
