/**
 * A 200 that is no answer of the project's: cut, or another server's. Like a lost answer it says nothing of what was done: trouble,
 * never a bug of ours, nor a yes, nor a no. `fetch` is stubbed.
 */
import { afterEach, expect, test, vi } from "vitest";
import { schemaVersion } from "../../src/adapters/supabase/schema.ts";
import { openSupabaseStore } from "../../src/adapters/supabase/store.ts";
import { claimedAttempt, waitingCall } from "../../src/domain/calls/call.ts";
import { Unavailable } from "../../src/engine/errors.ts";
import type { Claim, Clock, Store } from "../../src/engine/ports/index.ts";
import { DAY, dialing, ended, person } from "../contracts/store/scene.ts";
import { campaign, NOON, PLACE } from "../support/domain.ts";

afterEach(() => vi.unstubAllGlobals());

const impatient: Clock = { now: () => NOON, monotonic: () => 0, sleep: () => Promise.resolve() };
const waiting = waitingCall("c1", "k1", person(0), PLACE, NOON);
const claim: Claim = {
  call: { ...waiting, status: "calling", attemptId: "a1" },
  attempt: claimedAttempt("a1", waiting, "r1", "ST_1", NOON),
};
const verdict = { seq: 1, answeredBy: null, outcome: null, notes: null, firstAudioMs: null, endedBy: null } as const;

/** What a run asks of the database. */
const ASKED: Partial<{ [V in keyof Store]: (store: Store) => Promise<unknown> }> = {
  listCampaigns: (store) => store.listCampaigns("running"),
  findCampaigns: (store) => store.findCampaigns("k1"),
  moveCampaign: (store) => store.moveCampaign("k1", "trip", { at: NOON, reason: "played" }),
  snapshot: (store) => store.snapshot(campaign, DAY),
  talks: (store) => store.talks("k1", NOON, 10),
  setNextCallAt: (store) => store.setNextCallAt("k1", NOON),
  missCallback: (store) => store.missCallback("c1", NOON, null, NOON),
  renewLease: (store) => store.renewLease({ runnerId: "r1", until: NOON }, NOON),
  endLease: (store) => store.endLease("r1"),
  claim: (store) =>
    store.claim({
      campaignId: "k1",
      runnerId: "r1",
      trunkId: "ST_1",
      attemptIds: ["a1"],
      localDay: DAY,
      interval: 0,
      concurrency: 1,
      open: [{ place: PLACE, caps: [] }],
      at: NOON,
    }),
  admit: (store) => store.admit(NOON),
  addSingleCall: (store) => store.addSingleCall(claim.call, claim.attempt),
  beginDial: (store) => store.beginDial(dialing(claim), 0),
  save: (store) => store.save(ended(claim, "no_agent")),
  saveVerdict: (store) =>
    store.saveVerdict({
      attemptId: "a1",
      verdict: { ...verdict, doNotCall: false, final: true, callback: null },
      callback: null,
      mended: null,
      at: NOON,
    } as unknown as Parameters<Store["saveVerdict"]>[0]),
  takeOver: (store) => store.takeOver("r1", NOON),
  othersLeases: (store) => store.othersLeases("r1"),
  endedAttempts: (store) => store.endedAttempts(["a1"]),
  hangUps: (store) => store.hangUps(["k1"]),
  news: (store) => store.news(["a1"], ["k1"], NOON),
  callerPool: (store) => store.callerPool("a1"),
  doNotCall: (store) => store.doNotCall("+12025550100", NOON),
  trunkIsOthers: (store) => store.trunkIsOthers({ id: "ST_1", name: "one" }),
  setTrunkLimit: (store) => store.setTrunkLimit({ trunkId: "ST_1", interval: 0, concurrency: null }, NOON),
  recordAudit: (store) => store.recordAudit({ action: "call.forced", callId: "c1" }),
  openRecordings: (store) => store.openRecordings(10),
};

const ROW = '[{"id":"c1","contact_name":"Ada","phone_number":"+12025550100"';

test.each([
  ["of another shape", "{}"],
  ["with a word", '{"message":"ok"}'],
  ["with a row that has nothing in it", "[{}]"],
  ["of one word", '"ok"'],
  ["that is empty", ""],
  ["that is a page", "<html>Sign in</html>"],
  ["that is cut", ROW],
])("an answer %s was a bug, a yes or a no: it is trouble to each verb, and shows nothing of it", async (_, text) => {
  const version = String(schemaVersion());
  const asked = new Map<string, number>();
  vi.stubGlobal("fetch", (url: URL | string) => {
    const [, verb = ""] = String(url).split("/campaigns_");
    asked.set(verb, (asked.get(verb) ?? 0) + 1);
    const headers = { "content-type": "application/json" };
    return Promise.resolve(new Response(verb === "version" ? version : text, { headers }));
  });
  const store = openSupabaseStore({ url: "http://127.0.0.1:9", serviceRoleKey: "sb_secret_0" }, impatient);
  for (const [verb, ask] of Object.entries(ASKED)) {
    const error: unknown = await ask(store).then(
      (answer) => `${verb} was taken to answer ${JSON.stringify(answer)}`,
      (thrown: unknown) => thrown,
    );
    // Nothing is what many of them answer, and the snapshot of a campaign that is gone; what follows from that, the database compares.
    if (text === "" && typeof error === "string")
      expect(error).toMatch(/answer (undefined|null)$|^snapshot .*"waiting":\[\]/);
    else {
      expect([verb, error]).toEqual([verb, expect.any(Unavailable)]);
      const { code, message, hint = "" } = error as Unavailable;
      expect(code).toBe("database");
      expect(`${message} ${hint}`).not.toMatch(/Ada|\+1202|Sign in|invalid_type/);
    }
  }
  // Without an answer that can be read nothing rings, and nobody asks twice.
  expect(asked.get("begin_dial")).toBe(1);
});
