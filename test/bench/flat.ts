/** What a list costs whoever looks at it and whoever is called from it, as it grows, and as the day goes on. Beside a list of 1,000. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { advance } from "../../src/domain/calls/call.ts";
import type { Campaign } from "../../src/domain/calls/campaign.ts";
import type { Claim, Store } from "../../src/engine/ports/index.ts";
import { campaign as plainest, NOON, PLACE } from "../support/domain.ts";
import { aim } from "./measure.ts";
import { benchNumber } from "./numbers.ts";

const SIZES = process.argv.includes("--full") ? [1_000, 100_000, 1_000_000] : [1_000, 100_000];
const BATCH = 10_000;
const TIMES = 60;
const TODAY = "2026-11-23";
const DIALED_TODAY = 50_000;

/** A started campaign of so many contacts; and of other campaigns beside it, one after the other. */
async function campaigns(store: Store, contacts: number, count = 1): Promise<Campaign[]> {
  const started: Campaign[] = [];
  for (let n = 0; n < count; n++) {
    const source = { kind: "csv_file", id: randomUUID() } as const;
    await store.addContactFile({ id: source.id, filename: "bench.csv", size: 1 }, NOON);
    for (let at = 0; at < contacts; at += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, contacts - at) }, (_, i) => ({
        id: null,
        name: `Contact ${at + i}`,
        email: `contact${at + i}@example.com`,
        variables: { city: "Springfield", account: `00${100_000 + at + i}` },
        phoneNumber: benchNumber(n * contacts + at + i),
      }));
      await store.addContacts(source.id, batch);
    }
    await store.sealContactFile(source.id);
    const settings = { ...plainest, name: `campaign ${n}`, source, dailyCap: 1_000_000, delay: 0 };
    const { id } = await store.createCampaign(randomUUID(), settings, NOON);
    const moved = await store.moveCampaign(id, "start", { at: NOON });
    if (moved === null) throw new Error("it did not start");
    started.push(moved);
  }
  return started;
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
       phone_number, trunk_id)
     select 'a-' || id, id, campaign_id, 'bench', 'ended', ?, ?, ?, ?, end_reason, phone_number, 'ST_1'
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
    const { user, system } = process.cpuUsage(began);
    all.push((user + system) / 1000);
  }
  return middle(all);
}

const OPEN = [{ place: PLACE, caps: [] }];

/** One call as a runner makes it: handed out, dialed, ended. */
async function oneCall(store: Store, campaign: Campaign): Promise<void> {
  const who = { campaignId: campaign.id, runnerId: "bench", trunkId: "ST_1", attemptId: randomUUID() };
  const claim = await store.claim({ ...who, at: NOON, localDay: TODAY, interval: 0, concurrency: 10, open: OPEN });
  if (claim === null) throw new Error("nobody was handed out");
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
  await status();
  return {
    status: await took(11, status),
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
  const measure = async (name: string, contacts: number, count: number, today: number): Promise<void> => {
    const path = join(dir, `${randomUUID()}.db`);
    await using store = openSqliteStore(path);
    const all = await campaigns(store, contacts, count);
    for (const one of all) halfDone(path, one, contacts, Math.min(today, contacts / 2));
    const last = all.at(-1);
    if (last !== undefined) rows.push([name, await looks(store, last)]);
    if (contacts === SIZES.at(-1))
      rows.push([`  ${(statSync(path).size / contacts).toFixed(0)} bytes a contact`, NOTHING]);
  };
  try {
    // Until everything is compiled.
    await measure("", SIZES[0] ?? 0, 1, 100);
    rows.length = 0;
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
  return COLUMNS.flatMap((column) => [
    `${NAMES[column]}, milliseconds of processor:`,
    ...rows.flatMap(([name, figures]) => {
      const [ms, times] = [figures[column], figures[column] / (first?.[column] ?? NaN)];
      return Number.isNaN(ms)
        ? []
        : [`  ${aim(`${name}: ${ms.toFixed(2)} (× ${times.toFixed(2)})`, "× 1.5", times <= 1.5)}`];
    }),
  ])
    .concat(rows.filter(([, { status }]) => Number.isNaN(status)).map(([name]) => name))
    .join("\n");
}

const NOTHING: Looks = { status: NaN, page: NaN, filtered: NaN, call: NaN };
