/**
 * The Supabase store on a PostgreSQL of this machine, beside the barest thing that does such work in the same run. Each
 * runner has a front of its own, in a process of its own, so that the server for tests (@supabase/lite) is not what waits.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createClient } from "@supabase/supabase-js";
import type { Sql } from "postgres";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import { UNRUNG } from "../../src/domain/calls/ending.ts";
import type { Contact } from "../../src/domain/calls/call.ts";
import type { Campaign } from "../../src/domain/calls/campaign.ts";
import { DAY, people, present, Scene } from "../contracts/store/scene.ts";
import { NOON, PLACE } from "../support/domain.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";
import { countTrips, OF_A_CALL } from "../support/trips.ts";
import { aim, here, type Size } from "./measure.ts";
import { benchNumber } from "./numbers.ts";
import { dialsOf, meanKept } from "./pace.ts";

const CONTACTS = 100_000;
const BATCH = 1000;
const RUNNERS = [1, 2, 4];
const [OVER_HTTP, FAR_AWAY, DIRECT, DIALED] = [800, 400, 2000, 50];
/** Calls under way at most: what was claimed is ended, and the clock stands still meanwhile. */
const OPEN = 200;
/** Milliseconds from a request to its answer, for a project in the same country. */
const ROUND_TRIP = 20;
const A_SECOND = 50;
const SECONDS: Readonly<Record<Size, number>> = { small: 10, full: 60 };

async function seconds(act: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await act();
  return (performance.now() - before) / 1000;
}
/** `total` times, shared by `workers`; per second. `clear` comes after every `OPEN` of them, and does not count. */
async function rate(
  total: number,
  workers: number,
  act: (worker: number) => Promise<void>,
  clear = async (): Promise<void> => {},
): Promise<number> {
  const work = async (worker: number): Promise<void> => {
    for (let n = 0; n < OPEN / workers; n++) await act(worker);
  };
  let spent = 0;
  for (let n = 0; n < total; n += OPEN) {
    spent += await seconds(() => Promise.all(Array.from({ length: workers }, (_, worker) => work(worker))));
    await clear();
  }
  return total / spent;
}
const times = (n: number, bare: number): string => `× ${(n / bare).toFixed(1)}`;
const perSecond = (n: number): string => `${Math.round(n).toLocaleString("en")} a second`;
const beside = (n: number, bare: number, what: string): string =>
  `${perSecond(n)}, ${what} ${perSecond(bare)} (× ${(n / bare).toFixed(2)})`;

export async function supabase(size: Size): Promise<string> {
  await using postgres = await Postgres.start();
  await using project = await SupabaseProject.start(postgres, "bench");
  const lines: string[] = [];
  for (const pool of [false, true]) lines.push(...(await trips(project, pool)));
  lines.push(...(await paced(postgres, project, size)));

  const scene = new Scene(await project.emptied());
  const campaign = await started(scene, project, lines);
  const handedOut = new Set<string>();
  let claims = 0;
  const take = (id: string): void => void (claims++, handedOut.add(id));
  await overHttp(postgres, project, campaign, take, lines, 0);
  await overHttp(postgres, project, campaign, take, lines, ROUND_TRIP);
  await direct(postgres, project, scene, campaign, take, lines);
  const twice = claims - handedOut.size;
  lines.push(aim(`${claims.toLocaleString("en")} claims, handed out twice: ${twice}`, "0", twice === 0));
  return lines.join("\n");
}

const said = (counts: readonly (readonly [string, number])[]): string =>
  counts.map(([verb, n]) => `${verb} ${n}`).join(", ");

async function trips(project: SupabaseProject, pool: boolean): Promise<string[]> {
  await project.emptied();
  const answer = { does: "answer", rings: 0.1, talks: 0.5 };
  const { dials, verbs, empty } = await countTrips(project, DIALED, answer, { pool });
  const own = OF_A_CALL.map((verb) => [verb, verbs.get(verb) ?? 0] as const);
  const perDial = own.reduce((sum, [, n]) => sum + n, 0) / dials;
  const others = [...verbs].filter(([verb]) => !OF_A_CALL.includes(verb));
  return [
    aim(
      `round trips per dialed call${pool ? ", with a pool of numbers" : ""}: ${perDial.toFixed(2)}`,
      "4 or fewer",
      perDial <= 4,
    ),
    `  ${dials} dials: ${said(own)}; of these, claims that found nobody: ${empty}`,
    `  the runner's own: ${said(others)}`,
  ];
}

/** One campaign, whose project is as far away as others' are. */
async function paced(postgres: Postgres, project: SupabaseProject, size: Size): Promise<string[]> {
  await project.emptied();
  const { url, stop } = await front(postgres, project, ROUND_TRIP);
  const away = { url, serviceRoleKey: project.serviceRoleKey };
  const answer = { does: "answer", rings: 0.1, talks: 0.5 };
  const how = { delay: `${1000 / A_SECOND}ms`, numberOf: benchNumber };
  const { dials, dialedAt, verbs, empty } = await countTrips(away, dialsOf(A_SECOND, SECONDS[size]), answer, how);
  await stop();
  const mean = meanKept(dialedAt.toSorted((a, b) => a - b));
  const all = [...verbs.values()].reduce((sum, n) => sum + n, 0);
  return [
    aim(
      `one campaign at ${A_SECOND} a second, ${ROUND_TRIP} ms to the project and back: ${mean.toFixed(1)} a second`,
      "within 1 %",
      Math.abs(mean / A_SECOND - 1) <= 0.01,
    ),
    `  ${dials} dials: ${said([...verbs])}; claims that found nobody: ${empty}; ${(all / dials).toFixed(2)} a dial`,
  ];
}

async function started({ store }: Scene, project: SupabaseProject, lines: string[]): Promise<Campaign> {
  const source = { kind: "csv_file", id: randomUUID() } as const;
  await store.addContactFile({ id: source.id, filename: "bench.csv", size: 1 }, NOON);
  const [person] = people(1);
  for (let n = 0; n < CONTACTS; n += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, i): Contact => ({
      ...present(person),
      id: randomUUID(),
      phoneNumber: `+1202555${String(n + i).padStart(7, "0")}`.slice(0, 15),
    }));
    await store.addContacts(source.id, batch);
  }
  await store.sealContactFile(source.id);
  const settings = { source, dailyCap: CONTACTS, concurrency: CONTACTS };
  const idle = await new Scene(store).idle([], settings);
  const start = await seconds(() => store.moveCampaign(idle.id, "start", { at: NOON }));
  await project.sql`create table bare (like campaign_calls including all)`;
  const copy = await seconds(async () => {
    await project.sql`insert into bare overriding system value select * from campaign_calls`;
  });
  await project.sql`analyze`;
  const status = await seconds(async () => {
    await store.findCampaigns(idle.id);
    await store.snapshot(idle, DAY);
    await store.progress(idle.id, NOON);
  });
  const count = await seconds(async () => {
    await project.sql`select status, count(*) from bare group by status`;
  });
  lines.push(
    aim(
      `start of 100,000 calls: ${start.toFixed(1)} s, the same rows copied bare ${copy.toFixed(1)} s (${times(start, copy)})`,
      "below 10 s",
      start < 10,
    ),
    aim(
      `status: ${(status * 1000).toFixed(0)} ms, a bare count ${(count * 1000).toFixed(0)} ms (${times(status, count)})`,
      "below 500 ms",
      status < 0.5,
    ),
  );
  return present((await store.findCampaigns(idle.id))[0]);
}

async function overHttp(
  postgres: Postgres,
  project: SupabaseProject,
  campaign: Campaign,
  take: (id: string) => void,
  lines: string[],
  away: number,
): Promise<void> {
  const fronts = await Promise.all([0, 1, 2, 3].map(() => front(postgres, project, away)));
  const { serviceRoleKey } = project;
  const clients = fronts.map(({ url }) => createClient(url, serviceRoleKey, { auth: { persistSession: false } }));
  const mine = fronts.map(({ url }) => new Scene(openSupabaseStore({ url, serviceRoleKey, judge: "caller" })));
  const ids = await Promise.all(mine.map((scene) => scene.runner()));
  const where = away === 0 ? "" : `, ${away} ms there and back`;
  let one = NaN;
  for (const runners of RUNNERS) {
    const total = away === 0 ? OVER_HTTP : FAR_AWAY;
    const bare = await rate(total, runners, async (n) => {
      const { error } = await present(clients[n]).rpc("campaigns_version");
      if (error !== null) throw new Error(error.message);
    });
    const claimed = await rate(
      total,
      runners,
      async (n) => take((await present(mine[n]).claimed(campaign, present(ids[n]))).call.id),
      () => end(project),
    );
    if (runners === 1) one = claimed;
    lines.push(
      aim(
        `claims over HTTP${where}, ${runners} runners: ${beside(claimed, bare, "an empty rpc")}`,
        "× 0.5 or more",
        claimed / bare >= 0.5,
      ),
    );
    if (runners === 4 && away > 0)
      lines.push(
        aim(
          `claims over HTTP${where}, 4 runners beside one: ${times(claimed, one)}`,
          "× 2.5 or more",
          claimed / one >= 2.5,
        ),
      );
  }
  for (const { stop } of fronts) await stop();
}

/** What was claimed was dialed, and busy. */
async function end({ sql }: SupabaseProject): Promise<void> {
  const at = new Date(NOON);
  await sql.begin(async (all) => {
    await all`
      update campaign_calls set attempt_id = null, status = 'busy', end_reason = 'busy', next_attempt_at = null,
        completed_at = ${at}, updated_at = ${at}
      where attempt_id is not null`;
    await all`
      update call_attempts set state = 'ended', dialed_at = ${at}, local_day = ${DAY}, ended_at = ${at}, ending = 'busy'
      where state <> 'ended'`;
  });
}

async function direct(
  postgres: Postgres,
  project: SupabaseProject,
  scene: Scene,
  campaign: Campaign,
  take: (id: string) => void,
  lines: string[],
): Promise<void> {
  const clients = [0, 1, 2, 3].map(() => postgres.connect("bench"));
  const runner = await scene.runner();
  const at = new Date(NOON);
  // As a runner that has read the campaign asks.
  const [known] =
    await project.sql`select campaigns_reading(c) as reading from campaigns c where c.id = ${campaign.id}`;
  const settings = { local_day: DAY, interval: 0, concurrency: CONTACTS, missed: at, ...present(known) };
  for (const runners of RUNNERS) {
    const bare = await rate(DIRECT, runners, async (n) => {
      await present(clients[n])`
        update bare set attempt_id = gen_random_uuid() where id = (
          select id from bare where campaign_id = ${campaign.id} and place = ${PLACE} and status = 'pending'
            and attempt_id is null and next_attempt_at <= ${at}
          order by next_attempt_at, position limit 1 for update skip locked)
        returning *`;
    });
    const before = await processor(clients);
    const claim = async (n: number): Promise<void> => {
      const sql = present(clients[n]);
      const asked = { campaign_id: campaign.id, runner_id: runner, trunk_id: "ST_1", attempts: [randomUUID()] };
      const request = { ...asked, ...settings, open: [{ place: PLACE, caps: [] }], unrung: UNRUNG, clock: at };
      const [row] = await sql`
        select campaigns_claim(${sql.json(request)}, ${at}, null, 'plain') -> 0 -> 'call' ->> 'id' as id`;
      take(present(row?.["id"] as string | null));
    };
    const claimed = await rate(DIRECT, runners, claim, () => end(project));
    const each = (await processor(clients)) - before;
    lines.push(
      aim(
        `claims by SQL, ${runners} runners: ${beside(claimed, bare, "a bare update … skip locked")}`,
        "250 a second or more",
        claimed >= 250,
      ),
      `  ${(each / DIRECT).toFixed(1)} ms of PostgreSQL's processor each`,
    );
  }
  for (const sql of clients) await sql.end();
}

/** Milliseconds that the sessions of these clients have had a processor; NaN where the system does not say. */
async function processor(clients: readonly Sql[]): Promise<number> {
  const used = clients.map(async (sql) => {
    const [row] = await sql`select pg_backend_pid() as pid`;
    const said = await readFile(`/proc/${String(row?.["pid"])}/schedstat`, "utf8").catch(() => "NaN");
    return Number(said.split(" ")[0]) / 1e6;
  });
  return (await Promise.all(used)).reduce((sum, each) => sum + each, 0);
}

async function front(
  postgres: Postgres,
  project: SupabaseProject,
  away: number,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const { onnotice: _, ...options } = postgres.options("bench");
  const { serviceRoleKey, anonKey } = project;
  const given = { options, database: "bench", away, keys: { jwtSecret: randomUUID(), serviceRoleKey, anonKey } };
  const child = spawn(process.execPath, [here("./front.ts"), JSON.stringify(given)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  return {
    url: line.toString().trim(),
    stop: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}
