/** Requests that must not be acted on twice: who has the key, and what was answered. */
import { DAY, type Instant } from "../../domain/time/instant.ts";
import type { KeptAnswer, KeyClaim } from "../../engine/ports/index.ts";
import { keyClaimOf } from "../key-rows.ts";
import { iso } from "../columns.ts";
import type { Database } from "./database.ts";
import { insert } from "./sql.ts";

export function claimKey(db: Database, key: string, claim: string, at: Instant): KeyClaim {
  const owner = db.owner ?? "";
  db.run("delete from request_keys where created_at < :day_ago", { day_ago: iso(at - DAY) });
  insert(db, "request_keys", { owner, key, claim, created_at: iso(at) }, "ignore");
  const asked = { owner, key: db.vault.equal(key) };
  const row = db.get("select * from request_keys where owner = :owner and key = :key", asked);
  return keyClaimOf(row ?? {}, claim);
}

export function answerKey(db: Database, key: string, claim: string, { request, status, body }: KeptAnswer): void {
  const owner = db.owner ?? "";
  const sealed = db.vault.seal({ owner, key, request, body });
  db.run(
    `update request_keys set request = :request, status = :status, body = :body
     where owner = :owner and key = :key and claim = :claim`,
    { ...sealed, claim, status },
  );
}
