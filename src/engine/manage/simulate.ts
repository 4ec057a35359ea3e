/** The use-case behind `simulate`: what a campaign will come to, from what another one came to, or from what is assumed. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import { ENDINGS } from "../../domain/calls/ending.ts";
import { longestCall } from "../../domain/calls/prices.ts";
import { ASSUMED, type Odds, simulate, type Simulated } from "../../domain/calls/simulation.ts";
import { parsePlace } from "../../domain/phones/place.ts";
import { localDay } from "../../domain/hours/local-hours.ts";
import { wallClock } from "../../domain/time/clocks.ts";
import { DAY, HOUR, SECOND } from "../../domain/time/instant.ts";
import { Refused } from "../errors.ts";
import type { Clock, Store } from "../ports/index.ts";
import type { Campaigns } from "./campaigns.ts";
import { callingHoursOf } from "./hours-of.ts";
import type { Preflight } from "./preflight.ts";

export interface Wish {
  /** Left out: what is usual is assumed. */
  readonly odds?: Learned | undefined;
  /** 0 to 1. */
  readonly answerRate?: number | undefined;
  /** Calls that the agents take at once. */
  readonly agents?: number | undefined;
  /** For each run a generator of numbers in [0, 1) of its own. */
  readonly lots: (run: number) => () => number;
}

/** What a campaign's calls came to. */
export interface Learned {
  readonly odds: Odds;
  /** Attempts that it was read from; 0: it is assumed. */
  readonly from: number;
}

export interface Simulation extends Learned {
  readonly expected: Preflight;
  readonly campaign: Campaign;
  /** Each run, played with another lot. */
  readonly runs: readonly Simulated[];
  /** Calls at once, were there agents and concurrency for as many as its pace brings; null: nothing else holds it back. */
  readonly agents: number | null;
}

/** Dials that are played in all, so that a large list is done in seconds, and a small one often enough. */
const DIALS = 400_000;
const [FEWEST, MOST] = [3, 50];
/** Calls that are looked at to learn from, and at once. */
const SAMPLE = 1000;
const AT_ONCE = 20;
/** An assumption is worth as much as so many attempts; so is the rate of the day for that of an hour. */
const WORTH = 100;
const WORTH_OF_DAY = 10;

export class Simulations {
  readonly #campaigns: Campaigns;
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(campaigns: Campaigns, store: Store, clock: Clock) {
    this.#campaigns = campaigns;
    this.#store = store;
    this.#clock = clock;
  }

  /** Only reads. */
  async simulate(ref: string, { odds: learned, answerRate, agents, lots }: Wish): Promise<Simulation> {
    const expected = await this.#campaigns.preflight(ref);
    const found = expected.campaign;
    const now = this.#clock.now();
    const { places, budget: forecast } = expected;
    const money = forecast === null ? undefined : { ...forecast, longest: longestCall(found) };
    const { today } = await this.#store.snapshot(found, localDay(found.timeZone, now));
    const campaign = { ...found, concurrency: Math.min(found.concurrency, agents ?? Infinity) };
    const { odds, from } = learned ?? { odds: ASSUMED, from: 0 };
    const scaled = answerRate === undefined ? odds : withRate(odds, answerRate);
    const dials = [...places.values()].reduce((sum, n) => sum + n, 0) * campaign.retry.maxAttempts;
    const count = Math.min(MOST, Math.max(FEWEST, Math.floor(DIALS / Math.max(1, dials))));
    const play = (played: Campaign, run: number): Simulated => {
      const random = lots(run);
      const likely = withRate(scaled, swayed(mean(scaled.answers), from || WORTH, random));
      return simulate(played, callingHoursOf(played), places, likely, now, random, today, played.budget && money);
    };
    const runs = Array.from({ length: count }, (_, run) => play(campaign, run));
    const { p90: peak } = percentiles(runs.map((run) => run.peak));
    const { budget: _, ...unbound } = { ...found, concurrency: Infinity };
    const free = (): number | null => (found.delay === 0 ? null : play(unbound, 0).peak);
    const needed = peak < campaign.concurrency ? peak : free();
    return { expected, campaign, from, odds: scaled, runs, agents: needed };
  }

  /** Only reads. */
  async learn(ref: string): Promise<Learned> {
    const { id, name, timeZone } = await this.#campaigns.find(ref);
    const { calls } = await this.#store.listCalls({ campaignId: id, limit: SAMPLE });
    const tried = calls.filter(({ attemptsSpent, contact }) => attemptsSpent > 0 && contact.phoneNumber !== "");
    const [answered, asked] = [hourly(), hourly()];
    const [rings, talks, setUps, misses]: [number[], number[], number[], Odds["misses"][number][]] = [[], [], [], []];
    let machines = 0;
    for (let from = 0; from < tried.length; from += AT_ONCE) {
      const some = tried.slice(from, from + AT_ONCE);
      const histories = await Promise.all(some.map((call) => this.#store.callHistory(id, call.contact.phoneNumber)));
      for (const { call, attempts } of histories.filter((history) => history !== null)) {
        const zone = parsePlace(call.place).zones[0] ?? timeZone;
        for (const { claimedAt, dialedAt, answeredAt, endedAt, ending } of attempts) {
          if (dialedAt === null || endedAt === null || ending === null) continue;
          if (answeredAt === null && ENDINGS[ending].next === "free") continue;
          const hour = Math.floor((wallClock(zone, dialedAt) % DAY) / HOUR);
          asked[hour] = (asked[hour] ?? 0) + 1;
          setUps.push((dialedAt - claimedAt) / SECOND);
          if (answeredAt === null) {
            misses.push({ ending, seconds: (endedAt - dialedAt) / SECOND });
            continue;
          }
          answered[hour] = (answered[hour] ?? 0) + 1;
          rings.push((answeredAt - dialedAt) / SECOND);
          talks.push((endedAt - answeredAt) / SECOND);
          if (ending === "voicemail" || ending === "screened") machines++;
        }
      }
    }
    const from = sum(asked);
    if (from === 0) {
      throw new Refused("no_history", `"${name}" has dialed nobody yet: nothing can be learned from it`, {
        hint: "name a campaign that has run, or leave --like out",
      });
    }
    const rate = sum(answered) / from;
    const answers = asked.map((n, hour) => ((answered[hour] ?? 0) + WORTH_OF_DAY * rate) / (n + WORTH_OF_DAY));
    const setUp = setUps.toSorted((a, b) => a - b)[Math.floor(setUps.length / 2)] ?? ASSUMED.setUp;
    return {
      odds: { answers, rings, talks, misses, setUp, machines: talks.length === 0 ? 0 : machines / talks.length },
      from,
    };
  }
}

const hourly = (): number[] => Array.from({ length: 24 }, () => 0);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length;

/** The same course over the day, at another rate. */
function withRate(odds: Odds, rate: number): Odds {
  const is = mean(odds.answers);
  return { ...odds, answers: odds.answers.map((each) => Math.min(1, is === 0 ? rate : (each * rate) / is)) };
}

/** What the rate may be as well, as far as so many attempts tell: nearly normally distributed. */
function swayed(rate: number, attempts: number, random: () => number): number {
  const normal = sum(Array.from({ length: 12 }, random)) - 6;
  return Math.min(1, Math.max(0, rate + normal * Math.sqrt((rate * (1 - rate)) / attempts)));
}

/** The values that a tenth, a half and nine tenths of the runs stay below. */
export function percentiles(values: readonly number[]): { p10: number; p50: number; p90: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { p10: at(0.1), p50: at(0.5), p90: at(0.9) };
}
