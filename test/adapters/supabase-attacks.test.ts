/** What a signed-in user, and somebody who is not, tried over SQL and HTTP to get at another owner's rows. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Postgres } from "../support/postgres.ts";
import { type Role, SignedIn } from "../support/signed-in.ts";
import { SupabaseProject } from "../support/supabase.ts";

const [alice, bob] = [randomUUID(), randomUUID()];
const [list, file, campaign, call, attempt] = Array.from({ length: 5 }, () => randomUUID());
const NUMBER = "+12025550101";
/** In each of her rows; in no answer. */
const HERS = /alice's|\+12025550101/;

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "attacks");
  await project.narrow();
  await project.sql.unsafe(`
    insert into contact_lists (id, user_id, name) values ('${list}', '${alice}', 'alice''s');
    insert into contacts (contact_list_id, name, phone_number) values ('${list}', 'alice''s', '${NUMBER}');
    insert into csv_files (id, user_id, filename) values ('${file}', '${alice}', 'alice''s');
    insert into csv_contacts (csv_file_id, name, phone_number) values ('${file}', 'alice''s', '${NUMBER}');
    insert into campaigns (id, user_id, name, assistant_id, contact_source, contact_list_id)
      values ('${campaign}', '${alice}', 'alice''s', 'a1', 'contact_list', '${list}');
    insert into campaign_calls (id, campaign_id, phone_number, notes) values ('${call}', '${campaign}', '${NUMBER}', 'alice''s');
    insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at, detail)
      values ('${attempt}', '${call}', '${campaign}', 'r', 'claimed', '2026-01-01', 'alice''s');
    insert into carrier_calls (attempt_id, sid, status, synced_at) values ('${attempt}', 'alice''s', 'busy', '2026-01-01');
    insert into request_keys (key, claim, body, created_at) values ('k', 'c', 'alice''s', '2026-01-01');
    insert into phone_number (number, user_id, label) values ('${NUMBER}', '${alice}', 'alice''s');
    insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source)
      values ('${alice}', '${NUMBER}', 'ai_voice', 'marketing', 'express', '2026-01-01', 'alice''s');
    insert into do_not_call_numbers (phone_number, source, reason, added_by) values ('${NUMBER}', 'outcome', 'alice''s', '${alice}');
    insert into trunk_limits (trunk_id, updated_at) values ('alice''s', '2026-01-01')`);
  before = await everything();
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

let before: string;
/** Every row of every table, but his. */
async function everything(): Promise<string> {
  const rows: string[] = [];
  for (const {
    name,
  } of await project.sql`select tablename as name from pg_tables where schemaname = 'public' order by 1`) {
    const found = await project.sql.unsafe(`select to_jsonb(t)::text as row from public.${String(name)} t order by 1`);
    rows.push(...found.map(({ row }) => `${String(name)} ${String(row)}`).filter((row) => !row.includes(bob)));
  }
  return rows.join("\n");
}

/** `nothing`: it is allowed, and finds no row. */
type Answer = "refused" | "nothing";

/** The answer to him, and to somebody signed out where that is not refused. */
const SQL: readonly (readonly [attack: string, answer: Answer, signedOut?: Answer])[] = [
  // To become somebody else.
  ["set role service_role", "refused"],
  ["reset role; select * from campaigns", "refused"],
  ["set session authorization postgres", "refused"],
  ["do $$ begin execute 'set local role postgres'; end $$", "refused"],
  ["alter role authenticated bypassrls", "refused"],
  ["set session_replication_role = replica; update campaigns set dials = 1", "refused"],
  // To reach the server, its files and its other sessions.
  ["copy campaigns to program 'id'", "refused"],
  ["copy (select 1) to '/tmp/x'", "refused"],
  ["select pg_read_file('/etc/passwd')", "refused"],
  ["create extension dblink", "refused"],
  ["create function public.f() returns int language sql as 'select 1'", "refused"],
  ["create table public.t (x int)", "refused"],
  ["create schema s", "refused"],
  ["select query from pg_stat_activity where usename <> current_user and query like '%from%'", "nothing", "nothing"],
  ["select * from pg_stats where tablename = 'campaigns' and attname = 'name'", "nothing", "nothing"],
  // To switch off what keeps rows apart.
  ["alter table campaigns disable row level security", "refused"],
  ["alter table campaigns disable trigger all", "refused"],
  ["create policy mine on campaigns using (true)", "refused"],
  ["create view pg_temp.v as select * from public.campaigns; select * from pg_temp.v", "nothing"],
  [
    `create function pg_temp.leak(text) returns bool language plpgsql cost 0.0000001
       as $f$ begin raise exception 'leak %', $1; end $f$; select * from campaigns where pg_temp.leak(name)`,
    "nothing",
  ],
  [
    `create function pg_temp.campaigns_now(jsonb) returns timestamptz language sql as 'select null::timestamptz';
     update public.campaigns set name = 'x' returning name`,
    "nothing",
  ],
  ["create temp table campaigns (like public.campaigns); select campaigns_start('CAMPAIGN')", "refused"],
  // To read.
  ["select * from campaigns for update", "nothing"],
  ["select * from campaigns where user_id = 'ALICE' or name like 'alice%'", "nothing"],
  ["select * from contact_lists l join contacts c on c.contact_list_id = l.id", "nothing"],
  ["select * from csv_files f join csv_contacts c on c.csv_file_id = f.id", "nothing"],
  ["select * from campaign_calls k left join call_attempts a on a.call_id = k.id", "nothing"],
  ["select * from carrier_calls", "nothing"],
  ["select * from consents", "nothing"],
  ["select * from phone_number", "nothing"],
  ["select * from do_not_call_numbers", "refused"],
  ["select * from do_not_call_sources", "refused"],
  ["select * from request_keys", "refused"],
  ["select * from trunk_limits", "refused"],
  ["select * from runners", "refused"],
  // To write.
  ["update campaigns set name = 'x' where id = 'CAMPAIGN'", "nothing"],
  ["update campaigns set user_id = 'BOB' where id = 'CAMPAIGN'", "refused"],
  ["delete from campaigns", "nothing"],
  ["delete from contact_lists", "nothing"],
  ["delete from csv_files", "nothing"],
  ["delete from call_attempts", "refused"],
  ["update campaign_calls set outcome = 'do_not_call' where id = 'CALL'", "nothing"],
  ["update campaign_calls set callback_at = now() where id = 'CALL'", "refused"],
  ["update call_attempts set agent_outcome = 'do_not_call'", "refused"],
  ["insert into contacts (contact_list_id, phone_number) values ('LIST', '+12025550102')", "refused"],
  ["insert into csv_contacts (csv_file_id, phone_number) values ('FILE', '+12025550102')", "refused"],
  [
    `merge into campaigns c using (select 'CAMPAIGN'::uuid as id) s on c.id = s.id when matched then update set name = 'x'`,
    "nothing",
  ],
  [
    `insert into campaigns (id, user_id, name, assistant_id, contact_source)
     values ('CAMPAIGN', 'BOB', 'x', 'a', 'contact_list') on conflict (id) do update set name = 'stolen'`,
    "refused",
  ],
  [
    `insert into campaigns (user_id, name, assistant_id, contact_source, contact_list_id)
     values ('ALICE', 'planted', 'a', 'contact_list', 'LIST')`,
    "refused",
  ],
  [
    `insert into campaigns (user_id, name, assistant_id, contact_source, contact_list_id)
     values ('BOB', 'borrowed', 'a', 'contact_list', 'LIST')`,
    "refused",
  ],
  [
    `insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source)
     values ('ALICE', '+12025550102', 'ai_voice', 'marketing', 'express', '2026-01-01', 'x')`,
    "refused",
  ],
  ["insert into do_not_call_numbers (phone_number, source) values ('+1*', 'x')", "refused"],
  ["insert into phone_number (number, user_id) values ('+12025550102', 'BOB')", "refused"],
  ["update phone_number set label = 'x'", "nothing"],
  ["select campaigns_stop('CAMPAIGN')", "refused"],
  ["select campaigns_frontend_move('CAMPAIGN', 'x', '{idle}', 'completed')", "refused"],
  ["select campaigns_erase(jsonb_build_object('phone_number', '+1' || '2025550101'), now(), 'ALICE')", "refused"],
  ["select campaigns_personal_data(jsonb_build_object('phone_number', '+1' || '2025550101'))", "refused"],
];

const IDS: Readonly<Record<string, string | undefined>> = {
  ALICE: alice,
  BOB: bob,
  LIST: list,
  FILE: file,
  CAMPAIGN: campaign,
  CALL: call,
};
const named = (text: string): string => text.replaceAll(/\b[A-Z]{3,}\b/g, (word) => IDS[word] ?? word);

test("over SQL nothing of hers is read or changed", async () => {
  await using owner = await SignedIn.start(postgres, "attacks");
  const { rows: found } = await owner.run("authenticated", alice, "select * from contacts");
  expect(JSON.stringify(found)).toMatch(HERS);
  for (const [role, user] of [
    ["authenticated", bob],
    ["anon", null],
  ] as const satisfies [Role, string | null][]) {
    await using signedIn = await SignedIn.start(postgres, "attacks");
    const answers: (readonly [string, string])[] = [];
    for (const [attack] of SQL) {
      const { rows, count, code, message } = await signedIn.run(role, user, named(attack));
      expect([attack, JSON.stringify(rows ?? message)]).toEqual([attack, expect.not.stringMatching(HERS)]);
      answers.push([attack, code !== undefined ? "refused" : count === 0 ? "nothing" : `${count} rows`]);
    }
    const wanted = SQL.map(([attack, his, theirs = "refused"]) => [attack, role === "anon" ? theirs : his]);
    expect(answers).toEqual(wanted);
  }
  expect(await everything()).toBe(before);
});

const OWN = { user_id: "BOB", name: "x", assistant_id: "a", contact_source: "contact_list" };
const HTTP: readonly (readonly [
  method: string,
  path: string,
  answer: Answer,
  body?: unknown,
  headers?: Record<string, string>,
])[] = [
  ["GET", "campaigns?select=*,campaign_calls(*),contact_lists(*)", "nothing"],
  ["GET", "campaigns?or=(user_id.eq.ALICE,name.like.alice*)", "nothing"],
  ["GET", "contact_lists?select=*,contacts(*)", "nothing"],
  ["GET", "campaign_calls?select=*,call_attempts(*)", "nothing"],
  ["GET", "do_not_call_numbers?select=*", "refused"],
  ["GET", "request_keys?select=*", "refused"],
  ["GET", "users?select=*", "refused", undefined, { "Accept-Profile": "auth" }],
  ["PATCH", "campaigns?id=eq.CAMPAIGN", "refused", { dials: 9 }],
  ["PATCH", "campaigns?id=eq.CAMPAIGN", "nothing", { name: "x" }, { Prefer: "return=representation,tx=commit" }],
  ["POST", "campaigns", "refused", { ...OWN, id: "CAMPAIGN" }, { Prefer: "resolution=merge-duplicates" }],
  ["POST", "campaigns", "refused", { ...OWN, contact_list_id: "LIST" }],
  ["POST", "contacts", "refused", [{ contact_list_id: "LIST", phone_number: "+12025550102" }]],
  ["DELETE", "campaigns?id=not.is.null", "nothing", undefined, { Prefer: "return=representation" }],
  ["POST", "rpc/campaigns_claim", "refused", { request: {}, at: null, owner: "ALICE" }],
  ["POST", "rpc/campaigns_personal_data", "refused", { request: { phone_number: "x" } }],
  ["POST", "rpc/campaigns_stop", "refused", { id: "CAMPAIGN" }],
];

test("over HTTP nothing of hers is read or changed", async () => {
  const own = { Authorization: `Bearer ${project.token(bob)}` };
  for (const signedOut of [false, true]) {
    const answers: unknown[] = [];
    for (const [method, path, , body, headers] of HTTP) {
      const response = await fetch(`${project.url}/rest/v1/${named(path)}`, {
        method,
        headers: { apikey: project.anonKey, "content-type": "application/json", ...(signedOut ? {} : own), ...headers },
        ...(body === undefined ? {} : { body: named(JSON.stringify(body)) }),
      });
      const text = await response.text();
      expect([path, text]).toEqual([path, expect.not.stringMatching(HERS)]);
      answers.push([method, path, !response.ok ? "refused" : /^(\[\])?$/.test(text) ? "nothing" : text]);
    }
    expect(answers).toEqual(HTTP.map(([method, path, answer]) => [method, path, signedOut ? "refused" : answer]));
  }
  expect(await everything()).toBe(before);
});
