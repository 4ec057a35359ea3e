/** A phone that another machine has dialed, whose clock may be ten seconds off. */
import { expect, test } from "vitest";
import type { Presence, Telephony } from "../../../src/engine/ports/index.ts";
import { CLOCKS_APART, type Ringing, type Rung, watchRinging } from "../../../src/engine/run/ringing.ts";
import { SECOND } from "../../../src/domain/time/instant.ts";
import { ManualClock } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";

const RING = 45;

/** `leg`: by the seconds since the dial truly left, which is `behind` milliseconds later than the other machine said. */
async function watched(leg: (seconds: number) => Presence["leg"], behind: number, maybeLater = CLOCKS_APART) {
  const clock = new ManualClock(NOON);
  const began = clock.monotonic();
  const since = (): number => (clock.monotonic() - began) / SECOND;
  const telephony = {
    presence: (): Promise<Presence> =>
      Promise.resolve({ agents: ["agent"], heard: null, leg: leg(since()), carrierId: null }),
  } as unknown as Telephony;
  const ringing: Ringing = {
    room: "call-1",
    since: NOON - behind,
    maybeLater,
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

test.each([-CLOCKS_APART, 0, CLOCKS_APART])(
  "a leg that LiveKit brings 12 s after the dial was missed for a clock that is off: with %d ms it is seen",
  async (behind) => {
    const rung = await watched((s) => (s < 12 ? "absent" : s < 20 ? "ringing" : "active"), behind);
    expect(rung.is).toBe("active");
  },
);

test.each([-CLOCKS_APART, 0, CLOCKS_APART])(
  "a phone rings for its whole time whatever the clocks say: %d ms",
  async (off) => {
    const rung = await watched(() => "ringing", off);
    expect(rung.is).toBe("rings_on");
    expect(rung.seconds).toBeGreaterThan(RING + 15);
  },
);

test("a clock that was ten minutes ahead at the dial, and set back since, held its call in dialing for ten minutes", async () => {
  const rung = await watched(() => "absent", -600 * SECOND, 0);
  expect([rung?.is, rung?.seconds < 17]).toEqual(["never_seen", true]);
});

test("a dial of one's own is known never to have rung as soon as LiveKit has stopped trying", async () => {
  const rung = await watched(() => "absent", 0, 0);
  expect([rung.is, rung.seconds < 17]).toEqual(["never_seen", true]);
});
