/** Baseline: what the two tables say of people and their calls that wait, under keys of a few bytes, without any index. */
import { DatabaseSync } from "node:sqlite";

const [, , path = "", bare = ""] = process.argv;
const db = new DatabaseSync(bare);
db.prepare("attach ? as kept").run(path);
db.exec(
  `begin;
   create table contacts as select 1 as file, position, name, phone_number, email, company, do_not_call, variables, time_zone, place,
     consent from kept.csv_contacts;
   create table calls as select position, 1 as campaign, position as contact, phone_number, contact_name, contact_email, status,
     created_at, updated_at, variables, attempts_spent, attempts_free, place, next_attempt_at from kept.campaign_calls order by position;
   commit`,
);
db.close();
