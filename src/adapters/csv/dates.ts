/** Dates in files: as ISO has them, or in the form that `--date-format` says. */
import { readDate } from "../../domain/calls/contact.ts";
import { DAY, type Instant } from "../../domain/time/instant.ts";
import { Misused } from "../../engine/errors.ts";

/** Null when the text is no such date. */
export type DateReader = (text: string) => Instant | null;

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const PARTS: Readonly<Record<string, string>> = {
  YYYY: "(?<year>\\d{4})",
  MMM: "(?<name>\\p{L}{3})\\p{L}*\\.?",
  MM: "(?<month>\\d{1,2})",
  DD: "(?<day>\\d{1,2})",
};
const TIME = "(?:[ T,]+(?<time>\\d{1,2}:\\d\\d(?::\\d\\d)?)(?: ?(?<half>[ap])m)?)?";

/** `DD.MM.YYYY`, `MMM DD, YYYY`, a time may follow; `serial`: the days that Excel counts. ISO dates are always read. */
export function dateReader(format: string | undefined): DateReader {
  if (format === undefined) return readDate;
  if (/^serial$/i.test(format)) return (text) => readDate(text) ?? serial(text);
  const names: readonly string[] = format.match(/YYYY|MMM|MM|DD/g) ?? [];
  if (
    !names.includes("YYYY") ||
    !names.includes("DD") ||
    names.filter((name) => name.startsWith("MM")).length !== 1 ||
    names.length !== 3
  ) {
    throw new Misused(
      "date_format",
      `--date-format: expected a form such as DD.MM.YYYY, MM/DD/YYYY, "MMM DD, YYYY" or serial, got "${format}"`,
    );
  }
  const source = format
    .trim()
    .replaceAll(
      /YYYY|MMM|MM|DD|\s+|[\^$\\.*+?()[\]{}|/]/g,
      (part) => PARTS[part] ?? (part.trim() === "" ? "\\s+" : `\\${part}`),
    );
  const pattern = new RegExp(`^${source}${TIME}$`, "iu");
  return (text) => readDate(text) ?? read(pattern, text.trim());
}

function read(pattern: RegExp, text: string): Instant | null {
  const { year = "", month, name, day = "", time = "0:00", half } = pattern.exec(text)?.groups ?? {};
  const number = name === undefined ? Number(month) : MONTHS.indexOf(name.toLowerCase()) + 1;
  const [hour = 0, minute = "00", second = "00"] = time.split(":");
  const noon = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  return readDate(`${year}-${two(number)}-${two(Number(day))} ${two(noon)}:${minute}:${second}`);
}

const two = (n: number): string => String(n).padStart(2, "0");

/** Day 0 is the last but one of 1899; before March 1900 the count is off, and of no interest. */
function serial(text: string): Instant | null {
  const days = /^\d{5}(?:[.,]\d+)?$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : null;
  return days === null ? null : Math.round(Date.UTC(1899, 11, 30) + days * DAY);
}
