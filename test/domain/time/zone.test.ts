/** Which names are places. A clock that hangs in no place was taken for the contact's, and people were called at night. */
import { describe, expect, test } from "vitest";
import { readClock, readTz, readZone, zoneNamed } from "../../../src/domain/time/zone.ts";

describe("only places are time zones", () => {
  test.each([
    ["Europe/London", "Europe/London"],
    ["america/new_york", "America/New_York"],
    ["US/Eastern", "US/Eastern"],
    ["Canada/Central", "Canada/Central"],
    ["Asia/Calcutta", "Asia/Calcutta"],
    ["America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"],
    ["Japan", "Japan"],
    ["America/Coyhaique", "America/Coyhaique"],
  ])("%s", (name, zone) => expect(zoneNamed(name)).toBe(zone));

  test.each([
    ..."UTC Etc/UTC Etc/GMT-5 Etc/GMT+5 Etc/Unknown GMT GMT0 Zulu UCT Universal Greenwich Factory EST MST HST CET MET".split(
      " ",
    ),
    ..."EET WET EST5EDT CST6CDT PST8PDT SystemV/EST5 SystemV/EST5EDT US/Pacific-New +05:30 -0500 UTC+5 Europe".split(
      " ",
    ),
    ..."America/ /London Mars/Olympus America/Nowhere posix/Europe/London ET PST BST IST".split(" "),
    "",
    "constructor",
    "__proto__",
  ])("no place: %s", (name) => {
    expect(zoneNamed(name)).toBeNull();
    expect(readZone(name)).toBeNull();
  });
});

describe("names that CRMs use", () => {
  test.each([
    ["Rails", "Eastern Time (US & Canada)", null, "America/New_York"],
    ["Rails, of a Canadian", "Central Time (US & Canada)", "CA", "America/Winnipeg"],
    ["Rails, of an American", "Mountain Time (US & Canada)", "US", "America/Denver"],
    ["Rails, of a Calgarian, whose clocks no longer change", "Mountain Time (US & Canada)", "CA", "America/Edmonton"],
    ["a city", "London", null, "Europe/London"],
    ["a region", "Arizona", null, "America/Phoenix"],
    ["HubSpot", "america_slash_new_york", null, "America/New_York"],
    ["HubSpot's old names", "us_slash_pacific", null, "US/Pacific"],
    ["Salesforce", "(GMT-05:00) Eastern Standard Time (America/New_York)", null, "America/New_York"],
    ["Salesforce in summer", "(GMT+01:00) British Summer Time (Europe/London)", null, "Europe/London"],
    ["Windows", "W. Europe Standard Time", null, "Europe/Berlin"],
    ["Windows in summer", "Eastern Daylight Time", "US", "America/New_York"],
    ["Windows's display name", "(UTC-05:00) Eastern Time (US & Canada)", "US", "America/New_York"],
    [
      "several cities of one clock",
      "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius",
      null,
      "Europe/Helsinki",
    ],
    ["Dynamics without an offset", "(GMT) Edinburgh, Lisbon, London", null, "Europe/London"],
  ])("%s: %s", (_, written, country, zone) => expect(readZone(written, country)).toBe(zone));

  test.each([
    "(GMT-05:00) Eastern Standard Time (Mars/Olympus)",
    "(GMT-05:00)",
    "UTC-11",
    "Dateline Standard Time",
    "Coordinated Universal Time",
    "(UTC) Coordinated Universal Time",
    "London, Atlantis",
    "Eastern",
  ])("no place: %s", (written) => expect(readZone(written)).toBeNull());
});

test("a campaign may keep UTC, the clock of servers; a contact lives in a place", () => {
  expect(readClock("UTC")).toBe("UTC");
  expect(readClock("Etc/UTC")).toBe("UTC");
  expect(readClock("Europe/Paris")).toBe("Europe/Paris");
  expect(readClock("Etc/GMT-5")).toBeNull();
  expect(readZone("UTC")).toBeNull();
});

describe("TZ as POSIX and containers write it", () => {
  test.each([
    ["empty, as POSIX has it", "", null, "UTC"],
    ["a place", "America/New_York", null, "America/New_York"],
    ["a colon", ":America/New_York", null, "America/New_York"],
    ["a path", "/usr/share/zoneinfo/America/New_York", null, "America/New_York"],
    ["a colon and a path", ":/usr/share/zoneinfo/posix/Europe/Berlin", null, "Europe/Berlin"],
    ["leap seconds", "right/Europe/Berlin", null, "Europe/Berlin"],
    ["the machine's own", ":/etc/localtime", "/usr/share/zoneinfo/Europe/Madrid", "Europe/Madrid"],
    ["the machine's own, relative", "localtime", "../usr/share/zoneinfo/Etc/UTC", "UTC"],
    ["UTC with its offset", "UTC0", null, "UTC"],
    ["GMT", "GMT0", null, "UTC"],
    ["Debian's name of UTC", "Etc/UTC", null, "UTC"],
    ["a rule", "EST5EDT,M3.2.0,M11.1.0", null, "EST5EDT,M3.2.0,M11.1.0"],
    ["a clock", "EST5EDT", null, "EST5EDT"],
    ["an offset, and the other way round than it looks", "UTC+5", null, "UTC+5"],
    ["an offset in brackets", "<-03>3", null, "<-03>3"],
    ["a machine that does not say", ":/etc/localtime", null, ":/etc/localtime"],
  ])("%s: %s", (_, tz, localtime, zone) => expect(readTz(tz, localtime)).toBe(zone));
});
