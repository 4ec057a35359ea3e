/** Whatever becomes of the webhooks of a call, it ends as it does without any. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { twilioTrunk } from "../../support/engine.ts";
import { type Fate, lost, talk, Told } from "../../support/told-rig.ts";

/** All that is stored of it but how exactly the end is known, and what is drawn by lot. */
const shape = ({ call, attempt }: Awaited<ReturnType<Told["ended"]>>) => {
  const drawn = { id: "", callId: "", sipCallId: "", trunkId: "" };
  const exact = { durationSeconds: 0, durationUncertainty: 0, completedAt: 0, endedAt: 0, uncertainSeconds: 0 };
  return { ...call, ...attempt, ...drawn, ...exact };
};
const run = async (fate: Fate, told: (rig: Told) => void = () => {}) => {
  await using rig = new Told();
  rig.fate = fate;
  rig.behave(talk(12.4));
  const id = await rig.start(1, { maxDuration: "5m", trunk: twilioTrunk(rig) });
  told(rig);
  await rig.pass();
  // What comes after the end changes nothing either.
  await rig.clock.advance(45 * SECOND);
  const ended = await rig.ended(id);
  const off = (await rig.off(id)) / SECOND;
  expect(off).toBeGreaterThanOrEqual(-0.06);
  expect(off).toBeLessThanOrEqual(ended.attempt.uncertainSeconds + 0.06);
  expect(rig.world.dials).toHaveLength(1);
  expect(rig.world.dials[0]?.endedAs).toBe("talked");
  const { dials, usageSeconds, calls } = (await rig.report(id)).progress;
  expect([dials, calls.completed]).toEqual([1, 1]);
  // One that is lost right after one that came is missed by the next look, ten seconds later.
  expect(ended.attempt.uncertainSeconds).toBeLessThan(11);
  expect(Math.abs(usageSeconds - 12.4)).toBeLessThanOrEqual(ended.attempt.uncertainSeconds + 0.6);
  return shape(ended);
};

describe("the webhooks of one call", () => {
  test("in any order, more than once, late, or not at all, end in the same", async () => {
    const quiet = await run(lost);
    // Room, leg and agent come, leg, agent and room go, and the tracks: each comes after these milliseconds, if at all.
    const one = fc.array(fc.oneof(fc.nat(200), fc.nat(40_000)), { maxLength: 3 });
    const statuses = ["initiated", "ringing", "in-progress", "completed"] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { minLength: 12, maxLength: 12 }),
        fc.array(one, { minLength: 4, maxLength: 4 }),
        async (fates, twilio) => {
          let nth = 0;
          const tell = async (rig: Told): Promise<void> => {
            while (rig.world.dials.length === 0) await rig.clock.sleep(100);
            const { at = 0, carrierId } = rig.world.dials[0] ?? {};
            for (const [n, delays] of twilio.entries()) {
              for (const delay of delays) {
                const status = statuses[n] ?? "completed";
                const happens = at + ([0, 100, 1000, 13_400][n] ?? 0);
                const durationSeconds = status === "completed" ? 12 : null;
                const sentAt = Math.floor(happens / SECOND) * SECOND;
                const event = { carrierId: carrierId ?? "", status, durationSeconds, sentAt, eventId: status };
                void rig.clock.sleep(happens - rig.clock.now() + delay).then(() => rig.hooks.twilio(event));
              }
            }
          };
          expect(
            await run(
              () => fates[nth++ % fates.length] ?? [],
              (rig) => void tell(rig),
            ),
          ).toEqual(quiet);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("in each order that all that matter can come in end in the same", async () => {
    const quiet = await run(lost);
    const kinds = ["leg_joined", "leg_left", "agent_left", "room_finished", "carrier_ended"] as const;
    const orders = (items: readonly number[]): number[][] =>
      items.length < 2
        ? [[...items]]
        : items.flatMap((item, at) => orders(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
    for (const order of orders([0, 1, 2, 3, 4])) {
      // From the moment on in which the callee leaves, one a fiftieth of a second after the other.
      const told = async (rig: Told): Promise<void> => {
        while (rig.world.dials.length === 0) await rig.clock.sleep(100);
        await rig.clock.sleep((rig.world.dials[0]?.at ?? 0) + 13_400 - rig.clock.now());
        const attemptId = rig.world.dials[0]?.roomName.slice("call-".length) ?? "";
        const sentAt = Math.floor(rig.clock.now() / SECOND) * SECOND;
        for (const nth of order) {
          await rig.clock.sleep(20);
          const what = kinds[nth] ?? "leg_left";
          await rig.hooks.livekit({ what, how: "left", attemptId, sentAt, eventId: `EV_${what}`, said: null });
        }
      };
      expect(await run(lost, (rig) => void told(rig))).toEqual(quiet);
    }
  });
});
