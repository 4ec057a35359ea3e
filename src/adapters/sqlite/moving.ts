/** Campaigns leaving the embedded store for another: read row by row with everything that belongs to them, then closed. */
import type { Instant } from "../../domain/instant.ts";
import { Refused } from "../../engine/errors.ts";
import { findCampaigns, listCampaigns, moveCampaign } from "./campaigns.ts";
import { Database, type Row } from "./database.ts";

/** Rows of one table, columns named as everywhere; lists and maps as values, not as text. */
export interface MovingRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface Leaving {
  readonly id: string;
  readonly name: string;
  /** In an order in which every row finds what it refers to. */
  readonly rows: () => Iterable<MovingRows>;
  /** Ends the campaign here, so that nobody dials it from both places. */
  readonly close: (at: Instant) => void;
}

const BATCH = 500;
const MOVED = "moved to Supabase";
const AS_JSON = ["calling_days", "retry_after_ms", "caller_ids", "variables", "consent"];

/**
 * Campaigns that can leave the file: those named by id or name, or all; those that have left already are passed over.
 * Refused when one of them is running or has a call under way: its runner would go on dialing from here.
 */
export function leavingCampaigns(path: string, refs: readonly string[]): Leaving[] & Disposable {
  const db = new Database(path, null);
  try {
    return Object.assign(leaving(db, refs), { [Symbol.dispose]: () => db.close() });
  } catch (error) {
    db.close();
    throw error;
  }
}

function leaving(db: Database, refs: readonly string[]): Leaving[] {
  const chosen = refs.length === 0 ? listCampaigns(db) : refs.flatMap((ref) => exactlyOne(db, ref));
  const staying = chosen.filter(({ statusReason }) => statusReason !== MOVED);
  for (const { id, name, status } of staying) {
    const live = db.get("select 1 from call_attempts where campaign_id = :id and state <> 'ended'", { id });
    if (status === "running" || live !== undefined) {
      throw new Refused("running", `cannot move "${name}": it is running, or has calls under way`, {
        hint: "campaigns pause it, wait until campaigns status shows no live call, and move it then",
      });
    }
  }
  return staying.map(({ id, name }) => ({
    id,
    name,
    rows: () => rowsOf(db, id),
    close: (at) => {
      // What has ended stays as it ended; the reason marks it as gone.
      db.transaction(() => moveCampaign(db, id, "stop", { at, reason: MOVED }));
      db.run("update campaigns set status_reason = :reason where id = :id", { id, reason: MOVED });
    },
  }));
}

function exactlyOne(db: Database, ref: string): ReturnType<typeof findCampaigns> {
  const found = findCampaigns(db, ref);
  if (found.length === 1) return found;
  throw new Refused("unknown_campaign", `expected a campaign of the SQLite file, found ${found.length} for "${ref}"`, {
    hint: "campaigns list --db FILE shows them",
  });
}

function* rowsOf(db: Database, id: string): Generator<MovingRows> {
  yield* batches(db, "do_not_call_numbers", ":id is not null", id, "phone_number");
  yield* batches(db, "consents", ":id is not null", id);
  yield* batches(db, "csv_files", "id = (select csv_file_id from campaigns where id = :id)", id);
  yield* batches(
    db,
    "csv_contacts",
    "csv_file_id = (select csv_file_id from campaigns where id = :id)",
    id,
    "position",
  );
  yield* batches(db, "contact_lists", "id = (select contact_list_id from campaigns where id = :id)", id);
  yield* batches(
    db,
    "contacts",
    "contact_list_id = (select contact_list_id from campaigns where id = :id)",
    id,
    "position",
  );
  yield* batches(db, "campaigns", "id = :id", id);
  yield* batches(db, "campaign_calls", "campaign_id = :id", id);
  yield* batches(db, "call_attempts", "campaign_id = :id", id);
  const attempts = "attempt_id in (select id from call_attempts where campaign_id = :id)";
  yield* batches(db, "carrier_calls", attempts, id, "attempt_id");
}

/** In the order in which they were written, which is the order of calls. */
function* batches(db: Database, table: string, rule: string, id: string, key = "rowid"): Generator<MovingRows> {
  for (let after: string | number = key === "rowid" || key === "position" ? 0 : ""; ;) {
    const page: Row[] = db.all(
      `select ${key} as moving_key, t.* from ${table} t
       where ${rule} and ${key} > :after order by ${key} limit ${BATCH}`,
      { id, after },
    );
    if (page.length > 0) yield { table, rows: page.map((row) => spelled(table, row)) };
    const last = page.at(-1)?.["moving_key"];
    if (page.length < BATCH || last === undefined || last === null) return;
    after = last;
  }
}

/** A row without what only this store knows, its JSON read. */
function spelled(table: string, row: Row): Readonly<Record<string, unknown>> {
  const { moving_key: _, position: __, ...columns } = row;
  const values = Object.entries(columns).map(([name, value]): [string, unknown] => [
    name,
    AS_JSON.includes(name) && typeof value === "string" ? (JSON.parse(value) as unknown) : value,
  ]);
  // Numbered there anew: a consent is known by what it says.
  if (table === "consents") return Object.fromEntries(values.filter(([name]) => name !== "id"));
  // There the number is looked up through the call.
  if (table === "call_attempts") return Object.fromEntries(values.filter(([name]) => name !== "phone_number"));
  return table === "campaigns" ? campaignColumns(Object.fromEntries(values)) : Object.fromEntries(values);
}

/**
 * The day of the daily count is a date there, beside the instant of the reset; contacts that became calls are not copied
 * again; outcomes are counted there as their calls come in.
 */
function campaignColumns({ last_daily_reset: day, ...columns }: Record<string, unknown>): Record<string, unknown> {
  const copied = columns["execution_status"] === "idle" ? null : columns["status_at"];
  const outcomes = { interested: 0, not_interested: 0, callback: 0, do_not_call: 0 };
  return { ...columns, ...outcomes, daily_day: day, copied_at: copied };
}
