/** What receivers are told, when again, and that one in trouble stands in nobody's way. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../../src/adapters/sqlite/store.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../../src/domain/time/instant.ts";
import { Unavailable } from "../../../src/engine/errors.ts";
import type { Store } from "../../../src/engine/ports/index.ts";
import type { Delivery, Message } from "../../../src/engine/ports/messenger.ts";
import { Notices } from "../../../src/engine/run/notices.ts";
import { ManualClock } from "../../../src/sandbox/clock.ts";
import { people, Scene } from "../../contracts/store/scene.ts";
import { NOON } from "../../support/domain.ts";

let store: Store;
let clock: ManualClock;
const stop = { now: new AbortController() };
beforeEach(() => {
  store = openSqliteStore(":memory:");
  clock = new ManualClock(NOON);
  stop.now = new AbortController();
});
afterEach(() => store[Symbol.asyncDispose]());

const fails = (error: string, more: Partial<Extract<Delivery, { is: "failed" }>> = {}): Delivery => ({
  is: "failed",
  error,
  retryAfter: null,
  gone: false,
  ...more,
});
const received: Delivery = { is: "received" };

interface Told extends Message {
  readonly at: number;
  readonly type: string;
}

/** Who tells, and what has been told, in seconds from noon. */
function teller(answer: (message: Message, n: number) => Delivery | Promise<Delivery>, on: Partial<Store> = store) {
  const told: Told[] = [];
  const troubles: [string, string | null][] = [];
  const notices = new Notices({
    store: on as Store,
    messenger: {
      send: async (message) => {
        const { type } = JSON.parse(message.body) as { type: string };
        told.push({ ...message, type, at: Math.round((clock.now() - NOON) / SECOND) });
        return answer(message, told.length);
      },
    },
    clock,
    onTrouble: (...trouble) => troubles.push(trouble),
    dice: () => 0.5,
  });
  return { notices, told, troubles, running: () => notices.run(stop.now.signal, new AbortController().signal) };
}

const campaign = (name: string) =>
  new Scene(store).running(people(1), { name, notifyUrl: `https://${name}.example.com/` });
const state = async (name: string) => {
  const [found] = await store.findCampaigns(name);
  return (await store.progress(found?.id ?? "", NOON)).notices;
};

async function until(ms: number, running: Promise<void>): Promise<void> {
  await clock.advance(ms);
  stop.now.abort();
  await clock.finish(running, MINUTE);
}

test("a receiver is told once, with the event's own id, and what it is about", async () => {
  const { id } = await campaign("spring");
  await store.moveCampaign(id, "pause", { at: NOON, reason: "lunch" });
  const { told, running, troubles } = teller(() => received);
  await until(MINUTE, running());
  expect(told.map(({ type }) => type)).toEqual(["campaign.started", "campaign.paused"]);
  const { events } = await store.events(id, 0, 10);
  expect(told.map(({ id }) => id)).toEqual(events.map(({ id }) => `evt_${id}`));
  expect(JSON.parse(told[1]?.body ?? "")).toMatchObject({
    type: "campaign.paused",
    data: { campaign_id: id, campaign_name: "spring", reason: "lunch" },
  });
  expect([await state("spring"), troubles]).toEqual([{ due: 0, givenUp: 0, error: null, nextTryAt: null }, []]);
});

test("one that fails is told again, later and later, under the same id, until it is given up after a day", async () => {
  await campaign("spring");
  const { told, running, troubles } = teller(() => fails("it answered 500"));
  await until(3 * DAY, running());
  expect(new Set(told.map(({ id }) => id)).size).toBe(1);
  const waits = told.slice(1).map(({ at }, n) => at - (told[n]?.at ?? 0));
  expect(waits).toHaveLength(10);
  expect(waits[0]).toBeLessThan(12);
  for (const [n, wait] of waits.entries()) expect(wait, `wait ${n}`).toBeGreaterThanOrEqual(waits[n - 1] ?? 0);
  expect((told.at(-1)?.at ?? 0) / 3600).toSatisfy((hours: number) => hours > 20 && hours < 30);
  expect(await state("spring")).toMatchObject({ due: 0, givenUp: 1, error: "it answered 500" });
  expect(troubles).toEqual([["spring", "it answered 500"]]);
});

test("one that is back hears everything, and the operator of it", async () => {
  const { id } = await campaign("spring");
  for (const move of ["pause", "resume", "pause"] as const) await store.moveCampaign(id, move, { at: NOON });
  const { told, running, troubles } = teller((_, n) => (n < 4 ? fails("it answered 503") : received));
  await until(HOUR, running());
  // The first again, since only one at a time is tried on a receiver in trouble.
  expect(told.slice(0, 4).every(({ at }, n) => at === 0 || n > 0)).toBe(true);
  expect(new Set(told.map(({ id }) => id)).size).toBe(4);
  expect(told.filter((_, n) => n >= 3)).toHaveLength(4);
  expect(await state("spring")).toEqual({ due: 0, givenUp: 0, error: null, nextTryAt: null });
  expect(troubles).toEqual([
    ["spring", "it answered 503"],
    ["spring", null],
  ]);
});

test("an event that is refused for ever does not hold up the others", async () => {
  const { id } = await campaign("spring");
  await store.moveCampaign(id, "pause", { at: NOON });
  await store.moveCampaign(id, "resume", { at: NOON });
  const { told, running } = teller(({ body }) => (body.includes("campaign.started") ? fails("no") : received));
  await until(MINUTE, running());
  expect(told.filter(({ type }) => type !== "campaign.started").map(({ type }) => type)).toEqual([
    "campaign.paused",
    "campaign.resumed",
  ]);
});

test("one that asks to be left alone is, and one that wants no more hears no more", async () => {
  await campaign("spring");
  await campaign("gone");
  const { told, running } = teller(({ url }) =>
    url.includes("gone") ? fails("it answered 410", { gone: true }) : fails("later", { retryAfter: 2 * HOUR }),
  );
  const at = running();
  await clock.advance(HOUR);
  const { id } = (await store.findCampaigns("gone"))[0] ?? { id: "" };
  await store.moveCampaign(id, "pause", { at: clock.now() });
  await until(DAY / 2, at);
  expect(told.filter(({ url }) => url.includes("gone"))).toHaveLength(1);
  const [first, second] = told.filter(({ url }) => url.includes("spring")).map((each) => each.at);
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(7200);
});

test("one that hangs keeps nobody else waiting", async () => {
  await campaign("slow");
  await campaign("quick");
  const { told, running } = teller(({ url }) =>
    url.includes("slow") ? clock.sleep(10 * SECOND).then(() => fails("no answer")) : received,
  );
  const at = running();
  await clock.advance(SECOND);
  const { id } = (await store.findCampaigns("quick"))[0] ?? { id: "" };
  await store.moveCampaign(id, "pause", { at: clock.now() });
  await clock.advance(6 * SECOND);
  expect(told.filter(({ url }) => url.includes("quick")).map(({ type }) => type)).toEqual([
    "campaign.started",
    "campaign.paused",
  ]);
  await until(MINUTE, at);
});

test("two that tell do not both tell; where one dies after it told, the other tells again under the same id", async () => {
  await campaign("spring");
  const dead = teller(() => new Promise(() => {}));
  const alive = teller(() => received);
  const died = new AbortController();
  void dead.notices.run(died.signal, new AbortController().signal);
  await clock.advance(0);
  died.abort();
  const at = alive.running();
  await clock.advance(50 * SECOND);
  expect([dead.told.length, alive.told.length]).toEqual([1, 0]);
  await until(MINUTE, at);
  expect(alive.told.map(({ id }) => id)).toEqual(dead.told.map(({ id }) => id));
});

test("a database that is away for a while is waited for, and what was told is not lost count of", async () => {
  await campaign("spring");
  let away = true;
  const flaky: Partial<Store> = {
    ...store,
    claimNotices: (...asked) =>
      away ? Promise.reject(new Unavailable("database", "away")) : store.claimNotices(...asked),
  };
  const { told, running } = teller(() => received, flaky);
  const at = running();
  await clock.advance(MINUTE);
  expect(told).toEqual([]);
  away = false;
  await until(MINUTE, at);
  expect(told).toHaveLength(1);
});

test("a command that is over tells what is due, and leaves what is not", async () => {
  await campaign("spring");
  const { notices, told } = teller((_, n) => (n === 1 ? fails("no") : received));
  await clock.finish(notices.flush(AbortSignal.any([])), MINUTE);
  expect(told).toHaveLength(1);
  await clock.advance(MINUTE);
  await clock.finish(notices.flush(AbortSignal.any([])), MINUTE);
  expect(told.map(({ id }) => id)).toEqual([told[0]?.id, told[0]?.id]);
});

test("events are dropped after a week", async () => {
  const { id } = await campaign("spring");
  await store.moveCampaign(id, "pause", { at: NOON + SECOND });
  const { running } = teller(() => received);
  await until(8 * DAY, running());
  expect((await store.events(id, 0, 10)).events.filter(({ type }) => type === "campaign.paused")).toEqual([]);
});
