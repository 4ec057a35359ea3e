/** What the engine asks of whoever records rooms: LiveKit's egress service. */
import type { Recording, RecordingPlan } from "../../domain/calls/recording.ts";
import type { Instant } from "../../domain/time/instant.ts";

/** Both throw `Unavailable`, or `Misused` when LiveKit refuses the key. */
export interface Recorder {
  /**
   * Asks for the room's sound to be recorded into that file. Sent once: a repetition could record twice. Null: asked for,
   * which says nothing of whether it runs; else why it does not.
   */
  start(room: string, plan: RecordingPlan, path: string): Promise<string | null>;
  /** What became of it; null: LiveKit knows of no recording of that room. */
  look(room: string): Promise<Recording | null>;
}

/** Part of the Store. */
export interface RecordingStore {
  /** Stores what became of an attempt's recording, which its call shows too. False: there is no such attempt, or whom it was to is erased. */
  saveRecording(attemptId: string, recording: Recording, at: Instant): Promise<boolean>;
  /** Attempts that have ended and whose recording is not settled, the oldest first. */
  openRecordings(limit: number): Promise<readonly OpenRecording[]>;
}

export interface OpenRecording {
  readonly attemptId: string;
  readonly recording: Recording;
  readonly endedAt: Instant;
}
