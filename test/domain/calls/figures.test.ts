import { describe, expect, test } from "vitest";
import { byLocalTime, quantile, stepped } from "../../../src/domain/calls/figures.ts";
import { HOUR, MINUTE } from "../../../src/domain/time/instant.ts";

/** A Monday. */
const NOON = Date.UTC(2026, 10, 23, 12);
const some = (place: string, at: number) => ({ place, at, dials: 3, answered: 2, reached: 1 });
const heard = { dials: 3, answered: 2, reached: 1 };

describe("dials by local time", () => {
  test.each([
    ["in London", "GB Europe/London", NOON, 12, "mon"],
    ["in Tokyo, where it is the next day already", "JP Asia/Tokyo", NOON + 4 * HOUR, 1, "tue"],
    ["in Kathmandu, off by three quarters of an hour", "NP Asia/Kathmandu", NOON + 15 * MINUTE, 18, "mon"],
    ["in a state with two clocks: the first", "US-FL America/Chicago,America/New_York", NOON, 6, "mon"],
    ["nowhere that is known: the campaign's clock", "?", NOON - 13 * HOUR, 18, "sun"],
  ])("%s", (_, place, at, hour, weekday) => {
    const { hours, weekdays } = byLocalTime([some(place, at)], "America/New_York");
    expect(hours.findIndex(({ dials }) => dials > 0)).toBe(hour);
    expect(hours[hour]).toEqual(heard);
    expect(weekdays.filter(({ dials }) => dials > 0)).toEqual([{ weekday, ...heard }]);
  });

  test("add up", () => {
    const { hours, weekdays } = byLocalTime([some("?", NOON), some("?", NOON + MINUTE), some("?", NOON + HOUR)], "UTC");
    expect([hours[12], hours[13]].map((each) => each?.dials)).toEqual([6, 3]);
    expect(weekdays[0]).toEqual({ weekday: "mon", dials: 9, answered: 6, reached: 3 });
  });
});

test("quantiles and steps of what was seen so often", () => {
  const seen = [
    { value: 40, n: 1 },
    { value: 5, n: 8 },
    { value: 10, n: 1 },
  ];
  expect([0.1, 0.5, 0.8, 0.9, 1].map((share) => quantile(seen, share))).toEqual([5, 5, 5, 10, 40]);
  expect(quantile([], 0.5)).toBeNull();
  expect(stepped(seen, [10, 30])).toEqual([8, 1, 1]);
  expect(stepped([], [10])).toEqual([0, 0]);
});
