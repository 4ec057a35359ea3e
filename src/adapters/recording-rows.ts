/** Rows ↔ recordings, for every SQL store. */
import { z } from "zod";
import { type Recording, RECORDING_STATUSES } from "../domain/calls/recording.ts";
import type { OpenRecording } from "../engine/ports/recorder.ts";
import { instant, json, onFirstUse, type Row, text } from "./columns.ts";

const at = z.number().nullable();

/** As it is stored: JSON, instants in milliseconds. */
export const recordingColumn = json(
  z
    .object({
      status: z.enum(RECORDING_STATUSES),
      startedAt: at,
      endedAt: at,
      seconds: z.number().nullable(),
      location: text.nullable(),
      detail: text.nullable(),
    })
    .nullable(),
);

const openRow = onFirstUse(() => z.object({ id: text, recording: recordingColumn, ended_at: instant }));

export function openRecordingOf(raw: Row): OpenRecording {
  const { id: attemptId, recording, ended_at: endedAt } = openRow().parse(raw);
  return { attemptId, recording: recording ?? LOST, endedAt };
}

/** Marked as open, and nothing is said of it. */
const LOST: Recording = {
  status: "starting",
  startedAt: null,
  endedAt: null,
  seconds: null,
  location: null,
  detail: null,
};
