/** The rows that leave the embedded store, as the other one spells them. */
import type { Database, Row, Values } from "./database.ts";

/** Rows of one table, columns named as everywhere; lists and maps as values, not as text. */
export interface MovingRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

const BATCH = 500;
const AS_JSON = [
  "calling_days",
  "retry_after_ms",
  "caller_ids",
  "needs_dnc",
  "variables",
  "consent",
  "sip_headers",
  "guard",
  "recording",
  "prices",
];

/** `owner`'s rows and nobody's; wants `:owner`. */
const THEIRS = "(:owner is null or user_id is null or user_id = :owner)";

/**
 * The do-not-call list always. Of everything else (`campaigns` null) all, and of named campaigns what they need: consents of
 * their contacts, numbers of their assistants, limits of their trunks. Revocations always: they forbid, as the list does.
 */
export function* sharedRows(db: Database, campaigns: readonly string[] | null, owner: string | null) {
  yield* rowsOf(db, "do_not_call_numbers", "1 order by phone_number, source");
  yield* rowsOf(db, "do_not_call_sources", "1 order by source");
  if (campaigns !== null) return yield* neededRows(db, campaigns, owner);
  const theirs = { owner };
  yield* rowsOf(db, "consents", `${THEIRS} order by id`, theirs);
  yield* rowsOf(db, "phone_number", `${THEIRS} order by number`, theirs);
  yield* rowsOf(db, "trunk_limits", "1 order by trunk_id");
  yield* rowsOf(db, "contact_lists", `${THEIRS} order by created_at`, theirs);
  yield* rowsOf(db, "contacts", listed(`select id from contact_lists where ${THEIRS}`), theirs);
  const single = `campaign_id is null and ${THEIRS}`;
  yield* rowsOf(db, "campaign_calls", `${single} order by position`, theirs);
  const attempts = `call_id in (select id from campaign_calls where ${single})`;
  yield* rowsOf(db, "call_attempts", `${attempts} order by rowid`, theirs);
  yield* rowsOf(db, "carrier_calls", `attempt_id in (select id from call_attempts where ${attempts})`, theirs);
}

function* neededRows(db: Database, campaigns: readonly string[], owner: string | null): Generator<MovingRows> {
  const ids = JSON.stringify(campaigns);
  const named = "select value from json_each(:ids)";
  // Looked up once, not again for every consent.
  db.run("create temp table if not exists moving_numbers (phone_number text primary key) without rowid");
  for (const numbers of [
    `campaign_calls where campaign_id in (${named})`,
    `csv_contacts where csv_file_id in (select csv_file_id from campaigns where id in (${named}))`,
    `contacts where contact_list_id in (select contact_list_id from campaigns where id in (${named}))`,
  ]) {
    db.run(`insert or ignore into moving_numbers select phone_number from ${numbers}`, { ids });
  }
  const consents = "(revoked_at is not null or phone_number in (select phone_number from moving_numbers))";
  yield* rowsOf(db, "consents", `${consents} and ${THEIRS} order by id`, { owner });
  const numbers = `(coalesce(outbound_assistant_id, inbound_assistant_id) in
      (select assistant_id from campaigns where id in (${named}))
    or number in (select f.value from campaigns c, json_each(c.caller_ids) f where c.id in (${named})))`;
  yield* rowsOf(db, "phone_number", `${numbers} and ${THEIRS} order by number`, { ids, owner });
  const trunks = `trunk_id in (select trunk_id from campaigns where id in (${named})
    union select outbound_trunk_id from phone_number where ${numbers})`;
  yield* rowsOf(db, "trunk_limits", `${trunks} order by trunk_id`, { ids });
}

const its = (column: string): string => `(select ${column} from campaigns where id = :id)`;

/** A campaign with its file or list first, the campaign itself next. */
export function* campaignRows(db: Database, id: string): Generator<MovingRows> {
  yield* rowsOf(db, "csv_files", `id = ${its("csv_file_id")}`, { id });
  yield* rowsOf(db, "csv_contacts", `csv_file_id = ${its("csv_file_id")} order by position`, { id });
  yield* rowsOf(db, "contact_lists", `id = ${its("contact_list_id")}`, { id });
  yield* rowsOf(db, "contacts", listed(its("contact_list_id")), { id });
  yield* rowsOf(db, "campaigns", "id = :id", { id });
  yield* rowsOf(db, "campaign_calls", "campaign_id = :id order by position", { id });
  yield* rowsOf(db, "call_attempts", "campaign_id = :id order by rowid", { id });
  const attempts = "attempt_id in (select id from call_attempts where campaign_id = :id)";
  yield* rowsOf(db, "carrier_calls", attempts, { id });
}

/** In the order in which they came, which is the order of calls. */
const listed = (lists: string): string => `contact_list_id in (${lists}) order by contact_list_id, position`;

function* rowsOf(db: Database, table: string, rule: string, values: Values = {}): Generator<MovingRows> {
  let rows: Readonly<Record<string, unknown>>[] = [];
  for (const row of db.each(`select * from ${table} where ${rule}`, values)) {
    rows.push(spelled(table, row));
    if (rows.length < BATCH) continue;
    yield { table, rows };
    rows = [];
  }
  if (rows.length > 0) yield { table, rows };
}

/** A row without what only this store knows, its JSON read. */
function spelled(table: string, row: Row): Readonly<Record<string, unknown>> {
  const { position: _, ...columns } = row;
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
 * again; outcomes are counted there as their calls come in. Until all of it is there it is completed, so that nobody starts
 * it there while it may still be started here.
 */
function campaignColumns({ last_daily_reset: day, ...columns }: Record<string, unknown>): Record<string, unknown> {
  const { execution_status, status_reason } = columns;
  return {
    ...columns,
    interested: 0,
    not_interested: 0,
    callback: 0,
    do_not_call: 0,
    daily_day: day,
    copied_at: execution_status === "idle" ? null : columns["status_at"],
    execution_status: "completed",
    status_reason: "it is being moved here",
    arriving: { execution_status, status_reason },
  };
}
