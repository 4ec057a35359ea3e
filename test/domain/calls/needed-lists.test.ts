/** Do-not-call lists that a campaign needs: which of them is too old, and in which words. */
import { expect, test } from "vitest";
import { CallingHours } from "../../../src/domain/hours/calling-hours.ts";
import { inWords, plan, type Snapshot } from "../../../src/domain/calls/plan.ts";
import { oldList } from "../../../src/domain/calls/needed-lists.ts";
import { DAY, HOUR } from "../../../src/domain/time/instant.ts";
import { campaign, NOON, PLACE } from "../../support/domain.ts";

const needed = { sources: ["ftc", "our own"], maxAge: 31 * DAY };
const ages = (ftc: number | null, own: number | null) =>
  [ftc, own].map((age, n) => ({ source: needed.sources[n] ?? "", refreshedAt: age === null ? null : NOON - age }));

test.each<[string, ReturnType<typeof ages>, string | null]>([
  ["both fresh", ages(31 * DAY, 0), null],
  [
    "one a millisecond too old",
    ages(31 * DAY + 1, 0),
    'the do-not-call list "ftc" is 31 days old, and must not be older than 31d',
  ],
  ["both too old: the older", ages(40 * DAY, 50 * DAY), 'the do-not-call list "our own" is 50 days old'],
  ["one never imported: that one", ages(40 * DAY, null), 'the do-not-call list "our own" was never imported whole'],
  ["the store knows neither", [], 'the do-not-call list "ftc" was never imported whole'],
  ["imported by a clock that is ahead", ages(-HOUR, 0), null],
])("%s", (_, lists, because) => {
  const old = oldList(needed, lists, NOON);
  if (because === null) expect(old).toBeNull();
  else expect(old?.because).toContain(because);
});

test("who needs none waits for none", () => expect(oldList(undefined, [], NOON)).toBeNull());

test("nothing is dialed by an old list, at any hour, and the reason says what to do", () => {
  const needsLists = { sources: ["our own"], maxAge: DAY };
  const given: Snapshot = {
    campaign: { ...campaign, needsLists },
    waiting: [{ place: PLACE, nextDue: NOON - HOUR }],
    callbacks: [],
    live: 0,
    today: 0,
    lastHandOut: null,
    trunk: null,
    trunkHistory: "",
    lists: [{ source: "our own", refreshedAt: NOON - DAY }],
  };
  const hours = new CallingHours(campaign);
  expect(plan(given, hours, NOON).do).toBe("dial");
  for (const [now, age] of [
    [NOON + 1, "24 hours"],
    [NOON + 8 * HOUR, "32 hours"],
  ] as const) {
    const decided = plan(given, hours, now);
    expect(decided).toMatchObject({ do: "wait", because: "old_list", until: null });
    expect(inWords(decided, given)).toBe(
      `the do-not-call list "our own" is ${age} old, and must not be older than 1d; ` +
        'campaigns dnc import FILE --source "our own" --replace brings it up to date',
    );
  }
  // Who is on the phone, and nobody left to call, are no matter of lists.
  expect(plan({ ...given, waiting: [], live: 1 }, hours, NOON + 1)).toMatchObject({ because: "live_calls" });
  expect(plan({ ...given, waiting: [] }, hours, NOON + 1).do).toBe("finish");
});
