/** `{{city}}` in a prompt: the file has to have it, or the agent would read out a pair of braces. */
import type { ImportReport, NewContact } from "../../domain/calls/contact.ts";
import { Misused } from "../errors.ts";
import type { ContactFeed } from "./contacts.ts";

/** The same contacts. Throws Misused, as soon as the columns are known, for a name in the prompt that none of them has. */
export function withPlaceholders(feed: ContactFeed, prompt: string | null): ContactFeed {
  const { report } = feed;
  const names = placeholders(prompt ?? "");
  if (report === undefined || names.length === 0) return feed;
  return { ...feed, batches: checked(feed.batches, report, names) };
}

const placeholders = (prompt: string): string[] => [
  ...new Set([...prompt.matchAll(/\{\{\s*([^{}]+?)\s*\}\}/g)].map(([, name = ""]) => name)),
];

async function* checked(
  batches: AsyncIterable<readonly NewContact[]>,
  report: ImportReport,
  names: readonly string[],
): AsyncGenerator<readonly NewContact[]> {
  for await (const batch of batches) {
    refuseUnknown(report, names);
    yield batch;
  }
  refuseUnknown(report, names);
  for (const name of names) {
    const empty = Object.hasOwn(report.empty, name) ? report.empty[name] : 0;
    if (empty)
      report.notes.push(`{{${name}}} of the prompt is empty for ${empty.toLocaleString("en")} of the contacts`);
  }
}

function refuseUnknown({ columns }: ImportReport, names: readonly string[]): void {
  const unknown = names.find((name) => !columns.includes(name));
  if (unknown === undefined) return;
  throw new Misused("prompt", `prompt: expected a column for {{${unknown}}}, found none of that name`, {
    hint: `the file has ${columns.slice(0, 20).join(", ")}`,
  });
}
