/**
 * Makes src/domain/time/data/zones.json: every change of every clock, from the newest published time-zone data, and
 * src/domain/time/data/crm_zones.json: the names by which Windows calls time zones.
 *
 * Run by hand at each new release of the data (`campaigns doctor` and a test say when there is one), and once a year:
 *
 *   npm install --save-dev --save-exact moment-timezone@latest
 *   node scripts/make-zones.js
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import moment from "moment-timezone";
import { WINDOWS_TO_IANA_MAP } from "windows-iana";

const require = createRequire(import.meta.url);
const packed = require("moment-timezone/data/packed/latest.json");

/** The past year and the next three. */
const thisYear = Number(process.argv[2] ?? new Date().getUTCFullYear());
const first = Date.UTC(thisYear - 1, 0);
const last = Date.UTC(thisYear + 4, 0);

/**
 * Only places. `Etc/`, UTC and the names of clocks (EST, CET, PST8PDT) are none; of the old names without an area, those
 * that name a country are.
 */
const AREAS =
  /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Europe|Indian|Mexico|Pacific|US)\//;
const COUNTRIES =
  "Cuba Egypt Eire GB GB-Eire Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya NZ NZ-CHAT Navajo PRC Poland Portugal ROC ROK Singapore Turkey W-SU".split(
    " ",
  );
const isPlace = (name) => AREAS.test(name) || COUNTRIES.includes(name);

const stamp = (at) => new Date(at).toISOString().replace(":00.000Z", "Z");

/** The offset in minutes at `first`, and then each change before `last`: `[60, "2025-03-30T01:00Z", 120, …]`. */
function changesOf(name) {
  const { untils, offsets } = moment.tz.zone(name);
  const start = untils.findIndex((until) => until > first);
  const changes = [-offsets[start]];
  for (let n = start; untils[n] < last; n += 1)
    if (offsets[n + 1] !== offsets[n]) changes.push(stamp(untils[n]), -offsets[n + 1]);
  return changes;
}

const links = packed.links.map((link) => link.split("|")).filter(([, name]) => isPlace(name));
const linkTo = new Map(links.map(([target, name]) => [name, target]));
const zones = packed.zones
  .map((zone) => zone.split("|")[0])
  .filter(isPlace)
  .sort();

/** Stations and old borders: zones that a country is listed under, and where nobody has one of its numbers. */
const STRAYS = { AQ: ["Asia/Singapore"], AU: ["Asia/Tokyo"], TF: ["Asia/Dubai"], VN: ["Asia/Bangkok"] };

const listed = packed.countries.map((line) => line.split("|")).map(([country, names]) => [country, names.split(" ")]);
const root = (name) => linkTo.get(name) ?? name;
const listings = (name) => listed.filter(([, names]) => names.includes(name)).length;

/** A country's own zones: of two names of one clock history, the one that fewer countries share. */
const countries = Object.fromEntries(
  listed.map(([country, names]) => {
    const own = names.filter((name) =>
      names.every((other) => root(other) !== root(name) || listings(name) <= listings(other)),
    );
    return [country, own.filter((name) => !STRAYS[country]?.includes(name)).sort()];
  }),
);

const save = (file, data) =>
  writeFileSync(
    new URL(`../src/domain/time/data/${file}`, import.meta.url),
    // One name a line, so that a new release shows in a diff as what it changes.
    `${JSON.stringify(data, null, 1).replace(/\[\s+([^\]{]*?)\s+\]/g, (_, list) => `[${list.replace(/,\s+/g, ", ")}]`)}\n`,
  );

save("zones.json", {
  meta: {
    release: packed.version,
    note: "minutes ahead of UTC at the first instant, then each change and the minutes from then on",
    source: `IANA time zone database by npm moment-timezone ${moment.tz.version}, by scripts/make-zones.js`,
    license: "database: public domain; moment-timezone: MIT",
    first: stamp(first),
    last: stamp(last),
  },
  zones: Object.fromEntries(zones.map((name) => [name, changesOf(name)])),
  links: Object.fromEntries(links.map(([target, name]) => [name, target]).sort(([a], [b]) => (a < b ? -1 : 1))),
  countries,
});

/** Windows' name → country, or 001 for the world → the zone that CLDR names first. */
const windows = {};
for (const { windowsName, territory, iana } of WINDOWS_TO_IANA_MAP) {
  const [zone] = iana.filter(isPlace);
  if (zone !== undefined && territory !== "ZZ") (windows[windowsName] ??= {})[territory] = zone;
}
/** What CLDR 48 has changed since: the clocks of these countries have left the names. */
windows["Mountain Standard Time (Mexico)"] = { "001": "America/Mazatlan", MX: "America/Mazatlan" };
windows["Mountain Standard Time"].MX = "America/Ciudad_Juarez";
windows["Central Asia Standard Time"]["001"] = "Asia/Bishkek";
save("crm_zones.json", {
  meta: {
    source: "Unicode CLDR windowsZones by npm windows-iana 5.1.0, by scripts/make-zones.js",
    license: "windows-iana: MIT; CLDR: Unicode-3.0",
  },
  windows,
});
