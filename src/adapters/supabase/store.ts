/** The shared store: the Store port on a Supabase project, each verb one SQL function (see migrations). */
import { randomUUID } from "node:crypto";
import type { Change } from "../../domain/calls/call.ts";
import type { Mended } from "../../domain/calls/mended.ts";
import { LATE_MS } from "../../domain/calls/dead-air.ts";
import { type Callback, TOLERANCE } from "../../domain/calls/callback.ts";
import { type Campaign, MOVES, STOPPED } from "../../domain/calls/campaign.ts";
import { type Ending, ENDINGS, UNRUNG } from "../../domain/calls/ending.ts";
import { AFTER_TRIP, afterResume, RECENT_LENGTH } from "../../domain/calls/circuit-breaker.ts";
import { TRUNK_HISTORY } from "../../domain/calls/trunk-history.ts";
import { isSettled } from "../../domain/calls/recording.ts";
import { systemClock } from "../../engine/ports/clock.ts";
import { nameTaken, unknownSource } from "../../engine/errors.ts";
import type { CallPage, Clock, MoveDetails, Saved, Store, VerdictSaved } from "../../engine/ports/index.ts";
import { attemptValues, saidValues } from "../attempt-rows.ts";
import { campaignValues, changedColumns } from "../campaign-rows.ts";
import { figuresOf, QUARTER_HOUR } from "../figure-rows.ts";
import { keyClaimOf } from "../key-rows.ts";
import { callChanges, CALLBACKS_SEEN, callValues } from "../call-rows.ts";
import { iso, isoOrNull } from "../columns.ts";
import { admit } from "./admit.ts";
import * as read from "./answers.ts";
import { auditVerbs } from "./audit.ts";
import { contactVerbs } from "./contacts.ts";
import { eventVerbs } from "./events.ts";
import { numberVerbs } from "./numbers.ts";
import { privacyVerbs } from "./privacy.ts";
import { Readings } from "./readings.ts";
import { Rpc, type SupabaseSettings } from "./rpc.ts";
import { UNPRICED } from "../spending-rows.ts";
import { isDialable, unfit } from "../strangers.ts";
import { checkVersion } from "./schema.ts";
import { suppressionVerbs } from "./suppression.ts";
import { webhookVerbs } from "./webhooks.ts";

/** JSON travels as it is; PostgreSQL spells it. */
const asIs = (value: object): object => value;

/** Rows asked for at once; PostgREST gives a thousand at most. */
const PAGE = 1000;

/** `clock`: waits between repetitions of a request that failed in passing. */
export function openSupabaseStore(settings: SupabaseSettings, clock: Clock = systemClock): Store {
  const db = new Rpc(settings, clock);
  const readings = new Readings();
  let checked: Promise<void> | null = null;
  /** The first verb finds out whether the project's schema is the program's. */
  const ready = (): Promise<void> => {
    checked ??= db.version().then(checkVersion);
    return checked.catch((error: unknown) => {
      checked = null;
      throw error;
    });
  };
  const call: Rpc["call"] = async (...args) => {
    await ready();
    return db.call(...args);
  };

  return {
    ...contactVerbs(call),
    ...suppressionVerbs(call),
    ...privacyVerbs(call),
    ...eventVerbs(call),
    ...auditVerbs(call),
    ...numberVerbs(call),
    ...webhookVerbs(call),

    createCampaign: async (id, settings, at) => {
      const fresh = {
        userId: null,
        status: "idle",
        statusReason: null,
        hangUp: false,
        recent: "",
        lastTrouble: null,
      } as const;
      const campaign = campaignValues({ ...settings, ...fresh, id, statusAt: at, createdAt: at }, asIs);
      const answer = await call("create_campaign", { campaign }, at);
      if (answer === "taken") throw nameTaken(settings.name);
      const created = read.campaign(answer);
      if (created === null) throw unknownSource();
      return created;
    },
    listCampaigns: async (status) => {
      const rows = await call("list_campaigns", { status: status ?? null });
      readings.saw(rows);
      return read.campaigns(rows);
    },
    findCampaigns: async (ref) => read.campaigns(await call("find_campaigns", { ref })),
    moveCampaign: (id, move, why) => moveCampaign(call, id, move, why),
    changeCampaign: async (before, after, at) => {
      const changes = changedColumns(before, after, asIs);
      return read.campaign(await call("change_campaign", { id: before.id, changes }, at));
    },
    deleteCampaign: async (id) => (await call("delete_campaign", { id })) === true,
    claimKey: async (key, claim, at) => keyClaimOf(read.row.parse(await call("claim_key", { key, claim }, at)), claim),
    answerKey: async (key, claim, answer) => void (await call("answer_key", { key, claim, ...answer })),
    snapshot: async (campaign, localDay) =>
      read.snapshot(
        campaign,
        await call("snapshot", {
          id: campaign.id,
          local_day: localDay,
          unrung: UNRUNG,
          history: TRUNK_HISTORY,
          callbacks: CALLBACKS_SEEN,
        }),
      ),
    talks: async (id, since, limit) => read.talks(await call("talks", { id, since: isoOrNull(since), limit })),
    miscounted: async () => read.ids(await call("miscounted", {})),
    figures: async (id, at) => figuresOf(await call("figures", { id, unrung: UNRUNG, quarter: QUARTER_HOUR }, at)),
    progress: async (id, at) => read.progress(await call("progress", { id, late_ms: LATE_MS }, at)),
    setNextCallAt: async (id, next, because) =>
      void (await call("set_next_call_at", { id, next: isoOrNull(next), because: because ?? null })),

    listCalls: async ({ campaignId, status, limit, after }) => {
      const calls: CallPage["calls"][number][] = [];
      for (let cursor = after ?? "0"; ;) {
        const wanted = Math.min(limit - calls.length, PAGE - 1);
        const request = { campaign_id: campaignId, status: status ?? null, after: cursor, limit: wanted + 1 };
        const page = read.callPage(await call("list_calls", request), wanted);
        calls.push(...page.calls);
        if (page.next === null || calls.length === limit) return { calls, next: page.next };
        cursor = page.next;
      }
    },
    findCall: async (id) => read.call(await call("find_call", { id })),
    callHistory: async (campaignId, phoneNumber) =>
      read.history(await call("call_history", { campaign_id: campaignId, phone_number: phoneNumber })),
    setOutcome: async (id, outcome, notes, at, callback) => {
      const told = { id, outcome, notes, callback: promiseOf(callback), stopped: STOPPED, statuses: STATUSES };
      return read.call(await call("set_outcome", told, at));
    },
    missCallback: async (id, missed, next, at) => {
      const told = { id, missed: iso(missed), next: promiseOf(next), statuses: STATUSES };
      return read.yes(await call("miss_callback", told, at));
    },

    renewLease: async ({ runnerId, until, agents = null }, at) => {
      const lease = { runner_id: runnerId, until: isoOrNull(until), agents };
      const answer = read.number(await call("renew_lease", lease, at));
      const now = settings.judge === "caller" ? at : clock.now();
      // Somewhere between question and answer it was read: what lies outside is certainly off.
      return answer < at ? at - answer : Math.min(0, now - answer);
    },
    endLease: async (runnerId) => void (await call("end_lease", { runner_id: runnerId })),
    claim: async ({ campaignId, runnerId, trunkId, attemptId, localDay, interval, concurrency, open, at, ...how }) => {
      const who = { campaign_id: campaignId, runner_id: runnerId, trunk_id: trunkId };
      const callbacks = { callbacks_only: how.callbacksOnly ?? false, missed: iso(at - TOLERANCE) };
      const limits = { local_day: localDay, interval, concurrency, open, longest: how.longest ?? null, ...callbacks };
      const asked = { ...who, ...limits, statuses: STATUSES, unrung: UNRUNG, unpriced: UNPRICED };
      for (let attempt = attemptId; ; attempt = randomUUID()) {
        const given = await readings.ask(campaignId, (reading) =>
          call("claim", { ...asked, reading, attempt_id: attempt }, at),
        );
        if (given === "unreadable") return null;
        const answer = read.rawClaim(given);
        const wrong = answer && unfit(answer.call);
        if (answer === null || wrong === null) return answer && read.claimOf(answer);
        const { ending, why } = wrong;
        const away = { campaign_id: campaignId, attempt_id: attempt, ending, why, status: STATUSES[ending] };
        await call("turn_away", away, at);
      }
    },
    admit: (at) => admit(call, at),
    addSingleCall: async (single, attempt) => {
      const request = { call: callValues(single, attempt.claimedAt, asIs), attempt: attemptValues(attempt) };
      await call("add_single_call", request, attempt.claimedAt);
    },
    // Once: a repetition would be told "not yours" of a dial that was let go, and the engine knows what to do without an
    // answer: nothing rings.
    beginDial: async (dialed, interval, consent) => {
      await ready();
      const at = dialed.attempt.dialedAt ?? dialed.attempt.claimedAt;
      const number = dialed.call.contact.phoneNumber;
      if (!isDialable(number)) return { say: "no", because: "invalid_number" };
      const asked = { change: changeRows(dialed), number, interval, ...(consent !== undefined && { consent }) };
      const gate = await readings.ask(dialed.call.campaignId, (reading) =>
        db.once("begin_dial", { ...asked, reading }, at),
      );
      return gate === "unreadable" ? { say: "no", because: "not_running" } : read.gate(gate);
    },
    save: async (change) => {
      const { endedAt, answeredAt, claimedAt } = change.attempt;
      const saved = await call("save", { change: changeRows(change) }, endedAt ?? answeredAt ?? claimedAt);
      return saved as Saved;
    },
    saveVerdict: async ({ attemptId, verdict, callback, mended, at }) => {
      const rows = { said: saidValues(verdict), do_not_call: verdict.doNotCall, mended: mended && mendedRow(mended) };
      const promise = { callback: promiseOf(callback), stopped: STOPPED, statuses: STATUSES };
      return (await call("save_verdict", { attempt_id: attemptId, ...rows, ...promise }, at)) as VerdictSaved;
    },
    saveRecording: async (attemptId, recording, at) =>
      (await call("save_recording", { attempt_id: attemptId, recording, open: !isSettled(recording) }, at)) === true,
    openRecordings: async (limit) => read.openRecordings(await call("open_recordings", { limit })),
    takeOver: async (runnerId, at) => read.claims(await call("take_over", { runner_id: runnerId }, at)),
    othersLeases: async (runnerId) => read.leases(await call("others_leases", { runner_id: runnerId })),
    endedAttempts: async (ids) => read.claims(await call("ended_attempts", { ids })),
    hangUps: async (ids) => read.ids(await call("hang_ups", { ids })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

const mendedRow = ({ was, ending, status, nextAttemptAt, reachedIn }: Mended): object => ({
  was,
  ending,
  status,
  next_attempt_at: isoOrNull(nextAttemptAt),
  reached_in: reachedIn,
});

/** A change as the rows it writes. */
function changeRows({ attempt, call, from, tally, mark, trouble }: Change): object {
  return {
    from,
    tally,
    mark,
    trouble,
    recentLength: RECENT_LENGTH,
    unrung: UNRUNG,
    ...(attempt.callbackAt !== null && { statuses: STATUSES }),
    attempt: attemptValues(attempt),
    call: { ...callChanges(call, attempt.claimedAt), campaign_id: call.campaignId },
  };
}

const STATUSES = Object.fromEntries(Object.entries(ENDINGS).map(([ending, { status }]) => [ending, status])) as Record<
  Ending,
  string
>;

const promiseOf = (callback: Callback | null | undefined): object | null =>
  callback ? { at: iso(callback.at), zone: callback.zone } : null;

/** As what calls end that wait when the campaign does. */
const UNTRIED: Partial<Record<keyof typeof MOVES, Ending>> = { stop: "stopped", finish: "outside_rules" };

/** The table of moves and the history after a resume are the domain's; the function only compares and sets. */
async function moveCampaign(
  call: Rpc["call"],
  id: string,
  move: keyof typeof MOVES,
  { at, reason, hangUp, blamed, guard, unreachable }: MoveDetails,
): Promise<Campaign | null> {
  const { from, to } = MOVES[move];
  const asked = {
    id,
    move,
    from,
    to,
    reason: reason ?? null,
    hang_up: hangUp ?? false,
    statuses: STATUSES,
    blamed: blamed ?? null,
    ...(blamed !== undefined && { recent: { to: AFTER_TRIP } }),
    ...(guard !== undefined && { guard }),
    ...(unreachable !== undefined && { unreachable }),
  };
  const request = { ...asked, untried: UNTRIED[move] ?? null, move_id: randomUUID() };
  if (move !== "resume") return read.campaign(await call("move_campaign", request, at));
  for (;;) {
    const [before] = read.campaigns(await call("find_campaigns", { ref: id }));
    if (before === undefined || before.id !== id) return null;
    const recent = { from: before.recent, to: afterResume(before.recent, before.expectAnswers) };
    const answer = await call("move_campaign", { ...request, recent }, at);
    // Calls still under way were stored in between.
    if (answer !== "stale") return read.campaign(answer);
  }
}
