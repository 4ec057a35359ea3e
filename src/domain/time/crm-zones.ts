/** Time zones by the names that CRMs give them: Windows's, those of Ruby on Rails, and what exporters wrap around them. */
import data from "./data/crm_zones.json" with { type: "json" };

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
    "atlantic time (canada)": "atlantic standard time",
    "indiana (east)": "us eastern standard time",
    "central america": "central america standard time",
    "west central africa": "w. central africa standard time",
  }),
);

/** Cities and regions that stand for themselves. What is not listed is looked for as a city of the time-zone database. */
const PLACES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "abu dhabi": "Asia/Dubai",
    alaska: "America/Anchorage",
    "american samoa": "Pacific/Pago_Pago",
    arizona: "America/Phoenix",
    astana: "Asia/Almaty",
    azores: "Atlantic/Azores",
    beijing: "Asia/Shanghai",
    bern: "Europe/Zurich",
    brasilia: "America/Sao_Paulo",
    canberra: "Australia/Sydney",
    "cape verde is.": "Atlantic/Cape_Verde",
    "chatham is.": "Pacific/Chatham",
    chennai: "Asia/Kolkata",
    edinburgh: "Europe/London",
    ekaterinburg: "Asia/Yekaterinburg",
    georgetown: "America/Guyana",
    greenland: "America/Nuuk",
    guadalajara: "America/Mexico_City",
    hanoi: "Asia/Ho_Chi_Minh",
    hawaii: "Pacific/Honolulu",
    islamabad: "Asia/Karachi",
    kyiv: "Europe/Kyiv",
    "marshall is.": "Pacific/Majuro",
    "midway island": "Pacific/Midway",
    mumbai: "Asia/Kolkata",
    "new caledonia": "Pacific/Noumea",
    "new delhi": "Asia/Kolkata",
    newfoundland: "America/St_Johns",
    "nuku'alofa": "Pacific/Tongatapu",
    osaka: "Asia/Tokyo",
    pretoria: "Africa/Johannesburg",
    quito: "America/Guayaquil",
    rangoon: "Asia/Yangon",
    samoa: "Pacific/Apia",
    sapporo: "Asia/Tokyo",
    saskatchewan: "America/Regina",
    "solomon is.": "Pacific/Guadalcanal",
    "sri jayawardenepura": "Asia/Colombo",
    "st. petersburg": "Europe/Moscow",
    "tokelau is.": "Pacific/Fakaofo",
    wellington: "Pacific/Auckland",
  }),
);

/** Areas in which a bare city is looked for. No two of them have a city of one name. */
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

/** `country`: ISO 3166-1, whose part of a name that spans several is meant. `named`: what knows IANA names. */
export function crmZone(text: string, country: string | null, named: (name: string) => string | null): string | null {
  // HubSpot writes america_slash_new_york.
  const written = text.trim().replace(/_slash_/gi, "/");
  const inBrackets = /\(([A-Za-z_]+\/[A-Za-z_/-]+)\)$/.exec(written)?.[1];
  const iana = named(inBrackets ?? written);
  if (iana !== null || inBrackets !== undefined) return iana;

  const name = written
    .replace(/^\((GMT|UTC)([+-]\d\d:?\d\d)?\)\s*/i, "")
    .toLowerCase()
    .replace(/\b(daylight|summer) time$/, "standard time");
  const spanning = windows.get(SPANNING.get(name) ?? name);
  if (spanning !== undefined) return spanning[country ?? "001"] ?? spanning["001"] ?? null;

  // "Bogota, Lima, Quito": Windows lists the cities of one clock.
  const cities = name.split(",").map((city) => cityZone(city.trim(), named));
  return cities.includes(null) ? null : (cities[0] ?? null);
}

function cityZone(city: string, named: (name: string) => string | null): string | null {
  const known = PLACES.get(city);
  if (known !== undefined) return known;
  if (!/^[a-z][a-z' -]{2,}$/.test(city)) return null;
  for (const area of AREAS) {
    const zone = named(`${area}/${city.replaceAll(" ", "_")}`);
    if (zone !== null) return zone;
  }
  return null;
}
