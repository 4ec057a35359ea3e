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

/** Each was another place's clock, and people were called at night. */
describe("a name that may be another clock than the contact's is none", () => {
  test.each([
    ["Chihuahua has left the clock", "(UTC-07:00) Chihuahua, La Paz, Mazatlan", "MX"],
    ["the same without an offset", "Chihuahua, La Paz, Mazatlan", "MX"],
    ["Istanbul has", "(GMT+02:00) Athens, Bucharest, Istanbul", "TR"],
    ["cities of two clocks", "London, Tokyo", null],
    ["cities of two clocks, one of them the country's", "London, Tokyo", "GB"],
    ["an offset that the name does not have", "(UTC+09:00) Eastern Standard Time", "US"],
    ["an offset that the city does not have", "(UTC+05:00) London", "GB"],
    ["an offset of half an hour less", "(GMT-04:30) Caracas", "VE"],
    ["an offset that the zone does not have", "(GMT+09:00) Eastern Standard Time (America/New_York)", "US"],
    ["an offset before a whole name", "(UTC+09:00) America/New_York", "US"],
    ["Australia's own Eastern Standard Time", "Eastern Standard Time", "AU"],
    ["Australia's in summer", "Eastern Daylight Time", "AU"],
    ["Australia's in the middle", "Central Standard Time", "AU"],
    ["Jamaica's, which has no summer", "Eastern Standard Time", "JM"],
    ["anybody's, by a number from elsewhere", "Eastern Standard Time", "GB"],
    ["Puerto Rico's own, which has no summer", "Atlantic Standard Time", "PR"],
    ["Puerto Rico's, where a list has none nearer", "Atlantic Time (Canada)", "PR"],
    ["Jamaica's, where a list has none nearer", "Eastern Time (US & Canada)", "JM"],
    ["Costa Rica's, which Windows lists elsewhere", "Central Time (US & Canada)", "CR"],
    ["Ghana's, which has no summer", "GMT Standard Time", "GH"],
    ["Greenwich of London, which has", "Greenwich Standard Time", "GB"],
    ["American Samoa's, a day behind", "Samoa Standard Time", "AS"],
    ["Turkey has left it", "GTB Standard Time", "TR"],
    ["Almaty has left it", "N. Central Asia Standard Time", "KZ"],
    ["Minsk has left it", "Kaliningrad Standard Time", "BY"],
    ["Riyadh's or Dubai's", "Arabian Standard Time", "SA"],
    ["Mérida of Spain", "Merida", "ES"],
    ["Santiago de Compostela", "Santiago", "ES"],
    ["Santiago de los Caballeros", "Santiago", "DO"],
    ["Córdoba of Spain", "Cordoba", "ES"],
    ["London, Ontario", "London", "CA"],
    ["Melbourne, Florida", "Melbourne", "US"],
    ["St. Petersburg, Florida", "St. Petersburg", "US"],
    ["Vancouver, Washington", "Vancouver", "US"],
    ["cities of another country", "Bogota, Lima, Quito", "US"],
    ["two cities of one name", "La Paz", null],
    ["two more", "San Juan", null],
    ["people there live by two clocks", "Urumqi", "CN"],
  ])("%s: %s", (_, written, country) => expect(readZone(written, country)).toBeNull());
});

describe("a name that only one place can have is that place", () => {
  test.each([
    // Of several cities of one name: by the number's country, the offset, or the cities beside it.
    ["MX", "(UTC-07:00) La Paz, Mazatlan", "America/Mazatlan"],
    ["MX", "La Paz", "America/Mazatlan"],
    ["BO", "La Paz", "America/La_Paz"],
    [null, "La Paz, Mazatlan", "America/Mazatlan"],
    [null, "(GMT-04:00) Caracas, La Paz", "America/Caracas"],
    ["PR", "San Juan", "America/Puerto_Rico"],
    ["AR", "San Juan", "America/Argentina/San_Juan"],
    ["PR", "(UTC-04:00) Georgetown, La Paz, Manaus, San Juan", "America/Puerto_Rico"],
    [null, "(UTC-04:00) Georgetown, La Paz, Manaus, San Juan", "America/Guyana"],
    ["CN", "(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "Asia/Shanghai"],
    ["MX", "Merida", "America/Merida"],
    ["CL", "Santiago", "America/Santiago"],
    ["GB", "London", "Europe/London"],
    // Of the cities of one clock, the one of the number's country.
    ["UA", "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "Europe/Kyiv"],
    ["FR", "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", "Europe/Paris"],
    ["DE", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"],
    ["VN", "(UTC+07:00) Bangkok, Hanoi, Jakarta", "Asia/Ho_Chi_Minh"],
    // Names and cities of a neighbour that keeps the same clock.
    ["DE", "Central Europe Standard Time", "Europe/Budapest"],
    ["FR", "W. Europe Standard Time", "Europe/Berlin"],
    ["DE", "Vienna", "Europe/Vienna"],
    ["IE", "London", "Europe/London"],
    // People move: a whole name, or an offset that fits, says so.
    ["GB", "America/New_York", "America/New_York"],
    ["GB", "us_slash_pacific", "US/Pacific"],
    ["GB", "(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"],
    ["GB", "(GMT-08:00) Pacific Standard Time (America/Los_Angeles)", "America/Los_Angeles"],
    ["US", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Europe/Dublin"],
    ["US", "(UTC+09:00) Osaka, Sapporo, Tokyo", "Asia/Tokyo"],
    ["AU", "(UTC-05:00) Eastern Standard Time", "America/New_York"],
    // So does a name that no other place has.
    ["GB", "Eastern Time (US & Canada)", "America/New_York"],
    ["AU", "Pacific Time (US & Canada)", "America/Los_Angeles"],
    ["GB", "Atlantic Time (Canada)", "America/Halifax"],
    ["US", "Central Standard Time (Mexico)", "America/Mexico_City"],
    ["GB", "US Mountain Standard Time", "America/Phoenix"],
    ["US", "Canada Central Standard Time", "America/Regina"],
    ["NZ", "AUS Eastern Standard Time", "Australia/Sydney"],
    ["FJ", "New Zealand Standard Time", "Pacific/Auckland"],
    ["US", "GMT Standard Time", "Europe/London"],
    ["GB", "W. Europe Standard Time", "Europe/Berlin"],
    ["GB", "Tokyo Standard Time", "Asia/Tokyo"],
    ["GB", "India Standard Time", "Asia/Calcutta"],
    // Numbers of the US's territories move within the US.
    ["PR", "Eastern Standard Time", "America/New_York"],
    ["VI", "Eastern Time (US & Canada)", "America/New_York"],
    ["GU", "Pacific Daylight Time", "America/Los_Angeles"],
    ["GU", "West Pacific Standard Time", "Pacific/Guam"],
    ["CA", "Eastern Standard Time", "America/Toronto"],
    // Windows's offset stands, whatever a country's law has made of its clock since.
    ["CA", "(UTC-08:00) Pacific Time (US & Canada)", "America/Vancouver"],
    ["CA", "(UTC-07:00) Mountain Time (US & Canada)", "America/Edmonton"],
    ["CA", "Pacific Standard Time", "America/Vancouver"],
    // The data of Windows's names was older than Mexico's law.
    ["MX", "Mountain Standard Time (Mexico)", "America/Mazatlan"],
    ["MX", "Mountain Standard Time", "America/Ciudad_Juarez"],
    // A country that the data does not know.
    ["XK", "Belgrade", "Europe/Belgrade"],
  ])("%s %s", (country, written, zone) => expect(readZone(written, country)).toBe(zone));
});

/** Windows's own, from XP to 11, with the country of a number and the zone. */
describe("display names of all ages", () => {
  test.each([
    ["US", "(UTC-10:00) Aleutian Islands", "America/Adak"],
    ["US", "(GMT-10:00) Hawaii", "Pacific/Honolulu"],
    ["US", "(GMT-09:00) Alaska", "America/Anchorage"],
    ["US", "(GMT-08:00) Pacific Time (US & Canada); Tijuana", "America/Los_Angeles"],
    ["MX", "(UTC-08:00) Baja California", "America/Tijuana"],
    ["US", "(GMT-07:00) Arizona", "America/Phoenix"],
    ["US", "(UTC-07:00) Mountain Time (US & Canada)", "America/Denver"],
    ["CA", "(UTC-07:00) Yukon", "America/Whitehorse"],
    ["GT", "(GMT-06:00) Central America", "America/Guatemala"],
    ["US", "(GMT-06:00) Central Time (US & Canada)", "America/Chicago"],
    ["MX", "(GMT-06:00) Guadalajara, Mexico City, Monterrey - New", "America/Mexico_City"],
    ["CA", "(UTC-06:00) Saskatchewan", "America/Regina"],
    ["CL", "(UTC-06:00) Easter Island", "Pacific/Easter"],
    ["PE", "(UTC-05:00) Bogota, Lima, Quito, Rio Branco", "America/Lima"],
    ["MX", "(UTC-05:00) Chetumal", "America/Cancun"],
    ["HT", "(UTC-05:00) Haiti", "America/Port-au-Prince"],
    ["US", "(UTC-05:00) Indiana (East)", "America/Indianapolis"],
    ["TC", "(UTC-05:00) Turks and Caicos", "America/Grand_Turk"],
    ["CA", "(GMT-04:00) Atlantic Time (Canada)", "America/Halifax"],
    ["CL", "(UTC-04:00) Santiago", "America/Santiago"],
    ["CA", "(GMT-03:30) Newfoundland", "America/St_Johns"],
    ["BR", "(GMT-03:00) Brasilia", "America/Sao_Paulo"],
    ["AR", "(UTC-03:00) City of Buenos Aires", "America/Argentina/Buenos_Aires"],
    ["BR", "(UTC-03:00) Salvador", "America/Bahia"],
    ["PM", "(UTC-03:00) Saint Pierre and Miquelon", "America/Miquelon"],
    ["PT", "(GMT-01:00) Azores", "Atlantic/Azores"],
    ["CV", "(UTC-01:00) Cabo Verde Is.", "Atlantic/Cape_Verde"],
    ["GB", "(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", "Europe/London"],
    ["PT", "(UTC) Dublin, Edinburgh, Lisbon, London", "Europe/Lisbon"],
    ["IS", "(UTC+00:00) Monrovia, Reykjavik", "Atlantic/Reykjavik"],
    ["NG", "(GMT+01:00) West Central Africa", "Africa/Lagos"],
    ["ZA", "(GMT+02:00) Harare, Pretoria", "Africa/Johannesburg"],
    ["TR", "(UTC+03:00) Istanbul", "Europe/Istanbul"],
    ["RU", "(GMT+03:00) Moscow, St. Petersburg, Volgograd", "Europe/Moscow"],
    ["IR", "(GMT+03:30) Tehran", "Asia/Tehran"],
    ["AE", "(GMT+04:00) Abu Dhabi, Muscat", "Asia/Dubai"],
    ["RU", "(UTC+04:00) Izhevsk, Samara", "Europe/Samara"],
    ["MU", "(UTC+04:00) Port Louis", "Indian/Mauritius"],
    ["AF", "(GMT+04:30) Kabul", "Asia/Kabul"],
    ["IN", "(GMT+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"],
    ["NP", "(UTC+05:45) Kathmandu", "Asia/Kathmandu"],
    ["MM", "(UTC+06:30) Yangon (Rangoon)", "Asia/Yangon"],
    ["MN", "(GMT+08:00) Irkutsk, Ulaan Bataar", "Asia/Ulaanbaatar"],
    ["SG", "(UTC+08:00) Kuala Lumpur, Singapore", "Asia/Singapore"],
    ["AU", "(UTC+08:45) Eucla", "Australia/Eucla"],
    ["AU", "(GMT+09:30) Adelaide", "Australia/Adelaide"],
    ["AU", "(GMT+10:00) Canberra, Melbourne, Sydney", "Australia/Sydney"],
    ["AU", "(UTC+10:30) Lord Howe Island", "Australia/Lord_Howe"],
    ["NC", "(GMT+11:00) Magadan, Solomon Is., New Caledonia", "Pacific/Noumea"],
    ["RU", "(UTC+12:00) Anadyr, Petropavlovsk-Kamchatsky", "Asia/Anadyr"],
    ["NZ", "(GMT+12:00) Auckland, Wellington", "Pacific/Auckland"],
    ["NZ", "(UTC+12:45) Chatham Islands", "Pacific/Chatham"],
    ["KI", "(UTC+14:00) Kiritimati Island", "Pacific/Kiritimati"],
    // Offsets as others write them.
    ["US", "(GMT–08:00) Pacific Standard Time (America/Los_Angeles)", "America/Los_Angeles"],
    ["US", "(GMT-5) Eastern Time (US & Canada)", "America/New_York"],
    ["US", "(UTC -0500) America/New_York", "America/New_York"],
    ["US", "(UTC-04:00) Eastern Daylight Time", "America/New_York"],
  ])("%s %s", (country, written, zone) => expect(readZone(written, country)).toBe(zone));
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
