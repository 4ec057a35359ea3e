/** The use-cases: what an operator can do with campaigns. Command line, REST and library call these. */
import type { Call, Contact, Outcome } from "../domain/call.ts";
import { type Campaign, type CampaignStatus, type ContactSource, type MoveName, MOVES } from "../domain/campaign.ts";
import { localDay } from "../domain/hours.ts";
import type { Instant } from "../domain/instant.ts";
import { inWords, nextCallAt, type Plan, plan } from "../domain/plan.ts";
import { concurrency, interval } from "../domain/pressure.ts";
import { Misused, Refused } from "./errors.ts";
import type { CallFilter, CallHistory, CallPage, Clock, Progress, Store } from "./ports.ts";
import { type CampaignInput, parseSettings } from "./settings.ts";

/** A campaign's state at one instant, with the reason for it. */
export interface CampaignReport {
  readonly campaign: Campaign;
  readonly progress: Progress;
  readonly plan: Plan;
  /** Why nothing is dialed right now; null when something is. */
  readonly because: string | null;
  /** When dialing goes on; null when that hangs on something other than time. */
  readonly nextCallAt: Instant | null;
  readonly live: number;
  /** Dials of the campaign's local day. */
  readonly today: number;
  /** Milliseconds between dials and calls at once, as they are now: lowered while the carrier asks for it. */
  readonly pace: { readonly interval: number; readonly concurrency: number; readonly lowered: boolean };
}

/** Everything there is to say about one contact in one campaign. */
export interface Explanation extends CallHistory {
  readonly report: CampaignReport;
  readonly onDoNotCallList: boolean;
}

/** Contacts on their way in, batch by batch, from a file that may be broken anywhere. */
export interface ContactFeed {
  readonly filename: string;
  readonly size: number;
  readonly batches: AsyncIterable<readonly Contact[]>;
}

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

  /** Imports the contacts and creates the campaign; when anything is wrong, neither is left behind. */
  async create(input: CampaignInput, feed: ContactFeed, machineZone: string): Promise<Campaign> {
    const source: ContactSource = { kind: "csv_file", id: this.#newId() };
    const settings = parseSettings(input, source, machineZone);
    const at = this.#clock.now();
    await this.#refuseTakenName(settings.name);
    await this.#store.addContactFile({ id: source.id, filename: feed.filename, size: feed.size }, at);
    try {
      let added = 0;
      for await (const batch of feed.batches) added += await this.#store.addContacts(source, batch, at);
      if (added === 0) {
        throw new Misused(
          "no_contacts",
          `expected at least one contact that can be called, found none in ${feed.filename}`,
          {
            hint: "see the reasons above",
          },
        );
      }
      await this.#store.sealContactFile(source.id, at);
      return await this.#store.createCampaign(this.#newId(), settings, at);
    } catch (error) {
      await this.#store.dropContactFile(source.id);
      throw error;
    }
  }

  list(status?: CampaignStatus): Promise<readonly Campaign[]> {
    return this.#store.listCampaigns(status);
  }

  /** By id, name, or unique prefix of an id. */
  async find(ref: string): Promise<Campaign> {
    const [found, ...others] = await this.#store.findCampaigns(ref);
    if (found === undefined) {
      throw new Refused("unknown_campaign", `expected the name or id of a campaign, got "${ref}"`, {
        hint: "campaigns list shows them",
      });
    }
    if (others.length > 0) {
      const ids = [found, ...others].map(({ id }) => id).join(", ");
      throw new Refused("ambiguous_campaign", `"${ref}" stands for ${others.length + 1} campaigns`, {
        hint: `say the id: ${ids}`,
      });
    }
    return found;
  }

  start = (ref: string): Promise<Campaign> => this.#move(ref, "start");
  pause = (ref: string): Promise<Campaign> => this.#move(ref, "pause", { reason: "paused by the operator" });
  resume = (ref: string): Promise<Campaign> => this.#move(ref, "resume");
  /** No further dials. Live calls go on to their end, or are hung up. */
  stop = (ref: string, hangUp = false): Promise<Campaign> =>
    this.#move(ref, "stop", { reason: "stopped by the operator", hangUp });

  async report(ref: string): Promise<CampaignReport> {
    const campaign = await this.find(ref);
    const now = this.#clock.now();
    const snapshot = await this.#store.snapshot(campaign, localDay(campaign.timeZone, now));
    const progress = await this.#store.progress(campaign.id, now);
    const decided = plan(snapshot, now);
    const pace = {
      interval: interval(campaign.recent, campaign.delay),
      concurrency: concurrency(campaign.recent, campaign.concurrency),
    };
    return {
      campaign,
      progress,
      plan: decided,
      because: inWords(decided, snapshot),
      nextCallAt: nextCallAt(decided, now),
      live: snapshot.live,
      today: snapshot.today,
      pace: { ...pace, lowered: pace.interval > campaign.delay || pace.concurrency < campaign.concurrency },
    };
  }

  async calls(ref: string, filter: Omit<CallFilter, "campaignId">): Promise<CallPage> {
    const { id } = await this.find(ref);
    return this.#store.listCalls({ ...filter, campaignId: id });
  }

  /** Why a contact is, or is not, called now. `phoneNumber` in E.164. */
  async explain(ref: string, phoneNumber: string): Promise<Explanation> {
    const report = await this.report(ref);
    const onDoNotCallList = await this.#store.isDoNotCall(phoneNumber);
    const history = await this.#store.callHistory(report.campaign.id, phoneNumber);
    if (history !== null) return { ...history, report, onDoNotCallList };
    const { name, status } = report.campaign;
    const hint = onDoNotCallList
      ? "it is on the do-not-call list, so it became no call"
      : status === "idle"
        ? "contacts become calls when the campaign is started"
        : "campaigns calls CAMPAIGN shows whom it calls";
    throw new Refused("unknown_contact", `"${name}" has no call to that number`, { hint });
  }

  /** `do_not_call` also puts the number on the do-not-call list, for every campaign, at once. */
  async setOutcome(callId: string, outcome: Outcome, notes: string | null): Promise<Call> {
    const call = await this.#store.setOutcome(callId, outcome, notes, this.#clock.now());
    if (call === null) {
      throw new Refused("unknown_call", `expected the id of a call, got "${callId}"`, {
        hint: "campaigns calls CAMPAIGN shows them",
      });
    }
    return call;
  }

  async #refuseTakenName(name: string): Promise<void> {
    const [taken] = (await this.#store.findCampaigns(name)).filter((found) => found.name === name);
    if (taken === undefined) return;
    throw new Refused("name_taken", `expected a new name, but campaign ${taken.id} is called "${name}" already`, {
      hint: "choose another name",
    });
  }

  async #move(ref: string, move: MoveName, why: { reason?: string; hangUp?: boolean } = {}): Promise<Campaign> {
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

const ADVICE = {
  idle: "campaigns start begins it",
  running: "campaigns pause pauses it, campaigns stop ends it",
  paused: "campaigns resume goes on with it, campaigns stop ends it",
  error: "campaigns resume tries again, campaigns stop ends it",
} as const satisfies Record<Exclude<CampaignStatus, "completed">, string>;
