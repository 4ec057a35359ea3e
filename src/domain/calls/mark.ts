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

/** What the trunk refuses: a country, a prefix within one, or a number, which it refused before. */
const BLAMED = { country: "r", prefix: "f", number: null } as const satisfies Record<string, Mark | null>;
export type Blamed = keyof typeof BLAMED;

/** `blamed`: whom a refusal speaks against; null: the trunk. */
export function markOf(end: Ended, answered: boolean, blamed: Blamed | null): Mark | null {
  if (answered) return agentMark(end);
  if (end.unanswered === true) return "x";
  if (blamed !== null) return BLAMED[blamed];
  return rangOut(end) ? "." : ENDINGS[end.ending].mark;
}

/** A phone that rings until we give up, or the carrier does: the trunk works. */
const rangOut = ({ ending, sipStatus, rang }: Ended): boolean =>
  ending === "no_answer" && (typeof sipStatus !== "number" || rang === true);

/** What a conversation says of the agent; nothing when the callee left too soon to tell. */
const agentMark = ({ ending, agentStayed }: Ended): Mark | null =>
  ending === "agent_lost" ? "a" : agentStayed === true ? "g" : null;
