/** The shared store: the Store port on a Supabase project, each verb one SQL function (see migrations). */
import { randomUUID } from "node:crypto";
import type { Change } from "../../domain/calls/call.ts";
import { TOLERANCE } from "../../domain/calls/callback.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { type Campaign, MOVES } from "../../domain/calls/campaign.ts";
import { STATUSES, type Ending, UNRUNG } from "../../domain/calls/ending.ts";
import { AFTER_TRIP, afterResume, RECENT_LENGTH } from "../../domain/calls/circuit-breaker.ts";
import { TRUNK_HISTORY } from "../../domain/calls/trunk-history.ts";
import { isSettled } from "../../domain/calls/recording.ts";
import { systemClock } from "../../engine/ports/clock.ts";
import { nameTaken, unknownSource } from "../../engine/errors.ts";
import type { CallPage, Claim, Clock, MoveDetails, Store } from "../../engine/ports/index.ts";
import { attemptValues } from "../attempt-rows.ts";
import { campaignValues, changedColumns } from "../campaign-rows.ts";
import { figuresOf, QUARTER_HOUR } from "../figure-rows.ts";
import { keyClaimOf } from "../key-rows.ts";
import { callChanges, CALLBACKS_SEEN, callValues } from "../call-rows.ts";
import { iso, isoOrNull, type Row } from "../columns.ts";
import { admit } from "./admit.ts";
import * as read from "./answers.ts";
import { auditVerbs } from "./audit.ts";
import { contactVerbs } from "./contacts.ts";
import { eventVerbs } from "./events.ts";
import { numberVerbs } from "./numbers.ts";
import { privacyVerbs } from "./privacy.ts";
import { readable } from "./readable.ts";
import { Readings } from "./readings.ts";
import { UNPRICED } from "../spending-rows.ts";
import { Asking, type AskingSettings } from "./asking.ts";
import { outcomeVerbs, promiseOf } from "./outcomes.ts";
import { prefixed, Prefixes } from "./prefixes.ts";
import { priceWanted } from "./prices.ts";
import type { Sealer } from "./sealer.ts";
import { isDialable, type Unfit, unfit } from "../strangers.ts";
import { suppressionVerbs } from "./suppression.ts";
import { webhookVerbs } from "./webhooks.ts";

/** JSON travels as it is; PostgreSQL spells it. */
const asIs = (value: object): object => value;

/** Rows asked for at once; PostgREST gives a thousand at most. */
const PAGE = 1000;

/** `clock`: waits between repetitions of a request that failed in passing. */
export function openSupabaseStore(settings: AskingSettings, clock: Clock = systemClock): Store {
  const asking = new Asking(settings, clock);
  const { call } = asking;
  const [readings, prefixes] = [new Readings(), new Prefixes()];

  /** Null: no prefix on the list, as it was at the hand-out, forbids the call. */
  const forbidden = (raw: Row): Unfit | null =>
    prefixes.forbid(String(raw["phone_number"])) ? { ending: "do_not_call", why: null } : null;

  const turnAway = async (
    campaign_id: string,
    attempt_id: string,
    { ending, why }: Unfit,
    at: Instant,
  ): Promise<void> =>
    read.done(await call("turn_away", { campaign_id, attempt_id, ending, why, status: STATUSES[ending] }, at));

  return readable({
    ...contactVerbs(asking),
    ...suppressionVerbs(asking),
    ...privacyVerbs(asking),
    ...eventVerbs(call),
    ...auditVerbs(asking),
    ...outcomeVerbs(asking),
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
      const answer = await call("create_campaign", (sealer) => ({ campaign: sealer.row(campaign) }), at);
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
    moveCampaign: (id, move, why) => moveCampaign(asking, id, move, why),
    changeCampaign: async (before, after, at) => {
      const changed = changedColumns(before, after, asIs);
      const request = (sealer: Sealer): object => {
        const { id, ...changes } = sealer.row({ ...changed, id: before.id });
        return { id, changes };
      };
      return read.campaign(await call("change_campaign", request, at));
    },
    deleteCampaign: async (id) => read.yes(await call("delete_campaign", { id })),
    claimKey: async (key, claim, at) =>
      keyClaimOf(read.row.parse(await call("claim_key", (sealer) => ({ key: sealer.equal(key), claim }), at)), claim),
    answerKey: async (key, claim, answer) => {
      const owner = settings.userId ?? "";
      read.done(await call("answer_key", (sealer) => ({ ...sealer.row({ owner, key, ...answer }), claim })));
    },
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
        (number) => asking.sealer.vault.opened(number),
      ),
    talks: async (id, since, limit) => read.talks(await call("talks", { id, since: isoOrNull(since), limit })),
    miscounted: async () => read.ids(await call("miscounted", {})),
    figures: async (id, at) => figuresOf(await call("figures", { id, unrung: UNRUNG, quarter: QUARTER_HOUR }, at)),
    progress: async (id, at) => read.progress(await call("progress", { id }, at)),
    setNextCallAt: async (id, next, because) =>
      read.done(await call("set_next_call_at", { id, next: isoOrNull(next), because: because ?? null })),

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
      read.history(
        await call("call_history", (sealer) => ({
          campaign_id: campaignId,
          phone_number: sealer.anyOf(phoneNumber),
        })),
      ),
    missCallback: async (id, missed, next, at) => {
      const told = { id, missed: iso(missed), next: promiseOf(next), statuses: STATUSES };
      return read.yes(await call("miss_callback", told, at));
    },

    renewLease: async ({ runnerId, until, agents = null, heldUp = null }, at) => {
      const lease = { runner_id: runnerId, until: isoOrNull(until), agents, held_up: heldUp };
      const answer = read.number(await call("renew_lease", lease, at));
      const now = settings.judge === "caller" ? at : clock.now();
      // Somewhere between question and answer it was read: what lies outside is certainly off.
      return answer < at ? at - answer : Math.min(0, now - answer);
    },
    endLease: async (runnerId) => read.done(await call("end_lease", { runner_id: runnerId })),
    claim: async ({ campaignId, runnerId, trunkId, attemptIds, localDay, interval, concurrency, open, at, ...how }) => {
      const who = { campaign_id: campaignId, runner_id: runnerId, trunk_id: trunkId };
      const callbacks = { callbacks_only: how.callbacksOnly ?? false, missed: iso(at - TOLERANCE) };
      const limits = { local_day: localDay, interval, concurrency, open, longest: how.longest ?? null, ...callbacks };
      const asked = { ...who, ...limits, statuses: STATUSES, unrung: UNRUNG, unpriced: UNPRICED };
      const priced: Record<string, string | null> = {};
      for (let attempts = attemptIds; ; attempts = attempts.map(() => randomUUID())) {
        const ask = (): Promise<unknown> =>
          readings.ask(campaignId, (reading) =>
            call("claim", { ...asked, reading, prefixes: prefixes.word, priced, attempts }, at),
          );
        let given = await ask();
        for (
          let wanted = priceWanted(given, asking.sealer);
          wanted !== null;
          given = await ask(), wanted = priceWanted(given, asking.sealer)
        ) {
          Object.assign(priced, wanted);
        }
        if (given === "unreadable") return [];
        const answers = read.rawClaims(given);
        for (const answer of answers) prefixes.saw(answer);
        const claims: Claim[] = [];
        for (const answer of answers) {
          const wrong = unfit(answer.call) ?? forbidden(answer.call);
          if (wrong === null) claims.push(read.claimOf(answer));
          else await turnAway(campaignId, String(answer.attempt["id"]), wrong, at);
        }
        if (claims.length > 0 || answers.length === 0) return claims;
      }
    },
    admit: (at) => admit(asking, at),
    addSingleCall: async (single, attempt) => {
      const values = callValues(single, attempt.claimedAt, asIs);
      const request = (sealer: Sealer): object => ({ call: sealer.row(values), attempt: attemptValues(attempt) });
      read.done(await call("add_single_call", request, attempt.claimedAt));
    },
    // Once: a repetition would be told "not yours" of a dial that was let go, and the engine knows what to do without an
    // answer: nothing rings.
    beginDial: async (dialed, interval, consent, at = dialed.attempt.dialedAt ?? dialed.attempt.claimedAt) => {
      const number = dialed.call.contact.phoneNumber;
      if (!isDialable(number)) return { say: "no", because: "invalid_number" };
      const asked = { change: changeRows(dialed), interval, ...(consent !== undefined && { consent }) };
      for (;;) {
        // By those that it is known to begin with none of: what was on the list once may be off it by now.
        const word = prefixes.forbid(number) ? null : prefixes.word;
        const gate = await readings.ask(dialed.call.campaignId, (reading) =>
          asking.once(
            "begin_dial",
            (sealer) => ({ ...asked, number: sealer.equal(number), prefixes: word, reading }),
            at,
          ),
        );
        if (!prefixes.saw(gate)) {
          return gate === "unreadable" ? { say: "no", because: "not_running" } : read.gate(gate);
        }
        if (prefixes.forbid(number)) return { say: "no", because: "do_not_call" };
      }
    },
    save: async (change) => {
      const { endedAt, answeredAt, claimedAt } = change.attempt;
      return read.saved(await call("save", { change: changeRows(change) }, endedAt ?? answeredAt ?? claimedAt));
    },
    saveRecording: async (attemptId, recording, at) =>
      read.yes(await call("save_recording", { attempt_id: attemptId, recording, open: !isSettled(recording) }, at)),
    openRecordings: async (limit) => read.openRecordings(await call("open_recordings", { limit })),
    takeOver: async (runnerId, at) => read.claims(await call("take_over", { runner_id: runnerId }, at)),
    othersLeases: async (runnerId) => read.leases(await call("others_leases", { runner_id: runnerId })),
    endedAttempts: async (ids) => read.claims(await call("ended_attempts", { ids })),
    hangUps: async (ids) => read.ids(await call("hang_ups", { ids })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

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

/** As what calls end that wait when the campaign does. */
const UNTRIED: Partial<Record<keyof typeof MOVES, Ending>> = { stop: "stopped", finish: "outside_rules" };

/** The table of moves and the history after a resume are the domain's; the function only compares and sets. */
async function moveCampaign(
  asking: Asking,
  id: string,
  move: keyof typeof MOVES,
  { at, reason, hangUp, blamed, guard, unreachable }: MoveDetails,
): Promise<Campaign | null> {
  const { call } = asking;
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
    ...(to === "running" && (await prefixed(asking, id, at))),
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
