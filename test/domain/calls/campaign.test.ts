/** The moves of a campaign: the design's sentences against the table. */
import { expect, test } from "vitest";
import { CAMPAIGN_STATUSES, moved, type MoveName, MOVES } from "../../../src/domain/calls/campaign.ts";

const names = Object.keys(MOVES) as MoveName[];

test.each(names.flatMap((move) => CAMPAIGN_STATUSES.map((from) => [move, from] as const)))(
  "%s from %s goes where the table says, or nowhere",
  (move, from) => {
    const allowed: readonly string[] = MOVES[move].from;
    expect(moved(from, move)).toBe(allowed.includes(from) ? MOVES[move].to : null);
  },
);

test("a completed campaign is over: nothing starts it again", () => {
  expect(names.map((move) => moved("completed", move))).toEqual(names.map(() => null));
});

test("resume is not start: what runs cannot be resumed, what never ran cannot either", () => {
  expect(moved("running", "resume")).toBeNull();
  expect(moved("idle", "resume")).toBeNull();
  expect(moved("running", "start")).toBeNull();
  expect(moved("paused", "start")).toBeNull();
});

test("every status but completed can be stopped", () => {
  expect(CAMPAIGN_STATUSES.filter((status) => moved(status, "stop") === null)).toEqual(["completed"]);
});
