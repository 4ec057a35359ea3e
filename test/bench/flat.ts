/** What a list costs whoever looks at it and whoever is called from it, as it grows, and as the day goes on. Beside a list of 1,000. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { advance } from "../../src/domain/calls/call.ts";
import type { Campaign } from "../../src/domain/calls/campaign.ts";
import type { Claim, Store } from "../../src/engine/ports/index.ts";
import { campaign as plainest, NOON, PLACE } from "../support/domain.ts";
import { aim } from "./measure.ts";

const SIZES = process.argv.includes("--full") ? [1_000, 100_000, 1_000_000] : [1_000, 100_000];
const TIMES = 60;
const TODAY = "2026-11-23";
const DIALED_TODAY = 50_000;
/** Each dial counts against it. */
const BUDGET = { micros: 1e12, currency: "USD", prices: { "1": [10_000, 0, 0, 60, 60] as const } };

/** Contacts of a file, as an import writes them; `first`: the first number. */
function fill(path: string, file: string, contacts: number, first: number): void {
  const db = new DatabaseSync(path);
  db.exec("pragma cache_size = -64000");
  db.prepare(
    `with recursive n (n) as (select 1 union all select n + 1 from n where n < :contacts)
     insert into csv_contacts (csv_file_id, position, name, phone_number, email, variables, place)
     select :file, n, 'Contact ' || n, '+1202' || (2000000 + cast(:first as integer) + n), 'contact' || n || '@example.com',
       json_object('city', 'Springfield', 'account', '00' || (100000 + n)), :place from n`,
  ).run({ contacts, file, first, place: PLACE });
  db.close();
}

/** Started campaigns of so many contacts each, one after the other; and the seconds of processor that all the starts took. */
async function campaigns(
  store: Store,
  path: string,
  contacts: number,
  count: number,
): Promise<{ all: Campaign[]; start: number }> {
  const all: Campaign[] = [];
  let start = 0;
  for (let n = 0; n < count; n++) {
    const source = { kind: "csv_file", id: randomUUID() } as const;
    await store.addContactFile({ id: source.id, filename: "bench.csv", size: 1 }, NOON);
    fill(path, source.id, contacts, n * contacts);
    await store.sealContactFile(source.id);
    const settings = { ...plainest, name: `campaign ${n}`, source, dailyCap: 1_000_000, delay: 0, budget: BUDGET };
    const { id } = await store.createCampaign(randomUUID(), settings, NOON);
    const began = process.cpuUsage();
    const moved = await store.moveCampaign(id, "start", { at: NOON });
    start += secondsSince(began);
    if (moved === null) throw new Error("it did not start");
    all.push(moved);
  }
  return { all, start };
}

function secondsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1e6;
}

/** The same calls copied by one statement into a table with the same indexes: seconds of processor. */
function bareCopy(path: string): number {
  const db = new DatabaseSync(path);
  const made = db
    .prepare(
      "select sql from sqlite_schema where tbl_name = 'campaign_calls' and type in ('table', 'index') and sql <> ''",
    )
    .all();
  db.exec("pragma cache_size = -64000; pragma secure_delete = on");
  for (const { sql } of made) db.exec(String(sql).replaceAll("campaign_calls", "bare_calls"));
  const began = process.cpuUsage();
  db.exec("insert into bare_calls select * from campaign_calls order by position");
  const took = secondsSince(began);
  db.close();
  return took;
}

/** Half of the calls are over, each in one of the usual ways; as many of them as told were dialed today. */
function halfDone(path: string, { id }: Campaign, size: number, today: number): void {
  const db = new DatabaseSync(path);
  const [half, at] = [size / 2, new Date(NOON - 60_000).toISOString()];
  db.exec("pragma cache_size = -64000; begin");
  db.prepare(
    `update campaign_calls set
       (status, end_reason) = (select status, reason from (
         select 0 as n, 'completed' as status, 'hung_up' as reason union all select 1, 'no_answer', 'no_answer'
         union all select 2, 'busy', 'busy' union all select 3, 'failed', 'invalid_number') where n = position % 4),
       attempts_spent = 1, next_attempt_at = null, completed_at = ?
     where campaign_id = ? and position in (select position from campaign_calls where campaign_id = ? limit ?)`,
  ).run(at, id, id, half);
  db.prepare(
    `insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at, dialed_at, ended_at, local_day, ending,
       phone_number, trunk_id, cost_micros, rate, first_audio_ms)
     select 'a-' || id, id, campaign_id, 'bench', 'ended', ?, ?, ?, ?, end_reason, phone_number, 'ST_1', 10000, '[]', 800
     from campaign_calls where campaign_id = ? and status <> 'pending' limit ?`,
  ).run(at, at, at, TODAY, id, today);
  db.exec("commit");
  db.close();
}

const middle = (all: readonly number[]): number => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? NaN;

/** Milliseconds of processor, the median: a busy machine does not change them. */
async function took(times: number, act: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let n = 0; n < times; n++) {
    const began = process.cpuUsage();
    await act();
    all.push(secondsSince(began) * 1000);
  }
  return middle(all);
}

const OPEN = [{ place: PLACE, caps: [] }];

/** One call as a runner makes it: handed out, dialed, ended. */
async function oneCall(store: Store, campaign: Campaign): Promise<void> {
  const who = { campaignId: campaign.id, runnerId: "bench", trunkId: "ST_1", attemptIds: [randomUUID()] };
  const [claim] = await store.claim({ ...who, at: NOON, localDay: TODAY, interval: 0, concurrency: 10, open: OPEN });
  if (claim === undefined) throw new Error("nobody was handed out");
  const step = (from: Claim, event: Parameters<typeof advance>[2]) => {
    const change = advance(from.call, from.attempt, event, campaign.retry);
    if (change === null) throw new Error("it cannot go on so");
    return change;
  };
  const dialed = step(claim, { type: "dialed", at: NOON, localDay: TODAY, fromNumber: null });
  if ((await store.beginDial(dialed, 0)).say !== "go") throw new Error("it was not dialed");
  await store.save(step(dialed, { type: "ended", at: NOON, ending: "declined" }));
}

interface Looks {
  readonly status: number;
  readonly page: number;
  readonly filtered: number;
  readonly call: number;
}

async function looks(store: Store, campaign: Campaign): Promise<Looks> {
  await store.renewLease({ runnerId: "bench", until: NOON + 60_000 }, NOON);
  const { id: campaignId } = campaign;
  const status = async (): Promise<void> => {
    await store.findCampaigns(campaignId);
    await store.snapshot(campaign, TODAY);
    await store.progress(campaignId, NOON);
  };
  // A start of a million takes so long that V8 forgets what it had compiled, and SQLite what it had read.
  await took(101, status);
  return {
    status: await took(101, status),
    page: await took(21, () => store.listCalls({ campaignId, limit: 50 })),
    filtered: await took(21, () => store.listCalls({ campaignId, status: "failed", limit: 50 })),
    call: await took(TIMES, () => oneCall(store, campaign)),
  };
}

const COLUMNS = ["status", "page", "filtered", "call"] as const;
const NAMES = { status: "status", page: "calls", filtered: "calls --status", call: "one call" };

export async function flat(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-bench-"));
  const rows: [string, Looks][] = [];
  const sums: string[] = [];
  const measure = async (name: string, contacts: number, count: number, today: number): Promise<void> => {
    const path = join(dir, `${randomUUID()}.db`);
    {
      await using store = openSqliteStore(path);
      const { all, start } = await campaigns(store, path, contacts, count);
      // All alike, and as they were started.
      const copy = bareCopy(path);
      const size = contacts * count;
      const what = `start of ${name}: ${start.toFixed(1)} s, one insert … select ${copy.toFixed(1)} s (× ${(start / copy).toFixed(2)})`;
      if (size >= 100_000) sums.push(aim(what, "× 2", start <= 2 * copy));
      for (const one of all) halfDone(path, one, contacts, Math.min(today, contacts / 2));
      const last = all.at(-1);
      if (last !== undefined) rows.push([name, await looks(store, last)]);
    }
    for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
  };
  try {
    // Until everything is compiled.
    await measure("", SIZES[0] ?? 0, 1, 100);
    rows.length = 0;
    sums.length = 0;
    for (const size of SIZES) {
      await measure(`${size.toLocaleString("en")} contacts`, size, 1, 100);
      if (size >= 2 * DIALED_TODAY)
        await measure(
          `${size.toLocaleString("en")}, ${DIALED_TODAY.toLocaleString("en")} dials today`,
          size,
          1,
          DIALED_TODAY,
        );
    }
    const largest = SIZES.at(-1) ?? 0;
    await measure(`50 campaigns of ${(largest / 50).toLocaleString("en")}`, largest / 50, 50, 100);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  const first = rows[0]?.[1];
  const told = COLUMNS.flatMap((column) =>
    rows.map(([name, figures]) => {
      const [ms, times] = [figures[column], figures[column] / (first?.[column] ?? NaN)];
      const what = `${NAMES[column]}, ${name}: ${ms.toFixed(2)} ms of processor (× ${times.toFixed(2)})`;
      return aim(what, "× 1.5", times <= 1.5);
    }),
  );
  return [...told, ...sums].join("\n");
}
