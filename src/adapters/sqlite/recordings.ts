/** Recordings of attempts. Each function runs inside one transaction. */
import { isSettled, type Recording } from "../../domain/calls/recording.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { OpenRecording } from "../../engine/ports/recorder.ts";
import { iso } from "../columns.ts";
import { openRecordingOf } from "../recording-rows.ts";
import type { Database } from "./database.ts";
import { MY_CALL, NOT_ERASED, update } from "./sql.ts";

export function saveRecording(db: Database, attemptId: string, recording: Recording, at: Instant): boolean {
  const row = db.get(
    `select a.call_id, a.claimed_at from call_attempts a join campaign_calls k on k.id = a.call_id
     where a.id = :id and ${NOT_ERASED} and ${MY_CALL}`,
    { id: attemptId, owner: db.owner },
  );
  if (row === undefined) return false;
  const { call_id: call = null, claimed_at: claimed = null } = row;
  const spelled = JSON.stringify(recording);
  update(db, "call_attempts", { id: attemptId, recording: spelled, recording_open: isSettled(recording) ? 0 : 1 });
  db.run(
    `update campaign_calls set recording = :recording, updated_at = :at where id = :call and not exists (
       select 1 from call_attempts n where n.call_id = :call and n.recording is not null and n.claimed_at > :claimed)`,
    { recording: spelled, at: iso(at), call, claimed },
  );
  return true;
}

export const openRecordings = (db: Database, limit: number): OpenRecording[] =>
  db
    .all(
      `select a.id, a.recording, a.ended_at from call_attempts a join campaign_calls k on k.id = a.call_id
       where a.recording_open <> 0 and a.state = 'ended' and ${MY_CALL} order by a.ended_at, a.id limit :limit`,
      { limit, owner: db.owner },
    )
    .map(openRecordingOf);
