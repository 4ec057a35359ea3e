/**
 * Recording by LiveKit's egress service. Never asked for within CreateRoom: without a service that takes 10 s, and records
 * nothing. What starts is told by ListEgress alone. Facts: livekit-server-sdk 2.19, a real server without a service.
 */
import { EncodedFileOutput, EncodedFileType, type EgressInfo, EgressStatus, S3Upload } from "livekit-server-sdk";
import { redactText } from "../../domain/phones/redact.ts";
import { type Recording, type RecordingPlan, recordingThat } from "../../domain/calls/recording.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";
import type { Recorder } from "../../engine/ports/recorder.ts";
import type { LiveKitClients } from "./clients.ts";
import { detailOf, failureOf, isPassing, livekitError } from "./errors.ts";
import { ask } from "./retry.ts";

/** For buckets; left out: LiveKit's egress service uses its own. */
export interface S3Credentials {
  readonly accessKey?: string;
  readonly secret?: string;
  readonly sessionToken?: string;
  readonly region?: string;
  readonly endpoint?: string;
}

export class LiveKitRecorder implements Recorder {
  readonly #egress: LiveKitClients["egress"];
  readonly #clock: Clock;
  readonly #credentials: S3Credentials;

  constructor(egress: LiveKitClients["egress"], clock: Clock, credentials: S3Credentials = {}) {
    this.#egress = egress;
    this.#clock = clock;
    this.#credentials = credentials;
  }

  async start(room: string, { bucket }: RecordingPlan, path: string): Promise<string | null> {
    const file = new EncodedFileOutput({
      fileType: EncodedFileType.OGG,
      filepath: path,
      ...(bucket !== null && {
        output: { case: "s3", value: new S3Upload({ bucket, ...this.#credentials }) },
      }),
    });
    try {
      await this.#egress.startRoomCompositeEgress(room, { file }, { audioOnly: true });
      return null;
    } catch (error) {
      const failure = failureOf(error);
      // A refusal is one; a time-out or a lost answer may have started it all the same, and a look will tell.
      if (failure.httpStatus === 401) throw livekitError(error);
      if (failure.code === "unavailable") return `LiveKit has no egress service that takes it: ${detailOf(failure)}`;
      return isPassing(error) && failure.code === undefined ? null : detailOf(failure);
    }
  }

  async look(room: string): Promise<Recording | null> {
    const found = await ask(this.#clock, () => this.#egress.listEgress({ roomName: room }));
    const last = found.toSorted((a, b) => Number(a.updatedAt - b.updatedAt)).at(-1);
    return last === undefined ? null : recordingOf(last);
  }
}

/** Nanoseconds; 0: not yet. */
const instantOf = (ns: bigint): number | null => (ns === 0n ? null : Number(ns / 1_000_000n));

function recordingOf(info: EgressInfo): Recording {
  const [file] = info.fileResults;
  const startedAt = instantOf(file?.startedAt ?? info.startedAt) ?? instantOf(info.startedAt);
  const seconds =
    file === undefined || file.duration === 0n ? null : Math.round(Number(file.duration / 1_000_000n) / SECOND);
  const common = {
    startedAt,
    endedAt: instantOf(info.endedAt),
    seconds,
    location: file === undefined || file.location === "" ? null : file.location,
    detail: info.error === "" ? null : redactText(info.error).slice(0, 300),
  };
  switch (info.status) {
    case EgressStatus.EGRESS_STARTING:
      return recordingThat("starting");
    case EgressStatus.EGRESS_ACTIVE:
    case EgressStatus.EGRESS_ENDING:
      return {
        ...common,
        status: startedAt === null ? "starting" : "recording",
        endedAt: null,
        location: null,
        seconds: null,
      };
    case EgressStatus.EGRESS_COMPLETE:
    case EgressStatus.EGRESS_LIMIT_REACHED:
      return { ...common, status: "complete" };
    case EgressStatus.EGRESS_ABORTED:
    case EgressStatus.EGRESS_FAILED:
      return { ...common, status: startedAt === null ? "not_started" : "failed" };
  }
}
