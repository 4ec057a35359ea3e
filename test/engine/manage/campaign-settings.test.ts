/** What an operator writes at create: read, or refused with everything that is wrong at once. */
import { expect, test } from "vitest";
import { Misused } from "../../../src/engine/errors.ts";
import { type CampaignInput, parseSettings } from "../../../src/engine/manage/campaign-settings.ts";

const source = { kind: "csv_file", id: "file" } as const;
const parse = (input: Partial<CampaignInput>): ReturnType<typeof parseSettings> =>
  parseSettings({ name: "spring", assistant: "a1", ...input }, source, "Europe/London");

function refusal(input: Partial<CampaignInput>): string {
  try {
    parse(input);
  } catch (error) {
    if (error instanceof Misused) return error.message;
    throw error;
  }
  return "accepted";
}

test("the defaults are the documented ones", () => {
  expect(parse({})).toMatchObject({
    dailyCap: 100,
    window: { days: ["mon", "tue", "wed", "thu", "fri"], start: 540, end: 1020 },
    timeZone: "Europe/London",
    concurrency: 10,
    delay: 2000,
    retry: { maxAttempts: 1, after: [1_800_000] },
    ringSeconds: 45,
    maxDurationSeconds: 1800,
  });
});

test.each([
  [{ delay: "500ms" }, { delay: 500 }],
  [{ delay: "0" }, { delay: 0 }],
  [{ cps: "0.5" }, { delay: 2000 }],
  [{ cps: 4 }, { delay: 250 }],
  // Never faster than asked for: 333 ms would be 3.003 a second.
  [{ cps: 3 }, { delay: 334 }],
  [{ hours: "22-6" }, { window: { days: ["mon", "tue", "wed", "thu", "fri"], start: 1320, end: 360 } }],
  [{ hours: "0-24", days: "all" }, { window: { start: 0, end: 1440 } }],
  [{ retryAfter: "30m,2h,1d" }, { retry: { maxAttempts: 1, after: [1_800_000, 7_200_000, 86_400_000] } }],
  [{ from: "+12025550123, +1 212 555 0150,+12025550123" }, { callerIds: ["+12025550123", "+12125550150"] }],
  [{ hours: "9:30-17:15" }, { window: { start: 570, end: 1035 } }],
  [{ hours: "9-12,14-18" }, { window: { start: 540, end: 720 }, moreWindows: [{ start: 840, end: 1080 }] }],
  [{ needsDnc: "ftc, our own,ftc" }, { needsLists: { sources: ["ftc", "our own"], maxAge: 31 * 86_400_000 } }],
  [{ needsDnc: "tps", maxAge: "28d" }, { needsLists: { sources: ["tps"], maxAge: 28 * 86_400_000 } }],
  [{ maxPerContact: "3/7d" }, { maxPerContact: { max: 3, within: 604_800_000 } }],
  [{ purpose: "survey" }, { purpose: "survey" }],
  [
    { budget: "50 EUR", prices: "prefix,per_minute\n+44,0.02" },
    { budget: { micros: 50_000_000, currency: "EUR", prices: { "44": [20_000, 0, 0, 60, 60] } } },
  ],
  [{ budget: 0.1, prices: "prefix,per_minute\n1,1" }, { budget: { micros: 100_000, currency: "USD" } }],
  [{ timezone: "America/New_York" }, { timeZone: "America/New_York" }],
])("%j is read", (input, settings) => expect(parse(input)).toMatchObject(settings));

test.each([
  [{ name: " " }, 'name: expected some text, got " "'],
  [{ assistant: "" }, 'assistant: expected some text, got ""'],
  [{ hours: "9-9" }, 'hours: expected an end other than the start (0-24 is all day), got "9-9"'],
  [{ hours: "25-3" }, 'hours: expected hours such as 9-17, 9:30-17, 22-6 or 9am-5pm, got "25-3"'],
  [{ hours: "24-3" }, 'hours: expected a start before 24:00, got "24-3"'],
  [{ hours: "9" }, 'hours: expected hours such as 9-17, 9:30-17, 22-6 or 9am-5pm, got "9"'],
  [{ hours: "nine-five" }, 'hours: expected hours such as 9-17, 9:30-17, 22-6 or 9am-5pm, got "nine-five"'],
  [{ hours: "9-12,14" }, 'hours: expected hours such as 9-17, 9:30-17, 22-6 or 9am-5pm, got "9-12,14"'],
  [{ needsDnc: "ftc,," }, "needs dnc: expected names of do-not-call lists with commas between, such as ftc,tps"],
  [{ maxAge: "31d" }, "max age: expected the lists it is about, such as --needs-dnc ftc, got none"],
  [{ maxPerContact: "often" }, 'max per contact: expected dials and a time, such as 3/7d, got "often"'],
  [{ maxPerContact: "0/7d" }, 'max per contact: expected dials and a time, such as 3/7d, got "0/7d"'],
  [{ budget: "50" }, "budget: expected prices as well, got none: --prices says what a minute costs"],
  [
    { prices: "prefix,per_minute\n1,1" },
    "prices: expected the budget that they are for, such as 50 or 50 EUR, got none",
  ],
  [{ budget: "much", prices: "" }, 'budget: expected an amount such as 50 or 50.25 EUR, got "much"'],
  [{ budget: "5", prices: "1,1" }, "prices: expected a first line with the columns prefix and per_minute"],
  [{ purpose: " " }, 'purpose: expected some text, got " "'],
  [{ days: "funday" }, 'days: expected days such as mon-fri, mon,wed,fri or all, got "funday"'],
  [{ days: "" }, 'days: expected days such as mon-fri, mon,wed,fri or all, got ""'],
  [{ timezone: "Mars/Olympus" }, 'timezone: expected an IANA time zone such as Europe/London, got "Mars/Olympus"'],
  [{ dailyCap: "0" }, 'daily cap: expected a whole number from 1 to 10000000, got "0"'],
  [{ dailyCap: "ten" }, 'daily cap: expected a whole number from 1 to 10000000, got "ten"'],
  [{ dailyCap: "1.5" }, 'daily cap: expected a whole number from 1 to 10000000, got "1.5"'],
  [{ concurrency: "0" }, 'concurrency: expected a whole number from 1 to 10000, got "0"'],
  [{ delay: "-2s" }, 'delay: expected a duration from 0s to 1d, such as 2s or 30m, got "-2s"'],
  [{ delay: "2" }, 'delay: expected a duration from 0s to 1d, such as 2s or 30m, got "2"'],
  [{ cps: "0" }, 'cps: expected a number above 0 up to 1000, got "0"'],
  [{ cps: "1", delay: "1s" }, "delay and cps: expected one of them, got both"],
  [{ maxAttempts: "0" }, 'max attempts: expected a whole number from 1 to 100, got "0"'],
  [{ retryAfter: "30m,soon" }, 'retry after: expected a duration from 1s to 60d, such as 2s or 30m, got "soon"'],
  [{ ring: "61s" }, 'ring: expected a duration from 5s to 1m, such as 2s or 30m, got "61s"'],
  [{ ring: "1.5s" }, 'ring: expected a duration from 5s to 1m, such as 2s or 30m, got "1.5s"'],
  [
    { from: "+12025550123,0123" },
    "from: expected numbers such as +12025550123 with commas between, but number 2 needs a country code (+…)",
  ],
  [{ from: "" }, "from: expected numbers such as +12025550123 with commas between, but number 1 is no phone number"],
  [{ maxDuration: "2d" }, 'max duration: expected a duration from 10s to 1d, such as 2s or 30m, got "2d"'],
])("%j is refused: %s", (input, sentence) => expect(refusal(input)).toBe(sentence));

test("all that is wrong is said at once", () => {
  expect(refusal({ hours: "9-9", dailyCap: 0, delay: "x" }).split("\n")).toHaveLength(3);
});
