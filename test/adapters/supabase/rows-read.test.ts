/**
 * That a dial, and a look at a campaign, cost no more the longer its lists are, and as the day goes on; and that a file is read in
 * a few passes, however old the statistics are that PostgreSQL plans by.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { HOUR, MINUTE } from "../../../src/domain/time/instant.ts";
import type { Store } from "../../../src/engine/ports/index.ts";
import { NOON, PLACE } from "../../support/domain.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";
import { answered, DAY, dialing, ended, PAID, Scene } from "../../contracts/store/scene.ts";

/** Rows of each list, and as many as a dial or a look may read: pages of them, and no list. */
const [MANY, FEW] = [3000, 500];
/** How often at most each row of a list is read by what works on all of it. */
const PASSES = 50;

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "rows_read");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

/** Rows, and entries of indexes, that were read; a connection tells of its own when it ends. */
async function readSoFar(): Promise<number> {
  const { sql } = project;
  await sql`select pg_stat_force_next_flush()`;
  const others = () => sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  await vi.waitFor(async () => expect(await others()).toEqual([]), { timeout: 20_000 });
  await sql`select pg_stat_clear_snapshot()`;
  const [row] = await sql`select (select sum(seq_tup_read) from pg_stat_user_tables)
    + (select sum(idx_tup_read) from pg_stat_user_indexes) as n`;
  return Number(row?.["n"]);
}

async function readBy(act: () => Promise<unknown>): Promise<number> {
  const before = await readSoFar();
  await act();
  return (await readSoFar()) - before;
}

/** Contacts of a file, as an import writes them. */
async function file(store: Store, contacts: number, isMarked = false): Promise<string> {
  const id = randomUUID();
  await store.addContactFile({ id, filename: "people.csv", size: 1 }, NOON);
  await project.sql`insert into csv_contacts (csv_file_id, position, name, phone_number, variables, place, do_not_call)
    select ${id}, n, 'Contact ' || n, '+1202555' || (1000 + n), '{}', ${PLACE}, ${isMarked}::boolean from generate_series(1, ${contacts}::integer) as n`;
  return id;
}

describe("where statistics know of older files and lists alone", () => {
  beforeEach(async () => {
    const store = await project.emptied();
    const older = await file(store, 20);
    await store.sealContactFile(older);
    await store.mergeContactFile(older, { id: randomUUID(), name: "older" }, NOON);
    await project.sql`analyze`;
  });

  test("a file was read once for each of its rows when it was sealed: a large import never ended", async () => {
    const store = project.open();
    const id = await file(store, MANY);
    expect(await readBy(() => store.sealContactFile(id))).toBeLessThan(PASSES * MANY);
  });

  test("a list was read once for each row of a file that was added to it", async () => {
    const store = project.open();
    for (let n = 0; n < 2; n++) {
      const id = await file(store, MANY);
      await store.sealContactFile(id);
      const merge = () => store.mergeContactFile(id, { id: randomUUID(), name: "people" }, NOON);
      expect(await readBy(merge)).toBeLessThan(PASSES * MANY);
    }
  });

  test("a campaign's file was read once for each row of a file that joined it", async () => {
    const store = project.open();
    const [source, more] = [await file(store, MANY), await file(store, MANY)];
    await store.sealContactFile(source);
    await store.sealContactFile(more);
    const { id } = await new Scene(store).running([], { source: { kind: "csv_file", id: source } });
    for (const dry of [true, false])
      expect(await readBy(() => store.joinContactFile(more, id, NOON, dry))).toBeLessThan(PASSES * MANY);
  });
});

test.each(["csv_file", "contact_list"] as const)(
  "where all of a %s have asked not to be called since, each is looked up once, however old statistics are",
  async (kind) => {
    const store = await project.emptied();
    const id = await file(store, MANY);
    await store.sealContactFile(id);
    const list = { id: randomUUID(), name: "people" };
    if (kind === "contact_list") await store.mergeContactFile(id, list, NOON);
    // Nobody waits for a call yet.
    await project.sql`analyze`;
    const campaign = await new Scene(store).running([], { source: { kind, id: kind === "csv_file" ? id : list.id } });
    const marked = await file(store, MANY, true);
    await store.sealContactFile(marked);
    const add = (): Promise<unknown> =>
      kind === "csv_file"
        ? store.joinContactFile(marked, campaign.id, NOON, false)
        : store.mergeContactFile(marked, list, NOON);
    expect(await readBy(add)).toBeLessThan(PASSES * MANY);
    expect((await store.progress(campaign.id, NOON)).calls).toMatchObject({ pending: 0, failed: MANY });
  },
);

test("for one person who asked not to be called, each contact and each call of the list was looked up in the file", async () => {
  const store = await project.emptied();
  const whole = await file(store, MANY);
  await store.sealContactFile(whole);
  const list = { id: randomUUID(), name: "people" };
  await store.mergeContactFile(whole, list, NOON);
  const campaign = await new Scene(store).running([], { source: { kind: "contact_list", id: list.id } });
  const few = await file(store, 5);
  await project.sql`update csv_contacts set do_not_call = true where csv_file_id = ${few} and position = 1`;
  await store.sealContactFile(few);
  await project.sql`analyze`;
  // The list is counted for the answer, and asked for its consents.
  expect(await readBy(() => store.mergeContactFile(few, list, NOON))).toBeLessThan(2 * MANY + FEW);
  const calls = await store.listCalls({ campaignId: campaign.id, status: "failed", limit: 10 });
  expect(calls.calls.map(({ endReason }) => endReason)).toEqual(["do_not_call"]);
});

test("each dial, and each look, read all attempts of a campaign's day", async () => {
  const { sql } = project;
  const store = await project.emptied();
  const scene = new Scene(store);
  const source = { kind: "csv_file", id: await file(store, MANY) } as const;
  await store.sealContactFile(source.id);
  await sql`insert into consents (phone_number, channel, purpose, level, granted_at, source, proof)
    select phone_number, 'ai_voice', 'marketing', 'express', ${new Date(NOON - 24 * HOUR)}, 'form', 'form 7' from csv_contacts`;
  const notify = { notifyUrl: "https://example.com/hook" };
  const some = { ...PAID, ...notify, source, requireConsent: true, dailyCap: 1e6, delay: 20, concurrency: 10 };
  const campaign = await scene.running([], some);
  await sql`insert into do_not_call_numbers (phone_number, source)
    select '+1303555' || (1000 + n) || case when n % 300 = 0 then '*' else '' end, 'list' from generate_series(1, ${MANY}::integer) as n`;
  await sql`update csv_contacts set do_not_call = true where position % 5 = 4`;
  await sql`update campaign_calls set status = 'no_answer', next_attempt_at = null,
      end_reason = (array['no_answer', 'busy', 'declined', 'invalid_number'])[position % 4 + 1]
    where campaign_id = ${campaign.id} and position % 7 > 0`;
  await sql`insert into call_attempts (id, call_id, campaign_id, runner_id, trunk_id, state, claimed_at, dialed_at, ended_at,
      local_day, ending, cost_micros, first_audio_ms, from_number)
    select gen_random_uuid(), id, campaign_id, 'r', 'ST_1', 'ended', at, at, at, ${DAY}, end_reason, 5, 5, '+12025550199'
    from campaign_calls, cast(${new Date(NOON - HOUR)} as timestamptz) as at where status = 'no_answer'`;
  await sql`analyze`;
  const asked = { levels: ["express"] as const, maxDays: 9 };
  const often = { rule: "r1", max: 5, within: 24 * HOUR, own: true } as const;
  const caps = [{ ...often, after: "any" } as const, { ...often, after: "refusal" } as const];
  const runner = await scene.runner();
  let at = NOON;
  const call = async (): Promise<void> => {
    at += 20;
    const claim = await scene.claimed(campaign, runner, { open: [{ place: PLACE, caps, consent: asked }], at });
    const dialed = dialing(claim, at, DAY, "+12025550199");
    expect(await store.beginDial(dialed, 20, asked)).toEqual({ say: "go" });
    const talks = await scene.save(answered(dialed, at));
    await scene.save(ended(talks, "completed", at));
  };
  const look = async (): Promise<void> => {
    await store.findCampaigns(campaign.id);
    await store.snapshot(campaign, DAY);
    await store.progress(campaign.id, NOON);
    await store.talks(campaign.id, NOON - MINUTE, 10);
    await store.listCalls({ campaignId: campaign.id, limit: 10 });
    await store.listCalls({ campaignId: campaign.id, status: "no_answer", limit: 10 });
  };
  await call();
  expect(await readBy(call)).toBeLessThan(FEW);
  expect(await readBy(look)).toBeLessThan(FEW);
});
