/**
 * Recordings under way: asked for, seen to run, and in the end found where they lie. What is stored outlives a crash: the
 * next runner settles what this one has left. LiveKit's egress may be absent, slow or full; its troubles stay its own.
 */
import { roomOf } from "../../domain/calls/call.ts";
import {
  isSettled,
  type Recording,
  type RecordingPlan,
  recordingPath,
  recordingThat,
} from "../../domain/calls/recording.ts";
import { DAY, SECOND } from "../../domain/time/instant.ts";
import { CampaignsError } from "../errors.ts";
import type { Clock, Store } from "../ports/index.ts";
import type { OpenRecording, Recorder } from "../ports/recorder.ts";

/** How long a recording may take until it runs. */
const STARTS_WITHIN = 10 * SECOND;
const LOOK_EVERY = SECOND;
/** Of those whose calls are over, how many are asked about in one sweep. */
const SWEEP = 50;
/** A recording that LiveKit has told nothing of for so long will not be heard of. */
const FORGOTTEN = DAY;
/** A short call's recording is stored within seconds: a run that ends waits so long for it. */
const LAST_LOOKS = [SECOND, 2 * SECOND, 4 * SECOND];

const NOT_RUNNING = "it was asked for, and LiveKit did not say that it runs";

export interface Wanted {
  readonly attemptId: string;
  readonly campaignId: string | null;
  readonly plan: RecordingPlan;
}

export class Recordings {
  readonly #recorder: Recorder;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #leave: AbortSignal;

  constructor(recorder: Recorder, store: Store, clock: Clock, leave: AbortSignal) {
    this.#recorder = recorder;
    this.#store = store;
    this.#clock = clock;
    this.#leave = leave;
  }

  /** Resolves when it runs (null), or with why it does not, or not in time. `over`: its call is. */
  async begin({ attemptId, campaignId, plan }: Wanted, over: AbortSignal): Promise<string | null> {
    const until = this.#clock.monotonic() + STARTS_WITHIN;
    const stop = AbortSignal.any([over, this.#leave]);
    const room = roomOf(attemptId);
    await this.leave(attemptId, recordingThat("starting"));
    try {
      const refused = await this.#recorder.start(room, plan, recordingPath(plan, campaignId, attemptId));
      if (refused !== null) return await this.leave(attemptId, recordingThat("not_started", refused));
      while (!stop.aborted && this.#clock.monotonic() < until) {
        const seen = await this.#recorder.look(room);
        if (seen?.status === "recording") return await this.leave(attemptId, seen);
        if (seen !== null && isSettled(seen)) return await this.leave(attemptId, seen);
        await this.#clock.sleep(LOOK_EVERY, stop);
      }
      return NOT_RUNNING;
    } catch (error) {
      if (!(error instanceof CampaignsError)) throw error;
      return error.message;
    }
  }

  /** Stores what it has come to. Returns why it does not run; null: it does. */
  async leave(attemptId: string, recording: Recording): Promise<string | null> {
    await this.#store.saveRecording(attemptId, recording, this.#clock.now());
    const { status, detail } = recording;
    return status === "recording" ? null : (detail ?? WORDS[status]);
  }

  /** Looks after recordings of calls that are over. Returns how many are still not settled. */
  async sweep(): Promise<number> {
    try {
      let left = 0;
      for (const open of await this.#store.openRecordings(SWEEP)) {
        const now = await this.#settled(open);
        if (now === null) left++;
        else await this.leave(open.attemptId, now);
      }
      return left;
    } catch (error) {
      if (!(error instanceof CampaignsError)) throw error;
      return 0; // the next sweep meets them again
    }
  }

  /** Before a run ends. */
  async lastSweep(): Promise<void> {
    for (const wait of LAST_LOOKS) {
      if (this.#leave.aborted || (await this.sweep()) === 0) return;
      await this.#clock.sleep(wait, this.#leave);
    }
    if (!this.#leave.aborted) await this.sweep();
  }

  /** What it has come to; null: nothing new is known. */
  async #settled({ attemptId, recording, endedAt }: OpenRecording): Promise<Recording | null> {
    const seen = await this.#recorder.look(roomOf(attemptId));
    if (seen !== null && isSettled(seen)) return seen;
    const age = this.#clock.now() - endedAt;
    if (seen === null && recording.startedAt === null && age > STARTS_WITHIN) {
      return recordingThat("not_started", recording.detail ?? "LiveKit knows of no recording");
    }
    return age > FORGOTTEN
      ? { ...recording, status: "failed", detail: "LiveKit does not say what became of it" }
      : null;
  }
}

const WORDS = {
  starting: NOT_RUNNING,
  complete: "it ended at once",
  failed: "LiveKit's recording failed",
  not_started: "LiveKit did not start it",
  no_consent: "no proven consent to be recorded",
} as const satisfies Record<Exclude<Recording["status"], "recording">, string>;
