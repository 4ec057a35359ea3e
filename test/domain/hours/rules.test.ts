/** The table of local rules: every row against the hours that its statute was read to say, and tables with mistakes. */
import { describe, expect, test } from "vitest";
import shipped from "../../../src/domain/hours/data/calling_rules.json" with { type: "json" };
import { CALENDARS, holidaysOf } from "../../../src/domain/hours/holidays.ts";
import { isOpenOfAll, parseDays, parseHours, type Window } from "../../../src/domain/hours/local-hours.ts";
import { DAY, HOUR, type Instant, MINUTE } from "../../../src/domain/time/instant.ts";
import {
  capsOf,
  closedRules,
  closesSome,
  consentAsked,
  decidingRule,
  hoursOf,
  notEnforced,
  shortRing,
} from "../../../src/domain/hours/rule-limits.ts";
import { InvalidRules, isStale, parseRules, type Rule, shippedRules } from "../../../src/domain/hours/rules.ts";

const table = shippedRules();
const at = (text: string): Instant => Date.parse(text);

function ruleOf(id: string): Rule {
  const rule = table.rules.find((candidate) => candidate.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  return rule;
}

test("the table that comes along stands up to the checks of an operator's own, which commands do not repeat", () => {
  expect(table).toEqual(parseRules(shipped));
});

/** Typed from the research page by hand, not from the table. */
const DOCUMENTED: readonly (readonly [id: string, ...windows: string[]])[] = [
  ["US", "all 8-21"],
  ["US-DEBT", "all 8-21"],
  ["US-AL", "mon-sat 8-20"],
  ["US-AZ", "all 8-21"],
  ["US-CA-ADAD", "all 9-21"],
  ["US-CT", "all 9-20"],
  ["US-FL", "all 8-20"],
  ["US-GA-ADAD", "all 8-21"],
  ["US-IL", "all 8-21"],
  ["US-IL-ADAD", "all 9-21"],
  ["US-IN-ADAD", "all 9-20"],
  ["US-KY", "all 10-21"],
  ["US-LA", "mon-sat 8-20"],
  ["US-ME-ADAD", "mon-fri 9-17"],
  ["US-MD", "all 8-20"],
  ["US-MA", "all 8-20"],
  ["US-MI", "all 9-21"],
  ["US-MN", "all 9-21"],
  ["US-MS", "mon-sat 8-20"],
  ["US-NE-ADAD", "mon-sat 8-21", "sun 13-21"],
  ["US-NV-ADAD", "all 9-20"],
  ["US-NM", "all 9-21"],
  ["US-NY", "all 8-21"],
  ["US-OK", "all 8-20"],
  ["US-OK-ADAD", "all 9-21"],
  ["US-OR", "all 8-20"],
  ["US-PA", "mon-sat 9-19"],
  ["US-RI", "mon-fri 9-18", "sat 10-17"],
  ["US-SC", "all 8-21"],
  ["US-SD-ADAD", "mon-fri 9-21"],
  ["US-TX", "mon-sat 9-21", "sun 12-21"],
  ["US-UT", "mon-sat 8-21"],
  ["US-VA", "all 8-21"],
  ["US-WA", "all 8-20"],
  ["US-WY", "all 8-20"],
  ...["DC", "HI", "MO", "MT", "NC", "ND", "NJ", "TN", "WV"].map((state) => [`US-${state}`, "all 8-21"] as const),
  ["CA", "mon-fri 9-21:30", "sat,sun 10-18"],
  ["CA-BC", "mon-fri 9-21:30", "sat,sun 10-18"],
  ["GB", "mon-fri 9-20", "sat 10-17"],
  ["FR", "mon-fri 10-13", "mon-fri 14-20"],
  ["DE", "mon-fri 9-20", "sat 10-16"],
  ["ES", "mon-fri 9-21"],
  ["IT", "mon-fri 9-20", "sat 10-19"],
  ["AU", "mon-fri 9-20", "sat 9-17"],
  ["IN", "all 10-21"],
  ["IN-DEBT", "all 8-19"],
];

const windowOf = (written: string): Window => {
  const [days = "", hours = ""] = written.split(" ");
  return { days: parseDays(days), ...parseHours(hours) };
};

describe("every row in a week without holidays", () => {
  /** A Monday, in a zone that is at UTC-6 then. */
  const monday = at("2027-02-22T00:00-06:00");

  test("none is missing", () => {
    expect(DOCUMENTED.map(([id]) => id).sort()).toEqual(table.rules.map(({ id }) => id).sort());
  });

  test.each(DOCUMENTED)("%s: %s %s", (id, ...written) => {
    const hours = hoursOf([ruleOf(id)], ["America/Chicago"]);
    const spans = written.map(windowOf).flatMap(({ days, start, end }) =>
      parseDays("all").flatMap((day, index) => {
        const midnight = monday + index * DAY;
        return days.includes(day) ? [{ from: midnight + start * MINUTE, to: midnight + end * MINUTE }] : [];
      }),
    );
    const wrong: string[] = [];
    for (let half = monday; half < monday + 7 * DAY; half += HOUR / 2)
      for (const moment of [half, half + HOUR / 2 - 1]) {
        const expected = spans.some(({ from, to }) => from <= moment && moment < to);
        if (isOpenOfAll(hours, moment) !== expected) wrong.push(new Date(moment).toISOString());
      }
    expect(wrong).toEqual([]);
  });
});

const open = (id: string, zone: string, time: string) => isOpenOfAll(hoursOf([ruleOf(id)], [zone]), at(time));

describe("what a single window cannot say", () => {
  test.each([
    ["Mardi Gras", "US-LA", "America/Chicago", "2027-02-09T12:00-06:00"],
    ["Good Friday", "US-LA", "America/Chicago", "2027-03-26T12:00-05:00"],
    ["Pioneer Day", "US-UT", "America/Denver", "2028-07-24T12:00-06:00"],
    ["Victory Day", "US-RI", "America/New_York", "2027-08-09T12:00-04:00"],
    ["Independence Day on a Sunday, the Monday after", "US-AL", "America/Chicago", "2027-07-05T12:00-05:00"],
    ["Independence Day of Rhode Island", "US-RI", "America/New_York", "2027-05-04T12:00-04:00"],
    ["the general election", "US-RI", "America/New_York", "2028-11-07T12:00-05:00"],
    ["British Columbia Day", "CA-BC", "America/Vancouver", "2027-08-02T12:00-07:00"],
    ["the day for Truth and Reconciliation", "CA-BC", "America/Vancouver", "2027-09-30T12:00-07:00"],
    ["election day", "US-PA", "America/New_York", "2027-11-02T12:00-04:00"],
    ["Saint Francis", "IT", "Europe/Rome", "2027-10-04T12:00+02:00"],
    ["Ascension", "FR", "Europe/Paris", "2027-05-06T11:00+02:00"],
    ["Whit Monday", "DE", "Europe/Berlin", "2027-05-17T12:00+02:00"],
    ["Constitution Day", "ES", "Europe/Madrid", "2027-12-06T12:00+01:00"],
    ["Boxing Day in lieu", "AU", "Australia/Sydney", "2027-12-28T12:00+11:00"],
  ])("a holiday was an ordinary day: %s", (_, id, zone, time) => {
    expect(open(id, zone, time)).toBe(false);
    expect(open(id, zone, new Date(at(time) + 7 * DAY).toISOString())).toBe(true);
  });

  test("a year whose holidays nobody knows has none", () => {
    for (const { id, calendar } of table.rules)
      expect([id, open(id, "America/Chicago", "2030-06-12T12:00-05:00")]).toEqual([id, calendar === null]);
  });

  test("Mississippi's standard time was read as the clock on the wall in summer", () => {
    expect(open("US-MS", "America/Chicago", "2027-07-14T08:59-05:00")).toBe(false);
    expect(open("US-MS", "America/Chicago", "2027-07-14T09:00-05:00")).toBe(true);
    expect(open("US-MS", "America/Chicago", "2027-07-14T20:00-05:00")).toBe(false);
  });

  test("Pennsylvania's act was kept before it was in force", () => {
    const sunday = "2026-10-11T12:00-04:00";
    expect(open("US-PA", "America/New_York", sunday)).toBe(true);
    expect(open("US-PA", "America/New_York", "2026-10-18T12:00-04:00")).toBe(false);
  });

  test("Italy's shorter hours on the eve of a holiday", () => {
    expect(open("IT", "Europe/Rome", "2027-12-24T09:59+01:00")).toBe(false);
    expect(open("IT", "Europe/Rome", "2027-12-24T10:00+01:00")).toBe(true);
    expect(open("IT", "Europe/Rome", "2027-12-24T19:00+01:00")).toBe(false);
    expect(open("IT", "Europe/Rome", "2027-12-23T19:00+01:00")).toBe(true);
  });

  test("a flag that forbids the call forbids it at every hour", () => {
    const forbidden: Rule = { ...ruleOf("US-FL"), flags: ["prohibited_without_licence"] };
    expect(isOpenOfAll(hoursOf([forbidden], ["America/New_York"]), at("2027-02-24T12:00-05:00"))).toBe(false);
    expect(notEnforced(forbidden)).toEqual([]);
  });

  test("unknown zones are never open, and no rules are no restriction", () => {
    for (const rule of table.rules) expect(isOpenOfAll(hoursOf([rule], []), at("2027-02-24T12:00Z"))).toBe(false);
    expect(hoursOf([], ["Europe/London"])).toEqual([]);
  });

  test("the rule that holds a call is named", () => {
    const rules = [ruleOf("US"), ruleOf("US-FL"), ruleOf("US-CT")];
    const closed = (time: string) => closedRules(rules, ["America/New_York"], at(time)).map(({ id }) => id);
    expect(closed("2027-02-24T12:00-05:00")).toEqual([]);
    expect(closed("2027-02-24T20:30-05:00")).toEqual(["US-FL", "US-CT"]);
    expect(closed("2027-02-24T08:30-05:00")).toEqual(["US-CT"]);
  });
});

describe("the row that decides", () => {
  const strict = table.rules.filter(({ country, content }) => country === "US" && content === "marketing");
  const zones = ["America/New_York"];

  test("forty rows were given as the reason: the one that opens last is named", () => {
    const night = at("2027-02-24T22:00-05:00");
    expect(closedRules(strict, zones, night).length).toBeGreaterThan(30);
    expect(decidingRule(strict, zones, night)?.id).toBe("US-KY");
    expect(decidingRule(strict, zones, at("2027-02-24T12:00-05:00"))).toBeNull();
    // On a Saturday night Maine opens on Monday.
    expect(decidingRule(strict, zones, at("2027-02-27T22:00-05:00"))?.id).toBe("US-ME-ADAD");
  });

  test("states whose rows close what the national row opens", () => {
    const monday = at("2027-02-22T12:00-05:00");
    const closes = (...ids: string[]) =>
      closesSome(hoursOf(ids.map(ruleOf), zones), hoursOf([ruleOf("US")], zones), monday);
    expect(closes("US-FL")).toBe(true);
    expect(closes("US-UT")).toBe(true);
    expect(closes("US-VA")).toBe(false);
    expect(closes()).toBe(false);
  });

  test("the law's least ring time", () => {
    expect(shortRing([ruleOf("US")], 14)).toMatch(/^rule US \(.*\) asks for 15 s of ringing, and .* for 14 s$/);
    expect(shortRing([ruleOf("US")], 15)).toBeNull();
    expect(shortRing([ruleOf("GB")], 5)).toBeNull();
  });

  test("of several rows the strictest consent is asked for", () => {
    expect(consentAsked([ruleOf("US"), ruleOf("US-FL")])).toEqual({ levels: ["express_written"], maxDays: null });
    expect(consentAsked([ruleOf("FR")])).toEqual({ levels: ["express_written", "express"], maxDays: 365 });
    expect(consentAsked([ruleOf("US-VA")])).toBeNull();
  });

  test("what countries ask of a consent", () => {
    expect(ruleOf("US")).toMatchObject({ consentLevel: "express_written", consentMaxDays: null });
    expect(ruleOf("FR")).toMatchObject({ consentLevel: "express", consentMaxDays: 365 });
    expect(ruleOf("US-VA")).toMatchObject({ consentLevel: null });
  });
});

describe("caps", () => {
  test.each([
    ["US-FL", [{ rule: "US-FL", max: 3, within: 24 * HOUR, after: "any" }]],
    ["US-ME-ADAD", [{ rule: "US-ME-ADAD", max: 1, within: 8 * HOUR, after: "any" }]],
    ["US-DEBT", [{ rule: "US-DEBT", max: 7, within: 168 * HOUR, after: "any" }]],
    [
      "FR",
      [
        { rule: "FR", max: 4, within: 30 * DAY, after: "any" },
        { rule: "FR", max: 0, within: 60 * DAY, after: "refusal" },
      ],
    ],
    ["US", []],
  ])("%s", (id, caps) => expect(capsOf([ruleOf(id)])).toEqual(caps));

  test("states that say the same are counted once, in the name of the first", () => {
    expect(capsOf(["US-FL", "US-MD", "US-OK", "US-OR"].map(ruleOf))).toEqual(capsOf([ruleOf("US-FL")]));
  });

  test("what nobody here can see to is said", () => {
    expect(notEnforced(ruleOf("US-DEBT"))).toEqual(["cap of 0 after conversation about debt"]);
    expect(notEnforced(ruleOf("US-WA"))).toEqual(["announcing device sales prohibited"]);
    expect(notEnforced(ruleOf("US-MS"))).toEqual([]);
    expect(notEnforced(ruleOf("IT"))).toEqual([]);
  });
});

const read = (...rules: readonly object[]) => parseRules({ meta: { version: "2027-01-01" }, rules });
const problems = (json: unknown): readonly string[] => {
  try {
    parseRules(json);
    return [];
  } catch (error) {
    if (error instanceof InvalidRules) return error.problems;
    throw error;
  }
};

describe("tables", () => {
  const first = shipped.rules[0];
  const florida = shipped.rules.find(({ id }) => id === "US-FL");
  test("the table of the program has 54 rows, and a calendar for each that knows holidays", () => {
    expect(table.rules).toHaveLength(54);
    const needed = new Set(table.rules.flatMap(({ calendar }) => calendar ?? []));
    expect([...needed].sort()).toEqual([...CALENDARS].sort());
    for (const calendar of CALENDARS)
      for (const year of [2026, 2027, 2028, 2029])
        expect(holidaysOf(calendar).filter((date) => date.startsWith(`${year}-`)).length).toBeGreaterThan(8);
  });

  test("a table of an operator's own", () => {
    expect(read(first ?? {}, florida ?? {}).rules.map(({ id, country, state }) => [id, country, state])).toEqual([
      ["US", "US", null],
      ["US-FL", "US", "FL"],
    ]);
  });

  test("every mistake is reported at once, with its place, what was expected and what was found", () => {
    const json = {
      meta: { version: "yesterday" },
      rules: [
        { ...first, id: "us", confidence: "sure", sources: undefined, holiday: null },
        { ...first, windows: [{ days: ["monday"], start: "8am", end: "21:00" }], caps: [{ max: -1, scope: "all" }] },
        { ...first, windows: [{ days: [], start: "09:00", end: "09:00" }], content: "marketting" },
        { ...first, caps: [{ max: 1, per_hours: 1, per_days: 1, scope: "number" }], effective_from: "2027-02-30" },
        { ...first, windows: [{ days: ["mon"], start: "09:00", end: "09:00" }] },
        "US",
      ],
    };
    expect(problems(json)).toEqual([
      'meta.version: expected a date such as 2027-01-31, got "yesterday"',
      'rules[0].id: expected an id such as US, US-FL or US-DEBT, got "us"',
      'rules[0].confidence: expected one of high, medium, low, got "sure"',
      "rules[0].sources: expected a list, got nothing",
      "rules[0].holiday: expected no such field",
      'rules[1].windows[0].days[0]: expected one of mon, tue, wed, thu, fri, sat, sun, got "monday"',
      'rules[1].windows[0].start: expected a time such as 09:30, got "8am"',
      "rules[1].caps[0].max: expected 0 or more, got -1",
      expect.stringMatching(/^rules\[1\]\.caps\[0\]\.scope: expected one of number, .*, got "all"$/),
      'rules[2].content: expected one of marketing, debt_collection, survey, service, got "marketting"',
      "rules[2].windows[0].days: expected one day or more, got []",
      expect.stringMatching(/^rules\[3\]\.caps\[0\]: expected per_hours or per_days, and not both, got /),
      'rules[3].effective_from: expected a date such as 2027-01-31, got "2027-02-30"',
      expect.stringMatching(/^rules\[4\]\.windows\[0\]: expected a start before 24:00 and another end .*, got /),
      'rules[5]: expected a rule, got "US"',
    ]);
  });

  test("rows that do not fit together", () => {
    const json = {
      meta: { version: "2027-01-01" },
      rules: [
        first,
        first,
        { ...florida, parent: "DE" },
        { ...florida, id: "CA-FL" },
        { ...florida, id: "US-TX", holidays: "state_calendar" },
        { ...florida, id: "US-OH", holidays: "moon" },
      ],
    };
    expect(problems(json)).toEqual([
      'rules[1].id: expected an id of its own, got "US"',
      'rules[2].parent: expected null or the id of a row without a parent, got "DE"',
      'rules[3].id: expected an id that begins with US-, got "CA-FL"',
      expect.stringMatching(/^rules\[4\]\.holidays: expected null or a calendar there is data for .*, got "US-TX"$/),
      expect.stringMatching(/^rules\[5\]\.holidays: expected .*, got "moon"$/),
    ]);
  });

  test.each([null, [], "rules", { rules: [] }, { meta: { version: "2027-01-01" }, rules: [] }])(
    "no table: %j",
    (json) => expect(problems(json)).not.toEqual([]),
  );

  test("a table is old after 180 days", () => {
    expect(isStale(table, at(table.version) + 180 * DAY)).toBe(false);
    expect(isStale(table, at(table.version) + 180 * DAY + 1)).toBe(true);
  });
});
