/** The union of things that happen while a runner runs; what progress displays and `--json` streams are made of. */
import type { CallStatus } from "./call.ts";
import type { Instant } from "../time/instant.ts";
import type { Ending } from "./ending.ts";
import type { Outcome } from "./outcome.ts";
import type { AnsweredBy } from "./verdict.ts";

interface OfCampaign {
  readonly campaignId: string;
  readonly campaign: string;
}

/** Calls are named by id; the number appears only redacted. */
interface OfCall {
  readonly campaignId: string | null;
  readonly callId: string;
  readonly attemptId: string;
  readonly number: string;
}

export type RunEvent = { readonly at: Instant } & (
  | { readonly type: "run_started"; readonly runnerId: string }
  | ({ readonly type: "campaign_working" } & OfCampaign)
  | ({ readonly type: "campaign_waiting"; readonly because: string; readonly until: Instant | null } & OfCampaign)
  /** A callback could not be made in time. `nextAttemptAt`: for when it is promised instead; null: the call has ended. */
  | ({
      readonly type: "callback_missed";
      readonly callId: string;
      readonly promisedFor: Instant;
      readonly nextAttemptAt: Instant | null;
    } & OfCampaign)
  | ({ readonly type: "campaign_paused"; readonly because: string } & OfCampaign)
  | ({ readonly type: "campaign_failed"; readonly because: string } & OfCampaign)
  /** `because`: those who were left could never have been called; null: every call is final. */
  | ({ readonly type: "campaign_completed"; readonly because: string | null } & OfCampaign)
  /** `agentJoinedMs`: how long the agent took to join; null: it was not waited for. */
  | ({ readonly type: "call_dialing"; readonly agentJoinedMs: number | null } & OfCall)
  /** The callee's phone rings. Looked for only while the dial goes on; a phone that is answered soon is not seen to ring. */
  | ({ readonly type: "call_ringing" } & OfCall)
  | ({ readonly type: "call_answered" } & OfCall)
  /** What the agent says of the call, stored. The newest of a call says everything. */
  | ({
      readonly type: "call_verdict";
      readonly seq: number;
      readonly answeredBy: AnsweredBy | null;
      readonly outcome: Outcome | null;
      /** For when the callee is promised another call. */
      readonly callbackAt: Instant | null;
      readonly firstAudioMs: number | null;
    } & OfCall)
  /** Parts of what the agent says that cannot be read; the others count. */
  | ({ readonly type: "verdict_ignored"; readonly problems: readonly string[] } & OfCall)
  /** It goes on, and is not recorded, though it was to be. */
  | ({ readonly type: "call_unrecorded"; readonly because: string } & OfCall)
  | ({
      readonly type: "call_ended";
      readonly ending: Ending;
      readonly status: CallStatus;
      readonly sipStatus: number | null;
      readonly durationSeconds: number | null;
      /** Seconds by which the duration may be off; null: nothing is. */
      readonly durationUncertainty: number | null;
      readonly nextAttemptAt: Instant | null;
      readonly detail: string | null;
    } & OfCall)
  | ({ readonly type: "call_adopted" } & OfCall)
  /** Its room could not be removed: LiveKit ends by itself what is in it. */
  | ({ readonly type: "room_left" } & OfCall)
  /** Another runner took it over, since this one showed no life: frozen, asleep, or long without the database. */
  | ({ readonly type: "call_relieved" } & OfCall)
  /** It was completed longer ago than it keeps whom it called; `rows` of files and calls know nobody any more; `recordings`: where those lie that are left. */
  | ({
      readonly type: "contacts_forgotten";
      readonly rows: number;
      readonly recordings: readonly string[];
    } & OfCampaign)
  | {
      readonly type: "trouble";
      /** carrier: its books could not be asked; calls that only they could tell of are lost. */
      /** webhook: a receiver of events does not take them. */
      readonly with: "database" | "livekit" | "carrier" | "webhook";
      readonly message: string;
      readonly hint: string | null;
    }
  | { readonly type: "recovered_from"; readonly with: "database" | "livekit" | "carrier" | "webhook" }
  | { readonly type: "silent_runner"; readonly until: Instant }
  | { readonly type: "draining"; readonly because: Draining; readonly live: number }
  | { readonly type: "left"; readonly live: number }
  | { readonly type: "run_ended" }
);

/** Why a runner takes no new calls any more. */
export type Draining = "interrupted" | "time_over" | "bug";

type WithoutInstant<E> = E extends unknown ? Omit<E, "at"> : never;
/** An event before the clock has stamped it. */
export type NewRunEvent = WithoutInstant<RunEvent>;
