/** Which kinds of trouble a round has beside kills and freezes: its seed says. */
import { Random } from "../../src/sandbox/random.ts";
import { AgentPool } from "./agent-pool.ts";
import { DailyCap } from "./daily-cap.ts";
import { DoNotCall } from "./do-not-call.ts";
import { Outsiders } from "./outsiders.ts";
import { RefusedKeys } from "./refused-keys.ts";
import { Restored } from "./restored.ts";
import type { RoundStore } from "./stores.ts";
import type { Stage, Trouble } from "./trouble.ts";
import { WrongClocks } from "./wrong-clocks.ts";

const KINDS = {
  keys: RefusedKeys,
  restored: Restored,
  clocks: WrongClocks,
  outsiders: Outsiders,
  agents: AgentPool,
  list: DoNotCall,
  cap: DailyCap,
} as const;
export type Kind = keyof typeof KINDS;
export const KINDS_IN_WORDS = Object.keys(KINDS).join(", ");
export const isKind = (text: string): text is Kind => text in KINDS;

const CHANCE = 0.3;

/** A backup does not know whoever else writes. */
const AGAINST_RESTORED: readonly Kind[] = ["outsiders", "cap"];

/** Which a round has. `only`: these, whatever the seed says. */
export function kindsOf(seed: number, store: Pick<RoundStore, "file">, only: readonly Kind[] | null): readonly Kind[] {
  const random = new Random(seed * 7919 + 17);
  const drawn = (Object.keys(KINDS) as Kind[]).filter(() => random.chance(CHANCE));
  const kinds = (only ?? drawn).filter((kind) => kind !== "restored" || store.file !== null);
  return kinds.includes("restored") ? kinds.filter((kind) => !AGAINST_RESTORED.includes(kind)) : kinds;
}

export const troublesOf = (kinds: readonly Kind[], seed: number, stage: Omit<Stage, "random">): Trouble[] =>
  kinds.map((kind, n) => new KINDS[kind]({ ...stage, random: new Random(seed * 31 + n) }));
