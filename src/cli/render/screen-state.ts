/** What a run's screen shows: all that the text is made of. */
import type { CampaignReport } from "../../engine/manage/campaigns.ts";
import type { Instant } from "../../domain/time/instant.ts";

/** What keeps the whole runner from dialing: it takes no new calls, or somebody is down, which is said elsewhere. */
export type Halted = "draining" | "trouble";

export type Tone = "alarm" | "wait" | "talk" | "quiet" | "plain";

/** One campaign; `report` as it is now, with what has happened since it was counted. */
export interface CampaignRow {
  readonly report: CampaignReport;
  /** When it may be through; null: nobody can tell. */
  readonly eta: Instant | null;
}

export interface CallRow {
  readonly campaign: string;
  /** The contact's name, or the number with most of it hidden. */
  readonly who: string;
  readonly state: "agent" | "dialing" | "ringing" | "talking";
  readonly since: Instant;
}

export interface EventRow {
  readonly text: string;
  readonly tone: Tone;
}

export interface ScreenState {
  readonly at: Instant;
  /** The clock of whoever looks. */
  readonly timeZone: string;
  /** In an order that stays. */
  readonly campaigns: readonly CampaignRow[];
  readonly calls: readonly CallRow[];
  /** Oldest first. */
  readonly events: readonly EventRow[];
  /** Who is down, in words. */
  readonly troubles: readonly string[];
  readonly halted: Halted | null;
  /** The campaign that the keys are about. */
  readonly chosen: string | null;
  /** What became of the last key. */
  readonly notice: string | null;
  readonly help: boolean;
  /** Keys are heard. */
  readonly keys: boolean;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}
