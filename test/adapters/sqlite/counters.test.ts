/** Columns that frontends read, and no verb of the store. */
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { people, present, Scene } from "../../contracts/store/scene.ts";
import { Folder } from "../../support/cli.ts";
import { NOON } from "../../support/domain.ts";

test("columns of a campaign count outcomes as they change", async () => {
  using folder = new Folder();
  await using store = openSqliteStore(folder.db);
  const campaign = await new Scene(store).running(people(2));
  const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 2 });
  await store.setOutcome(present(calls[0]).id, "interested", null, NOON);
  await store.setOutcome(present(calls[0]).id, "callback", null, NOON);
  await store.setOutcome(present(calls[1]).id, "interested", null, NOON);
  const db = new DatabaseSync(folder.db, { readOnly: true });
  const row = db.prepare("select interested, callback, not_interested from campaigns").get();
  db.close();
  expect(row).toEqual({ interested: 1, callback: 1, not_interested: 0 });
});
