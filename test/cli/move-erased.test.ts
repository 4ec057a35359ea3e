/** `campaigns move` and people who were erased: in the project, in the file, before or while they move. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { MINUTE } from "../../src/domain/time/instant.ts";
import { consent } from "../contracts/store/protection.ts";
import { ended, number, person, Scene } from "../contracts/store/scene.ts";
import { NOON } from "../support/domain.ts";
import { LosingRoad } from "../support/losing.ts";
import { ALICE, BOB, moving, REFUSED } from "../support/moving.ts";

const here = moving("move_erased");
const { move, everything, counted, list, fill } = here;

test("brings nobody back who was erased in the project meanwhile", async () => {
  const { campaign } = await fill();
  const there = here.project.open();
  await list("theirs", [person(20)], there);
  // One who was called, one who waits to be, one of lists, and one of whom there is a consent.
  const gone = [0, 1, 20, 50];
  for (const n of gone) await there.erase(number(n), NOON + MINUTE);
  expect(await move()).toMatchObject({ code: 0 });
  for (const n of gone) {
    const { audit_log: _, do_not_call_numbers: entries, ...rows } = await there.personalData(number(n));
    expect([n, entries.length, Object.values(rows).flat()]).toEqual([n, 1, []]);
  }
  expect(await everything()).not.toMatch(/Person (?:0|1|20)\b|CA_spring|CA_single/);
  // They stay as records of nobody.
  expect([await counted("call_attempts"), await counted("carrier_calls")]).toEqual([3, 3]);
  const { calls } = await there.listCalls({ campaignId: campaign.id, limit: 9 });
  expect(calls.map(({ status, endReason, contact }) => [status, endReason, contact.name])).toEqual([
    ["busy", "declined", null],
    ["failed", "do_not_call", null],
    ["pending", null, "Person 2"],
  ]);
  expect(calls.map(({ completedAt }) => completedAt !== null)).toEqual([true, true, false]);
  expect(await there.miscounted()).toEqual([]);
  const before = await everything();
  expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
  expect(await everything()).toBe(before);
});

test("erased for all owners whom one of them had erased, in the project or in the file", async () => {
  for (const userId of [ALICE, BOB, "carol"]) {
    await using store = openSqliteStore(join(here.dir, "c.db"), { userId });
    const scene = new Scene(store);
    const campaign = await scene.running([person(0), person(1)], { name: userId });
    await list(`${userId}'s`, [person(0)], store);
    await store.addConsents([consent(0)]);
    const claim = await scene.dialed(campaign, await scene.runner());
    await scene.save(ended(claim, "declined"));
    await store.moveCampaign(campaign.id, "pause", { at: NOON });
  }
  await here.project.open(ALICE).erase(number(0), NOON);
  await here.project.open(BOB).addConsents([consent(0)]);
  {
    await using store = openSqliteStore(join(here.dir, "c.db"), { userId: "carol" });
    await store.erase(number(0), NOON);
    await list("found again", [person(0)], store);
  }
  expect(await move()).toMatchObject({ code: 0 });
  const left = async (owner: string) => {
    const {
      audit_log: _,
      do_not_call_numbers: listed,
      ...rows
    } = await here.project.open(owner).personalData(number(0));
    expect(listed).toMatchObject([{ source: "erased" }]);
    return Object.values(rows).map(({ length }) => length);
  };
  const carol = createHash("md5").update("carol").digest("hex");
  for (const owner of [ALICE, carol]) expect(await left(owner)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  expect(await left(BOB)).toEqual([1, 1, 1, 1, 0, 0, 1]);
  expect((await here.project.open().doNotCall(number(0), NOON)).map(({ addedBy }) => addedBy)).toEqual(["several"]);
  expect(await here.project.open(ALICE).removeDoNotCall([number(0)], null)).toBe(0);
  const before = await everything();
  expect(await move()).toMatchObject({ code: 0, stdout: "nothing is left to move\n" });
  expect(await everything()).toBe(before);
});

test("for one owner erased for all others in the project whom the operator of the file had erased", async () => {
  await list("his", [person(0)], here.file);
  await here.file.erase(number(0), NOON);
  await list("found again", [person(0)], here.file);
  expect(await move(["--user", ALICE])).toMatchObject({ code: 0 });
  expect(await counted("contacts")).toBe(0);
  await list("another's", [person(0)], here.project.open(BOB));
  expect(await here.project.sql`select source, added_by from do_not_call_numbers`).toEqual([
    { source: "erased", added_by: `["${ALICE}"]` },
  ]);
  {
    await using bobs = openSqliteStore(join(here.dir, "bob.db"), { userId: BOB });
    await list("bob's", [person(0)], bobs);
  }
  expect(await move(["--user", BOB, "--db", join(here.dir, "bob.db")])).toMatchObject({ code: 0 });
  expect(await counted("contacts")).toBe(2);
});

const BREAKS = ["call_attempts", "move_done"];

test.each(BREAKS)("at the %s leaves nobody there who is erased here before the next run", async (at) => {
  await fill();
  await new Scene(here.file).idle([person(10), person(11)], { name: "unstarted" });
  await using road = await LosingRoad.to(here.project.url, (path, body) =>
    path.endsWith(at) || (body.includes(`"table":"${at}"`) && body.includes("campaign_id")) ? REFUSED : "arrives",
  );
  expect((await move([], { SUPABASE_URL: road.url })).code).toBe(3);
  // One who was called, one who waits to be, one of lists, one of a campaign that never started, and one of whom there is a consent.
  const gone = [0, 1, 10, 20, 30, 50];
  for (const n of gone) await here.file.erase(number(n), NOON + MINUTE);
  expect(await move()).toMatchObject({ code: 0 });
  for (const n of gone) {
    const { audit_log: _, do_not_call_numbers: entries, ...rows } = await here.project.open().personalData(number(n));
    expect([n, entries.length, Object.values(rows).flat()]).toEqual([n, 1, []]);
  }
  expect(await everything()).not.toMatch(/Person (?:0|1|10|20|30|50)\b|CA_spring|CA_single/);
  expect([await counted("call_attempts"), await counted("carrier_calls")]).toEqual([3, 3]);
  expect(await here.project.open().miscounted()).toEqual([]);
});
