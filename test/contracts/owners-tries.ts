/**
 * Each verb of the port, tried by one owner on everything that another has, and what it gives of it. The compiler asks for a
 * line here when the port gets a verb.
 */
import { randomUUID } from "node:crypto";
import { claimedAttempt, waitingCall } from "../../src/domain/calls/call.ts";
import type { Campaign } from "../../src/domain/calls/campaign.ts";
import { recordingThat } from "../../src/domain/calls/recording.ts";
import { DAY as DAY_MS, HOUR, MINUTE } from "../../src/domain/time/instant.ts";
import type { AuditEntry, Claim, Store } from "../../src/engine/ports/index.ts";
import { PURGED } from "../../src/engine/ports/privacy.ts";
import { NOON, PLACE, verdict } from "../support/domain.ts";
import { DAY, dialing, ended, number, people, person, Scene, TRUNK } from "./store/scene.ts";

export interface Theirs {
  readonly campaign: Campaign;
  readonly runner: string;
  /** Claimed, not dialed, and its runner's lease has run out by NOON + 1 h. */
  readonly claim: Claim;
  readonly over: Claim;
}

export type Verb = Exclude<keyof Store, symbol>;
export interface Try {
  readonly act: (mine: Store, theirs: Theirs) => Promise<unknown>;
  readonly gives: unknown;
}
const REFUSED = "unknown_source";
const refused = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) => (error instanceof Error && "code" in error ? error.code : error));

/** What the tries before have written themselves is mine. */
const ofOthers = (entries: readonly AuditEntry[]): readonly AuditEntry[] =>
  entries.filter(({ action }) => action !== "data.exported" && action !== "person.erased");

export const TRIES = {
  // The same id is no way in: the file stays whose it is.
  addContactFile: {
    act: async (mine, { campaign: { source } }) => {
      await mine.addContactFile({ id: source.id, filename: "mine.csv", size: 1 }, NOON).catch(() => {});
      return refused(mine.addContacts(source.id, people(1)));
    },
    gives: REFUSED,
  },
  addContacts: {
    act: (mine, { campaign }) => refused(mine.addContacts(campaign.source.id, [person(50)])),
    gives: REFUSED,
  },
  sealContactFile: { act: (mine, { campaign }) => refused(mine.sealContactFile(campaign.source.id)), gives: REFUSED },
  mergeContactFile: {
    act: (mine, { campaign }) =>
      refused(mine.mergeContactFile(campaign.source.id, { id: randomUUID(), name: "mine" }, NOON)),
    gives: REFUSED,
  },
  joinContactFile: {
    act: async (mine, { campaign }) => {
      const { id } = await new Scene(mine).file(people(1));
      return [
        await mine.joinContactFile(id, campaign.id, NOON, false),
        await refused(mine.joinContactFile(campaign.source.id, campaign.id, NOON, false)),
      ];
    },
    gives: [null, REFUSED],
  },
  listContactLists: { act: (mine) => mine.listContactLists(), gives: [] },
  findContactLists: { act: (mine) => mine.findContactLists("alice's"), gives: [] },
  listVariables: {
    act: async (mine, { campaign }) => [...(await mine.listVariables(campaign.source.id))],
    gives: [],
  },
  contactRecord: { act: (mine) => mine.contactRecord(number(0)), gives: { inLists: [], calls: [], waiting: [] } },
  dropContactFile: { act: (mine, { campaign }) => mine.dropContactFile(campaign.source.id), gives: undefined },
  createCampaign: {
    act: (mine, { campaign }) => refused(mine.createCampaign(randomUUID(), campaign, NOON)),
    gives: REFUSED,
  },
  listCampaigns: { act: (mine) => mine.listCampaigns(), gives: [] },
  findCampaigns: {
    act: async (mine, { campaign: { id, name } }) =>
      (await Promise.all([id, name, id.slice(0, 8)].map((ref) => mine.findCampaigns(ref)))).flat(),
    gives: [],
  },
  moveCampaign: {
    act: (mine, { campaign }) =>
      Promise.all((["pause", "stop"] as const).map((move) => mine.moveCampaign(campaign.id, move, { at: NOON }))),
    gives: [null, null],
  },
  changeCampaign: {
    act: (mine, { campaign }) => mine.changeCampaign(campaign, { ...campaign, dailyCap: 7 }, NOON),
    gives: null,
  },
  deleteCampaign: { act: (mine, { campaign }) => mine.deleteCampaign(campaign.id), gives: false },
  // Keys are each owner's own: hers is none of his.
  claimKey: { act: (mine) => mine.claimKey("key", "mine", NOON), gives: { is: "yours" } },
  answerKey: {
    act: (mine) => mine.answerKey("key", "mine", { request: "r", status: 200, body: "" }),
    gives: undefined,
  },
  events: { act: (mine, { campaign }) => mine.events(campaign.id, 0, 10), gives: { events: [], last: 0 } },
  claimNotices: { act: (mine) => mine.claimNotices(NOON + HOUR, MINUTE, 10), gives: null },
  settleNotice: { act: (mine) => mine.settleNotice(1, { is: "failed", again: null }, NOON), gives: undefined },
  releaseNotices: {
    act: (mine, { campaign }) =>
      mine.releaseNotices(
        { campaignId: campaign.id, lease: new Date(NOON).toISOString() },
        { rest: HOUR, error: "none" },
        NOON,
      ),
    gives: undefined,
  },
  // How long events are kept is the same for everybody.
  dropEvents: { act: (mine) => mine.dropEvents(NOON - DAY_MS, 1000, 10), gives: 0 },
  snapshot: {
    act: async (mine, { campaign }) => ({ ...(await mine.snapshot(campaign, DAY)), campaign: null }),
    gives: {
      campaign: null,
      waiting: [],
      callbacks: [],
      live: 0,
      today: 0,
      lastHandOut: null,
      trunk: null,
      trunkHistory: "",
    },
  },
  saveRecording: {
    act: (mine, { claim }) => mine.saveRecording(claim.attempt.id, recordingThat("failed"), NOON),
    gives: false,
  },
  openRecordings: { act: (mine) => mine.openRecordings(10), gives: [] },
  talks: { act: (mine, { campaign }) => mine.talks(campaign.id, 0, 10), gives: [] },
  miscounted: { act: (mine) => mine.miscounted(), gives: [] },
  progress: {
    act: async (mine, { campaign }) => {
      const { total, dials, skipped, endings, outcomes } = await mine.progress(campaign.id, NOON);
      return { total, dials, skipped, endings, outcomes };
    },
    gives: { total: 0, dials: 0, skipped: 0, endings: {}, outcomes: {} },
  },
  figures: {
    act: (mine, { campaign }) => mine.figures(campaign.id, NOON),
    gives: { dials: [], contacts: [], endings: {}, talks: [], joins: [], held: [] },
  },
  setNextCallAt: { act: (mine, { campaign }) => mine.setNextCallAt(campaign.id, NOON + HOUR), gives: undefined },
  listCalls: {
    act: (mine, { campaign }) => mine.listCalls({ campaignId: campaign.id, limit: 10 }),
    gives: { calls: [], next: null },
  },
  findCall: { act: (mine, { claim }) => mine.findCall(claim.call.id), gives: null },
  callHistory: { act: (mine, { campaign }) => mine.callHistory(campaign.id, number(0)), gives: null },
  setOutcome: { act: (mine, { claim }) => mine.setOutcome(claim.call.id, "do_not_call", "no", NOON), gives: null },
  missCallback: { act: (mine, { claim }) => mine.missCallback(claim.call.id, NOON, null, NOON), gives: false },
  // Leases belong to runners, which have no owner; what a runner may take does.
  renewLease: {
    act: (mine) => mine.renewLease({ runnerId: randomUUID(), until: NOON + HOUR }, NOON),
    gives: 0,
  },
  endLease: { act: (mine) => mine.endLease(randomUUID()), gives: undefined },
  admit: {
    act: async (mine, { campaign }) => {
      await mine.admit(NOON + HOUR);
      return mine.progress(campaign.id, NOON).then(({ total }) => total);
    },
    gives: 0,
  },
  claim: {
    act: async (mine, { campaign, runner, claim }) => [
      await new Scene(mine).claim(campaign, await new Scene(mine).runner()),
      await new Scene(mine).claim(campaign, runner, { attemptId: claim.attempt.id }),
    ],
    gives: [null, null],
  },
  addSingleCall: {
    act: async (mine, { runner }) => {
      const waiting = waitingCall(randomUUID(), null, person(7), PLACE, null);
      const attempt = claimedAttempt(randomUUID(), waiting, runner, TRUNK, NOON);
      await mine.addSingleCall({ ...waiting, attemptId: attempt.id }, attempt);
      return (await mine.findCall(waiting.id))?.id === waiting.id;
    },
    gives: true,
  },
  beginDial: {
    act: (mine, { claim }) => mine.beginDial(dialing(claim), 0),
    gives: { say: "no", because: "not_yours" },
  },
  save: {
    act: (mine, { claim, over }) =>
      Promise.all([mine.save(ended(claim, "released")), mine.save({ ...dialing(claim), ...over })]),
    gives: ["not_yours", "not_yours"],
  },
  saveVerdict: {
    act: (mine, { over }) =>
      mine.saveVerdict({
        attemptId: over.attempt.id,
        verdict: verdict({ doNotCall: true }),
        callback: null,
        mended: null,
        at: NOON,
      }),
    gives: "gone",
  },
  takeOver: {
    act: async (mine) => mine.takeOver(await new Scene(mine).runner(NOON + HOUR), NOON + HOUR),
    gives: [],
  },
  othersLeases: { act: (mine) => mine.othersLeases(randomUUID()), gives: [] },
  endedAttempts: { act: (mine, { over }) => mine.endedAttempts([over.attempt.id]), gives: [] },
  hangUps: { act: (mine, { campaign }) => mine.hangUps([campaign.id]), gives: [] },
  // Whoever asked not to be called is called by nobody, whosever contact it was.
  doNotCall: { act: async (mine) => (await mine.doNotCall(number(9), NOON + HOUR))[0]?.source, gives: "outcome" },
  addDoNotCall: { act: (mine) => mine.addDoNotCall([]), gives: 0 },
  removeDoNotCall: { act: (mine) => mine.removeDoNotCall([], null), gives: 0 },
  dropDoNotCallSource: { act: (mine) => mine.dropDoNotCallSource("nobody's"), gives: 0 },
  settleDoNotCall: {
    act: (mine) => mine.settleDoNotCall("nobody's", "nobody's", false),
    gives: 0,
  },
  listDoNotCall: { act: async (mine) => (await mine.listDoNotCall(10, null, null)).length, gives: 1 },
  refreshDoNotCallSource: { act: (mine) => mine.refreshDoNotCallSource("nobody's", NOON), gives: undefined },
  doNotCallSources: { act: async (mine) => (await mine.doNotCallSources(NOON + HOUR)).length, gives: 1 },
  // Consents are their owner's.
  addConsents: { act: (mine) => mine.addConsents([]), gives: 0 },
  revokeConsents: { act: (mine) => mine.revokeConsents(number(0), NOON), gives: 0 },
  consentsOf: { act: (mine) => mine.consentsOf(number(0)), gives: [] },
  unplacedContacts: {
    act: (mine, { campaign }) => refused(mine.unplacedContacts(campaign.source, 10)),
    gives: REFUSED,
  },
  placeContacts: { act: (mine, { campaign }) => refused(mine.placeContacts(campaign.source, [])), gives: REFUSED },
  preview: { act: async (mine, { campaign }) => (await mine.preview(campaign.id, NOON)).callable.size, gives: 0 },
  contactsByPrefix: {
    act: async (mine, { campaign }) => (await mine.contactsByPrefix(campaign.id, NOON)).size,
    gives: 0,
  },
  // The do-not-call list is everybody's; nothing else of a number is.
  personalData: {
    act: async (mine) => {
      const { do_not_call_numbers, ...rows } = await mine.personalData(number(9));
      return [do_not_call_numbers.length, Object.values(rows).flat()];
    },
    gives: [1, []],
  },
  erase: { act: (mine) => mine.erase(number(9), NOON), gives: [] },
  purge: {
    act: (mine) => Promise.all(PURGED.map(async (what) => (await mine.purge(what, NOON + 900 * HOUR, 10)).rows)),
    gives: [0, 0, 0, 0],
  },
  outlived: { act: (mine) => mine.outlived(NOON + 900 * HOUR), gives: [] },
  recordingPlaces: { act: (mine) => mine.recordingPlaces(number(0)), gives: [] },
  forget: { act: (mine) => mine.forget(), gives: true },
  // The chain of the log is everybody's; entries of the do-not-call list are, where they are about one's own contacts.
  recordAudit: { act: (mine) => mine.recordAudit({ action: "data.exported" }), gives: undefined },
  auditEntries: { act: async (mine) => ofOthers(await mine.auditEntries({ limit: 100, dials: true })), gives: [] },
  unsealedAudit: { act: (mine) => mine.unsealedAudit(10), gives: { head: null, entries: [] } },
  sealAudit: { act: (mine) => mine.sealAudit(0, []), gives: false },
  sealedAudit: { act: (mine) => mine.sealedAudit(0, 10), gives: [] },
  auditHistory: {
    act: async (mine) => ofOthers(await mine.auditHistory(0, 100, ["call.dialed", "dnc.added", "campaign.created"])),
    gives: [],
  },
  campaignVersions: { act: (mine) => mine.campaignVersions(), gives: [] },
  auditedDials: { act: (mine) => mine.auditedDials(null, 10), gives: [] },
  // Numbers and trunks are the installation's: whoever may dial may see them.
  assignNumber: { act: () => Promise.resolve(), gives: undefined },
  unassignNumber: { act: () => Promise.resolve(), gives: undefined },
  listNumbers: { act: (mine) => mine.listNumbers(), gives: [] },
  callerPool: {
    act: (mine) => mine.callerPool("a1"),
    gives: { numbers: [], othersTrunks: [], othersNumbers: [] },
  },
  trunkIsOthers: { act: (mine) => mine.trunkIsOthers({ id: "ST_none", name: "none" }), gives: false },
  setTrunkLimit: { act: () => Promise.resolve(), gives: undefined },
  trunkLimits: { act: (mine) => mine.trunkLimits(), gives: [] },
  dropTrunkLimit: { act: (mine) => mine.dropTrunkLimit("ST_none"), gives: undefined },
  unsyncedAttempts: { act: (mine, { campaign }) => mine.unsyncedAttempts(campaign.id, 10), gives: [] },
  saveCarrierCall: { act: () => Promise.resolve(), gives: undefined },
  costs: { act: (mine, { campaign }) => mine.costs(campaign.id), gives: [] },
  // Who is heard of is the installation's: one LiveKit carries everybody's calls.
  heardFrom: { act: (mine) => mine.heardFrom("livekit", NOON), gives: undefined },
  webhookSenders: { act: (mine) => mine.webhookSenders(NOON), gives: {} },
  hear: {
    act: async (mine, { claim }) => {
      const told = { what: "leg_left", how: "left", late: 0, uncertain: 0, said: null } as const;
      const webhook = { ...told, attemptId: claim.attempt.id, sentAt: NOON, eventId: "EV_1" };
      return [await mine.hear(webhook, NOON), (await mine.news([claim.attempt.id], [], NOON)).told];
    },
    gives: ["unknown", []],
  },
  attemptOfCarrier: { act: (mine) => mine.attemptOfCarrier("CA1"), gives: null },
  news: {
    act: (mine, { claim, campaign }) => mine.news([claim.attempt.id], [campaign.id], NOON),
    gives: { hangUps: [], told: [], heardAgo: null },
  },
} as const satisfies Record<Verb, Try>;
