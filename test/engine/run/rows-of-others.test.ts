/** A run over tables that others write into as well: their rows stop nobody, and are taken in. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { NOON } from "../../support/domain.ts";
import { drained, once, Rig } from "../../support/engine.ts";
import { altered } from "../../support/troubled.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-others-"));
  path = join(dir, "c.db");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** As somebody else, who minds no check. */
function write(sql: string): void {
  using db = new DatabaseSync(path);
  db.exec("pragma foreign_keys = on");
  const triggers = db.prepare("select name, sql from sqlite_schema where type = 'trigger'").all();
  for (const { name } of triggers) db.exec(`drop trigger ${String(name)}`);
  db.exec(sql);
  for (const { sql: again } of triggers) db.exec(String(again));
}

test("one odd campaign and one odd call made every run exit 70; the others are called, and both say why", async () => {
  await using rig = new Rig(NOON, path);
  const odd = await rig.start(2);
  const sane = await rig.start(6, {}, 10);
  write(`update campaigns set time_zone = 'Mars/Olympus' where id = '${odd}';
         update campaign_calls set variables = '{"age":42}' where phone_number = '${fictionalNumber(10)}';
         update campaign_calls set phone_number = '911' where phone_number = '${fictionalNumber(11)}';
         update campaign_calls set phone_number = '+1202555010' where phone_number = '${fictionalNumber(14)}';
         update campaign_calls set phone_number = '+19005550101' where phone_number = '${fictionalNumber(15)}'`);
  expect(await rig.run({ parallel: 2 })).toMatchObject({ failed: 1 });
  expect([...rig.dials.keys()].toSorted()).toEqual([fictionalNumber(12), fictionalNumber(13)]);
  expect((await rig.report(odd)).campaign).toMatchObject({
    status: "error",
    statusReason: expect.stringContaining("column time_zone: expected the name of a time zone") as string,
  });
  const { campaign, progress } = await rig.report(sane);
  expect(campaign.status).toBe("completed");
  expect(progress.endings).toEqual({ completed: 2, unreadable: 1, invalid_number: 3 });
});

test("a frontend that set a campaign to running got no dials for ever: it starts", async () => {
  await using rig = new Rig(NOON, path);
  const id = await rig.start(3);
  write(`delete from campaign_calls; update campaigns set copied_at = null, skipped = 0 where id = '${id}'`);
  await rig.run();
  expect([...rig.dials.values()]).toEqual(once(3));
  expect((await rig.report(id)).campaign.status).toBe("completed");
});

test("a campaign that was deleted in mid-call talked on: its calls are hung up", async () => {
  await using rig = new Rig(NOON, path);
  rig.behave({ does: "answer", rings: 1, talks: 600 });
  const id = await rig.start(3, { delay: "0" });
  const working = rig.work({ watch: true });
  await rig.clock.advance(10 * SECOND);
  expect(rig.world.dials.filter(({ endedAt }) => endedAt === null)).toHaveLength(3);
  write(`delete from campaigns where id = '${id}'`);
  await rig.clock.advance(5 * SECOND);
  expect(rig.world.dials.every(({ endedAt }) => endedAt !== null)).toBe(true);
  expect(rig.world.rooms.list()).toEqual([]);
  await drained(rig, working);
});

test("a campaign that was deleted while its phones rang left who answered to silence: they are hung up on", async () => {
  await using rig = new Rig(NOON, path);
  rig.behave({ does: "answer", rings: 1, talks: 600 });
  const id = await rig.start(1);
  const working = rig.work({ watch: true });
  await rig.clock.advance(SECOND);
  expect(rig.world.dials).toMatchObject([{ answeredAt: null, endedAt: null }]);
  write(`delete from campaigns where id = '${id}'`);
  await rig.clock.advance(5 * SECOND);
  expect(rig.world.dials).toMatchObject([
    { answeredAt: expect.any(Number) as number, endedAs: "hung up in conversation" },
  ]);
  expect(rig.world.rooms.list()).toEqual([]);
  await drained(rig, working);
});

test("a campaign that was deleted while its phones rang left who answered to silence where LiveKit missed their room once", async () => {
  await using rig = new Rig(NOON, path);
  rig.behave({ does: "answer", rings: 1, talks: 600 });
  const id = await rig.start(1);
  let misses = 0;
  const missing = altered(
    rig.telephony,
    "closeRoom",
    (close) => async (room) => (misses++ === 0 ? "unknown" : close(room)),
  );
  const working = rig.work({ watch: true }, rig.store, missing);
  await rig.clock.advance(SECOND);
  write(`delete from campaigns where id = '${id}'`);
  await rig.clock.advance(10 * SECOND);
  expect(rig.world.dials).toMatchObject([{ endedAs: "hung up in conversation" }]);
  await drained(rig, working);
});

test("contacts marked do-not-call after the start were rung: they are not", async () => {
  await using rig = new Rig(NOON, path);
  await rig.start(3, { delay: "1m" });
  const working = rig.work({ watch: true });
  await rig.clock.advance(10 * SECOND);
  write("update csv_contacts set do_not_call = 1");
  await rig.clock.advance(5 * MINUTE);
  expect(rig.world.dials).toHaveLength(1);
  await drained(rig, working);
});
