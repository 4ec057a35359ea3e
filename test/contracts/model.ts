/**
 * Random sequences of what 1 to 3 runners and an operator do, each step played on a store and on a model in memory that
 * is too simple to be wrong. After each step: both say the same, no call has two open attempts, the totals equal the
 * list, the counters equal a recount, and nobody was attempted more often than the policy allows.
 */
import { randomUUID } from "node:crypto";
import { array, assert, asyncProperty, constant, constantFrom, nat, oneof, record, type Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { advance, type AttemptEvent, type Call } from "../../src/domain/calls/call.ts";
import { stopped } from "../../src/domain/calls/stopped.ts";
import type { Campaign, MoveName } from "../../src/domain/calls/campaign.ts";
import { type Instant, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import type { Ending } from "../../src/domain/calls/ending.ts";
import type { Claim, Store } from "../../src/engine/ports/index.ts";
import { Model } from "./store/model.ts";
import { DAY, people, present, Scene } from "./store/scene.ts";

const LEASE = MINUTE;
const CONTACTS = 4;
const ENDS = ["busy", "no_answer", "declined", "trunk_error", "released", "lost"] as const satisfies Ending[];
const MODEL_MOVES = ["pause", "resume", "stop"] as const satisfies MoveName[];

type Step =
  | { readonly do: "claim" | "renew" | "leave" | "takeOver"; readonly runner: number }
  /** `which`: one of the claims the runner ever had; it may have been taken from it since. */
  | { readonly do: "dial"; readonly runner: number; readonly which: number }
  | { readonly do: "identify"; readonly runner: number; readonly which: number }
  | { readonly do: "answer"; readonly runner: number; readonly which: number }
  | { readonly do: "end"; readonly runner: number; readonly which: number; readonly ending: Ending }
  | { readonly do: "move"; readonly move: (typeof MODEL_MOVES)[number] }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "suppress"; readonly which: number };

const runner = nat({ max: 2 });
const which = nat({ max: 9 });
const step: Arbitrary<Step> = oneof(
  { weight: 5, arbitrary: record({ do: constant("claim" as const), runner }) },
  { weight: 3, arbitrary: record({ do: constantFrom("renew" as const, "takeOver" as const), runner }) },
  { weight: 1, arbitrary: record({ do: constant("leave" as const), runner }) },
  { weight: 5, arbitrary: record({ do: constantFrom("dial" as const, "answer" as const), runner, which }) },
  { weight: 1, arbitrary: record({ do: constant("identify" as const), runner, which }) },
  {
    weight: 5,
    arbitrary: record({ do: constant("end" as const), runner, which, ending: constantFrom(...ENDS) }),
  },
  { weight: 2, arbitrary: record({ do: constant("move" as const), move: constantFrom(...MODEL_MOVES) }) },
  { weight: 4, arbitrary: record({ do: constant("pass" as const), ms: constantFrom(1, SECOND, LEASE) }) },
  { weight: 1, arbitrary: record({ do: constant("suppress" as const), which }) },
);

/** One play: a campaign, its model, and three runners that remember what they were given. */
class Play {
  readonly #scene: Scene;
  readonly #model: Model;
  readonly #campaign: Campaign;
  /** A campaign of its own through which numbers get suppressed. */
  readonly #elsewhere: readonly Call[];
  readonly #runners = [randomUUID(), randomUUID(), randomUUID()];
  readonly #held: Claim[][] = [[], [], []];

  private constructor(scene: Scene, campaign: Campaign, model: Model, elsewhere: readonly Call[]) {
    this.#scene = scene;
    this.#campaign = campaign;
    this.#model = model;
    this.#elsewhere = elsewhere;
  }

  static async begin(store: Store): Promise<Play> {
    const scene = new Scene(store);
    const other = await scene.running(people(CONTACTS), { name: "elsewhere" });
    const settings = { name: "model", concurrency: 2, dailyCap: 5, delay: SECOND };
    const campaign = await scene.running(people(CONTACTS), {
      ...settings,
      retry: { maxAttempts: 2, after: [SECOND] },
    });
    const callsOf = async (campaignId: string): Promise<readonly Call[]> =>
      (await store.listCalls({ campaignId, limit: 100 })).calls;
    return new Play(scene, campaign, new Model(campaign, await callsOf(campaign.id)), await callsOf(other.id));
  }

  async play(step: Step): Promise<void> {
    const [store, model] = [this.#scene.store, this.#model];
    switch (step.do) {
      case "pass":
        model.now += step.ms;
        return;
      case "move": {
        const campaign = await store.moveCampaign(this.#campaign.id, step.move, { at: model.now });
        return expect(campaign?.status ?? null).toBe(model.move(step.move));
      }
      case "suppress": {
        const call = present(this.#elsewhere[step.which % CONTACTS]);
        model.suppressed.add(call.contact.phoneNumber);
        return void (await store.setOutcome(call.id, "do_not_call", null, model.now));
      }
      default:
        return this.#runner(step, present(this.#runners[step.runner]), present(this.#held[step.runner]));
    }
  }

  async #runner(
    step: Exclude<Step, { do: "pass" | "move" | "suppress" }>,
    runnerId: string,
    held: Claim[],
  ): Promise<void> {
    const [store, model] = [this.#scene.store, this.#model];
    switch (step.do) {
      case "renew":
        model.leases.set(runnerId, model.now + LEASE);
        return void (await store.renewLease({ runnerId, until: model.now + LEASE }, model.now));
      case "leave":
        model.leases.delete(runnerId);
        return store.endLease(runnerId);
      case "claim": {
        const attemptId = randomUUID();
        const claim = await this.#scene.claim(this.#campaign, runnerId, { attemptId, at: model.now });
        expect(claim).toEqual(model.claim(runnerId, attemptId));
        if (claim !== null) held.push(claim);
        return;
      }
      case "takeOver": {
        const taken = await store.takeOver(runnerId, model.now);
        expect(taken.map(({ attempt }) => attempt.id).toSorted()).toEqual(model.takeOver(runnerId).toSorted());
        held.push(...taken);
        return;
      }
      case "dial":
      case "identify":
      case "answer":
      case "end":
        return this.#change(step, held);
    }
  }

  async #change(step: Changing, held: Claim[]): Promise<void> {
    const [store, model, { retry, delay }] = [this.#scene.store, this.#model, this.#campaign];
    const n = step.which % Math.max(1, held.length);
    const claim = held[n];
    if (claim === undefined) return;
    const change = advance(claim.call, claim.attempt, eventOf(step, model.now), retry);
    if (change === null) return;
    if (step.do === "dial") {
      const gate = await store.beginDial(change, delay);
      expect(gate).toEqual(model.beginDial(change));
      if (gate.say === "go") held[n] = change;
      return;
    }
    const saved = await store.save(change);
    expect(saved).toBe(model.save(change));
    if (saved === "closed") {
      const closed = { ...change, call: stopped(change.call, "stopped", model.now) };
      expect(await store.save(closed)).toBe(model.save(closed));
    }
    if (saved !== "not_yours") held[n] = change;
  }

  /** What must be true at any time. */
  async check(): Promise<void> {
    const [store, model] = [this.#scene.store, this.#model];
    const { calls } = await store.listCalls({ campaignId: this.#campaign.id, limit: 100 });
    expect(calls).toEqual(model.calls);
    for (const call of calls) {
      const { attempts } = present(await store.callHistory(this.#campaign.id, call.contact.phoneNumber));
      const open = attempts.filter(({ state }) => state !== "ended").map(({ id }) => id);
      expect(open).toEqual(call.attemptId === null ? [] : [call.attemptId]);
      expect(call.attemptsSpent).toBeLessThanOrEqual(this.#campaign.retry.maxAttempts);
      for (const attempt of attempts) expect(attempt).toEqual(model.attempts.get(attempt.id));
    }
    await this.#scene.expectRightCounts(this.#campaign);
  }
}

type Changing = Extract<Step, { do: "dial" | "identify" | "answer" | "end" }>;

function eventOf(step: Changing, at: Instant): AttemptEvent {
  if (step.do === "dial") return { type: "dialed", at, localDay: DAY, fromNumber: null };
  if (step.do === "identify") return { type: "identified", at, sipCallId: "CA1" };
  if (step.do === "answer") return { type: "answered", at, sipCallId: null };
  return { type: "ended", at, ending: step.ending };
}

export function storeModel(open: () => Promise<Store>, plays: number): void {
  test("whatever runners and operators do, the store does as the model does", async () => {
    await assert(
      asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await using store = await open();
        const play = await Play.begin(store);
        // All runners are up to begin with.
        for (const runner of [0, 1, 2]) await play.play({ do: "renew", runner });
        for (const step of steps) {
          await play.play(step);
          await play.check();
        }
      }),
      { numRuns: plays },
    );
  });
}
