/**
 * Names out of the file for completion. It is not opened as a store is: that would bring an older file up to date, and leave
 * a journal beside it.
 */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { type Named, NAMES, type Names } from "../../engine/ports/names.ts";

const QUERIES: Readonly<Record<Named, string>> = {
  campaigns: "select name from campaigns where :owner is null or user_id = :owner order by created_at desc, name",
  lists: "select name from contact_lists where :owner is null or user_id = :owner order by created_at desc, name",
  trunks: `select distinct coalesce(outbound_trunk_name, outbound_trunk_id) as name from phone_number
    where outbound_trunk_id is not null and (:owner is null or user_id is null or user_id = :owner) order by name`,
};

export const sqliteNames =
  (path: string, owner: string | undefined): Names =>
  async (of) => {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
    const url = pathToFileURL(path);
    // Without a journal nobody is writing, and all of it is in the file itself: then SQLite needs no files beside it.
    if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) url.search = "immutable=1";
    using db = new DatabaseSync(url, { readOnly: true });
    const rows = db.prepare(`${QUERIES[of]} limit ${NAMES}`).all({ owner: owner ?? null });
    return await Promise.resolve(rows.map(({ name }) => String(name)));
  };
