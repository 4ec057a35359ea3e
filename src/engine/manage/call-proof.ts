/** Reads what is stored of all dials, and the log of what held when they left, and has them judged: domain/calls/dial-proof.ts. */
import type { ConsentRecord } from "../../domain/calls/consent.ts";
import {
  type ConsentVersion,
  DialProof,
  type Listing,
  type NumberPast,
  type Place,
  type ProofStep,
  type ProvenDial,
  type Violation,
} from "../../domain/calls/dial-proof.ts";
import { OUTCOMES } from "../../domain/calls/outcome.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { DialFacts, HistoryEntry, Store } from "../ports/index.ts";

export interface CallReport {
  /** Dials that were judged. */
  readonly dials: number;
  /** Dials that no log has: of before there was one, or brought here from another store. */
  readonly unlogged: number;
  readonly violations: readonly Violation[];
}

const PAGE = 1_000;

const STEPS = ["call.dialed", "call.ended", "call.outcome"];
const WHOLE_LISTS = ["dnc.dropped", "dnc.imported"];
/** What is stored of a dial was written by somebody else, or its call was. */
const REWRITTEN = ["call.rewritten", "call.removed", "call.copied"];
const LISTS = ["dnc.added", "dnc.removed", ...WHOLE_LISTS];
const CONSENTS = ["consent.added", "consent.changed", "consent.revoked", "consent.removed", "consent.imported"];

export async function proveCalls(store: Store): Promise<CallReport> {
  const dials = new Map<string, DialFacts>();
  for (let after: string | null = null; ;) {
    const page: readonly DialFacts[] = await store.auditedDials(after, PAGE);
    for (const dial of page) dials.set(dial.attemptId, dial);
    if (page.length < PAGE) break;
    after = page.at(-1)?.attemptId ?? null;
  }
  const pasts = new Pasts();
  const steps: ProofStep[] = (await store.campaignVersions()).map((version) => ({ type: "settings", ...version }));
  const missing: Violation[] = [];
  const rewritten = new Map<string, Violation>();
  const logged = new Set<string>();
  const ofCall = new Map<string, ProvenDial[]>();
  for await (const entry of history(store, [...STEPS, ...REWRITTEN, ...LISTS, ...CONSENTS])) {
    pasts.read(entry);
    if (REWRITTEN.includes(entry.action)) {
      const { action, attemptId, callId } = entry;
      const dial = dials.get(attemptId ?? "") ?? null;
      // Brought here from another store, a dial is new to the log.
      const own = dial === null || (action === "call.copied" && !logged.has(dial.attemptId)) ? [] : [dial];
      const meant = attemptId === null ? (ofCall.get(callId ?? "") ?? []) : own;
      for (const each of meant) rewritten.set(each.attemptId, altered(each));
      continue;
    }
    const step = stepOf(entry, dials);
    if (entry.action === "call.dialed") logged.add(entry.attemptId ?? "");
    if (step?.type === "dialed") {
      const { dial } = step;
      ofCall.set(entry.callId ?? "", [...(ofCall.get(entry.callId ?? "") ?? []), dial]);
      if (isOthers(entry, dial)) rewritten.set(dial.attemptId, altered(dial));
    }
    if (step !== null) steps.push(step);
    else if (entry.action === "call.dialed") missing.push(gone(entry));
  }
  for (const dial of dials.values()) pasts.know(dial);
  const proof = new DialProof((phoneNumber) => pasts.of(phoneNumber));
  for (const step of steps.toSorted((a, b) => a.seq - b.seq)) proof.take(step);
  return {
    dials: logged.size - missing.length,
    unlogged: [...dials.keys()].filter((id) => !logged.has(id)).length,
    violations: [
      ...missing,
      ...rewritten.values(),
      ...proof.violations.filter(({ breach, attemptId }) => breach !== "record" || !rewritten.has(attemptId)),
    ],
  };
}

const isOthers = ({ callId, campaignId }: HistoryEntry, dial: ProvenDial): boolean =>
  callId !== dial.callId || campaignId !== dial.campaignId;

const altered = ({ attemptId, callId, campaignId }: ProvenDial): Violation => ({
  breach: "record",
  callId,
  attemptId,
  campaignId,
  words: "its record, or that of its call, was changed after the dial",
});

async function* history(store: Store, actions: readonly string[]): AsyncGenerator<HistoryEntry> {
  for (let after = 0; ;) {
    const page = await store.auditHistory(after, PAGE, actions);
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.seq ?? after;
  }
}

function stepOf(entry: HistoryEntry, dials: ReadonlyMap<string, DialFacts>): ProofStep | null {
  const { action, seq, at, attemptId, callId } = entry;
  if (action === "call.ended") return { type: "ended", seq, attemptId: attemptId ?? "" };
  if (action === "call.outcome") {
    const outcome = OUTCOMES.find((each) => each === said(entry.after)["outcome"]) ?? null;
    return { type: "outcome", seq, callId: callId ?? "", outcome };
  }
  if (action !== "call.dialed") return null;
  const dial = dials.get(attemptId ?? "");
  return dial === undefined
    ? null
    : { type: "dialed", seq, at, dial, loggedAs: instantOf(said(entry.after)["dialed_at"]) ?? 0 };
}

const gone = ({ attemptId, callId, campaignId }: HistoryEntry): Violation => ({
  breach: "record",
  callId: callId ?? "",
  attemptId: attemptId ?? "",
  campaignId,
  words: "the log has the dial, and its record is gone",
});

type Said = Readonly<Record<string, unknown>>;
const said = (text: string | null): Said => (text === null ? {} : (JSON.parse(text) as Said));
const instantOf = (value: unknown): Instant | null => (typeof value === "string" ? Date.parse(value) : null);

/** What the log and the tables say of numbers, put together. */
class Pasts {
  readonly #listings = new Map<string, (Listing & { readonly key: string })[]>();
  readonly #consents = new Map<string, ConsentVersion[]>();
  readonly #imported: { readonly first: number; readonly last: number; readonly seq: number; readonly at: Instant }[] =
    [];
  /** Lists that went as a whole, or took in others; `removed`: how many of their entries went. */
  readonly #left: (Place & { readonly source: string; readonly removed: number })[] = [];
  readonly #known = new Map<string, NumberPast>();

  read(entry: HistoryEntry): void {
    const { action, phoneNumber } = entry;
    if (WHOLE_LISTS.includes(action)) {
      const { source, removed } = said(entry.after);
      if (removed === undefined) return;
      this.#left.push({ seq: entry.seq, at: entry.at, source: String(source), removed: Number(removed) });
      return;
    }
    if (action === "consent.imported") {
      const { first, last } = said(entry.after);
      this.#imported.push({ first: Number(first), last: Number(last), seq: entry.seq, at: entry.at });
    } else if (phoneNumber === null) return;
    else if (action.startsWith("dnc.")) this.#list(entry, phoneNumber);
    else if (action.startsWith("consent.")) this.#consent(entry, phoneNumber);
  }

  /** What is stored now, and of which the log does not say when it came. */
  know({ phoneNumber, listed, consents }: DialFacts): void {
    if (phoneNumber === null || this.#known.has(phoneNumber)) return;
    const stored = new Set(listed.map((entry) => `${entry.phoneNumber} ${entry.source}`));
    const listings = [phoneNumber, ...prefixesOf(phoneNumber)]
      .flatMap((number) => this.#listings.get(number) ?? [])
      .map((listing) => (stored.has(listing.key) ? listing : this.#closed(listing)));
    const open = new Set(listings.filter(({ until }) => until === null).map(({ key }) => key));
    for (const { phoneNumber: number, source, createdAt, expiresAt } of listed) {
      const key = `${number} ${source}`;
      if (!open.has(key)) listings.push({ key, source, from: null, since: createdAt, until: null, expiresAt });
    }
    const versions = this.#consents.get(phoneNumber) ?? [];
    const told = new Set(versions.map(({ id }) => id));
    for (const { id, userId, ...record } of consents) {
      if (told.has(id)) continue;
      const batch = this.#imported.find(({ first, last }) => first <= id && id <= last);
      const from = batch === undefined ? null : { seq: batch.seq, at: batch.at };
      versions.push({ id, userId, from, record: { ...record, phoneNumber } });
    }
    this.#known.set(phoneNumber, { listings, consents: versions });
  }

  /**
   * Logs of before do not say of each that it went with its list. A list that took in another and lost nothing stands on:
   * a row of the new one could not be read. What was arriving is gone in either case.
   */
  #closed<T extends Listing>(listing: T): T {
    const { source, from, until } = listing;
    if (until !== null) return listing;
    const left = this.#left.find(
      (list) =>
        list.seq > (from?.seq ?? 0) &&
        ((list.source === source && list.removed > 0) || source.startsWith(`${list.source} (arriving `)),
    );
    return { ...listing, until: left ?? null };
  }

  of(phoneNumber: string): NumberPast {
    return this.#known.get(phoneNumber) ?? { listings: [], consents: [] };
  }

  #list({ action, seq, at, before, after }: HistoryEntry, number: string): void {
    const known = this.#listings.get(number) ?? [];
    this.#listings.set(number, known);
    const { source, created_at, expires_at } = said(after ?? before);
    const key = `${number} ${String(source)}`;
    const entry = { key, source: String(source), since: instantOf(created_at) ?? 0, expiresAt: instantOf(expires_at) };
    if (action === "dnc.added") {
      known.push({ ...entry, from: { seq, at }, until: null });
      return;
    }
    const open = known.findIndex((each) => each.key === key && each.until === null);
    const standing = known[open];
    if (standing === undefined) known.push({ ...entry, from: null, until: { seq, at } });
    else known[open] = { ...standing, until: { seq, at } };
  }

  #consent({ seq, at, userId, before, after }: HistoryEntry, phoneNumber: string): void {
    const versions = this.#consents.get(phoneNumber) ?? [];
    this.#consents.set(phoneNumber, versions);
    const [was, is] = [before, after].map((text) => (text === null ? null : said(text)));
    const id = Number((is ?? was)?.["id"]);
    // It came before there was a log, or with a whole file.
    if (was && !versions.some((each) => each.id === id)) {
      const batch = this.#imported.find(({ first, last }) => first <= id && id <= last);
      versions.push({ id, userId, from: batch ?? null, record: recordOf(was, phoneNumber) });
    }
    versions.push({ id, userId, from: { seq, at }, record: is ? recordOf(is, phoneNumber) : null });
  }
}

/** What the log has of a consent: enough to judge by. */
const recordOf = (told: Said, phoneNumber: string): ConsentRecord => ({
  phoneNumber,
  channel: "ai_voice",
  purpose: String(told["purpose"]),
  level: told["level"] as ConsentRecord["level"],
  grantedAt: instantOf(told["granted_at"]) ?? 0,
  source: "",
  proof: told["proven"] === true || told["proven"] === 1 ? "" : null,
  expiresAt: instantOf(told["expires_at"]),
  revokedAt: instantOf(told["revoked_at"]),
});

/** +12 of +1234567, and so on: each may be on the list with an asterisk. */
const prefixesOf = (number: string): string[] =>
  Array.from({ length: number.length - 1 }, (_, n) => `${number.slice(0, n + 2)}*`);
