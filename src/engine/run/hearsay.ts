/**
 * What webhooks have told of one live call. They say when to look and since when something is over; whether it is, a look
 * says. What was told of an earlier moment than a look has seen is about something else.
 */
import { SECOND } from "../../domain/time/instant.ts";
import type { HowTold, ToldOf, WhatTold } from "../ports/index.ts";

/** How long LiveKit may list who has gone. */
const LISTED = SECOND;

/** Between these moments it happened, on the monotonic clock; `from` -Infinity: nobody can tell. */
interface Rumour {
  readonly from: number;
  readonly until: number;
  readonly how: HowTold;
}

/** `uncertain`: milliseconds by which `at` may be late. */
export interface Told {
  readonly at: number;
  readonly uncertain: number;
  readonly how: HowTold;
}

export class Hearsay {
  readonly #rumours = new Map<WhatTold, Rumour & { readonly eventId: string }>();

  /** Returns whether it is news, and not of the callee's coming, which is known. `now`: when the store had answered. */
  hears({ what, how, ago, late, uncertain, eventId }: ToldOf, now: number): boolean {
    if (this.#rumours.get(what)?.eventId === eventId) return false;
    const until = now - ago - late;
    this.#rumours.set(what, { how, until, from: uncertain === null ? -Infinity : until - uncertain, eventId });
    return what !== "leg_joined";
  }

  /** Webhooks of this call arrive. */
  get isTold(): boolean {
    return this.#rumours.has("leg_joined");
  }

  /** And none of anybody who left: LiveKit's lists may be a moment behind what it tells. */
  get isQuiet(): boolean {
    return this.isTold && this.#rumours.size === 1;
  }

  /** That the callee has gone, seen last at `seen` and missed at `missed`; null: nobody said so. */
  calleeGone(seen: number, missed: number): Told | null {
    const kinds = ["leg_left", "carrier_ended", "room_finished"] as const;
    return kinds.map((kind) => this.#of(kind, seen, missed)).find((told) => told !== null) ?? null;
  }

  agentGone(seen: number, missed: number): Told | null {
    return this.#of("agent_left", seen, missed) ?? this.#of("room_finished", seen, missed);
  }

  #of(what: WhatTold, seen: number, missed: number): Told | null {
    const rumour = this.#rumours.get(what);
    if (rumour === undefined || rumour.until < seen - LISTED) return null;
    const at = Math.min(Math.max(rumour.until, seen), missed);
    return { at, uncertain: at - Math.min(at, Math.max(rumour.from, seen)), how: rumour.how };
  }
}
