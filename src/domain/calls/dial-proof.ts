/**
 * Were these dials allowed? Told after the fact, from what is stored and from the order in which the audit log has it: what
 * was decided before a dial held for it, whatever clocks said.
 *
 * Where two things happened at the same moment the dial is believed: a list that was written while the dial left is none that
 * it could have known.
 */
import { CallingHours } from "../hours/calling-hours.ts";
import { localDay } from "../hours/local-hours.ts";
import { heldUntil } from "../hours/rule-limits.ts";
import { InvalidRules } from "../hours/rules.ts";
import { type Instant, SECOND } from "../time/instant.ts";
import type { Campaign } from "./campaign.ts";
import { type ConsentRecord, isAllowed, revokedSince } from "./consent.ts";
import { type Ending, ENDINGS, UNRUNG } from "./ending.ts";
import type { Outcome } from "./outcome.ts";
import { isTalkEnding } from "./verdict.ts";

/** Nearer than this to a dial, on the log's clock, is at the same moment. */
const SAME_MOMENT = 2 * SECOND;

/** A place in the audit log. */
export interface Place {
  readonly seq: number;
  readonly at: Instant;
}

export interface ProvenDial {
  readonly attemptId: string;
  readonly callId: string;
  readonly campaignId: string | null;
  readonly userId: string | null;
  /** null: of somebody who was erased. */
  readonly phoneNumber: string | null;
  readonly place: string;
  readonly dialedAt: Instant;
  readonly answeredAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly localDay: string | null;
  readonly ending: Ending | null;
  /** The promise that it was to keep. */
  readonly callbackAt: Instant | null;
}

/** A number, or a prefix, on the do-not-call list. */
export interface Listing {
  readonly source: string;
  /** null: the log does not say, and `since` counts. */
  readonly from: Place | null;
  readonly since: Instant;
  readonly until: Place | null;
  readonly expiresAt: Instant | null;
}

/** What a consent said from a place of the log on; null: it was gone. */
export interface ConsentVersion {
  readonly id: number;
  readonly userId: string | null;
  readonly from: Place | null;
  readonly record: ConsentRecord | null;
}

export type ProofStep =
  | { readonly type: "settings"; readonly seq: number; readonly campaign: Campaign }
  | ({ readonly type: "dialed"; readonly dial: ProvenDial; readonly loggedAs: Instant } & Place)
  | { readonly type: "ended"; readonly seq: number; readonly attemptId: string }
  | { readonly type: "outcome"; readonly seq: number; readonly callId: string; readonly outcome: Outcome | null };

export const BREACHES = [
  "parallel",
  "too_often",
  "not_again",
  "hours",
  "daily_cap",
  "number_cap",
  "do_not_call",
  "no_consent",
  "record",
] as const;
export type Breach = (typeof BREACHES)[number];

export interface Violation {
  readonly breach: Breach;
  readonly callId: string;
  readonly attemptId: string;
  readonly campaignId: string | null;
  /** Without numbers and names. */
  readonly words: string;
}

/** What is known of a number: where it was listed, and what was consented to. */
export interface NumberPast {
  readonly listings: readonly Listing[];
  readonly consents: readonly ConsentVersion[];
}

/** Takes the steps in the order of the log; `violations` is what was wrong with the dials among them. */
export class DialProof {
  readonly violations: Violation[] = [];
  readonly #pastOf: (phoneNumber: string) => NumberPast;
  readonly #campaigns = new Map<string, { readonly campaign: Campaign; readonly hours: CallingHours | null }>();
  /** By call, by number, by campaign and day; of everybody. */
  readonly #ofCall = new Map<string, ProvenDial[]>();
  readonly #ofNumber = new Map<string, ProvenDial[]>();
  readonly #ofDay = new Map<string, number>();
  /** Attempts under way by number, and the number of each. */
  readonly #live = new Map<string, Set<string>>();
  readonly #rings = new Map<string, string>();
  readonly #refused = new Map<string, Outcome | null>();

  constructor(pastOf: (phoneNumber: string) => NumberPast) {
    this.#pastOf = pastOf;
  }

  take(step: ProofStep): void {
    switch (step.type) {
      case "settings":
        this.#campaigns.set(step.campaign.id, { campaign: step.campaign, hours: hoursOf(step.campaign) });
        break;
      case "dialed":
        this.#check(step);
        this.#keep(step.dial);
        break;
      case "ended":
        this.#live.get(this.#rings.get(step.attemptId) ?? "")?.delete(step.attemptId);
        break;
      case "outcome":
        this.#refused.set(step.callId, step.outcome);
    }
  }

  #check({ dial, loggedAs, seq, at }: Extract<ProofStep, { type: "dialed" }>): void {
    const { attemptId, callId, campaignId, phoneNumber, dialedAt } = dial;
    const say = (breach: Breach, words: string): void =>
      void this.violations.push({ breach, callId, attemptId, campaignId, words });

    if (loggedAs !== dialedAt) say("record", "the time of the dial is not the one that was logged");
    const others = this.#live.get(phoneNumber ?? callId)?.size ?? 0;
    if (others > 0) say("parallel", "another attempt at the same number was under way");
    if (phoneNumber !== null) {
      const { listings, consents } = this.#pastOf(phoneNumber);
      const listed = listings.find((listing) => isListed(listing, dial, { seq, at }));
      if (listed !== undefined) say("do_not_call", `the number was on the do-not-call list "${listed.source}"`);
      const known = campaignId === null ? null : (this.#campaigns.get(campaignId) ?? null);
      this.#checkConsent(dial, consentsAt(consents, dial.userId, { seq, at }), known, say);
    }
    if (campaignId === null) return;
    const known = this.#campaigns.get(campaignId);
    if (known === undefined) return say("record", "the log does not know the campaign");
    this.#checkCampaign(dial, known, say);
  }

  #checkConsent(
    { place, dialedAt }: ProvenDial,
    consents: readonly ConsentRecord[],
    known: { readonly campaign: Campaign; readonly hours: CallingHours | null } | null,
    say: (breach: Breach, words: string) => void,
  ): void {
    if (revokedSince(consents, dialedAt) !== null) say("do_not_call", "the consent of the number was revoked");
    if (known?.campaign.requireConsent !== true) return;
    const { campaign, hours } = known;
    const asked = hours?.consentAsked(place) ?? null;
    if (!isAllowed(consents, campaign.purpose ?? "marketing", asked, dialedAt)) {
      say("no_consent", "the campaign asks for a consent, and none held");
    }
  }

  #checkCampaign(
    dial: ProvenDial,
    { campaign, hours }: { readonly campaign: Campaign; readonly hours: CallingHours | null },
    say: (breach: Breach, words: string) => void,
  ): void {
    const { callId, place, dialedAt, callbackAt } = dial;
    const earlier = (this.#ofCall.get(callId) ?? []).filter(rang);
    const last = earlier.at(-1);
    if (callbackAt === null && last !== undefined) {
      const { maxAttempts, agentLost } = campaign.retry;
      if (earlier.length >= maxAttempts) say("too_often", `attempt ${earlier.length + 1} of at most ${maxAttempts}`);
      const ending = endingOf(last);
      const isFinal =
        ending !== null && ENDINGS[ending].next === "never" && !(ending === "agent_lost" && agentLost === true);
      if (isFinal) say("not_again", `the attempt before had ended for good: ${ENDINGS[ending].words}`);
    }
    if (hours === null) return say("hours", "the calling rules cannot be read");
    if (!hours.isOpen(place, dialedAt)) say("hours", hours.why(place, dialedAt).join("; "));
    const day = localDay(campaign.timeZone, dialedAt);
    if (dial.localDay !== day) say("record", `it was counted for ${dial.localDay ?? "no day"}, and left on ${day}`);
    const today = this.#ofDay.get(`${campaign.id} ${dial.localDay}`) ?? 0;
    if (callbackAt === null && today >= campaign.dailyCap) {
      say("daily_cap", `dial ${today + 1} of the day, of at most ${campaign.dailyCap}`);
    }
    if (dial.phoneNumber === null) return;
    const dials = (this.#ofNumber.get(dial.phoneNumber) ?? []).filter(
      ({ ending }) => ending === null || !UNRUNG.includes(ending),
    );
    const own = dials.filter(({ userId }) => userId === null || campaign.userId === null || userId === campaign.userId);
    const refusals = dials.filter((each) => this.#refused.get(each.callId) === "not_interested");
    const held = heldUntil(
      hours.caps(place),
      { dials: dials.map(left), ownDials: own.map(left), refusals: refusals.flatMap(({ endedAt }) => endedAt ?? []) },
      dialedAt,
    );
    if (held !== null && held.until > dialedAt) say("number_cap", `rule ${held.rule}: enough calls to the number`);
  }

  #keep(dial: ProvenDial): void {
    const { attemptId, callId, campaignId, phoneNumber } = dial;
    entry(this.#ofCall, callId, () => []).push(dial);
    if (phoneNumber !== null) entry(this.#ofNumber, phoneNumber, () => []).push(dial);
    const rings = phoneNumber ?? callId;
    entry(this.#live, rings, () => new Set()).add(attemptId);
    this.#rings.set(attemptId, rings);
    const day = `${campaignId} ${dial.localDay}`;
    if (campaignId !== null && rang(dial)) this.#ofDay.set(day, (this.#ofDay.get(day) ?? 0) + 1);
  }
}

/** Whatever else ends a conversation: it was one. */
const endingOf = ({ ending, answeredAt }: ProvenDial): Ending | null =>
  answeredAt !== null && ending !== null && ending !== "agent_lost" && !isTalkEnding(ending) ? "completed" : ending;

/** It cost the contact an attempt: a phone rang, or may have. */
function rang(dial: ProvenDial): boolean {
  const ending = endingOf(dial);
  return ending === null || !UNRUNG.includes(ending);
}
const left = ({ dialedAt }: ProvenDial): Instant => dialedAt;

function hoursOf(campaign: Campaign): CallingHours | null {
  try {
    return campaign.status === "error" ? null : new CallingHours(campaign);
  } catch (error) {
    if (!(error instanceof InvalidRules)) throw error;
    return null;
  }
}

const isBefore = (one: Place, other: Place): boolean => one.seq < other.seq && one.at <= other.at - SAME_MOMENT;

function isListed({ from, since, until, expiresAt }: Listing, { dialedAt }: ProvenDial, dialed: Place): boolean {
  const came = from === null ? since <= dialedAt - SAME_MOMENT : isBefore(from, dialed);
  const isGone = until !== null && until.seq < dialed.seq;
  return came && !isGone && (expiresAt === null || expiresAt > dialedAt);
}

/** As they were known when the dial left, of those that were given to its owner or to nobody in particular. */
function consentsAt(versions: readonly ConsentVersion[], owner: string | null, dialed: Place): ConsentRecord[] {
  const known = new Map<number, ConsentRecord | null>();
  for (const { id, userId, from, record } of versions) {
    if (owner !== null && userId !== null && userId !== owner) continue;
    // A consent counts as soon as it is there; what takes one away, only where the dial could have known.
    const isKnown =
      from === null || (takesAway(known.get(id), record) ? isBefore(from, dialed) : from.seq < dialed.seq);
    if (isKnown) known.set(id, record);
  }
  return [...known.values()].filter((record) => record !== null);
}

const takesAway = (before: ConsentRecord | null | undefined, after: ConsentRecord | null): boolean =>
  after === null || (after.revokedAt !== null && before?.revokedAt !== after.revokedAt);

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
