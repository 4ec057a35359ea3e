/** Counts that tell the truth: who was never dialed has not failed, and who is not called yet is counted all the same. */
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { listText, moveText, statusText } from "../../src/cli/render/text.ts";
import { SECOND } from "../../src/domain/time/instant.ts";
import { campaignJson } from "../../src/json/calls.ts";
import { drained, Rig } from "../support/engine.ts";

const plain = new Chalk({ level: 0 });
const status = async (rig: Rig, id: string): Promise<string> => statusText(await rig.report(id), plain).join("\n");
const listed = async (rig: Rig, id: string): Promise<string> => listText([await rig.report(id)], plain)[1] ?? "";

test("a stopped campaign showed those whom nobody ever dialed as failed", async () => {
  await using rig = new Rig();
  rig.behave({ does: "refuse", status: 404, reason: "Not Found", after: 0 });
  const id = await rig.start(20, { delay: "1s" });
  const working = rig.work();
  await rig.clock.advance(3 * SECOND);
  await rig.campaigns.stop(id);
  await drained(rig, working);
  const report = await rig.report(id);
  const { failed } = report.progress.calls;
  const never = report.progress.endings.stopped ?? 0;
  expect([failed, never > 10]).toEqual([20, true]);
  const said = await status(rig, id);
  expect(said).toMatch(new RegExp(`^failed +${failed - never}$`, "m"));
  expect(said).toMatch(new RegExp(`^cancelled +${never}$`, "m"));
  expect(said).toContain(`progress  ${failed - never} of 20 final`);
  expect(await listed(rig, id)).toContain(` ${failed - never}/20 `);
  // What scripts read stays.
  expect(campaignJson(report)).toMatchObject({
    calls: { failed: 20 },
    cancelled: never,
    end_reasons: { stopped: never },
  });
});

test("before the start a campaign of twenty was one of none", async () => {
  await using rig = new Rig();
  const id = await rig.create(20);
  expect(await listed(rig, id)).toContain(" 0/20 ");
  expect(await status(rig, id)).toMatch(/^progress {2}0 of 20 final/m);
  expect(await status(rig, id)).toMatch(/^pending +20$/m);
  expect(campaignJson(await rig.report(id))).toMatchObject({ total: 0, contacts: 20 });
});

test("a campaign that nobody works on was said to be dialing", async () => {
  await using rig = new Rig();
  const id = await rig.start(3, { delay: "5s" });
  expect(await listed(rig, id)).toMatch(/ no runner is up$/);
  expect(moveText(await rig.report(id), plain)).toMatch(/; no runner is up$/);
  expect(await status(rig, id)).toMatch(/^next +no runner is up$/m);
  const working = rig.work();
  await rig.clock.advance(SECOND);
  expect(await listed(rig, id)).toMatch(/ dialing$/);
  await drained(rig, working);
});

test("a wait names the rule, and says how far its end is", async () => {
  await using rig = new Rig();
  const id = await rig.start(1, { rules: undefined });
  const said = await status(rig, id);
  expect(said).toMatch(/^next +outside calling hours until Mon 23 Nov, 13:00:00 UTC \(in 60 min\)$/m);
  expect(said).toMatch(/^held +rule US \(US federal \(TCPA\/TSR\)\) allows every day 8:00-21:00 there$/m);
  expect(await listed(rig, id)).toMatch(/ no runner is up; outside calling hours until .* UTC \(in 60 min\)$/);
});

test("a number that a cap protects is counted, with the rule", async () => {
  await using rig = new Rig();
  rig.behave({ does: "refuse", status: 486, reason: "Busy Here", after: 0 });
  const id = await rig.start(1, { maxAttempts: 3, retryAfter: "1m", maxPerContact: "1/7d" });
  const working = rig.work({ watch: true });
  await rig.clock.advance(180 * SECOND);
  expect(await status(rig, id)).toMatch(/^held +1 call: rule max-per-contact: enough calls to this number$/m);
  await drained(rig, working);
});
