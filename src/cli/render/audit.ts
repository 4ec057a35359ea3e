/** The audit log as text. */
import type { CallReport } from "../../engine/manage/call-proof.ts";
import type { AuditEntry } from "../../engine/ports/index.ts";
import { when } from "../../domain/time/when.ts";
import type { Lines } from "../lines.ts";
import { count } from "./contacts.ts";
import { table } from "./table.ts";

/** `entries`: the oldest first. `names`: of campaigns, by id. */
export function auditText(entries: readonly AuditEntry[], names: ReadonlyMap<string, string>, zone: string): Lines {
  if (entries.length === 0) return ["nothing was done, as far as the log knows"];
  return table([
    ["WHEN", "WHO", "WHAT", "CAMPAIGN", "DETAILS"],
    ...entries.map((entry) => [
      when(entry.at, zone),
      entry.actor ?? "another program",
      entry.action,
      entry.campaignId === null ? "" : (names.get(entry.campaignId) ?? entry.campaignId),
      detailsOf(entry),
    ]),
  ]);
}

type Said = Readonly<Record<string, unknown>>;
const said = (text: string | null): Said => (text === null ? {} : (JSON.parse(text) as Said));

/** The settings of a new campaign are the campaign's to show. */
const LONG = ["campaign.created", "campaign.known"];

function detailsOf({ action, before, after, callId }: AuditEntry): string {
  const [was, is] = [said(before), said(after)];
  const changes = LONG.includes(action)
    ? []
    : [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) => {
        const [old, now] = [was[key], is[key]].map((value) => (value === undefined ? "" : spelled(value)));
        if (old === now) return [];
        if (before !== null && after !== null && key in was) return [`${key} ${old} → ${now}`];
        const only = (now === "" ? old : now) ?? "";
        return ["", "none", "0", "false"].includes(only) ? [] : [`${key} ${only}`];
      });
  return [...changes, ...(callId === null ? [] : [`call ${callId}`])].join(", ");
}

const spelled = (value: unknown): string =>
  value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value);

export const proofText = ({ dials, unlogged, violations }: CallReport): Lines => [
  ...violations.map(
    ({ breach, words, callId, attemptId }) => `${breach}: ${words} (call ${callId}, attempt ${attemptId})`,
  ),
  violations.length === 0
    ? `${count(dials, "dial")}, each of them allowed when it left`
    : `${count(violations.length, "violation")} in ${count(dials, "dial")}`,
  ...(unlogged === 0
    ? []
    : [
        `${unlogged.toLocaleString("en")} dials are in no log, and nothing is said of them: they are older than it, or came from another store`,
      ]),
];
