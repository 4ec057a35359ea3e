/** Why what is written for a contact's time zone is none, in words that say what to write instead. */
import { areCities, withoutOffset } from "./crm-zones.ts";
import { readZone, zoneNamed } from "./zone.ts";

/** `country`: where the contact is, if known. For what readZone does not take for that country. */
export function zoneProblem(text: string, country: string | null): string {
  const name = withoutOffset(text);
  // Labels outlive the laws of their time: Almaty was at +06:00.
  const zone = readZone(name, country);
  if (zone !== null) return `the offset is not that of the place; write its zone in full, such as ${zone}`;
  // At -05:00 London is the one in Ontario, and its zone is not to be guessed.
  if (readZone(name) !== null) {
    return "the time zone is none of the number's country; write one such as Europe/London in full";
  }
  return areCities(name, zoneNamed)
    ? "the time zone stands for several clocks; write one such as Europe/London in full"
    : "the time zone is not a known one, such as Europe/London";
}
