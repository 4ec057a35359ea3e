/**
 * Makes src/domain/hours/data/holidays.json: the days on which the calling rules that know holidays are closed.
 *
 * Run by hand, once in a few years; nothing of the program needs the package afterwards, which is why it is not among
 * its dependencies:
 *
 *   npm install --no-save date-holidays@3.37.0
 *   node scripts/make-holidays.js 2026 2029
 *   npm prune
 */
import { writeFileSync } from "node:fs";
import Holidays from "date-holidays";

const [from = 2026, to = 2029] = process.argv.slice(2).map(Number);

/** Calendar → country and state, as the package names them. */
const CALENDARS = {
  "US-AL": ["US", "AL"],
  "US-LA": ["US", "LA"],
  "US-PA": ["US", "PA"],
  "US-RI": ["US", "RI"],
  "US-UT": ["US", "UT"],
  "CA-BC": ["CA", "BC"],
  FR: ["FR"],
  DE: ["DE"],
  ES: ["ES"],
  IT: ["IT"],
  AU_national: ["AU"],
};

/** Legal holidays that the package does not list; closed by caution. */
const ADDED = {
  "US-PA": ["easter -2", "tuesday after 1st monday in November"],
  // Independence Day of Rhode Island, and the day of the general election, in even years.
  "US-RI": ["05-04", "tuesday after 1st monday in November in even years"],
  // The day for Truth and Reconciliation, a statutory holiday there since 2023.
  "CA-BC": ["09-30"],
};

const dateOf = (time) => time.slice(0, 10);

function datesOf(calendar, [country, state]) {
  const holidays = state === undefined ? new Holidays(country) : new Holidays(country, state);
  for (const rule of ADDED[calendar] ?? []) holidays.setHoliday(rule, { name: rule, type: "public" });
  const dates = [];
  // A year more: when New Year's Day is a Saturday, the day off is in the year before.
  for (let year = from; year <= to + 1; year += 1)
    for (const { date, type } of holidays.getHolidays(year))
      if (type === "public" || type === "bank") dates.push(dateOf(date));
  return [...new Set(dates)].filter((date) => date <= `${to}-12-31`).sort((a, b) => a.localeCompare(b));
}

const calendars = Object.fromEntries(Object.entries(CALENDARS).map(([id, where]) => [id, datesOf(id, where)]));
const meta = {
  note: "Local dates, days in lieu included. National holidays alone for DE, ES, FR and AU: regions have more.",
  source: "npm date-holidays 3.37.0, public and bank holidays, by scripts/make-holidays.js",
  license: "code ISC; data CC-BY-3.0 (https://creativecommons.org/licenses/by/3.0/)",
  attribution:
    "Holiday data from date-holidays by commenthol and contributors, partly from Wikipedia; selected and cut.",
  added:
    "US-PA: Good Friday and election day; US-RI: 4 May and the general election day; CA-BC: 30 September, which the package does not list as days off",
  first: `${from}-01-01`,
  last: `${to}-12-31`,
};
writeFileSync(
  new URL("../src/domain/hours/data/holidays.json", import.meta.url),
  `${JSON.stringify({ meta, calendars }, null, 1)}\n`,
);
