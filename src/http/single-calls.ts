/** Single calls that requests have asked for: each lives on after its answer, and ends before the server does. */
import type { Call } from "../domain/calls/call.ts";
import type { RunEvent } from "../domain/calls/run-event.ts";
import type { CarrierRecords } from "../engine/ports/carrier.ts";
import type { Clock, Store, Telephony } from "../engine/ports/index.ts";
import { dialOnce, type SingleCall } from "../engine/run/single-call.ts";

interface Dialing {
  readonly telephony: () => Promise<Telephony>;
  readonly records: CarrierRecords | null;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly onEvent: (event: RunEvent) => void;
  readonly onBug: (error: unknown) => void;
}

export class SingleCalls {
  readonly #dialing: Dialing;
  readonly #leave: AbortSignal;
  readonly #live = new Set<Promise<unknown>>();

  /** `leave`: let go of calls; the next run finds them. */
  constructor(dialing: Dialing, leave: AbortSignal) {
    this.#dialing = dialing;
    this.#leave = leave;
  }

  get live(): number {
    return this.#live.size;
  }

  /** Dials; resolves once the phone rings, or the call is over. Throws Refused, and whatever else stops a dial. */
  async dial(single: SingleCall, store: Store): Promise<Call> {
    const { telephony, onBug, onEvent: tell, ...context } = this.#dialing;
    const rings = Promise.withResolvers<string>();
    const onEvent = (event: RunEvent): void => {
      tell(event);
      if (event.type === "call_ringing" || event.type === "call_answered") rings.resolve(event.callId);
    };
    const asked = { ...context, store, telephony: await telephony(), onEvent, leave: this.#leave };
    const call = dialOnce(single, asked, new AbortController().signal);
    this.#live.add(call);
    let answered = false;
    call.catch((error: unknown) => answered && onBug(error)).finally(() => this.#live.delete(call));
    try {
      const first = await Promise.race([rings.promise, call]);
      if (typeof first !== "string") return first;
      return (await store.findCall(first)) ?? (await call);
    } finally {
      answered = true;
    }
  }

  /** Resolves once the last call has ended, or was let go of. */
  async ended(): Promise<void> {
    while (this.#live.size > 0) await Promise.allSettled(this.#live);
  }
}
