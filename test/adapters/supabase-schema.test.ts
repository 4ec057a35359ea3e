/** The migrations: on an empty project, on one of the system before, twice; versions; row-level security. */
import { randomUUID } from "node:crypto";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { newKeyText, readKeys } from "../../src/adapters/sealing-key.ts";
import { ProjectKeys } from "../../src/adapters/supabase/rekeying.ts";
import { checkVersion, migrations, schemaSql, schemaVersion } from "../../src/adapters/supabase/schema.ts";
import { PURGED } from "../../src/engine/ports/privacy.ts";
import { Campaigns } from "../../src/engine/manage/campaigns.ts";
import { HOUR } from "../../src/domain/time/instant.ts";
import { NOON, PLACE } from "../support/domain.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";
import { DAY, number, people, present, Scene } from "../contracts/store/scene.ts";

const OLD_TABLES = readFileSync(new URL("../support/old-tables.sql", import.meta.url), "utf8");
const OLD_CAMPAIGN = "c0000000-0000-4000-8000-000000000001";
const [alice, bob] = ["a0000000-0000-4000-8000-00000000000a", randomUUID()];

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "schema");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

/** Everything there is: columns, constraints, indexes, policies, functions, rights, rows. */
async function everything({ sql }: SupabaseProject): Promise<unknown> {
  const catalogs = await sql`
    select 'column' as is, table_name || '.' || column_name as name, data_type || is_nullable || coalesce(column_default, '') as def
      from information_schema.columns where table_schema = 'public'
    union all select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) from pg_constraint
      where connamespace = 'public'::regnamespace
    union all select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
    union all select 'policy', tablename || '.' || policyname, coalesce(qual, '') || coalesce(with_check, '') from pg_policies
    union all select 'function', oid::regprocedure::text, pg_get_functiondef(oid) || coalesce(proacl::text, '') from pg_proc
      where pronamespace = 'public'::regnamespace
    union all select 'trigger', tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
    order by 1, 2, 3`;
  const rows = await sql.unsafe(
    ["campaigns", "campaign_calls", "csv_files", "csv_contacts", "campaigns_schema"]
      .map((table) => `select '${table}' as table, to_jsonb(t) as row from ${table} t`)
      .join(" union all "),
  );
  return { catalogs: [...catalogs], rows: [...rows] };
}

test("projects started at once in a fresh cluster do not fight over its roles", async () => {
  await using cluster = await Postgres.start();
  const names = ["one", "two"];
  const projects = await Promise.all(names.map((name) => SupabaseProject.start(cluster, name, "select 1")));
  for (const one of projects) await one[Symbol.asyncDispose]();
  expect(projects).toHaveLength(names.length);
});

describe("the schema", () => {
  test("is numbered without gaps, and each file says so last", () => {
    expect(migrations().map(({ version }) => version)).toEqual(migrations().map((_, n) => n + 1));
    for (const { version, sql } of migrations()) {
      const last = version === migrations().length ? schemaVersion() : version;
      expect(sql).toContain(`insert into public.campaigns_schema (version) values (${last}) on conflict do nothing;`);
      // Instants come as arguments; one function asks the clock by which leases are judged.
      expect(sql.replace(/function public\.campaigns_now[^;]*;/, "")).not.toMatch(
        /\bnow\(\)|current_timestamp|clock_timestamp|statement_timestamp/,
      );
      expect(sql).not.toMatch(/drop (table|column)|^\s*truncate/m);
    }
  });

  test("run twice changes nothing", async () => {
    await using twice = await SupabaseProject.start(postgres, "twice");
    const before = await everything(twice);
    await twice.sql.unsafe(schemaSql());
    expect(await everything(twice)).toEqual(before);
  });

  test("adopts a project of the system before: its rows survive, it runs twice, and goes on where that system was", async () => {
    await using old = await SupabaseProject.start(postgres, "old", OLD_TABLES);
    const rows = await old.sql`select id, phone_number, status, outcome, contact_name from campaign_calls order by id`;
    await old.sql.unsafe(schemaSql());
    expect(
      await old.sql`select id, phone_number, status, outcome, contact_name from campaign_calls order by id`,
    ).toEqual(rows);
    const before = await everything(old);
    await old.sql.unsafe(schemaSql());
    expect(await everything(old)).toEqual(before);

    // Readable, words of its own included; nothing runs until an operator says so.
    const store = old.open(alice);
    const [campaign] = await store.findCampaigns("old");
    expect(campaign).toMatchObject({
      id: OLD_CAMPAIGN,
      userId: alice,
      status: "paused",
      window: { days: ["mon", "tue"] },
    });
    expect(campaign?.statusReason).toContain("system before");
    const { calls } = await store.listCalls({ campaignId: OLD_CAMPAIGN, limit: 10 });
    expect(calls.map(({ status, outcome }) => [status, outcome])).toEqual([
      ["no_answer", null],
      ["failed", null],
    ]);
    expect(await store.progress(OLD_CAMPAIGN, NOON)).toMatchObject({ total: 2, calls: { failed: 1, no_answer: 1 } });

    // Resumed, it calls those who have no call yet, each once: not the suppressed, not what is no number. Nobody has said
    // where they are; that is found out first.
    const { source } = present(campaign);
    expect(await store.unplacedContacts(source, 10)).toHaveLength(6);
    expect(await store.preview(OLD_CAMPAIGN, NOON)).toEqual({
      callable: new Map([["", 2]]),
      leftOut: { marked: 1, on_list: 0, no_consent: 0, duplicate: 2, unusable: 1 },
    });
    const campaigns = new Campaigns(
      store,
      { now: () => NOON, monotonic: () => 0, sleep: () => Promise.resolve() },
      randomUUID,
    );
    expect(await campaigns.resume(OLD_CAMPAIGN)).toMatchObject({ status: "running" });
    expect(await store.unplacedContacts(source, 10)).toEqual([]);
    expect((await store.snapshot(present(campaign), DAY)).waiting).toEqual([{ place: PLACE, nextDue: NOON }]);
    const pending = await store.listCalls({ campaignId: OLD_CAMPAIGN, status: "pending", limit: 10 });
    expect(pending.calls.map(({ contact }) => contact.phoneNumber)).toEqual([number(1), number(3)]);
    expect((await store.progress(OLD_CAMPAIGN, NOON)).skipped).toBe(4);
    const scene = new Scene(store);
    await scene.dialed(present(campaign), await scene.runner());
    await store.moveCampaign(OLD_CAMPAIGN, "pause", { at: NOON });
    await store.moveCampaign(OLD_CAMPAIGN, "resume", { at: NOON });
    expect((await store.progress(OLD_CAMPAIGN, NOON)).total).toBe(4);
    // Words of ours that its checks refused.
    await old.sql`update campaign_calls set status = 'busy' where status = 'calling'`;
  });

  test.each(["erase", "purge"] as const)(
    "of such a project %s nobody whose call has a word of that system; and what stood for an outcome stays nowhere",
    async (how) => {
      await using old = await SupabaseProject.start(postgres, `forgotten_${how}`, OLD_TABLES);
      await old.sql`alter table campaign_calls drop constraint campaign_calls_outcome_check`;
      await old.sql`update campaign_calls set outcome = 'ask for Ann Lee', completed_at = now() where outcome = 'gave_up'`;
      await old.sql`update campaigns set execution_status = 'completed'`;
      await old.sql.unsafe(schemaSql());
      await old.sql`update campaigns set status_at = '2026-11-01'`;
      const store = old.open(alice);
      const before = await store.progress(OLD_CAMPAIGN, NOON);
      if (how === "erase") expect(await store.erase(number(0), NOON)).toEqual([]);
      else for (const what of PURGED) await store.purge(what, NOON, 10);
      for (const table of ["campaign_calls", "campaign_counts", "audit_log", "campaign_events"])
        expect(JSON.stringify(await old.sql.unsafe(`select * from ${table}`)), table).not.toMatch(/Ann Lee|Person/);
      expect(await store.progress(OLD_CAMPAIGN, NOON)).toEqual(before);
      expect(await store.miscounted()).toEqual([]);
    },
  );

  test("adopts such a project whose words are of another kind of text", async () => {
    const kinds = "alter column status type varchar(50), alter column outcome type varchar(50)";
    await using old = await SupabaseProject.start(postgres, "varchars", OLD_TABLES);
    await old.sql.unsafe(`alter table campaign_calls ${kinds}; ${schemaSql()}`);
    expect(await old.open(alice).miscounted()).toEqual([]);
  });

  test("of such a project a purge left the rows of its files for ever, and a retention met them again and again", async () => {
    await using old = await SupabaseProject.start(postgres, "filed", `${OLD_TABLES}; ${schemaSql()}`);
    await old.sql`update campaigns set execution_status = 'completed', status_at = now(), retention_ms = 1000`;
    await old.sql`update csv_files set created_at = now() - interval '2 days'`;
    const store = old.open(alice);
    const later = Date.now() + HOUR;
    expect(await store.outlived(later)).toHaveLength(1);
    for (const { campaignId, before } of await store.outlived(later))
      for (const what of PURGED) await store.purge(what, before, 10, campaignId);
    expect(await old.sql`select phone_number from csv_contacts`).toEqual([]);
    expect(await store.outlived(later)).toEqual([]);
  });

  test("of such a project is encrypted with the words that its calls have: the checks refused them", async () => {
    await using old = await SupabaseProject.start(postgres, "sealed_words", `${OLD_TABLES}; ${schemaSql()}`);
    const keys = readKeys(newKeyText(), "key");
    const clock = { now: () => NOON, monotonic: () => 0, sleep: () => Promise.resolve() };
    const project = new ProjectKeys({ url: old.url, serviceRoleKey: old.serviceRoleKey, judge: "caller" }, clock, keys);
    expect(await project.begin("encrypt", keys)).toBe(true);
    for await (const { unopened } of project.renewRows()) expect(unopened).toBe(0);
    expect((await project.status()).encryption).toMatchObject({ state: "sealed" });
    const { calls } = await old.open(alice, keys).listCalls({ campaignId: OLD_CAMPAIGN, limit: 10 });
    expect(calls.map(({ status, outcome, contact }) => [status, outcome, contact.name])).toEqual([
      ["no_answer", null, "Person"],
      ["failed", null, "Person"],
    ]);
  });

  test("of such a project asks for an owner, and says how", async () => {
    await using old = await SupabaseProject.start(postgres, "ownerless", `${OLD_TABLES}; ${schemaSql()}`);
    const file = { id: randomUUID(), filename: "x.csv", size: 1 };
    await expect(old.open().addContactFile(file, NOON)).rejects.toMatchObject({ exitCode: 2, code: "owner" });
    await old.open(alice).addContactFile(file, NOON);
  });

  test("older than the program, newer than it, or none at all, is refused in one sentence", async () => {
    expect(() => checkVersion(3)).toThrow(/expected schema version \d+, found 3: the schema is the older one/);
    expect(() => checkVersion(9999)).toThrow(/found 9999: the program is the older one/);
    await using other = await SupabaseProject.start(postgres, "other");
    await other.sql`insert into campaigns_schema values (9999)`;
    await expect(other.open().listCampaigns()).rejects.toMatchObject({ exitCode: 3, code: "schema_version" });
    await using none = await SupabaseProject.start(postgres, "none", "select 1");
    const refused = none.open().listCampaigns();
    await expect(refused).rejects.toMatchObject({ code: "schema_version", hint: /campaigns schema/ });
  });
});

const as = (userId: string | null): SupabaseClient =>
  createClient(project.url, project.anonKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(userId === null ? {} : { global: { headers: { Authorization: `Bearer ${project.token(userId)}` } } }),
  });

describe("row-level security", () => {
  const TABLES = [
    "campaigns",
    "campaign_calls",
    "call_attempts",
    "csv_files",
    "csv_contacts",
    "contact_lists",
    "contacts",
  ];
  const SHUT = [
    "runners",
    "do_not_call_numbers",
    "do_not_call_sources",
    "trunk_limits",
    "request_keys",
    "campaigns_schema",
  ];

  test("shows owners their own rows, others and strangers none; the engine's tables nobody", async () => {
    const scene = new Scene(await project.emptied(alice));
    const campaign = await scene.running(people(3));
    await scene.claimed(campaign, await scene.runner());
    for (const table of TABLES) {
      const { data } = await as(alice).from(table).select("*");
      expect([table, (data ?? []).length > 0]).toEqual([table, !table.startsWith("contact")]);
      for (const other of [bob, null]) {
        const { data } = await as(other).from(table).select("*");
        expect([table, data ?? []]).toEqual([table, []]);
      }
    }
    for (const table of SHUT) {
      for (const user of [alice, bob, null]) {
        const { data } = await as(user).from(table).select("*");
        expect([table, data ?? []]).toEqual([table, []]);
      }
    }
  });

  test("lets nobody change or borrow what is another's", async () => {
    const scene = new Scene(await project.emptied(alice));
    const campaign = await scene.running(people(2));
    const [call] = (await scene.store.listCalls({ campaignId: campaign.id, limit: 1 })).calls;
    const before = await scene.store.progress(campaign.id, NOON);
    await as(bob).from("campaigns").update({ execution_status: "completed" }).eq("id", campaign.id);
    await as(bob).from("campaign_calls").update({ outcome: "do_not_call" }).eq("id", present(call).id);
    await as(bob).from("campaign_calls").delete().eq("id", present(call).id);
    expect(await scene.store.progress(campaign.id, NOON)).toEqual(before);
    expect((await scene.store.findCampaigns(campaign.id))[0]?.status).toBe("running");

    const borrowed = { name: "bob's", assistant_id: "a", contact_source: "csv_file", csv_file_id: campaign.source.id };
    expect(
      (
        await as(bob)
          .from("campaigns")
          .insert({ ...borrowed, user_id: bob })
      ).error,
    ).not.toBeNull();
    expect(
      (
        await as(bob)
          .from("campaigns")
          .insert({ ...borrowed, user_id: alice })
      ).error,
    ).not.toBeNull();
    expect(
      (
        await as(alice)
          .from("campaigns")
          .insert({ ...borrowed, user_id: alice })
      ).error,
    ).toBeNull();
    const attempt = {
      id: randomUUID(),
      call_id: present(call).id,
      runner_id: "x",
      state: "ended",
      claimed_at: new Date(NOON),
    };
    expect((await as(alice).from("call_attempts").insert(attempt)).error).not.toBeNull();
  });

  test("lets an owner see and add their own consents, and undo no revocation", async () => {
    const { store } = new Scene(await project.emptied(alice));
    await store.revokeConsents(number(0), NOON);
    const seen = async (user: string | null) => ((await as(user).from("consents").select("*")).data ?? []).length;
    expect([await seen(alice), await seen(bob), await seen(null)]).toEqual([1, 0, 0]);
    await as(alice).from("consents").update({ revoked_at: null }).eq("phone_number", number(0));
    await as(alice).from("consents").delete().eq("phone_number", number(0));
    expect(await store.consentsOf(number(0))).toMatchObject([{ revokedAt: NOON }]);
    const consent = {
      phone_number: number(1),
      channel: "ai_voice",
      purpose: "marketing",
      level: "express",
      granted_at: new Date(NOON),
      source: "form",
      proof: "form 7",
    };
    const add = async (user: string, owner: string) =>
      (
        await as(user)
          .from("consents")
          .insert({ ...consent, user_id: owner })
      ).error;
    expect([await add(alice, alice), (await add(bob, alice)) === null]).toEqual([null, false]);
    expect(await store.consentsOf(number(1))).toHaveLength(1);
  });

  test("takes no other owner's consent for one given to this campaign's", async () => {
    await project.emptied();
    const given = {
      channel: "ai_voice",
      purpose: "marketing",
      level: "express",
      source: "form",
      proof: "form 7",
    } as const;
    const times = { grantedAt: NOON - 1, expiresAt: null, revokedAt: null };
    await project.open(alice).addConsents([{ ...given, ...times, phoneNumber: number(0) }]);
    for (const [user, calls] of [
      [bob, 0],
      [alice, 1],
    ] as const) {
      const scene = new Scene(project.open(user));
      const campaign = await scene.running(people(1), { requireConsent: true, name: user });
      expect((await scene.store.progress(campaign.id, NOON)).total).toBe(calls);
    }
  });

  test("lets an owner's frontend set an outcome: it is counted, and do-not-call holds at once for every campaign", async () => {
    const scene = new Scene(await project.emptied(alice));
    const campaign = await scene.running(people(2));
    const claim = await scene.claimed(campaign, await scene.runner());
    const { error } = await as(alice).from("campaign_calls").update({ outcome: "do_not_call" }).eq("id", claim.call.id);
    expect(error).toBeNull();
    expect(await scene.store.doNotCall(number(0), NOON)).toMatchObject([{ source: "outcome" }]);
    const [row] = await project.sql`select do_not_call, interested from campaigns where id = ${campaign.id}`;
    expect(row).toEqual({ do_not_call: 1, interested: 0 });
  });

  test("gives the engine's functions to the service role alone, and the moves to whoever is signed in", async () => {
    await project.emptied();
    const functions = await project.sql`
      select proname, has_function_privilege('anon', oid, 'execute') as anon,
             has_function_privilege('authenticated', oid, 'execute') as authenticated,
             has_function_privilege('service_role', oid, 'execute') as service, prosecdef, proargnames[4] = 'sealing' as sealed
      from pg_proc where pronamespace = 'public'::regnamespace and proname like 'campaigns%'`;
    expect(functions.length).toBeGreaterThan(35);
    for (const { proname, anon, authenticated, service, prosecdef, sealed } of functions) {
      const forFrontends = /^campaigns_(start|pause|resume|stop|frontend_move)$/.test(String(proname));
      expect([proname, anon, authenticated, service]).toEqual([proname, false, forFrontends, true]);
      const isTrigger =
        /^campaigns_(outcome_set|audit_row|audit_listed|event_of_(campaign|call|attempt)|count_(calls|attempts)|check_(frontend|spelling|text)|frontend_(writes|stopped|deletes))$/.test(
          String(proname),
        );
      // Only of the tables' owner the audit log believes that something is told as a whole.
      const tellsAsWhole =
        /^campaigns_((add|settle)_do_not_call|drop_do_not_call_source|keep_consents|move_in|erase|purge|(begin_|end_)?rekey(ing)?|give_back|save_verdict)$/.test(
          String(proname),
        );
      expect([proname, prosecdef]).toEqual([proname, isTrigger || (tellsAsWhole && sealed !== true)]);
    }
    expect((await as(alice).rpc("campaigns_claim", { request: {}, at: null, owner: null })).error).not.toBeNull();
  });

  test("columns of a campaign count outcomes as they change", async () => {
    const scene = new Scene(await project.emptied(alice));
    const campaign = await scene.running(people(2));
    const { calls } = await scene.store.listCalls({ campaignId: campaign.id, limit: 2 });
    await scene.store.setOutcome(present(calls[0]).id, "interested", null, NOON);
    await scene.store.setOutcome(present(calls[0]).id, "callback", null, NOON);
    await scene.store.setOutcome(present(calls[1]).id, "interested", null, NOON);
    const [row] =
      await project.sql`select interested, callback, not_interested from campaigns where id = ${campaign.id}`;
    expect(row).toEqual({ interested: 1, callback: 1, not_interested: 0 });
    expect((await scene.store.snapshot(campaign, DAY)).live).toBe(0);
  });
});
