/**
 * The engine on a clock that a test moves: the real embedded store in memory, the real LiveKit adapter through the
 * sandbox's direct door. A campaign of hours is over in milliseconds.
 */
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import type { RunEvent } from "../../src/domain/calls/run-event.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { Campaigns, type CampaignReport } from "../../src/engine/manage/campaigns.ts";
import type { Clock, Store, Telephony } from "../../src/engine/ports/index.ts";
import { Runner, type RunnerOptions, type RunSummary } from "../../src/engine/run/runner.ts";
import type { CampaignInput } from "../../src/engine/manage/campaign-settings.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { directClients, ManualClock, parseScript, World } from "../../src/sandbox/index.ts";
import { fictionalNumber } from "./cli.ts";
import { NOON } from "./domain.ts";

/** Where contacts live is the business of other tests. */
const ANYWHERE = { hoursIn: "campaign", rules: "none" };

/** A single pass over all campaigns, one at a time. */
export const ONE_PASS = {
  watch: false,
  poll: 30 * SECOND,
  takeFor: null,
  only: [],
  parallel: 1,
  lease: 30 * SECOND,
  waitForAgent: true,
  dialer: "engine",
} as const satisfies Partial<RunnerOptions>;

/** The clock of one machine, that may be wrong; LiveKit keeps the one that time passes on. */
export class Machine implements Clock {
  ahead: number;
  readonly #right: Clock;

  constructor(right: Clock, ahead = 0) {
    this.#right = right;
    this.ahead = ahead;
  }

  now = (): number => this.#right.now() + this.ahead;
  monotonic = (): number => this.#right.monotonic();
  sleep = (ms: number, signal?: AbortSignal): Promise<void> => this.#right.sleep(ms, signal);
}

/** A runner at work: what it says, and the two signals it listens to. */
export interface Working {
  readonly drain: AbortController;
  readonly leave: AbortController;
  readonly done: Promise<RunSummary>;
  readonly runner: Runner;
}

export class Rig implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly world: World;
  readonly store: Store;
  readonly telephony: Telephony;
  readonly events: RunEvent[] = [];
  #ids = 0;

  /** `db`: a file, for those who look into it afterwards. `leases`: judged as on a real machine, whose wall clock may be set. */
  constructor(start: Instant = NOON, db = ":memory:", leases: "by instants" | "by uptime" = "by instants") {
    const clock = new ManualClock(start);
    this.store = openSqliteStore(db, leases === "by uptime" ? { uptime: () => clock.monotonic() } : {});
    this.clock = clock;
    this.world = new World(this.clock);
    this.telephony = new LiveKitTelephony(directClients(this.world, this.clock), this.clock, "ai");
    this.script({});
  }

  /** Sixteen digits, so that no id is the beginning of another. */
  readonly newId = (): string => String(++this.#ids).padStart(16, "0");

  get campaigns(): Campaigns {
    return new Campaigns(this.store, this.clock, this.newId);
  }

  /** What callees do; by default everybody answers after a second and talks for ten. */
  script(script: object): void {
    const answer = { does: "answer", rings: 1, talks: 10 };
    this.world.script = parseScript(JSON.stringify({ others: [{ weight: 1, behaviour: answer }], ...script }));
  }

  /** Everybody does this. */
  behave(behaviour: object): void {
    this.script({ others: [{ weight: 1, behaviour }] });
  }

  /** A campaign to so many fictional numbers from the `first` on, or to these, not started; at all hours unless said otherwise. */
  async create(contacts: number | readonly string[], input: Partial<CampaignInput> = {}, first = 0): Promise<string> {
    const name = `campaign ${this.newId()}`;
    const numbers =
      typeof contacts === "number" ? Array.from({ length: contacts }, (_, n) => fictionalNumber(first + n)) : contacts;
    const people = numbers.map((phoneNumber, n) => ({
      id: this.newId(),
      name: `Contact ${first + n}`,
      phoneNumber,
      email: null,
      variables: {},
    }));
    const batches = (async function* () {
      yield people;
    })();
    const settings = { name, assistant: "a1", hours: "0-24", days: "all", dailyCap: 1000, ...ANYWHERE, ...input };
    const { id } = await this.campaigns.create(settings, { filename: "f", size: 0, batches }, "UTC");
    return id;
  }

  /** The same, started. */
  async start(contacts: number | readonly string[], input: Partial<CampaignInput> = {}, first = 0): Promise<string> {
    const id = await this.create(contacts, input, first);
    await this.campaigns.start(id);
    return id;
  }

  /** A runner that is at work from now on; let time pass with `clock`. */
  work(
    options: Partial<RunnerOptions> = {},
    store = this.store,
    telephony = this.telephony,
    clock: Clock = this.clock,
  ): Working {
    const [drain, leave] = [new AbortController(), new AbortController()];
    const runner = new Runner(store, telephony, clock, {
      runnerId: this.newId(),
      ...ONE_PASS,
      livekitTime: () => Promise.resolve(this.clock.now()),
      newId: this.newId,
      onEvent: (event) => void this.events.push(event),
      ...options,
    });
    const done = runner.run({ drain: drain.signal, leave: leave.signal });
    done.catch(() => {}); // whoever awaits it hears of it
    return { drain, leave, done, runner };
  }

  /** One pass to its end. */
  run(options: Partial<RunnerOptions> = {}): Promise<RunSummary> {
    return this.clock.finish(this.work(options).done, 24 * HOUR);
  }

  report(id: string): Promise<CampaignReport> {
    return this.campaigns.report(id);
  }

  /** Dials per number, the world's own count. */
  get dials(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { sipCallTo } of this.world.dials) counts.set(sipCallTo, (counts.get(sipCallTo) ?? 0) + 1);
    return counts;
  }

  /** Seconds after the start at which phones were dialed. */
  dialedAt(start: Instant = NOON): number[] {
    return this.world.dials.map(({ at }) => (at - start) / SECOND);
  }

  said(type: RunEvent["type"]): RunEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store[Symbol.asyncDispose]();
  }
}

/** Dials per number where each of `n` was dialed once. */
export const once = (n: number): number[] => Array.from({ length: n }, () => 1);

/** Ends what a test started: drains, and lets time pass until the runner has left. */
export async function drained(rig: Rig, { drain, done }: Working): Promise<RunSummary> {
  drain.abort();
  return rig.clock.finish(done, 10 * MINUTE);
}

/** A trunk at Twilio, in the rig's world: legs through it are named by the carrier. */
export const twilioTrunk = ({ world }: Rig): string =>
  world.trunks.create({ ...SANDBOX_TRUNK, sipTrunkId: "", address: "spring.pstn.twilio.com" }).sipTrunkId;
