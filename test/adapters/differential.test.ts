/**
 * Both stores are given the same random rows from outside and the same verbs: they answer alike, and refuse alike. What
 * only one of them does is a difference that a move between them, or a frontend, would meet.
 */
import { randomUUID } from "node:crypto";
import { array, assert, asyncProperty, constant, constantFrom, nat, oneof, record, type Arbitrary } from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import type { Claim } from "../../src/engine/ports/index.ts";
import type { Outside } from "../contracts/strangers.ts";
import { dialing, ended, number, people, Scene, DAY } from "../contracts/store/scene.ts";
import { NOON } from "../support/domain.ts";
import { outsideSqlite, outsideSupabase } from "../support/outside.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "differential");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

const CONTACTS = 4;

/** What a frontend, an operator in the tables, or a wild script may write. */
const CAMPAIGN_COLUMNS = {
  // The last only looks like a zone: SQL cannot tell.
  time_zone: ["UTC", "no zone", "Europe/London", "Mars/Olympus"],
  calling_hours: ["", "9:30-12,14-17", "early"],
  max_per_contact: ["", "3/7d", "often"],
  budget_micros: [null, 5_000_000, 1, -1],
  prices: [{}, { "1": [100_000, 0, 0, 60, 60] }, { "1": [1, 0, 0, 0, 0] }, { one: 1 }],
  expect_answers: ["normal", "low", "none"],
  ring_seconds: [45, 0],
  calling_days: [["mon"], ["someday"], []],
  start_hour: [0, 9, 23, 24, 99, -1],
  end_hour: [0, 17, 24, 25],
  daily_cap: [1, 3, 100],
  execution_status: ["running", "paused", "idle", "strange"],
  current_daily_calls: [0, 99],
  hang_up: [true, false],
} as const;
const CALL_COLUMNS = {
  phone_number: ["911", "*72", "(202) 555-0101", `${number(1)}\r\n`, number(1), number(7)],
  variables: [{}, { a: "b" }, { age: 42 }, [1]],
  next_attempt_at: [null, "-infinity", "infinity", new Date(NOON).toISOString()],
  status: ["pending", "calling", "answered", "failed", "strange"],
  place: ["", "US America/New_York"],
  outcome: [null, "callback", "do_not_call", "strange"],
} as const;

type Step =
  | { readonly do: "campaign" | "call"; readonly column: string; readonly value: unknown; readonly which: number }
  | { readonly do: "mark" | "dial" | "end" | "insert"; readonly which: number }
  | { readonly do: "claim" | "admit" | "pass" | "start" };

const writes = (is: "campaign" | "call", columns: Readonly<Record<string, readonly unknown[]>>): Arbitrary<Step>[] =>
  Object.entries(columns).map(([column, values]) =>
    record({ do: constant(is), column: constant(column), value: constantFrom(...values), which: nat({ max: 9 }) }),
  );
const step: Arbitrary<Step> = oneof(
  ...writes("campaign", CAMPAIGN_COLUMNS),
  ...writes("call", CALL_COLUMNS),
  { weight: 4, arbitrary: record({ do: constantFrom("mark" as const, "insert" as const), which: nat({ max: 9 }) }) },
  { weight: 8, arbitrary: record({ do: constantFrom("dial" as const, "end" as const), which: nat({ max: 9 }) }) },
  {
    weight: 12,
    arbitrary: record({ do: constantFrom("claim" as const, "admit" as const, "pass" as const, "start" as const) }),
  },
);

/** One store with a campaign, and what it answers: ids are left out, for each store has its own. */
class Side {
  #now = NOON;
  readonly #held: Claim[] = [];
  readonly #outside: Outside;
  readonly #scene: Scene;
  readonly #campaign: string;
  readonly #runner: string;

  private constructor(outside: Outside, scene: Scene, campaign: string, runner: string) {
    this.#outside = outside;
    this.#scene = scene;
    this.#campaign = campaign;
    this.#runner = runner;
  }

  static async begin(outside: Outside): Promise<Side> {
    const scene = new Scene(outside.store);
    const { id } = await scene.idle(people(CONTACTS), { delay: SECOND, dailyCap: 3 });
    return new Side(outside, scene, id, await scene.runner(NOON, NOON + 600 * MINUTE));
  }

  /** The call to a contact, as far as it is there. */
  async #calls() {
    return (await this.#outside.store.listCalls({ campaignId: this.#campaign, limit: 100 })).calls;
  }

  /** `refused`: by a constraint. */
  async #write(act: () => Promise<void>): Promise<string> {
    try {
      await act();
      return "written";
    } catch {
      return "refused";
    }
  }

  async play(step: Step): Promise<unknown> {
    const { store } = this.#outside;
    switch (step.do) {
      case "campaign":
        return this.#write(() => this.#outside.update("campaigns", this.#campaign, { [step.column]: step.value }));
      case "call": {
        const calls = await this.#calls();
        const call = calls[step.which % Math.max(1, calls.length)];
        if (call === undefined) return null;
        return this.#write(() => this.#outside.update("campaign_calls", call.id, { [step.column]: step.value }));
      }
      case "mark": {
        const calls = await this.#calls();
        const contact = calls[step.which % Math.max(1, calls.length)]?.contact.id ?? null;
        return contact && this.#write(() => this.#outside.update("csv_contacts", contact, { do_not_call: true }));
      }
      case "insert": {
        const at = new Date(this.#now).toISOString();
        const row = {
          id: randomUUID(),
          campaign_id: this.#campaign,
          phone_number: number(step.which),
          status: "pending",
        };
        return this.#write(() =>
          this.#outside.insert("campaign_calls", {
            ...row,
            variables: {},
            place: "",
            attempts_spent: 0,
            attempts_free: 0,
            created_at: at,
            updated_at: at,
          }),
        );
      }
      case "pass":
        this.#now += SECOND;
        return null;
      case "start":
        return (await store.moveCampaign(this.#campaign, "start", { at: this.#now }))?.status ?? null;
      case "admit":
        return store.admit(this.#now);
      case "claim": {
        const [campaign] = await store.findCampaigns(this.#campaign);
        if (campaign === undefined) return "gone";
        const claim = await this.#scene.claim(campaign, this.#runner, { at: this.#now });
        if (claim !== null) this.#held.push(claim);
        return claim?.call.contact.phoneNumber ?? null;
      }
      case "dial":
      case "end": {
        const n = step.which % Math.max(1, this.#held.length);
        const claim = this.#held[n];
        if (claim === undefined) return null;
        if (step.do === "dial") {
          if (claim.attempt.state !== "claimed") return null;
          const change = dialing(claim, this.#now);
          const gate = await store.beginDial(change, SECOND);
          if (gate.say === "go") this.#held[n] = change;
          return gate;
        }
        if (claim.attempt.state === "ended") return null;
        const change = ended(claim, "no_answer", this.#now);
        const saved = await store.save(change);
        if (saved === "saved") this.#held[n] = change;
        return saved;
      }
    }
  }

  /** Everything that can be seen of it, without ids. */
  async seen(): Promise<unknown> {
    const { store } = this.#outside;
    const [campaign] = await store.findCampaigns(this.#campaign);
    if (campaign === undefined) return null;
    const { id: _, source: __, name: _____, statusReason, ...settings } = campaign;
    const { campaign: ___, ...snapshot } = await store.snapshot(campaign, DAY);
    const calls = (await this.#calls()).map(
      ({ contact, status, endReason, nextAttemptAt, attemptsSpent, attemptId, place }) => ({
        number: contact.phoneNumber,
        variables: contact.variables,
        status,
        endReason,
        nextAttemptAt,
        attemptsSpent,
        open: attemptId !== null,
        place,
      }),
    );
    const running = (await store.listCampaigns("running")).map(({ status }) => status);
    const { runners: ____, ...progress } = await store.progress(this.#campaign, this.#now);
    return { settings, isOdd: statusReason?.startsWith("its row") ?? false, snapshot, calls, running, progress };
  }
}

test("whatever is written into the tables, both stores refuse, answer and keep the same", async () => {
  await assert(
    asyncProperty(array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      await using lite = await outsideSqlite();
      await using shared = await outsideSupabase(project);
      const [one, other] = [await Side.begin(lite), await Side.begin(shared)];
      for (const step of [{ do: "start" } as const, ...steps]) {
        const answers = [await one.play(step), await other.play(step)];
        expect([step, answers[1]]).toEqual([step, answers[0]]);
        expect([step, await other.seen()]).toEqual([step, await one.seen()]);
      }
    }),
    // To shrink a failure takes minutes; its seed and path say how to play it again.
    { numRuns: 15, endOnFailure: true },
  );
}, 240_000);
