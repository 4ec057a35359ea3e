/** Recordings of calls: where they go, whether they must be, whose consent they take, and what became of them. */
import type { Place } from "../phones/place.ts";
import type { Instant } from "../time/instant.ts";
import { type ConsentRecord, judged } from "./consent.ts";

/** What a campaign asks for. */
export interface RecordingPlan {
  /** null: LiveKit's own storage, as its egress service is set up. */
  readonly bucket: string | null;
  /** Folders before the file's name, which is made of ids alone. */
  readonly prefix: string;
  /** Nobody is dialed before the recording runs. Else it starts at the answer, and a call goes on without one. */
  readonly required: boolean;
}

/**
 * starting: asked for · recording: it runs · complete: it is stored · failed: it ran, and was not stored whole ·
 * not_started: it never ran · no_consent: the contact has not agreed to it, and it was not asked for.
 */
export const RECORDING_STATUSES = ["starting", "recording", "complete", "failed", "not_started", "no_consent"] as const;

export interface Recording {
  readonly status: (typeof RECORDING_STATUSES)[number];
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly seconds: number | null;
  /** Where it lies; null: nowhere, or not yet. */
  readonly location: string | null;
  /** What LiveKit said of it. */
  readonly detail: string | null;
}

export const recordingThat = (status: Recording["status"], detail: string | null = null): Recording => ({
  status,
  startedAt: null,
  endedAt: null,
  seconds: null,
  location: null,
  detail,
});

/** Is there nothing more to hear of it? */
export const isSettled = ({ status }: Recording): boolean => status !== "starting" && status !== "recording";

const PREFIX = /^[\w.-]+(\/[\w.-]+)*$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const DEFAULT_PREFIX = "campaigns";

/** `file`, `file:PREFIX`, `s3://BUCKET/PREFIX`, each with `required` or without; null: something else. */
export function parseRecordingPlan(words: readonly string[]): RecordingPlan | null {
  const required = words.includes("required");
  const [where = "file", ...more] = words.filter((word) => word !== "required" && word !== "");
  if (more.length > 0 || words.join("") === "") return null;
  const s3 = /^s3:\/\/([^/]+)(?:\/(.+?))?\/?$/.exec(where);
  const file = /^file(?::(.+?))?\/?$/.exec(where);
  const [bucket, prefix = DEFAULT_PREFIX] = s3 === null ? [null, file?.[1]] : [s3[1] ?? "", s3[2]];
  if (s3 === null && file === null) return null;
  if ((bucket !== null && !BUCKET.test(bucket)) || !PREFIX.test(prefix) || prefix.split("/").includes(".."))
    return null;
  return { bucket, prefix, required };
}

export const formatRecordingPlan = ({ bucket, prefix, required }: RecordingPlan): string =>
  `${bucket === null ? `file:${prefix}` : `s3://${bucket}/${prefix}`}${required ? " required" : ""}`;

/** No name, no number: a file name goes into logs and listings. */
export const recordingPath = ({ prefix }: RecordingPlan, campaignId: string | null, attemptId: string): string =>
  `${prefix}/${campaignId ?? "single"}/${attemptId}.ogg`;

/** States in which everybody on the line must agree, those where the law is unclear included. */
const ALL_PARTIES = new Set(["CA", "CT", "DE", "FL", "IL", "MA", "MD", "MT", "NH", "NV", "PA", "WA"]);

/** Does a recording take the callee's consent? Where nobody can tell, it does; so does everywhere but the United States. */
export const takesConsent = ({ country, or = [], state }: Place): boolean =>
  country !== "US" || or.length > 0 || state === null || ALL_PARTIES.has(state);

/** A consent to be recorded is one of its own. */
export const TO_BE_RECORDED = "recording";

export const mayBeRecorded = (place: Place, consents: readonly ConsentRecord[], at: Instant): boolean =>
  !takesConsent(place) || judged(consents, at).some(({ purpose, valid }) => valid && purpose === TO_BE_RECORDED);
