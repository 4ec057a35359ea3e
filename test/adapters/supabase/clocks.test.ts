/** Machines whose clocks differ, on one project: who is alive is judged by the database's clock. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openSupabaseStore } from "../../../src/adapters/supabase/store.ts";
import { localDay } from "../../../src/domain/hours/local-hours.ts";
import { DAY, HOUR, type Instant, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { systemClock } from "../../../src/engine/ports/clock.ts";
import type { Clock, Store } from "../../../src/engine/ports/index.ts";
import { RunnerLease } from "../../../src/engine/run/lease.ts";
import { dialing, ended, people, present, Scene } from "../../contracts/store/scene.ts";
import { Postgres } from "../../support/postgres.ts";
import { SupabaseProject } from "../../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "clocks");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});
beforeEach(() => project.emptied().then(() => {}));

/** A machine whose clock is ahead by so much. */
function machine(ahead: number): { clock: Clock; store: Store; scene: Scene; now: () => Instant } {
  const now = (): Instant => systemClock.now() + ahead;
  const clock: Clock = { ...systemClock, now };
  const store = openSupabaseStore({ url: project.url, serviceRoleKey: project.serviceRoleKey }, clock);
  return { clock, store, scene: new Scene(store), now };
}

test("a machine 60 s ahead took over the living one's calls, and hung up on everybody: it takes nothing", async () => {
  const [right, fast] = [machine(0), machine(MINUTE)];
  const campaign = await right.scene.running(people(2));
  const runner = await right.scene.runner(right.now(), right.now() + 30 * SECOND);
  const claim = await right.scene.claimed(campaign, runner, { at: right.now() });
  const other = await fast.scene.runner(fast.now(), fast.now() + 30 * SECOND);
  expect(await fast.store.takeOver(other, fast.now())).toEqual([]);
  expect((await fast.store.progress(campaign.id, fast.now())).runners).toBe(2);
  // It is handed out nothing, and dials nothing.
  expect(await fast.scene.claim(campaign, other, { at: fast.now() })).toBeNull();
  const late = dialing(claim, right.now() - 6 * SECOND, localDay("UTC", right.now()));
  expect(await right.store.beginDial(late, 0)).toEqual({ say: "no", because: "clock" });
});

test("a runner whose clock is set an hour ahead went on taking over calls, and hung up on them: it keeps its own", async () => {
  const [right, set] = [machine(0), machine(HOUR)];
  const runner = (): Promise<string> => right.scene.runner(right.now(), right.now() + 30 * SECOND);
  const campaign = await right.scene.running(people(2), { delay: 0 });
  const claimedBy = (id: string) => right.scene.claimed(campaign, id, { at: right.now() });
  const [dead, own] = [await runner(), await runner()];
  const [theirs, mine] = [await claimedBy(dead), await claimedBy(own)];
  await right.store.endLease(dead);
  expect(await set.store.takeOver(own, set.now())).toMatchObject([{ attempt: { id: mine.attempt.id } }]);
  expect(await right.store.takeOver(await runner(), right.now())).toMatchObject([
    { attempt: { id: theirs.attempt.id } },
  ]);
});

test.each([
  // What a slow request leaves in doubt is not told.
  [HOUR, /\b(3600|35\d\d) s ahead of/],
  [-MINUTE, /\b(60|[345]\d) s behind/],
])("a runner whose clock is off by %d ms does not begin, and says by how much", async (ahead, words) => {
  const { store, clock } = machine(ahead);
  const lease = new RunnerLease(randomUUID(), 30 * SECOND, store, clock);
  await expect(lease.renew()).rejects.toMatchObject({
    code: "clock",
    message: expect.stringMatching(words) as string,
  });
});

test.each([
  ["ahead", HOUR, "an hour late"],
  ["back", -HOUR, "at once"],
])("a clock set %s in a call planned its retry %d ms off, %s: it is planned from now", async (_, ahead) => {
  const [right, set] = [machine(0), machine(ahead)];
  const campaign = await right.scene.running(people(1));
  const runner = await right.scene.runner(right.now(), right.now() + 30 * SECOND);
  const claim = await right.scene.claimed(campaign, runner, { at: right.now() });
  const dial = dialing(claim, right.now(), localDay("UTC", right.now()));
  expect(await right.store.beginDial(dial, 0)).toMatchObject({ say: "go" });
  const end = ended(dial, "no_answer", set.now());
  await set.scene.save(end);
  const [call] = (await right.store.listCalls({ campaignId: campaign.id, limit: 1 })).calls;
  const planned = present(end.call.nextAttemptAt) - present(end.attempt.endedAt);
  expect(Math.abs(present(call?.nextAttemptAt) - right.now() - planned)).toBeLessThan(30 * SECOND);
});

test.each([
  ["start", "start"],
  ["campaign set running by a frontend and taken in", "admit"],
])("a %s by a machine an hour ahead made nobody due for that hour: they are due at once", async (_, how) => {
  const [right, fast] = [machine(0), machine(HOUR)];
  const { id } = await right.scene.idle(people(2));
  if (how === "admit") {
    await project.sql`update campaigns set execution_status = 'running' where id = ${id}`;
    await fast.store.admit(fast.now());
  } else await fast.store.moveCampaign(id, "start", { at: fast.now() });
  const { calls } = await right.store.listCalls({ campaignId: id, limit: 10 });
  expect(calls).toHaveLength(2);
  for (const { nextAttemptAt } of calls) expect(present(nextAttemptAt)).toBeLessThanOrEqual(right.now());
});

test("a call that a frontend added was due in an hour, by the machine ahead that took it in", async () => {
  const [right, fast] = [machine(0), machine(HOUR)];
  const { id } = await right.scene.running(people(1));
  await project.sql`update campaign_calls set next_attempt_at = null, place = '' where campaign_id = ${id}`;
  await fast.store.admit(fast.now());
  const [call] = (await right.store.listCalls({ campaignId: id, limit: 1 })).calls;
  expect(present(call?.nextAttemptAt)).toBeLessThanOrEqual(right.now());
});

test("a machine 90 days ahead forgot whom a campaign had just called: it forgets nobody", async () => {
  const [right, fast] = [machine(0), machine(90 * DAY)];
  const { id } = await right.scene.running(people(1), { retention: 60 * DAY });
  await right.store.moveCampaign(id, "stop", { at: right.now() });
  expect(await right.store.outlived(right.now())).toEqual([]);
  expect(await fast.store.outlived(fast.now())).toEqual([]);
});

test("a runner four seconds off works", async () => {
  const { store, clock } = machine(-4 * SECOND);
  await new RunnerLease(randomUUID(), 30 * SECOND, store, clock).renew();
});
