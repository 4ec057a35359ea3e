/** campaigns audit: each entry says who it was, whatever command it was. */
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { seal } from "../../src/engine/manage/audit-chain.ts";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { closedNow, singleCallHours } from "../../src/domain/hours/callable-now.ts";
import { placeKey, placeOf } from "../../src/domain/phones/place.ts";
import { Folder } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

/** Washington, Honolulu, Guam, London: at any hour somebody sleeps. */
const SLEEPER = ["+12025550150", "+18085550150", "+16715550150", "+447700900150"].find(
  (number) => closedNow(singleCallHours(45), placeKey(placeOf(number, null)), systemClock.now()) !== null,
);

let desk: SandboxDesk;
let elsewhere: Folder;
beforeEach(async () => {
  desk = await SandboxDesk.open({ others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 0.2 } }] });
  elsewhere = new Folder();
  desk.file("c.csv", "name,phone\nAda,+12025550101\n");
  await ann("create", "--name", "spring", "--csv", "c.csv", "--assistant", "a", "--prompt", "hello");
});
afterEach(async () => {
  elsewhere[Symbol.dispose]();
  await desk[Symbol.asyncDispose]();
});

async function ann(...argv: string[]): Promise<string> {
  const { code, stdout, stderr } = await desk.run(["--actor", "ann", ...argv]);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Who did what, the newest first. */
async function log(): Promise<string[]> {
  const { entries } = JSON.parse(await ann("audit", "--json")) as { entries: { actor: string; action: string }[] };
  return entries.map(({ actor, action }) => `${actor} ${action}`);
}

test("an entry names --actor, and CAMPAIGNS_ACTOR", async () => {
  await desk.run(["dnc", "add", "+12025550102"], "", { CAMPAIGNS_ACTOR: "bob" });
  expect(await log()).toEqual(["cli:bob dnc.added", "cli:ann campaign.created"]);
});

test("what a program reads was in the log only as CSV of calls; a look is in no log", async () => {
  await ann("dnc", "add", "+12025550102");
  for (const looked of [
    ["calls", "spring"],
    ["dnc", "list"],
    ["status", "spring"],
  ])
    await ann(...looked);
  expect(await log()).toEqual(["cli:ann dnc.added", "cli:ann campaign.created"]);
  const taken = ["calls spring --json", "calls spring --csv", "dnc list --json", "dnc export", "dnc export --json"];
  for (const command of taken) await ann(...command.split(" "));
  const { entries } = JSON.parse(await ann("audit", "--json")) as { entries: Record<string, unknown>[] };
  const [list, whole] = [{ what: "do-not-call list", source: null }, { what: "calls" }];
  expect(entries.slice(0, -2)).toMatchObject([
    ...[list, list, list].map((after) => ({ action: "data.exported", actor: "cli:ann", campaign_id: null, after })),
    ...[whole, whole].map((after) => ({ action: "data.exported", campaign_id: expect.any(String) as string, after })),
  ]);
});

test("what leaves the database is in the log: calls --csv, and backup", async () => {
  await ann("calls", "spring", "--csv");
  await ann("backup", join(elsewhere.dir, "monday.db"));
  expect(await log()).toEqual(["cli:ann data.exported", "cli:ann data.exported", "cli:ann campaign.created"]);
});

test("a call that was forced is in the log", async () => {
  await ann("dial", SLEEPER ?? "", "--assistant", "a", "--force", "--yes");
  expect(await log()).toContain("cli:ann call.forced");
});

test("who restored a backup is in the log, and the chain goes on; there was no entry", async () => {
  const backup = join(elsewhere.dir, "monday.db");
  await ann("backup", backup);
  await ann("restore", backup);
  const [restored, ...before] = await log();
  expect([restored, before.length]).toEqual(["cli:ann data.restored", 3]);
  await using store = openSqliteStore(desk.db);
  expect((await seal(store)).link).toBe(4);
});

test("who encrypted is in the log: it was nobody in particular", async () => {
  const key = join(elsewhere.dir, "key");
  await ann("keys", "new", key);
  desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = key;
  await ann("keys", "encrypt", "--yes");
  expect((await log()).filter((entry) => entry.includes("keys."))).toEqual([
    "cli:ann keys.finished",
    "cli:ann keys.encrypting",
  ]);
});
