/** What an attempt that has ended says about our own side: see circuit-breaker.ts. */
import type { Mark } from "./circuit-breaker.ts";
import { type Ending, ENDINGS } from "./ending.ts";

interface Ended {
  readonly ending: Ending;
  readonly sipStatus?: number | null;
  readonly rang?: boolean;
  readonly unanswered?: boolean;
  readonly agentStayed?: boolean;
}

/** `again`: the trunk refuses a number that it refused before. */
export function markOf(end: Ended, answered: boolean, again: boolean): Mark | null {
  if (answered) return agentMark(end);
  if (end.unanswered === true) return "x";
  if (again) return null;
  return rangOut(end) ? "." : ENDINGS[end.ending].mark;
}

/** A phone that rings until we give up, or the carrier does: the trunk works. */
const rangOut = ({ ending, sipStatus, rang }: Ended): boolean =>
  ending === "no_answer" && (typeof sipStatus !== "number" || rang === true);

/** What a conversation says of the agent; nothing when the callee left too soon to tell. */
const agentMark = ({ ending, agentStayed }: Ended): Mark | null =>
  ending === "agent_lost" ? "a" : agentStayed === true ? "g" : null;
