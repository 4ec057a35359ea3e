/** For whom a number was erased that is on the do-not-call list since: their erasure is nobody else's. */
import { erasedBy, erasedFor, NO_OWNER } from "../do-not-call-rows.ts";
import type { Database } from "./database.ts";
import { numbersOf, OF_NUMBER } from "./sql.ts";

/** Is the entry `d` of an erasure for `owner` too, an expression of SQL? As erasedFor says. */
export const isErasedFor = (owner: string): string =>
  `(coalesce(d.added_by, 'operator') in (${NO_OWNER.map((word) => `'${String(word)}'`).join(", ")}) or d.added_by = ${owner}
    or iif(json_valid(d.added_by), exists (select 1 from json_each(d.added_by) e where e.value = ${owner}), 0))`;

/**
 * Has `add` put the number on the list, if it is not there yet, as erased for `owners`, or (null) for everybody. Whom it was erased
 * for before stays among them. Returns what `add` does.
 */
export function listErased(db: Database, number: string, owners: readonly string[] | null, add: () => number): number {
  const values = { numbers: numbersOf(db, number) };
  const before = db.all(`select added_by from do_not_call_numbers where ${OF_NUMBER} and source = 'erased'`, values);
  const added = add();
  db.run(
    `update do_not_call_numbers set added_by = :by where ${OF_NUMBER} and source = 'erased' and added_by is not :by`,
    {
      ...values,
      by: erasedBy([...before.map(({ added_by }) => erasedFor(added_by)), owners]),
    },
  );
  return added;
}
