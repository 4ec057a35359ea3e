/**
 * Caller IDs: our own numbers, each assigned to one assistant and one trunk at a time; and how fast a trunk may be used.
 */
import type { Instant } from "../../domain/time/instant.ts";
import { defaultInterval, type TrunkLoad } from "../../domain/calls/trunk-limit.ts";

export interface CallerNumber {
  readonly id: string;
  /** E.164. */
  readonly number: string;
  readonly label: string | null;
  /** The carrier's id of the number, and of the trunk it is attached to there. */
  readonly phoneSid: string | null;
  readonly trunkSid: string | null;
  /** Which assistant calls with it; null: none. */
  readonly assistantId: string | null;
  /** The LiveKit trunk that carries its calls, and that trunk's name; null: none. */
  readonly trunkId: string | null;
  readonly trunkName: string | null;
  /** Milliseconds from one dial with this number to the next; 0: no limit of its own. */
  readonly interval: number;
  /** When a dial last left with it. */
  readonly lastUsedAt: Instant | null;
}

/** What `trunks assign` says. Fields left out keep what is stored. */
export interface Assignment {
  /** For the row, when the number is new. */
  readonly id: string;
  readonly number: string;
  readonly assistantId: string;
  readonly trunkId: string;
  readonly trunkName: string;
  readonly label?: string;
  readonly interval?: number;
  readonly phoneSid?: string;
  readonly trunkSid?: string;
  /** It is known that the trunk carries other owners' numbers too. */
  readonly shared?: boolean;
}

/**
 * `taken`: the number belongs to another assistant or trunk, as returned. `others_number`: to another owner.
 * `others_trunk`: another owner's number is on the trunk, and nobody has said that it is shared. Then nothing was changed.
 */
export type Assigned =
  | { readonly is: "assigned" | "taken"; readonly number: CallerNumber }
  | { readonly is: "others_number" | "others_trunk" };

/** What an owner may call with. */
export interface CallerPool {
  /** Active numbers of the assistant, the owner's and the installation's; the least recently used first. */
  readonly numbers: readonly CallerNumber[];
  /** Trunks and numbers that are assigned to other owners only: neither is for this one's calls. */
  readonly othersTrunks: readonly string[];
  readonly othersNumbers: readonly string[];
}

/** How fast a trunk may be used, by all campaigns and runners together. */
export interface TrunkLimit extends Pick<TrunkLoad, "interval" | "concurrency"> {
  readonly trunkId: string;
}

/** Part of the Store. */
export interface CallerNumberStore {
  /** Assigns a number to an assistant and a trunk, unless it is assigned elsewhere. Repeating it changes nothing. */
  assignNumber(assignment: Assignment, at: Instant): Promise<Assigned>;
  /** Takes the owner's number from its assistant and trunk; its row stays. Null: the owner has none that is assigned. */
  unassignNumber(number: string): Promise<CallerNumber | null>;
  /** Active numbers that are assigned to a trunk, of one assistant or of all, the least recently used first. */
  listNumbers(assistantId?: string): Promise<readonly CallerNumber[]>;
  /** What the owner of a campaign may call with; null: the installation; left out: the store's owner, else everybody. */
  callerPool(assistantId: string | null, owner?: string | null): Promise<CallerPool>;
  /** Do others than the store's owner call through this trunk: with numbers on it, or campaigns that are not over? */
  trunkIsOthers(trunk: { readonly id: string; readonly name: string }): Promise<boolean>;
  /** `unless_set`: a limit that is stored already stays. Nor does an owner change that of a trunk with others' numbers. */
  setTrunkLimit(limit: TrunkLimit, at: Instant, when?: "always" | "unless_set"): Promise<void>;
  trunkLimits(): Promise<readonly TrunkLimit[]>;
  /** Removes a trunk's limit; numbers assigned to it are left to their verb. */
  dropTrunkLimit(trunkId: string): Promise<void>;
}

/** What the carrier at a trunk's address is known to allow, for as long as nobody has said anything of the trunk. */
export const defaultLimit = ({ id, address }: { readonly id: string; readonly address: string }): TrunkLimit => ({
  trunkId: id,
  interval: defaultInterval(address),
  concurrency: null,
});
