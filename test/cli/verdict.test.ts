/** What agents say, as an operator sees it; and what of it outlives a runner that is killed, with real processes. */
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import type { Call } from "../../src/domain/calls/call.ts";
import { eventText } from "../../src/cli/render/event.ts";
import { listText, statusText } from "../../src/cli/render/text.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { attemptJson, callJson, campaignJson } from "../../src/json/calls.ts";
import { parseScript, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, fictionalNumber, Scratch } from "../support/cli.ts";
import { Rig } from "../support/engine.ts";

const plain = new Chalk({ level: 0 });
const talk = (...says: object[]): object => ({ does: "answer", rings: 1, talks: 10, says });

test("reached is told apart from answered, and conversion is of the reached", async () => {
  await using rig = new Rig();
  const sold = talk({ verdict: { seq: 1, answered_by: "human", outcome: "interested", first_audio_ms: 640, x: 1 } });
  const numbers = {
    [fictionalNumber(0)]: [sold],
    [fictionalNumber(1)]: [talk({ verdict: { seq: 1, answered_by: "human", outcome: "not_interested" } })],
    [fictionalNumber(2)]: [talk({ verdict: { seq: 1, answered_by: "voicemail" }, at: 1 })],
    [fictionalNumber(3)]: [{ does: "refuse", status: 486 }],
  };
  rig.script({ numbers });
  const id = await rig.start(4);
  await rig.run();
  const report = await rig.report(id);
  expect(campaignJson(report)).toMatchObject({ pickups: 3, reached: 2, conversion: 0.5 });
  const status = statusText(report, plain).join("\n");
  expect(status).toContain("4 dials, 3 answered, 2 reached (50 % interested)");
  expect(status).toContain("1 × a voicemail answered");
  expect(listText([report], plain)[0]).toMatch(/LIVE +REACHED +NEXT/);
  const { calls } = await rig.campaigns.calls(id, { limit: 4 });
  expect(calls.map(callJson)).toMatchObject([
    { end_reason: "completed", reached: true, outcome: "interested" },
    { end_reason: "completed", reached: true, outcome: "not_interested" },
    { end_reason: "voicemail", reached: false, outcome: null },
    { end_reason: "busy", reached: false },
  ]);
  const { attempts = [] } = (await rig.store.callHistory(id, fictionalNumber(0))) ?? {};
  expect(attempts.map(attemptJson)).toMatchObject([{ answered_by: "human", first_audio_ms: 640, verdict_seq: 1 }]);
  const said = rig.events.map((event) => eventText(event, "UTC") ?? "").join("\n");
  expect(said).toContain("the agent says: a human answered, interested");
  expect(said).toContain("the agent says: a voicemail answered");
  expect(said).toContain("left out of what the agent said: 1 unknown field");
});

test("on voicemail: a message and its text belong together, and delays are delays", async () => {
  await using rig = new Rig();
  for (const [input, problem] of [
    [{ onVoicemail: "message" }, /voicemail message: expected what the agent is to say/],
    [{ voicemailMessage: "Call us." }, /voicemail message: expected only together with/],
    [{ onVoicemail: "sing" }, /on voicemail: expected retry, message or hang-up, got "sing"/],
    [{ voicemailAfter: "soon" }, /voicemail after: expected a duration/],
  ] as const) {
    await expect(rig.start(1, input)).rejects.toThrow(problem);
  }
});

test("after kill -9 the next run finds what the agents said meanwhile, once", async () => {
  const last = { seq: 2, answered_by: "human", outcome: "interested", final: true };
  const numbers = {
    // Said before the kill, after it, and after it with the callee long gone.
    [fictionalNumber(0)]: [{ ...talk({ verdict: { ...last, seq: 1 }, at: 0.2 }), rings: 0, talks: 600 }],
    [fictionalNumber(1)]: [{ ...talk({ verdict: last, at: 6 }), rings: 0, talks: 8 }],
    [fictionalNumber(2)]: [{ ...talk({ verdict: last }), rings: 0, talks: 8 }],
  };
  const script = parseScript(JSON.stringify({ numbers, agentJoinsAfter: 0 }));
  await using sandbox = await startSandbox({ clock: systemClock, script });
  using scratch = new Scratch(sandbox);
  const csv = scratch.file("contacts.csv", contactsCsv(3));
  const always = "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --delay 0 --start".split(" ");
  expect(await scratch.run("create", "--name", "spring", "--csv", csv, ...always)).toMatchObject({ code: 0 });
  const victim = scratch.start("run", "--lease", "2s");
  await using store = openSqliteStore(scratch.db);
  const [{ id: campaignId } = { id: "" }] = await store.findCampaigns("spring");
  const calls = async (): Promise<readonly Call[]> => (await store.listCalls({ campaignId, limit: 3 })).calls;
  while (!(await calls()).every(({ status }) => status === "answered")) await systemClock.sleep(20);
  victim.kill("SIGKILL");
  await victim.ended;
  while (sandbox.world.dials.filter(({ endedAt }) => endedAt !== null).length < 2) await systemClock.sleep(20);
  // The first callee is hung up on only when the next run has heard the agent.
  const next = scratch.start("run", "--lease", "2s");
  while ((await calls())[0]?.outcome !== "interested") await systemClock.sleep(20);
  expect(await scratch.run("stop", "spring", "--now")).toMatchObject({ code: 0 });
  expect(await next.ended).toMatchObject({ code: 0 });
  expect((await calls()).map(({ outcome, endReason }) => [outcome, endReason])).toEqual([
    ["interested", "hung_up"],
    ["interested", "completed"],
    ["interested", "completed"],
  ]);
  expect(sandbox.world.dials).toHaveLength(3);
  expect(sandbox.world.rooms.list()).toEqual([]);
}, 60_000);
