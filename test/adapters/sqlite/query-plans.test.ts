/** That a dial costs no more the longer its lists are: of what it asks SQLite, none is read from end to end. */
import { DatabaseSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { answered, ended, people, Scene } from "../../contracts/store/scene.ts";

/** All rows of a table; of a file or list; or of a campaign, but by the indexes of who is due, and of attempts under way. */
const END_TO_END =
  /^SCAN (?!last_dial|places)\w+$| \((?:csv_file_id|contact_list_id)=\?\)$|(?<!_due|_open) \(campaign_id=\?\)$/;

test("each dial read the whole file of its campaign, and the do-not-call list: 0.2 and 0.4 s where these have a million rows", async () => {
  await using store = openSqliteStore(":memory:");
  const scene = new Scene(store);
  const campaign = await scene.running(people(3));
  const runner = await scene.runner();
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");
  const talking = await scene.save(answered(await scene.dialed(campaign, runner)));
  await scene.save(ended(talking, "completed"));
  const { calls, contexts } = prepare.mock;
  prepare.mockRestore();
  const db = contexts[0] as DatabaseSync;
  const plans = calls
    .flatMap(([sql]) => db.prepare(`explain query plan ${sql}`).all())
    .map(({ detail }) => String(detail));
  expect(plans.filter((step) => END_TO_END.test(step))).toEqual([]);
  expect(plans.some((step) => step.includes("csv_contacts_marked"))).toBe(true);
});
