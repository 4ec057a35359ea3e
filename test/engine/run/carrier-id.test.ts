/** The carrier's own id of a call: picked up in passing from the callee's leg, and kept, so that its books can be asked. */
import { expect, test } from "vitest";
import type { Call } from "../../../src/domain/calls/call.ts";
import { MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import type { Telephony } from "../../../src/engine/ports/index.ts";
import { SANDBOX_TRUNK } from "../../../src/sandbox/trunks.ts";
import { Rig, twilioTrunk } from "../../support/engine.ts";

const callOf = async (rig: Rig, campaign: string): Promise<Call | undefined> =>
  (await rig.campaigns.calls(campaign, { limit: 1 })).calls[0];

/** Counts what a call costs LiveKit. */
function counted(rig: Rig, asked: string[]): Telephony {
  return new Proxy(rig.telephony, {
    get(target, name, receiver) {
      const verb: unknown = Reflect.get(target, name, receiver);
      if (typeof verb !== "function") return verb;
      return (...args: unknown[]): unknown => {
        asked.push(String(name));
        return Reflect.apply(verb, target, args);
      };
    },
  });
}

test("is stored while the call goes on, instead of LiveKit's, without a request more", async () => {
  const asked = new Map<string, string[]>();
  for (const trunk of ["twilio", "another"] as const) {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 60 });
    const trunkId = trunk === "twilio" ? twilioTrunk(rig) : SANDBOX_TRUNK.sipTrunkId;
    const id = await rig.start(1, { trunk: trunkId });
    const requests: string[] = [];
    const working = rig.work({}, rig.store, counted(rig, requests));
    await rig.clock.advance(20 * SECOND);
    const sid = (await callOf(rig, id))?.sipCallId;
    expect(sid).toMatch(trunk === "twilio" ? /^CA/ : /^SCL_/);
    if (trunk === "twilio") expect(sid).toBe(rig.world.dials[0]?.carrierId);
    await rig.clock.finish(working.done, 10 * MINUTE);
    expect(await callOf(rig, id)).toMatchObject({ status: "completed", sipCallId: sid });
    asked.set(trunk, requests);
  }
  expect(asked.get("twilio")).toEqual(asked.get("another"));
});

test("is picked up from a leg that is watched, when the dial got no answer", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 5, reply: "drop" });
  const id = await rig.start(1, { trunk: twilioTrunk(rig) });
  await rig.run();
  expect(await callOf(rig, id)).toMatchObject({ status: "completed", sipCallId: rig.world.dials[0]?.carrierId });
});
