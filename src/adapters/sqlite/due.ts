/** Who is next: the earliest callback that is due, else the call that is due for longest, among those that may be made now. */
import type { Call } from "../../domain/calls/call.ts";
import { type Charge, reserveFor } from "../../domain/calls/budget.ts";
import { TOLERANCE } from "../../domain/calls/callback.ts";
import type { Campaign } from "../../domain/calls/campaign.ts";
import { withdrawn } from "../../domain/calls/promise.ts";
import { type Instant, MINUTE } from "../../domain/time/instant.ts";
import { type Cap, heldUntil, type NumberHistory } from "../../domain/hours/rule-limits.ts";
import { type Ending, ENDINGS, UNRUNG } from "../../domain/calls/ending.ts";
import type { ClaimRequest } from "../../engine/ports/index.ts";
import { longestCall } from "../../domain/calls/prices.ts";
import { callChanges, callOf } from "../call-rows.ts";
import { iso } from "../columns.ts";
import { UNPRICED } from "../spending-rows.ts";
import { unfit } from "../strangers.ts";
import type { Database, Row } from "./database.ts";
import { left } from "./spending.ts";
import { update } from "./sql.ts";
import { onDoNotCallList } from "./do-not-call.ts";
import { askedOf, hasConsent, isEnough, isMarked, isRevoked } from "./suppression.ts";

/** How long a number that another attempt is at has to wait. */
const ELSEWHERE = MINUTE;

/**
 * Contacts that must not be called any more end on the way, and those whom a rule protects for now are held: each is
 * then out of the way of those behind.
 */
export function nextDue(
  db: Database,
  campaign: Campaign,
  { open, at, callbacksOnly = false, longest }: Pick<ClaimRequest, "open" | "at" | "callbacksOnly" | "longest">,
): { readonly call: Call; readonly charge?: Charge } | null {
  const { budget } = campaign;
  const rest = left(db, campaign);
  // Without the places where the first in line costs more than is left.
  let [promised, inLine] = [open, callbacksOnly ? [] : open];
  for (;;) {
    const row =
      firstDue(db, campaign, FIRST_CALLBACK, promised, at) ?? firstDue(db, campaign, FIRST_IN_LINE, inLine, at);
    if (row === undefined) return null;
    const call = callOf(row);
    // Whoever wrote another outcome has taken the promise back.
    if (call.callback !== null && call.outcome !== "callback") {
      update(db, "campaign_calls", callChanges(withdrawn(call, at), at));
      continue;
    }
    const barred = row["suppressed"] === 1 ? "do_not_call" : null;
    const unasked = row["consented"] === 1 ? null : "no_consent";
    const revoked = row["revoked"] === 1 ? "do_not_call" : null;
    const endReason = barred ?? unasked ?? revoked;
    if (endReason !== null) {
      endCall(db, call, endReason, at);
      continue;
    }
    const held =
      row["elsewhere"] === 1 ? { until: at + ELSEWHERE, by: "another call to this number is under way" } : null;
    const hold = held ?? capped(db, campaign, call, open.find(({ place }) => place === call.place)?.caps ?? [], at);
    if (hold !== null) {
      update(db, "campaign_calls", callChanges({ ...call, nextAttemptAt: hold.until, heldBy: hold.by }, at));
      continue;
    }
    const wrong = unfit(row);
    if (wrong !== null) {
      endCall(db, { ...call, heldBy: wrong.why }, wrong.ending, at);
      continue;
    }
    if (budget === undefined || rest === null) return { call };
    const charge = reserveFor(budget, call.contact.phoneNumber, longest ?? longestCall(campaign));
    if (charge === null) {
      const until = at + UNPRICED.wait;
      update(db, "campaign_calls", callChanges({ ...call, nextAttemptAt: until, heldBy: UNPRICED.by }, at));
      continue;
    }
    if (charge.micros <= rest) return { call, charge };
    const elsewhere = (places: ClaimRequest["open"]) => places.filter(({ place }) => place !== call.place);
    if (call.callback === null) inLine = elsewhere(inLine);
    else promised = elsewhere(promised);
  }
}

const DUE = "k.campaign_id = :campaign and k.status = 'pending' and k.attempt_id is null and k.next_attempt_at <= :at";

/** The earliest promise that may still be kept. */
const FIRST_CALLBACK = `
  select * from (
    select k.position from campaign_calls k
    where ${DUE} and k.callback_at between :missed and :at and k.place in (select value from json_each(:places))
    order by k.callback_at, k.position limit 1)`;

/** The first of each open place is an index look-up; the first of them all is next. */
const FIRST_IN_LINE = `
  select (select k.position from campaign_calls k
          where ${DUE} and k.place = p.value and k.callback_at is null and :missed = :missed
          order by k.next_attempt_at, k.position limit 1) as position
  from json_each(:places) p`;

const firstDue = (
  db: Database,
  { id, requireConsent }: Campaign,
  first: string,
  open: ClaimRequest["open"],
  at: Instant,
) =>
  db.get(
    `with first as (${first})
     select c.*, (${onDoNotCallList("c.phone_number")} or ${isMarked("c")}) as suppressed,
            ${requireConsent ? hasConsent("c.phone_number", isEnough("c.place")) : ":asked = :asked"} as consented,
            ${isRevoked("c.phone_number")} as revoked,
            exists (select 1 from call_attempts a
                    where a.phone_number = c.phone_number and a.state <> 'ended') as elsewhere
     from first join campaign_calls c on c.position = first.position
     order by c.next_attempt_at, c.position limit 1`,
    {
      campaign: id,
      places: JSON.stringify(open.map(({ place }) => place)),
      asked: askedOf(open, at),
      at: iso(at),
      missed: iso(at - TOLERANCE),
    },
  );

/** Ends a call that is not under way. */
export function endCall(db: Database, call: Call, endReason: Ending, at: Instant): void {
  const { status } = ENDINGS[endReason];
  update(
    db,
    "campaign_calls",
    callChanges({ ...call, status, endReason, nextAttemptAt: null, callback: null, completedAt: at }, at),
  );
}

/** The rule that protects the number for now. */
function capped(
  db: Database,
  { userId }: Campaign,
  { contact }: Call,
  caps: readonly Cap[],
  at: Instant,
): { readonly until: Instant; readonly by: string } | null {
  if (caps.length === 0) return null;
  const longest = Math.max(...caps.map(({ within }) => within));
  const held = heldUntil(caps, historyOf(db, contact.phoneNumber, userId, at - longest), at);
  return held === null ? null : { until: held.until, by: `rule ${held.rule}: enough calls to this number` };
}

function historyOf(db: Database, number: string, owner: string | null, since: Instant): NumberHistory {
  const asked = { number: db.vault.equal(number), since: iso(since) };
  const dials = db.all(
    `select a.dialed_at as at, coalesce(coalesce(c.user_id, k.user_id) = :owner, true) as own
     from call_attempts a join campaign_calls k on k.id = a.call_id left join campaigns c on c.id = k.campaign_id
     where a.phone_number = :number and a.dialed_at > :since
       and (a.ending is null or a.ending not in (select value from json_each(:unrung)))`,
    { ...asked, owner, unrung: JSON.stringify(UNRUNG) },
  );
  return {
    dials: instants(dials),
    ownDials: instants(dials.filter(({ own }) => own === 1)),
    refusals: instants(
      db.all(
        `select k.completed_at as at from campaign_calls k
         where k.phone_number = :number and k.completed_at > :since and k.outcome = 'not_interested'`,
        asked,
      ),
    ),
  };
}

const instants = (rows: readonly Row[]): Instant[] => rows.map(({ at }) => Date.parse(String(at)));
