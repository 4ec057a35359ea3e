/** Contact files and lists, and where their contacts are. */
import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { ContactSource } from "../../domain/calls/campaign.ts";
import type { NewContact } from "../../domain/calls/contact.ts";
import { placeKey, placeOf } from "../../domain/phones/place.ts";
import { unknownSource } from "../../engine/errors.ts";
import type { ContactList, ContactRecord, LeftOut, MergedFile, Preview, Store } from "../../engine/ports/index.ts";
import { callOf } from "../call-rows.ts";
import { campaignRefOf } from "../campaign-rows.ts";
import { contactListOf, filledIn, newContactOf } from "../contact-rows.ts";
import type { Row } from "../columns.ts";
import { askedAt } from "../suppression-rows.ts";
import { done, rowsOf, yes } from "./answers.ts";
import type { Asking } from "./asking.ts";
import { prefixed } from "./prefixes.ts";
import { contactsByPrefix } from "./prices.ts";

type Verbs = Pick<
  Store,
  | "addContactFile"
  | "addContacts"
  | "sealContactFile"
  | "mergeContactFile"
  | "joinContactFile"
  | "dropContactFile"
  | "listContactLists"
  | "findContactLists"
  | "listVariables"
  | "contactRecord"
  | "unplacedContacts"
  | "placeContacts"
  | "preview"
  | "contactsByPrefix"
>;

const counts = z.object({ callable: z.number(), suppressed: z.number(), duplicates: z.number() });
const row: z.ZodType<Row> = z.record(z.string(), z.unknown());
const listCounts = counts.omit({ duplicates: true });
const listOf = (raw: Row): ContactList => contactListOf(raw, listCounts.parse(raw));
const lists = rowsOf(listOf);
const variables = z.array(z.tuple([z.string(), z.number()])).transform((cells) => new Map(cells));
const merged = z.object({ list: row, added: counts });
const joined = z.object({
  added: z.number(),
  known: z.number(),
  differing: z.number(),
  marked: z.number(),
  missing: z.number(),
});
const unplaced = z.array(z.object({ id: z.string(), phone_number: z.string(), time_zone: z.string().nullable() }));

/** What a function says of a file or list that the owner does not have. */
function known(answer: unknown): unknown {
  if (answer === null) throw unknownSource();
  return answer;
}

export const contactVerbs = (asking: Asking, { call } = asking): Verbs => ({
  addContactFile: async (file, at) => done(await call("add_contact_file", file, at)),
  addContacts: async (file, contacts) => {
    const rows = contacts.map(contactValues);
    yes(known(await call("add_contacts", (sealer) => ({ file, contacts: sealer.rows(rows) }))));
  },
  sealContactFile: async (id) => counts.parse(known(await call("seal_contact_file", { id }))),
  mergeContactFile: async (file, { id, name }, at): Promise<MergedFile> => {
    const answer = merged.parse(known(await call("merge_contact_file", { file, id, name }, at)));
    return { list: listOf(answer.list), added: answer.added };
  },
  joinContactFile: async (file, campaign, at, dry) => {
    const sealed = {
      ...(await differing(asking, file, campaign)),
      ...(dry ? {} : await prefixed(asking, campaign, at, file)),
    };
    const answer = known(await call("join_contact_file", { file, campaign, dry, ...sealed }, at));
    return answer === "closed" ? null : joined.parse(answer);
  },
  dropContactFile: async (id) => done(await call("drop_contact_file", { id })),
  listContactLists: async () => lists(await call("list_contact_lists", {})),
  findContactLists: async (ref) => lists(await call("find_contact_lists", { ref })),
  listVariables: async (list) =>
    asking.sealer.isPlain
      ? variables.parse(await call("list_variables", { list }))
      : filledIn(await pagesOf((after) => call("list_contacts", { list, after, limit: PAGE }), row)),
  contactRecord: async (phoneNumber) =>
    recordOf(await call("contact_record", (sealer) => ({ phone_number: sealer.anyOf(phoneNumber) }))),

  unplacedContacts: async (source, limit) => {
    const answer = known(await call("unplaced_contacts", { ...sourceOf(source), limit }));
    return unplaced
      .parse(answer)
      .map(({ id, phone_number, time_zone }) => ({ key: id, phoneNumber: phone_number, timeZone: time_zone }));
  },
  placeContacts: async (source, places) =>
    void yes(known(await call("place_contacts", { ...sourceOf(source), places }))),
  contactsByPrefix: async (id, at) =>
    asking.sealer.isPlain
      ? new Map(Object.entries(prefixAnswer.parse(await call("contacts_by_prefix", { id }, at))))
      : contactsByPrefix(asking, id, at),
  preview: async (id, at, asks) => {
    const which = { id, ...(await prefixed(asking, id, at)) };
    const given = previewOf(await call("preview", which, at));
    if (asks === undefined) return given;
    const asked = askedAt(given.callable.keys(), asks);
    if (asked.length === 0) return { ...given, lackingConsent: 0 };
    return previewOf(await call("preview", { ...which, asked }, at));
  },
});

const PAGE = 1_000;

/** All pages of an answer, each asked for behind the id of the last row. */
async function pagesOf<T extends Row>(ask: (after: unknown) => Promise<unknown>, each: z.ZodType<T>): Promise<T[]> {
  const found: T[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = z.array(each).parse(await ask(last === undefined ? null : (last["id"] ?? idOf(last["theirs"]))));
    found.push(...page);
    if (page.length < PAGE) return found;
  }
}

const idOf = (value: unknown): unknown => row.parse(value)["id"];
const pair = z.object({ ours: row, theirs: row });

/** Of whom a file says something else than the campaign's own contacts: no two texts are sealed alike. */
async function differing({ call, sealer }: Asking, file: string, campaign: string): Promise<object> {
  if (sealer.isPlain) return {};
  const pairs = await pagesOf((after) => call("joined_pairs", { file, campaign, after, limit: PAGE }), pair);
  return { differing: pairs.filter(({ ours, theirs }) => saying(ours) !== saying(theirs)).length };
}

function saying(raw: Row): string {
  const { name, email, company, timeZone, consent, variables: said } = newContactOf(raw);
  return JSON.stringify([name, email, company, timeZone, inOrder(consent), inOrder(said)]);
}

const inOrder = (value: object | null | undefined): unknown =>
  Object.entries(value ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1));

const sourceOf = ({ kind, id }: ContactSource): object => ({ kind, source: id });

/** Every contact has an id chosen here, so that a batch that comes twice is there once. */
const contactValues = (contact: NewContact) => ({
  id: contact.id ?? randomUUID(),
  name: contact.name,
  phone_number: contact.phoneNumber,
  email: contact.email,
  company: contact.company ?? null,
  do_not_call: contact.doNotCall === true,
  variables: contact.variables,
  time_zone: contact.timeZone ?? null,
  place: placeKey(placeOf(contact.phoneNumber, contact.timeZone ?? null)),
  consent: contact.consent ?? null,
});

const listRef = z.object({ list_id: z.string(), list_name: z.string() });
const recordAnswer = z.object({
  in_lists: z.array(row),
  calls: z.array(z.object({ call: row, campaign: row.nullable() })),
  waiting: z.array(row),
});

function recordOf(answer: unknown): ContactRecord {
  const { in_lists, calls, waiting } = recordAnswer.parse(answer);
  return {
    inLists: in_lists.map((raw) => {
      const { list_id: id, list_name: name } = listRef.parse(raw);
      return { list: { id, name }, contact: newContactOf(raw) };
    }),
    calls: calls.map(({ call, campaign }) => ({
      campaign: campaign === null ? null : campaignRefOf(campaign),
      call: callOf(call),
    })),
    waiting: waiting.map(campaignRefOf),
  };
}

const prefixAnswer = z.record(z.string(), z.number());

const LEFT_OUT = ["marked", "on_list", "no_consent", "duplicate", "unusable"] as const satisfies LeftOut[];
const previewAnswer = z.array(
  z.object({ place: z.string().nullable(), why: z.enum([...LEFT_OUT, "lacking_consent"]).nullable(), n: z.number() }),
);

function previewOf(answer: unknown): Preview {
  const callable = new Map<string, number>();
  const leftOut: Record<LeftOut, number> = { marked: 0, on_list: 0, no_consent: 0, duplicate: 0, unusable: 0 };
  let lacking: number | null = null;
  for (const { place, why, n } of previewAnswer.parse(answer)) {
    if (why === "lacking_consent") lacking = n;
    else if (why !== null) leftOut[why] += n;
    else callable.set(place ?? "", n);
  }
  return { callable, leftOut, ...(lacking !== null && { lackingConsent: lacking }) };
}
