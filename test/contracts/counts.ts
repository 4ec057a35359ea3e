/** What is told without counting all rows equals a recount of them, whoever wrote them. */
import { randomUUID } from "node:crypto";
import { array, assert, asyncProperty, constant, constantFrom, nat, oneof, record } from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Call, OUTCOMES } from "../../src/domain/calls/call.ts";
import { LATE_MS } from "../../src/domain/calls/dead-air.ts";
import { UNRUNG } from "../../src/domain/calls/ending.ts";
import { HOUR } from "../../src/domain/time/instant.ts";
import { NOON } from "../support/domain.ts";
import { DAY, dialing, ended, number, people, present, Scene, TOMORROW } from "./store/scene.ts";
import type { Outside } from "./strangers.ts";

interface Dial {
  readonly id: string;
  readonly state: "dialing" | "answered" | "ended";
  readonly day: string;
  readonly dialed: boolean;
  readonly answered: boolean;
  readonly ending: string | null;
  /** At any time: once it has left it stays in its day. */
  readonly left?: boolean;
}

const dial = record({
  state: constantFrom("dialing", "answered", "ended"),
  day: constantFrom(DAY, TOMORROW),
  dialed: constantFrom(true, true, false),
  answered: constantFrom(true, false),
  ending: constantFrom(null, "busy", "no_answer", ...UNRUNG.slice(0, 2)),
});
const step = record({ which: nat({ max: 5 }), dial, remove: constantFrom(false, false, false, false, true) });

const costs = ({ state, dialed, answered, ending }: Dial): boolean =>
  dialed && !(state === "ended" && !answered && ending !== null && UNRUNG.includes(ending));

const instant = (is: boolean): string | null => (is ? new Date(NOON).toISOString() : null);

const columns = ({ state, day, dialed, answered, ending }: Omit<Dial, "id" | "left">) => ({
  state,
  local_day: day,
  dialed_at: instant(dialed),
  answered_at: instant(answered),
  ending,
});

const isOver = ({ status }: Call): boolean => !["pending", "calling", "answered"].includes(status);

function tally(words: readonly (string | null | undefined)[]): Record<string, number> {
  const n: Record<string, number> = {};
  for (const word of words) if (word != null) n[word] = (n[word] ?? 0) + 1;
  return n;
}

/** From the calls themselves. */
async function counted({ store }: Outside, campaignId: string) {
  const { calls } = await store.listCalls({ campaignId, limit: 100 });
  return {
    total: calls.length,
    calls: tally(calls.map(({ status }) => status)),
    endings: tally(calls.filter(isOver).map(({ endReason }) => endReason)),
    outcomes: tally(calls.map(({ outcome }) => outcome)),
    open: calls.filter(({ callback }) => callback !== null).length,
  };
}

async function told({ store }: Outside, campaignId: string) {
  const { total, calls, endings, outcomes, callbacks } = await store.progress(campaignId, NOON);
  const some = Object.fromEntries(Object.entries(calls).filter(([, n]) => n > 0));
  return { total, calls: some, endings, outcomes, open: callbacks.open };
}

export function countsContract(open: () => Promise<Outside>, runs: number): void {
  let outside: Outside;
  let scene: Scene;
  beforeEach(async () => {
    outside = await open();
    scene = new Scene(outside.store);
  });
  afterEach(() => outside[Symbol.asyncDispose]());

  describe("dials of a day", () => {
    test("are as many as their rows say, whoever wrote them; and never fewer where rows were removed", async () => {
      const play = asyncProperty(array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const campaign = await scene.running(people(1));
        const { id: call_id } = present(await outside.store.callHistory(campaign.id, number(0))).call;
        const dials = new Map<number, Dial>();
        let removed = false;
        for (const { which, dial: wanted, remove } of steps) {
          const known = dials.get(which);
          if (known !== undefined && remove) {
            await outside.remove("call_attempts", known.id);
            dials.delete(which);
            removed ||= known.left === true;
          } else if (known !== undefined) {
            const left = known.left === true || wanted.dialed;
            const changed = { ...wanted, left, day: known.left === true ? known.day : wanted.day, id: known.id };
            await outside.update("call_attempts", known.id, columns(changed));
            removed ||= left && !changed.dialed;
            dials.set(which, changed);
          } else {
            const id = randomUUID();
            const row = { call_id, campaign_id: campaign.id, runner_id: "r", claimed_at: instant(true) };
            await outside.insert("call_attempts", { id, ...row, ...columns(wanted) });
            dials.set(which, { ...wanted, left: wanted.dialed, id });
          }
        }
        for (const day of [DAY, TOMORROW]) {
          const recount = [...dials.values()].filter((one) => one.day === day && costs(one)).length;
          const { today } = await outside.store.snapshot(campaign, day);
          if (removed) expect(today).toBeGreaterThanOrEqual(recount);
          else expect(today).toBe(recount);
        }
      });
      await assert(play, { numRuns: runs });
    });

    test("count those without a number too: nobody can have more dials by taking numbers away", async () => {
      const campaign = await scene.running(people(3), { dailyCap: 2 });
      const runner = await scene.runner();
      const dialed = await scene.dialed(campaign, runner);
      await scene.dialed(campaign, runner);
      await outside.update("call_attempts", dialed.attempt.id, { nth_of_day: null });
      expect(await outside.store.snapshot(campaign, DAY)).toMatchObject({ today: 2 + 1 });
      expect(await scene.claim(campaign, runner)).toBeNull();
      await expect(outside.update("call_attempts", dialed.attempt.id, { nth_of_day: -7 })).rejects.toThrow();
      await expect(outside.update("call_attempts", dialed.attempt.id, { nth_of_day: 2 })).rejects.toThrow();
      await outside.update("call_attempts", dialed.attempt.id, { nth_of_day: 1 });
      expect(await outside.store.snapshot(campaign, DAY)).toMatchObject({ today: 2 });
    });
  });

  describe("how far a campaign is", () => {
    test("is what a recount of its calls says, whatever verbs and others have written", async () => {
      const row = record({
        status: constantFrom("pending", "calling", "answered", "completed", "no_answer", "busy", "failed"),
        end_reason: constantFrom(null, "busy", "no_answer", "hung_up", "invalid_number"),
        outcome: constantFrom(null, "interested", "callback", "voicemail"),
        callback_at: constantFrom(null, new Date(NOON + HOUR).toISOString()),
        callback_missed_at: constantFrom(null, new Date(NOON - HOUR).toISOString()),
      });
      const steps = oneof(
        record({ do: constant("write" as const), which: nat({ max: 7 }), row }),
        record({ do: constant("insert" as const), which: nat({ max: 3 }), row }),
        record({ do: constant("remove" as const), which: nat({ max: 7 }) }),
        record({ do: constant("lend" as const), which: nat({ max: 7 }) }),
        record({ do: constant("outcome" as const), which: nat({ max: 7 }), outcome: constantFrom(...OUTCOMES) }),
        record({ do: constant("call" as const), ending: constantFrom("busy", "declined", "trunk_error", "no_answer") }),
        record({ do: constant("move" as const), move: constantFrom("pause", "resume", "stop") }),
      );
      const play = asyncProperty(array(steps, { minLength: 1, maxLength: 12 }), async (all) => {
        const { store } = outside;
        const other = await scene.running([]);
        const campaign = await scene.running(people(4), { dailyCap: 1000 });
        const runner = await scene.runner();
        const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 100 });
        let ids = calls.map(({ id }) => id);
        for (const step of all) {
          const id = "which" in step ? ids[step.which] : undefined;
          if (step.do === "insert") {
            const created = { created_at: instant(true), updated_at: instant(true) };
            const added = { id: randomUUID(), campaign_id: campaign.id, phone_number: number(10 + all.indexOf(step)) };
            await outside.insert("campaign_calls", { ...added, ...created, ...step.row });
            ids.push(added.id);
          } else if (step.do === "move") await store.moveCampaign(campaign.id, step.move, { at: NOON });
          else if (step.do === "call") {
            const claim = await scene.claim(campaign, runner);
            if (claim === null) continue;
            const dialed = dialing(claim);
            if ((await store.beginDial(dialed, 0)).say === "go") await store.save(ended(dialed, step.ending));
          } else if (id === undefined) continue;
          else if (step.do === "write") await outside.update("campaign_calls", id, step.row);
          else if (step.do === "outcome") await store.setOutcome(id, step.outcome, null, NOON);
          else if (step.do === "lend") await outside.update("campaign_calls", id, { campaign_id: other.id });
          else {
            await outside.remove("campaign_calls", id);
            ids = ids.filter((known) => known !== id);
          }
        }
        for (const { id } of [campaign, other]) expect(await told(outside, id)).toEqual(await counted(outside, id));
        expect(await store.miscounted()).toEqual([]);
      });
      await assert(play, { numRuns: runs });
    });

    test("is what its attempts cost, and how soon their agents spoke, whoever wrote them", async () => {
      const row = record({
        cost_micros: constantFrom(null, 0, 5, 70_000),
        first_audio_ms: constantFrom(null, 0, LATE_MS, LATE_MS + 1, 60_000),
        state: constantFrom("claimed", "ended", "ended"),
        ending: constantFrom(null, "busy", "lost"),
      });
      const attempt = record({ which: nat({ max: 3 }), lent: constantFrom(false, false, true), row });
      const steps = oneof(
        record({ do: constant("write" as const), attempt }),
        record({ do: constant("write" as const), attempt }),
        record({ do: constant("remove" as const), which: nat({ max: 3 }) }),
        record({ do: constant("resume" as const) }),
      );
      const play = asyncProperty(array(steps, { minLength: 1, maxLength: 12 }), async (all) => {
        const { store } = outside;
        const paid = { budget: { micros: 1e9, currency: "USD", prices: {} } };
        const other = await scene.running(people(1), paid);
        const campaign = await scene.running(people(1), paid);
        const { id: call_id } = present(await store.callHistory(campaign.id, number(0))).call;
        const known = new Map<number, { id: string; lent: boolean; row: { [key: string]: number | string | null } }>();
        for (const step of all) {
          if (step.do === "resume") {
            await store.moveCampaign(campaign.id, "pause", { at: NOON });
            await store.moveCampaign(campaign.id, "resume", { at: NOON });
          } else if (step.do === "remove") {
            const gone = known.get(step.which);
            if (gone !== undefined) await outside.remove("call_attempts", gone.id);
            known.delete(step.which);
          } else {
            const { which, lent, row } = step.attempt;
            const before = known.get(which);
            const id = before?.id ?? randomUUID();
            const columns = { ...row, campaign_id: (lent ? other : campaign).id };
            const made = { id, call_id, runner_id: "r", claimed_at: instant(true) };
            await (before === undefined
              ? outside.insert("call_attempts", { ...made, ...columns })
              : outside.update("call_attempts", id, columns));
            known.set(which, { id, lent, row });
          }
        }
        for (const { id } of [campaign, other]) {
          const own = [...known.values()].filter(({ lent }) => lent === (id === other.id)).map(({ row }) => row);
          const sum = (some: typeof own) => some.reduce((all, { cost_micros }) => all + Number(cost_micros), 0);
          const held = own.filter(({ state, ending }) => state !== "ended" || ending === "lost");
          const { spending } = await store.snapshot(present((await store.findCampaigns(id))[0]), DAY);
          expect(spending).toEqual({ spent: sum(own) - sum(held), reserved: sum(held) });
          const words = own.map(({ first_audio_ms }) => first_audio_ms).filter((ms) => ms !== null);
          const { firstWords } = await store.progress(id, NOON);
          expect(firstWords).toEqual({ told: words.length, late: words.filter((ms) => Number(ms) > LATE_MS).length });
        }
        expect(await store.miscounted()).toEqual([]);
      });
      await assert(play, { numRuns: runs });
    });

    test("is counted anew by a resume where somebody wrote past the triggers, which the doctor can see", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(3), { name: "spring" });
      const [call] = (await store.listCalls({ campaignId: campaign.id, limit: 1 })).calls;
      await outside.update("campaign_calls", present(call).id, { status: "busy", end_reason: "busy" }, "past");
      expect(await store.miscounted()).toEqual(["spring"]);
      await store.moveCampaign(campaign.id, "pause", { at: NOON });
      await store.moveCampaign(campaign.id, "resume", { at: NOON });
      expect(await store.miscounted()).toEqual([]);
      expect(await told(outside, campaign.id)).toMatchObject({ calls: { pending: 2, busy: 1 }, endings: { busy: 1 } });
    });

    test("goes with its campaign", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(3));
      await store.moveCampaign(campaign.id, "pause", { at: NOON });
      expect(await store.deleteCampaign(campaign.id)).toBe(true);
      expect(await store.progress(campaign.id, NOON)).toMatchObject({ total: 0 });
      expect(await store.miscounted()).toEqual([]);
    });

    test("lists its calls status by status, page by page", async () => {
      const { store } = outside;
      const campaign = await scene.running(people(9));
      const { calls } = await store.listCalls({ campaignId: campaign.id, limit: 100 });
      for (const [n, { id }] of calls.entries()) {
        if (n % 3 > 0) await outside.update("campaign_calls", id, { status: n % 3 === 1 ? "busy" : "failed" });
      }
      for (const status of [undefined, "pending", "busy", "failed", "completed"] as const) {
        const seen: string[] = [];
        for (let after: string | undefined; ;) {
          const filter = { campaignId: campaign.id, limit: 2, ...(status && { status }), ...(after && { after }) };
          const page = await store.listCalls(filter);
          seen.push(...page.calls.map(({ id }) => id));
          if (page.next === null) break;
          after = page.next;
        }
        const wanted = calls.filter((_, n) => status === undefined || ["pending", "busy", "failed"][n % 3] === status);
        expect(seen).toEqual(wanted.map(({ id }) => id));
      }
    });
  });
}
