/** Contacts, their lists, and what became of the rows of a file → text. */
import type { Consent, NewContact } from "../../domain/calls/contact.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { relative } from "../../domain/time/relative.ts";
import type { KnownContact } from "../../engine/manage/contacts.ts";
import type { ContactList } from "../../engine/ports/index.ts";
import type { Lines } from "../lines.ts";
import { table } from "./table.ts";

export const count = (n: number, one: string, many = `${one}s`): string =>
  `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

export const listsText = (lists: readonly ContactList[], now: Instant, width?: number): Lines =>
  lists.length === 0
    ? "no lists yet; campaigns contacts import makes one"
    : table(
        [
          ["ID", "NAME", "CONTACTS", "DO-NOT-CALL", "CREATED"],
          ...lists.map(({ id, name, contacts, suppressed, createdAt }) => [
            id.slice(0, 8),
            name,
            String(contacts),
            String(suppressed),
            `${day(createdAt)}, ${relative(createdAt, now)}`,
          ]),
        ],
        width,
      );

const day = (at: Instant): string => new Date(at).toISOString().slice(0, 10);

export function contactText({
  phoneNumber,
  onDoNotCallList,
  consents,
  inLists,
  calls,
  waiting,
}: KnownContact): string[] {
  const lines = [
    `${phoneNumber}  ${onDoNotCallList ? "on the do-not-call list: no campaign calls it" : "not on the do-not-call list"}`,
  ];
  for (const consent of consents) {
    const { revokedAt, valid } = consent;
    const state = revokedAt !== null ? `revoked ${day(revokedAt)}` : valid ? "holds" : "allows no call";
    lines.push(`consent  ${consentText(consent)}: ${state}`);
  }
  for (const { list, contact } of inLists) lines.push("", `in list ${list.name}`, ...personText(contact));
  for (const { name } of waiting) lines.push("", `in campaign ${name}, which is not started`);
  if (calls.length > 0) {
    lines.push(
      "",
      ...table([
        ["CAMPAIGN", "STATUS", "REASON", "TRIES", "OUTCOME", "CALL"],
        ...calls.map(({ campaign, call }) => [
          campaign?.name ?? "(single call)",
          call.status,
          call.endReason ?? "",
          String(call.attemptsSpent),
          call.outcome ?? "",
          call.id,
        ]),
      ]),
    );
  }
  return lines;
}

function personText({ name, email, company, doNotCall, timeZone, consent, variables }: NewContact): string[] {
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    ["name", name],
    ["email", email],
    ["company", company],
    ["do-not-call", doNotCall === true ? "yes: this list never calls it" : null],
    ["time zone", timeZone],
    ["consent", consent == null ? "none known" : consentText(consent)],
    ...Object.entries(variables).filter(([key]) => key !== "company"),
  ];
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] != null && fact[1] !== "");
  return table(known.map(([key, value]) => [`  ${key}`, value]));
}

const consentText = ({ grantedAt, source, proof }: Pick<Consent, "grantedAt" | "source" | "proof">): string =>
  [
    grantedAt === null ? "no date" : day(grantedAt),
    source === null ? "no source" : `by ${source}`,
    proof === null ? "no proof" : `proof: ${proof}`,
  ].join(", ");
