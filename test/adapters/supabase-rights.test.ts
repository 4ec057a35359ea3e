/**
 * Who may do what in a project, compared with a list in the repository; and attacks of a signed-in user over SQL. Nobody
 * talks to these projects over HTTP: the PostgREST of the tests would widen the rights.
 */
import { randomUUID } from "node:crypto";
import type { Sql } from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "rights");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

/** One line for each right of whoever is not the engine, each policy, and each function that runs as its owner. */
async function rights(sql: Sql): Promise<string> {
  const rows = await sql`
    with acl (object, columns, grants) as (
      select c.relname::text, '', coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))
        from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f', 'S')
      union all
      select c.relname::text, a.attname::text, a.attacl from pg_attribute a join pg_class c on c.oid = a.attrelid
        where c.relnamespace = 'public'::regnamespace and a.attacl is not null
      union all
      select p.oid::regprocedure::text, '', coalesce(p.proacl, acldefault('f', p.proowner)) from pg_proc p
        where p.pronamespace = 'public'::regnamespace
    )
    select 'grant ' || grantee || ' ' || may || ' on ' || object || coalesce(' (' || nullif(string_agg(columns, ', ' order by columns), '') || ')', '') as line
      from (select object, columns, coalesce(r.rolname::text, 'public') as grantee, lower(string_agg(g.privilege_type, ', ' order by g.privilege_type)) as may
            from acl, aclexplode(grants) g left join pg_roles r on r.oid = g.grantee group by 1, 2, 3) as each
      where grantee not in ('postgres', 'service_role') group by grantee, object, may
    union all
    select 'policy on ' || tablename || ' for ' || lower(cmd) || ' to ' || array_to_string(roles, ', ')
           || coalesce(' using ' || qual, '') || coalesce(' check ' || with_check, '')
      from pg_policies where schemaname = 'public'
    union all
    select 'no row-level security on ' || relname from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity
    union all
    select 'security definer ' || oid::regprocedure || ' with ' || coalesce(array_to_string(proconfig, ', '), 'no settings')
      from pg_proc where pronamespace = 'public'::regnamespace and prosecdef
    union all
    select 'loose search_path of ' || oid::regprocedure from pg_proc
      where pronamespace = 'public'::regnamespace
        and not exists (select 1 from unnest(proconfig) as s where s in ('search_path=""', 'search_path=public, pg_temp'))
    order by line`;
  return `${rows.map(({ line }) => String(line).replace(/\s+/g, " ")).join("\n")}\n`;
}

test("whoever is not the engine has the rights of test/adapters/supabase-rights.txt, and no others", async () => {
  await expect(await rights(project.sql)).toMatchFileSnapshot("supabase-rights.txt");
});

test("the engine, whose key many may have, could empty the log, take the word of what is sealed away, and forget whom it is about", async () => {
  const [may] = await project.sql`
    select bool_or(has_table_privilege('service_role', c.oid, 'truncate, trigger, references')) as empties,
      has_table_privilege('service_role', 'audit_log', 'delete') or has_column_privilege('service_role', 'audit_log', 'after', 'update') as changes,
      has_table_privilege('service_role', 'audit_subjects', 'update, delete') as forgets,
      has_table_privilege('service_role', 'encryption', 'insert, update, delete') as seals
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`;
  expect(may).toEqual({ empties: false, changes: false, forgets: false, seals: false });
});

const [alice, bob] = [randomUUID(), randomUUID()];

/** What the statement changes or returns, run with a signed-in user's rights; or why it is refused. */
async function attempt(role: "authenticated" | "anon", user: string | null, statement: string): Promise<unknown> {
  try {
    return await project.sql.begin(async (sql) => {
      const claims = JSON.stringify({ role, ...(user === null ? {} : { sub: user }) });
      await sql`select set_config('request.jwt.claims', ${claims}, true)`;
      await sql.unsafe(`set local role ${role}`);
      return (await sql.unsafe(statement)).count;
    });
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
}
const DENIED = "42501";

describe("a signed-in user, over SQL,", () => {
  const [list, campaign, call] = [randomUUID(), randomUUID(), randomUUID()];
  beforeAll(async () => {
    const { sql } = project;
    await sql`insert into contact_lists (id, user_id, name) values (${list}, ${alice}, 'hers')`;
    await sql`insert into contacts (contact_list_id, name, phone_number) values (${list}, 'Ada', '+12025550101')`;
    await sql`insert into campaigns (id, user_id, name, assistant_id, contact_source, contact_list_id)
              values (${campaign}, ${alice}, 'hers', 'a1', 'contact_list', ${list})`;
    await sql`insert into campaign_calls (id, campaign_id, phone_number) values (${call}, ${campaign}, '+12025550101')`;
  });

  const TABLES = ["campaigns", "campaign_calls", "contact_lists", "contacts", "csv_files", "csv_contacts", "consents"];
  const ENGINES = [
    "runners",
    "do_not_call_numbers",
    "do_not_call_sources",
    "trunk_limits",
    "request_keys",
    "campaigns_schema",
  ];

  test.each([...TABLES, ...ENGINES, "call_attempts", "carrier_calls", "phone_number"])(
    "cannot empty %s, which no policy stops, nor put a trigger on it",
    async (table) => {
      for (const role of ["authenticated", "anon"] as const) {
        expect(await attempt(role, bob, `truncate ${table} cascade`)).toBe(DENIED);
        const trigger = `create trigger mine before insert on ${table} for each row execute function suppress_redundant_updates_trigger()`;
        expect(await attempt(role, bob, trigger)).toBe(DENIED);
      }
    },
  );

  test.each(TABLES.concat(ENGINES))(
    "sees and changes nothing of another's in %s, and nothing signed out",
    async (table) => {
      const column = {
        campaigns_schema: "version",
        do_not_call_sources: "source",
        trunk_limits: "trunk_id",
        request_keys: "key",
      }[table];
      for (const statement of [`select * from ${table}`, `delete from ${table}`]) {
        expect([0, DENIED]).toContain(await attempt("authenticated", bob, statement));
        expect(await attempt("anon", null, statement)).toBe(DENIED);
      }
      const touched = column ?? (table === "do_not_call_numbers" ? "source" : table === "consents" ? "proof" : "id");
      expect([0, DENIED]).toContain(await attempt("authenticated", bob, `update ${table} set ${touched} = ${touched}`));
    },
  );

  test.each(["contacts_position_seq", "csv_contacts_position_seq", "campaign_calls_position_seq", "consents_id_seq"])(
    "cannot set %s back, so that rows get a position twice",
    async (sequence) => {
      for (const role of ["authenticated", "anon"] as const) {
        expect(await attempt(role, bob, `select setval('${sequence}', 1)`)).toBe(DENIED);
        expect(await attempt(role, bob, `select nextval('${sequence}')`)).toBe(DENIED);
      }
    },
  );

  test("cannot have the definer write into a temporary table of theirs", async () => {
    const planted = `
      create temporary table do_not_call_numbers
        (phone_number text, source text, reason text, created_at timestamptz, primary key (phone_number, source)) on commit drop;
      create temporary table campaigns (like public.campaigns) on commit drop;
      grant all on do_not_call_numbers, campaigns to postgres;
      update public.campaign_calls set outcome = 'do_not_call' where id = '${call}';`;
    expect(await attempt("authenticated", alice, planted)).toBe(1);
    const listed = await project.sql`select source from public.do_not_call_numbers where phone_number = '+12025550101'`;
    expect(listed.map(({ source }) => String(source))).toEqual(["outcome"]);
    const [counted] = await project.sql`select do_not_call from public.campaigns where id = ${campaign}`;
    expect(counted?.["do_not_call"]).toBe(1);
  });

  test("cannot plant a number on a trunk, nor move their own to one", async () => {
    const [row] = await project.sql`insert into phone_number (number, user_id, outbound_assistant_id)
                                    values ('+12025550160', ${bob}, 'b1') returning id`;
    const id = String(row?.["id"]);
    const planted = `insert into phone_number (number, user_id, outbound_assistant_id, outbound_trunk_id)
                     values ('+12025550161', '${bob}', 'a1', 'ST_bobs')`;
    expect(await attempt("authenticated", bob, planted)).toBe(DENIED);
    for (const change of ["outbound_trunk_id = 'ST_bobs'", "outbound_assistant_id = 'a1'", "interval_ms = 2000000000"])
      expect(await attempt("authenticated", bob, `update phone_number set ${change} where id = '${id}'`)).toBe(DENIED);
    expect(await attempt("authenticated", bob, `update phone_number set label = 'desk' where id = '${id}'`)).toBe(1);
    expect(await attempt("authenticated", alice, `update phone_number set label = 'hers' where id = '${id}'`)).toBe(0);
  });

  test("cannot put a whole country on the do-not-call list, nor a number that the engine did not call", async () => {
    const row = "(user_id, phone_number, outcome)";
    const planted = `insert into campaign_calls ${row} values ('${bob}', '+1*', 'do_not_call')`;
    expect(await attempt("authenticated", bob, planted)).toBe(DENIED);
    const moved = `update campaign_calls set phone_number = '+12025550162', outcome = 'do_not_call' where id = '${call}'`;
    expect(await attempt("authenticated", alice, moved)).toBe(DENIED);
    expect(await attempt("authenticated", alice, `delete from campaign_calls where id = '${call}'`)).toBe(DENIED);
    // A row from before, with an odd number, an odd instant and a very long note.
    const [odd] =
      await project.sql`insert into campaign_calls (user_id, phone_number) values (${bob}, '+1*') returning id`;
    const [long] = await project.sql`insert into campaign_calls (user_id, phone_number)
                                     values (${bob}, '+12025550163') returning id`;
    const outcome = `outcome = 'do_not_call', notes = repeat('x', 100000), updated_at = 'infinity'`;
    for (const each of [odd, long]) {
      const said = `update campaign_calls set ${outcome} where id = '${String(each?.["id"])}'`;
      expect(await attempt("authenticated", bob, said)).toBe(1);
    }
    const listed = await project.sql`select phone_number, length(reason) as reason, created_at from do_not_call_numbers
                                     where phone_number in ('+1*', '+12025550163')`;
    expect([...listed]).toEqual([{ phone_number: "+12025550163", reason: 500, created_at: null }]);
  });

  test.each(["", "911", "*", "+*", "+1 202 555 0163", "+12025550163*x", "+1234567890123456"])(
    "nobody at all puts %j on the do-not-call list",
    async (number) => {
      const { sql } = project;
      const put = sql`insert into do_not_call_numbers (phone_number, source) values (${number}, 'somebody')`;
      await expect(put).rejects.toMatchObject({ code: "23514" });
    },
  );

  test("writes what a frontend of theirs writes: lists, contacts, files, campaigns, outcomes", async () => {
    const [own, file, mine, made] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    for (const statement of [
      `insert into contact_lists (id, user_id, name) values ('${own}', '${bob}', 'his')`,
      `insert into contacts (contact_list_id, name, phone_number, variables)
       values ('${own}', 'Ben', '+12025550164', '{"city": "Paris"}')`,
      `insert into csv_files (id, user_id, filename, status) values ('${file}', '${bob}', 'x.csv', 'processing')`,
      `insert into csv_contacts (csv_file_id, phone_number) values ('${file}', '+12025550165')`,
      `insert into campaigns (id, user_id, name, assistant_id, contact_source, contact_list_id, time_zone)
       values ('${mine}', '${bob}', 'his', 'b1', 'contact_list', '${own}', 'Europe/Paris')`,
      `update campaigns set execution_status = 'running', campaign_prompt = 'Hello.' where id = '${mine}'`,
    ])
      expect([statement, await attempt("authenticated", bob, statement)]).toEqual([statement, 1]);
    await project.sql`insert into campaign_calls (id, campaign_id, phone_number) values (${made}, ${mine}, '+12025550164')`;
    const outcome = `update campaign_calls set outcome = 'interested', notes = 'call in May' where id = '${made}'`;
    expect(await attempt("authenticated", bob, outcome)).toBe(1);
    // Its calls go with it.
    expect(await attempt("authenticated", bob, `delete from campaigns where id = '${mine}'`)).toBe(1);
    expect(await project.sql`select id from campaign_calls where id = ${made}`).toHaveLength(0);
  });

  test("runs none of the engine's functions, and of those for frontends finds no campaign with them", async () => {
    const functions = await project.sql`
      select oid::regprocedure::text as signature, proname, pronargs from pg_proc
      where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype`;
    for (const { proname, pronargs } of functions) {
      const given = Array.from({ length: Number(pronargs) }, () => "null").join(", ");
      for (const role of ["authenticated", "anon"] as const)
        expect([proname, await attempt(role, alice, `select * from public.${String(proname)}(${given})`)]).toEqual([
          proname,
          role === "authenticated" && /^campaigns_(start|pause|resume|stop|frontend_move)$/.test(String(proname))
            ? "PT404"
            : DENIED,
        ]);
    }
  });
});
