/** An agent that came, and is gone again before its dial may leave: nobody is rung to hear silence. */
import { expect, test } from "vitest";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { FarSide } from "../../chaos/far-side.ts";
import { drained, Rig } from "../../support/engine.ts";

const answer = { does: "answer", rings: 1, talks: 1 };

/** Agents that all join at the ninth second, for dials that may leave at the 9th, 12th and 15th. */
async function waiting(rig: Rig, leavesAfter: number): Promise<void> {
  await rig.start(3, { delay: "3s" });
  const working = rig.work({ watch: true });
  // They are handed out at 0, 3 and 6 s.
  for (const [agentJoinsAfter, passes] of [
    [9, 2],
    [6, 3],
    [3, 3],
  ]) {
    rig.script({ agentJoinsAfter, agentLeavesAfter: leavesAfter, others: [{ weight: 1, behaviour: answer }] });
    await rig.clock.advance((passes ?? 0) * SECOND);
  }
  rig.script({ others: [{ weight: 1, behaviour: answer }] });
  await rig.clock.advance(MINUTE);
  await drained(rig, working);
}

test("a dial that had to wait for its turn rang though its agent had left meanwhile: it goes back, at no cost", async () => {
  await using rig = new Rig();
  const farSide = new FarSide(rig.world);
  await waiting(rig, 2);
  expect(rig.world.dials.map((dial) => farSide.alone(dial, dial.at))).toEqual([0, 0, 0]);
  expect(rig.said("call_ended").map((event) => "ending" in event && [event.ending, event.detail])).toContainEqual([
    "no_agent",
    "it left before the dial",
  ]);
});

test("one whose agent is still there leaves in its turn", async () => {
  await using rig = new Rig();
  await waiting(rig, 40);
  expect(rig.said("call_ended").map((event) => "ending" in event && event.ending)).toEqual([
    "completed",
    "completed",
    "completed",
  ]);
});
