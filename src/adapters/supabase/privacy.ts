/** All that is stored about one number; its erasure; and what is removed since it is old. */
import { z } from "zod";
import { PERSONAL_TABLES, type PersonalTable } from "../../engine/ports/privacy.ts";
import type { PrivacyStore } from "../../engine/ports/index.ts";
import { instant, iso } from "../columns.ts";
import { shownTo } from "../do-not-call-rows.ts";
import { ERASED_ANSWER } from "../key-rows.ts";
import type { Asking } from "./asking.ts";
import type { Sealer } from "./sealer.ts";

const rows = z.array(z.record(z.string(), z.unknown()));
const personal = z.object(
  Object.fromEntries(PERSONAL_TABLES.map((table) => [table, rows])) as Record<PersonalTable, typeof rows>,
);

const removed = z.object({ rows: z.int(), recordings: z.array(z.string()) });

export const privacyVerbs = (asking: Asking, { call } = asking): PrivacyStore => ({
  personalData: async (phoneNumber) => {
    const answer = await call("personal_data", (sealer) => ({ phone_number: sealer.anyOf(phoneNumber) }));
    const { do_not_call_numbers, ...theirs } = personal.parse(answer);
    return { ...theirs, do_not_call_numbers: do_not_call_numbers.map(shownTo(asking.owner)) };
  },
  erase: async (phoneNumber, at) => {
    const telling = await answersAbout(asking, phoneNumber);
    const request = (sealer: Sealer): object => ({
      phone_number: sealer.equal(phoneNumber),
      answers: telling.map((row) => sealer.row({ ...row, body: ERASED_ANSWER })),
    });
    return z
      .array(z.string())
      .nullable()
      .parse(await call("erase", request, at));
  },
  purge: async (what, before, limit, campaignId) =>
    removed.parse(await call("purge", { what, before: iso(before), limit, campaign_id: campaignId ?? null })),
  outlived: async (at) =>
    z
      .array(z.object({ id: z.string(), name: z.string(), before: instant }))
      .parse(await call("outlived", {}, at))
      .map(({ id: campaignId, ...rest }) => ({ campaignId, ...rest })),
  // PostgreSQL's own: rows that were removed are overwritten by vacuum, and its journal is kept as long as its backups want.
  forget: () => Promise.resolve(true),
  recordingPlaces: async (phoneNumber) =>
    z
      .array(z.string())
      .parse(await call("recording_places", (sealer) => ({ phone_number: sealer.anyOf(phoneNumber) }))),
});

const answers = z.array(z.object({ owner: z.string(), key: z.string(), body: z.string().nullable() }));
const PAGE = 500;

/** Kept answers of the API that tell of somebody. Plain ones, SQL finds by itself. */
async function answersAbout(asking: Asking, number: string): Promise<{ owner: string; key: string }[]> {
  const found: { owner: string; key: string }[] = [];
  if (asking.sealer.isPlain) return found;
  for (let after: { owner: string; key: string } | null = null; ;) {
    const from: typeof after = after;
    const page: z.output<typeof answers> = answers.parse(
      await asking.call("kept_answers", (sealer) => ({
        ...(from && { after: { ...from, key: sealer.equal(from.key) } }),
        limit: PAGE,
      })),
    );
    found.push(...page.flatMap(({ owner, key, body }) => (body?.includes(number) ? [{ owner, key }] : [])));
    if (page.length < PAGE) return found;
    after = page.at(-1) ?? null;
  }
}
