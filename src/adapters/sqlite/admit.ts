/** Takes in what somebody else has written into the tables of running campaigns. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { readCall } from "../call-rows.ts";
import { iso } from "../columns.ts";
import { isDialable, placeOfContact, placeOfNumber } from "../strangers.ts";
import { listCampaigns, startCalls } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { endCall } from "./due.ts";
import { placeContacts, unplacedContacts } from "./sources.ts";

export function admit(db: Database, at: Instant): void {
  for (const campaign of listCampaigns(db, "running")) {
    const fresh = db.get("select 1 from campaigns where id = :id and copied_at is null", { id: campaign.id });
    if (fresh !== undefined) begin(db, campaign, at);
    admitCalls(db, campaign.id, at);
    endLost(db, campaign.id, at);
  }
}

const BATCH = 1000;

/** It was only set to running. */
function begin(db: Database, campaign: Campaign, at: Instant): void {
  for (;;) {
    const contacts = unplacedContacts(db, campaign.source, BATCH);
    if (contacts.length === 0) break;
    const places = contacts.map((contact) => ({ key: contact.key, place: placeOfContact(contact) }));
    placeContacts(db, campaign.source, places);
  }
  startCalls(db, campaign, at);
}

function admitCalls(db: Database, campaign: string, at: Instant): void {
  const rows = db.all(
    `select * from campaign_calls where campaign_id = :campaign and status = 'pending' and attempt_id is null
       and (place = '' or next_attempt_at is null or next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*')`,
    { campaign },
  );
  for (const row of rows) {
    const { call } = readCall(row);
    const number = call.contact.phoneNumber;
    if (!isDialable(number)) endCall(db, call, "invalid_number", at);
    else {
      db.run("update campaign_calls set place = :place, next_attempt_at = :due, updated_at = :at where id = :id", {
        id: call.id,
        place: call.place === "" ? placeOfNumber(number) : call.place,
        due: iso(call.nextAttemptAt ?? at),
        at: iso(at),
      });
    }
  }
}

/** Said to be under way, but by no attempt of ours: whether a phone rang, nobody can know. */
function endLost(db: Database, campaign: string, at: Instant): void {
  const rows = db.all(
    `select * from campaign_calls k where campaign_id = :campaign and status in ('calling', 'answered')
       and not exists (select 1 from call_attempts a where a.call_id = k.id and a.state <> 'ended')`,
    { campaign },
  );
  for (const row of rows) endCall(db, { ...readCall(row).call, attemptId: null }, "lost", at);
}
