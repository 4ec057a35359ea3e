/** What a runner makes of the reasons for which a campaign waits. */
import type { Plan, WaitReason } from "../../domain/calls/plan.ts";

/** Waits that keep a campaign among those being worked on. */
const BUSY: readonly WaitReason[] = ["pace", "at_capacity", "trunk_full"];
/** Waits that end with the next call, and need no report. */
const PASSING: readonly WaitReason[] = ["live_calls", "at_capacity", "trunk_full"];

/** A call under way holds more of the budget than it may cost. */
const isReserved = (decided: Plan): boolean =>
  decided.do === "wait" && decided.because === "budget" && decided.passes === true;

export const isBusy = (decided: Plan): boolean =>
  decided.do === "dial" || (decided.do === "wait" && BUSY.includes(decided.because)) || isReserved(decided);

export const isPassing = (decided: Plan): boolean =>
  (decided.do === "wait" && PASSING.includes(decided.because)) || isReserved(decided);

/** A wait that may end with a call of another runner or campaign, which wakes nobody here. `live`: calls of this runner. */
export const endsElsewhere = (decided: Plan, live: number): boolean =>
  decided.do === "wait" &&
  (decided.because === "trunk_full" || ((decided.because === "at_capacity" || isReserved(decided)) && live === 0));
