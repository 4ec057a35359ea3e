/** A store with a campaign in it, and the short forms its contract is written in. */
import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import {
  advance,
  type Attempt,
  type AttemptEvent,
  type Change,
  claimedAttempt,
  type Contact,
  waitingCall,
} from "../../../src/domain/calls/call.ts";
import type { NewContact } from "../../../src/domain/calls/contact.ts";
import type { Campaign, CampaignSettings, ContactSource } from "../../../src/domain/calls/campaign.ts";
import { type Instant, MINUTE } from "../../../src/domain/time/instant.ts";
import { ENDINGS } from "../../../src/domain/calls/ending.ts";
import type { Claim, ClaimRequest, Progress, Store } from "../../../src/engine/ports/index.ts";
import { campaign as plainest, NOON, PLACE } from "../../support/domain.ts";

export const DAY = "2026-11-23";
export const TOMORROW = "2026-11-24";

/** +1 202 555 0100 and on: fictional. */
export const number = (n: number): string => `+1202555${String(100 + n).padStart(4, "0")}`;

/** Everybody is called through one trunk. */
export const TRUNK = "ST_1";

/** Everybody lives in one place, and it is open. */
const OPEN = [{ place: PLACE, caps: [] }];

export const person = (n: number, changes: Partial<Contact> = {}): Contact => ({
  id: randomUUID(),
  name: `Person ${n}`,
  phoneNumber: number(n),
  email: null,
  variables: {},
  ...changes,
});

export const people = (count: number): Contact[] => Array.from({ length: count }, (_, n) => person(n));

/** +44 20 7946 00xx: fictional. */
export const abroad = (n: number): Contact => person(n, { phoneNumber: `+4420794600${String(n).padStart(2, "0")}` });

type ClaimChanges = Partial<Omit<ClaimRequest, "attemptIds">> & { readonly attemptId?: string };

export class Scene {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  /** A sealed file. */
  async file(contacts: readonly NewContact[]): Promise<ContactSource> {
    const source: ContactSource = { kind: "csv_file", id: randomUUID() };
    await this.store.addContactFile({ id: source.id, filename: "contacts.csv", size: 1 }, NOON);
    await this.store.addContacts(source.id, contacts);
    await this.store.sealContactFile(source.id);
    return source;
  }

  /** A campaign that was not started; without a delay, unless told otherwise. */
  async idle(contacts: readonly Contact[], changes: Partial<CampaignSettings> = {}): Promise<Campaign> {
    const source = changes.source ?? (await this.file(contacts));
    const id = randomUUID();
    return this.store.createCampaign(id, { ...plainest, name: `campaign ${id}`, delay: 0, source, ...changes }, NOON);
  }

  async running(contacts: readonly Contact[], changes: Partial<CampaignSettings> = {}): Promise<Campaign> {
    const { id } = await this.idle(contacts, changes);
    return present(await this.store.moveCampaign(id, "start", { at: NOON }));
  }

  /** A runner that is alive until a minute after `at`. */
  async runner(at: Instant = NOON, until: Instant = at + MINUTE): Promise<string> {
    const runnerId = randomUUID();
    await this.store.renewLease({ runnerId, until }, at);
    return runnerId;
  }

  async claim(campaign: Campaign, runnerId: string, changes: ClaimChanges = {}): Promise<Claim | null> {
    const { attemptId = randomUUID(), ...others } = changes;
    return (await this.claims(campaign, runnerId, { ...others, attemptIds: [attemptId] }))[0] ?? null;
  }

  claims(campaign: Campaign, runnerId: string, changes: Partial<ClaimRequest> = {}): Promise<readonly Claim[]> {
    const { id: campaignId, delay: interval, concurrency } = campaign;
    const asked = {
      trunkId: TRUNK,
      attemptIds: [randomUUID()],
      at: NOON,
      localDay: DAY,
      interval,
      concurrency,
      open: OPEN,
    };
    return this.store.claim({ campaignId, runnerId, ...asked, ...changes });
  }

  async claimed(campaign: Campaign, runnerId: string, changes: ClaimChanges = {}): Promise<Claim> {
    return present(await this.claim(campaign, runnerId, changes));
  }

  /** Claims and dials. */
  async dialed(campaign: Campaign, runnerId: string, at: Instant = NOON, localDay = DAY): Promise<Claim> {
    const change = dialing(await this.claimed(campaign, runnerId, { at, localDay }), at, localDay);
    expect(await this.store.beginDial(change, campaign.delay)).toEqual({ say: "go" });
    return change;
  }

  /** A single call outside any campaign. */
  async single(runnerId: string, contact = person(0)): Promise<Claim> {
    const waiting = waitingCall(randomUUID(), null, { ...contact, id: null }, PLACE, null);
    const attempt = claimedAttempt(randomUUID(), waiting, runnerId, TRUNK, NOON);
    const call = { ...waiting, attemptId: attempt.id };
    await this.store.addSingleCall(call, attempt);
    return { call, attempt };
  }

  async save(change: Change): Promise<Change> {
    expect(await this.store.save(change)).toBe("saved");
    return change;
  }

  /** Everything the store holds of a campaign's calls, page by page. */
  async recount(campaignId: string, localDay = DAY): Promise<Recount> {
    const count: Recount = { total: 0, dials: 0, pickups: 0, usageSeconds: 0, today: 0, live: 0 };
    for (let after: string | undefined; ;) {
      const page = await this.store.listCalls({ campaignId, limit: 7, ...(after === undefined ? {} : { after }) });
      for (const call of page.calls) {
        count.total++;
        const history = present(await this.store.callHistory(campaignId, call.contact.phoneNumber));
        for (const attempt of history.attempts) tally(count, attempt, localDay);
      }
      if (page.next === null) return count;
      after = page.next;
    }
  }

  /** Counters equal a recount, and the totals add up. */
  async expectRightCounts(campaign: Campaign, localDay = DAY): Promise<Progress> {
    const progress = await this.store.progress(campaign.id, NOON);
    const { today, live, ...counted } = await this.recount(campaign.id, localDay);
    expect(progress).toMatchObject(counted);
    expect(Object.values(progress.calls).reduce((sum, n) => sum + n, 0)).toBe(progress.total);
    expect(await this.store.snapshot(campaign, localDay)).toMatchObject({ today, live });
    return progress;
  }
}

export interface Recount {
  total: number;
  dials: number;
  pickups: number;
  usageSeconds: number;
  today: number;
  live: number;
}

export function tally(count: Recount, attempt: Attempt, localDay: string): void {
  const { state, dialedAt, answeredAt, endedAt, ending } = attempt;
  const wasFree = state === "ended" && answeredAt === null && ending !== null && ENDINGS[ending].next === "free";
  if (state !== "ended") count.live++;
  if (state === "claimed") count.today++;
  if (dialedAt !== null && !wasFree) {
    count.dials++;
    if (attempt.localDay === localDay) count.today++;
  }
  if (answeredAt === null) return;
  count.pickups++;
  if (endedAt !== null) count.usageSeconds += Math.round((endedAt - answeredAt) / 1000);
}

/** Settings of a campaign whose dials count against a budget: 0.1 a minute, at most 11 minutes each. */
export const PAID = {
  budget: { micros: 1e9, currency: "USD", prices: { "1": [100_000, 0, 0, 60, 60] as const } },
  ringSeconds: 45,
  maxDurationSeconds: 600,
};

export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error("expected a value, got none");
  return value;
}

export const happened = ({ call, attempt }: Claim, event: AttemptEvent): Change =>
  present(advance(call, attempt, event, plainest.retry));

export const dialing = (
  claim: Claim,
  at: Instant = NOON,
  localDay: string | null = DAY,
  fromNumber: string | null = null,
): Change => happened(claim, { type: "dialed", at, localDay, fromNumber });
export const identified = (claim: Claim, at: Instant = NOON): Change =>
  happened(claim, { type: "identified", at, sipCallId: "CA1" });
export const answered = (claim: Claim, at: Instant = NOON): Change =>
  happened(claim, { type: "answered", at, sipCallId: "SCL_1" });
export const ended = (claim: Claim, ending: keyof typeof ENDINGS, at: Instant = NOON): Change =>
  happened(claim, { type: "ended", at, ending });
