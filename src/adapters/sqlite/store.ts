/** The embedded store: the Store port on one SQLite file, one transaction per verb. */
import type { Store } from "../../engine/ports/index.ts";
import { admit } from "./admit.ts";
import * as audit from "./audit.ts";
import * as attempts from "./attempts.ts";
import * as calls from "./calls.ts";
import * as campaigns from "./campaigns.ts";
import * as carrier from "./carrier.ts";
import * as changing from "./changing.ts";
import * as contacts from "./contacts.ts";
import * as counts from "./counts.ts";
import { joinContactFile } from "./joining.ts";
import { Database } from "./database.ts";
import { type Keys, refuseUnfinished } from "../encryption.ts";
import * as events from "./events.ts";
import { dialsIn, rememberDials } from "./last-dial.ts";
import type { Opening } from "./opening.ts";
import { figures } from "./figures.ts";
import * as keys from "./request-keys.ts";
import * as numbers from "./numbers.ts";
import * as privacy from "./privacy.ts";
import * as recordings from "./recordings.ts";
import * as sources from "./sources.ts";
import * as list from "./do-not-call.ts";
import * as suppression from "./suppression.ts";
import * as verdicts from "./verdicts.ts";
import * as webhooks from "./webhooks.ts";
import { rememberWishes, wishesOf, wishesSince } from "./wishes.ts";

type DialAsked = Parameters<Store["beginDial"]>;

export interface SqliteOptions {
  /** Who does it, for the audit log. */
  readonly actor?: string | undefined;
  /** Only this owner's rows; absent: everybody's. */
  readonly userId?: string | undefined;
  /** A file that is missing is made (default), or is an error. */
  readonly opening?: Opening;
  /** Milliseconds since the machine was started, by which leases are judged; absent: by the instants that come as arguments. */
  readonly uptime?: () => number;
  /** Contact data is sealed with the first, and opened with all. A file that is not encrypted is then refused; a new one is. */
  readonly keys?: Keys | null | undefined;
  /** How long to wait for other processes, milliseconds; absent: as long as a runner can. */
  readonly patience?: number | undefined;
}

/** Opens the file, making it with its tables when missing, unless it is only to be found. `:memory:` is a store that lives as long as the object. */
export function openSqliteStore(path: string, { userId, ...settings }: SqliteOptions = {}): Store {
  const db = new Database(path, userId ?? null, settings);
  /** A verb that writes, also while the file is being encrypted: somebody asks not to be called. */
  const writeAlways =
    <A extends readonly unknown[], R>(verb: (db: Database, ...args: A) => R) =>
    (...args: A): Promise<R> =>
      db.write(() => verb(db, ...args));
  /** A verb that writes. */
  const write = <A extends readonly unknown[], R>(verb: (db: Database, ...args: A) => R) =>
    writeAlways((store, ...args: A) => {
      refuseUnfinished(store.vault);
      return verb(store, ...args);
    });
  /** A verb that writes, by which somebody may ask not to be called. */
  const forbid =
    <A extends readonly unknown[], R>(verb: (db: Database, ...args: A) => R, how = write) =>
    async (...args: A): Promise<R> => {
      const [result, wishes] = await how((store, ...given: A) => {
        const before = wishesOf(store);
        return [verb(store, ...given), wishesSince(store, before)] as const;
      })(...args);
      if (db.path !== null && wishes !== null) rememberWishes(db.path, wishes);
      return result;
    };
  const dial = write((store, ...asked: DialAsked) => [attempts.beginDial(store, ...asked), dialsIn(store)] as const);
  /** A verb that reads. */
  const read =
    <A extends readonly unknown[], R>(verb: (db: Database, ...args: A) => R) =>
    (...args: A): Promise<R> =>
      db.patiently(() => db.reading(() => verb(db, ...args)));
  /** A verb that compares numbers with each other. */
  const compare = <A extends readonly unknown[], R>(verb: (db: Database, ...args: A) => R) =>
    read((store, ...args: A) => {
      refuseUnfinished(store.vault);
      return verb(store, ...args);
    });

  return {
    addContactFile: write(contacts.addContactFile),
    addContacts: write(contacts.addContacts),
    sealContactFile: write(contacts.sealContactFile),
    mergeContactFile: forbid(contacts.mergeContactFile),
    joinContactFile: forbid(joinContactFile),
    dropContactFile: write(contacts.dropContactFile),
    listContactLists: read(contacts.listContactLists),
    findContactLists: read(contacts.findContactLists),
    listVariables: read(contacts.listVariables),
    contactRecord: read(contacts.contactRecord),
    createCampaign: write(campaigns.createCampaign),
    listCampaigns: read(campaigns.listCampaigns),
    findCampaigns: read(campaigns.findCampaigns),
    moveCampaign: write(campaigns.moveCampaign),
    changeCampaign: write(changing.changeCampaign),
    deleteCampaign: write(changing.deleteCampaign),
    talks: read(campaigns.talks),
    snapshot: read(campaigns.snapshot),
    progress: read(counts.progress),
    miscounted: read(counts.miscounted),
    figures: read(figures),
    setNextCallAt: write(campaigns.setNextCallAt),
    listCalls: read(calls.listCalls),
    findCall: read(calls.findCall),
    callHistory: read(calls.callHistory),
    setOutcome: forbid(calls.setOutcome),
    missCallback: write(calls.missCallback),
    renewLease: write(attempts.renewLease),
    endLease: write(attempts.endLease),
    admit: write(admit),
    claim: write(attempts.claim),
    addSingleCall: write(attempts.addSingleCall),
    beginDial: async (dialed, ...asked) => {
      const [gate, known] = await dial(dialed, ...asked);
      if (gate.say === "go" && db.path !== null) rememberDials(db.path, known);
      return gate;
    },
    save: write(attempts.save),
    saveRecording: write(recordings.saveRecording),
    openRecordings: read(recordings.openRecordings),
    saveVerdict: forbid(verdicts.saveVerdict),
    takeOver: write(attempts.takeOver),
    othersLeases: read(attempts.othersLeases),
    endedAttempts: read(attempts.endedAttempts),
    hangUps: read(attempts.hangUps),
    hear: write(webhooks.hear),
    heardFrom: write(webhooks.heardFrom),
    webhookSenders: read(webhooks.webhookSenders),
    attemptOfCarrier: read(webhooks.attemptOfCarrier),
    news: read(webhooks.news),
    addDoNotCall: forbid(list.addDoNotCall, writeAlways),
    removeDoNotCall: write(list.removeDoNotCall),
    dropDoNotCallSource: write(list.dropDoNotCallSource),
    settleDoNotCall: forbid(list.settleDoNotCall),
    refreshDoNotCallSource: write(list.refreshDoNotCallSource),
    doNotCall: read(suppression.forbidden),
    listDoNotCall: compare(list.listDoNotCall),
    doNotCallSources: read(list.doNotCallSources),
    addConsents: forbid(suppression.addConsents),
    revokeConsents: forbid(suppression.revokeConsents, writeAlways),
    consentsOf: read(suppression.consentsOf),
    unplacedContacts: read(sources.unplacedContacts),
    placeContacts: write(sources.placeContacts),
    preview: compare(sources.preview),
    contactsByPrefix: compare(sources.contactsByPrefix),
    claimKey: write(keys.claimKey),
    answerKey: write(keys.answerKey),
    events: read(events.events),
    // Who only looks takes no lock.
    claimNotices: async (at, ...how) =>
      (await read(events.anyNotices)(at)) ? write(events.claimNotices)(at, ...how) : null,
    settleNotice: write(events.settleNotice),
    releaseNotices: write(events.releaseNotices),
    dropEvents: write(events.dropEvents),
    assignNumber: write(numbers.assignNumber),
    unassignNumber: write(numbers.unassignNumber),
    listNumbers: read(numbers.listNumbers),
    callerPool: read(numbers.callerPool),
    trunkIsOthers: read(numbers.trunkIsOthers),
    setTrunkLimit: write(numbers.setTrunkLimit),
    trunkLimits: read(numbers.trunkLimits),
    dropTrunkLimit: write(numbers.dropTrunkLimit),
    unsyncedAttempts: read(carrier.unsyncedAttempts),
    saveCarrierCall: write(carrier.saveCarrierCall),
    costs: read(carrier.costs),
    personalData: read(privacy.personalData),
    erase: forbid(privacy.erase),
    purge: write(privacy.purge),
    outlived: read(privacy.outlived),
    recordingPlaces: read(privacy.recordingPlaces),
    forget: () => db.forget(),
    recordAudit: write(audit.recordAudit),
    auditEntries: read(audit.auditEntries),
    unsealedAudit: read(audit.unsealedAudit),
    sealAudit: write(audit.sealAudit),
    sealedAudit: read(audit.sealedAudit),
    auditHistory: read(audit.auditHistory),
    campaignVersions: read(audit.campaignVersions),
    auditedDials: read(audit.auditedDials),
    [Symbol.asyncDispose]: async () => {
      await db.settled();
      db.close();
    },
  };
}
