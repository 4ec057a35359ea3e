/** The use-cases: what an operator can do with campaigns. Command line, REST and library call these. */
import type { Callback } from "../../domain/calls/callback.ts";
import type { Wish } from "../../domain/calls/callback-wish.ts";
import type { Call, Outcome } from "../../domain/calls/call.ts";
import {
  type Campaign,
  type CampaignStatus,
  type ContactSource,
  type MoveName,
  MOVES,
  PAUSED,
  STOPPED,
  takesCallbacks,
} from "../../domain/calls/campaign.ts";
import { isAllowed } from "../../domain/calls/consent.ts";
import { acceptedBy, UNGUARDED } from "../../domain/calls/dead-air.ts";
import { oldList, type OldList } from "../../domain/calls/needed-lists.ts";
import { localDay } from "../../domain/hours/local-hours.ts";
import { type Closed, closedNow } from "../../domain/hours/callable-now.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { type ContactFeed, drop, noContacts, stage } from "./contacts.ts";
import { Misused, nameTaken, Refused } from "../errors.ts";
import { begunBy, meant, theOne } from "./lookup.ts";
import type { CallFilter, CallHistory, CallPage, Clock, MoveDetails, Store } from "../ports/index.ts";
import { type CampaignReport, reportOf } from "./campaign-report.ts";
import { callingHoursOf } from "./hours-of.ts";
import { budgetForecast, placeAll, type Preflight, preflight } from "./preflight.ts";
import type { CampaignInput } from "./campaign-settings.ts";

export type { CampaignReport } from "./campaign-report.ts";

/** Everything there is to say about one contact in one campaign. */
export interface Explanation extends CallHistory {
  readonly report: CampaignReport;
  readonly onDoNotCallList: boolean;
  /** Hours and rules that are closed for the contact now; null: it may be called. */
  readonly closed: Closed | null;
  /** Of the call under way: whether its runner still shows life; null: it is not under way. */
  readonly runner: "up" | "gone" | null;
}

/** A list by id, name or unique prefix of an id; `notes` is filled with what is worth knowing about it. */
interface OnList {
  readonly list: string;
  readonly notes?: string[];
}

/** The operator at the terminal is none of the runners. */
const NO_RUNNER = "";

export class Campaigns {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #newId: () => string;

  /** `newId`: unique ids; UUIDs in production. */
  constructor(store: Store, clock: Clock, newId: () => string) {
    this.#store = store;
    this.#clock = clock;
    this.#newId = newId;
  }

  /**
   * Imports the contacts and creates the campaign, or creates it on a list, given by id, name or unique prefix of an id.
   * When anything is wrong, nothing is left behind.
   */
  async create(input: CampaignInput, from: ContactFeed | OnList, machineZone: string): Promise<Campaign> {
    if ("list" in from) return this.#createOnList(input, from, machineZone);
    const source: ContactSource = { kind: "csv_file", id: this.#newId() };
    const { parseSettings } = await import("./campaign-settings.ts");
    const settings = parseSettings(input, source, machineZone);
    const at = this.#clock.now();
    await this.#refuseTakenName(settings.name);
    const { withPlaceholders } = await import("./placeholders.ts");
    const { callable } = await stage(this.#store, source.id, withPlaceholders(from, settings.prompt), at);
    try {
      if (callable === 0) throw noContacts(from);
      return await this.#store.createCampaign(this.#newId(), settings, at);
    } catch (error) {
      await drop(this.#store, source.id);
      throw error;
    }
  }

  async #createOnList(input: CampaignInput, { list: ref, notes }: OnList, machineZone: string): Promise<Campaign> {
    const found = await this.#store.findContactLists(ref);
    const list = theOne("list", ref, found, "campaigns contacts lists shows them");
    const { parseSettings } = await import("./campaign-settings.ts");
    const settings = parseSettings(input, { kind: "contact_list", id: list.id }, machineZone);
    await this.#refuseTakenName(settings.name);
    if (list.contacts === list.suppressed) throw noContacts({ filename: `list "${list.name}"` });
    const { placeholdersOfList } = await import("./placeholders.ts");
    notes?.push(...(await placeholdersOfList(this.#store, list, settings.prompt)));
    return this.#store.createCampaign(this.#newId(), settings, this.#clock.now());
  }

  list(status?: CampaignStatus): Promise<readonly Campaign[]> {
    return this.#store.listCampaigns(status);
  }

  /** By id, name, or unique prefix of an id. */
  async find(ref: string): Promise<Campaign> {
    return this.#theOne(ref, await this.#store.findCampaigns(ref));
  }

  /** As find, and by a unique beginning of its name: for whoever only looks. Nobody is called through a guess. */
  async look(ref: string): Promise<Campaign> {
    const found = await this.#store.findCampaigns(ref);
    return this.#theOne(ref, found.length > 0 ? found : begunBy(ref, await this.list()));
  }

  async #theOne(ref: string, found: readonly Campaign[]): Promise<Campaign> {
    const names = found.length > 0 ? [] : (await this.list()).map(({ name }) => name);
    return theOne("campaign", ref, found, `${meant(ref, names)}campaigns list shows them`);
  }

  /** The campaign of exactly that name; null: there is none. Throws Refused when there are several. */
  async named(name: string): Promise<Campaign | null> {
    const found = (await this.#store.findCampaigns(name)).filter((each) => each.name === name);
    return found.length === 0 ? null : theOne("campaign", name, found, "campaigns list shows them");
  }

  /** What speaks against the numbers that it shall call with, as far as is known here. */
  async callerWarnings(ref: string): Promise<readonly string[]> {
    const campaign = await this.find(ref);
    if (campaign.callerIds.length === 0) return [];
    const { callerWarnings } = await import("./caller-warnings.ts");
    return callerWarnings(campaign, await this.#store.listNumbers());
  }

  /** Contacts become calls. */
  async start(ref: string): Promise<Campaign> {
    const campaign = await this.find(ref);
    if (campaign.status === "idle") {
      await placeAll(this.#store, campaign.source);
      await this.#refuseShortRing(campaign);
      await this.#refuseOldList(campaign);
      await this.#refuseUnpriced(campaign);
    }
    return this.#move(campaign.id, "start");
  }

  /** What a start would come to, or what is left to do, and until when at the pace, cap and hours of the campaign. */
  async preflight(ref: string, answerRate?: number): Promise<Preflight> {
    const campaign = await this.find(ref);
    if (campaign.status === "idle") await placeAll(this.#store, campaign.source);
    const now = this.#clock.now();
    const hours = callingHoursOf(campaign);
    const preview = await this.#store.preview(campaign.id, now, (place) => hours.consentAsked(place));
    const budget = await budgetForecast(this.#store, campaign, now, answerRate);
    return { ...preflight(campaign, hours, preview, now), budget, oldList: await this.#oldList(campaign) };
  }

  /** When it would be through by its own settings, with those who wait; null: never, or nobody can tell. Cheap. */
  async throughAt(ref: string): Promise<Instant | null> {
    const campaign = await this.find(ref);
    const now = this.#clock.now();
    const preview = await this.#store.preview(campaign.id, now);
    return preflight(campaign, callingHoursOf(campaign), preview, now).throughAt;
  }

  pause = (ref: string): Promise<Campaign> => this.#move(ref, "pause", { reason: PAUSED });
  /**
   * `accept`: what the guard against dead air holds it for is usual here. Counting begins afresh with each resume.
   * Contacts of a campaign that another system has run may become calls only now.
   */
  async resume(ref: string, accept = false): Promise<Campaign> {
    const campaign = await this.find(ref);
    const { guard = UNGUARDED, name, statusReason } = campaign;
    if (guard.held !== null && !accept) {
      throw new Refused("held", `cannot resume "${name}": ${statusReason ?? "callees seem to hear nothing"}`, {
        hint: "campaigns resume --accept takes that share of calls as usual for this campaign, and goes on",
      });
    }
    if (campaign.status === "paused") await placeAll(this.#store, campaign.source);
    return this.#move(campaign.id, "resume", guard.held === null ? {} : { guard: acceptedBy(guard) });
  }
  /** No further dials. Live calls go on to their end, or are hung up: those of a campaign that is over, too. */
  stop = (ref: string, hangUp = false): Promise<Campaign> => this.#move(ref, "stop", { reason: STOPPED, hangUp });

  async report(ref: string): Promise<CampaignReport> {
    return reportOf(this.#store, await this.find(ref), this.#clock.now());
  }

  async calls(ref: string, filter: Omit<CallFilter, "campaignId">): Promise<CallPage> {
    const { after } = filter;
    if (after !== undefined && !/^\d{1,15}$/.test(after)) {
      throw new Misused("cursor", `after: expected the cursor of an earlier page, got "${after}"`, {
        hint: "each page ends with the cursor of the next",
      });
    }
    const { id } = await this.find(ref);
    return this.#store.listCalls({ ...filter, campaignId: id });
  }

  /** Why a contact is, or is not, called now. `phoneNumber` in E.164. */
  async explain(ref: string, phoneNumber: string): Promise<Explanation> {
    const report = await this.report(ref);
    const onDoNotCallList = (await this.#store.doNotCall(phoneNumber, this.#clock.now())).length > 0;
    const history = await this.#store.callHistory(report.campaign.id, phoneNumber);
    if (history !== null) {
      const now = this.#clock.now();
      const closed = closedNow(callingHoursOf(report.campaign), history.call.place, now);
      const runner = await this.#runnerOf(history);
      // What held it is kept until it is handed out; once it is due, nothing holds it any more.
      const isDue = (history.call.nextAttemptAt ?? 0) <= now;
      const call = isDue ? { ...history.call, heldBy: null } : history.call;
      return { ...history, call, report, onDoNotCallList, closed, runner };
    }
    const hint = onDoNotCallList
      ? "it is on the do-not-call list, so it became no call"
      : await this.#whyNoCall(report.campaign, phoneNumber);
    throw new Refused("unknown_contact", `"${report.campaign.name}" has no call to that number`, { hint });
  }

  /** Of a number that is not on the do-not-call list. */
  async #whyNoCall({ status, requireConsent, purpose = "marketing" }: Campaign, phoneNumber: string): Promise<string> {
    if (status === "idle") return "contacts become calls when the campaign is started";
    if (!requireConsent) return "campaigns calls CAMPAIGN shows whom it calls";
    const consents = await this.#store.consentsOf(phoneNumber);
    return isAllowed(consents, purpose, null, this.#clock.now())
      ? "contacts without a proven consent when the campaign was started became no calls; " +
          "campaigns calls CAMPAIGN shows whom it calls"
      : "it is without a proven consent, so it became no call when the campaign was started";
  }

  async #runnerOf({ call, attempts }: CallHistory): Promise<Explanation["runner"]> {
    const attempt = attempts.find(({ id }) => id === call.attemptId);
    if (attempt === undefined) return null;
    const leases = await this.#store.othersLeases(NO_RUNNER);
    const lease = leases.find(({ runnerId }) => runnerId === attempt.runnerId);
    return lease !== undefined && lease.until > this.#clock.now() ? "up" : "gone";
  }

  /** `do_not_call` also puts the number on the do-not-call list, for every campaign, at once. */
  async setOutcome(callId: string, outcome: Outcome, notes: string | null): Promise<Call> {
    const call = await this.#store.setOutcome(callId, outcome, notes, this.#clock.now());
    if (call === null) throw await this.#whyNone(callId);
    return call;
  }

  /** The call is made again at a time that hours and rules allow. `unsure`: further zones that the contact may live in. */
  async promiseCallback(
    callId: string,
    wish: Wish,
    notes: string | null,
  ): Promise<{ readonly call: Call; readonly callback: Callback; readonly unsure: readonly string[] }> {
    const call = await this.#store.findCall(callId);
    if (call === null) throw unknownCall(callId);
    if (call.campaignId === null)
      throw new Refused("no_campaign", "the call belongs to no campaign that could make it again");
    const campaign = await this.find(call.campaignId);
    if (!takesCallbacks(campaign)) throw campaignOver(campaign);
    const now = this.#clock.now();
    const forbids = await this.#store.doNotCall(call.contact.phoneNumber, now);
    if (forbids.length > 0)
      throw new Refused("do_not_call", "the number is on the do-not-call list: nobody calls it again");
    const { promise } = await import("../../domain/calls/callback-wish.ts");
    const answer = promise(wish, call.place, callingHoursOf(campaign), campaign.timeZone, now);
    if (answer.is === "refused")
      throw new Refused("callback_refused", answer.because, answer.hint === null ? {} : { hint: answer.hint });
    const { callback, unsure } = answer;
    const stored = await this.#store.setOutcome(call.id, "callback", notes, now, callback);
    if (stored === null) throw await this.#whyNone(callId);
    if (stored.callback?.at !== callback.at) throw campaignOver(campaign);
    return { call: stored, callback, unsure };
  }

  async #whyNone(callId: string): Promise<Refused> {
    if ((await this.#store.findCall(callId)) === null) return unknownCall(callId);
    return new Refused(
      "erased",
      "the call is a record of nobody: whom it was to is erased, and nothing is written of them",
    );
  }

  /** Contacts would end for a setting of ours. */
  async #refuseShortRing(campaign: Campaign): Promise<void> {
    const hours = callingHoursOf(campaign);
    if (!hours.ringMayBeTooShort) return;
    const { callable } = await this.#store.preview(campaign.id, this.#clock.now());
    const short = [...callable].filter(([place]) => hours.ringTooShort(place) !== null);
    const [place = ""] = short[0] ?? [];
    if (short.length === 0) return;
    const contacts = short.reduce((sum, [, n]) => sum + n, 0);
    throw new Refused(
      "ring_too_short",
      `cannot start "${campaign.name}": ${hours.ringTooShort(place) ?? ""} (${contacts} contact${contacts === 1 ? "" : "s"})`,
      {
        hint: "create it with a longer --ring, or with --rules none",
      },
    );
  }

  /** Nobody would call them. */
  async #refuseUnpriced(campaign: Campaign): Promise<void> {
    if (campaign.budget === undefined) return;
    const unpriced = (await this.#store.contactsByPrefix(campaign.id, this.#clock.now())).get("") ?? 0;
    if (unpriced === 0) return;
    throw new Refused(
      "unpriced",
      `cannot start "${campaign.name}": the prices say nothing of ${unpriced === 1 ? "1 contact's number" : `${unpriced} contacts' numbers`}`,
      { hint: "add their prefixes to the prices: campaigns apply changes them" },
    );
  }

  /** Nobody would be called until it is there. */
  async #refuseOldList(campaign: Campaign): Promise<void> {
    const old = await this.#oldList(campaign);
    if (old === null) return;
    throw new Refused("old_list", `cannot start "${campaign.name}": ${old.because}`, { hint: old.advice });
  }

  async #oldList(campaign: Campaign): Promise<OldList | null> {
    const now = this.#clock.now();
    const { lists = [] } = await this.#store.snapshot(campaign, localDay(campaign.timeZone, now));
    return oldList(campaign.needsLists, lists, now);
  }

  /** The store looks once more; this spares the reading of a file for nothing. */
  async #refuseTakenName(name: string): Promise<void> {
    if ((await this.named(name)) !== null) throw nameTaken(name);
  }

  async #move(ref: string, move: MoveName, why: Omit<MoveDetails, "at"> = {}): Promise<Campaign> {
    const campaign = await this.find(ref);
    const now = await this.#store.moveCampaign(campaign.id, move, { at: this.#clock.now(), ...why });
    if (now !== null) return now;
    // Read again: somebody else may have moved it since.
    const { status, name } = await this.find(campaign.id);
    throw new Refused(
      "forbidden_move",
      `cannot ${move} "${name}": it is ${status}, and must be ${MOVES[move].from.join(" or ")}`,
      {
        hint: status === "completed" ? "to call these contacts again, create a new campaign" : ADVICE[status],
      },
    );
  }
}

const unknownCall = (callId: string): Refused =>
  new Refused("unknown_call", `expected the id of a call, got "${callId}"`, {
    hint: "campaigns calls CAMPAIGN shows them",
  });

const campaignOver = ({ name }: Campaign): Refused =>
  new Refused("campaign_over", `"${name}" was stopped and makes no more calls`, {
    hint: "without --at the outcome is kept as a label",
  });

const ADVICE = {
  idle: "campaigns start begins it",
  running: "campaigns pause pauses it, campaigns stop ends it",
  paused: "campaigns resume continues it, campaigns stop ends it",
  error: "campaigns resume tries again, campaigns stop ends it",
} as const satisfies Record<Exclude<CampaignStatus, "completed">, string>;
