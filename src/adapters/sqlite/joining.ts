/** A file joins a campaign: contacts that are new to it are added, nobody is taken away. */
import type { Instant } from "../../domain/time/instant.ts";
import { Refused } from "../../engine/errors.ts";
import type { JoinedFile } from "../../engine/ports/index.ts";
import { findCampaign, startCalls } from "./campaigns.ts";
import { endMarked, refuseForeign } from "./contacts.ts";
import type { Database } from "./database.ts";
import { MINE } from "./sql.ts";
import { keepConsents } from "./suppression.ts";

export function joinContactFile(
  db: Database,
  file: string,
  campaignId: string,
  at: Instant,
  dry: boolean,
): JoinedFile | null {
  refuseForeign(db, { kind: "csv_file", id: file });
  const row = db.get(
    `select csv_file_id as own, copied_at from campaigns k where id = :id and ${MINE} and contact_source = 'csv_file' and csv_file_id is not null
       and (:dry or (execution_status <> 'completed'
         and not exists (select 1 from campaigns o where o.csv_file_id = k.csv_file_id and o.id <> k.id)))`,
    { id: campaignId, owner: db.owner, dry: dry ? 1 : 0 },
  );
  const campaign = findCampaign(db, campaignId);
  if (row === undefined || campaign === null) return null;
  // Numbers that are sealed with the key before would not be known, and be dialed twice.
  if (db.vault.before !== undefined) {
    throw new Refused("rekeying", "cannot compare contacts while the database goes over to another key", {
      hint: "campaigns keys status says how far it is; finish that first",
    });
  }
  const files = { file, own: String(row["own"]) };
  const found = compare(db, files);
  if (dry) return found;

  keepConsents(db, { kind: "csv_file", id: file });
  if (found.marked > 0) {
    mark(db, files);
    endMarked(db, file, "id", campaignId, at);
  }
  const last = db.get("select max(position) as n from csv_contacts where csv_file_id = :own", { own: files.own })?.[
    "n"
  ];
  db.run(
    `insert into csv_contacts
       (csv_file_id, position, name, phone_number, email, company, do_not_call, variables, time_zone, place, consent)
     select :own, position + cast(:last as integer), name, phone_number, email, company, do_not_call,
            iif(variables glob '~*', rebound(variables, phone_number, id, :own || '-' || (position + cast(:last as integer))), variables),
            time_zone, place, consent
     from csv_contacts where csv_file_id = :file
       and phone_number not in (select phone_number from csv_contacts where csv_file_id = :own)
     order by position`,
    { ...files, last: Number(last ?? 0) },
  );
  db.run(
    `update csv_files set processed_contacts = n, total_contacts = n
     from (select count(*) as n from csv_contacts where csv_file_id = :own) where id = :own`,
    { own: files.own },
  );
  if (row["copied_at"] !== null) {
    db.run("update campaigns set skipped = skipped + :added where id = :id", { id: campaignId, added: found.added });
    startCalls(db, campaign, at);
  }
  return found;
}

interface Files {
  readonly [name: string]: string;
  readonly file: string;
  readonly own: string;
}

function compare(db: Database, files: Files): JoinedFile {
  const differs = [
    ...["name", "email", "company", "time_zone"].map((column) => `k.${column} is not s.${column}`),
    // No two texts are sealed alike. What says the same in plain need not be read, of which SQLite would keep each until the end.
    "k.variables is not s.variables and unsealed(k.variables, k.phone_number, k.id) is not unsealed(s.variables, s.phone_number, s.id)",
    "k.consent is not s.consent and consented(k.consent, k.phone_number) is not consented(s.consent, s.phone_number)",
  ].join(" or ");
  // By itself, so that SQLite makes an index of it: it has none by number, and would be read once for each row.
  const row = db.get(
    `with k as materialized (select * from csv_contacts where csv_file_id = :own)
     select count(*) - count(k.position) as added, count(k.position) as known,
            coalesce(sum(k.position is not null and (${differs})), 0) as differing,
            coalesce(sum(k.do_not_call = 0 and s.do_not_call = 1), 0) as marked,
            (select count(*) from csv_contacts where csv_file_id = :own
               and phone_number not in (select phone_number from csv_contacts where csv_file_id = :file)) as missing
     from csv_contacts s left join k on k.phone_number = s.phone_number
     where s.csv_file_id = :file`,
    files,
  );
  const count = (name: keyof JoinedFile): number => Number(row?.[name]);
  return {
    added: count("added"),
    known: count("known"),
    differing: count("differing"),
    marked: count("marked"),
    missing: count("missing"),
  };
}

const mark = (db: Database, files: Files): number =>
  db.run(
    `update csv_contacts set do_not_call = 1 where csv_file_id = :own and do_not_call = 0 and phone_number in
       (select phone_number from csv_contacts where csv_file_id = :file and do_not_call = 1)`,
    files,
  );
