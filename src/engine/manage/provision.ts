/**
 * From nothing to a working outbound trunk, step by step. Each step looks before it makes, so a second run, or a run after
 * a failure anywhere, completes what is missing and makes nothing twice.
 *
 * The password exists at the carrier, which never shows it, and in LiveKit. Of the two, the one that is missing is always
 * made last: that both are there proves that they agree. When only one is there, it gets a new password first.
 *
 * Two runs at once are told apart by nobody: the carrier refuses whatever is there already, and then it is looked for
 * again; both make the same password; and of LiveKit's trunks, which it would make twice, the older one stays.
 */
import { createHash } from "node:crypto";
import type { Carrier, CarrierAccount, CarrierNumber } from "../ports/carrier.ts";
import { Refused } from "../errors.ts";
import { assign, taken } from "./outbound-trunks.ts";
import type { Clock, Store } from "../ports/index.ts";
import { orFound, type ProvisionStep, Steps } from "./provision-steps.ts";
import type { OutboundTrunk, TrunkAdmin } from "../ports/trunk-admin.ts";

export interface ProvisionContext {
  readonly carrier: Carrier;
  readonly admin: TrunkAdmin;
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: () => string;
  /** The same for the same user name, so that two runs at once agree; good enough for the carrier's rules. */
  readonly passwordFor: (username: string) => string;
  /** Called as each step is over. */
  readonly onStep: (step: ProvisionStep) => void;
}

export interface Provisioned {
  readonly number: string;
  readonly assistantId: string;
  /** The trunk's host at the carrier. */
  readonly domain: string;
  /** LiveKit's trunk; null: a dry run, and there is none. */
  readonly trunkId: string | null;
  readonly trial: boolean;
  readonly steps: readonly ProvisionStep[];
}

/** `number` in E.164. */
export async function provision(
  assistantId: string,
  number: string,
  dryRun: boolean,
  context: ProvisionContext,
): Promise<Provisioned> {
  const { carrier, admin, store, clock } = context;
  const { account, name, domain, owned, ...before } = await survey(assistantId, number, context);
  const steps = new Steps(dryRun, context.onStep);

  const trunk = await steps.ensure(
    "elastic SIP trunk",
    () => carrier.findTrunk(domain),
    () => carrier.makeTrunk(name, domain),
  );
  const list = await steps.ensure(
    "credential list",
    () => carrier.findCredentialList(name),
    () => carrier.makeCredentialList(name),
  );
  await steps.join(
    "credential list on the trunk",
    [trunk, list],
    (trunk, list) => carrier.isAssociated(trunk, list),
    (trunk, list) => carrier.associate(trunk, list),
  );
  await steps.join(
    "number on the trunk",
    [trunk, owned.id],
    async () => (await carrier.findNumber(number))?.trunkId === trunk,
    (trunk, id) => carrier.attach(trunk, id),
  );
  const liveKit = await agreeOnPassword(
    assistantId,
    number,
    { name, domain, list, before: before.liveKit },
    steps,
    context,
  );
  await steps.join(
    "number on the LiveKit trunk",
    [liveKit, number],
    (liveKit, number) => Promise.resolve(liveKit.numbers.includes(number)),
    (liveKit, number) => admin.addNumber(liveKit.id, number),
  );
  await steps.join(
    "number of the assistant",
    [liveKit, trunk],
    async ({ id }) => (await store.listNumbers(assistantId)).some((row) => row.number === number && row.trunkId === id),
    async ({ id: trunkId, name: trunkName }, trunkSid) => {
      const row = { id: context.newId(), number, assistantId, trunkId, trunkName, trunkSid };
      await assign(store, { ...row, label: owned.label, phoneSid: owned.id }, clock.now());
    },
  );
  return { number, assistantId, domain, trunkId: liveKit?.id ?? null, trial: account.trial, steps: steps.done };
}

interface Survey {
  readonly account: CarrierAccount;
  /** Of everything that is made. */
  readonly name: string;
  readonly domain: string;
  readonly owned: CarrierNumber;
  readonly trunk: string | null;
  readonly liveKit: OutboundTrunk | null;
}

/** What is there, before anything is made; everything that could be refused is refused here. */
async function survey(
  assistantId: string,
  number: string,
  { carrier, admin, store }: ProvisionContext,
): Promise<Survey> {
  const account = await carrier.account();
  if (!account.active) {
    throw new Refused("carrier_account", "expected an active account at the carrier, but it is suspended or closed", {
      hint: "see the carrier's console",
    });
  }
  const owned = await carrier.findNumber(number);
  if (owned === null) {
    throw new Refused("carrier_number", "expected a number of this account at the carrier, but it has no such number", {
      hint: "buy the number there first, or check TWILIO_ACCOUNT_SID: subaccounts have numbers of their own",
    });
  }
  const name = nameOf(account.id, assistantId);
  const domain = carrier.domainOf(name);
  const trunk = await carrier.findTrunk(domain);
  if (owned.trunkId !== null && owned.trunkId !== trunk) {
    throw new Refused(
      "number_taken",
      `expected a free number, but at the carrier it is attached to trunk ${owned.trunkId}`,
      { hint: "detach it in the carrier's console first: calls to it go to that trunk" },
    );
  }
  const liveKit = await liveKitTrunk(admin, domain, number);
  await refuseAssigned(store, number, assistantId, liveKit);
  return { account, name, domain, owned, trunk, liveKit };
}

interface Ends {
  readonly name: string;
  readonly domain: string;
  /** The credential list; null in a dry run that found none. */
  readonly list: string | null;
  readonly before: OutboundTrunk | null;
}

/** The carrier's credential and LiveKit's trunk, with one password; in the order that the top of this file explains. */
async function agreeOnPassword(
  assistantId: string,
  number: string,
  { name, domain, list, before }: Ends,
  steps: Steps,
  { carrier, admin, passwordFor }: ProvisionContext,
): Promise<OutboundTrunk | null> {
  const credential = list === null ? null : await carrier.findCredential(list, name);
  const isKnownToLiveKit = before?.hasCredentials === true;
  if (list === null || steps.dryRun || (credential !== null && isKnownToLiveKit)) {
    steps.say("credential", credential === null ? "would_make" : "there");
    steps.say("LiveKit outbound trunk", before === null ? "would_make" : "there");
    return before;
  }
  const credentials = { username: name, password: passwordFor(name) };
  const tellCarrier = async (): Promise<void> => {
    const { password } = credentials;
    const make = (): Promise<string> => carrier.makeCredential(list, name, password);
    if (credential === null) await orFound(make, () => carrier.findCredential(list, name));
    else await carrier.setPassword(list, credential, credentials.password);
    steps.say("credential", "made");
  };
  const tellLiveKit = async (): Promise<OutboundTrunk> => {
    const wanted = { name: `campaigns ${assistantId}`, address: domain, numbers: [number], country: null, credentials };
    const trunk = before ?? (await alone(await admin.create({ ...wanted, transport: "auto" }), admin));
    if (before !== null) await admin.setCredentials(before.id, credentials);
    steps.say("LiveKit outbound trunk", before === null ? "made" : "there");
    return trunk;
  };
  if (!isKnownToLiveKit) {
    await tellCarrier();
    return tellLiveKit();
  }
  const trunk = await tellLiveKit();
  await tellCarrier();
  return trunk;
}

/**
 * LiveKit makes as many trunks for one host as it is asked for. Whoever sees an older one after making its own takes its
 * own away again: the older one's maker may be through, and this one cannot be, so one stays whatever the order.
 */
async function alone(ours: OutboundTrunk, admin: TrunkAdmin): Promise<OutboundTrunk> {
  const same = (await admin.list()).filter(({ address }) => hostOf(address) === hostOf(ours.address));
  const [oldest = ours] = same.toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0) || (a.id < b.id ? -1 : 1));
  if (oldest.id !== ours.id) await admin.delete(ours.id);
  return oldest;
}

/** One name for everything of one assistant in one account: what carries it is found again. */
function nameOf(account: string, assistantId: string): string {
  return `campaigns-${createHash("sha256").update(`${account}:${assistantId}`).digest("hex").slice(0, 12)}`;
}

/** LiveKit's trunk for this host. Refused when another one has the number. */
async function liveKitTrunk(admin: TrunkAdmin, domain: string, number: string): Promise<OutboundTrunk | null> {
  const trunks = await admin.list();
  const other = trunks.find(({ address, numbers }) => hostOf(address) !== domain && numbers.includes(number));
  if (other !== undefined) {
    throw new Refused("number_taken", `expected a free number, but trunk ${other.id} of this LiveKit has it`, {
      hint: "a number is on one trunk at a time: campaigns trunks delete removes that trunk",
    });
  }
  return trunks.find(({ address }) => hostOf(address) === domain) ?? null;
}

const hostOf = (address: string): string => address.toLowerCase().replace(/:\d+$/, "");

/** Said before anything is made. */
async function refuseAssigned(
  store: Store,
  number: string,
  assistantId: string,
  trunk: OutboundTrunk | null,
): Promise<void> {
  if (trunk !== null && (await store.callerPool(null)).othersTrunks.includes(trunk.id)) {
    throw new Refused("others_trunk", "expected a trunk of this owner, but another owner's number is on it", {
      hint: "campaigns trunks assign --shared says that several owners may call through it",
    });
  }
  const row = (await store.listNumbers()).find((row) => row.number === number);
  if (row === undefined || (row.assistantId === assistantId && row.trunkId === trunk?.id)) return;
  throw taken(row);
}
