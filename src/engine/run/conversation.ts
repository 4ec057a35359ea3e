/**
 * What the looks at one live call add up to: it goes on, or it is over, since when, and how sure that is. Knows no clock
 * and asks nobody.
 */
import { SECOND } from "../../domain/time/instant.ts";
import type { Presence } from "../ports/index.ts";

/** How long a callee may be alone before we hang up: an agent that is being replaced is back by then. */
export const AGENT_GRACE = 5 * SECOND;

/** Times on the monotonic clock, milliseconds. */
export interface Over {
  readonly because: "callee_left" | "agent_left";
  /** The first look that missed the callee; or when we hang up, since the agent is gone. */
  readonly at: number;
  /** Milliseconds by which `at` may be wrong: since the callee was last seen. */
  readonly uncertain: number;
  /** The first look that saw the callee without an agent; null: the callee was never seen alone. */
  readonly alone: number | null;
  /** The callee has gone, and an agent has not. */
  readonly agentStays: boolean;
}

/** over: it has ended · confirm: the callee was missed once, look again soon · on: it goes on. */
export type Judgement = Over | "confirm" | "on";

export class Conversation {
  readonly #expectAgent: boolean;
  #lastSeen: number;
  #missed: Pick<Over, "at" | "uncertain"> | null = null;
  #alone: number | null = null;

  /** `since`: when the callee was last known to be there. */
  constructor(since: number, expectAgent: boolean) {
    this.#lastSeen = since;
    this.#expectAgent = expectAgent;
  }

  get alone(): number | null {
    return this.#alone;
  }

  /** `asked`: when the look was made; what it has shown was true at some moment between then and `now`. */
  saw({ leg, agents }: Presence, asked: number, now: number): Judgement {
    if (leg === "absent") {
      // Once is no proof: LiveKit's lists miss a participant now and then.
      if (this.#missed === null) {
        this.#missed = { at: asked, uncertain: Math.max(asked - this.#lastSeen, now - asked) };
        return "confirm";
      }
      return this.#over("callee_left", this.#missed, agents.length > 0);
    }
    this.#missed = null;
    this.#lastSeen = asked;
    if (!this.#expectAgent || agents.length > 0) this.#alone = null;
    else this.#alone ??= now;
    const abandoned = this.#alone !== null && now - this.#alone >= AGENT_GRACE;
    return abandoned ? this.#over("agent_left", { at: now, uncertain: 0 }) : "on";
  }

  /** A look that failed proves nothing, nor does what was missed before it. */
  failed(): void {
    this.#missed = null;
    this.#alone = null;
  }

  #over(because: Over["because"], end: Pick<Over, "at" | "uncertain">, agentStays = false): Over {
    return { because, ...end, alone: this.#alone, agentStays };
  }
}
