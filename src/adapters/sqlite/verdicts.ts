/** What agents say of attempts. Each function runs inside one transaction. */
import type { Outcome } from "../../domain/calls/outcome.ts";
import { roomOf } from "../../domain/calls/call.ts";
import type { SaidVerdict, VerdictSaved } from "../../engine/ports/index.ts";
import { saidValues } from "../attempt-rows.ts";
import { isErased } from "../call-rows.ts";
import { iso, isoOrNull } from "../columns.ts";
import { LONGEST_REASON } from "../do-not-call-rows.ts";
import { isDialable } from "../strangers.ts";
import { quietly } from "./audit.ts";
import { findAttempt } from "./attempts.ts";
import { findCall, writeOutcome, writePromise } from "./calls.ts";
import { findCampaign } from "./campaigns.ts";
import type { Database } from "./database.ts";
import { forbidCalled } from "./do-not-call.ts";
import { update } from "./sql.ts";

export function saveVerdict(db: Database, { attemptId, verdict, callback, mended, at }: SaidVerdict): VerdictSaved {
  const found = findAttempt(db, attemptId);
  if (found === null || isErased(found.call)) return "gone";
  const { attempt, call } = found;
  if (verdict.doNotCall && isDialable(call.contact.phoneNumber)) {
    forbidCalled(db, call, verdict.notes?.slice(0, LONGEST_REASON) ?? null, at);
  }
  if (attempt.said !== null && attempt.said.seq >= verdict.seq) return "known";

  // An outcome that neither was there before nor came from the agent is an operator's, and stays.
  const before = outcomeBefore(db, attemptId);
  if (call.outcome === (attempt.said?.outcome ?? before)) {
    const outcome = verdict.outcome ?? before;
    writeOutcome(db, call, outcome, verdict.notes, at);
    writePromise(db, call, outcome, callback, at);
  }
  update(db, "call_attempts", { id: attemptId, ...saidValues(verdict) });
  if (mended === null || attempt.state !== "ended" || attempt.ending !== mended.was) return "stored";

  quietly(db, () => update(db, "call_attempts", { id: attemptId, ending: mended.ending }));
  // A call that has gone on since is another attempt's; one that waits for its callback goes on waiting.
  const goesOn = call.attemptId !== null || findCall(db, call.id)?.callback !== null;
  if (goesOn || call.roomName !== roomOf(attemptId) || call.endReason !== mended.was) return "stored";
  const isOver = call.campaignId !== null && findCampaign(db, call.campaignId)?.status === "completed";
  const again = isOver ? null : mended.nextAttemptAt;
  update(db, "campaign_calls", {
    id: call.id,
    status: again === null ? mended.status : "pending",
    end_reason: mended.ending,
    next_attempt_at: isoOrNull(again),
    completed_at: again === null ? isoOrNull(attempt.endedAt) : null,
    reached_in: mended.reachedIn,
    updated_at: iso(at),
  });
  return "stored";
}

const outcomeBefore = (db: Database, id: string): Outcome | null =>
  (db.get("select outcome_before as o from call_attempts where id = :id", { id })?.["o"] ?? null) as Outcome | null;
