/** The audit log, which triggers write: see 0010_privacy.sql. */
import { z } from "zod";
import type { AuditStore } from "../../engine/ports/index.ts";
import { SETTINGS_ENTRIES } from "../../engine/ports/audit.ts";
import { dialOf, entryOf, headOf, historyOf, sealedOf, versionsOf } from "../audit-rows.ts";
import { iso, type Row } from "../columns.ts";
import { rowsOf, yes } from "./answers.ts";
import type { Rpc } from "./rpc.ts";

const unsealed = z.object({
  head: z.record(z.string(), z.unknown()).nullable(),
  entries: z.array(z.record(z.string(), z.unknown())),
});

/** Rows in one answer. */
const PAGE = 1_000;

export const auditVerbs = (call: Rpc["call"]): AuditStore => ({
  recordAudit: async ({ action, campaignId, callId, phoneNumber, after }) => {
    const about = { campaign_id: campaignId ?? null, call_id: callId ?? null, phone_number: phoneNumber ?? null };
    await call("record_audit", { action, ...about, after: after ?? null });
  },
  auditEntries: async ({ since, campaignId, phoneNumber, dials = false, before, limit }) =>
    rowsOf(entryOf)(
      await call("audit_entries", {
        since: since === undefined ? null : iso(since),
        campaign_id: campaignId ?? null,
        phone_number: phoneNumber ?? null,
        before: before ?? null,
        dials,
        limit,
      }),
    ),
  unsealedAudit: async (limit) => {
    const { head, entries } = unsealed.parse(await call("unsealed_audit", { limit }));
    return { head: head && headOf(head), entries: entries.map(entryOf) };
  },
  sealAudit: async (after, seals) => yes(await call("seal_audit", { after, seals })),
  sealedAudit: async (after, limit) => rowsOf(sealedOf)(await call("sealed_audit", { after, limit })),
  auditHistory: async (after, limit, actions) =>
    rowsOf(historyOf)(await call("audit_history", { after, limit, actions })),
  campaignVersions: async () => {
    const rows: Row[] = [];
    for (let after = 0; ;) {
      const page = rowsOf((row) => row)(await call("audit_history", { after, limit: PAGE, actions: SETTINGS_ENTRIES }));
      rows.push(...page);
      if (page.length < PAGE) return versionsOf(rows);
      after = entryOf(page.at(-1) ?? {}).seq;
    }
  },
  auditedDials: async (after, limit) => rowsOf(dialOf)(await call("audited_dials", { after, limit })),
});
