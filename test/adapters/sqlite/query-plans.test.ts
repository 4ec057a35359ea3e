/** That a dial, and a look at a campaign, cost no more the longer its lists are: of what they ask SQLite, none is read from end to end. */
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import type { Store } from "../../../src/engine/ports/index.ts";
import { HOUR, MINUTE } from "../../../src/domain/time/instant.ts";
import { consent } from "../../contracts/store/protection.ts";
import { answered, DAY, dialing, ended, PAID, people, Scene } from "../../contracts/store/scene.ts";
import { NOON, PLACE } from "../../support/domain.ts";

/** All rows of a table, but of campaigns (c), runners (r) and last_dial, which have few; of a file or list. */
const OF_TABLE = /^SCAN (?!c$|r$|last_dial|places)\w+$| \((?:csv_file_id|contact_list_id)=\?\)$/;
/** All of a campaign, but for who is due, attempts under way and those that are lost, and its counts. */
const OF_CAMPAIGN = /(?<!_due|_open|_lost|_counts USING PRIMARY KEY) \(campaign_id=\?\)$/;

/** Everything that may be asked for a dial, on a campaign that is under way by then: `begin` says so. */
async function dialed(store: Store, begin: () => void): Promise<void> {
  const scene = new Scene(store);
  await store.addConsents([0, 1, 2].map((n) => consent(n)));
  const notify = { notifyUrl: "https://example.com/hook" };
  const campaign = await scene.running(people(3), {
    ...PAID,
    ...notify,
    requireConsent: true,
    delay: 20,
    concurrency: 10,
  });
  const runner = await scene.runner();
  begin();
  const often = { rule: "r1", max: 5, within: 24 * HOUR, own: true } as const;
  const caps = [{ ...often, after: "any" } as const, { ...often, after: "refusal" } as const];
  const asked = { levels: ["express"] as const, maxDays: 9 };
  const open = [{ place: PLACE, caps, consent: asked }];
  const first = await scene.claimed(campaign, runner, { open });
  const second = await scene.claimed(campaign, runner, { open, at: NOON + 20 });
  const dial = (claim: typeof first, at: number) => dialing(claim, at, DAY, "+12025550199");
  expect(await store.beginDial(dial(second, NOON + 20), 20, asked)).toEqual({ say: "go" });
  expect(await store.beginDial(dial(first, NOON), 20, asked)).toEqual({ say: "go" });
  const talking = await scene.save(answered(dial(first, NOON)));
  await scene.save(ended(talking, "completed"));
  await store.snapshot(campaign, DAY);
  await store.progress(campaign.id, NOON);
  expect(await store.claimNotices(NOON + MINUTE, MINUTE, 10)).not.toBeNull();
}

/** How SQLite goes about all that is asked from `begin` on. */
async function plansOf(asked: (begin: () => void) => Promise<void>): Promise<readonly string[]> {
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  await asked(() => prepare.mockClear());
  const { calls, contexts } = prepare.mock;
  prepare.mockRestore();
  const db = contexts[0] as DatabaseSync;
  return calls.flatMap(([sql]) => db.prepare(`explain query plan ${sql}`).all()).map(({ detail }) => String(detail));
}

test("each dial read the whole file of its campaign, and the do-not-call list: 0.2 and 0.4 s where these have a million rows", async () => {
  await using store = openSqliteStore(":memory:");
  const plans = await plansOf((begin) => dialed(store, begin));
  expect(plans.filter((step) => OF_TABLE.test(step) || OF_CAMPAIGN.test(step))).toEqual([]);
  for (const index of ["csv_contacts_marked", "do_not_call_prefixes", "campaign_events_notices"])
    expect(plans.some((step) => step.includes(index))).toBe(true);
});

test("a file that joined a campaign was compared row by row with all of it: two files of 32,000 took a minute", async () => {
  await using store = openSqliteStore(":memory:");
  const scene = new Scene(store);
  const { id } = await scene.running(people(3));
  const { id: file } = await scene.file(people(4));
  const plans = await plansOf(async (begin) => {
    begin();
    expect(await store.joinContactFile(file, id, NOON, true)).toMatchObject({ added: 1, known: 3 });
  });
  expect(plans.filter((step) => /^SEARCH k .*LEFT-JOIN/.test(step))).toEqual([
    expect.stringMatching(/AUTOMATIC .*\(phone_number=\?\)/),
  ]);
});
