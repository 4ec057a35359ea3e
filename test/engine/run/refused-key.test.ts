/** A key that was right when the run began, and is refused for a while: rotated, expired, or a firewall between. */
import { ServerError } from "livekit-server-sdk";
import { describe, expect, test } from "vitest";
import type { LiveKitClients } from "../../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../../src/adapters/livekit/telephony.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { Misused } from "../../../src/engine/errors.ts";
import type { Store, Telephony } from "../../../src/engine/ports/index.ts";
import { directClients } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";
import { drained, once, Rig } from "../../support/engine.ts";
import { refusing } from "../../support/troubled.ts";

const ANSWERS = {
  "a key that nobody knows": new ServerError("Unauthorized", "invalid API key", 401),
  "a firewall's page": new ServerError("Forbidden", "<html><h1>403 Forbidden</h1></html>", 403),
  "a key without the right": new ServerError("Unauthorized", "permissions denied", 401, "unauthenticated"),
};
const KEY = ANSWERS["a key that nobody knows"];

/** LiveKit through clients that are answered so between two moments after noon. */
function liveKit(rig: Rig, answer: Error, from: number, until: number): Telephony {
  const clients = directClients(rig.world, rig.clock);
  const isNow = (): boolean => rig.clock.now() >= NOON + from && rig.clock.now() < NOON + until;
  const groups = Object.entries(clients).map(([name, group]) => [name, refusing(group as object, answer, isNow)]);
  return new LiveKitTelephony(Object.fromEntries(groups) as LiveKitClients, rig.clock, "ai");
}

const supabase = (rig: Rig, from: number, until: number): Store =>
  refusing(
    rig.store,
    new Misused("supabase_key", "Supabase refused SUPABASE_SERVICE_ROLE_KEY: JWT issued at future", { hint: "look" }),
    () => rig.clock.now() >= NOON + from && rig.clock.now() < NOON + until,
  );

describe("LiveKit", () => {
  test.each(Object.entries(ANSWERS))(
    "%s in the middle of a conversation: the call goes on, and is told of",
    async (_, answer) => {
      await using rig = new Rig();
      rig.behave({ does: "answer", rings: 1, talks: 60 });
      const id = await rig.start(1);
      const working = rig.work({}, rig.store, liveKit(rig, answer, 20 * SECOND, 40 * SECOND));
      await rig.clock.finish(working.done, HOUR);
      expect(rig.world.dials[0]?.endedAs).toBe("talked");
      expect((await rig.report(id)).progress.calls.completed).toBe(1);
      expect(rig.said("trouble")).toMatchObject([{ with: "livekit" }]);
      expect(rig.said("recovered_from")).toMatchObject([{ with: "livekit" }]);
    },
  );

  test.each(["a key that nobody knows", "a firewall's page"] as const)(
    "%s for minutes: nobody is dialed, no contact is charged, no campaign paused, and it goes on by itself",
    async (what) => {
      await using rig = new Rig();
      const id = await rig.start(40, { delay: "1s" });
      const working = rig.work({ watch: true }, rig.store, liveKit(rig, ANSWERS[what], 10.5 * SECOND, 5 * MINUTE));
      await rig.clock.advance(11 * SECOND);
      const before = rig.world.dials.length;
      await rig.clock.advance(4 * MINUTE);
      expect(rig.world.dials.length).toBe(before);
      expect(rig.said("trouble")).toHaveLength(1);
      // Handed out and given back a few times, not for ever.
      expect(rig.said("call_ended").length).toBeLessThan(before + 5);
      await rig.clock.advance(10 * MINUTE);
      expect([...rig.dials.values()]).toEqual(once(40));
      expect(await rig.report(id)).toMatchObject({ campaign: { status: "completed" }, progress: { dials: 40 } });
      expect(rig.said("recovered_from")).toHaveLength(1);
      await drained(rig, working);
    },
  );

  test("a key that is refused at the very dial rings nobody and costs nothing", async () => {
    await using rig = new Rig();
    const id = await rig.start(1);
    const clients = directClients(rig.world, rig.clock);
    let refusals = 1;
    const sip = refusing(clients.sip, KEY, (verb) => verb === "createSipParticipant" && refusals-- > 0);
    await rig.clock.finish(
      rig.work({}, rig.store, new LiveKitTelephony({ ...clients, sip }, rig.clock, "ai")).done,
      HOUR,
    );
    expect((await rig.report(id)).progress).toMatchObject({ dials: 1, calls: { completed: 1 } });
    expect(rig.said("call_ended")).toMatchObject([{ ending: "released" }, { ending: "completed" }]);
  });

  test("a key that is wrong at the start is called so", async () => {
    await using rig = new Rig();
    await rig.start(1);
    const working = rig.work({}, rig.store, liveKit(rig, KEY, 0, HOUR));
    await expect(rig.clock.finish(working.done, HOUR)).rejects.toMatchObject({ code: "livekit_key", exitCode: 2 });
  });
});

describe("Supabase", () => {
  test("a key refused for minutes: said, nobody dialed meanwhile, live calls kept, everybody once after", async () => {
    await using rig = new Rig();
    rig.behave({ does: "answer", rings: 1, talks: 30 });
    const id = await rig.start(10, { delay: "5s" });
    const working = rig.work({ watch: true }, supabase(rig, 12 * SECOND, 3 * MINUTE));
    await rig.clock.advance(13 * SECOND);
    const before = rig.world.dials.length;
    await rig.clock.advance(2 * MINUTE);
    expect(rig.world.dials.length).toBe(before);
    expect(rig.said("trouble")).toMatchObject([{ with: "database" }]);
    await rig.clock.advance(10 * MINUTE);
    expect([...rig.dials.values()]).toEqual(once(10));
    expect(rig.world.dials.every(({ endedAs }) => endedAs === "talked")).toBe(true);
    expect((await rig.report(id)).progress.calls.completed).toBe(10);
    await drained(rig, working);
  });

  test("a key that is wrong at the start is called so", async () => {
    await using rig = new Rig();
    await rig.start(1);
    const working = rig.work({}, supabase(rig, 0, HOUR));
    await expect(rig.clock.finish(working.done, HOUR)).rejects.toMatchObject({ code: "supabase_key", exitCode: 2 });
  });
});
