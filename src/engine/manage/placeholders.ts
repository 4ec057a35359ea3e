/** `{{city}}` in a prompt: the contacts have to have it, or the agent would read out a pair of braces. */
import type { ImportReport, NewContact } from "../../domain/calls/contact.ts";
import { Misused } from "../errors.ts";
import type { ContactList, Store } from "../ports/index.ts";
import type { ContactFeed } from "./contacts.ts";

/** The same contacts. Throws Misused, as soon as the columns are known, for a name in the prompt that none of them has. */
export function withPlaceholders(feed: ContactFeed, prompt: string | null): ContactFeed {
  const { report } = feed;
  const names = placeholders(prompt ?? "");
  if (report === undefined || names.length === 0) return feed;
  return { ...feed, batches: checked(feed.batches, report, names) };
}

/** What is worth a note about a prompt for a list. Throws Misused for a name in it that no contact of the list has. */
export async function placeholdersOfList(store: Store, list: ContactList, prompt: string | null): Promise<string[]> {
  const names = placeholders(prompt ?? "");
  if (names.length === 0) return [];
  const callable = list.contacts - list.suppressed;
  const filled = new Map([["phone_number", callable], ...(await store.listVariables(list.id))]);
  refuseUnknown([...filled.keys()], names, "list");
  return names.flatMap((name) => emptyNote(name, callable - (filled.get(name) ?? 0)));
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
    refuseUnknown(report.columns, names, "file");
    yield batch;
  }
  refuseUnknown(report.columns, names, "file");
  for (const name of names) {
    report.notes.push(...emptyNote(name, Object.hasOwn(report.empty, name) ? (report.empty[name] ?? 0) : 0));
  }
}

const emptyNote = (name: string, n: number): string[] =>
  n > 0 ? [`{{${name}}} of the prompt is empty for ${n.toLocaleString("en")} of the contacts`] : [];

function refuseUnknown(columns: readonly string[], names: readonly string[], source: "file" | "list"): void {
  const unknown = names.find((name) => !columns.includes(name));
  if (unknown === undefined) return;
  throw new Misused("prompt", `prompt: expected a column for {{${unknown}}}, found none of that name`, {
    hint: `the ${source} has ${columns.slice(0, 20).join(", ")}`,
  });
}
