/** How long a call lasted, with `~` where nobody looked in time to know it. */
import { ESTIMATED_ABOVE } from "../../domain/calls/call.ts";

interface Lasted {
  readonly durationSeconds: number | null;
  readonly durationUncertainty: number | null;
}

export const isEstimated = ({ durationUncertainty }: Lasted): boolean => (durationUncertainty ?? 0) > ESTIMATED_ABOVE;

/** `12 s`, `~12 s`; empty when nothing of it was seen. */
export function durationText(lasted: Lasted, spell = (seconds: number): string => `${seconds} s`): string {
  const { durationSeconds } = lasted;
  return durationSeconds === null ? "" : `${isEstimated(lasted) ? "~" : ""}${spell(durationSeconds)}`;
}
