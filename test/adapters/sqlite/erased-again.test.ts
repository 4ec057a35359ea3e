/** Who was erased since a backup, by one of several owners: put back, they are erased again for that owner alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { backUp, restore } from "../../../src/adapters/sqlite/backup.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { consent } from "../../contracts/store/protection.ts";
import { ended, number, person, present, Scene } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-erased-"));
  path = join(dir, "c.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Rows about the person, by owner. Carol's call was under way when the backup was made. */
const ALL = { alice: 3, bob: 3, carol: 4 };
const as = (userId?: string) => openSqliteStore(path, { ...(userId !== undefined && { userId }) });

test.each([
  { erasing: ["alice"], left: { ...ALL, alice: 0 } },
  { erasing: ["alice", "bob"], left: { ...ALL, alice: 0, bob: 0 } },
  { erasing: [undefined, "bob"], left: { alice: 0, bob: 0, carol: 0 } },
])("erased for all owners whom one of them had erased: $erasing", async ({ erasing, left }) => {
  const copy = join(dir, "monday.db");
  for (const owner of Object.keys(ALL)) {
    await using store = as(owner);
    const scene = new Scene(store);
    const campaign = await scene.running([person(0)]);
    await store.addConsents([consent(0)]);
    if (owner !== "carol") continue;
    const claim = await scene.dialed(campaign, await scene.runner(NOON, NOON + SECOND));
    await backUp(path, copy);
    await scene.save(ended(claim, "completed"));
  }
  for (const owner of erasing) {
    await using store = as(owner);
    expect(await store.erase(number(0), NOON + MINUTE)).toEqual([]);
  }
  // The second time, the file that is replaced was restored itself.
  for (const hours of [1, 2]) {
    await restore(copy, path, { at: NOON + hours * HOUR, uptime: () => 9 * HOUR, undialed: null });
    const found = Object.keys(ALL).map(async (owner) => {
      await using store = as(owner);
      const { do_not_call_numbers: listed, audit_log: _, ...rows } = await store.personalData(number(0));
      expect(listed).toMatchObject([{ source: "erased" }]);
      // Nobody takes it off alone, whosever it is.
      expect(await store.removeDoNotCall([number(0)], null)).toBe(0);
      return [owner, Object.values(rows).flat().length];
    });
    expect(Object.fromEntries(await Promise.all(found))).toEqual(left);
    await using carols = as("carol");
    const { calls } = await carols.listCalls({ campaignId: present((await carols.listCampaigns())[0]).id, limit: 9 });
    expect(calls.map(({ attemptId }) => attemptId !== null)).toEqual([left.carol > 0]);
  }
});
