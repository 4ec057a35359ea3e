/** What came of a call, as an operator or the agent says it. */
import { type Callback } from "../../domain/calls/callback.ts";
import { STOPPED } from "../../domain/calls/campaign.ts";
import { STATUSES } from "../../domain/calls/ending.ts";
import type { Mended } from "../../domain/calls/mended.ts";
import type { Store } from "../../engine/ports/index.ts";
import { saidValues } from "../attempt-rows.ts";
import { iso, isoOrNull } from "../columns.ts";
import { reasonIn } from "../do-not-call-rows.ts";
import * as read from "./answers.ts";
import type { Asking } from "./asking.ts";
import type { Sealer } from "./sealer.ts";

export const promiseOf = (callback: Callback | null | undefined): object | null =>
  callback ? { at: iso(callback.at), zone: callback.zone } : null;

const mendedRow = ({ was, ending, status, nextAttemptAt, reachedIn }: Mended): object => ({
  was,
  ending,
  status,
  next_attempt_at: isoOrNull(nextAttemptAt),
  reached_in: reachedIn,
});

export const outcomeVerbs = (asking: Asking, { call } = asking): Pick<Store, "setOutcome" | "saveVerdict"> => ({
  setOutcome: async (id, outcome, notes, at, callback) => {
    const about =
      asking.sealer.isPlain || outcome !== "do_not_call" ? null : read.call(await call("find_call", { id }));
    const told = { id, outcome, callback: promiseOf(callback), stopped: STOPPED, statuses: STATUSES };
    const request = (sealer: Sealer): object => ({
      ...told,
      notes: sealer.vault.text("notes", notes, { id }),
      ...(about !== null && { reason: reasonFor(sealer, about.contact.phoneNumber, notes ?? about.notes) }),
    });
    return read.call(await call("set_outcome", request, at));
  },
  saveVerdict: async ({ attemptId, verdict, callback, mended, at }) => {
    // Of what is sealed, each copy belongs where it is: to the attempt, to the call, and to the number on the list.
    const about = asking.sealer.isPlain ? null : read.call(await call("call_of", { attempt_id: attemptId }));
    const promise = { callback: promiseOf(callback), stopped: STOPPED, statuses: STATUSES };
    const request = (sealer: Sealer): object => ({
      attempt_id: attemptId,
      said: sealer.row({ id: attemptId, ...saidValues(verdict) }),
      ...(about !== null && {
        notes: sealer.vault.text("notes", verdict.notes, { id: about.id }),
        reason: reasonFor(sealer, about.contact.phoneNumber, verdict.notes ?? about.notes),
      }),
      do_not_call: verdict.doNotCall,
      mended: mended && mendedRow(mended),
      ...promise,
    });
    return read.verdictSaved(await call("save_verdict", request, at));
  },
});

const reasonFor = (sealer: Sealer, phone_number: string, notes: string | null): string | null =>
  sealer.vault.text("reason", notes && reasonIn(notes), { phone_number });
