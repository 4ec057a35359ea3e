/** Backups of the embedded store, put back: nobody is dialed twice, and who was not dialed is still due. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { backUp, restore } from "../../../src/adapters/sqlite/backup.ts";
import { copiesBeside } from "../../../src/adapters/sqlite/copies.ts";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { recordingThat } from "../../../src/domain/calls/recording.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { DoNotCallEntry } from "../../../src/engine/ports/index.ts";
import { consent } from "../../contracts/store/protection.ts";
import { dialing, ended, number, people, person, present, Scene } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";
import { Rig } from "../../support/engine.ts";

let dir: string;
let path: string;
let copy: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-backup-"));
  path = join(dir, "c.db");
  copy = join(dir, "monday.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const later = { at: NOON + HOUR, uptime: () => 9 * HOUR, undialed: null };

/** As the carrier's records have it, only the first was called. */
const undialed = (phone: string): Promise<boolean> => Promise.resolve(phone !== number(0));

/** A campaign of three and one that is idle, a backup, then a dial and a start that the backup does not know of. */
async function dialedSince(): Promise<{ campaign: string; idle: string }> {
  await using store = openSqliteStore(path);
  const scene = new Scene(store);
  const campaign = await scene.running(people(3));
  const idle = await scene.idle(people(1), { name: "idle" });
  const runner = await scene.runner();
  await backUp(path, copy);
  await scene.dialed(campaign, runner, NOON + SECOND);
  await store.moveCampaign(idle.id, "start", { at: NOON + SECOND });
  await store.endLease(runner);
  return { campaign: campaign.id, idle: idle.id };
}

async function statuses(campaign: string): Promise<string[]> {
  await using store = openSqliteStore(path);
  const calls = [0, 1, 2].map(async (n) => present(await store.callHistory(campaign, number(n))).call);
  return (await Promise.all(calls)).map(({ status, endReason }) => endReason ?? status);
}

const asked = (n: number): DoNotCallEntry => ({
  source: "operator",
  reason: null,
  addedAt: NOON,
  phoneNumber: number(n),
});

const forAnHour = (n: number): DoNotCallEntry => ({ ...asked(n), expiresAt: NOON + HOUR });

const damage = (): void => {
  for (const end of ["-wal", "-shm"]) rmSync(path + end, { force: true });
  writeFileSync(path, "damaged");
};

const putBack = (): void => {
  for (const end of ["-wal", "-shm"]) rmSync(path + end, { force: true });
  copyFileSync(copy, path);
};

test("an older file put back dialed everybody again: a run on it refuses, and says what to do", async () => {
  await dialedSince();
  putBack();
  await using rig = new Rig(NOON + MINUTE, path);
  await expect(rig.run()).rejects.toMatchObject({
    code: "database_older",
    hint: expect.stringContaining("campaigns restore") as string,
  });
  expect(rig.world.dials).toEqual([]);
});

/** Somebody asks not to be called after the backup, and no dial has left since; then it is put back as it is. */
async function askedSince(move: "pause" | null = null): Promise<string> {
  const id = await (async () => {
    await using store = openSqliteStore(path);
    const scene = new Scene(store);
    const campaign = await scene.running(people(3));
    const runner = await scene.runner();
    await scene.dialed(campaign, runner);
    await store.endLease(runner);
    await scene.idle(people(1), { name: "later" });
    if (move !== null) await store.moveCampaign(campaign.id, move, { at: NOON, reason: "paused by the operator" });
    await backUp(path, copy);
    await store.addDoNotCall([asked(1)]);
    return campaign.id;
  })();
  putBack();
  return id;
}

describe("an older file put back, of before somebody asked not to be called", () => {
  test("was used: a run on it refuses, and says what to do", async () => {
    await askedSince();
    await using rig = new Rig(NOON + MINUTE, path);
    await expect(rig.run()).rejects.toMatchObject({
      code: "database_older",
      message: expect.stringContaining("lacks 1 of its changes") as string,
      hint: expect.stringContaining("campaigns restore") as string,
    });
    expect(rig.world.dials).toEqual([]);
  });

  test("does not pass for a newer one by what it is told later", async () => {
    await askedSince();
    {
      await using store = openSqliteStore(path);
      await store.addDoNotCall([asked(0), asked(2)]);
    }
    await using rig = new Rig(NOON + MINUTE, path);
    await expect(rig.run()).rejects.toMatchObject({ code: "database_older" });
  });

  test("was restored over: what ran is paused, and a resume goes on", async () => {
    const id = await askedSince();
    expect(await restore(copy, path, later)).toMatchObject({ forbidden: null });
    await using rig = new Rig(NOON + 2 * HOUR, path);
    expect((await rig.report(id)).campaign).toMatchObject({
      status: "paused",
      statusReason: expect.stringContaining("complete the do-not-call list, then resume") as string,
    });
    await rig.run();
    expect(rig.world.dials).toEqual([]);
    await rig.store.addDoNotCall([asked(1)]);
    await rig.campaigns.resume(id);
    await rig.run();
    expect(rig.world.dials.map(({ sipCallTo }) => sipCallTo)).toEqual([number(2)]);
  });

  test("was restored over: a campaign that the operator had paused says what its resume waits for", async () => {
    const id = await askedSince("pause");
    await restore(copy, path, later);
    await using store = openSqliteStore(path);
    expect(present((await store.findCampaigns(id))[0])).toMatchObject({
      status: "paused",
      statusReason: expect.stringContaining("complete the do-not-call list, then resume") as string,
    });
  });

  test("was restored over: a campaign that had not begun cannot be started by a script that knows nothing of it", async () => {
    await askedSince();
    await restore(copy, path, later);
    await using store = openSqliteStore(path);
    const idle = present((await store.findCampaigns("later"))[0]);
    expect(idle).toMatchObject({
      status: "error",
      statusReason: expect.stringContaining("complete the do-not-call list, then resume") as string,
    });
    expect(await store.moveCampaign(idle.id, "start", { at: NOON + 2 * HOUR })).toBeNull();
  });
});

describe("restore", () => {
  test("ends those dialed since as lost, as the replaced file knows them; the others are still due", async () => {
    const { campaign, idle } = await dialedSince();
    const restored = await restore(copy, path, later);
    expect(restored).toMatchObject({ lost: 1, campaigns: 1 });
    expect(existsSync(present(restored.replaced))).toBe(true);
    expect(await statuses(campaign)).toEqual(["lost", "pending", "pending"]);
    await using store = openSqliteStore(path);
    expect(await store.findCampaigns(idle)).toMatchObject([{ status: "error" }]);
    // A run begins again.
    await store.renewLease({ runnerId: "r", until: NOON + 2 * HOUR }, NOON + HOUR);
  });

  test("ends all calls of a campaign as lost that was deleted since: nobody knows whom it had dialed", async () => {
    const { campaign } = await dialedSince();
    {
      using db = new DatabaseSync(path);
      db.prepare("delete from campaigns where id = ?").run(campaign);
    }
    expect(await restore(copy, path, later)).toMatchObject({ lost: 3 });
    expect(await statuses(campaign)).toEqual(["lost", "lost", "lost"]);
  });

  test("counts what may have been dialed since against the budget, as often as it may have been", async () => {
    const prices = { "1": [100_000, 0, 0, 60, 60] } as const;
    const terms = { ringSeconds: 10, maxDurationSeconds: 48, retry: { maxAttempts: 3, after: [MINUTE] } };
    const id = await (async () => {
      await using store = openSqliteStore(path);
      const scene = new Scene(store);
      const campaign = await scene.running(people(3), {
        ...terms,
        budget: { micros: 5_000_000, currency: "USD", prices },
      });
      const runner = await scene.runner();
      await backUp(path, copy);
      await scene.dialed(campaign, runner, NOON + SECOND);
      await store.endLease(runner);
      return campaign.id;
    })();
    damage();
    expect(await restore(copy, path, later)).toMatchObject({ lost: 3 });
    await using store = openSqliteStore(path);
    const [campaign] = await store.findCampaigns(id);
    expect((await store.snapshot(present(campaign), "2026-11-23")).spending).toEqual({ spent: 0, reserved: 900_000 });
  });

  test("ends all that wait as lost where the file is gone or damaged", async () => {
    const { campaign } = await dialedSince();
    damage();
    expect(await restore(copy, path, later)).toMatchObject({ lost: 3, campaigns: 1 });
    expect(await statuses(campaign)).toEqual(["lost", "lost", "lost"]);
  });

  test("lay beside the journal of the file that was removed, which undid or destroyed it: that is moved aside", async () => {
    const { campaign } = await dialedSince();
    const journal = `${path}-wal`;
    {
      // As one that was killed leaves it.
      await using store = openSqliteStore(path);
      await new Scene(store).idle(people(2), { name: "more" });
      copyFileSync(journal, `${journal}.kept`);
    }
    rmSync(path);
    renameSync(`${journal}.kept`, journal);
    expect(await restore(copy, path, later)).toMatchObject({ lost: 3, campaigns: 1, replaced: null });
    expect(await statuses(campaign)).toEqual(["lost", "lost", "lost"]);
    expect(copiesBeside(path)).toHaveLength(1);
  });

  test("spares whom the carrier knows not to have been called", async () => {
    const { campaign } = await dialedSince();
    damage();
    expect(await restore(copy, path, { ...later, undialed })).toMatchObject({ lost: 1 });
    expect(await statuses(campaign)).toEqual(["lost", "pending", "pending"]);
  });

  test("of a backup that nothing was dialed after loses nobody, whatever became of the file", async () => {
    const { campaign } = await dialedSince();
    const newer = join(dir, "tuesday.db");
    await backUp(path, newer);
    damage();
    expect(await restore(newer, path, later)).toMatchObject({ lost: 0, campaigns: 0 });
    expect(await statuses(campaign)).toEqual(["calling", "pending", "pending"]);
  });

  test("ends a call that was handed out in the backup as lost: its phone may have rung a moment later", async () => {
    const id = await (async () => {
      await using store = openSqliteStore(path);
      const scene = new Scene(store);
      const campaign = await scene.running(people(1));
      await scene.claimed(campaign, await scene.runner());
      await backUp(path, copy);
      return campaign.id;
    })();
    damage();
    expect(await restore(copy, path, later)).toMatchObject({ lost: 1 });
    await using store = openSqliteStore(path);
    expect(await store.callHistory(id, number(0))).toMatchObject({
      call: { status: "failed", endReason: "lost", attemptId: null },
      attempts: [{ state: "ended", ending: "lost" }],
    });
  });

  test("forgot who had asked since not to be called any more: they stay forbidden", async () => {
    const campaign = await (async () => {
      await using store = openSqliteStore(path);
      const scene = new Scene(store);
      await store.addConsents([consent(2)]);
      const running = await scene.running(people(5));
      const runner = await scene.runner();
      await scene.dialed(running, runner);
      await store.endLease(runner);
      await backUp(path, copy);
      await store.addDoNotCall([asked(1)]);
      await store.revokeConsents(number(2), NOON);
      const { contact } = present(await store.callHistory(running.id, number(3))).call;
      using db = new DatabaseSync(path);
      db.prepare("update csv_contacts set do_not_call = 1 where id = ?").run(present(contact.id));
      return running;
    })();
    expect(await restore(copy, path, later)).toMatchObject({ lost: 0, forbidden: 4 });
    await using store = openSqliteStore(path);
    const scene = new Scene(store);
    const runner = await scene.runner();
    expect((await scene.claimed(campaign, runner)).call.contact.phoneNumber).toBe(number(4));
    expect(await scene.claim(campaign, runner)).toBeNull();
  });

  test("forgot that who was forbidden for a time has been since for ever: the longer term holds", async () => {
    await (async () => {
      await using store = openSqliteStore(path);
      await store.addDoNotCall([forAnHour(0), forAnHour(1), asked(2)]);
      await backUp(path, copy);
      await store.addDoNotCall([asked(0), { ...asked(1), expiresAt: NOON + DAY }]);
      await store.removeDoNotCall([number(2)], null);
      await store.addDoNotCall([forAnHour(2)]);
    })();
    expect(await restore(copy, path, later)).toMatchObject({ forbidden: 2 });
    await using store = openSqliteStore(path);
    const terms = (await store.listDoNotCall(9, null, null)).map(({ expiresAt }) => expiresAt);
    expect(terms).toEqual([undefined, NOON + DAY, undefined]);
  });

  test("brought back who had been erased since: they are erased again", async () => {
    await dialedSince();
    {
      await using store = openSqliteStore(path);
      expect(await store.erase(number(2), NOON + MINUTE)).toEqual([]);
    }
    await restore(copy, path, later);
    await using store = openSqliteStore(path);
    const { do_not_call_numbers, ...rows } = await store.personalData(number(2));
    expect([do_not_call_numbers.length, Object.values(rows).flat()]).toEqual([1, []]);
    expect(Object.values(await store.personalData(number(1))).flat()).not.toEqual([]);
  });

  test.each(["claimed", "dialing", "recorded"] as const)(
    "brought back who had been erased since, as a call of theirs was %s in the backup: it is over, and they are erased again",
    async (was) => {
      const id = await (async () => {
        await using store = openSqliteStore(path);
        const scene = new Scene(store);
        const campaign = await scene.running([{ ...person(0), name: "Zoe" }, person(1)]);
        const runner = await scene.runner();
        const claim = await (was === "claimed" ? scene.claimed(campaign, runner) : scene.dialed(campaign, runner));
        if (was === "recorded") {
          await store.saveRecording(claim.attempt.id, recordingThat("recording"), NOON);
          await scene.save(ended(claim, "completed"));
        }
        await backUp(path, copy);
        const dialed = was === "claimed" ? await scene.save(dialing(claim)) : claim;
        if (was === "recorded") {
          await store.saveRecording(claim.attempt.id, recordingThat("complete"), NOON);
        } else {
          await scene.save(ended(dialed, "completed"));
        }
        expect(await store.erase(number(0), NOON + MINUTE)).toEqual([]);
        await store.endLease(runner);
        return campaign.id;
      })();
      await restore(copy, path, later);
      await using store = openSqliteStore(path);
      const { do_not_call_numbers, ...rows } = await store.personalData(number(0));
      expect([do_not_call_numbers.length, Object.values(rows).flat()]).toEqual([1, []]);
      expect(readFileSync(path).includes("Zoe")).toBe(false);
      const { calls } = await store.listCalls({ campaignId: id, limit: 9 });
      expect(calls.map(({ attemptId }) => attemptId)).toEqual([null, null]);
      expect(calls.find(({ contact }) => contact.phoneNumber.startsWith("erased:"))?.status).not.toBe("pending");
    },
  );

  test("says that nobody knows who has asked since not to be called, where the file is gone", async () => {
    await dialedSince();
    await using store = openSqliteStore(path);
    await store.revokeConsents(number(1), NOON);
    damage();
    expect(await restore(copy, path, later)).toMatchObject({ forbidden: null });
  });

  test("knows where the file is gone that nobody has asked since", async () => {
    await dialedSince();
    damage();
    expect(await restore(copy, path, later)).toMatchObject({ forbidden: 0 });
  });

  test("called everybody again where a copy without any dial lay in its place: it knows nothing, and all are lost", async () => {
    const { campaign } = await dialedSince();
    putBack();
    expect(await restore(copy, path, later)).toMatchObject({ lost: 3, forbidden: 0 });
    expect(await statuses(campaign)).toEqual(["lost", "lost", "lost"]);
  });

  test("refuses while a run uses the file", async () => {
    await dialedSince();
    await using store = openSqliteStore(path);
    await store.renewLease({ runnerId: "r", until: NOON + 2 * HOUR }, NOON);
    await expect(restore(copy, path, later)).rejects.toMatchObject({ code: "in_use" });
  });
});

/** A dial by a clock that is a day ahead, a backup, then ten dials by the right clock that the backup does not know of, and one contact who was never dialed. */
async function dialedAhead(): Promise<string> {
  await using store = openSqliteStore(path);
  const scene = new Scene(store);
  const campaign = await scene.running(people(12), { delay: 0, concurrency: 20 });
  const ahead = await scene.runner(NOON, NOON + 2 * DAY);
  await scene.dialed(campaign, ahead, NOON + DAY);
  await store.endLease(ahead);
  await backUp(path, copy);
  const runner = await scene.runner();
  for (let n = 1; n <= 10; n++) await scene.dialed(campaign, runner, NOON + n * SECOND);
  await store.endLease(runner);
  return campaign.id;
}

async function lost(campaign: string): Promise<number> {
  await using store = openSqliteStore(path);
  const { calls } = await store.listCalls({ campaignId: campaign, limit: 20 });
  return calls.filter(({ endReason }) => endReason === "lost").length;
}

describe("a dial by a clock that was a day ahead, before the backup", () => {
  test("let a run use the backup, put back as it is: it refuses", async () => {
    await dialedAhead();
    putBack();
    await using rig = new Rig(NOON + MINUTE, path);
    await expect(rig.run()).rejects.toMatchObject({
      code: "database_older",
      message: expect.stringContaining("lacks 10 of its dials") as string,
    });
  });

  test("let everybody who was dialed since be dialed again after a restore: they are lost", async () => {
    const campaign = await dialedAhead();
    expect(await restore(copy, path, later)).toMatchObject({ lost: 10 });
    expect(await lost(campaign)).toBe(10);
  });

  test.each(["damaged", "put back"])("and where the file is %s, all that wait are lost", async (how) => {
    const campaign = await dialedAhead();
    if (how === "damaged") damage();
    else putBack();
    expect(await restore(copy, path, later)).toMatchObject({ lost: 11 });
    expect(await lost(campaign)).toBe(11);
  });

  test("had the carrier asked only for calls after that: it is asked for all", async () => {
    await dialedAhead();
    damage();
    const dialed = new Set(Array.from({ length: 10 }, (_, n) => number(n + 1)));
    const books = (phone: string, since: number, until: number): Promise<boolean> =>
      Promise.resolve(!(dialed.has(phone) && since < NOON + SECOND && until > NOON));
    expect(await restore(copy, path, { ...later, undialed: books })).toMatchObject({ lost: 10 });
  });

  test("does not stand in the way of the restored file, nor of a later backup of it", async () => {
    await dialedAhead();
    await restore(copy, path, later);
    await backUp(path, join(dir, "tuesday.db"));
    damage();
    expect(await restore(join(dir, "tuesday.db"), path, { ...later, at: NOON + 2 * HOUR })).toMatchObject({ lost: 0 });
    await using store = openSqliteStore(path);
    await new Scene(store).runner(NOON + 3 * HOUR);
  });
});

test("the instant alone, as an earlier version wrote it beside the file, still tells an older file", async () => {
  await dialedSince();
  const at = present(readFileSync(`${path}.last-dial`, "utf8").split(/\s/)[0]);
  writeFileSync(`${path}.last-dial`, `${at}\n`);
  {
    await using store = openSqliteStore(path);
    await new Scene(store).runner(NOON, NOON + SECOND);
  }
  putBack();
  await using store = openSqliteStore(path);
  await expect(new Scene(store).runner(NOON + HOUR)).rejects.toMatchObject({ code: "database_older" });
});

test("a backup is the owner's alone, and whole without its journal", async () => {
  await dialedSince();
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(existsSync(`${copy}-wal`)).toBe(false);
});
