/** How long a call lasted, with `~` where nobody looked in time to know it. */
import { isEstimated } from "../../domain/calls/call.ts";

interface Lasted {
  readonly durationSeconds: number | null;
  readonly durationUncertainty: number | null;
}

/** `12 s`, `~12 s`; empty when nothing of it was seen. */
export function durationText(lasted: Lasted, spell = (seconds: number): string => `${seconds} s`): string {
  const { durationSeconds } = lasted;
  return durationSeconds === null ? "" : `${isEstimated(lasted) ? "~" : ""}${spell(durationSeconds)}`;
}
