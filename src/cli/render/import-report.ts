/** What became of the rows of a file → text. */
import type { ImportReport } from "../../domain/calls/contact.ts";
import { count } from "./contacts.ts";

interface Flags {
  readonly rejects?: string;
  readonly defaultRegion?: string;
}

/** What became of the rows; nothing when there is nothing to say beside "kept". */
export function importText(report: ImportReport, { rejects: rejectsFile, defaultRegion }: Flags): string[] {
  const { read, kept, duplicates, suppressed, unverified, unrounded, undated, rejected, examples, notes } = report;
  const lines = [...notes];
  const wrong = Object.values(rejected).reduce((sum, n) => sum + n, 0);
  if (kept < read) {
    const parts = [
      `${kept.toLocaleString("en")} kept`,
      duplicates > 0 ? count(duplicates, "duplicate") : "",
      suppressed > 0 ? `${suppressed.toLocaleString("en")} do-not-call` : "",
      wrong > 0 ? `${wrong.toLocaleString("en")} rejected` : "",
    ];
    lines.push(`${count(read, "row")} read: ${parts.filter(Boolean).join(", ")}`);
  }
  const reasons = Object.entries(rejected).sort(([, a], [, b]) => b - a);
  for (const [reason, n] of reasons) {
    const known = examples.filter((example) => example.reason === reason);
    const column = known[0]?.column ?? null;
    const where = `${known.length === 1 ? "line" : "lines"} ${known.map(({ line }) => line).join(", ")}`;
    lines.push(
      `  ${n.toLocaleString("en")} × ${reason} (${column === null ? "" : `column ${column}, `}${where}${n > known.length ? ", …" : ""})`,
    );
  }
  if (unrounded > 0) {
    lines.push(
      `${count(unrounded, "number was", "numbers were")} changed by a spreadsheet (.0 at the end): read without it`,
    );
  }
  if (undated > 0) {
    lines.push(
      `${count(undated, "consent has", "consents have")} a date that cannot be read, and ${undated === 1 ? "proves" : "prove"} nothing: --date-format DD.MM.YYYY says how it is written`,
    );
  }
  lines.push(...countriesText(report, defaultRegion));
  if (unverified > 0) {
    lines.push(`${count(unverified, "number is", "numbers are")} possible, but not known to be in use: kept`);
  }
  if (wrong > 0) {
    lines.push(
      rejectsFile === undefined
        ? "(--rejects FILE writes the rejected rows, to be fixed and imported)"
        : `the rejected rows are in ${rejectsFile}: fix them there and import that file`,
    );
  }
  return lines;
}

/** Nothing when all numbers are where they are expected. */
function countriesText({ countries, outside }: ImportReport, defaultRegion: string | undefined): string[] {
  const many = Object.keys(countries).length > 1;
  if (!many && outside === 0) return [];
  const beside = outside === 0 ? "" : `; ${outside.toLocaleString("en")} outside ${defaultRegion?.toUpperCase() ?? ""}`;
  return [`numbers by country: ${byCountry(countries)}${beside}`];
}

/** `120 US, 3 GB, 1 unknown`. */
export const byCountry = (countries: Readonly<Record<string, number>>): string =>
  Object.entries(countries)
    .sort(([, a], [, b]) => b - a)
    .map(([country, n]) => `${n.toLocaleString("en")} ${country === "?" ? "unknown" : country}`)
    .join(", ");
