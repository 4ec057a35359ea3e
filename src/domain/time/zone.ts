/** The names of time zones. */

/**
 * A name of the IANA database that this Node knows. Abbreviations and offsets are not names of places: people write
 * EST for a clock that is on EDT most of the year, which is an hour off.
 */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z_]+\/|^UTC$/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
