/** What a call costs LiveKit in requests, counted at the far side. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { contactsCsv } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

const ALWAYS = "--hours 0-24 --days all --rules none --hours-in campaign --timezone UTC --assistant a1 --delay 0".split(
  " ",
);
const CALLS = 4;
/** Seconds begun of talk. */
const TALKS = 3;

let desk: SandboxDesk;
beforeEach(async () => {
  desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: TALKS - 0.4 } }],
  });
});
afterEach(() => desk[Symbol.asyncDispose]());

/** Asked whoever is called: the trunks, the rooms at the start of a run and at its first look, and whether its first dials left. */
const OF_A_RUN = ["SIP/ListSIPOutboundTrunk", "RoomService/ListRooms"];
function requests(): { ofRun: number; ofCalls: number } {
  const counted = { ofRun: 0, ofCalls: 0 };
  for (const [method, times] of desk.sandbox.requests)
    counted[OF_A_RUN.includes(method) ? "ofRun" : "ofCalls"] += times;
  return counted;
}

test("an answered call took 10.7 to 13.5 requests: it takes six, and one for each second of talk", async () => {
  const csv = desk.file("contacts.csv", contactsCsv(CALLS));
  expect(await desk.run(["create", "--name", "c", "--csv", csv, ...ALWAYS, "--start"])).toMatchObject({ code: 0 });
  expect(await desk.run(["run"])).toMatchObject({ code: 0 });
  expect(desk.sandbox.world.dials.map(({ endedAs }) => endedAs)).toEqual(Array(CALLS).fill("talked"));
  expect(desk.sandbox.requests.get("SIP/CreateSIPParticipant")).toBe(CALLS);
  const { ofRun, ofCalls } = requests();
  expect(ofRun).toBeLessThanOrEqual(7);
  // Mostly 8.5: a machine that stalls at the right moment looks once more.
  expect(ofCalls / CALLS).toBeLessThanOrEqual(6 + TALKS);
});

test("a single call took 17", async () => {
  const { code } = await desk.run(["dial", "+12025550150", "--assistant", "a1", "--force", "--yes"]);
  expect(code).toBe(0);
  const { ofRun, ofCalls } = requests();
  expect(ofRun).toBeLessThanOrEqual(3);
  // It is also looked whether the phone rings.
  expect(ofCalls).toBeLessThanOrEqual(7 + TALKS);
});
