/** What `explain` and `status` say of a contact and a campaign, and of what becomes of calls under way. */
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { explainText } from "../../src/cli/render/explain.ts";
import { moveText, statusText } from "../../src/cli/render/text.ts";
import { campaignJson } from "../../src/json/calls.ts";
import { MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { fictionalNumber } from "../support/cli.ts";
import { drained, Rig } from "../support/engine.ts";

const plain = new Chalk({ level: 0 });
const explained = async (rig: Rig, id: string): Promise<string> =>
  explainText(await rig.campaigns.explain(id, fictionalNumber(0)));

test("a call whose runner is gone is not told of as one that somebody sees to", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 100 });
  const id = await rig.start(1);
  const working = rig.work();
  await rig.clock.advance(10 * SECOND);
  expect(await explained(rig, id)).toContain("in conversation. It is under way now.");
  expect(statusText(await rig.report(id), plain)).not.toContain("none is up");

  working.leave.abort();
  await rig.clock.advance(0);
  const sentence = "Its runner died. Another runner, or the next campaigns run, takes the call over";
  expect(await explained(rig, id)).toContain(sentence);

  const next = rig.work();
  await rig.clock.advance(SECOND);
  expect(await explained(rig, id)).toContain("It is under way now.");
  await drained(rig, next);
  expect(await explained(rig, id)).toContain("That is final");
});

test("a campaign that waits for its turn says so of each contact, and to scripts, and behind whom", async () => {
  await using rig = new Rig();
  await rig.start(100, { delay: "1s", name: "first" }, 100);
  const id = await rig.start(5, { delay: "1s", name: "second" });
  const working = rig.work({ watch: true });
  await rig.clock.advance(20 * SECOND);
  expect(await explained(rig, id)).toContain('waits for its turn behind "first"');
  expect(campaignJson(await rig.report(id))).toMatchObject({ waits_for_turn: "first" });
  await drained(rig, working);
});

test("a trunk that says 100 Trying only was told as a phone that rings", async () => {
  await using rig = new Rig();
  rig.behave({ does: "trying" });
  const id = await rig.start(1);
  const working = rig.work();
  await rig.clock.advance(10 * SECOND);
  expect(await explained(rig, id)).toMatch(/dialed .*: being called\. It is under way now\./);
  expect(rig.said("call_ringing")).toEqual([]);
  await drained(rig, working);
});

test("a stop says what becomes of the live calls, and who does it", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 100 });
  const id = await rig.start(3, { delay: "0s" });
  const working = rig.work();
  await rig.clock.advance(10 * SECOND);
  await rig.campaigns.pause(id);
  expect(moveText(await rig.report(id), plain)).toContain("its 3 live calls go on to their end");
  await rig.campaigns.stop(id, true);
  expect(moveText(await rig.report(id), plain)).toContain("its 3 live calls are hung up within seconds");

  working.leave.abort();
  await rig.clock.advance(MINUTE);
  const orphaned = await rig.report(id);
  expect(moveText(orphaned, plain)).toContain("no runner is up: the next campaigns run hangs up its 3 live calls");
  expect(statusText(orphaned, plain)).toContain("runners   none is up; campaigns run finishes the live calls");
});

test("a runner that had to leave with the last call was said to have more to dial: it is only to be completed", async () => {
  await using rig = new Rig();
  const id = await rig.start(1);
  const working = rig.work();
  await rig.clock.advance(5 * SECOND);
  await drained(rig, working);
  const text = statusText(await rig.report(id), plain);
  expect(text).toContain("next      every call is final");
  expect(text).toContain("runners   none is up; campaigns run completes it");
});

test("a campaign at rest said its reason twice, and not what makes it go on", async () => {
  await using rig = new Rig();
  const id = await rig.start(1);
  const next = async (): Promise<string | undefined> =>
    /^next +(.*)$/m.exec(statusText(await rig.report(id), plain).join("\n"))?.[1];
  await rig.campaigns.pause(id);
  expect(await next()).toBe("nothing until you run campaigns resume");
  await rig.campaigns.stop(id);
  expect(await next()).toBe("nothing: the campaign is completed");
});

/** A campaign whose one contact was busy when it was called. */
const busy =
  (input: Parameters<Rig["start"]>[1] = {}) =>
  async (rig: Rig): Promise<string> => {
    rig.behave({ does: "refuse", status: 486, reason: "Busy Here", after: 0 });
    const id = await rig.start(1, input);
    await rig.run();
    return id;
  };

/** At noon in UTC, seven in the morning for whoever is called. */
const SITUATIONS: Readonly<Record<string, readonly [(rig: Rig) => Promise<string>, string]>> = {
  "before its turn": [
    (rig) => rig.start(3),
    "pending: 0 of 1 attempt spent. " +
      "The next attempt is due Mon 23 Nov, 12:00:00 UTC; the campaign is dialing, those due before it first.",
  ],
  "outside the campaign's hours": [
    (rig) => rig.start(1, { hours: "14-17" }),
    "pending: 0 of 1 attempt spent. The next attempt is due Mon 23 Nov, 12:00:00 UTC; it must not be called now: " +
      "outside every day 14:00-17:00 on the campaign's clock, UTC; it opens Mon 23 Nov, 14:00:00 UTC.",
  ],
  "where a rule forbids it": [
    (rig) => rig.start(1, { rules: undefined }),
    "pending: 0 of 1 attempt spent. The next attempt is due Mon 23 Nov, 12:00:00 UTC; it must not be called now: " +
      "rule US (US federal (TCPA/TSR)) allows every day 8:00-21:00 there; it opens Mon 23 Nov, 13:00:00 UTC.",
  ],
  paused: [
    async (rig) => {
      const id = await rig.start(1);
      await rig.campaigns.pause(id);
      return id;
    },
    "pending: 0 of 1 attempt spent. It waits: the campaign is paused (paused by the operator).",
  ],
  "stopped before its turn": [
    async (rig) => {
      const id = await rig.start(1);
      await rig.campaigns.stop(id);
      return id;
    },
    "failed: 0 of 1 attempt spent. That is final (the campaign was stopped before it was called): " +
      "it is not called again in this campaign.",
  ],
  "busy, to be called again": [
    busy({ maxAttempts: 3, retryAfter: "30m" }),
    "pending: 1 of 3 attempts spent. Try 1, dialed Mon 23 Nov, 12:00:00 UTC: the line was busy (SIP 486 Busy Here). " +
      "The next attempt is due Mon 23 Nov, 12:31:02 UTC.",
  ],
  "busy for the last time": [
    busy(),
    "busy: 1 of 1 attempt spent. Try 1, dialed Mon 23 Nov, 12:00:00 UTC: the line was busy (SIP 486 Busy Here). " +
      "That is final (the line was busy): it is not called again in this campaign.",
  ],
  "the cap of the day is reached": [
    busy({ dailyCap: 1, maxAttempts: 3, retryAfter: "1m" }),
    "pending: 1 of 3 attempts spent. Try 1, dialed Mon 23 Nov, 12:00:00 UTC: the line was busy (SIP 486 Busy Here). " +
      "The next attempt is due Mon 23 Nov, 12:01:02 UTC; " +
      "the campaign waits: daily cap reached (1 of 1) until Tue 24 Nov, 00:00:00 UTC.",
  ],
  "called by another campaign": [
    async (rig) => {
      rig.behave({ does: "answer", rings: 1, talks: 600 });
      await rig.start(1);
      const working = rig.work({ parallel: 2 });
      await rig.clock.advance(10 * SECOND);
      const second = await rig.start(1);
      await rig.clock.advance(MINUTE / 2);
      working.leave.abort();
      await rig.clock.advance(0);
      return second;
    },
    "pending: 0 of 1 attempt spent. It is held until Mon 23 Nov, 12:01:32 UTC: another call to this number is under way.",
  ],
  "called by another campaign that was done a while ago": [
    async (rig) => {
      await rig.start(1);
      const second = await rig.start(1);
      const working = rig.work({ parallel: 2 });
      await rig.clock.advance(30 * SECOND);
      working.leave.abort();
      await rig.clock.advance(MINUTE);
      return second;
    },
    "pending: 0 of 1 attempt spent. " +
      "The next attempt is due Mon 23 Nov, 12:01:00 UTC; the campaign is dialing, those due before it first.",
  ],
  "our own trunk fails": [
    async (rig) => {
      rig.behave({ does: "refuse", status: 503, reason: "Service Unavailable" });
      const id = await rig.start(1);
      const working = rig.work();
      await rig.clock.advance(5 * SECOND);
      await drained(rig, working);
      return id;
    },
    "pending: 0 of 1 attempt spent. Try 1, dialed Mon 23 Nov, 12:00:00 UTC: the trunk refused or failed " +
      "(SIP 503 Service Unavailable), which cost no attempt. The next attempt is due Mon 23 Nov, 12:00:16 UTC.",
  ],
  "talked to, with an outcome": [
    async (rig) => {
      const id = await rig.start(1);
      await rig.run();
      const { call } = await rig.campaigns.explain(id, fictionalNumber(0));
      await rig.campaigns.setOutcome(call.id, "callback", "on Friday");
      return id;
    },
    "completed: 1 of 1 attempt spent. Try 1, dialed Mon 23 Nov, 12:00:00 UTC: answered, and ended after 10 s. " +
      "That is final (answered, and ended): it is not called again in this campaign. Outcome: callback (on Friday).",
  ],
  "put on the do-not-call list": [
    async (rig) => {
      const id = await rig.start(1);
      const entry = { phoneNumber: fictionalNumber(0), source: "operator", reason: null, addedAt: rig.clock.now() };
      await rig.store.addDoNotCall([entry]);
      return id;
    },
    "pending: 0 of 1 attempt spent. The number is on the do-not-call list: no campaign calls it.",
  ],
};

test.each(Object.keys(SITUATIONS))("a contact %s is explained in one paragraph", async (situation) => {
  await using rig = new Rig();
  const [meet, said] = SITUATIONS[situation] ?? [];
  const id = (await meet?.(rig)) ?? "";
  const { name } = (await rig.report(id)).campaign;
  expect(await explained(rig, id)).toBe(`${fictionalNumber(0)} in ${name} is ${said}`);
});
