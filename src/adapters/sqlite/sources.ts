/** Where a campaign's contacts come from: where they are, and what would become of them. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import { prefixOf } from "../../domain/calls/prices.ts";
import type { ContactSource } from "../../domain/calls/campaign.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { ConsentsAsked, LeftOut, Preview, UnplacedContact } from "../../engine/ports/index.ts";
import { iso } from "../columns.ts";
import { askedAt } from "../suppression-rows.ts";
import type { Database } from "./database.ts";
import { onDoNotCallList } from "./do-not-call.ts";
import { askedOf, callable, hasConsent, isEnough, isSpelled } from "./suppression.ts";
import { findCampaign } from "./campaigns.ts";
import { refuseForeign } from "./contacts.ts";
import { contactTable } from "./sql.ts";

export function unplacedContacts(db: Database, source: ContactSource, limit: number): UnplacedContact[] {
  refuseForeign(db, source);
  const { table, key } = contactTable(source);
  return db
    .all(
      `select position, phone_number, time_zone from ${table} where ${key} = :source and place is null limit :limit`,
      { source: source.id, limit },
    )
    .map((row) => ({
      key: String(row["position"]),
      phoneNumber: String(row["phone_number"]),
      timeZone: row["time_zone"] === null ? null : String(row["time_zone"]),
    }));
}

export function placeContacts(
  db: Database,
  source: ContactSource,
  places: readonly { readonly key: string; readonly place: string }[],
): void {
  refuseForeign(db, source);
  const { table, key } = contactTable(source);
  db.runEach(
    `update ${table} set place = ? where ${key} = ? and position = ?`,
    places.map(({ key: position, place }) => [place, source.id, Number(position)]),
  );
}

export function preview(db: Database, id: string, at: Instant, asked?: ConsentsAsked): Preview {
  const given = previewOf(db, id, at);
  return asked === undefined ? given : { ...given, lackingConsent: lackingConsent(db, id, at, given, asked) };
}

export function contactsByPrefix(db: Database, id: string, at: Instant): Map<string, number> {
  const counts = new Map<string, number>();
  const campaign = findCampaign(db, id);
  if (campaign?.budget === undefined) return counts;
  const [from, whom, of] = callableOf(campaign);
  const rows = db.each(`select c.phone_number from ${from} c where ${whom} and :at = :at and :campaign = :campaign`, {
    of,
    campaign: id,
    at: iso(at),
  });
  for (const { phone_number: number } of rows) {
    const prefix = prefixOf(campaign.budget.prices, String(number)) ?? "";
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return counts;
}

/** Whom it would call, or calls: the table, the condition, and what `:of` is in it. */
function callableOf(campaign: Campaign): readonly [from: string, whom: string, of: string] {
  const { id, source, status } = campaign;
  const { table, key } = contactTable(source);
  return status === "idle"
    ? [table, `c.${key} = :of and ${callable(campaign)}`, source.id]
    : ["campaign_calls", "c.campaign_id = :of and c.status = 'pending' and c.attempt_id is null", id];
}

/** Those at one of the places who have no consent as it is asked for there. */
function lackingConsent(db: Database, id: string, at: Instant, { callable }: Preview, asks: ConsentsAsked): number {
  const campaign = findCampaign(db, id);
  const asked = askedAt(callable.keys(), asks);
  if (campaign === null || asked.length === 0) return 0;
  if (db.get("select 1 from consents limit 1") === undefined) {
    return asked.reduce((sum, { place }) => sum + (callable.get(place) ?? 0), 0);
  }
  const [from, whom, of] = callableOf(campaign);
  const row = db.get(
    `select count(*) as n from ${from} c
     where ${whom} and c.place in (select w.value ->> '$.place' from json_each(:asked) w)
       and not ${hasConsent("c.phone_number", isEnough("c.place"))}`,
    { of, campaign: id, at: iso(at), asked: askedOf(asked, at) },
  );
  return Number(row?.["n"]);
}

function previewOf(db: Database, id: string, at: Instant): Preview {
  const leftOut: Record<LeftOut, number> = { marked: 0, on_list: 0, no_consent: 0, duplicate: 0, unusable: 0 };
  const campaign = findCampaign(db, id);
  if (campaign === null) return { callable: new Map(), leftOut };
  if (campaign.status !== "idle") {
    const waiting = db.all(
      `select place, count(*) as n from campaign_calls
       where campaign_id = :id and status = 'pending' and attempt_id is null group by place`,
      { id },
    );
    return { callable: new Map(waiting.map((row) => [String(row["place"]), Number(row["n"])])), leftOut };
  }
  const { table, key } = contactTable(campaign.source);
  // One expression, since a million rows are told by it: ` ` and the place, or why not.
  const given = db.all(
    `select case when ${callable(campaign)} then ' ' || coalesce(c.place, '')
                 when not ${isSpelled("c.phone_number")} then 'unusable'
                 when c.do_not_call <> 0 then 'marked'
                 when ${onDoNotCallList("c.phone_number")} then 'on_list'
                 when ${campaign.requireConsent ? `not ${hasConsent("c.phone_number")}` : "false"} then 'no_consent'
                 else 'on_list' end as what,
            count(*) as n
     from ${table} c where c.${key} = :source and :at = :at and :campaign = :campaign group by 1`,
    { source: campaign.source.id, campaign: id, at: iso(at) },
  );
  const places = new Map<string, number>();
  for (const row of given) {
    const [what, n] = [String(row["what"]), Number(row["n"])];
    if (what.startsWith(" ")) places.set(what.slice(1), n);
    else leftOut[what as LeftOut] += n;
  }
  return { callable: places, leftOut };
}
