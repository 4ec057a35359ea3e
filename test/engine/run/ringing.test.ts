/** A phone that another runner has dialed: when, two wall clocks say, which may be wrong. */
import { expect, test } from "vitest";
import type { Presence, Telephony } from "../../../src/engine/ports/index.ts";
import { type Ringing, type Rung, watchRinging } from "../../../src/engine/run/ringing.ts";
import { HOUR, SECOND } from "../../../src/domain/time/instant.ts";
import { ManualClock } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";

const RING = 45;

/** `leg`: by the seconds since it was taken over, `earlier` milliseconds after its dial by the clocks; of an own dial 0. */
async function watched(leg: (seconds: number) => Presence["leg"] | "no room", earlier: number) {
  const clock = new ManualClock(NOON);
  const began = clock.monotonic();
  const since = (): number => (clock.monotonic() - began) / SECOND;
  const telephony = {
    presence: (): Promise<Presence> => {
      const seen = leg(since());
      const how = seen === "no room" ? ({ leg: "absent", noRoom: true } as const) : { leg: seen };
      return Promise.resolve({ agents: ["agent"], heard: null, carrierId: null, ...how });
    },
  } as unknown as Telephony;
  const ringing: Ringing = {
    room: "call-1",
    dialed: began,
    earlier,
    ringSeconds: RING,
    maxDurationSeconds: 60,
    onLook: () => {},
  };
  let rung: (Rung & { seconds: number }) | null = null;
  void watchRinging(ringing, telephony, clock, new AbortController().signal, () => {}).then(
    (is) => (rung = { ...is, seconds: since() }),
  );
  await clock.advance(300 * SECOND);
  return rung as unknown as Rung & { seconds: number };
}

test.each([0, 10 * SECOND, HOUR])(
  "a leg that LiveKit brings 12 s later was missed for a clock %d ms ahead",
  async (ms) => {
    const rung = await watched((s) => (s < 12 ? "absent" : s < 20 ? "ringing" : "active"), ms);
    expect(rung.is).toBe("active");
  },
);

const EARLIER = [0, 30 * SECOND, HOUR];

test.each(EARLIER)("a phone rings for its whole time whatever the clocks say: %d ms", async (ms) => {
  const rung = await watched(() => "ringing", ms);
  expect(rung.is).toBe("rings_on");
  expect(rung.seconds).toBeGreaterThan(RING + 15);
});

test.each(EARLIER)("a dial is known never to have rung as soon as LiveKit has stopped trying: %d ms", async (ms) => {
  const rung = await watched(() => "absent", ms);
  expect([rung.is, rung.seconds < 17]).toEqual(["never_seen", true]);
});

test("a phone that had rung before it was taken over, and rang until its time-out, was not answered", async () => {
  expect(await watched((s) => (s < 10 ? "ringing" : "absent"), 35 * SECOND)).toMatchObject({ is: "rang_out" });
  expect(await watched((s) => (s < 10 ? "ringing" : "absent"), 10 * SECOND)).toMatchObject({ is: "gone" });
});

test.each([
  ["no room", "no room"],
  ["no room", "absent"],
  ["absent", "no room"],
] as const)(
  "a phone that rings was given up after two looks, %s and %s: once of each is no proof",
  async (...missed) => {
    const rung = await watched((s) => (s < 10 || s >= 12 ? "ringing" : (missed[s < 11 ? 0 : 1] ?? "absent")), 0);
    expect(rung.is).toBe("rings_on");
  },
);

test("one whose room is gone for good is given up", async () => {
  expect(await watched((s) => (s < 10 ? "ringing" : "no room"), 0)).toMatchObject({ is: "gone", seconds: 13 });
});

test("one that was first seen in conversation may have been answered ever since its dial", async () => {
  expect(await watched(() => "active", 35 * SECOND)).toMatchObject({ is: "active", uncertain: 35 * SECOND });
});
