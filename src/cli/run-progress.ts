/** How far the campaigns of a run are: counted once in a while, and kept up to date by what the runner sees and tells. */
import type { RunEvent } from "../domain/calls/run-event.ts";
import { type Instant, MINUTE, SECOND } from "../domain/time/instant.ts";
import type { CampaignReport, Campaigns } from "../engine/manage/campaigns.ts";
import { CampaignsError } from "../engine/errors.ts";
import type { Claim, Clock } from "../engine/ports/index.ts";
import type { Look } from "../engine/run/look.ts";
import type { CampaignRow } from "./render/screen-state.ts";
import { cancelled, final } from "./render/text.ts";

/** Counted again this often: other runners dial too. */
const COUNT_EVERY = 30 * SECOND;
/** Of a thread that also dials, counting takes no more than this part. */
const PAUSE_PER_COUNT = 50;
/** The pace of a campaign is that of its last calls. */
const PACE_OF = 15 * MINUTE;
const LEAST_ENDS = 5;
/** A campaign that has been over for so long makes room for others. */
const OVER_FOR = 10 * MINUTE;

interface Tally {
  /** As it was counted, with what the runner has seen since. */
  report: CampaignReport;
  /** Calls under way that are another runner's. */
  others: number;
  /** When it would be through by its own settings; null: nobody can tell. */
  throughAt: Instant | null;
  /** When contacts were through with, the latest last: those that are called again are not. */
  ends: Instant[];
}

export class RunProgress {
  readonly #campaigns: Campaigns;
  readonly #clock: Clock;
  readonly #calls: () => readonly Claim[];
  /** In the order in which they were first seen. */
  readonly #tallies = new Map<string, Tally>();
  readonly #wanted = new Set<string>();
  /** Attempts that count as reached already. */
  readonly #reached = new Set<string>();
  #wake = new AbortController();
  /** A campaign has moved: it is counted at once. */
  #moved = new AbortController();

  /** `calls`: those that the runner sees to. */
  constructor(campaigns: Campaigns, clock: Clock, calls: () => readonly Claim[]) {
    this.#campaigns = campaigns;
    this.#clock = clock;
    this.#calls = calls;
  }

  /** Counts them at once. */
  async begin(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#count(id);
  }

  /** Counts again now and then, until it is stopped. `changed`: something came of it. */
  async keep(stop: AbortSignal, changed: () => void): Promise<void> {
    let countedAt = this.#clock.monotonic();
    while (!stop.aborted) {
      [this.#wake, this.#moved] = [new AbortController(), new AbortController()];
      this.#leave();
      const due = countedAt + COUNT_EVERY - this.#clock.monotonic();
      if (this.#wanted.size === 0) await this.#clock.sleep(due, AbortSignal.any([stop, this.#wake.signal]));
      if (stop.aborted) return;
      const from = this.#clock.monotonic();
      if (from - countedAt >= COUNT_EVERY) {
        countedAt = from;
        for (const [id, tally] of this.#tallies) if (this.#moves(tally)) this.#wanted.add(id);
      }
      const ids = [...this.#wanted];
      this.#wanted.clear();
      for (const id of ids) await this.#count(id);
      changed();
      const pause = Math.max(SECOND / 4, (this.#clock.monotonic() - from) * PAUSE_PER_COUNT);
      await this.#clock.sleep(pause, AbortSignal.any([stop, this.#moved.signal]));
    }
  }

  /** The runner looked at a campaign. */
  looks({ campaign, at, plan, because, behind, nextCallAt, live, today, pace }: Look): void {
    const tally = this.#tallies.get(campaign.id);
    if (tally === undefined || tally.report.campaign.status !== "running") this.#want(campaign.id);
    if (tally === undefined) return;
    const { report } = tally;
    tally.report = {
      ...report,
      campaign,
      at,
      plan: plan ?? report.plan,
      because,
      behind,
      nextCallAt,
      today: today ?? report.today,
      pace,
      closed: nextCallAt === report.nextCallAt ? report.closed : [],
    };
    if (live !== null) tally.others = Math.max(0, live - this.#own(campaign.id));
    // The rule that is closed is known to whoever counts.
    if (nextCallAt !== report.nextCallAt && plan?.do === "wait" && plan.because === "outside_hours")
      this.#want(campaign.id);
  }

  tells(event: RunEvent): void {
    if (!("campaignId" in event) || event.campaignId === null) return;
    const tally = this.#tallies.get(event.campaignId);
    const isMove = ["campaign_paused", "campaign_failed", "campaign_completed"].includes(event.type);
    // After a pause no look follows, which would see what an end has changed.
    const isLast = event.type === "call_ended" && tally?.report.campaign.status !== "running";
    if (tally === undefined || isMove || isLast) this.#want(event.campaignId);
    if (isMove) this.#moved.abort();
    if (tally === undefined) return;
    const { progress } = tally.report;
    const add = (more: Partial<CampaignReport["progress"]>): void => {
      tally.report = { ...tally.report, progress: { ...progress, ...more } };
    };
    if (event.type === "call_dialing") add({ dials: progress.dials + 1 });
    if (event.type === "call_answered") add({ pickups: progress.pickups + 1 });
    if (event.type === "call_ended") {
      const { [event.status]: n } = progress.calls;
      // One that is to be called again is among those that wait, as before.
      if (event.nextAttemptAt === null) {
        tally.ends = [...recent(tally.ends, event.at), event.at];
        add({ calls: { ...progress.calls, [event.status]: n + 1 } });
      }
    }
    if (event.type === "call_ended" || event.type === "call_verdict") this.#countReached(event.attemptId, tally);
  }

  rows(): CampaignRow[] {
    const now = this.#clock.now();
    return [...this.#tallies.values()].map((tally) => {
      const live = this.#own(tally.report.campaign.id) + tally.others;
      return { report: { ...tally.report, live, at: now }, eta: etaOf(tally, now) };
    });
  }

  /** Drops those that have been over for a while: the screen would fill with them. */
  #leave(): void {
    const now = this.#clock.now();
    for (const [id, { report, others }] of this.#tallies) {
      const { status, statusAt } = report.campaign;
      const isOver = status === "completed" && others + this.#own(id) === 0;
      if (isOver && now - (statusAt ?? now) > OVER_FOR) this.#tallies.delete(id);
    }
  }

  /** What is counted of it changes still. */
  #moves({ report: { campaign }, others }: Tally): boolean {
    return campaign.status === "running" || others + this.#own(campaign.id) > 0;
  }

  #own(id: string): number {
    return this.#calls().filter(({ call, attempt }) => call.campaignId === id && attempt.state !== "ended").length;
  }

  #countReached(attemptId: string, tally: Tally): void {
    if (this.#reached.has(attemptId)) return;
    const found = this.#calls().find(({ attempt }) => attempt.id === attemptId);
    if (found?.call.reachedIn !== attemptId) return;
    this.#reached.add(attemptId);
    const { progress } = tally.report;
    tally.report = { ...tally.report, progress: { ...progress, reached: progress.reached + 1 } };
  }

  #want(id: string): void {
    this.#wanted.add(id);
    this.#wake.abort();
  }

  async #count(id: string): Promise<void> {
    try {
      const report = await this.#campaigns.report(id);
      const throughAt = report.campaign.status === "running" ? await this.#campaigns.throughAt(id) : null;
      const before = this.#tallies.get(id);
      const others = Math.max(0, report.live - this.#own(id));
      // What the runner makes of it is truer than what anybody else does: it knows of its agents, and of turns.
      const seen = before?.report.campaign.status === "running" && report.campaign.status === "running";
      const { plan, because, behind, nextCallAt } = seen ? before.report : report;
      this.#tallies.set(id, {
        report: { ...report, plan, because, behind, nextCallAt },
        others,
        throughAt,
        ends: before?.ends ?? [],
      });
    } catch (error) {
      // It is counted again later; a database that is down is told of elsewhere.
      if (!(error instanceof CampaignsError)) throw error;
    }
  }
}

/** The later of what its settings allow and what its last calls took. */
function etaOf({ report, throughAt, ends }: Tally, now: Instant): Instant | null {
  const { campaign, progress, contacts } = report;
  const left = contacts - final(progress) - cancelled(progress);
  if (campaign.status !== "running" || left <= 0) return null;
  // Those of before a long wait say nothing of what comes after it.
  const last = recent(ends, now);
  const [first = now] = last;
  const paced = last.length < LEAST_ENDS ? null : now + (left * (now - first)) / (last.length - 1);
  return throughAt === null ? paced : Math.max(throughAt, paced ?? 0);
}

const recent = (ends: readonly Instant[], now: Instant): Instant[] => ends.filter((at) => at > now - PACE_OF);
