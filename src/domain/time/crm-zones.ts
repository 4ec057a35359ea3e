/** Time zones by the names that CRMs give them: Windows's, those of Ruby on Rails, and what exporters wrap around them. */
import data from "./data/crm_zones.json" with { type: "json" };
import { shippedOffsets, shippedZonesOf } from "./zone-data.ts";

/** Windows's name in lower case → country, or 001 for the world → zone. */
const windows: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map(
  Object.entries(data.windows).map(([name, zones]) => [name.toLowerCase(), zones]),
);

/** Names that span countries: Windows's name for the same. */
const SPANNING: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "eastern time (us & canada)": "eastern standard time",
    "central time (us & canada)": "central standard time",
    "mountain time (us & canada)": "mountain standard time",
    "pacific time (us & canada)": "pacific standard time",
    "pacific time (us & canada); tijuana": "pacific standard time",
    "atlantic time (canada)": "atlantic standard time",
    "indiana (east)": "us eastern standard time",
    "central america": "central america standard time",
    "west central africa": "w. central africa standard time",
  }),
);

/** Numbers of these go with people who move within the US. */
const US_TERRITORIES: ReadonlySet<string> = new Set(["AS", "GU", "MP", "PR", "VI"]);

/**
 * Names that are those of other clocks as well: Australia has an Eastern Standard Time of its own, American Samoa is a day
 * behind Samoa, and countries have left the clocks of their regions, as Turkey has GTB's. Without "standard time".
 */
const SHARED: ReadonlySet<string> = new Set([
  "arab",
  "arabian",
  "arabic",
  "atlantic",
  "caucasus",
  "central",
  "central america",
  "central asia",
  "central pacific",
  "e. africa",
  "e. europe",
  "e. south america",
  "eastern",
  "fle",
  "greenwich",
  "gtb",
  "kaliningrad",
  "middle east",
  "mountain",
  "n. central asia",
  "north asia",
  "north asia east",
  "pacific",
  "pacific sa",
  "russian",
  "sa eastern",
  "sa pacific",
  "sa western",
  "samoa",
  "se asia",
  "w. central africa",
  "west asia",
  "west central africa",
  "west pacific",
]);

/** Cities and regions that stand for themselves. What is not listed is looked for as a city of the time-zone database. */
const PLACES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "abu dhabi": "Asia/Dubai",
    alaska: "America/Anchorage",
    "aleutian islands": "America/Adak",
    "american samoa": "Pacific/Pago_Pago",
    arizona: "America/Phoenix",
    astana: "Asia/Almaty",
    azores: "Atlantic/Azores",
    "baja california": "America/Tijuana",
    beijing: "Asia/Shanghai",
    bern: "Europe/Zurich",
    "bougainville island": "Pacific/Bougainville",
    brasilia: "America/Sao_Paulo",
    "cabo verde is.": "Atlantic/Cape_Verde",
    canberra: "Australia/Sydney",
    "cape verde is.": "Atlantic/Cape_Verde",
    "chatham is.": "Pacific/Chatham",
    "chatham islands": "Pacific/Chatham",
    chennai: "Asia/Kolkata",
    chetumal: "America/Cancun",
    chokurdakh: "Asia/Srednekolymsk",
    "city of buenos aires": "America/Argentina/Buenos_Aires",
    "easter island": "Pacific/Easter",
    edinburgh: "Europe/London",
    ekaterinburg: "Asia/Yekaterinburg",
    georgetown: "America/Guyana",
    "gorno-altaysk": "Asia/Barnaul",
    greenland: "America/Nuuk",
    guadalajara: "America/Mexico_City",
    haiti: "America/Port-au-Prince",
    hanoi: "Asia/Ho_Chi_Minh",
    hawaii: "Pacific/Honolulu",
    islamabad: "Asia/Karachi",
    izhevsk: "Europe/Samara",
    "kiritimati island": "Pacific/Kiritimati",
    kyiv: "Europe/Kyiv",
    "lord howe island": "Australia/Lord_Howe",
    "marquesas islands": "Pacific/Marquesas",
    "marshall is.": "Pacific/Majuro",
    "midway island": "Pacific/Midway",
    mumbai: "Asia/Kolkata",
    "new caledonia": "Pacific/Noumea",
    "new delhi": "Asia/Kolkata",
    newfoundland: "America/St_Johns",
    "norfolk island": "Pacific/Norfolk",
    "nuku'alofa": "Pacific/Tongatapu",
    osaka: "Asia/Tokyo",
    "petropavlovsk-kamchatsky": "Asia/Kamchatka",
    "port louis": "Indian/Mauritius",
    pretoria: "Africa/Johannesburg",
    quito: "America/Guayaquil",
    rangoon: "Asia/Yangon",
    "saint pierre and miquelon": "America/Miquelon",
    salvador: "America/Bahia",
    samoa: "Pacific/Apia",
    sapporo: "Asia/Tokyo",
    saskatchewan: "America/Regina",
    "solomon is.": "Pacific/Guadalcanal",
    "sri jayawardenepura": "Asia/Colombo",
    "st. petersburg": "Europe/Moscow",
    "tokelau is.": "Pacific/Fakaofo",
    "turks and caicos": "America/Grand_Turk",
    "ulaan bataar": "Asia/Ulaanbaatar",
    wellington: "Pacific/Auckland",
    "yangon (rangoon)": "Asia/Yangon",
    yukon: "America/Whitehorse",
  }),
);

/** What a name stands for besides: a further city of that name, or the other clock that people there live by. */
const ALSO: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "la paz": "America/Mazatlan",
    "san juan": "America/Puerto_Rico",
    urumqi: "Asia/Shanghai",
  }),
);

/** Areas in which a bare city is looked for. */
const AREAS = [
  "America",
  "Europe",
  "Asia",
  "Africa",
  "Australia",
  "Pacific",
  "Atlantic",
  "Indian",
  "America/Argentina",
];

type Named = (name: string) => string | null;

/**
 * `country`: ISO 3166-1, whose part of a name that spans several is meant. `named`: what knows IANA names. Null: it is no
 * name of a place, or may be that of another clock than the contact's. Only a whole IANA name, one that no other clock
 * has, or an offset that fits, says that somebody has moved away from where the number is from; London alone may lie in
 * Ontario.
 */
export function crmZone(text: string, country: string | null, named: Named): string | null {
  // HubSpot writes america_slash_new_york.
  const { name, offset } = parted(text.trim().replace(/_slash_/gi, "/"));
  const fits = (zone: string): boolean => offset === null || keepsOffset(zone, offset);
  const inBrackets = /\(([A-Za-z_]+\/[A-Za-z_/-]+)\)$/.exec(name)?.[1];
  const iana = named(inBrackets ?? name);
  if (iana !== null || inBrackets !== undefined) return iana !== null && fits(iana) ? iana : null;

  const isLikely = (zone: string): boolean => offset !== null || country === null || isClockIn(country, zone);
  const label = name.toLowerCase().replace(/\b(daylight|summer) time$/, "standard time");
  const spanning = windows.get(SPANNING.get(label) ?? label);
  if (spanning !== undefined) {
    const world = spanning["001"];
    const mainland = country !== null && US_TERRITORIES.has(country) ? spanning["US"] : undefined;
    const own = country === null ? undefined : (spanning[country] ?? mainland);
    const zone = own ?? world;
    if (zone === undefined) return null;
    const isDoubtful = SHARED.has(label.replace(/ standard time$/, "")) || mayStandIn(label, zone, country);
    if (own === undefined && isDoubtful && !isLikely(zone)) return null;
    // Windows has one offset for a name, and the clock of one of its countries may have left it.
    return fits(zone) || (world !== undefined && fits(world)) ? zone : null;
  }

  // "Bogota, Lima, Quito": Windows lists the cities of one clock.
  const cities = citiesOf(label).map((city) => cityZones(city, named).filter((zone) => fits(zone) && isLikely(zone)));
  const shared = cities.flat().filter((zone) => cities.every((zones) => zones.some((other) => isSame(zone, other))));
  const [first] = shared;
  if (first === undefined || !shared.every((zone) => isSame(zone, first))) return null;
  const own = country === null ? [] : shippedZonesOf(country);
  return shared.find((zone) => own.includes(zone)) ?? first;
}

/** `(UTC+05:30) Chennai` → `Chennai`. */
export const withoutOffset = (text: string): string => parted(text.trim()).name;

/** Cities and regions, each of which is known, whatever clocks they keep. */
export const areCities = (name: string, named: Named): boolean =>
  citiesOf(name.toLowerCase()).every((city) => cityZones(city, named).length > 0);

const citiesOf = (label: string): readonly string[] =>
  label
    .replace(/^greenwich mean time ?: /, "")
    .replace(/ - (old|new)$/, "")
    .split(",")
    .map((city) => city.trim());

/** `(UTC+05:30) Chennai`: the name, and the minutes ahead of UTC that stand before it; null: none do. */
function parted(written: string): { readonly name: string; readonly offset: number | null } {
  const [all = "", sign, hours, minutes = "0"] =
    /^\((?:GMT|UTC) ?(?:([+\u2212\u2013-])(\d\d?)(?::?(\d\d))?)?\)\s*/i.exec(written) ?? [];
  if (all === "") return { name: written, offset: null };
  const ahead = sign === undefined ? 0 : Number(hours) * 60 + Number(minutes);
  return { name: written.slice(all.length), offset: sign === "+" || ahead === 0 ? ahead : -ahead };
}

/** The zones of all places that a city or a region may be. */
function cityZones(city: string, named: Named): readonly string[] {
  const [known, also] = [PLACES.get(city), ALSO.get(city)];
  const bare = known === undefined && /^[a-z][a-z' -]{2,}$/.test(city);
  const found = bare ? AREAS.map((area) => named(`${area}/${city.replaceAll(" ", "_")}`)) : [known];
  return [...found, also].filter((zone) => typeof zone === "string");
}

/** In winter or in summer, in the years of the data. */
const keepsOffset = (zone: string, minutes: number): boolean =>
  shippedOffsets(zone)?.some(({ offset }) => offset === minutes * 60_000) ?? false;

const isSame = (one: string, other: string): boolean => one === other || clockOf(one) === clockOf(other);

const clockOf = (zone: string): string => JSON.stringify(shippedOffsets(zone) ?? zone);

/**
 * In Jamaica it is New York's time in winter, and some lists of clocks have none nearer; in Ghana it is London's, and GMT
 * by name.
 */
function mayStandIn(label: string, zone: string, country: string | null): boolean {
  if (!SPANNING.has(label) && label !== "gmt standard time") return false;
  const winter = Math.min(...(shippedOffsets(zone) ?? []).map(({ offset }) => offset)) / 60_000;
  return shippedZonesOf(country ?? "").some((own) => keepsOffset(own, winter));
}

/** Of a country without zones in the data nobody can tell. */
function isClockIn(country: string, zone: string): boolean {
  const zones = shippedZonesOf(country);
  return zones.length === 0 || zones.some((own) => isSame(own, zone));
}
