/**
 * One attempt from claim to its end, and the attempts adopted from a runner that died. The order is the promise: the
 * attempt is stored before the request that may ring a phone leaves, and that request leaves once.
 */
import { type Blame, calleeOf } from "../../domain/calls/call.ts";
import { SECOND } from "../../domain/time/instant.ts";
import { persist } from "./backoff.ts";
import { Unavailable } from "../errors.ts";
import { passDialGate, released } from "./dial-gate.ts";
import type { LiveEnd } from "./live-calls.ts";
import type { Claim, DialOrder, Problem, Telephony } from "../ports/index.ts";
import { AttemptRecord } from "./attempt-record.ts";
import { type Rung, watchRinging } from "./ringing.ts";
import type { AttemptContext, Outcome, AttemptSettings } from "./attempt-context.ts";
import { asTrouble } from "./steady.ts";

/** How long an agent may take to join before the attempt is given up. */
export const AGENT_WAIT = 10 * SECOND;
const AGENT_LOOK = SECOND / 4;
/** A call is cut off this long after its maximum, should the server not do it. */
const DURATION_SLACK = 30 * SECOND;

const LIVE_END_DETAIL = {
  callee_left: undefined,
  agent_left: "the agent left the call",
  too_long: "cut off at the maximum duration",
} as const satisfies Record<LiveEnd["because"], string | undefined>;

/** The runner is leaving: what this attempt waits for is left to the next run. */
class Left extends Error {}

export class AttemptRun {
  readonly #record: AttemptRecord;
  readonly #settings: AttemptSettings;
  readonly #context: AttemptContext;
  #hungUp = false;

  constructor(claim: Claim, settings: AttemptSettings, context: AttemptContext) {
    const { store, clock, leave, onTrouble, emit } = context;
    const insist = <T>(act: () => Promise<T>): Promise<T> => persist(clock, act, leave, onTrouble);
    this.#record = new AttemptRecord(claim, settings.retry, store, insist, emit);
    this.#settings = settings;
    this.#context = context;
  }

  get record(): AttemptRecord {
    return this.#record;
  }

  /** `stop --now`: the attempt then ends by itself. */
  async hangUp(): Promise<void> {
    this.#hungUp = true;
    const { telephony, live } = this.#context;
    await telephony.closeRoom(this.#record.room);
    live.removed(this.#record.room);
  }

  /** Dials a fresh claim. */
  dial(): Promise<void> {
    return this.#see(() => this.#dial());
  }

  /** Goes on with an attempt whose runner died: gives it back, asks LiveKit what became of it, or follows the call. */
  adopt(): Promise<void> {
    return this.#see(async () => {
      if (this.#record.attempt.state === "claimed") return released("its runner died before the dial");
      this.#record.report({ type: "call_adopted" });
      return this.#record.attempt.state === "answered"
        ? this.#resume()
        : this.#reconcile({ detail: "its runner died" });
    });
  }

  /** Sees the attempt to its stored end and clears its room. */
  async #see(act: () => Promise<Outcome>): Promise<void> {
    const { clock, telephony, leave, onTrouble } = this.#context;
    try {
      const outcome = await act();
      const ours =
        outcome !== "not_ours" && (await this.#record.ended(outcome.at ?? clock.now(), outcome.end)) === "stored";
      if (!ours) this.#record.report({ type: "call_relieved" });
      // Another runner's call is left alone; one that ended meanwhile must not go on ringing.
      if (!ours && !(await this.#record.hasEnded())) return;
      await persist(clock, () => telephony.closeRoom(this.#record.room), leave, onTrouble);
    } catch (error) {
      if (!leave.aborted) throw error;
    }
  }

  async #dial(): Promise<Outcome> {
    const { telephony, dialer } = this.#context;
    if (dialer === "agent") return this.#agentDials();
    const problem = await this.#orLeave(telephony.openRoom(this.#order()));
    if (problem !== null) return this.#failed(problem);
    const agentJoinedMs = await this.#awaitAgent();
    if (agentJoinedMs === "absent") return { end: NO_AGENT };

    const refused = await this.#passDialGate();
    if (refused !== null) return refused;
    this.#record.report({ type: "call_dialing", agentJoinedMs });
    const result = await this.#orLeave(telephony.dial(this.#order()));
    switch (result.is) {
      case "unknown":
        return this.#reconcile({ detail: result.detail, unanswered: true });
      case "ended":
        if (this.#hungUp) return { end: { ...result, ending: "hung_up" } };
        if (result.ending === "livekit_error" && (await this.#somebodyIsThere()))
          return this.#reconcile({ detail: SOMEBODY_DIALED, unanswered: true });
        return this.#failed(result);
      case "answered":
        return this.#answered(result.sipCallId);
    }
  }

  #failed({ trouble, ...end }: Problem): Outcome {
    if (trouble !== undefined) this.#context.onTrouble(asTrouble(trouble));
    return { end };
  }

  /** Nobody is rung to hear silence. Milliseconds until the agent was there; null: it was not waited for. */
  async #awaitAgent(): Promise<number | null | "absent"> {
    const { clock, telephony, waitForAgent, drain, leave } = this.#context;
    if (!waitForAgent) return null;
    const since = clock.now();
    while (clock.now() - since < AGENT_WAIT) {
      if (await this.#orLeave(this.#agentJoined(telephony))) return clock.now() - since;
      if (drain.aborted || this.#hungUp) return null; // the gate gives it back
      await clock.sleep(AGENT_LOOK, leave);
    }
    return "absent";
  }

  /** A look that fails is a look that saw no agent. */
  async #agentJoined(telephony: Telephony): Promise<boolean> {
    try {
      return (await telephony.presence(this.#record.room)).agent;
    } catch (error) {
      if (error instanceof Unavailable) return false;
      throw error;
    }
  }

  /** Is a callee in the room? One that our own was refused for had been called by the agent, or somebody else. */
  async #somebodyIsThere(): Promise<boolean> {
    const { clock, telephony, leave, onTrouble } = this.#context;
    return (await persist(clock, () => telephony.presence(this.#record.room), leave, onTrouble)).leg !== "absent";
  }

  /** null: the dial is stored, and may leave now. */
  #passDialGate(): Promise<Outcome | null> {
    return passDialGate(this.#record, this.#settings, this.#context, () => this.#hungUp);
  }

  async #answered(sipCallId: string | null, blame: Blame = {}): Promise<Outcome> {
    const stored = await this.#record.answered(this.#context.clock.now(), sipCallId, blame);
    return stored === "stored" ? this.#converse() : stored;
  }

  async #converse(): Promise<Outcome> {
    const { live, waitForAgent, clock } = this.#context;
    const since = this.#record.attempt.answeredAt ?? clock.now();
    const latest = since + this.#settings.maxDurationSeconds * SECOND + DURATION_SLACK;
    const { room } = this.#record;
    const { at, because } = await this.#orLeave(
      live.follow({ room, expectAgent: waitForAgent, latest, onCarrierId: this.#onCarrierId }),
    );
    const detail = LIVE_END_DETAIL[because];
    return { at, end: { ending: this.#hungUp ? "hung_up" : "completed", ...(detail === undefined ? {} : { detail }) } };
  }

  /** A phone may be ringing or answered, and nobody said so. Never dialed again: an active leg is a conversation. */
  async #reconcile(why: Blame): Promise<Outcome> {
    const rung = await this.#watch();
    if (rung === "active") return this.#answered(null, why);
    // A phone that rings on is in nobody's books as ended: it is hung up, and that is all.
    return rung === "rang_out" ? { end: { ending: this.#hungUp ? "hung_up" : "lost", ...why } } : this.#lost(why);
  }

  /** The room cannot tell: the carrier's books may, else nobody can. */
  async #lost(why: Blame): Promise<Outcome> {
    const { cdr } = this.#context;
    if (this.#hungUp) return { end: { ending: "hung_up", ...why } };
    return cdr === null ? { end: { ending: "lost", ...why } } : this.#orLeave(cdr.settle(this.#record, why));
  }

  /** A conversation whose runner died: if it is over, the books know since when; else it is followed. */
  async #resume(): Promise<Outcome> {
    const { cdr } = this.#context;
    const isOver = cdr !== null && !(await this.#somebodyIsThere());
    const at = isOver ? await this.#orLeave(cdr.endOf(this.#record)) : null;
    return at === null ? this.#converse() : { at, end: { ending: "completed" } };
  }

  /**
   * `--dialer agent`: the agent finds the number in its metadata and dials; its leg is tracked. It may dial as soon as it
   * is called, or later than anybody waits: the gate comes first, and an agent that was not seen to dial may have.
   */
  async #agentDials(): Promise<Outcome> {
    const refused = await this.#passDialGate();
    if (refused !== null) return refused;
    this.#record.report({ type: "call_dialing", agentJoinedMs: null });
    const problem = await this.#orLeave(this.#context.telephony.openRoom(this.#order()));
    if (problem?.ending === "misconfigured" || problem?.ending === "released") return this.#failed(problem);
    const rung = await this.#watch();
    if (rung === "active") return this.#answered(null);
    if (rung === "never_seen") return this.#lost({ detail: "the agent was not seen to dial", unanswered: true });
    return { end: { ending: this.#hungUp ? "hung_up" : "no_answer" } };
  }

  #watch(): Promise<Rung> {
    const { telephony, clock, leave, onTrouble } = this.#context;
    const { dialedAt, claimedAt } = this.#record.attempt;
    const { ringSeconds } = this.#settings;
    const since = dialedAt ?? claimedAt;
    const ringing = { room: this.#record.room, since, ringSeconds, onCarrierId: this.#onCarrierId };
    return this.#orLeave(watchRinging(ringing, telephony, clock, leave, onTrouble));
  }

  readonly #onCarrierId = (id: string): void => this.#record.identified(this.#context.clock.now(), id);

  #order(): DialOrder {
    const { call, attempt, room } = this.#record;
    const { assistantId, assistantName, prompt, trunkId, ringSeconds, maxDurationSeconds } = this.#settings;
    return {
      attemptId: attempt.id,
      callId: call.id,
      campaignId: call.campaignId,
      room,
      callee: calleeOf(attempt.id),
      trunkId,
      contact: call.contact,
      assistantId,
      assistantName,
      prompt,
      fromNumber: call.fromNumber,
      ringSeconds,
      maxDurationSeconds,
    };
  }

  /** The result, or Left as soon as the runner leaves. */
  async #orLeave<T>(result: Promise<T>): Promise<T> {
    const { leave } = this.#context;
    const { promise, reject } = Promise.withResolvers<never>();
    const left = (): void => reject(new Left());
    if (leave.aborted) left();
    leave.addEventListener("abort", left, { once: true });
    try {
      return await Promise.race([result, promise]);
    } finally {
      leave.removeEventListener("abort", left);
    }
  }
}

const NO_AGENT = { ending: "no_agent", detail: `waited ${AGENT_WAIT / SECOND} s` } as const;
const SOMEBODY_DIALED = "somebody else had dialed into the room: an agent that dials by itself needs --dialer agent";
