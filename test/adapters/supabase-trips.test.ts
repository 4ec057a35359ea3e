/** How often a call asks the database: counted, since every request is a wait on a hosted project. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Fate } from "../support/losing.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";
import { countTrips, OF_A_CALL } from "../support/trips.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "trips");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});
beforeEach(() => project.emptied().then(() => {}));

const CALLS = 50;
const BUSY = { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 };
const ANSWER = { does: "answer", rings: 0.1, talks: 0.5 };

test.each([
  ["answered", ANSWER, {}, 4],
  ["busy", BUSY, {}, 3],
  ["answered, from a pool", ANSWER, { pool: true }, 4],
  // So slow that no request overtakes another.
  ["answered, at a pace", ANSWER, { calls: 10, delay: "250ms" }, 4],
] as const)("a call that is %s asks once for each step, from claim to final", async (_, behaviour, options, trips) => {
  const { calls = CALLS, ...how }: { calls?: number; pool?: boolean; delay?: string } = options;
  const { dials, verbs, empty } = await countTrips(project, calls, behaviour, how);
  expect(dials).toBe(calls);
  const of = (verb: string): number => verbs.get(verb) ?? 0;
  // On a busy machine the answer to a dial may come too late: the call goes back, and is handed out again.
  const [given] = await project.sql`select count(*) filter (where ending = 'released') as back from call_attempts`;
  const back = Number(given?.["back"]);
  expect({ begin_dial: of("begin_dial"), save: of("save") }).toEqual({
    begin_dial: calls + back,
    save: calls * (trips - 2) + back,
  });
  // Several are handed out at once.
  expect(of("claim") - empty).toBeLessThanOrEqual(calls + back);
  // What the runner asks by the clock, or when a call has ended, is not the call's own.
  const others = [...verbs].filter(([verb]) => !OF_A_CALL.includes(verb)).map(([verb]) => verb);
  expect(POLLS).toEqual(expect.arrayContaining(others));
});

test("of which every seventh is answered by another server, once it is done, ends each call and dials nobody twice", async () => {
  let [asked, strange] = [0, 0];
  const fateOf = (): Fate => {
    // At the start an answer like it is said, and the run does not begin.
    if (++asked < 10 || asked % 7 !== 0) return "arrives";
    strange++;
    return "another's answer";
  };
  const { dials, numbers } = await countTrips(project, 20, ANSWER, { delay: "50ms", fateOf });
  const [stored] = await project.sql`
    select count(*) filter (where dialed_at is not null and ending is distinct from 'released') as dials,
      count(*) filter (where state <> 'ended') as open from call_attempts`;
  const statuses = await project.sql`select distinct status from campaign_calls`;
  expect(strange).toBeGreaterThan(5);
  expect([dials, numbers]).toEqual([20, 20]);
  expect([Number(stored?.["dials"]), Number(stored?.["open"])]).toEqual([20, 0]);
  expect(statuses.map(({ status }) => String(status))).toEqual(["completed"]);
});

const POLLS = [
  "version",
  "renew_lease",
  "end_lease",
  "admit",
  "take_over",
  "others_leases",
  "ended_attempts",
  "news",
  "list_campaigns",
  "caller_pool",
  "snapshot",
  "set_next_call_at",
  "move_campaign",
  "talks",
  // What became of a campaign that runs no more.
  "find_campaigns",
  // Whom it is time to forget: once an hour.
  "outlived",
];
