/** How fast a trunk may be used: carriers refuse what comes faster, and count it against one. */
import { type Instant, SECOND } from "../time/instant.ts";

/** What a trunk carries now, for all campaigns and runners together, and what it may. */
export interface TrunkLoad {
  /** Attempts under way through it: claimed, ringing or in conversation. */
  readonly live: number;
  /** When a call was last handed out to be dialed through it; null: never. */
  readonly lastUse: Instant | null;
  /** Milliseconds from one dial to the next; 0: no limit. */
  readonly interval: number;
  /** Calls at once; null: no limit. */
  readonly concurrency: number | null;
}

/** Calls that it may take on besides those it carries. */
export const freeLines = ({ concurrency, live }: TrunkLoad): number =>
  concurrency === null ? Infinity : concurrency - live;

/** Twilio allows one new call a second per trunk unless more was agreed. */
const TWILIO_INTERVAL = SECOND;

export const isTwilio = (address: string): boolean => /(^|\.)twilio\.com(:\d+)?$/i.test(address);

/** Milliseconds from one dial to the next through a trunk at this address, unless somebody says otherwise; 0: no limit. */
export const defaultInterval = (address: string): number => (isTwilio(address) ? TWILIO_INTERVAL : 0);
