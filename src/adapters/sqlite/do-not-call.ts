/** The do-not-call list: numbers and prefixes, each under the source that says so. */
import type { Call } from "../../domain/calls/call.ts";
import type { ListAge } from "../../domain/calls/needed-lists.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { DoNotCallEntry, DoNotCallSource } from "../../engine/ports/index.ts";
import { doNotCallFor, doNotCallSourceOf, listAgeOf } from "../do-not-call-rows.ts";
import { iso } from "../columns.ts";
import { ONE_BY_ONE } from "../audit-rows.ts";
import { inBulk } from "./audit.ts";
import type { Database } from "./database.ts";
import { numbersOf, OF_NUMBER, WRITER } from "./sql.ts";

/** Those that are there already stay as they are, but for a longer term. */
export function addDoNotCall(db: Database, entries: readonly DoNotCallEntry[]): number {
  const sealed = entries.map((entry) => {
    const { phone_number: number = null, reason = null } = db.vault.seal({
      phone_number: entry.phoneNumber,
      reason: entry.reason,
    });
    return { number, reason, entry };
  });
  const source = entries[0]?.source ?? "";
  const add = (): number =>
    db.runEach(
      `insert or ignore into do_not_call_numbers (phone_number, source, reason, created_at, expires_at, added_by)
       values (?, ?, ?, ?, ?, ?)`,
      sealed.map(({ number, reason, entry }) => [
        number,
        entry.source,
        reason,
        iso(entry.addedAt),
        term(entry),
        author(db),
      ]),
    );
  const added =
    entries.length <= ONE_BY_ONE
      ? add()
      : inBulk(db, add, (count) => ({ action: "dnc.imported", after: { source, added: count } }));
  if (added < entries.length) {
    // What two have added neither takes off alone.
    db.runEach(
      `update do_not_call_numbers set added_by = 'several'
       where phone_number = ? and source = ? and added_by not in (?, 'several')`,
      sealed.map(({ number, entry }) => [number, entry.source, author(db)]),
    );
    db.runEach(
      `update do_not_call_numbers set expires_at = ?1
       where phone_number = ?2 and source = ?3 and expires_at is not null and (?1 is null or expires_at < ?1)`,
      sealed.map(({ number, entry }) => [term(entry), number, entry.source]),
    );
  }
  return added;
}

const author = (db: Database): string => db.owner ?? "operator";

/** What the owner may take off; wants `:owner`. */
const OWN = "(:owner is null or do_not_call_numbers.added_by = :owner)";

/** As the triggers of schema.sql do for an outcome: the wish of whom the call was made to, in the name of its owner. */
export function forbidCalled(db: Database, { id, contact }: Call, reason: string | null, at: Instant): void {
  const sealed = db.vault.seal({ phone_number: contact.phoneNumber, reason });
  db.run(
    `insert into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
     select :phone_number, 'outcome', :reason, :at, ${WRITER} from campaign_calls k where k.id = :id
     on conflict (phone_number, source) do update
       set expires_at = null, added_by = iif(added_by = excluded.added_by, added_by, 'several')
       where expires_at is not null or added_by not in (excluded.added_by, 'several')`,
    { ...sealed, at: iso(at), id },
  );
}

const term = ({ expiresAt }: DoNotCallEntry): string | null => (expiresAt === undefined ? null : iso(expiresAt));

export function refreshDoNotCallSource(db: Database, source: string, at: Instant): void {
  db.run(
    `insert into do_not_call_sources (source, refreshed_at) values (:source, :at)
     on conflict (source) do update set refreshed_at = max(refreshed_at, :at)`,
    { source, at: iso(at) },
  );
}

/** When the lists of that name were last read whole. */
export const listAges = (db: Database, sources: readonly string[]): ListAge[] =>
  db
    .all(
      `select n.value as source, s.refreshed_at from json_each(:sources) n
       left join do_not_call_sources s on s.source = n.value`,
      { sources: JSON.stringify(sources) },
    )
    .map(listAgeOf);

export function removeDoNotCall(db: Database, numbers: readonly string[], source: string | null): number {
  let removed = 0;
  for (const phoneNumber of numbers) {
    const entries = db.run(
      `delete from do_not_call_numbers
       where ${OF_NUMBER} and (:source is null or source = :source) and ${OWN}`,
      { numbers: numbersOf(db, phoneNumber), source, owner: db.owner },
    );
    if (entries > 0) removed++;
  }
  return removed;
}

export function dropDoNotCallSource(db: Database, source: string): number {
  const removed = inBulk(
    db,
    () => deleteSource(db, source),
    (count) => (count === 0 ? null : { action: "dnc.dropped", after: { source, removed: count } }),
  );
  db.run(
    `delete from do_not_call_sources where source = :source
       and not exists (select 1 from do_not_call_numbers where source = :source)`,
    { source },
  );
  return removed;
}

export function settleDoNotCall(db: Database, arriving: string, source: string, replace: boolean): number {
  if (db.get("select 1 from do_not_call_numbers where source = :arriving", { arriving }) === undefined) return 0;
  // Of an entry that stays, a longer term, as above: by itself, so that the log has what the term was.
  db.run(
    `update do_not_call_numbers set expires_at = a.expires_at from do_not_call_numbers a
     where do_not_call_numbers.source = :source and a.source = :arriving
       and a.phone_number = do_not_call_numbers.phone_number and do_not_call_numbers.expires_at is not null
       and (a.expires_at is null or do_not_call_numbers.expires_at < a.expires_at) and not (:replace = 1 and ${OWN})`,
    { arriving, source, replace: replace ? 1 : 0, owner: db.owner },
  );
  return inBulk(
    db,
    () => {
      const removed = replace ? deleteSource(db, source) : 0;
      const added = db.run(
        `insert into do_not_call_numbers (phone_number, source, reason, created_at, expires_at, added_by)
         select phone_number, :source, reason, created_at, expires_at, added_by from do_not_call_numbers
         where source = :arriving order by phone_number
         on conflict (phone_number, source) do update set added_by = 'several' where added_by <> excluded.added_by`,
        { arriving, source },
      );
      db.run("delete from do_not_call_numbers where source = :arriving", { arriving });
      return { removed, added };
    },
    (counts) => ({ action: "dnc.imported", after: { source, ...counts } }),
  ).removed;
}

const deleteSource = (db: Database, source: string): number =>
  db.run(`delete from do_not_call_numbers where source = :source and ${OWN}`, { source, owner: db.owner });

export const doNotCall = (db: Database, phoneNumber: string, at: Instant): DoNotCallEntry[] =>
  db
    .all(
      // Asked in one, SQLite would read the whole list.
      `select * from do_not_call_numbers d where d.${OF_NUMBER} and ${IN_FORCE}
       union all select * from do_not_call_numbers d where ${isPrefixOf(":number")} and ${IN_FORCE}
       order by created_at, source`,
      { number: phoneNumber, numbers: numbersOf(db, phoneNumber), at: iso(at) },
    )
    .map(doNotCallFor(db.owner));

export const listDoNotCall = (
  db: Database,
  limit: number,
  after: string | null,
  source: string | null,
): DoNotCallEntry[] =>
  db
    .all(
      `select * from do_not_call_numbers where (:source is null or source = :source) and phone_number in (
         select distinct phone_number from do_not_call_numbers
         where phone_number > :after and (:source is null or source = :source) order by phone_number limit :limit)
       order by phone_number, source`,
      { after: after === null ? "" : db.vault.equal(after), limit, source },
    )
    .map(doNotCallFor(db.owner));

export const doNotCallSources = (db: Database, at: Instant): DoNotCallSource[] =>
  db
    .all(
      `select d.source, count(*) as entries, coalesce(s.refreshed_at, max(d.created_at)) as refreshed_at
       from do_not_call_numbers d left join do_not_call_sources s on s.source = d.source
       where ${IN_FORCE} group by d.source order by d.source`,
      { at: iso(at) },
    )
    .map(doNotCallSourceOf);

const IN_FORCE = "(d.expires_at is null or d.expires_at > :at)";

/** Is the entry `d` a prefix of the number `n`, which may be sealed? Prefixes are few, and have an index of their own. */
const isPrefixOf = (n: string): string =>
  `(substr(d.phone_number, -1) = '*'
    and substr(iif(${n} glob '~*', opened(${n}), ${n}), 1, length(d.phone_number) - 1) || '*' = d.phone_number)`;

/** Wants `:at`. Two look-ups, each with its index. */
export const onDoNotCallList = (n: string): string =>
  `(exists (select 1 from do_not_call_numbers d where d.phone_number = ${n} and ${IN_FORCE})
    or exists (select 1 from do_not_call_numbers d where ${isPrefixOf(n)} and ${IN_FORCE}))`;
