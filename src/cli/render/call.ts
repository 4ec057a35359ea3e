/** One call on a terminal: what it is at, and for how long. */
import type { RunEvent } from "../../domain/calls/run-event.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";
import type { Output } from "../output.ts";
import { liveDisplay, type LiveDisplay } from "./live.ts";
import { minutes } from "./text.ts";

const STATES: Partial<Record<RunEvent["type"], string>> = {
  call_dialing: "dialing",
  call_ringing: "ringing",
  call_answered: "talking",
  call_ended: "hanging up",
};

/** `hangUp`: the operator wants it over; LiveKit may take a few seconds to tell that it is. */
export function callDisplay(clock: Clock, out: Output, hangUp: AbortSignal): LiveDisplay {
  let state = "calling the agent";
  let since = clock.now();
  const lines = (): string =>
    hangUp.aborted
      ? "hanging up"
      : `${state} ${minutes(Math.floor((clock.now() - since) / SECOND))}  (Ctrl-C hangs up)`;
  return liveDisplay(clock, out, lines, ({ type, at }) => {
    const next = STATES[type];
    if (next !== undefined) [state, since] = [next, at];
  });
}
