/** How soon, and how truly, the end of a conversation is seen. */
import { describe, expect, test } from "vitest";
import { Unavailable } from "../../../src/engine/errors.ts";
import type { Presence, Telephony } from "../../../src/engine/ports/index.ts";
import { LiveCalls, type LiveEnd } from "../../../src/engine/run/live-calls.ts";
import { LOOKS_PER_SECOND } from "../../../src/engine/run/look-budget.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { ManualClock } from "../../../src/sandbox/index.ts";
import { NOON } from "../../support/domain.ts";

/** Milliseconds that a request takes. */
const REQUEST = 60;

/** The list of rooms lags: whoever has left is counted still. */
const listedRooms: Telephony["listedRooms"] = (rooms) =>
  Promise.resolve(rooms.map((name) => ({ name, callees: 1, heard: null })));

/** Rooms whose callees stay until a moment; a room whose look throws is one that cannot be read. */
class Rooms {
  readonly clock = new ManualClock(NOON);
  readonly leavesAt = new Map<string, number>();
  readonly unreadable = new Set<string>();
  /** Rooms about which LiveKit says nothing: three tries of ten seconds. */
  readonly silent = new Set<string>();
  agentLeavesAt = Infinity;
  looks = 0;
  /** Looks that LiveKit takes a second, over ten of them; more are answered 429. */
  allowed = Infinity;
  refused = 0;
  #window = 0;
  #taken = 0;

  get telephony(): Telephony {
    const presence = async (room: string): Promise<Presence> => {
      this.looks++;
      const window = Math.floor(this.clock.monotonic() / (10 * SECOND));
      if (window !== this.#window) [this.#window, this.#taken] = [window, 0];
      const isRefused = ++this.#taken > 10 * this.allowed;
      await this.clock.sleep(this.silent.has(room) ? 30 * SECOND : REQUEST);
      if (isRefused) this.refused++;
      if (isRefused) throw new Unavailable("livekit_busy", "429: played");
      if (this.unreadable.has(room) || this.silent.has(room)) throw new Unavailable("livekit", "503: played");
      const there = this.clock.monotonic() < (this.leavesAt.get(room) ?? 0);
      const agent = this.clock.monotonic() < this.agentLeavesAt;
      return { agents: agent ? ["agent"] : [], leg: there ? "active" : "absent", carrierId: null, heard: null };
    };
    return { presence, listedRooms } as unknown as Telephony;
  }

  /** Calls that end at these moments, milliseconds from now; how each was seen to end, and when. */
  watch(ends: readonly number[], longest = HOUR): { readonly seen: (LiveEnd & { readonly noticed: number })[] } {
    const live = new LiveCalls(this.telephony, this.clock, new AbortController().signal, () => {});
    const seen: (LiveEnd & { readonly noticed: number })[] = [];
    for (const [n, end] of ends.entries()) {
      this.leavesAt.set(`call-${n}`, NOON + end);
      const call = {
        room: `call-${n}`,
        expectAgent: true,
        seenAt: NOON,
        longest,
        mayRest: () => true,
        onLook: () => {},
        onHeard: () => {},
      };
      void live.follow(call).then((over) => seen.push({ ...over, noticed: this.clock.now() - (NOON + end) }));
    }
    return { seen };
  }
}

describe("the end of a call", () => {
  test("was stored as 10 s for 4.5 s of talk: at 50 live calls every end is true within a second and a half", async () => {
    const rooms = new Rooms();
    const ends = Array.from({ length: 50 }, (_, n) => 500 + n * 730);
    const { seen } = rooms.watch(ends);
    await rooms.clock.advance(MINUTE);
    expect(seen).toHaveLength(50);
    for (const { at, noticed } of seen) {
      expect(noticed).toBeLessThan(2 * SECOND);
      expect(Math.min(...ends.map((end) => Math.abs(at - NOON - end)))).toBeLessThan(1.5 * SECOND);
    }
    for (const { uncertain } of seen) expect(uncertain).toBeLessThan(1.5 * SECOND);
  });

  test("was noticed 54 s late at 300 live calls and 60 ms a request: within 3 s, within the budget of requests", async () => {
    const rooms = new Rooms();
    const ends = Array.from({ length: 300 }, (_, n) => (n < 30 ? 20 * SECOND + n * 100 : HOUR));
    const { seen } = rooms.watch(ends);
    await rooms.clock.advance(30 * SECOND);
    expect(seen).toHaveLength(30);
    for (const { noticed } of seen) expect(noticed).toBeLessThan(3 * SECOND);
    expect(rooms.looks / 30).toBeLessThan(LOOKS_PER_SECOND * 1.1);
  });

  test("was looked for as often as ever however often LiveKit answered 429: half as often then, and more again in time", async () => {
    const rooms = new Rooms();
    rooms.watch(Array.from({ length: 300 }, () => HOUR));
    rooms.allowed = 60;
    await rooms.clock.advance(30 * SECOND);
    const since = async (ms: number): Promise<{ looks: number; refused: number }> => {
      const [looks, refused] = [rooms.looks, rooms.refused];
      await rooms.clock.advance(ms);
      return { looks: (rooms.looks - looks) / (ms / SECOND), refused: (rooms.refused - refused) / (ms / SECOND) };
    };
    const busy = await since(MINUTE);
    expect(busy.looks).toBeGreaterThan(25);
    expect(busy.looks).toBeLessThan(75);
    expect(busy.refused).toBeLessThan(6);
    rooms.allowed = Infinity;
    await rooms.clock.advance(3 * MINUTE);
    expect((await since(MINUTE)).looks).toBeGreaterThan(LOOKS_PER_SECOND * 0.9);
  });

  test("waited for one room that answered 503: looks fail alone", async () => {
    const rooms = new Rooms();
    const { seen } = rooms.watch([5 * SECOND, 6 * SECOND, 7 * SECOND]);
    rooms.unreadable.add("call-1");
    await rooms.clock.advance(10 * SECOND);
    expect(seen.map(({ noticed }) => noticed < 2 * SECOND)).toEqual([true, true]);
  });

  test.each([40, 200])(
    "waited for %i rooms about which LiveKit said nothing: whoever looks there takes nobody else's turn",
    async (sick) => {
      const rooms = new Rooms();
      const ends = Array.from({ length: 300 }, (_, n) => (n < sick ? HOUR : 6 * SECOND + (n - sick) * 400));
      const { seen } = rooms.watch(ends);
      await rooms.clock.advance(5 * SECOND);
      for (let n = 0; n < sick; n++) rooms.silent.add(`call-${n}`);
      await rooms.clock.advance(3 * MINUTE);
      expect(seen).toHaveLength(300 - sick);
      for (const { noticed } of seen) expect(noticed).toBeLessThan(3 * SECOND + REQUEST);
    },
  );

  test("waited for looks that worked: a call past its maximum is cut off though its room cannot be read", async () => {
    const rooms = new Rooms();
    const { seen } = rooms.watch([HOUR], MINUTE);
    rooms.unreadable.add("call-0");
    await rooms.clock.advance(MINUTE);
    // When it ended before that, nobody has seen.
    expect(seen).toMatchObject([{ because: "too_long", at: NOON + MINUTE, uncertain: MINUTE }]);
  });

  test("that nobody saw for a minute is stored with a minute of doubt", async () => {
    const rooms = new Rooms();
    const { seen } = rooms.watch([20 * SECOND]);
    await rooms.clock.advance(10 * SECOND);
    rooms.unreadable.add("call-0");
    await rooms.clock.advance(MINUTE);
    rooms.unreadable.clear();
    await rooms.clock.advance(20 * SECOND);
    expect(seen[0]?.uncertain).toBeGreaterThan(50 * SECOND);
  });

  test("was put together from a look before an outage and one after it: a failed look forgets what was missed", async () => {
    const rooms = new Rooms();
    const { seen } = rooms.watch([HOUR]);
    await rooms.clock.advance(5 * SECOND - 200);
    rooms.leavesAt.set("call-0", 0);
    await rooms.clock.advance(300);
    rooms.unreadable.add("call-0");
    rooms.leavesAt.set("call-0", Infinity);
    await rooms.clock.advance(30 * SECOND);
    rooms.unreadable.clear();
    await rooms.clock.advance(20 * SECOND);
    expect(seen).toEqual([]);
  });

  test("by the wall clock was hours off when somebody set it: how long a call lasts is told by a clock that never jumps", async () => {
    const rooms = new Rooms();
    const { seen } = rooms.watch([20 * SECOND], MINUTE);
    await rooms.clock.advance(10 * SECOND);
    rooms.clock.set(3 * HOUR);
    await rooms.clock.advance(30 * SECOND);
    expect(seen).toMatchObject([{ because: "callee_left" }]);
    expect((seen[0]?.at ?? 0) - NOON).toBeLessThan(22 * SECOND);
  });
});

describe("the agent", () => {
  test("that is gone for longer than a replacement takes ends the call, with the moment it was missed first", async () => {
    const rooms = new Rooms();
    rooms.agentLeavesAt = NOON + 4 * SECOND;
    const { seen } = rooms.watch([HOUR]);
    await rooms.clock.advance(20 * SECOND);
    expect(seen).toMatchObject([{ because: "agent_left" }]);
    const [{ aloneSince, at } = { aloneSince: 0, at: 0 }] = seen;
    expect((aloneSince ?? 0) - NOON).toBeLessThan(5.5 * SECOND);
    expect(at - NOON).toBeLessThan(12 * SECOND);
  });

  test("that is replaced within the grace ends nothing", async () => {
    const rooms = new Rooms();
    const { seen } = rooms.watch([HOUR]);
    await rooms.clock.advance(5 * SECOND);
    rooms.agentLeavesAt = 0;
    await rooms.clock.advance(4 * SECOND);
    rooms.agentLeavesAt = Infinity;
    await rooms.clock.advance(MINUTE);
    expect(seen).toEqual([]);
  });
});
