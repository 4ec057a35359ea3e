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
  ["answered", ANSWER, false, { touch_number: 0, begin_dial: CALLS, save: 2 * CALLS }],
  ["busy", BUSY, false, { touch_number: 0, begin_dial: CALLS, save: CALLS }],
  ["answered, with a number of a pool", ANSWER, true, { touch_number: CALLS, begin_dial: CALLS, save: 2 * CALLS }],
])("a call that is %s asks once for each step, from claim to final", async (_, behaviour, pool, wanted) => {
  const { dials, verbs } = await countTrips(project, CALLS, behaviour, pool);
  expect(dials).toBe(CALLS);
  const of = (verb: string): number => verbs.get(verb) ?? 0;
  expect({ touch_number: of("touch_number"), begin_dial: of("begin_dial"), save: of("save") }).toEqual(wanted);
  // One claim each, and a few that come back empty when everybody has been handed out.
  expect(of("claim")).toBeGreaterThanOrEqual(CALLS);
  expect(of("claim")).toBeLessThanOrEqual(CALLS + 5);
  // What the runner asks by the clock does not grow with the calls.
  const others = [...verbs].filter(([verb]) => !OF_A_CALL.includes(verb));
  expect(others.reduce((sum, [, n]) => sum + n, 0)).toBeLessThan(4 * CALLS);
});
