/**
 * From nothing to a working outbound trunk, step by step. Each step looks before it makes, so a second run, or a run after
 * a failure anywhere, completes what is missing and makes nothing twice.
 *
 * The password exists at the carrier, which never shows it, and in LiveKit. Of the two, the one that is missing is always
 * made last: that both are there proves that they agree. When only one is there, it gets a new password first.
 */
import { createHash } from "node:crypto";
import { defaultInterval } from "../domain/trunk-limit.ts";
import type { Carrier } from "./carrier.ts";
import { Refused } from "./errors.ts";
import { refuseTaken } from "./outbound.ts";
import type { Clock, Store } from "./ports.ts";
import type { OutboundTrunk, TrunkAdmin } from "./trunks-admin.ts";

export interface ProvisionContext {
  readonly carrier: Carrier;
  readonly admin: TrunkAdmin;
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Good enough for the carrier's rules. */
  readonly newPassword: () => string;
  /** Called as each step is over. */
  readonly onStep: (step: ProvisionStep) => void;
}

/** `would_make`: a dry run found it missing. */
export interface ProvisionStep {
  readonly step: string;
  readonly was: "there" | "made" | "would_make";
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
  const steps: ProvisionStep[] = [];
  const done = (step: string, was: ProvisionStep["was"]): void => {
    steps.push({ step, was });
    context.onStep({ step, was });
  };
  /** Null only in a dry run that found nothing. */
  const ensure = async <T>(step: string, find: () => Promise<T | null>, make: () => Promise<T>): Promise<T | null> => {
    const found = await find();
    if (found !== null || dryRun) {
      done(step, found === null ? "would_make" : "there");
      return found;
    }
    const made = await make();
    done(step, "made");
    return made;
  };
  /** For what hangs on two things, either of which a dry run may not have. */
  const ensureBetween = <A, B>(
    step: string,
    [one, other]: readonly [A | null, B | null],
    find: (one: A, other: B) => Promise<true | null>,
    make: (one: A, other: B) => Promise<true>,
  ): Promise<true | null> =>
    ensure(
      step,
      () => (one === null || other === null ? Promise.resolve(null) : find(one, other)),
      () => (one === null || other === null ? Promise.reject(new Error(`${step} before its parts`)) : make(one, other)),
    );

  const account = await carrier.account();
  if (!account.active) {
    throw new Refused("carrier_account", "expected an active account at the carrier, but it is suspended or closed", {
      hint: "see the carrier's console",
    });
  }
  const name = nameOf(account.id, assistantId);
  const domain = carrier.domainOf(name);
  const owned = await carrier.findNumber(number);
  if (owned === null) {
    throw new Refused("carrier_number", "expected a number of this account at the carrier, but it has no such number", {
      hint: "buy the number there first, or check TWILIO_ACCOUNT_SID: subaccounts have numbers of their own",
    });
  }
  const existing = await carrier.findTrunk(domain);
  if (owned.trunkId !== null && owned.trunkId !== existing) {
    throw new Refused(
      "number_taken",
      `expected a free number, but at the carrier it is attached to trunk ${owned.trunkId}`,
      {
        hint: "detach it in the carrier's console first: calls to it go to that trunk",
      },
    );
  }
  const before = await liveKitTrunk(admin, domain, number);
  await refuseAssigned(store, number, assistantId, before);

  const trunk = await ensure(
    "elastic SIP trunk",
    () => Promise.resolve(existing),
    () => carrier.makeTrunk(name, domain),
  );
  const list = await ensure(
    "credential list",
    () => carrier.findCredentialList(name),
    () => carrier.makeCredentialList(name),
  );
  await ensureBetween(
    "credential list on the trunk",
    [trunk, list],
    async (trunk, list) => ((await carrier.isAssociated(trunk, list)) ? true : null),
    (trunk, list) => carrier.associate(trunk, list).then(() => true),
  );
  await ensureBetween(
    "number on the trunk",
    [trunk, owned.id],
    () => Promise.resolve(owned.trunkId === null ? null : true),
    (trunk, owned) => carrier.attach(trunk, owned).then(() => true),
  );

  // From here on the order is what keeps both passwords the same.
  const credential = list === null ? null : await carrier.findCredential(list, name);
  const agreed = credential !== null && before?.hasCredentials === true;
  let liveKit = before;
  if (agreed || dryRun) {
    done("credential", credential === null ? "would_make" : "there");
    done("LiveKit outbound trunk", before === null ? "would_make" : "there");
  } else if (list !== null) {
    const password = context.newPassword();
    const atCarrier = async (): Promise<void> => {
      if (credential === null) await carrier.makeCredential(list, name, password);
      else await carrier.setPassword(list, credential, password);
      done("credential", "made");
    };
    const wanted = {
      name: `campaigns ${assistantId}`,
      address: domain,
      numbers: [number],
      transport: "auto",
      country: null,
      credentials: { username: name, password },
    } as const;
    if (before?.hasCredentials === true) {
      await admin.setCredentials(before.id, wanted.credentials);
      done("LiveKit outbound trunk", "there");
      await atCarrier();
    } else {
      await atCarrier();
      if (before === null) liveKit = await admin.create(wanted);
      else await admin.setCredentials(before.id, wanted.credentials);
      done("LiveKit outbound trunk", before === null ? "made" : "there");
    }
  }
  await ensureBetween(
    "number on the LiveKit trunk",
    [liveKit, number],
    (liveKit, number) => Promise.resolve(liveKit.numbers.includes(number) ? true : null),
    (liveKit, number) => admin.addNumber(liveKit.id, number).then(() => true),
  );
  await ensureBetween(
    "number of the assistant",
    [liveKit, trunk],
    async (liveKit) =>
      (await store.listNumbers(assistantId)).some((row) => row.number === number && row.trunkId === liveKit.id)
        ? true
        : null,
    async (liveKit, trunkSid) => {
      const row = { id: context.newId(), number, assistantId, trunkId: liveKit.id, trunkName: liveKit.name };
      const at = clock.now();
      refuseTaken(await store.assignNumber({ ...row, label: owned.label, phoneSid: owned.id, trunkSid }, at));
      const limit = { trunkId: liveKit.id, interval: defaultInterval(domain), concurrency: null };
      await store.setTrunkLimit(limit, at, "unless_set");
      return true;
    },
  );
  return { number, assistantId, domain, trunkId: liveKit?.id ?? null, trial: account.trial, steps };
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
  const row = (await store.listNumbers()).find((row) => row.number === number);
  if (row === undefined || (row.assistantId === assistantId && row.trunkId === trunk?.id)) return;
  refuseTaken({ is: "taken", number: row });
}
