/** The audit log for scripts. */
import type { Violation } from "../domain/calls/dial-proof.ts";
import type { AuditEntry } from "../engine/ports/index.ts";
import { iso } from "./calls.ts";

export const auditJson = (entry: AuditEntry) => ({
  seq: entry.seq,
  at: iso(entry.at),
  actor: entry.actor,
  user_id: entry.userId,
  action: entry.action,
  campaign_id: entry.campaignId,
  call_id: entry.callId,
  attempt_id: entry.attemptId,
  subject: entry.subject,
  before: said(entry.before),
  after: said(entry.after),
});

const said = (text: string | null): unknown => (text === null ? null : (JSON.parse(text) as unknown));

export const violationJson = ({ breach, callId, attemptId, campaignId, words }: Violation) => ({
  breach,
  call_id: callId,
  attempt_id: attemptId,
  campaign_id: campaignId,
  words,
});
