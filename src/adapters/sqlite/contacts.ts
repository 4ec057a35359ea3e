/** Contacts in: files are filled in batches and sealed when whole, so a broken import leaves nothing behind. */
import type { SQLInputValue } from "node:sqlite";
import type { ContactSource } from "../../domain/calls/campaign.ts";
import type { NewContact } from "../../domain/calls/contact.ts";
import { DAY, type Instant } from "../../domain/time/instant.ts";
import { placeKey, placeOf } from "../../domain/phones/place.ts";
import { unknownSource } from "../../engine/errors.ts";
import type {
  ContactCounts,
  ContactList,
  ContactRecord,
  MergedFile,
  NewContactFile,
} from "../../engine/ports/index.ts";
import { callOf } from "../call-rows.ts";
import { campaignRefOf } from "../campaign-rows.ts";
import { contactListOf, filledIn, newContactOf } from "../contact-rows.ts";
import { iso } from "../columns.ts";
import type { Database } from "./database.ts";
import { findByRef, insert, insertEach, MINE, MY_CALL, numbersOf, OF_NUMBER } from "./sql.ts";
import { keepConsents } from "./suppression.ts";

export function addContactFile(db: Database, file: NewContactFile, at: Instant): void {
  // What an import left that was killed.
  db.run("delete from csv_files where status = 'processing' and created_at < :old", { old: iso(at - DAY) });
  insert(db, "csv_files", {
    id: file.id,
    user_id: db.owner,
    filename: file.filename,
    original_filename: file.filename,
    file_size: file.size,
    status: "processing",
    created_at: iso(at),
  });
}

export function addContacts(db: Database, file: string, contacts: readonly NewContact[]): void {
  refuseForeign(db, { kind: "csv_file", id: file });
  const last = db.get("select max(position) as n from csv_contacts where csv_file_id = :file", { file })?.["n"];
  for (let n = 0; n < contacts.length; n += AT_ONCE) {
    const some = contacts.slice(n, n + AT_ONCE);
    insertEach(db, "csv_contacts", COLUMNS, contactValues(db, file, Number(last ?? 0) + 1 + n, some));
  }
}

/** Few enough that what is sealed is forgotten while it is young; of whole batches, most would be copied first. */
const AT_ONCE = 100;

const COLUMNS =
  "csv_file_id position name phone_number email company do_not_call variables time_zone place consent".split(" ");

function* contactValues(
  { vault }: Database,
  file: string,
  first: number,
  contacts: readonly NewContact[],
): Iterable<SQLInputValue[]> {
  const written = contacts.map((contact, n) => ({
    id: vault.isPlain ? "" : `${file}-${first + n}`,
    phone_number: contact.phoneNumber,
    name: contact.name,
    email: contact.email,
    company: contact.company ?? null,
    variables: JSON.stringify(contact.variables),
    consent: contact.consent == null ? null : JSON.stringify(contact.consent),
  }));
  const rows = vault.sealAll<string | null>(written);
  for (const [n, contact] of contacts.entries()) {
    const { phone_number, name, email, company, variables, consent } = rows[n] ?? {};
    yield [
      file,
      first + n,
      name ?? null,
      phone_number ?? null,
      email ?? null,
      company ?? null,
      contact.doNotCall === true ? 1 : 0,
      variables ?? null,
      contact.timeZone ?? null,
      placeKey(placeOf(contact.phoneNumber, contact.timeZone ?? null)),
      consent ?? null,
    ];
  }
}

/** Duplicates are found by sorting the numbers once, in the database, in whatever memory it takes for that. */
export function sealContactFile(db: Database, file: string): ContactCounts {
  refuseForeign(db, { kind: "csv_file", id: file });
  db.run(
    "create temp table if not exists later (position integer primary key, phone_number text, do_not_call integer)",
  );
  db.run("delete from later");
  // Most files have few or none, and to number the rows of each takes longer than to sort them.
  const duplicates = db.run(
    `insert into later select position, phone_number, do_not_call from (
       select position, phone_number, do_not_call,
              row_number() over (partition by phone_number order by position) as nth
       from csv_contacts where csv_file_id = :file and phone_number in (
         select phone_number from csv_contacts where csv_file_id = :file group by phone_number having count(*) > 1))
     where nth > 1`,
    { file },
  );
  if (duplicates > 0) {
    // A number that is marked once is not to be called, wherever else it stands without the mark.
    db.run(
      `update csv_contacts set do_not_call = 1 where csv_file_id = :file and do_not_call = 0
         and phone_number in (select phone_number from later where do_not_call = 1)`,
      { file },
    );
    db.run("delete from csv_contacts where csv_file_id = :file and position in (select position from later)", { file });
    db.run("delete from later");
  }
  const { callable, suppressed } = countFile(db, file);
  db.run("update csv_files set status = 'ready', processed_contacts = :n, total_contacts = :n where id = :file", {
    file,
    n: callable + suppressed,
  });
  return { callable, suppressed, duplicates };
}

type Count = Omit<ContactCounts, "duplicates">;

const countFile = (db: Database, id: string): Count =>
  countOf(db, "select count(*) as n, sum(do_not_call) as marked from csv_contacts where csv_file_id = :id", id);
const countList = (db: Database, id: string): Count =>
  countOf(db, "select count(*) as n, sum(do_not_call) as marked from contacts where contact_list_id = :id", id);

function countOf(db: Database, sql: string, id: string): Count {
  const row = db.get(sql, { id });
  const suppressed = Number(row?.["marked"] ?? 0);
  return { callable: Number(row?.["n"] ?? 0) - suppressed, suppressed };
}

export function mergeContactFile(
  db: Database,
  file: string,
  { id, name }: Pick<ContactList, "id" | "name">,
  at: Instant,
): MergedFile {
  refuseForeign(db, { kind: "csv_file", id: file });
  insert(db, "contact_lists", { id, user_id: db.owner, name, created_at: iso(at) }, "ignore");
  const list = String(findByRef(db, "contact_lists", name).at(0)?.["id"] ?? id);
  const [before, staged] = [countList(db, list), countFile(db, file)];
  const marked = db.run(
    `update contacts set do_not_call = 1 where contact_list_id = :list and do_not_call = 0 and phone_number in
       (select phone_number from csv_contacts where csv_file_id = :file and do_not_call = 1)`,
    { list, file },
  );
  if (marked > 0) endMarked(db, file, "contact_list_id", list, at);
  const last = Number(
    db.get("select max(position) as n from contacts where contact_list_id = :list", { list })?.["n"] ?? 0,
  );
  // In the order of the numbers, in which the table is kept: a million rows are then appended, not scattered.
  db.run(
    `insert or ignore into contacts (contact_list_id, phone_number, position, name, email, company, do_not_call,
       variables, created_at, time_zone, place, consent)
     select :list, phone_number, position + cast(:last as integer), name, email, company, do_not_call,
            iif(variables glob '~*', rebound(variables, phone_number, id, :list || '-' || (position + cast(:last as integer))), variables),
            :at, time_zone, place, consent
     from csv_contacts where csv_file_id = :file order by phone_number`,
    { list, file, at: iso(at), last },
  );
  keepConsents(db, { kind: "contact_list", id: list });
  db.run("update csv_files set status = 'processing' where id = :file", { file });
  const after = countList(db, list);
  const callable = after.callable - before.callable + marked;
  const suppressed = after.suppressed - before.suppressed;
  const duplicates = staged.callable + staged.suppressed - callable - suppressed;
  const [merged] = findContactLists(db, list);
  if (merged === undefined) throw new Error("a list that was just filled is gone");
  return { list: merged, added: { callable, suppressed, duplicates } };
}

/** Contacts that the file marks may have become calls before, of the campaigns whose `column` is that. */
export function endMarked(
  db: Database,
  file: string,
  column: "id" | "contact_list_id",
  value: string,
  at: Instant,
): void {
  db.run(
    `update campaign_calls set status = 'failed', end_reason = 'do_not_call', next_attempt_at = null,
       completed_at = :at, updated_at = :at
     where status = 'pending' and attempt_id is null and campaign_id in (select id from campaigns where ${column} = :value)
       and phone_number in (select phone_number from csv_contacts where csv_file_id = :file and do_not_call = 1)`,
    { file, value, at: iso(at) },
  );
}

export function dropContactFile(db: Database, id: string): void {
  db.run(`delete from csv_files where id = :id and ${MINE}`, { id, owner: db.owner });
}

/** A source of another owner is one that is not there. */
export function refuseForeign(db: Database, { kind, id }: ContactSource): void {
  const table = kind === "csv_file" ? "csv_files" : "contact_lists";
  if (db.get(`select 1 from ${table} where id = :id and ${MINE}`, { id, owner: db.owner }) === undefined) {
    throw unknownSource();
  }
}

export const listContactLists = (db: Database): ContactList[] =>
  db
    .all(`select * from contact_lists where ${MINE} order by name collate nocase, id`, { owner: db.owner })
    .map((row) => contactListOf(row, countList(db, String(row["id"]))));

export const findContactLists = (db: Database, ref: string): ContactList[] =>
  findByRef(db, "contact_lists", ref).map((row) => contactListOf(row, countList(db, String(row["id"]))));

export function listVariables(db: Database, list: string): ReadonlyMap<string, number> {
  const rows = db.each(
    `select * from contacts where do_not_call = 0
       and contact_list_id in (select id from contact_lists where id = :list and ${MINE})`,
    { list, owner: db.owner },
  );
  return filledIn(rows);
}

export function contactRecord(db: Database, phoneNumber: string): ContactRecord {
  const asked = { numbers: numbersOf(db, phoneNumber), owner: db.owner };
  const inLists = db.all(
    `select l.id as list_id, l.name as list_name, c.* from contact_lists l
     join contacts c on c.contact_list_id = l.id and c.${OF_NUMBER}
     where ${MINE} order by l.name collate nocase, l.id`,
    asked,
  );
  // Campaign by campaign, so that the index on campaign and number serves.
  const calls = db.all(
    `select p.name as campaign_name, p.execution_status, k.* from campaign_calls k left join campaigns p on p.id = k.campaign_id
     where (k.campaign_id in (select id from campaigns) or k.campaign_id is null) and k.${OF_NUMBER} and ${MY_CALL}
     order by k.position`,
    asked,
  );
  const waiting = db.all(
    `select k.id as campaign_id, k.name as campaign_name, k.execution_status from campaigns k
     where k.execution_status = 'idle' and ${MINE} and (
       exists (select 1 from contacts c where c.contact_list_id = k.contact_list_id
               and c.${OF_NUMBER} and c.do_not_call = 0)
       or exists (select 1 from csv_contacts c where c.csv_file_id = k.csv_file_id
               and c.${OF_NUMBER} and c.do_not_call = 0))
     order by k.created_at, k.id`,
    asked,
  );
  return {
    inLists: inLists.map((row) => ({
      list: { id: String(row["list_id"]), name: String(row["list_name"]) },
      contact: newContactOf(row),
    })),
    calls: calls.map((row) => ({
      campaign: row["campaign_id"] === null ? null : campaignRefOf(row),
      call: callOf(row),
    })),
    waiting: waiting.map(campaignRefOf),
  };
}
