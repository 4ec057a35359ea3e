/**
 * The Supabase store on a PostgreSQL of this machine, beside the barest thing that does such work in the same run. Each
 * runner has a front of its own, in a process of its own, so that the server for tests (@supabase/lite) is not what waits.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createClient } from "@supabase/supabase-js";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import type { Contact } from "../../src/domain/calls/call.ts";
import type { Campaign } from "../../src/domain/calls/campaign.ts";
import { people, present, Scene } from "../contracts/store/scene.ts";
import { NOON, PLACE } from "../support/domain.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";
import { countTrips, OF_A_CALL } from "../support/trips.ts";
import { aim, here } from "./measure.ts";

const CONTACTS = 100_000;
const BATCH = 1000;
const RUNNERS = [1, 2, 4];
const [OVER_HTTP, DIRECT, DIALED] = [800, 2000, 50];

async function seconds(act: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await act();
  return (performance.now() - before) / 1000;
}
/** `total` times, shared by `workers`; per second. */
async function rate(total: number, workers: number, act: (worker: number) => Promise<void>): Promise<number> {
  const each = Math.floor(total / workers);
  const work = async (worker: number): Promise<void> => {
    for (let n = 0; n < each; n++) await act(worker);
  };
  return (each * workers) / (await seconds(() => Promise.all(Array.from({ length: workers }, (_, n) => work(n)))));
}
const times = (n: number, bare: number): string => `× ${(n / bare).toFixed(1)}`;
const perSecond = (n: number): string => `${Math.round(n).toLocaleString("en")} a second`;
const beside = (n: number, bare: number, what: string): string =>
  `${perSecond(n)}, ${what} ${perSecond(bare)} (× ${(n / bare).toFixed(2)})`;

export async function supabase(): Promise<string> {
  await using postgres = await Postgres.start();
  await using project = await SupabaseProject.start(postgres, "bench");
  const lines: string[] = [];
  for (const pool of [false, true]) lines.push(...(await trips(project, pool)));

  const scene = new Scene(await project.emptied());
  const campaign = await started(scene, project, lines);
  const handedOut = new Set<string>();
  let claims = 0;
  const take = (id: string): void => void (claims++, handedOut.add(id));
  await overHttp(postgres, project, campaign, take, lines);
  await direct(postgres, scene, campaign, take, lines);
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
    await store.snapshot(idle, "2026-11-23");
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
): Promise<void> {
  const fronts = await Promise.all([0, 1, 2, 3].map(() => front(postgres, project)));
  const { serviceRoleKey } = project;
  const clients = fronts.map(({ url }) => createClient(url, serviceRoleKey, { auth: { persistSession: false } }));
  const mine = fronts.map(({ url }) => new Scene(openSupabaseStore({ url, serviceRoleKey, judge: "caller" })));
  const ids = await Promise.all(mine.map((scene) => scene.runner()));
  for (const runners of RUNNERS) {
    const bare = await rate(OVER_HTTP, runners, async (n) => {
      const { error } = await present(clients[n]).rpc("campaigns_version");
      if (error !== null) throw new Error(error.message);
    });
    const claimed = await rate(OVER_HTTP, runners, async (n) =>
      take((await present(mine[n]).claimed(campaign, present(ids[n]))).call.id),
    );
    lines.push(
      aim(
        `claims over HTTP, ${runners} runners: ${beside(claimed, bare, "an empty rpc")}`,
        "× 0.5 or more",
        claimed / bare >= 0.5,
      ),
    );
  }
  for (const { stop } of fronts) await stop();
}

async function direct(
  postgres: Postgres,
  scene: Scene,
  campaign: Campaign,
  take: (id: string) => void,
  lines: string[],
): Promise<void> {
  const clients = [0, 1, 2, 3].map(() => postgres.connect("bench"));
  const runner = await scene.runner();
  const at = new Date(NOON);
  for (const runners of RUNNERS) {
    const bare = await rate(DIRECT, runners, async (n) => {
      await present(clients[n])`
        update bare set attempt_id = gen_random_uuid() where id = (
          select id from bare where campaign_id = ${campaign.id} and place = ${PLACE} and status = 'pending'
            and attempt_id is null and next_attempt_at <= ${at}
          order by next_attempt_at, position limit 1 for update skip locked)
        returning *`;
    });
    const claimed = await rate(DIRECT, runners, async (n) => {
      const sql = present(clients[n]);
      const asked = { campaign_id: campaign.id, runner_id: runner, trunk_id: "ST_1", attempt_id: randomUUID() };
      const open = [{ place: PLACE, caps: [] }];
      const request = {
        ...asked,
        local_day: "2026-11-23",
        interval: 0,
        concurrency: CONTACTS,
        open,
        unrung: [],
        clock: at,
      };
      const [row] = await sql`
        select campaigns_claim(${sql.json(request)} || jsonb_build_object('reading', campaigns_reading(c)), ${at}, null) -> 'call' ->> 'id' as id
        from campaigns c where c.id = ${campaign.id}`;
      take(present(row?.["id"] as string | null));
    });
    lines.push(
      aim(
        `claims by SQL, ${runners} runners: ${beside(claimed, bare, "a bare update … skip locked")}`,
        "250 a second or more",
        claimed >= 250,
      ),
    );
  }
  for (const sql of clients) await sql.end();
}

async function front(
  postgres: Postgres,
  project: SupabaseProject,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const { onnotice: _, ...options } = postgres.options("bench");
  const { serviceRoleKey, anonKey } = project;
  const given = { options, database: "bench", keys: { jwtSecret: randomUUID(), serviceRoleKey, anonKey } };
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
