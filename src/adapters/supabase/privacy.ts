/** All that is stored about one number; its erasure; and what is removed since it is old. */
import { z } from "zod";
import { PERSONAL_TABLES, type PersonalTable } from "../../engine/ports/privacy.ts";
import type { PrivacyStore } from "../../engine/ports/index.ts";
import { instant, iso } from "../columns.ts";
import { number } from "./answers.ts";
import type { Rpc } from "./rpc.ts";

const rows = z.array(z.record(z.string(), z.unknown()));
const personal = z.object(
  Object.fromEntries(PERSONAL_TABLES.map((table) => [table, rows])) as Record<PersonalTable, typeof rows>,
);

export const privacyVerbs = (call: Rpc["call"]): PrivacyStore => ({
  personalData: async (phoneNumber) => personal.parse(await call("personal_data", { phone_number: phoneNumber })),
  erase: async (phoneNumber, at) => z.boolean().parse(await call("erase", { phone_number: phoneNumber }, at)),
  purge: async (what, before, limit, campaignId) =>
    number(await call("purge", { what, before: iso(before), limit, campaign_id: campaignId ?? null })),
  outlived: async (at) =>
    z
      .array(z.object({ id: z.string(), name: z.string(), before: instant }))
      .parse(await call("outlived", {}, at))
      .map(({ id: campaignId, ...rest }) => ({ campaignId, ...rest })),
  // PostgreSQL's own: rows that were removed are overwritten by vacuum, and its journal is kept as long as its backups want.
  forget: () => Promise.resolve(true),
  recordingPlaces: async (of) =>
    z
      .array(z.string())
      .parse(
        await call(
          "recording_places",
          "phoneNumber" in of
            ? { phone_number: of.phoneNumber }
            : { before: iso(of.before), campaign_id: of.campaignId ?? null },
        ),
      ),
});
