/**
 * The record of one attempt under way: what happened goes in, is stored by compare-and-set, and is told to whoever
 * watches. Storing insists while the database is away, since a phone may have rung.
 */
import {
  advance,
  type Attempt,
  type AttemptEvent,
  type Blame,
  type Call,
  type Change,
  type Policy,
  roomOf,
} from "../../domain/calls/call.ts";
import type { Promises } from "../../domain/calls/callback-wish.ts";
import { mended } from "../../domain/calls/mended.ts";
import { stopped } from "../../domain/calls/stopped.ts";
import type { NewRunEvent } from "../../domain/calls/run-event.ts";
import type { ConsentAsked } from "../../domain/hours/rule-limits.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { redact } from "../../domain/phones/redact.ts";
import { saidCallback } from "../../domain/calls/said-callback.ts";
import type { Said, Verdict } from "../../domain/calls/verdict.ts";
import type { Claim, DialGate, Heard, Store } from "../ports/index.ts";
import { Hearing } from "./hearing.ts";

/** `not_ours`: another runner holds the attempt now, or it has ended. */
export type Stored = "stored" | "not_ours";

export type End = Omit<Extract<AttemptEvent, { type: "ended" }>, "type" | "at">;

type CallEventOf<E> = E extends { attemptId: string }
  ? Omit<E, "campaignId" | "callId" | "attemptId" | "number">
  : never;
/** An event of a call without the facts that the record adds. */
export type CallEvent = CallEventOf<NewRunEvent>;

export class AttemptRecord {
  #call: Call;
  #attempt: Attempt;
  /** A dial that may or may not have been stored, and never left: what follows is tried from both states. */
  #unsure: Change | null = null;
  /** Changes are computed one after the other: what follows waits for what was seen or heard in passing to be stored. */
  #pending: Promise<unknown> = Promise.resolve();
  readonly #hearing: Hearing;
  readonly #store: Store;
  readonly #retry: Policy;
  readonly #promise: Promises | undefined;
  readonly #insist: <T>(act: () => Promise<T>) => Promise<T>;
  readonly #emit: (event: NewRunEvent) => void;

  constructor(
    claim: Claim,
    { retry, promise }: { readonly retry: Policy; readonly promise?: Promises },
    store: Store,
    insist: <T>(act: () => Promise<T>) => Promise<T>,
    emit: (event: NewRunEvent) => void,
  ) {
    this.#call = claim.call;
    this.#attempt = claim.attempt;
    this.#hearing = new Hearing(claim.attempt.said);
    this.#retry = retry;
    this.#promise = promise;
    this.#store = store;
    this.#insist = insist;
    this.#emit = emit;
  }

  get call(): Call {
    return this.#call;
  }

  get attempt(): Attempt {
    return this.#attempt;
  }

  get room(): string {
    return roomOf(this.#attempt.id);
  }

  /** Asks the store to let the dial go. Not repeated: without an answer there is no dial. `turn`: what it is stored as. */
  async beginDial(
    at: Instant,
    turn: Instant,
    localDay: string | null,
    fromNumber: string | null,
    interval: number,
    consent?: ConsentAsked,
  ): Promise<DialGate> {
    const dialed = this.#advance({ type: "dialed", at: turn, localDay, fromNumber });
    if (dialed === null) return { say: "no", because: "not_yours" };
    try {
      const gate = await this.#store.beginDial(dialed, interval, consent, at);
      if (gate.say === "go") this.#take(dialed);
      return gate;
    } catch (error) {
      this.#unsure = dialed;
      throw error;
    }
  }

  /** The carrier's own id of the call, seen in passing. */
  identified(at: Instant, sipCallId: string): void {
    this.#pending = this.#pending.then(() => this.#save({ type: "identified", at, sipCallId }));
    // Whoever comes next hears of a failure; when the runner leaves, nobody does.
    this.#pending.catch(() => {});
  }

  /** `uncertain`: milliseconds by which `at` may be late. */
  async answered(at: Instant, sipCallId: string | null, blame: Blame, uncertain = 0): Promise<Stored> {
    await this.#pending;
    const stored = await this.#save({ type: "answered", at, sipCallId, uncertain, ...blame });
    if (stored === "stored") this.report({ type: "call_answered" });
    return stored;
  }

  /** What a look brought home of what the agent says; before the dial there is nothing to say. */
  hears(at: Instant, heard: Heard): void {
    if (this.#attempt.state === "claimed") return;
    const problems = this.#hearing.misses(heard);
    if (problems.length > 0) this.report({ type: "verdict_ignored", problems });
    const verdict = this.#hearing.hears(heard);
    if (verdict === null) return;
    this.#pending = this.#pending.then(() => this.#says(at, verdict));
    this.#pending.catch(() => {});
  }

  /** What the agent says so far; null: nothing. */
  get said(): Said | null {
    return this.#hearing.verdict ?? this.#attempt.said;
  }

  /** The agent has said its last word. */
  get isHeardOut(): boolean {
    return this.#hearing.isOver;
  }

  /** Until what was heard is stored. */
  async settled(): Promise<void> {
    await this.#pending;
  }

  async #says(at: Instant, words: Verdict): Promise<void> {
    const { verdict, callback, refused } = saidCallback(words, this.#call.place, at, this.#promise);
    const mends = mended(this.#call, this.#attempt, verdict, this.#retry, at);
    const said = { attemptId: this.#attempt.id, verdict, callback, mended: mends, at };
    if ((await this.#insist(() => this.#store.saveVerdict(said))) !== "stored") return;
    this.#attempt = { ...this.#attempt, said: verdict, ...(mends && { ending: mends.ending }) };
    if (mends !== null) {
      const { ending: endReason, nextAttemptAt, reachedIn } = mends;
      const status = nextAttemptAt === null ? mends.status : "pending";
      this.#call = { ...this.#call, status, endReason, nextAttemptAt, reachedIn };
    }
    const { answeredBy, outcome, notes, firstAudioMs } = verdict;
    this.#call = { ...this.#call, outcome: outcome ?? this.#call.outcome, notes: notes ?? this.#call.notes };
    if (refused !== null) this.report({ type: "verdict_ignored", problems: [refused] });
    this.report({
      type: "call_verdict",
      seq: verdict.seq,
      answeredBy,
      outcome,
      callbackAt: callback?.at ?? null,
      firstAudioMs,
    });
  }

  async ended(at: Instant, end: End): Promise<Stored> {
    await this.#pending;
    let stored = await this.#save({ type: "ended", at, ...end });
    if (stored === "not_ours" && this.#unsure !== null) {
      this.#take(this.#unsure);
      this.#unsure = null;
      stored = await this.#save({ type: "ended", at, ...end });
    }
    if (stored === "stored") {
      const { status, sipStatus, durationSeconds, durationUncertainty, nextAttemptAt } = this.#call;
      this.report({
        type: "call_ended",
        ending: end.ending,
        status,
        sipStatus,
        durationSeconds,
        durationUncertainty,
        nextAttemptAt,
        detail: end.detail ?? null,
      });
    }
    return stored;
  }

  /** What became of it that is not this runner's any more. To be hung up is also who was deleted with a campaign: they are in nobody's records. */
  async elsewhere(): Promise<"goes on" | "ended" | "to be hung up"> {
    const { campaignId } = this.#call;
    if ((await this.#insist(() => this.#store.endedAttempts([this.#attempt.id]))).length > 0) return "ended";
    const hangUps = campaignId === null ? [] : await this.#insist(() => this.#store.hangUps([campaignId]));
    return hangUps.length > 0 ? "to be hung up" : "goes on";
  }

  /** May the voicemail of this contact have had its message? Where nobody can know, it has. */
  async isMessageLeft(): Promise<boolean> {
    const { campaignId, contact, attemptsSpent } = this.#call;
    if (this.#retry.voicemail?.does !== "message" || campaignId === null || attemptsSpent === 0) return false;
    const history = await this.#insist(() => this.#store.callHistory(campaignId, contact.phoneNumber));
    return (history?.attempts ?? []).some(
      ({ id, said, ending, answeredAt }) =>
        id !== this.#attempt.id &&
        answeredAt !== null &&
        (said === null ? ending === "agent_lost" : said.answeredBy === "voicemail"),
    );
  }

  report(event: CallEvent): void {
    const { campaignId, id: callId, contact } = this.#call;
    this.#emit({ ...event, campaignId, callId, attemptId: this.#attempt.id, number: redact(contact.phoneNumber) });
  }

  async #save(event: AttemptEvent): Promise<Stored> {
    const change = this.#advance(event);
    if (change === null) return "not_ours";
    const saved = await this.#insist(() => this.#store.save(change));
    if (saved !== "closed") return this.#settle(saved, change);
    // The campaign was stopped meanwhile: no further attempt follows.
    const closed = { ...change, call: stopped(change.call, "stopped", event.at) };
    return this.#settle(await this.#insist(() => this.#store.save(closed)), closed);
  }

  #settle(saved: Awaited<ReturnType<Store["save"]>>, change: Change): Stored {
    if (saved !== "saved") return "not_ours";
    this.#take(change);
    return "stored";
  }

  #advance(event: AttemptEvent): Change | null {
    return advance(this.#call, this.#attempt, event, this.#retry);
  }

  #take(change: Change): void {
    this.#call = change.call;
    this.#attempt = change.attempt;
  }
}
