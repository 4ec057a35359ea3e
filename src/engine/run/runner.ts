/**
 * The engine: one loop that looks, plans, acts, and sleeps until something wakes it. Ended calls, signals and timers
 * only wake it; it alone acts. Stopping is the same loop with another exit condition.
 */
import type { Draining, RunEvent } from "../../domain/calls/run-event.ts";
import { type Instant, SECOND } from "../../domain/time/instant.ts";
import { AgentCapacity } from "./agent-capacity.ts";
import { AttemptRun } from "./attempt.ts";
import { backoff } from "./backoff.ts";
import { CallerIds } from "./caller-ids.ts";
import type { CarrierRecords } from "../ports/carrier.ts";
import { Unavailable } from "../errors.ts";
import type { Look } from "./look.ts";
import { VERDICT_WAIT } from "./last-words.ts";
import { RunnerLease } from "./lease.ts";
import { DONE, LiveCalls } from "./live-calls.ts";
import { Reporter } from "./reporter.ts";
import { Pacer } from "./pacer.ts";
import type { Claim, Clock, LiveKitTime, Store, Telephony } from "../ports/index.ts";
import { CallDetailRecords } from "./call-detail-records.ts";
import type { Recorder } from "../ports/recorder.ts";
import { Recordings } from "./recordings.ts";
import { Recovery } from "./recovery.ts";
import { type Launch, Scheduler } from "./scheduler.ts";
import type { AttemptContext, Dialer, AttemptSettings } from "./attempt-context.ts";
import { Retention } from "./retention.ts";
import { isRefusedKey, steady } from "./steady.ts";
import { TrunkChoice } from "./trunk-choice.ts";
import { promisedTo, Turns } from "./turns.ts";
import { UnknownFates } from "./unknown-fates.ts";
import { endsElsewhere, isBusy } from "./waits.ts";

export interface RunnerOptions {
  /** Unique among all runners on the store. */
  readonly runnerId: string;
  /** The machine's name, for people; left out: it is not told. */
  readonly host?: string;
  /** Stay and look again every `poll`; else one pass: what is due and allowed now, seen to its end. */
  readonly watch: boolean;
  /** Milliseconds between looks when nothing else wakes the loop. */
  readonly poll: number;
  /** Milliseconds after which no new calls are taken; null = no limit. */
  readonly takeFor: number | null;
  /** Only these campaigns (ids); empty = all. */
  readonly only: readonly string[];
  /** Campaigns dialed at once; the others wait for their turn. */
  readonly parallel: number;
  /** Milliseconds after which a silent runner's calls are taken over. */
  readonly lease: number;
  /** Dial only once the agent is in the room. */
  readonly waitForAgent: boolean;
  /** Milliseconds that an agent has to say what came of a call whose callee has gone. Default 10 s. */
  readonly verdictWait?: number;
  readonly dialer: Dialer;
  readonly newId: () => string;
  readonly livekitTime?: LiveKitTime;
  /** the carrier's call detail records, for attempts that nobody else can tell the end of. */
  readonly records?: CarrierRecords | null;
  /** Records calls; null: campaigns that want it do without, or do not dial. */
  readonly recorder?: Recorder | null;
  readonly onEvent: (event: RunEvent) => void;
  /** Hears of each look at a campaign: several a second. */
  readonly onLook?: (look: Look) => void;
}

/** First signal: `drain`, no new calls, see the live ones to their end. Second: `leave` them to the next run. */
export interface RunSignals {
  readonly drain: AbortSignal;
  readonly leave: AbortSignal;
}

export interface RunSummary {
  /** Campaigns this run had to pause, since our own side failed. */
  readonly tripped: number;
  /** Campaigns that wait since nobody knows the time zone of their remaining contacts. */
  readonly blind: number;
  /** Campaigns that cannot run as configured. */
  readonly failed: number;
  /** Live calls left to the next run. */
  readonly left: number;
}

/** How often the store is asked what is new of live calls, and whether another runner's call has ended. */
const NEWS_POLL = 2 * SECOND;

export class Runner {
  readonly #store: Store;
  readonly #telephony: Telephony;
  readonly #clock: Clock;
  readonly #options: RunnerOptions;
  readonly #callerIdPool: CallerIds;
  readonly #lease: RunnerLease;
  readonly #reporter: Reporter;
  readonly #recovery: Recovery;
  readonly #retention: Retention;
  readonly #scheduler: Scheduler;
  readonly #unknown = new UnknownFates();
  readonly #agents: AgentCapacity;
  readonly #pace: Pacer;
  readonly #runs = new Map<string, AttemptRun>();
  readonly #turns: Turns;
  /** Campaigns that ran when it last looked. */
  #running: ReadonlySet<string> = new Set();
  /** Campaigns of which a call has ended here: it may have been the last, whatever else is being worked on. */
  readonly #ended = new Set<string>();
  #wake = new AbortController();
  /** Aborts when there may be news of live calls. */
  #news = new AbortController();
  #bug: unknown = null;
  /** LiveKit refused the key: nothing is handed out before it answers again. */
  #isRefused = false;

  constructor(someStore: Store, someTelephony: Telephony, clock: Clock, options: RunnerOptions) {
    const [store, telephony] = [steady(someStore), steady(someTelephony)];
    this.#store = store;
    this.#telephony = telephony;
    this.#clock = clock;
    this.#options = options;
    this.#agents = new AgentCapacity(clock, () => this.#wake.abort(DONE));
    this.#pace = new Pacer(clock);
    this.#turns = new Turns(options.parallel);
    this.#callerIdPool = new CallerIds(store);
    this.#lease = new RunnerLease(options.runnerId, options.lease, store, clock, () => ({
      agents: this.#agents.limit,
      heldUp: this.#reporter.heldUp(options.host),
    }));
    this.#reporter = new Reporter(clock, options.onEvent, options.onLook, () => this.#lease.changed());
    this.#recovery = new Recovery(options.runnerId, store, telephony, clock, this.#reporter, options.verdictWait);
    this.#retention = new Retention(store, clock, this.#reporter, options.livekitTime ?? null);
    this.#scheduler = new Scheduler({
      ...options,
      unknown: this.#unknown,
      agents: this.#agents,
      pace: this.#pace,
      store,
      clock,
      trunks: new TrunkChoice(store, telephony, clock),
      callerIdPool: this.#callerIdPool,
      reporter: this.#reporter,
    });
  }

  /** Attempts of this runner under way. */
  get live(): number {
    return this.#runs.size;
  }

  /** The calls that it sees to, oldest first; of one that has ended, until its agent has been heard out. */
  get calls(): readonly Claim[] {
    return [...this.#runs.values()].map(({ record: { call, attempt } }) => ({ call, attempt }));
  }

  /** Something may be due: look at once, not at the next poll. */
  wake(): void {
    this.#wake.abort(DONE);
  }

  /** A webhook came: what it told is in the store. */
  hear(): void {
    this.#news.abort(DONE);
  }

  /** Throws what the store or LiveKit say at the start; later troubles are waited out. */
  async run(signals: RunSignals): Promise<RunSummary> {
    const [clock, options] = [this.#clock, this.#options];
    await this.#lease.renew();
    await this.#recovery.sweep(new Set(), signals.leave);
    const stop = new AbortController();
    const context = this.#context(signals);
    const fails = (error: unknown): void => this.#unlessPassing(error, context.onTrouble);
    const background = [
      this.#lease.keep(stop.signal, fails, () => {
        if (this.#reporter.answers("database")) this.#wake.abort(DONE);
      }),
      this.#listen(context.live, AbortSignal.any([stop.signal, signals.leave])),
    ];
    const awaken = (): void => this.#wake.abort(DONE);
    signals.drain.addEventListener("abort", awaken);
    signals.leave.addEventListener("abort", awaken);
    this.#reporter.report({ type: "run_started", runnerId: options.runnerId });
    try {
      const takeUntil = options.takeFor === null ? Infinity : clock.monotonic() + options.takeFor;
      await this.#loop(signals, context, takeUntil);
      await context.recordings?.lastSweep();
    } finally {
      signals.drain.removeEventListener("abort", awaken);
      signals.leave.removeEventListener("abort", awaken);
      stop.abort();
      await Promise.all([...background, this.#recovery.swept()]);
      await this.#lease.end();
    }
    if (this.#bug !== null) throw this.#bug;
    if (this.#runs.size > 0) this.#reporter.report({ type: "left", live: this.#runs.size });
    this.#reporter.report({ type: "run_ended" });
    const { tripped, failed, blind } = this.#scheduler;
    return { tripped, failed, blind: blind.size, left: this.#runs.size };
  }

  async #loop({ drain, leave }: RunSignals, context: AttemptContext, takeUntil: number): Promise<void> {
    let lastRecovery = -Infinity;
    let failures = 0;
    let reported: Draining | null = null;
    for (;;) {
      this.#wake = new AbortController();
      if (leave.aborted) return;
      const draining = this.#drainsBecause(drain, takeUntil);
      if (draining !== null) {
        if (this.#runs.size === 0) return;
        if (draining !== reported)
          this.#reporter.report({ type: "draining", because: draining, live: this.#runs.size });
        reported = draining;
      }
      let next = this.#clock.now() + this.#options.poll;
      try {
        if (draining === null) {
          if (
            this.#isRefused ||
            this.#clock.monotonic() - lastRecovery >= Math.min(this.#options.poll, this.#options.lease)
          ) {
            lastRecovery = this.#clock.monotonic();
            await this.#recover(context);
            this.#isRefused = false;
          }
          // A call that ends while the step looks around may have been the last: it takes another look to finish.
          const idle = this.#runs.size === 0;
          const step = await this.#step(context);
          // A single pass also sees to the calls of a runner that died a moment ago, and then to the rooms of their agents.
          const isOver = !this.#options.watch && !step.goesOn && idle && this.#runs.size === 0;
          const silent = this.#options.watch ? null : await this.#recovery.silentUntil();
          const waited = silent ?? (isOver ? await this.#recovery.agentsUntil() : null);
          this.#reporter.answers("database");
          if (isOver && waited === null) return;
          if (waited !== null) lastRecovery = -Infinity;
          // A lease that is over by this clock alone is asked about once a second.
          next = Math.min(next, step.lookAt, Math.max(waited ?? Infinity, this.#clock.now() + SECOND));
        }
        failures = 0;
      } catch (error) {
        this.#unlessPassing(error, context.onTrouble);
        // A claim may have been stored, and its answer lost: it is found among our own.
        lastRecovery = -Infinity;
        next = this.#clock.now() + backoff(++failures);
      }
      const left = draining === null ? takeUntil - this.#clock.monotonic() : Infinity;
      await this.#clock.sleep(Math.min(next - this.#clock.now(), this.#options.poll, left), this.#wake.signal);
    }
  }

  /** Why no new calls are taken any more; null: they are. */
  #drainsBecause(drain: AbortSignal, takeUntil: number): Draining | null {
    if (this.#bug !== null) return "bug";
    if (drain.aborted) return "interrupted";
    return this.#clock.monotonic() < takeUntil ? null : "time_over";
  }

  /**
   * Looks at every running campaign, dials what its plan allows. Returns when to look again at the latest, and whether
   * something is due or paced: else a single pass is over once its calls are.
   */
  async #step(context: AttemptContext): Promise<{ readonly lookAt: Instant; readonly goesOn: boolean }> {
    const { only } = this.#options;
    const running = (await this.#store.listCampaigns("running")).filter(
      (campaign) => only.length === 0 || only.includes(campaign.id),
    );
    const known = new Set(running.map((campaign) => campaign.id));
    for (const id of this.#running.difference(known)) {
      const [gone] = await this.#store.findCampaigns(id);
      if (gone !== undefined) this.#reporter.moved(gone);
    }
    this.#running = known;
    const now = this.#clock.now();
    const ordered = this.#turns.order(running, now);

    let next = Infinity;
    let goesOn = false;
    const lookAt = (at: Instant | null, busy: boolean): void => {
      if (at === null) return;
      next = Math.min(next, at);
      goesOn ||= busy;
    };
    for (const campaign of ordered) {
      const dial: Launch = (claim, settings) => {
        this.#turns.handedOut(campaign);
        this.#launch(claim, settings, context, "dial");
      };
      const beyond = this.#turns.rests(campaign);
      // A promise does not wait for the turn of its campaign.
      const isPromised = promisedTo(campaign, now) <= now;
      const rests = beyond && !isPromised;
      if (rests) {
        this.#reporter.waitsForTurn(campaign, ordered[0]?.name ?? "");
        lookAt(campaign.nextCallbackAt ?? null, false);
        if (!this.#ended.delete(campaign.id)) continue;
      }
      const decided = await this.#scheduler.act(
        campaign,
        rests ? null : dial,
        beyond && isPromised ? "callbacks" : "all",
      );
      if (decided === null || rests) continue;
      if (!beyond) this.#turns.looked(campaign, decided.plan, this.#runs.size);
      lookAt(decided.lookAt, isBusy(decided.plan));
      if (endsElsewhere(decided.plan, this.#runs.size)) lookAt(this.#clock.now() + NEWS_POLL, true);
    }
    return { lookAt: next, goesOn };
  }

  #launch(claim: Claim, settings: AttemptSettings, context: AttemptContext, how: "dial" | "adopt"): void {
    const run = new AttemptRun(claim, settings, context);
    this.#runs.set(claim.attempt.id, run);
    // Much may have been told of it while nobody listened.
    if (how === "adopt") this.hear();
    run[how]()
      .catch((error: unknown) => (this.#bug ??= error))
      .finally(() => {
        if (context.leave.aborted) return;
        this.#runs.delete(claim.attempt.id);
        if (claim.call.campaignId !== null) this.#ended.add(claim.call.campaignId);
        this.#wake.abort(DONE);
      });
  }

  async #recover(context: AttemptContext): Promise<void> {
    // Known before the question: one that ends while it is asked is no orphan.
    const known = new Set(this.#runs.keys());
    for (const { claim, settings } of await this.#recovery.takeOver(known))
      this.#launch(claim, settings, context, "adopt");
    await this.#recovery.sweep(new Set(this.#runs.keys()), context.leave);
    await context.recordings?.sweep();
    await this.#retention.keep();
  }

  /** What others have told of live calls: operators that are to be hung up, webhooks what happened to them. */
  async #listen(live: LiveCalls, stop: AbortSignal): Promise<void> {
    stop.addEventListener("abort", () => this.#news.abort(DONE), { once: true });
    while (!stop.aborted) {
      await this.#clock.sleep(NEWS_POLL, this.#news.signal);
      if (stop.aborted || this.#runs.size === 0) {
        this.#news = new AbortController();
        continue;
      }
      // Before the question: what comes while it is asked is asked about again.
      this.#news = new AbortController();
      const runs = [...this.#runs.values()];
      const campaigns = [...new Set(runs.flatMap((run) => run.record.call.campaignId ?? []))];
      try {
        const news = await this.#store.news([...this.#runs.keys()], campaigns, this.#clock.now());
        for (const { attemptId, said } of news.told) if (said !== null) this.#runs.get(attemptId)?.hears(said);
        live.hears(news);
        const toHangUp = runs.filter((run) => news.hangUps.includes(run.record.call.campaignId ?? ""));
        // Not waited for: a room that LiveKit is slow to remove is no reason to let others talk on.
        for (const run of toHangUp) run.hangUp().catch((error: unknown) => this.#unlessPassing(error));
      } catch (error) {
        this.#unlessPassing(error);
      }
    }
  }

  /** What is no trouble is a bug of ours: no new calls are taken, and the live ones seen to their end. */
  #unlessPassing(error: unknown, onTrouble: (trouble: Unavailable) => void = () => {}): void {
    if (error instanceof Unavailable) return onTrouble(error);
    this.#bug ??= error;
    this.#wake.abort(DONE);
  }

  #context({ drain, leave }: RunSignals): AttemptContext {
    const onTrouble = (trouble: Unavailable): void => {
      this.#isRefused ||= isRefusedKey(trouble);
      this.#reporter.trouble(trouble.code.startsWith("livekit") ? "livekit" : "database", trouble);
    };
    const { records = null, recorder = null } = this.#options;
    const [store, telephony, clock] = [this.#store, this.#telephony, this.#clock];
    const asking = { store, clock, leave, onTrouble, onCarrierTrouble: this.#reporter.hears("carrier") };
    return {
      store,
      telephony,
      clock,
      live: new LiveCalls(telephony, clock, leave, this.#reporter.hears("livekit"), () => this.hear()),
      callerIdPool: this.#callerIdPool,
      pace: this.#pace,
      unknown: this.#unknown,
      agents: this.#agents,
      recordings: recorder && new Recordings(steady(recorder), store, clock, leave),
      cdr: records && new CallDetailRecords(records, asking),
      emit: (event) => this.#reporter.report(event),
      waitForAgent: this.#options.waitForAgent,
      verdictWait: this.#options.verdictWait ?? VERDICT_WAIT,
      dialer: this.#options.dialer,
      drain,
      leave,
      livekitTime: this.#options.livekitTime ?? null,
      leaseUntil: () => this.#lease.until,
      onTrouble,
    };
  }
}
