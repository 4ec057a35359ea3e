/**
 * Figures of the Supabase store on a PostgreSQL of this machine: `node test/bench/supabase.ts`. The server in front of it
 * is the tests' (@supabase/lite, several milliseconds a request, in this very process); `direct` leaves it out.
 */
import { randomUUID } from "node:crypto";
import type { Contact } from "../../src/domain/call.ts";
import { SECOND } from "../../src/domain/instant.ts";
import { people, present, Scene } from "../contracts/store/scene.ts";
import { NOON, PLACE } from "../support/domain.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const CONTACTS = 100_000;
const BATCH = 1000;

const say = (what: string, value: string): void => void process.stdout.write(`${what.padEnd(58)}${value}\n`);
async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  const before = performance.now();
  const result = await act();
  say(what, `${Math.round(performance.now() - before)} ms`);
  return result;
}

await using postgres = await Postgres.start();
await using project = await SupabaseProject.start(postgres, "bench");
const store = await project.emptied();
const scene = new Scene(store);

const source = { kind: "csv_file", id: randomUUID() } as const;
await timed(`import of ${CONTACTS} contacts, ${BATCH} a request`, async () => {
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
});
const idle = await scene.idle([], { source, dailyCap: CONTACTS, concurrency: CONTACTS });
const campaign = present(await timed("start", () => store.moveCampaign(idle.id, "start", { at: NOON })));
await project.sql`analyze`;
await timed("status (campaign, snapshot, progress)", async () => {
  await store.findCampaigns(campaign.id);
  await store.snapshot(campaign, "2026-11-23");
  await store.progress(campaign.id, NOON);
});

const handedOut = new Set<string>();
for (const runners of [1, 2, 4]) {
  const wanted = 400;
  const before = performance.now();
  await Promise.all(
    Array.from({ length: runners }, async () => {
      const mine = new Scene(project.open());
      const runnerId = await mine.runner();
      for (let n = 0; n < wanted / runners; n++) handedOut.add((await mine.claimed(campaign, runnerId)).call.id);
    }),
  );
  const perSecond = Math.round(wanted / ((performance.now() - before) / SECOND));
  say(`claims over HTTP, ${runners} runner${runners > 1 ? "s" : ""}`, `${perSecond} a second`);
}
const clients = [1, 2, 3].map(() => postgres.connect("bench"));
for (const runners of [1, 2, 3]) {
  const runnerId = await scene.runner();
  const wanted = 1500;
  const before = performance.now();
  await Promise.all(
    clients.slice(0, runners).map(async (sql) => {
      for (let n = 0; n < wanted / runners; n++) {
        const asked = { campaign_id: campaign.id, runner_id: runnerId, trunk_id: "ST_1", attempt_id: randomUUID() };
        const open = [{ place: PLACE, caps: [] }];
        const request = { ...asked, local_day: "2026-11-23", interval: 0, concurrency: CONTACTS, open };
        const at = new Date(NOON);
        const [row] = await sql`select campaigns_claim(${sql.json(request)}, ${at}, null) -> 'call' ->> 'id' as id`;
        handedOut.add(present(row?.["id"] as string | null));
      }
    }),
  );
  const perSecond = Math.round(wanted / ((performance.now() - before) / SECOND));
  say(`claims direct, ${runners} connection${runners > 1 ? "s" : ""}`, `${perSecond} a second`);
}
say("handed out twice", String(3 * 400 + 3 * 1500 - handedOut.size));
for (const sql of clients) await sql.end();
