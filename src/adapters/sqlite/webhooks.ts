/** What LiveKit and the carrier tell by themselves. Each function runs inside one transaction. */
import type { Instant } from "../../domain/time/instant.ts";
import type { News, Webhook, WebhookSender } from "../../engine/ports/index.ts";
import { iso } from "../columns.ts";
import { sinceThen, toldOf, webhookValues } from "../webhook-rows.ts";
import { hangUps } from "./attempts.ts";
import type { Database } from "./database.ts";
import { MY_CALL, NOT_ERASED } from "./sql.ts";

export function hear(db: Database, webhook: Webhook, at: Instant): "stored" | "known" | "unknown" {
  const { attemptId } = webhook;
  const known = db.get(
    `select 1 from call_attempts a join campaign_calls k on k.id = a.call_id where a.id = :attemptId and ${NOT_ERASED} and ${MY_CALL}`,
    { attemptId, owner: db.owner },
  );
  if (known === undefined) return "unknown";
  const values = { attempt_id: attemptId, heard_at: iso(at), ...webhookValues(webhook) };
  const columns = Object.keys(values);
  const written = db.run(
    `insert into webhooks_heard (${columns.join(", ")}) values (${columns.map((name) => `:${name}`).join(", ")})
     on conflict (attempt_id, event) do update set ${columns.map((name) => `${name} = excluded.${name}`).join(", ")}
     where (excluded.sent_at, excluded.event_id) > (webhooks_heard.sent_at, webhooks_heard.event_id)`,
    db.vault.seal(values),
  );
  return written > 0 ? "stored" : "known";
}

export function heardFrom(db: Database, sender: WebhookSender, at: Instant): void {
  db.run(
    `insert into webhook_senders (sender, heard_at) values (:sender, :at)
     on conflict (sender) do update set heard_at = excluded.heard_at where excluded.heard_at > heard_at`,
    { sender, at: iso(at) },
  );
}

export function webhookSenders(db: Database, at: Instant): Partial<Record<WebhookSender, number>> {
  const rows = db.all("select sender, heard_at from webhook_senders");
  return Object.fromEntries(
    rows.map(({ sender, heard_at: heard }) => [sender, sinceThen(at - Date.parse(String(heard)))]),
  );
}

export function attemptOfCarrier(db: Database, sid: string): string | null {
  const row = db.get(
    `select a.id from call_attempts a join campaign_calls k on k.id = a.call_id
     where a.call_sid = :sid and ${MY_CALL} order by a.claimed_at desc limit 1`,
    { sid, owner: db.owner },
  );
  return row === undefined ? null : String(row["id"]);
}

export function news(db: Database, attempts: readonly string[], campaigns: readonly string[], at: Instant): News {
  const told = db
    .all(
      `select w.* from webhooks_heard w join call_attempts a on a.id = w.attempt_id join campaign_calls k on k.id = a.call_id
       where w.attempt_id in (select value from json_each(:attempts)) and ${MY_CALL} order by w.attempt_id, w.event`,
      { attempts: JSON.stringify(attempts), owner: db.owner },
    )
    .map((row) => toldOf({ ...row, ago: at - Date.parse(String(row["heard_at"])) }));
  return { hangUps: hangUps(db, campaigns), told, heardAgo: webhookSenders(db, at).livekit ?? null };
}
