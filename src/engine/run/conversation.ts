/**
 * What the looks at one live call add up to: it goes on, or it is over, since when, and how sure that is. What webhooks told
 * says since when, and makes the second look at a callee who has gone needless. Knows no clock and asks nobody.
 */
import { SECOND } from "../../domain/time/instant.ts";
import type { Presence } from "../ports/index.ts";
import { Hearsay } from "./hearsay.ts";

/** How long a callee may be alone before we hang up: an agent that is being replaced is back by then. */
export const AGENT_GRACE = 5 * SECOND;

/** Times on the monotonic clock, milliseconds. */
export interface Over {
  readonly because: "callee_left" | "agent_left";
  /** When the callee left as a webhook told, else the first look that missed them; or when we hang up, since the agent is gone. */
  readonly at: number;
  /** Milliseconds by which `at` may be wrong: without a webhook, since the callee was last seen. */
  readonly uncertain: number;
  /** The first look that missed the callee. */
  readonly missed: number;
  /** A webhook told the same; and that it is for good. */
  readonly told: boolean;
  readonly forGood: boolean;
  /** LiveKit has hung up, since nothing was heard of the far end. */
  readonly noAudio: boolean;
  /** Since when the callee was without an agent; null: the callee was never seen alone. */
  readonly alone: number | null;
  /** The agent's process is gone, for longer than `alone` says; null: nobody told. */
  readonly crashed: boolean | null;
  /** The callee has gone, and an agent has not. */
  readonly agentStays: boolean;
}

/** over: it has ended · confirm: the callee was missed once, look again soon · on: it goes on. */
export type Judgement = Over | "confirm" | "on";

export class Conversation {
  readonly #expectAgent: boolean;
  readonly #hearsay: Hearsay;
  #lastSeen: number;
  #lastWithAgent: number;
  /** The first look that missed the callee, and when it was answered. */
  #missed: (Pick<Over, "at" | "uncertain"> & { readonly by: number }) | null = null;
  #alone: number | null = null;
  #crashed: boolean | null = null;

  /** `since`: when the callee was last known to be there. */
  constructor(since: number, expectAgent: boolean, hearsay = new Hearsay()) {
    this.#lastSeen = since;
    this.#lastWithAgent = since;
    this.#expectAgent = expectAgent;
    this.#hearsay = hearsay;
  }

  /** When the callee was known to be there; monotonic, milliseconds. */
  get lastSeen(): number {
    return this.#lastSeen;
  }

  get alone(): number | null {
    return this.#alone;
  }

  /** `asked`: when the look was made; what it has shown was true at some moment between then and `now`. */
  saw({ leg, agents }: Presence, asked: number, now: number): Judgement {
    if (leg === "absent") {
      const isFirst = this.#missed === null;
      this.#missed ??= { at: asked, by: now, uncertain: Math.max(asked - this.#lastSeen, now - asked) };
      const { at, by } = this.#missed;
      const told = this.#hearsay.calleeGone(this.#lastSeen, by);
      const forGood = told !== null && told.how !== "unsure";
      // Once is no proof: LiveKit's lists miss a participant now and then.
      if (isFirst && !forGood) return "confirm";
      const noAudio = told?.how === "no_audio";
      const how = { missed: at, told: told !== null, forGood, noAudio, agentStays: agents.length > 0 };
      return this.#over("callee_left", told ?? this.#missed, how);
    }
    this.#missed = null;
    this.#lastSeen = asked;
    if (!this.#expectAgent || agents.length > 0) {
      this.#lastWithAgent = asked;
      this.#alone = null;
      this.#crashed = null;
      return "on";
    }
    const told = this.#hearsay.agentGone(this.#lastWithAgent, this.#alone ?? now);
    this.#alone = told?.at ?? this.#alone ?? now;
    this.#crashed = told === null || told.how === "unsure" ? null : told.how === "crashed";
    if (now - this.#alone < AGENT_GRACE) return "on";
    const byUs = { missed: now, told: told !== null, forGood: true, noAudio: false, agentStays: false };
    return this.#over("agent_left", { at: now, uncertain: 0 }, byUs);
  }

  /** A look that failed proves nothing, nor does what was missed before it. */
  failed(): void {
    this.#missed = null;
    this.#alone = null;
    this.#crashed = null;
  }

  #over(
    because: Over["because"],
    { at, uncertain }: Pick<Over, "at" | "uncertain">,
    how: Pick<Over, "missed" | "told" | "forGood" | "noAudio" | "agentStays">,
  ): Over {
    return { because, at, uncertain, ...how, alone: this.#alone, crashed: this.#crashed };
  }
}
