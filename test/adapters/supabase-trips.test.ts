/** How often a call asks the database: counted, since every request is a wait on a hosted project. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
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
  ["answered", ANSWER, false, { claim: CALLS, touch_number: 0, begin_dial: CALLS, save: 2 * CALLS }],
  ["busy", BUSY, false, { claim: CALLS, touch_number: 0, begin_dial: CALLS, save: CALLS }],
  ["answered, from a pool", ANSWER, true, { claim: CALLS, touch_number: CALLS, begin_dial: CALLS, save: 2 * CALLS }],
])("a call that is %s asks once for each step, from claim to final", async (_, behaviour, pool, wanted) => {
  const { dials, verbs, again } = await countTrips(project, CALLS, behaviour, pool);
  expect(dials).toBe(CALLS);
  const of = (verb: string): number => verbs.get(verb) ?? 0;
  const asked = { claim: of("claim") - again.claim, begin_dial: of("begin_dial") - again.begin_dial };
  // A number is touched before each look at the gate, those that wait included.
  const touched = of("touch_number") - (pool ? again.begin_dial : 0);
  expect({ ...asked, touch_number: touched, save: of("save") }).toEqual(wanted);
  // What the runner asks by the clock, or when a call has ended, is not the call's own.
  const others = [...verbs].filter(([verb]) => !OF_A_CALL.includes(verb)).map(([verb]) => verb);
  expect(POLLS).toEqual(expect.arrayContaining(others));
});

const POLLS = [
  "version",
  "renew_lease",
  "end_lease",
  "take_over",
  "others_leases",
  "ended_attempts",
  "hang_ups",
  "list_campaigns",
  "list_numbers",
  "snapshot",
  "set_next_call_at",
  "move_campaign",
];
