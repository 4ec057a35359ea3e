/** Whom one must not call, and when: checked when a call is handed out, and again before the dial. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { CampaignChanges } from "../../../src/engine/manage/campaign-changes.ts";
import type { ContactFeed } from "../../../src/engine/manage/contacts.ts";
import { DoNotCallList } from "../../../src/engine/manage/do-not-call.ts";
import { Suppression } from "../../../src/engine/manage/suppression.ts";
import { fictionalNumber } from "../../support/cli.ts";
import { drained, Rig } from "../../support/engine.ts";

const someone = (phoneNumber: string): NewContact => ({
  id: null,
  name: null,
  phoneNumber,
  email: null,
  variables: {},
});

async function* once<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield items;
}
const feed = (contacts: readonly NewContact[]): ContactFeed => ({ filename: "f", size: 0, batches: once(contacts) });

const doNotCallList = (rig: Rig): DoNotCallList => new DoNotCallList(rig.store, rig.clock, randomUUID);
const suppression = (rig: Rig): Suppression => new Suppression(rig.store, rig.clock);

const list = (rejected = 0) => ({
  filename: "ftc.csv",
  batches: once([fictionalNumber(90)]),
  rejected: () => rejected,
});

describe("the do-not-call list", () => {
  test("a list that a campaign needs stops it when it grows too old, and lets it go on when it is read again", async () => {
    await using rig = new Rig();
    const needs = { needsDnc: "ftc", maxAge: "2h", delay: "1h" };
    const old = { code: "old_list", hint: "campaigns dnc import FILE --source ftc --replace brings it up to date" };
    await expect(rig.start(5, needs)).rejects.toMatchObject({ ...old, message: expect.stringContaining("never") });
    const [idle] = await rig.campaigns.list();
    expect((await rig.campaigns.preflight(idle?.id ?? "")).oldList).toMatchObject({ source: "ftc" });
    // A row that could not be read may be anybody's.
    await doNotCallList(rig).import(list(1), { source: "ftc" }, true);
    await expect(rig.campaigns.start(idle?.id ?? "")).rejects.toMatchObject(old);
    await doNotCallList(rig).import(list(), { source: "ftc" }, true);
    expect((await rig.campaigns.preflight(idle?.id ?? "")).oldList).toBeNull();
    const { id } = await rig.campaigns.start(idle?.id ?? "");

    const working = rig.work({ watch: true });
    await rig.clock.advance(5 * HOUR);
    expect(rig.world.dials).toHaveLength(3);
    const { because, campaign, nextCallAt } = await rig.report(id);
    expect(because).toContain('the do-not-call list "ftc" is 5 hours old, and must not be older than 2h');
    expect([campaign.status, nextCallAt]).toEqual(["running", null]);
    expect(rig.said("campaign_waiting").at(-1)).toMatchObject({ because: expect.stringContaining('list "ftc" is ') });
    // A number more is no newer list.
    await doNotCallList(rig).add([fictionalNumber(91)], { source: "ftc" });
    await rig.clock.advance(HOUR);
    expect(rig.world.dials).toHaveLength(3);
    await doNotCallList(rig).import(list(), { source: "ftc" });
    await rig.clock.advance(2 * HOUR);
    await drained(rig, working);
    expect(rig.dials.size).toBe(5);
  });

  test("a number put on the list while the campaign ran was dialed all the same", async () => {
    await using rig = new Rig();
    const id = await rig.start(3, { delay: "10s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(5 * SECOND);
    await doNotCallList(rig).add([fictionalNumber(1)], { reason: "asked for it" });
    await rig.clock.advance(5 * MINUTE);
    await drained(rig, working);
    expect([...rig.dials.keys()]).toEqual([fictionalNumber(0), fictionalNumber(2)]);
    expect((await rig.report(id)).progress.endings).toEqual({ completed: 2, do_not_call: 1 });
  });

  test("between the claim and the dial: checked again", async () => {
    await using rig = new Rig();
    rig.script({ agentJoinsAfter: 5 });
    const id = await rig.start(1);
    const working = rig.work();
    await rig.clock.advance(2 * SECOND);
    await doNotCallList(rig).add([fictionalNumber(0)]);
    await rig.clock.finish(working.done, HOUR);
    expect(rig.world.dials).toEqual([]);
    expect((await rig.report(id)).progress.endings).toEqual({ do_not_call: 1 });
    expect(rig.world.rooms.list()).toEqual([]);
  });

  test("the outcome do_not_call suppressed nothing in the next campaign", async () => {
    await using rig = new Rig();
    const first = await rig.start(2);
    await rig.run();
    const { calls } = await rig.campaigns.calls(first, { limit: 2 });
    await rig.campaigns.setOutcome(calls[0]?.id ?? "", "do_not_call", null);
    const second = await rig.start(2);
    await rig.run();
    expect([...rig.dials.values()]).toEqual([1, 2]);
    expect((await rig.report(second)).progress).toMatchObject({ total: 1, skipped: 1 });
  });
});

describe("hours and rules", () => {
  // Monday 12:00 UTC: 07:00 in New York.
  test("the national rule holds by default: nobody is rung before eight, and the campaign says until when it waits", async () => {
    await using rig = new Rig();
    const id = await rig.start(1, { rules: undefined });
    const working = rig.work({ watch: true });
    await rig.clock.advance(30 * MINUTE);
    expect(rig.world.dials).toEqual([]);
    expect(await rig.report(id)).toMatchObject({ because: "outside calling hours", campaign: { status: "running" } });
    const { closed } = await rig.campaigns.explain(id, fictionalNumber(0));
    expect(closed?.reasons[0]).toMatch(/^rule US /);
    expect(closed?.opensAt).toBe(Date.parse("2026-11-23T13:00:00Z"));
    await rig.clock.advance(HOUR);
    await drained(rig, working);
    expect(rig.world.dials).toHaveLength(1);
    expect(new Date(rig.world.dials[0]?.at ?? 0).toISOString()).toBe("2026-11-23T13:00:00.500Z");
  });

  test("contacts of several clocks are called as each of them opens", async () => {
    await using rig = new Rig();
    // +1 201 and +1 202 are in the east, +1 206 is Seattle: three hours later.
    const id = await rig.start(1, { rules: undefined });
    const west = await rig.start(1, { rules: undefined }, 400);
    const working = rig.work({ watch: true, parallel: 2 });
    await rig.clock.advance(90 * MINUTE);
    expect([...rig.dials.keys()]).toEqual([fictionalNumber(0)]);
    await rig.clock.advance(3 * HOUR);
    await drained(rig, working);
    expect([...rig.dials.keys()]).toEqual([fictionalNumber(0), fictionalNumber(400)]);
    for (const each of [id, west]) expect((await rig.report(each)).campaign.status).toBe("completed");
  });

  test("hours that end between the claim and the dial: given back at no cost, called the next day", async () => {
    await using rig = new Rig(Date.parse("2026-11-23T16:58:55Z"));
    rig.script({ agentJoinsAfter: 8 });
    const id = await rig.start(1, { hours: "9-17", ring: "60s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(HOUR);
    expect(rig.world.dials).toEqual([]);
    expect((await rig.report(id)).progress.calls.pending).toBe(1);
    await rig.clock.advance(DAY);
    await drained(rig, working);
    expect((await rig.report(id)).progress.calls.completed).toBe(1);
  });

  test("an attempt cap counts across campaigns: three in 24 hours, and the fourth waits, with the rule that holds it", async () => {
    await using rig = new Rig(Date.parse("2026-11-23T15:00:00Z"));
    const florida = { rules: "us", delay: "1s" };
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) {
      const settings = { name: `c${n}`, assistant: "a1", hours: "0-24", days: "all", hoursIn: "campaign", ...florida };
      const { id } = await rig.campaigns.create(settings, feed([someone("+13055550123")]), "UTC");
      await rig.campaigns.start(id);
      ids.push(id);
      await rig.run();
      await rig.clock.advance(MINUTE);
    }
    expect(rig.world.dials).toHaveLength(3);
    const held = await rig.campaigns.explain(ids[3] ?? "", "+13055550123");
    expect(held.call.heldBy).toMatch(/^rule US-FL: enough calls/);
    expect(held.call.nextAttemptAt).toBe((rig.world.dials[0]?.at ?? 0) + DAY);
    await rig.clock.advance(DAY);
    await rig.run();
    expect(rig.world.dials).toHaveLength(4);
  });

  test("contacts that can never be called do not keep a campaign running for ever: they end, with the reason", async () => {
    await using rig = new Rig();
    // 9 to 17 in Tokyo and in Maine have no minute in common.
    const id = await rig.start(2, { hours: "9-17", timezone: "Asia/Tokyo", hoursIn: "contact" }, 500);
    expect(await rig.campaigns.preflight(id)).toMatchObject({
      callable: 0,
      never: [{ contacts: 2 }],
      firstDialAt: null,
    });
    await rig.run();
    const { campaign, progress } = await rig.report(id);
    expect(campaign).toMatchObject({ status: "completed", statusReason: expect.stringContaining("cannot be called") });
    expect(progress.endings).toEqual({ outside_rules: 2 });
    expect(rig.world.dials).toEqual([]);
  });
});

test("a ring shorter than the law's 15 seconds is refused under the rules of the United States, and only there", async () => {
  await using rig = new Rig();
  const settings = { assistant: "a1", hours: "0-24", days: "all", ring: "10s" };
  const create = (name: string, rules: object, number: string) =>
    rig.campaigns.create({ ...settings, name, ...rules }, feed([someone(number)]), "UTC");
  await expect(create("us", { rules: "us" }, "+12125550123")).rejects.toThrow("ring: rule US");
  const { id } = await create("default", {}, "+12125550123");
  await expect(rig.campaigns.start(id)).rejects.toThrow(/asks for 15 s of ringing, .* for 10 s \(1 contacts?\)/);
  expect((await rig.report(id)).campaign.status).toBe("idle");
  await rig.campaigns.start((await create("london", {}, "+442079460123")).id);
  await rig.campaigns.start((await create("none", { rules: "none" }, "+12125550123")).id);
});

test("the dry run says once for how many a state's rows would close what the national row opens", async () => {
  await using rig = new Rig();
  const numbers = ["+13055550123", "+13055550124", "+12025550123", "+442079460123"];
  const settings = { name: "n", assistant: "a1", hours: "0-24", days: "all" };
  const { id } = await rig.campaigns.create(settings, feed(numbers.map(someone)), "UTC");
  // Two in Florida, whose day ends at 20; the District of Columbia says what the country says.
  expect(await rig.campaigns.preflight(id)).toMatchObject({ callable: 4, stateRows: 2 });
  const chosen = { ...settings, name: "m", rules: "us" };
  const other = await rig.campaigns.create(chosen, feed(numbers.map(someone)), "UTC");
  expect(await rig.campaigns.preflight(other.id)).toMatchObject({ callable: 4, stateRows: 0 });
});

test("an operator's own limit counts over all campaigns, and names itself", async () => {
  await using rig = new Rig(Date.parse("2026-11-23T15:00:00Z"));
  const ids: string[] = [];
  for (const name of ["one", "two", "three"]) {
    const settings = { name, assistant: "a1", hours: "0-24", days: "all", rules: "none", maxPerContact: "2/7d" };
    const { id } = await rig.campaigns.create(settings, feed([someone("+12125550123")]), "UTC");
    await rig.campaigns.start(id);
    await rig.run();
    ids.push(id);
    await rig.clock.advance(MINUTE);
  }
  expect(rig.world.dials).toHaveLength(2);
  const { call } = await rig.campaigns.explain(ids[2] ?? "", "+12125550123");
  expect(call.heldBy).toContain("max-per-contact");
  expect(call.nextAttemptAt).toBe((rig.world.dials[0]?.at ?? 0) + 7 * DAY);
});

test("of two windows a day, the noon between them is closed", async () => {
  await using rig = new Rig(Date.parse("2026-11-23T12:30:00Z"));
  const id = await rig.start(1, { hours: "9:30-12:15,14-18" });
  await rig.run();
  expect(rig.world.dials).toEqual([]);
  expect((await rig.report(id)).nextCallAt).toBe(Date.parse("2026-11-23T14:00:00Z"));
});

test("old time-zone data ended contacts for good, and the campaign was completed: not to know a zone waits", async () => {
  await using rig = new Rig(Date.parse("2026-11-23T16:00:00Z"));
  const settings = { name: "n", assistant: "a1", hours: "0-24", days: "all", rules: "us", delay: "0s" };
  const people = [someone("+12125550123"), { ...someone("+12125550124"), timeZone: "Mars/Olympus" }];
  const { id } = await rig.campaigns.create(settings, feed(people), "UTC");
  await rig.campaigns.start(id);
  const { blind, tripped, failed } = await rig.run();
  expect({ blind, tripped, failed }).toEqual({ blind: 1, tripped: 0, failed: 0 });
  const { campaign, progress, because, nextCallAt } = await rig.report(id);
  expect(campaign.status).toBe("running");
  expect(progress.calls).toMatchObject({ completed: 1, pending: 1, failed: 0 });
  expect(because).toMatch(/^nobody knows the time zone/);
  expect(nextCallAt).toBeNull();
  await rig.campaigns.stop(id);
  expect((await rig.report(id)).progress.endings).toMatchObject({ stopped: 1 });
});

describe("consent", () => {
  const proof = { source: "web form", proof: "https://example.com/forms/12" };

  test("--require-consent calls only those with a proven one, and counts the others before the start", async () => {
    await using rig = new Rig();
    await suppression(rig).grant(fictionalNumber(0), proof);
    await suppression(rig).grant(fictionalNumber(1), { source: "hearsay" });
    await suppression(rig).grant(fictionalNumber(2), { ...proof, expiresAt: "2026-11-01" });
    const id = await rig.start(4, { requireConsent: true });
    await rig.run();
    expect([...rig.dials.keys()]).toEqual([fictionalNumber(0)]);
    expect((await rig.report(id)).progress).toMatchObject({ total: 1, skipped: 3 });
  });

  test("a revocation acts at once, on a campaign that runs, and an older consent that is imported later does not undo it", async () => {
    await using rig = new Rig();
    for (const n of [0, 1]) await suppression(rig).grant(fictionalNumber(n), { ...proof, grantedAt: "2026-01-01" });
    const id = await rig.start(2, { requireConsent: true, delay: "30s" });
    const working = rig.work({ watch: true });
    await rig.clock.advance(10 * SECOND);
    expect(await suppression(rig).revoke(fictionalNumber(1))).toBe(1);
    await rig.clock.advance(5 * MINUTE);
    await drained(rig, working);
    expect([...rig.dials.keys()]).toEqual([fictionalNumber(0)]);
    expect((await rig.report(id)).progress.endings).toEqual({ completed: 1, no_consent: 1 });
    await suppression(rig).grant(fictionalNumber(1), { ...proof, source: "another form", grantedAt: "2026-02-01" });
    expect((await suppression(rig).consents(fictionalNumber(1))).map(({ valid }) => valid)).toEqual([
      false,
      false,
      false,
    ]);
  });
});

test("before a start: who will be called, who not, from when, until when", async () => {
  await using rig = new Rig();
  await doNotCallList(rig).add([fictionalNumber(1)]);
  const contacts = [0, 1, 2, 3].map((n) => ({ ...someone(fictionalNumber(n)), doNotCall: n === 2 }));
  const settings = { name: "p", assistant: "a1", hours: "9-17", rules: "none", delay: "1m" };
  const { id } = await rig.campaigns.create(settings, feed(contacts), "America/New_York");
  expect(await rig.campaigns.preflight(id)).toMatchObject({
    callable: 2,
    leftOut: { marked: 1, on_list: 1, no_consent: 0 },
    never: [],
    firstDialAt: Date.parse("2026-11-23T14:00:00Z"),
    throughAt: Date.parse("2026-11-23T14:02:00Z"),
  });
  // Nothing has been started.
  expect((await rig.report(id)).campaign.status).toBe("idle");
});

test("hours that are changed while a campaign is paused hold from its resume on, for a runner that knew the old ones", async () => {
  await using rig = new Rig();
  const id = await rig.start(3, { delay: "1m" });
  const working = rig.work({ watch: true });
  await rig.clock.advance(30 * SECOND);
  await rig.campaigns.pause(id);
  await new CampaignChanges(rig.campaigns, rig.store, rig.clock).change(id, { hours: "1-2" });
  await rig.campaigns.resume(id);
  await rig.clock.advance(HOUR);
  expect(rig.world.dials).toHaveLength(1);
  await drained(rig, working);
});
