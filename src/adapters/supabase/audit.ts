/** The audit log, which triggers write: see 0010_privacy.sql. */
import { z } from "zod";
import type { AuditStore } from "../../engine/ports/index.ts";
import { SETTINGS_ENTRIES } from "../../engine/ports/audit.ts";
import { dialOf, entryOf, headOf, historyOf, sealedOf, versionsOf } from "../audit-rows.ts";
import { iso, type Row } from "../columns.ts";
import { done, rawRows, rowsOf, yes } from "./answers.ts";
import type { Asking } from "./asking.ts";
import { forNumber } from "./prefixes.ts";
import type { Sealer } from "./sealer.ts";

const unsealed = z.object({
  head: z.record(z.string(), z.unknown()).nullable(),
  entries: z.array(z.record(z.string(), z.unknown())),
});

const entries = z.array(z.unknown());

/** Rows in one answer. */
const PAGE = 1_000;

export const auditVerbs = ({ call, sealer: expected }: Asking): AuditStore => ({
  recordAudit: async ({ action, campaignId, callId, phoneNumber, after }) => {
    const about = { campaign_id: campaignId ?? null, call_id: callId ?? null };
    const told = { action, ...about, after: after ?? null };
    const request = (sealer: Sealer): object => ({
      ...told,
      phone_number: phoneNumber ? sealer.equal(phoneNumber) : null,
    });
    done(await call("record_audit", request));
  },
  auditEntries: async ({ since, campaignId, phoneNumber, dials = false, before, limit }) =>
    rowsOf(entryOf)(
      await call("audit_entries", (sealer) => ({
        since: since === undefined ? null : iso(since),
        campaign_id: campaignId ?? null,
        phone_number: phoneNumber === undefined ? null : sealer.anyOf(phoneNumber),
        before: before ?? null,
        dials,
        limit,
      })),
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
  auditedDials: async (after, limit) => {
    const dials = rawRows(await call("audited_dials", { after, limit }));
    if (expected.isPlain || dials.length === 0) return dials.map(dialOf);
    // How a sealed number begins, SQL cannot tell: entries of prefixes are found here, those that have run out too.
    const listed = rawRows(await call("do_not_call", { phone_number: [], prefixes: true }, 0));
    return dials.map((dial) =>
      dialOf({
        ...dial,
        entries: [...entries.parse(dial["entries"]), ...listed.filter(forNumber(String(dial["phone_number"])))],
      }),
    );
  },
});
