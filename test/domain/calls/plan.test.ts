/** plan(): what is to be done now, and why. One row per situation an operator can meet. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Campaign } from "../../../src/domain/calls/campaign.ts";
import { countryAt, UNDIALED } from "../../../src/domain/calls/destinations.ts";
import { HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import {
  inWords,
  nextCallAt,
  openPlaces,
  type Plan,
  plan,
  type Snapshot,
  type Waiting,
} from "../../../src/domain/calls/plan.ts";
import { CallingHours } from "../../../src/domain/hours/calling-hours.ts";
import { placeKey, placeOf } from "../../../src/domain/phones/place.ts";
import { campaign, NOON, PLACE } from "../../support/domain.ts";

const due = (nextDue: number): Snapshot["waiting"] => [{ place: PLACE, nextDue }];
const snapshot: Snapshot = {
  campaign,
  waiting: due(NOON - HOUR),
  callbacks: [],
  live: 0,
  today: 0,
  lastHandOut: null,
  trunk: null,
  trunkHistory: "",
};
const at = (changes: Partial<Snapshot>, settings: Partial<Campaign> = {}): Snapshot => ({
  ...snapshot,
  ...changes,
  campaign: { ...campaign, ...settings },
});

const EVENING = NOON + 6 * HOUR;
const NEXT_MORNING = NOON + 21 * HOUR;

const SITUATIONS: readonly (readonly [string, Snapshot, number, Plan, string | null])[] = [
  ["due, open, free: one dial, since there is a pace", at({}), NOON, { do: "dial", upTo: 1 }, null],
  ["no pace: as many as fit", at({ live: 3 }, { delay: 0 }), NOON, { do: "dial", upTo: 7 }, null],
  [
    "no pace, the cap is near: no more than it leaves",
    at({ live: 3, today: 98 }, { delay: 0 }),
    NOON,
    { do: "dial", upTo: 2 },
    null,
  ],
  [
    "dialed a second ago",
    at({ lastHandOut: NOON - SECOND }),
    NOON,
    { do: "wait", because: "pace", until: NOON + SECOND },
    "keeping the pace",
  ],
  [
    "the carrier asked to slow down",
    at({ lastHandOut: NOON - 2 * SECOND }, { recent: "t" }),
    NOON,
    { do: "wait", because: "pace", until: NOON + 2 * SECOND },
    "keeping the pace",
  ],
  [
    "after hours",
    at({}),
    EVENING,
    { do: "wait", because: "outside_hours", until: NEXT_MORNING },
    "outside calling hours",
  ],
  [
    "the cap of the day is reached: tomorrow's opening",
    at({ today: 100 }),
    NOON,
    { do: "wait", because: "daily_cap", until: NEXT_MORNING },
    "daily cap reached (100 of 100)",
  ],
  [
    "a retry in an hour",
    at({ waiting: due(NOON + HOUR) }),
    NOON,
    { do: "wait", because: "not_due", until: NOON + HOUR },
    "no call is due",
  ],
  [
    "a retry that falls into the evening waits for the morning",
    at({ waiting: due(EVENING) }),
    NOON,
    { do: "wait", because: "not_due", until: NEXT_MORNING },
    "no call is due",
  ],
  [
    "the trunk carries all it may, for other campaigns",
    at({ trunk: { live: 5, lastUse: NOON - HOUR, interval: 0, concurrency: 5 } }),
    NOON,
    { do: "wait", because: "trunk_full", until: null },
    "the trunk is at its limit (5 live)",
  ],
  [
    "another campaign dialed through the trunk half a second ago",
    at({ trunk: { live: 1, lastUse: NOON - SECOND / 2, interval: SECOND, concurrency: null } }),
    NOON,
    { do: "wait", because: "pace", until: NOON + SECOND / 2 },
    "keeping the pace",
  ],
  [
    "the campaign's own pace is the slower one",
    at({ lastHandOut: NOON, trunk: { live: 1, lastUse: NOON, interval: SECOND, concurrency: null } }),
    NOON,
    { do: "wait", because: "pace", until: NOON + 2 * SECOND },
    "keeping the pace",
  ],
  [
    "no pace of its own, and two lines of the trunk are free: two dials",
    at({ trunk: { live: 3, lastUse: NOON, interval: 0, concurrency: 5 } }, { delay: 0 }),
    NOON,
    { do: "dial", upTo: 2 },
    null,
  ],
  [
    "no pace of its own, but the trunk's: one dial",
    at({ trunk: { live: 0, lastUse: NOON - SECOND, interval: SECOND, concurrency: null } }, { delay: 0 }),
    NOON,
    { do: "dial", upTo: 1 },
    null,
  ],
  [
    "all lines taken",
    at({ live: 10 }),
    NOON,
    { do: "wait", because: "at_capacity", until: null },
    "at capacity (10 live)",
  ],
  [
    "the last calls are live",
    at({ waiting: [], live: 1 }),
    NOON,
    { do: "wait", because: "live_calls", until: null },
    "waiting for 1 live call to end",
  ],
  ["every call final", at({ waiting: [] }), NOON, { do: "finish", because: null }, "every call is final"],
  [
    "our own side fails",
    at({}, { recent: "xxxxx" }),
    NOON,
    { do: "trip", because: "the last 5 attempts failed on our side" },
    "the last 5 attempts failed on our side",
  ],
  [
    "probing after a resume, one live",
    at({ live: 1 }, { recent: "p" }),
    NOON,
    { do: "wait", because: "at_capacity", until: null },
    "at capacity (1 live)",
  ],
  [
    "paused",
    at({}, { status: "paused", statusReason: "paused by the operator" }),
    NOON,
    { do: "rest" },
    "paused by the operator",
  ],
  ["not started", at({}, { status: "idle" }), NOON, { do: "rest" }, "not started"],
  ["completed", at({}, { status: "completed" }), NOON, { do: "rest" }, "completed"],
];

test.each(SITUATIONS)("%s", (_, given, now, expected, words) => {
  const decided = plan(given, new CallingHours(campaign), now);
  expect(decided).toEqual(expected);
  expect(inWords(decided, given)).toBe(words);
});

test("a zone that this machine did not know ended its contacts for good: not to know waits", () => {
  const hours = new CallingHours({ ...campaign, hoursIn: "contact" });
  const nowhere = { place: "US-MB Mars/Olympus", nextDue: NOON - HOUR };
  const alone = at({ waiting: [nowhere] });
  const decided = plan(alone, hours, NOON);
  expect(decided).toEqual({ do: "wait", because: "unknown_zone", until: null });
  expect(inWords(decided, alone)).toMatch(/^nobody knows the time zone of the remaining contacts/);
  expect(plan({ ...alone, live: 1 }, hours, NOON)).toMatchObject({ because: "live_calls" });
  const london = { place: "GB Europe/London", nextDue: NOON - HOUR };
  expect(plan(at({ waiting: [nowhere, london] }), hours, NOON).do).toBe("dial");
});

test("outside hours and at the cap nothing is paused: it goes on by itself at the time it said", () => {
  for (const [given, now] of [
    [at({}), EVENING],
    [at({ today: 100 }), NOON],
  ] as const) {
    const until = nextCallAt(plan(given, new CallingHours(campaign), now), now) ?? NaN;
    // The day's counter is the day's: the next morning it is 0.
    expect(plan({ ...given, today: 0 }, new CallingHours(campaign), until).do).toBe("dial");
  }
});

test("whatever the situation: nothing dials while it must not, and every wait on time ends when it said", () => {
  const situations = fc.record({
    live: fc.integer({ min: 0, max: 12 }),
    today: fc.integer({ min: 0, max: 120 }),
    nextDue: fc.option(fc.integer({ min: NOON - HOUR, max: NOON + 48 * HOUR })),
    lastHandOut: fc.option(fc.integer({ min: NOON - MINUTE, max: NOON })),
    delay: fc.constantFrom(0, 500, 2000),
    recent: fc.string({ unit: fc.constantFrom(".", "x", "t", "c", "p"), maxLength: 40 }),
    now: fc.integer({ min: NOON, max: NOON + 48 * HOUR }),
  });
  fc.assert(
    fc.property(situations, ({ now, delay, recent, nextDue, ...rest }) => {
      const given = at({ ...rest, waiting: nextDue === null ? [] : due(nextDue) }, { delay, recent });
      const decided = plan(given, new CallingHours(campaign), now);
      if (decided.do === "dial") {
        expect(decided.upTo).toBeGreaterThan(0);
        expect(rest.live + decided.upTo).toBeLessThanOrEqual(campaign.concurrency);
        expect(rest.today + decided.upTo).toBeLessThanOrEqual(campaign.dailyCap);
        expect(nextDue ?? Infinity).toBeLessThanOrEqual(now);
      }
      if (decided.do === "wait") {
        expect(inWords(decided, given)).not.toBe("");
        if (decided.until !== null) expect(decided.until).toBeGreaterThan(now);
      }
    }),
  );
});

test("calls are handed out where somebody is due and it is day, to those first who have waited longest", () => {
  const [london = "", paris = "", newYork = ""] = ["+442079460123", "+33199000123", "+12125550123"].map((number) =>
    placeKey(placeOf(number, null)),
  );
  const waiting = [
    { place: newYork, nextDue: NOON - 3 * HOUR },
    { place: paris, nextDue: NOON - HOUR },
    { place: london, nextDue: NOON - 2 * HOUR },
    { place: "", nextDue: NOON - 4 * HOUR },
  ];
  const hours = new CallingHours({ ...campaign, hoursIn: "contact" });
  const open = (changes: readonly Waiting[], atMost = 9): string[] =>
    openPlaces(at({ waiting: changes }), hours, NOON, atMost);
  expect(open(waiting)).toEqual([london, paris]);
  expect(open(waiting, 1)).toEqual([london]);
  expect(open([{ place: london, nextDue: NOON + SECOND }])).toEqual([]);
});

describe("a breaker that would trip over calls to one country", () => {
  const abroad = "GB Europe/London";
  const countries = {
    ...UNDIALED.countries,
    served: new Set([countryAt(PLACE)]),
    refusals: new Map([["GB", 5]]),
    suspects: new Set(["GB"]),
    calls: 5,
    vouched: true,
  };
  const seen = { ...UNDIALED, countries };
  const doubtful = (changes: Partial<Snapshot> = {}, settings: Partial<Campaign> = {}): Snapshot =>
    at(
      { waiting: [{ place: abroad, nextDue: NOON - HOUR }, ...due(NOON)], destinations: seen, ...changes },
      { recent: ".xxxxx", delay: 0, ...settings },
    );
  const open = { next: () => NOON, isOpen: () => true, knows: () => true };

  test("asks one who was served before, once no other call is up", () => {
    expect(plan(doubtful(), open, NOON)).toEqual({ do: "dial", upTo: 1 });
    expect(plan(doubtful({ live: 1 }), open, NOON)).toMatchObject({ because: "at_capacity" });
  });

  test("trips where none of those is due, open, or can be paid for", () => {
    const because = expect.stringMatching(/^the last 5 attempts failed on our side: calls to GB alone/);
    const trips = { do: "trip", because };
    expect(plan(doubtful({ waiting: [{ place: abroad, nextDue: NOON }, ...due(NOON + 1)] }), open, NOON)).toEqual(
      trips,
    );
    expect(plan(doubtful(), { ...open, isOpen: (place) => place === abroad }, NOON)).toEqual(trips);
    const waiting = [
      { place: abroad, nextDue: NOON, most: 1 },
      { place: PLACE, nextDue: NOON, most: 3 },
    ];
    const budget = { micros: 2, currency: "USD", prices: [] as never };
    expect(plan(doubtful({ waiting, spending: { spent: 0, reserved: 0 } }, { budget }), open, NOON)).toEqual(trips);
  });

  test("trips over a prefix of the country alone as well, and names it", () => {
    const prefixes = { ...countries, served: new Set(["+44 1"]), refusals: new Map(), suspects: new Set(["+44 7"]) };
    const destinations = { countries: { ...countries, served: new Set<string>(), calls: 0 }, prefixes };
    const because = expect.stringMatching(/^the last 5 attempts failed on our side: calls to \+44 7… alone/);
    expect(plan(doubtful({ destinations }), open, NOON)).toEqual({ do: "trip", because });
  });
});
