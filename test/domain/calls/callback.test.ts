import { describe, expect, test } from "vitest";
import { afterMissed, isMissed, TOLERANCE } from "../../../src/domain/calls/callback.ts";
import { promise } from "../../../src/domain/calls/callback-wish.ts";
import { CallingHours } from "../../../src/domain/hours/calling-hours.ts";
import { parseWindows } from "../../../src/domain/hours/local-hours.ts";
import { campaign, NOON } from "../../support/domain.ts";
import { DAY, HOUR, MINUTE } from "../../../src/domain/time/instant.ts";

const ALL = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
function hoursOf(hours: string, changes: Partial<typeof campaign> = {}): CallingHours {
  const [first, ...more] = parseWindows(hours).map((window) => ({ days: ALL, ...window }));
  if (first === undefined) throw new Error("no hours");
  return new CallingHours({ ...campaign, window: first, moreWindows: more, hoursIn: "contact", ...changes });
}
const NY = "US America/New_York";
const iso = (at: number | undefined): string => (at === undefined ? "" : new Date(at).toISOString().slice(0, 16));

describe("a wish to be called again", () => {
  const all = hoursOf("0-24");
  const asked = (said: string, place = NY, hours = all, zone: string | null = null, now = NOON) =>
    promise({ said, zone }, place, hours, "Europe/London", now);

  test("is promised on the contact's clock", () => {
    expect(asked("tue 15:00")).toEqual({
      is: "promised",
      callback: { at: NOON + DAY + 8 * HOUR, zone: "America/New_York" },
      unsure: [],
    });
    expect(asked("tue 15:00", NY, all, "Eastern Time (US & Canada)")).toMatchObject({
      callback: { zone: "America/New_York" },
    });
  });

  test("of a contact who may live in several zones says which was used, and keeps everybody's hours", () => {
    const place = "US America/Chicago,America/New_York";
    expect(asked("tue 15:00", place)).toMatchObject({
      callback: { at: NOON + DAY + 9 * HOUR, zone: "America/Chicago" },
      unsure: ["America/New_York"],
    });
    const own = promise({ said: "tue 15:00", zone: null }, place, all, "America/New_York", NOON);
    expect(own).toMatchObject({ callback: { at: NOON + DAY + 8 * HOUR, zone: "America/New_York" } });
    const short = hoursOf("9-17", { hoursIn: "contact", timeZone: "America/New_York" });
    // 16:30 in Chicago is 17:30 in New York.
    expect(asked("tue 16:30", place, short)).toMatchObject({ is: "refused" });
  });

  test.each([
    ["later", /^expected a time such as tue 15:00/, null],
    ["today 6:59", /^expected a time to come, got Mon 23 Nov/, null],
    ["2028-11-26T15:00", /^expected a time within a year/, null],
  ])("%s is refused", (said, because, hint) => {
    expect(asked(said)).toEqual({ is: "refused", because: expect.stringMatching(because), hint });
  });

  test("outside hours and rules is refused, and the next allowed time is named", () => {
    const hours = hoursOf("9-17", { timeZone: "America/New_York" });
    expect(asked("tue 18:00", NY, hours)).toEqual({
      is: "refused",
      because: expect.stringMatching(
        /must not be called Tue.* 24 Nov.* 18:00:00 America\/New_York: outside/,
      ) as unknown,
      hint: expect.stringMatching(
        /^the next time that is allowed is Wed.* 25 Nov.* 09:00:00 America\/New_York$/,
      ) as unknown,
    });
    // The phone has to ring to its end.
    expect(asked("tue 16:59", NY, hours)).toMatchObject({ is: "promised" });
    expect(asked("2026-11-24T16:59:30", NY, hours)).toMatchObject({ is: "refused" });
    expect(asked("sun 15:00", NY, hoursOf("0-24", { rules: "" }))).toMatchObject({ is: "promised" });
    expect(asked("sun 21:30", NY, hoursOf("0-24", { rules: "" }))).toMatchObject({ is: "refused" });
  });

  test("of a contact whose zone nobody knows needs one, and cannot be promised where the hours need it too", () => {
    expect(asked("tue 15:00", "?")).toMatchObject({
      is: "refused",
      because: expect.stringContaining("time zone") as unknown,
    });
    expect(asked("tue 15:00", "?", all, "Europe/Paris")).toMatchObject({
      hint: "it may never be called in this campaign",
    });
    const anybody = hoursOf("0-24", { hoursIn: "campaign" });
    expect(asked("in 2h", "?", anybody)).toMatchObject({ callback: { at: NOON + 2 * HOUR, zone: "Europe/London" } });
    expect(asked("tue 15:00", NY, all, "Mars/Base")).toMatchObject({
      because: expect.stringContaining("Mars/Base") as unknown,
    });
  });

  test("for a time that a clock change skips or repeats is refused with the reason", () => {
    const now = Date.UTC(2027, 2, 13, 17);
    expect(asked("sun 2:30", NY, all, null, now)).toMatchObject({
      because: expect.stringContaining("does not exist in America/New_York") as unknown,
    });
    const autumn = Date.UTC(2027, 10, 6, 17);
    expect(asked("sun 1:30", NY, all, null, autumn)).toMatchObject({
      because: expect.stringContaining("twice in America/New_York") as unknown,
    });
    const second = asked("2027-11-07T01:30-05:00", NY, all, null, autumn);
    expect(second).toMatchObject({ callback: { at: Date.UTC(2027, 10, 7, 6, 30) } });
  });
});

describe("a missed callback", () => {
  const zone = "America/New_York";
  const at = Date.UTC(2026, 10, 24, 20); // Tue 15:00
  const again = (
    policy: "next-day" | "retry" | "close",
    now: number,
    hours = hoursOf("9-17", { hoursIn: "contact", timeZone: zone }),
    from = at,
  ) => iso(afterMissed(policy, { at: from, zone }, NY, hours, now)?.at);

  test("is one that could not be dialed within 15 minutes", () => {
    expect([0, TOLERANCE, TOLERANCE + 1].map((late) => isMissed({ at, zone }, at + late))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test("is promised for the same local time of the next day that allows it", () => {
    expect(again("next-day", at + 16 * MINUTE)).toBe("2026-11-25T20:00");
    // Nobody looked for two days: today's is still to come, or is over.
    expect(again("next-day", at + 47 * HOUR)).toBe("2026-11-26T20:00");
    expect(again("next-day", at + 49 * HOUR)).toBe("2026-11-27T20:00");
    const weekdays = hoursOf("9-17", { timeZone: zone, window: { days: ["mon", "tue"], start: 540, end: 1020 } });
    expect(again("next-day", at + HOUR, weekdays)).toBe("2026-11-30T20:00");
  });

  test("keeps the local time over a clock change, and skips a night that has no such time", () => {
    const all = hoursOf("0-24");
    const march = Date.UTC(2027, 2, 13, 20); // Sat 15:00 EST
    expect(again("next-day", march + HOUR, all, march)).toBe("2027-03-14T19:00");
    const night = Date.UTC(2027, 2, 13, 7, 30); // Sat 02:30 EST
    expect(again("next-day", night + HOUR, all, night)).toBe("2027-03-15T06:30");
    const autumn = Date.UTC(2027, 10, 6, 5, 30); // Sat 01:30 EDT
    expect(again("next-day", autumn + HOUR, all, autumn)).toBe("2027-11-07T05:30");
  });

  test("is made as soon as it may be where the campaign's hours have changed and the time never comes", () => {
    const mornings = hoursOf("9-12", { timeZone: zone });
    expect(again("next-day", at + HOUR, mornings)).toBe("2026-11-25T14:00");
  });

  test("is retried as soon as it may be, or ends", () => {
    expect(again("retry", at + 20 * MINUTE)).toBe("2026-11-24T20:20");
    expect(again("retry", at + 5 * HOUR)).toBe("2026-11-25T14:00");
    expect(again("close", at + 20 * MINUTE)).toBe("");
  });
});
