/** `explain` about a call under way: whether somebody sees to it, and who will when nobody does. */
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { explainText } from "../../src/cli/render/explain.ts";
import { moveText, statusText } from "../../src/cli/render/text.ts";
import { MINUTE, SECOND } from "../../src/domain/instant.ts";
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
  const sentence = "Its runner is gone: the next campaigns run, or one that is up, takes the call over";
  expect(await explained(rig, id)).toContain(sentence);

  const next = rig.work();
  await rig.clock.advance(SECOND);
  expect(await explained(rig, id)).toContain("It is under way now.");
  await drained(rig, next);
  expect(await explained(rig, id)).toContain("That is final");
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
  expect(statusText(orphaned, plain)).toContain("runners   none is up: campaigns run sees to the live calls");
});

test("a runner that had to leave with the last call was said to have more to dial: it is only to be completed", async () => {
  await using rig = new Rig();
  const id = await rig.start(1);
  const working = rig.work();
  await rig.clock.advance(5 * SECOND);
  await drained(rig, working);
  const text = statusText(await rig.report(id), plain);
  expect(text).toContain("next      every call is final");
  expect(text).toContain("runners   none is up: campaigns run completes it");
});

test("a campaign at rest said its reason twice, and not what makes it go on", async () => {
  await using rig = new Rig();
  const id = await rig.start(1);
  const next = async (): Promise<string | undefined> =>
    /^next +(.*)$/m.exec(statusText(await rig.report(id), plain))?.[1];
  await rig.campaigns.pause(id);
  expect(await next()).toBe("nothing until campaigns resume");
  await rig.campaigns.stop(id);
  expect(await next()).toBe("nothing: it is over");
});
