/** Rows → the do-not-call list, for every SQL store. */
import { z } from "zod";
import { onFirstUse } from "./columns.ts";
import type { ListAge } from "../domain/calls/needed-lists.ts";
import type { DoNotCallEntry, DoNotCallSource } from "../engine/ports/index.ts";
import { ERASED } from "../engine/ports/suppression.ts";

type Row = Record<string, unknown>;

/** Somebody else may have written what is no instant, such as infinity; one such row must not hide the others. */
const instant = z.string().transform((text) => {
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
});
const text = z.string();

const entryRow = onFirstUse(() =>
  z.object({
    phone_number: text,
    source: text,
    reason: text.nullable(),
    created_at: instant,
    expires_at: instant.nullable(),
    added_by: text.nullish(),
  }),
);

function doNotCallOf(raw: Row): DoNotCallEntry {
  const { phone_number, source, reason, created_at, expires_at, added_by } = entryRow().parse(raw);
  const [one, ...others] = (source === ERASED && added_by != null && erasedFor(added_by)) || [added_by];
  const by = others.length > 0 ? "several" : one;
  return {
    phoneNumber: phone_number,
    source,
    reason,
    addedAt: created_at ?? 0,
    ...(by == null ? {} : { addedBy: by }),
    ...(expires_at === null ? {} : { expiresAt: expires_at }),
  };
}

/** Who has added an entry, where that is no single owner. Of an erasure: it is for everybody. */
export const NO_OWNER: readonly unknown[] = ["operator", "several"];

/**
 * For whom a number was erased, by who has added its entry: owners, as JSON, so that none takes it off. Null: for everybody, as
 * where nobody kept it.
 */
export function erasedFor(addedBy: unknown): readonly string[] | null {
  if (typeof addedBy !== "string" || NO_OWNER.includes(addedBy)) return null;
  return addedBy.startsWith('["') ? z.array(text).parse(JSON.parse(addedBy)) : [addedBy];
}

/** Several erasures as one. */
export const erasedBy = (each: readonly (readonly string[] | null)[]): string =>
  each.includes(null) ? "operator" : JSON.stringify([...new Set(each.flatMap((owners) => owners ?? []))].toSorted());

/**
 * A row of the list as an owner may read it; null: as it is. That the number is on it is everybody's to know. The reason is for
 * its writer alone, since it may be a note of a call, and no owner is told of another.
 */
export const shownTo =
  (owner: string | null) =>
  (row: Row): Row => {
    const by = row["added_by"];
    // A revocation, which is no row of the list, says nothing of it: it is the owner's own.
    if (owner === null || by === owner || by === undefined) return row;
    return { ...row, reason: null, added_by: NO_OWNER.includes(by) ? by : null };
  };

export const doNotCallFor =
  (owner: string | null) =>
  (row: Row): DoNotCallEntry =>
    doNotCallOf(shownTo(owner)(row));

/** As of reasons that the list takes from outcomes. */
export const LONGEST_REASON = 500;
/** Notes of a call, as the reason for an entry. */
export const reasonIn = (notes: string): string => notes.replaceAll(/[\r\n\t]/g, " ").slice(0, LONGEST_REASON);

const sourceRow = onFirstUse(() => z.object({ source: text, entries: z.number(), refreshed_at: instant }));

export function doNotCallSourceOf(raw: Row): DoNotCallSource {
  const { source, entries, refreshed_at } = sourceRow().parse(raw);
  return { source, entries, refreshedAt: refreshed_at ?? 0 };
}

const listAgeRow = onFirstUse(() => z.object({ source: text, refreshed_at: instant.nullable() }));

export function listAgeOf(raw: Row): ListAge {
  const { source, refreshed_at: refreshedAt } = listAgeRow().parse(raw);
  return { source, refreshedAt };
}
