/** Consents, and which contacts may be called at all. */
import { type ConsentRecord, revokedSince } from "../../domain/calls/consent.ts";
import type { Campaign, ContactSource } from "../../domain/calls/campaign.ts";
import { DAY, type Instant } from "../../domain/time/instant.ts";
import { iso } from "../columns.ts";
import type { DoNotCallEntry, OpenPlace } from "../../engine/ports/index.ts";
import { consentOf, consentValues, revocation } from "../suppression-rows.ts";
import type { Database } from "./database.ts";
import { doNotCall, onDoNotCallList } from "./do-not-call.ts";
import { inBulk } from "./audit.ts";
import { contactTable, insert, MINE, numbersOf, OF_NUMBER } from "./sql.ts";

export function addConsents(db: Database, consents: readonly ConsentRecord[]): number {
  let added = 0;
  for (const consent of consents) {
    added += insert(db, "consents", { ...consentValues(consent), user_id: db.owner }, "ignore");
  }
  return added;
}

/** What a file or list says of consent; without a date it says nothing that could be shown. */
export function keepConsents(db: Database, source: ContactSource): void {
  const { table, key } = contactTable(source);
  const last = (): number => Number(db.get("select max(id) as id from consents")?.["id"] ?? 0);
  const before = last();
  const keep = (): number =>
    db.run(
      `insert or ignore into consents (user_id, phone_number, channel, purpose, level, expires_at, granted_at, source, proof)
     select :owner, phone_number, 'ai_voice', coalesce(consent ->> '$.purpose', 'marketing'),
            coalesce(consent ->> '$.level', 'express'),
            strftime('%Y-%m-%dT%H:%M:%fZ', (consent ->> '$.expiresAt') / 1000.0, 'unixepoch'),
            strftime('%Y-%m-%dT%H:%M:%fZ', (consent ->> '$.grantedAt') / 1000.0, 'unixepoch'),
            coalesce(consent ->> '$.source', 'import'), consent ->> '$.proof'
     from ${table} where ${key} = :source and consent ->> '$.grantedAt' is not null`,
      { owner: db.owner, source: source.id },
    );
  inBulk(db, keep, (added) =>
    added === 0 ? null : { action: "consent.imported", after: { first: before + 1, last: last(), added } },
  );
}

/** A revocation without a consent before it is kept as well: an older consent that comes later is revoked by it. */
export function revokeConsents(db: Database, phoneNumber: string, at: Instant): number {
  const revoked = db.run(`update consents set revoked_at = :at where ${OF_NUMBER} and revoked_at is null and ${MINE}`, {
    numbers: numbersOf(db, phoneNumber),
    at: iso(at),
    owner: db.owner,
  });
  const said = { channel: "ai_voice", purpose: "marketing", level: "express", source: "revocation" } as const;
  const times = { grantedAt: at, expiresAt: null, revokedAt: at };
  addConsents(db, [{ ...said, ...times, phoneNumber, proof: null }]);
  return revoked;
}

export const consentsOf = (db: Database, phoneNumber: string): ConsentRecord[] =>
  db
    .all(`select * from consents where ${OF_NUMBER} and ${MINE} order by granted_at, id`, {
      numbers: numbersOf(db, phoneNumber),
      owner: db.owner,
    })
    .map(consentOf);

/** Given or said to the owner, or to the installation; another owner's consents and revocations are nobody else's. */
const toOwner = (row: string, owner: string): string => `coalesce(${row}.user_id = ${owner}, true)`;
const OWNER_OF_CAMPAIGN = "(select user_id from campaigns where id = :campaign)";

/** Has the number `n` a consent that holds at `:at` for the owner of `:campaign`? domain/calls/consent.ts says what that takes. */
export const hasConsent = (n: string, enough = "true"): string => `exists (
  select 1 from consents s where s.phone_number = ${n} and s.proof is not null and s.granted_at <= :at
    and (s.expires_at is null or s.expires_at > :at) and ${toOwner("s", OWNER_OF_CAMPAIGN)}
    and s.purpose = (select consent_purpose from campaigns where id = :campaign) and ${enough}
    and not exists (select 1 from consents r where r.phone_number = ${n} and r.revoked_at >= s.granted_at
                    and r.revoked_at <= :at and ${toOwner("r", OWNER_OF_CAMPAIGN)}))`;

/** Is the consent `s` what the rules of a place ask for? Wants `:asked`, as askedOf spells it. */
export const isEnough = (place: string): string => `not exists (
  select 1 from json_each(:asked) w where w.value ->> '$.place' = ${place}
    and (s.granted_at <= w.value ->> '$.since'
         or not exists (select 1 from json_each(w.value -> '$.levels') l where l.value = s.level)))`;

export const askedOf = (open: readonly Pick<OpenPlace, "place" | "consent">[], at: Instant): string =>
  JSON.stringify(
    open.flatMap(({ place, consent }) => {
      if (consent === undefined) return [];
      const { levels, maxDays } = consent;
      return [{ place, levels, since: maxDays === null ? "" : iso(at - maxDays * DAY) }];
    }),
  );

/** Was the consent of `n` revoked, and not given again since with a proof? Wants `:at`, and `:campaign` unless told the owner. */
export const isRevoked = (n: string, owner = OWNER_OF_CAMPAIGN): string => `exists (
  select 1 from consents r where r.phone_number = ${n} and r.revoked_at <= :at and ${toOwner("r", owner)}
    and not exists (select 1 from consents s where s.phone_number = ${n} and s.proof is not null
                    and s.granted_at > r.revoked_at and s.granted_at <= :at and ${toOwner("s", owner)}))`;

/**
 * Is the contact of the call `k` marked do-not-call in its list or file, whenever that was written? Left to itself SQLite reads
 * the whole file for it, row by row.
 */
export const isMarked = (k: string): string => `exists (
  select 1 from campaigns m join contacts x on x.contact_list_id = m.contact_list_id
  where m.id = ${k}.campaign_id and x.phone_number = ${k}.phone_number and x.do_not_call <> 0
  union all
  select 1 from campaigns m join csv_contacts x on x.csv_file_id = m.csv_file_id
  where m.id = ${k}.campaign_id and x.position = cast(substr(${k}.contact_id, length(m.csv_file_id) + 2) as integer)
    and x.do_not_call <> 0
  union all
  select 1 from campaigns m join csv_contacts x indexed by csv_contacts_marked on x.csv_file_id = m.csv_file_id
  where m.id = ${k}.campaign_id and x.phone_number = ${k}.phone_number and x.do_not_call <> 0)`;

/** Spelled in E.164, as far as SQL can tell; or sealed, as what was. */
export const isSpelled = (n: string): string =>
  `(${n} glob '+[1-9]*' and length(${n}) between 8 and 16 and substr(${n}, 2) not glob '*[^0-9]*' or ${n} glob '~????????~*')`;

/** Contacts of `c` that become calls, as startCalls copies them; wants `:at` and `:campaign`. */
export const callable = ({ requireConsent }: Campaign): string =>
  `c.do_not_call = 0 and ${isSpelled("c.phone_number")} and not ${onDoNotCallList("c.phone_number")} and not ${isRevoked("c.phone_number")}` +
  (requireConsent ? ` and ${hasConsent("c.phone_number")}` : "");

/** Everything that forbids a call to the number: entries of the list, and a consent that was revoked. */
export function forbidden(db: Database, phoneNumber: string, at: Instant): DoNotCallEntry[] {
  const since = revokedSince(consentsOf(db, phoneNumber), at);
  const entries = doNotCall(db, phoneNumber, at);
  return since === null ? entries : [...entries, revocation(phoneNumber, since)];
}
