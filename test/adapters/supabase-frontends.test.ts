/** What a frontend may write under its users' own rights: columns, values, and moves of their campaigns. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readFileSync } from "node:fs";
import { schemaSql } from "../../src/adapters/supabase/schema.ts";
import { CAMPAIGN_STATUSES, type CampaignStatus, moved, MOVES } from "../../src/domain/calls/campaign.ts";
import { afterResume, breaker } from "../../src/domain/calls/circuit-breaker.ts";
import { ENDINGS } from "../../src/domain/calls/ending.ts";
import { people, present, Scene } from "../contracts/store/scene.ts";
import { NOON } from "../support/domain.ts";
import { Postgres } from "../support/postgres.ts";
import { SignedIn } from "../support/signed-in.ts";
import { SupabaseProject } from "../support/supabase.ts";

const [alice, bob] = [randomUUID(), randomUUID()];
const DENIED = "42501";
const REFUSED = "23514";
const NOT_FOUND = "PT404";

let postgres: Postgres;
let project: SupabaseProject;
let signedIn: SignedIn;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "frontends");
  await project.narrow();
  signedIn = await SignedIn.start(postgres, "frontends");
});
afterAll(async () => {
  await signedIn?.[Symbol.asyncDispose]();
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const as = async (user: string, statement: string): Promise<string | number | undefined> => {
  const { code, count } = await signedIn.run("authenticated", user, statement);
  return code ?? count;
};
const campaign = async (id: string) =>
  present((await project.sql`select *, last_daily_reset::text from campaigns where id = ${id}`)[0]);

let list: string;
let id: string;
beforeEach(async () => {
  [list, id] = [randomUUID(), randomUUID()];
  await project.sql`insert into contact_lists (id, user_id, name) values (${list}, ${alice}, 'hers')`;
  await project.sql`insert into campaigns (id, user_id, name, assistant_id, contact_source, contact_list_id)
                    values (${id}, ${alice}, 'hers', 'a1', 'contact_list', ${list})`;
});

describe("of a campaign, its owner's frontend", () => {
  const ENGINES: Readonly<Record<string, string>> = {
    ...Object.fromEntries(
      ["dials", "pickups", "current_daily_calls", "total_calls_made", "total_calls_answered", "interested"].map(
        (name) => [name, "-1"],
      ),
    ),
    ...Object.fromEntries(
      [
        "next_call_at",
        "last_execution_at",
        "last_daily_reset",
        "status_at",
        "last_dial_at",
        "last_hand_out_at",
        "copied_at",
      ].map((name) => [name, "'2020-01-01'"]),
    ),
    trunk_id: "'ST_alices'",
    last_trunk_id: "'ST_alices'",
    caller_ids: "'{+12025550199}'",
    status_reason: "'because'",
    recent: "'...'",
    hang_up: "true",
    move_id: "gen_random_uuid()",
    arriving: "'{}'",
    rules_table: "'[]'",
    display_name: "'the bank'",
    needs_dnc: "'{}'",
    dnc_max_age_ms: "1",
    sip_headers: `'{"P-Asserted-Identity": "x"}'`,
    skipped: "5",
    // Calls of theirs would be stored in somebody else's bucket, with the engine's keys.
    record: "'s3://another/calls'",
    // A campaign held for dead air would dial on.
    guard: `'{"held": null, "accepted": {"early_hang_ups": 1}}'`,
  };
  test.each(Object.entries(ENGINES))("does not write %s, which is the engine's", async (column, value) => {
    expect(await as(alice, `update campaigns set ${column} = ${value} where id = '${id}'`)).toBe(DENIED);
    const insert = `insert into campaigns (user_id, name, assistant_id, contact_source, contact_list_id, ${column})
                    values ('${alice}', 'x', 'a1', 'contact_list', '${list}', ${value})`;
    expect(await as(alice, insert)).toBe(DENIED);
  });

  test.each([`id = gen_random_uuid()`, `user_id = '${bob}'`, `created_at = '2020-01-01'`])(
    "never changes %s",
    async (change) => {
      expect(await as(alice, `update campaigns set ${change} where id = '${id}'`)).toBe(DENIED);
    },
  );

  test("changes the settings while it makes no calls, and not those of one that is over", async () => {
    const settings = `name = 'new', campaign_prompt = E'Hello.\\nHow are you?', calling_days = '{sat}',
      start_hour = 10, end_hour = 12, time_zone = 'Europe/Paris', max_attempts = 3, retry_after_ms = '{60000,120000}', ring_seconds = 20`;
    for (const [status, answer] of [
      ["idle", 1],
      ["paused", 1],
      ["running", REFUSED],
      ["completed", REFUSED],
      ["error", 1],
    ] as const) {
      await project.sql`update campaigns set execution_status = ${status} where id = ${id}`;
      expect([
        status,
        await as(alice, `update campaigns set ${settings}, daily_cap = ${status.length} where id = '${id}'`),
      ]).toEqual([status, answer]);
    }
    expect(await campaign(id)).toMatchObject({ name: "new", campaign_prompt: "Hello.\nHow are you?" });
  });

  test("does not give it another source once its contacts are calls", async () => {
    const other = randomUUID();
    await project.sql`insert into contact_lists (id, user_id, name) values (${other}, ${alice}, 'other')`;
    const change = `update campaigns set contact_list_id = '${other}' where id = '${id}'`;
    expect(await as(alice, change)).toBe(1);
    await project.sql`update campaigns set copied_at = ${new Date(NOON)}, contact_list_id = ${list} where id = ${id}`;
    expect(await as(alice, change)).toBe(REFUSED);
  });

  test.each([
    ["time_zone = 'Mars; drop table'", REFUSED],
    ["calling_days = '{someday}'", REFUSED],
    ["start_hour = -1", REFUSED],
    ["end_hour = 25", REFUSED],
    ["daily_cap = 0", REFUSED],
    ["daily_cap = 2000000000", REFUSED],
    ["missed_callback = 'close'", 1],
    ["missed_callback = 'never'", REFUSED],
    ["concurrency = 1000000", REFUSED],
    ["ring_seconds = 100000", REFUSED],
    ["max_duration_seconds = 2000000000", REFUSED],
    ["max_attempts = 1000000", REFUSED],
    ["delay_ms = -1", REFUSED],
    ["retry_after_ms = '{-1}'", REFUSED],
    ["retry_after_ms = array_fill(1::bigint, '{5000}')", REFUSED],
    ["expect_answers = 'many'", REFUSED],
    ["rules = '; x'", REFUSED],
    ["calling_hours = 'always'", REFUSED],
    ["max_per_contact = '-1'", REFUSED],
    ["name = repeat('x', 501)", REFUSED],
    ["name = E'a\\u001b]52;c;cHduZWQ=\\u0007'", REFUSED],
    ["name = E'a\\u202eb'", REFUSED],
    ["assistant_id = E'a\\r\\nb'", REFUSED],
    ["campaign_prompt = repeat('x', 100001)", REFUSED],
    ["updated_at = 'infinity'", REFUSED],
  ])("is given %s", async (change, answer) => {
    expect(await as(alice, `update campaigns set ${change} where id = '${id}'`)).toBe(answer);
  });

  test("deletes one that has called nobody, and keeps the records of one that has", async () => {
    const scene = new Scene(project.open(alice));
    const dialed = await scene.running(people(1));
    await scene.dialed(dialed, await scene.runner());
    expect(await as(alice, `delete from campaigns where id = '${dialed.id}'`)).toBe(REFUSED);
    // Handed out, and counted against its budget, but never dialed.
    const call = randomUUID();
    await project.sql`insert into campaign_calls (id, campaign_id, phone_number) values (${call}, ${id}, '+12025550101')`;
    await project.sql`insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at, ended_at, cost_micros)
                      values (${randomUUID()}, ${call}, ${id}, 'r', 'ended', now(), now(), 5)`;
    expect(await as(alice, `delete from campaigns where id = '${id}'`)).toBe(1);
    await project.emptied();
  });
});

const isNow = async (status: CampaignStatus): Promise<void> =>
  void (await project.sql`update campaigns set execution_status = ${status} where id = ${id}`);

describe("the moves", () => {
  const FUNCTIONS = ["start", "pause", "resume", "stop"] as const;
  test.each(CAMPAIGN_STATUSES)(
    "from %s are those of the engine, by function and by execution_status",
    async (status) => {
      for (const move of FUNCTIONS) {
        await isNow(status);
        const to = moved(status, move);
        expect([move, await as(alice, `select campaigns_${move}('${id}')`)]).toEqual([move, to === null ? "PT409" : 1]);
        expect((await campaign(id))["execution_status"]).toBe(to ?? status);
      }
      for (const to of CAMPAIGN_STATUSES.filter((other) => other !== status)) {
        await isNow(status);
        const leads = FUNCTIONS.some((move) => MOVES[move].to === to && moved(status, move) !== null);
        const write = `update campaigns set execution_status = '${to}' where id = '${id}'`;
        expect([to, await as(alice, write)]).toEqual([to, leads ? 1 : REFUSED]);
      }
    },
  );

  test.each(FUNCTIONS)(
    "campaigns_%s finds the owner's campaigns only, and says of others' that there are none",
    async (move) => {
      await isNow(moved("idle", move) === null ? "running" : "idle");
      const before = await campaign(id);
      const others = await signedIn.run("authenticated", bob, `select campaigns_${move}('${id}')`);
      const none = await signedIn.run("authenticated", bob, `select campaigns_${move}('${randomUUID()}')`);
      expect(others).toEqual(none);
      expect(others.code).toBe(NOT_FOUND);
      expect((await signedIn.run("anon", null, `select campaigns_${move}('${id}')`)).code).toBe(DENIED);
      expect(await campaign(id)).toEqual(before);
    },
  );

  test("by rpc, as a frontend calls them", async () => {
    const answer = await fetch(`${project.url}/rest/v1/rpc/campaigns_start`, {
      method: "POST",
      headers: {
        apikey: project.anonKey,
        Authorization: `Bearer ${project.token(alice)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ id }),
    });
    expect(await answer.json()).toEqual({ id, execution_status: "running", status_reason: null });
    // The engine takes it in with its next look.
    const store = project.open();
    await store.admit(NOON);
    expect((await campaign(id))["copied_at"]).not.toBeNull();
  });

  test("a stop ends those who wait as the engine's does, whatever went before", async () => {
    const waiting = Object.entries(ENDINGS).flatMap(([ending, { next }]) =>
      next === "never" && ending !== "agent_lost" ? [] : [ending],
    );
    const ends = async (stop: (id: string) => Promise<unknown>): Promise<unknown> => {
      const scene = new Scene(await project.emptied(alice));
      const running = await scene.running(people(waiting.length + 1));
      for (const [n, ending] of waiting.entries())
        await project.sql`update campaign_calls set end_reason = ${ending}, attempts_spent = ${n % 4 === 3 ? 0 : 1}
                          where campaign_id = ${running.id} and phone_number = ${present(people(n + 1)[n]).phoneNumber}`;
      await stop(running.id);
      return (await scene.store.listCalls({ campaignId: running.id, limit: 100 })).calls.map(
        ({ status, endReason, nextAttemptAt }) => [status, endReason, nextAttemptAt],
      );
    };
    const engines = await ends((running) => project.open(alice).moveCampaign(running, "stop", { at: NOON }));
    expect(await ends((running) => as(alice, `select campaigns_stop('${running}')`))).toEqual(engines);
  });

  test.each([
    "",
    ".",
    "..xxxxx",
    "....x",
    "xxxxxp.",
    ".gaaa",
    ".g.g.a",
    "dddddddddd",
    ".tt",
    "nnnnnnnnnn",
    "iiiiiiii",
    "pxa",
    "....xg",
    "..rrrxxxxx",
    "rprrr",
    "..fffxxxxx",
    "rfprrf",
    "..xfxxfxxf",
  ])("a resume after %j makes a test call first, wherever the engine's would", async (recent) => {
    await project.sql`update campaigns set execution_status = 'paused', recent = ${recent} where id = ${id}`;
    await as(alice, `select campaigns_resume('${id}')`);
    const now = String((await campaign(id))["recent"]);
    const engines = afterResume(recent);
    expect(breaker(now)).toBeNull();
    if (engines === recent) expect([recent, "p", "q"]).toContain(now);
    else expect(engines.endsWith("p") ? [engines, "q"] : ["q"]).toContain(now);
  });
});

describe("of lists, files, contacts and consents, a frontend", () => {
  test("does not write where a contact is, nor in which order it comes", async () => {
    const contact = `insert into contacts (contact_list_id, phone_number`;
    for (const [column, value] of [
      ["place", "''"],
      ["position", "1"],
      ["consent", "'{}'"],
    ])
      expect(await as(alice, `${contact}, ${column}) values ('${list}', '+12025550101', ${value})`)).toBe(DENIED);
    expect(await as(alice, `insert into csv_files (user_id, filename, counts) values ('${alice}', 'x', '{}')`)).toBe(
      DENIED,
    );
  });

  test("that changes a contact's number makes it somebody whose place nobody knows", async () => {
    await project.sql`insert into contacts (contact_list_id, phone_number, place, consent)
                      values (${list}, '+12025550101', 'Asia/Tokyo', '{"grantedAt": 1}')`;
    expect(
      await as(alice, `update contacts set phone_number = '+447700900123' where contact_list_id = '${list}'`),
    ).toBe(1);
    const [row] = await project.sql`select place, consent from contacts where contact_list_id = ${list}`;
    expect(row).toEqual({ place: null, consent: null });
  });

  test("moves no contact into another's list, nor its own list to another owner", async () => {
    const his = randomUUID();
    await project.sql`insert into contact_lists (id, user_id, name) values (${his}, ${bob}, 'his')`;
    await project.sql`insert into contacts (contact_list_id, phone_number) values (${his}, '+12025550101')`;
    expect(
      await as(bob, `insert into contacts (contact_list_id, phone_number) values ('${list}', '+12025550102')`),
    ).toBe(DENIED);
    expect(
      await as(bob, `insert into contacts (contact_list_id, phone_number) values (gen_random_uuid(), '+12025550102')`),
    ).toBe(DENIED);
    expect(await as(bob, `update contacts set contact_list_id = '${list}' where contact_list_id = '${his}'`)).toBe(
      DENIED,
    );
    expect(await as(bob, `update contact_lists set user_id = '${alice}' where id = '${his}'`)).toBe(DENIED);
    expect(await as(bob, `update contact_lists set id = gen_random_uuid() where id = '${his}'`)).toBe(DENIED);
  });

  test.each([
    [`contact_lists (user_id, name, created_at) values ('${alice}', 'x', 'infinity')`],
    [`contact_lists (user_id, name, created_at) values ('${alice}', 'x', '-infinity')`],
    [`contact_lists (user_id, name, created_at) values ('${alice}', 'x', '200000-01-01')`],
    [`contact_lists (user_id, name, created_at) values ('${alice}', 'x', '1500-01-01 BC')`],
    [`contact_lists (user_id, name) values ('${alice}', repeat('x', 501))`],
    [`contact_lists (user_id, name) values ('${alice}', E'x\\u001b[2J')`],
    [`csv_files (user_id, filename) values ('${alice}', repeat('x', 100001))`],
  ])("is refused: %s", async (row) => {
    expect(await as(alice, `insert into ${row}`)).toBe(REFUSED);
  });

  test.each(["[]", "42", `{"a": 1}`, `{"a": {"b": "c"}}`, `{"a": null}`])(
    "is refused the variables %s",
    async (variables) => {
      const row = `insert into contacts (contact_list_id, phone_number, variables) values ('${list}', '+12025550101', '${variables}')`;
      expect(await as(alice, row)).toBe(REFUSED);
    },
  );

  const consent = (changes: object): string => {
    const given = {
      user_id: alice,
      phone_number: "+12025550101",
      channel: "ai_voice",
      purpose: "marketing",
      level: "express",
    };
    const row = { ...given, granted_at: "2026-01-01", source: "form", ...changes };
    return `insert into consents (${Object.keys(row).join(", ")}) values (${Object.values(row)
      .map((value) => `'${value}'`)
      .join(", ")})`;
  };
  test.each([
    [{}, 1],
    [{ user_id: bob }, DENIED],
    [{ id: 7 }, DENIED],
    [{ granted_at: "-infinity" }, REFUSED],
    [{ expires_at: "infinity" }, REFUSED],
    [{ phone_number: "+1*" }, REFUSED],
    [{ phone_number: "%" }, REFUSED],
    [{ source: "x".repeat(501) }, REFUSED],
    [{ purpose: "a\u001bb" }, REFUSED],
  ])("adds a consent with %j", async (changes, answer) => {
    expect(await as(alice, consent(changes))).toBe(answer);
  });
});

test("a project of the system before takes what its frontend writes: its own columns, defaults and words of files", async () => {
  const old = readFileSync(new URL("../support/old-tables.sql", import.meta.url), "utf8");
  await using adopted = await SupabaseProject.start(
    postgres,
    "adopted",
    `${old}; alter table campaigns add column voice text; ${schemaSql()}`,
  );
  await using theirs = await SignedIn.start(postgres, "adopted");
  const [file, made] = [randomUUID(), randomUUID()];
  for (const statement of [
    `insert into csv_files (id, user_id, filename, original_filename, file_size, total_contacts) values ('${file}', '${bob}', 'x.csv', 'x.csv', 10, 1)`,
    `update csv_files set status = 'completed', processed_contacts = 1 where id = '${file}'`,
    `insert into csv_contacts (csv_file_id, name, phone_number) values ('${file}', 'Ben', '(202) 555-0165')`,
    `insert into campaigns (id, user_id, name, assistant_id, contact_source, csv_file_id, calling_days, campaign_prompt, voice)
     values ('${made}', '${bob}', 'his', gen_random_uuid(), 'csv_file', '${file}', '{Monday}', 'Hello.', 'deep')`,
    `update campaigns set execution_status = 'running', voice = 'high', updated_at = 'now' where id = '${made}'`,
    `update campaigns set execution_status = 'paused' where id = '${made}'`,
  ])
    expect([statement, (await theirs.run("authenticated", bob, statement)).count]).toEqual([statement, 1]);
  const [paused] = await adopted.sql`select execution_status, status_reason from campaigns where id = ${made}`;
  expect(paused).toEqual({ execution_status: "paused", status_reason: "paused by its owner" });
});
