/** Baseline: the contacts of every file become calls by one insert … select with the same indexes, and nobody is looked up. */
import { DatabaseSync } from "node:sqlite";

const [, , path = ""] = process.argv;
const db = new DatabaseSync(path);
db.exec("pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -64000");
const triggers = db.prepare("select name from sqlite_schema where type = 'trigger' and tbl_name = 'campaign_calls'");
for (const { name } of triggers.all()) db.exec(`drop trigger ${String(name)}`);
db.exec(
  `begin;
   insert into campaign_calls (id, campaign_id, contact_id, phone_number, contact_name, contact_email, variables,
     status, place, next_attempt_at, created_at, updated_at)
   select printf('%024x', c.position), k.id, c.id, c.phone_number, c.name, c.email, c.variables,
     'pending', c.place, k.created_at, k.created_at, k.created_at
   from campaigns k join csv_contacts c on c.csv_file_id = k.csv_file_id where k.name = 'big' order by c.position;
   commit`,
);
db.close();
