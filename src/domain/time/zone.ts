/**
 * The names of time zones: the one oracle that says whether a name is one. Only places are. `EST`, `UTC` and `Etc/GMT-5`
 * are clocks that hang in no place: people write EST where the clock is on EDT most of the year, and mean by Etc/GMT-5
 * the other side of the earth.
 */
import { Temporal } from "./temporal.ts";
import { crmZone } from "./crm-zones.ts";
import { clocks } from "./clocks.ts";
import { shippedName } from "./zone-data.ts";

/** Areas in which a machine with newer data than ours may know a further place. */
const AREAS = /^(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[A-Za-z_/-]+$/i;

/** An IANA name of a place, in any case, as the database spells it; null: it is none. */
export function zoneNamed(name: string): string | null {
  const shipped = shippedName(name);
  if (shipped !== null || !clocks.machineIsNewer || !AREAS.test(name)) return shipped;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return null;
  }
}

export const isTimeZone = (name: string): boolean => zoneNamed(name) !== null;

/**
 * What people and their systems write for a place: the IANA name, or a name that a CRM uses, such as `Eastern Time (US &
 * Canada)`. `country`: where the contact is, if known; such names span several, whose clocks have parted since.
 */
export const readZone = (text: string, country: string | null = null): string | null =>
  zoneNamed(text.trim()) ?? crmZone(text, country, zoneNamed);

const UTC =
  /^(UTC|UCT|GMT|Zulu|Universal|Greenwich|Etc\/(UTC|UCT|GMT|GMT0|Zulu|Universal|Greenwich)|(UTC|GMT)[+-]?0)$/i;

/** A clock that a campaign may keep: a place, or UTC, on which servers and containers run. It is no contact's. */
export const readClock = (text: string): string | null => readZone(text) ?? (UTC.test(text.trim()) ? "UTC" : null);

/**
 * TZ as POSIX and containers write it: `:Area/City`, `/usr/share/zoneinfo/Area/City`, empty for UTC. What is no place, such
 * as `EST5EDT,M3.2.0,M11.1.0`, comes back as it is, and no oracle takes it. `localtime`: what /etc/localtime points to.
 */
export function readTz(tz: string, localtime: string | null): string {
  const name = tz.replace(/^:/, "").trim();
  const path = /^(\/etc\/)?localtime$/.test(name) ? (localtime ?? name) : name;
  const zone = path.replace(/^.*\/zoneinfo\//, "").replace(/^(posix|right)\//, "");
  return zone === "" ? "UTC" : (readClock(zone) ?? tz);
}
