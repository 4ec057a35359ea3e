/**
 * One attempt from claim to its end, and the attempts adopted from a runner that died. The order is the promise: the
 * attempt is stored before the request that may ring a phone leaves, and that request leaves once.
 */
import type { Blame } from "../../domain/calls/call.ts";
import { ENDINGS } from "../../domain/calls/ending.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { Claim, DialOrder, DialResult, Heard, Presence, Problem } from "../ports/index.ts";
import { dialOf, type Talk, talkOf } from "./adopted.ts";
import { AGENT_WAIT, type AgentSeat } from "./agent-capacity.ts";
import { agentStays, awaitAgent } from "./agent-wait.ts";
import type { AttemptContext, AttemptSettings, Outcome } from "./attempt-context.ts";
import { recordBeforeDial, recordFromAnswer } from "./attempt-recording.ts";
import { AttemptRecord, type End } from "./attempt-record.ts";
import { AttemptRoom } from "./attempt-room.ts";
import { passing, persist } from "./backoff.ts";
import { AGENTS_BUSY, isPassed, passDialGate, type Passed, released, TOO_LATE } from "./dial-gate.ts";
import { dialOrder } from "./dial-order.ts";
import { hearOut, hearRoom, type Speaking } from "./last-words.ts";
import { DONE, type LiveEnd } from "./live-calls.ts";
import { ROOM_MISSES, type Rung, seenEarly, seenRinging, watchRinging } from "./ringing.ts";
import { Machine } from "./machine.ts";
import { asTrouble } from "./steady.ts";
import { talkEnd } from "./talk-end.ts";
import type { Fate } from "./unknown-fates.ts";

/** The runner is leaving: what this attempt waits for is left to the next run. */
class Left extends Error {}

export class AttemptRun {
  readonly #record: AttemptRecord;
  readonly #settings: AttemptSettings;
  readonly #context: AttemptContext;
  readonly #room: AttemptRoom;
  #hungUp = false;
  #messageLeft = false;
  #passed?: Passed;
  /** Agents were asked for twice: should two come, the second one goes. */
  #askedTwice = false;
  #agent: string | null = null;
  #machine: Machine;
  /** Aborts when the attempt has ended, or is nobody of ours any more. */
  readonly #over = new AbortController();
  #recording: Promise<void> = Promise.resolve();

  constructor(claim: Claim, settings: AttemptSettings, context: AttemptContext) {
    const { store, clock, leave, onTrouble, emit } = context;
    const insist = <T>(act: () => Promise<T>): Promise<T> => persist(clock, act, leave, onTrouble);
    this.#record = new AttemptRecord(claim, settings, store, insist, emit);
    this.#settings = settings;
    this.#context = context;
    this.#room = new AttemptRoom(this.#record.room, context);
    this.#machine = new Machine(settings.retry, false);
  }

  get record(): AttemptRecord {
    return this.#record;
  }

  /** `stop --now`: the attempt then ends by itself. False: LiveKit does not know its room, so that is to be asked again. */
  hangUp(): Promise<boolean> {
    this.#hungUp = true;
    return this.#room.remove();
  }

  /** What a webhook brought of an agent that has gone. */
  hears(heard: Heard): void {
    this.#onHeard(heard);
  }

  /** Dials a fresh claim. */
  dial(): Promise<void> {
    return this.#see(async () => {
      const { agents, waitForAgent, dialer } = this.#context;
      using seat = agents.enter(waitForAgent && dialer === "engine");
      return await this.#dial(seat);
    });
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
    const { clock, leave } = this.#context;
    try {
      const outcome = await act();
      const ours =
        outcome !== "not_ours" && (await this.#record.ended(outcome.at ?? clock.now(), outcome.end)) === "stored";
      if (!ours) this.#record.report({ type: "call_relieved" });
      // Another runner's call is left alone; one that ended meanwhile must not go on ringing.
      const elsewhere = ours ? null : await this.#record.elsewhere();
      if (elsewhere === "goes on") return;
      if (ours && outcome.agentStays === true) await this.#orLeave(hearOut(this.#speaking, this.#context));
      await this.#record.settled();
      const isDeleted = elsewhere === "to be hung up" && this.#record.attempt.state !== "claimed";
      const hangsUp = isDeleted || (outcome !== "not_ours" && outcome.end.byUs === true);
      await this.#room.clear(hangsUp, () => this.#record.report({ type: "room_left" }));
    } catch (error) {
      if (!leave.aborted) throw error;
    } finally {
      this.#over.abort(DONE);
    }
    await this.#recording;
  }

  async #dial(seat: AgentSeat): Promise<Outcome> {
    const { telephony, dialer } = this.#context;
    this.#messageLeft = await this.#orLeave(this.#record.isMessageLeft());
    this.#machine = new Machine(this.#settings.retry, this.#messageLeft);
    if (dialer === "agent") return this.#agentDials();
    const problem = await this.#orLeave(telephony.openRoom(this.#order()));
    if (problem !== null) return this.#failed(problem);
    const wait = {
      room: this.#record.room,
      isHungUp: () => this.#hungUp,
      askAgain: () => this.#askAgain(seat),
      onLook: this.#onLook,
    };
    const agentJoinedMs = await this.#orLeave(awaitAgent(wait, this.#context));
    if (agentJoinedMs === "absent") return seat.missed() === "busy" ? AGENTS_BUSY : { end: NO_AGENT };
    if (agentJoinedMs !== null) seat.joined();
    const unrecorded = await this.#orLeave(
      recordBeforeDial(this.#record, this.#settings, this.#context, this.#over.signal),
    );
    if (unrecorded !== null) return unrecorded;

    using fate = this.#context.unknown.fate(this.#settings.trunkId);
    const gate = await this.#passDialGate(fate, agentJoinedMs === null ? undefined : agentStays(wait, this.#context));
    if (!isPassed(gate)) return gate;
    this.#record.report({ type: "call_dialing", agentJoinedMs });
    this.#passed = gate;
    const { result, rang } = await this.#ring(fate);
    if (result.is === "unsent") return TOO_LATE;
    if (result.is !== "unknown") fate.known();
    switch (result.is) {
      case "unknown":
        return await this.#reconcile({ detail: result.detail, unanswered: true }, fate);
      case "ended":
        if (this.#hungUp) return { end: { ...result, ending: "hung_up", byUs: true } };
        if (result.ending === "livekit_error" && (await this.#maySomebodyBeThere()))
          return await this.#reconcile({ detail: SOMEBODY_DIALED, unanswered: true }, fate, this.#failed(result));
        // A phone that rang has cost its owner an attempt, whoever failed then.
        if (rang && ENDINGS[result.ending].next === "free")
          return this.#failed({ ...result, ending: "failed_ringing", rang });
        return this.#failed({ ...result, rang });
      case "answered":
        return this.#answered(result.sipCallId);
    }
  }

  async #askAgain(seat: AgentSeat): Promise<void> {
    seat.late();
    this.#askedTwice = true;
    await this.#context.telephony.callAgent(this.#order());
  }

  #failed({ trouble, ...end }: Problem & Pick<End, "rang">): Outcome {
    if (trouble !== undefined) this.#context.onTrouble(asTrouble(trouble));
    return { end };
  }

  /** The one request that rings the phone, which is looked at meanwhile. */
  async #ring(fate: Fate): Promise<{ readonly result: DialResult; readonly rang: boolean }> {
    const { telephony, clock, leave, firstRingLook } = this.#context;
    const settled = new AbortController();
    let rang = false;
    const over = AbortSignal.any([settled.signal, leave]);
    const looking = seenRinging(this.#record.room, telephony, clock, over, firstRingLook, this.#looksFor(fate)).then(
      (seen) => {
        rang = seen;
        if (seen && !settled.signal.aborted) this.#record.report({ type: "call_ringing" });
      },
    );
    const early = fate.isWaitedFor
      ? seenEarly(this.#record.room, telephony, clock, over, this.#looksFor(fate))
      : looking;
    try {
      return {
        result: await this.#orLeave(Promise.race([telephony.dial(this.#order()), failing(looking), failing(early)])),
        rang,
      };
    } finally {
      settled.abort(DONE);
    }
  }

  /** Is a callee in the room? One that our own was refused for had been called by the agent, or somebody else. */
  async #maySomebodyBeThere(): Promise<boolean> {
    const { telephony, clock, leave } = this.#context;
    try {
      for (let misses = 1; ; misses++) {
        const { leg, noRoom } = await this.#orLeave(telephony.presence(this.#record.room));
        if (leg !== "absent") return true;
        if (noRoom !== true || misses === ROOM_MISSES) return false;
        await this.#orLeave(clock.sleep(SECOND, leave));
      }
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return true; // who cannot tell goes on looking
    }
  }

  /** `stays`: whether the agent does; null where nobody can tell; left out: no agent is needed. */
  #passDialGate(fate: Fate, stays = (): Promise<boolean | null> => Promise.resolve(true)): Promise<Outcome | Passed> {
    return passDialGate(this.#record, this.#settings, this.#context, () => this.#hungUp, stays, fate);
  }

  /** `uncertain`: milliseconds ago that it may have been answered. */
  async #answered(sipCallId: string | null, blame: Blame = {}, uncertain = 0): Promise<Outcome> {
    const { clock, live } = this.#context;
    const at = clock.now();
    // Watched from now on, also while the database does not take it.
    const over = this.#follow(at);
    const stored = await this.#record.answered(at, sipCallId, blame, uncertain);
    if (stored === "stored")
      this.#recording = recordFromAnswer(this.#record, this.#settings, this.#context, this.#over.signal);
    if (stored === "stored") return this.#converse(over, { answeredAt: at, earliest: at, uncertain: 0 });
    live.removed(this.#record.room);
    return stored;
  }

  async #follow(answeredAt: Instant, lasted = 0): Promise<LiveEnd> {
    const { live, waitForAgent } = this.#context;
    const over = await live.follow({
      room: this.#record.room,
      expectAgent: waitForAgent,
      seenAt: answeredAt,
      longest: this.#settings.maxDurationSeconds * SECOND - lasted,
      // A machine is hung up, and a second agent is removed, by the next look.
      mayRest: () => this.#record.said?.answeredBy !== "voicemail" && !this.#askedTwice,
      onLook: this.#onLook,
      onHeard: this.#onHeard,
    });
    // At once: whoever talks on, or hears silence, does not wait for a database that is away.
    if (over.because === "too_long" || over.because === "agent_left") this.#room.hangUp();
    return over;
  }

  async #converse(over: Promise<LiveEnd>, talk: Omit<Talk, "lasted">): Promise<Outcome> {
    const end = await this.#orLeave(over);
    const { at, agentStays } = end;
    const measured = { talked: at - talk.answeredAt, uncertain: end.uncertain + talk.uncertain };
    if (this.#hungUp) return { at, end: { ending: "hung_up", byUs: true, ...measured } };
    const ended = talkEnd(end, talk.earliest, this.#settings, this.#record.said);
    return { at, end: { ...ended, ...measured }, agentStays };
  }

  /**
   * A phone may be ringing or answered, and nobody said so. Never dialed again: an active leg is a conversation. `refused`:
   * what LiveKit said of the dial, which stands when nobody was ever seen.
   */
  async #reconcile(why: Blame, fate?: Fate, refused?: Outcome): Promise<Outcome> {
    fate?.unreadable();
    const rung = await this.#watch();
    if (rung.is !== "active") {
      await this.#orLeave(hearRoom(this.#speaking, this.#context));
      return this.#unanswered(rung.is, why, refused);
    }
    fate?.known();
    return this.#answered(null, why, rung.uncertain);
  }

  async #unanswered(rung: Exclude<Rung["is"], "active">, why: Blame, refused?: Outcome): Promise<Outcome> {
    if (this.#hungUp) return { end: { ending: "hung_up", byUs: true, ...why } };
    switch (rung) {
      case "rang_out":
        return { end: { ending: "no_answer", ...why } };
      // It is in nobody's records as ended: it is hung up, and that is all.
      case "rings_on":
      case "unreadable":
        return { end: { ending: "lost", byUs: true, ...why } };
      case "gone":
        return this.#lost(why);
      case "never_seen":
        return refused ?? this.#lost(why);
    }
  }

  /** The room cannot tell: the carrier's records may, else nobody can. */
  async #lost(why: Blame): Promise<Outcome> {
    const { cdr } = this.#context;
    return cdr === null ? { end: { ending: "lost", ...why } } : this.#orLeave(cdr.settle(this.#record, why));
  }

  /** A conversation whose runner died: if it is over, the carrier knows since when; else it is followed. */
  async #resume(): Promise<Outcome> {
    const { cdr } = this.#context;
    const isOver = cdr !== null && !(await this.#maySomebodyBeThere());
    const at = isOver ? await this.#orLeave(cdr.endOf(this.#record)) : null;
    if (at !== null) return { at, end: { ending: "completed" } };
    const talk = await this.#orLeave(talkOf(this.#record, this.#settings, this.#context));
    return this.#converse(this.#follow(talk.answeredAt, talk.lasted), talk);
  }

  /**
   * `--dialer agent`: the agent finds the number in its metadata and dials; its leg is tracked. It may dial as soon as it
   * is called, or later than anybody waits: the gate comes first, and an agent that was not seen to dial may have.
   */
  async #agentDials(): Promise<Outcome> {
    const unrecorded = await recordBeforeDial(this.#record, this.#settings, this.#context, this.#over.signal);
    if (unrecorded !== null) return unrecorded;
    using fate = this.#context.unknown.fate(this.#settings.trunkId);
    const gate = await this.#passDialGate(fate);
    if (!isPassed(gate)) return gate;
    this.#record.report({ type: "call_dialing", agentJoinedMs: null });
    this.#passed = gate;
    const problem = await this.#orLeave(this.#context.telephony.openRoom(this.#order()));
    if (problem?.ending === "misconfigured" || problem?.ending === "released") return this.#failed(problem);
    const rung = await this.#watch(this.#looksFor(fate));
    if (rung.is === "active") return this.#answered(null, {}, rung.uncertain);
    if (rung.is === "never_seen") fate.unreadable();
    if (this.#hungUp) return { end: { ending: "hung_up", byUs: true } };
    if (rung.is === "never_seen") return this.#lost({ detail: "the agent was not seen to dial", unanswered: true });
    return { end: { ending: rung.is === "unreadable" ? "lost" : "no_answer", byUs: rung.is !== "rang_out" } };
  }

  async #watch(onLook = this.#onLook): Promise<Rung> {
    const { telephony, clock, leave, onTrouble } = this.#context;
    const [{ ringSeconds, maxDurationSeconds }, { room }] = [this.#settings, this.#record];
    const dialed =
      this.#passed === undefined
        ? await this.#orLeave(dialOf(this.#record, this.#context))
        : { dialed: this.#passed.at, earlier: 0 };
    const ringing = { room, ...dialed, ringSeconds, maxDurationSeconds, onLook };
    return this.#orLeave(watchRinging(ringing, telephony, clock, leave, onTrouble));
  }

  /** Until something is seen of the dial. */
  #looksFor(fate: Fate): (presence: Presence) => void {
    return (presence) => {
      if (presence.leg !== "absent") fate.known();
      this.#onLook(presence);
    };
  }

  /** Seen in passing. */
  readonly #onLook = ({ carrierId, heard, agents }: Presence): void => {
    if (carrierId !== null) this.#record.identified(this.#context.clock.now(), carrierId);
    if (heard !== null) this.#onHeard(heard);
    this.#keepOne(agents);
    if (this.#record.attempt.state !== "answered") return;
    if (this.#machine.isToBeHungUp(this.#record.said, this.#context.clock.monotonic())) this.#room.hangUp(); // the next look tries again
  };

  /** Two agents would talk at once: the one that was seen first stays. */
  #keepOne(agents: readonly string[]): void {
    if (this.#agent === null || !agents.includes(this.#agent)) this.#agent = agents[0] ?? null;
    if (!this.#askedTwice) return;
    for (const identity of agents)
      if (identity !== this.#agent)
        void passing(() => this.#context.telephony.removeAgent(this.#record.room, identity));
  }

  readonly #onHeard = (heard: Heard): void => this.#record.hears(this.#context.clock.now(), heard);

  get #speaking(): Speaking {
    return { room: this.#record.room, hear: this.#onHeard, isOver: () => this.#record.isHeardOut };
  }

  #order(): DialOrder {
    return dialOrder(this.#record, this.#settings, this.#messageLeft, this.#passed?.leave);
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

/** Settles only when the other fails. */
const failing = (other: Promise<void>): Promise<never> =>
  new Promise((_, reject) => void other.catch((error: unknown) => reject(error as Error)));
