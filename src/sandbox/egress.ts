/**
 * LiveKit's egress as its API shows it: starting, active, stored, or not. Facts: the API's own words, and a real server
 * without a service, which takes 22 s to say so.
 */
import { type Instant, SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import type { Script } from "./network.ts";
import { newId, type Room } from "./rooms.ts";
import { rpcFailure, TwirpFailure } from "./twirp.ts";

export interface Egress {
  readonly id: string;
  readonly roomName: string;
  /** As asked for: bucket, if one was, and path. */
  readonly bucket: string | null;
  readonly path: string;
  readonly askedAt: Instant;
  status: "EGRESS_STARTING" | "EGRESS_ACTIVE" | "EGRESS_ENDING" | "EGRESS_COMPLETE" | "EGRESS_FAILED";
  startedAt: Instant | null;
  endedAt: Instant | null;
  updatedAt: Instant;
  error: string;
}

const NO_SERVICE_SAID_AFTER = 22;
const STORED_AFTER = 1;
/** Seconds of sound that a service which dies has recorded. */
const DIES_AFTER = 2;

export class Egresses {
  readonly all: Egress[] = [];
  readonly #clock: Clock;
  readonly #script: () => Script;

  constructor(clock: Clock, script: () => Script) {
    this.#clock = clock;
    this.#script = script;
  }

  async start(room: Room, path: string, bucket: string | null): Promise<Egress> {
    const { does, after } = this.#script().egress;
    if (does === "no_service") {
      await this.#clock.sleep(NO_SERVICE_SAID_AFTER * SECOND);
      throw rpcFailure("unavailable", "no response from servers");
    }
    if (does === "refuses") throw new TwirpFailure("resource_exhausted", "egress limit exceeded");
    const now = this.#clock.now();
    const egress: Egress = {
      id: newId("EG"),
      roomName: room.name,
      bucket,
      path,
      askedAt: now,
      status: "EGRESS_STARTING",
      startedAt: null,
      endedAt: null,
      updatedAt: now,
      error: "",
    };
    this.all.push(egress);
    void this.#record(egress, room, does, after);
    return egress;
  }

  async #record(egress: Egress, room: Room, does: Script["egress"]["does"], after: number): Promise<void> {
    const { signal } = room.gone;
    await this.#clock.sleep(after * SECOND, signal);
    if (does === "fails" || signal.aborted) return this.#to(egress, "EGRESS_FAILED", "Start signal not received");
    this.#to(egress, "EGRESS_ACTIVE");
    await this.#clock.sleep(does === "dies" ? DIES_AFTER * SECOND : Infinity, signal);
    if (!signal.aborted) return this.#to(egress, "EGRESS_FAILED", "pipeline frozen");
    this.#to(egress, "EGRESS_ENDING");
    await this.#clock.sleep(STORED_AFTER * SECOND);
    this.#to(egress, "EGRESS_COMPLETE");
  }

  #to(egress: Egress, status: Egress["status"], error = ""): void {
    const now = this.#clock.now();
    egress.status = status;
    egress.updatedAt = now;
    egress.error = error;
    if (status === "EGRESS_ACTIVE") egress.startedAt = now;
    else egress.endedAt ??= now;
  }
}

const nanoseconds = (at: Instant | null): string => (at === null ? "0" : `${at}000000`);

export function egressOut(egress: Egress): Record<string, unknown> {
  const { id, roomName, status, bucket, path, startedAt, endedAt } = egress;
  const isStored = status === "EGRESS_COMPLETE" && startedAt !== null && endedAt !== null;
  const times = { started_at: nanoseconds(startedAt), ended_at: nanoseconds(endedAt) };
  const location = bucket === null ? `/out/${path}` : `https://${bucket}.s3.amazonaws.com/${path}`;
  const duration = isStored ? `${endedAt - startedAt}000000` : "0";
  return {
    egress_id: id,
    room_name: roomName,
    status,
    ...times,
    updated_at: nanoseconds(egress.updatedAt),
    error: egress.error,
    file_results: isStored ? [{ filename: path, ...times, duration, size: "4096", location }] : [],
  };
}
