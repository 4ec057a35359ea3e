/** Campaigns: what was decided about them, said anew; and gone. */
import type { Campaign, CampaignSettings } from "../../domain/calls/campaign.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { changedColumns } from "../campaign-rows.ts";
import { iso } from "../columns.ts";
import { findCampaign } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { MINE, update } from "./sql.ts";

export function changeCampaign(db: Database, before: Campaign, after: CampaignSettings, at: Instant): Campaign | null {
  const { id } = before;
  const open = db.get(
    `select 1 from campaigns where id = :id and execution_status in ('idle', 'paused', 'error') and ${MINE}`,
    { id, owner: db.owner },
  );
  if (open === undefined) return null;
  update(db, "campaigns", { ...changedColumns(before, after, JSON.stringify), id, updated_at: iso(at) });
  return findCampaign(db, id);
}

export function deleteCampaign(db: Database, id: string): boolean {
  const file = db.get(`select csv_file_id from campaigns where id = :id and ${MINE}`, { id, owner: db.owner });
  const deleted = db.run(
    `delete from campaigns where id = :id and ${MINE} and execution_status <> 'running' and dials = 0
       and not exists (select 1 from call_attempts where campaign_id = :id)`,
    { id, owner: db.owner },
  );
  if (deleted === 0) return false;
  db.run(`delete from csv_files where id = :file and not exists (select 1 from campaigns where csv_file_id = :file)`, {
    file: file?.["csv_file_id"] ?? null,
  });
  return true;
}
