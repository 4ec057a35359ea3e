/** A lost agent and a time that nobody saw, in what run, dial, status, calls and explain print. */
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import { waitingCall } from "../../src/domain/calls/call.ts";
import { explainText } from "../../src/cli/render/explain.ts";
import { eventText } from "../../src/cli/render/event.ts";
import { callJson } from "../../src/json/calls.ts";
import { callCells, callText, statusText } from "../../src/cli/render/text.ts";
import { fictionalNumber } from "../support/cli.ts";
import { contact, PLACE } from "../support/domain.ts";
import { Rig } from "../support/engine.ts";

const plain = new Chalk({ level: 0 });

test("a lost agent is named wherever the call is shown, and so is why the campaign paused", async () => {
  await using rig = new Rig();
  rig.script({ agentLeavesAfter: 3, others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 60 } }] });
  const id = await rig.start(5, { concurrency: 1, delay: "0s" });
  await rig.run();
  const said = rig.events.map((event) => eventText(event, "UTC") ?? "").join("\n");
  expect(said).toMatch(/answered, but the agent was lost after \d+ s \(it left 2 s after the answer\)/);
  expect(said).toContain("paused, the agent left the last 3 calls at their start");
  const status = statusText(await rig.report(id), plain).join("\n");
  expect(status).toContain("3 × answered, but the agent was lost");
  expect(status).toContain("campaigns doctor");
  const [call] = (await rig.campaigns.calls(id, { limit: 1 })).calls;
  expect(call && callCells(call)).toContain("agent_lost");
  expect(call && callText(call)).toMatch(/^failed: answered, but the agent was lost after 0:0\d/);
  expect(call && callJson(call)).toMatchObject({ status: "failed", end_reason: "agent_lost", estimated: false });
  expect(explainText(await rig.campaigns.explain(id, fictionalNumber(0)))).toContain("the agent was lost");
});

test("a duration that nobody saw the end of was shown as if somebody had", () => {
  const ended = {
    ...waitingCall("c", null, contact, PLACE, null),
    status: "completed",
    endReason: "completed",
  } as const;
  const guess = { ...ended, durationSeconds: 28, durationUncertainty: 23.5 };
  expect(callText(guess)).toContain("after ~0:28");
  expect(callCells(guess)).toContain("~28");
  expect(callJson(guess)).toMatchObject({ call_duration: 28, duration_uncertainty: 23.5, estimated: true });
  const seen = { ...guess, durationUncertainty: 1.1 };
  expect(callCells(seen)).toContain("28");
  expect(callJson(seen)).toMatchObject({ estimated: false });
});
