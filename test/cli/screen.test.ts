/** The screen of a run fits its window, whatever is on it. */
import { Chalk } from "chalk";
import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import { keysIn } from "../../src/cli/keys.ts";
import { bar, cell, cut, wrapped } from "../../src/cli/render/cells.ts";
import { screenLines } from "../../src/cli/render/screen.ts";
import type { CallRow, ScreenState, Size } from "../../src/cli/render/screen-state.ts";
import { HOUR, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { fictionalNumber } from "../support/cli.ts";
import { NOON } from "../support/domain.ts";
import { Rig } from "../support/engine.ts";
import { watch } from "../support/watching.ts";

const plain = new Chalk({ level: 0 });
const colour = new Chalk({ level: 1 });
/** Wide, from right to left, of two signs, and what would steer a terminal. */
const NAMES = ["Ada Lovelace", "山田 太郎", "مريم الخطيب", "👩‍💻 support", "\u001b[2J\u202eevil\n", "x".repeat(5000)];

/** So many campaigns, each with a call that is talked. */
async function busy(campaigns: number): Promise<ScreenState> {
  await using rig = new Rig();
  for (let n = 0; n < campaigns; n++) {
    await rig.start(4, { name: n === 2 ? "a campaign with a name of some length" : `spring-${n}` }, n * 4);
  }
  await using watching = await watch(rig, { parallel: Infinity });
  await rig.clock.advance(6 * SECOND);
  const { state } = watching.screen;
  const calls = state.calls.map((call, n): CallRow => ({ ...call, who: NAMES[n % NAMES.length] ?? "" }));
  return { ...state, calls, events: NAMES.map((name) => ({ text: `12:00:00  ${name}  answered`, tone: "talk" })) };
}

const lines = (state: ScreenState, size: Size, chalk = plain): string[] => screenLines(state, size, chalk);
const SIZES = [40, 80, 200].flatMap((columns) => [1, 2, 5, 10, 24, 60].map((rows) => ({ columns, rows })));

describe("thirteen campaigns", async () => {
  const state = await busy(13);

  test.each([...SIZES, { columns: 1, rows: 24 }, { columns: 7, rows: 24 }])(
    "in $columns columns and $rows lines nothing wraps or scrolls",
    (size) => {
      for (const shown of [state, { ...state, help: true }, { ...state, notice: "y".repeat(300) }]) {
        const drawn = lines(shown, size);
        expect(drawn.length).toBeLessThanOrEqual(Math.max(1, size.rows - 1));
        expect(Math.max(...drawn.map((line) => stringWidth(line)))).toBeLessThan(Math.max(2, size.columns));
        expect(["\u001b", "\u202e", "\n", "\r"].filter((sign) => drawn.join("").includes(sign))).toEqual([]);
      }
    },
  );

  test("on 24 lines all of them are seen, with calls, events and the keys", () => {
    const drawn = lines({ ...state, keys: true }, { columns: 80, rows: 24 });
    expect(drawn.filter((line) => /^.(spring-|a campaign)/.test(line))).toHaveLength(13);
    expect(drawn[1]).toMatch(/CAMPAIGN +DONE +RCHD +ANSW +LIVE +TODAY +PACE +STATE/);
    expect(drawn.join("\n")).toMatch(/ 0:0\d talking +spring-0 +Ada Lovelace/);
    expect(drawn.join("\n")).toMatch(/… \d+ more live/);
    expect(drawn.at(-1)).toMatch(/choose .* p pause .* q .* \? help/);
  });

  test("on ten lines the chosen one is among those that are seen, and the others are counted", () => {
    const chosen = state.campaigns[9]?.report.campaign.id ?? "";
    const drawn = lines({ ...state, chosen }, { columns: 80, rows: 10 });
    expect(drawn.some((line) => line.startsWith("▸spring-9 "))).toBe(true);
    expect(drawn.join("\n")).toMatch(/… \d+ more \(↑ ↓\)/);
  });

  test("a hidden campaign that needs somebody is told of", () => {
    const campaigns = state.campaigns.map((row, n) =>
      n < 12
        ? row
        : { ...row, report: { ...row.report, campaign: { ...row.report.campaign, status: "error" as const } } },
    );
    const drawn = lines({ ...state, campaigns }, { columns: 80, rows: 12 });
    expect(drawn.join("\n")).toMatch(/… \d+ more, ! 1 of them needs you/);
    expect(drawn[0]).toContain("! 1 needs you");
  });

  test("why each that needs somebody is as it is stands below in full, as far as there is room, the chosen one first", () => {
    const because =
      "the last 5 attempts were refused by the trunk: 503 Service Unavailable, and so were all of their retries";
    const alarm = (names: readonly string[]): ScreenState => ({
      ...state,
      campaigns: state.campaigns.map(({ report, eta }) => {
        const { campaign } = report;
        const bad = { ...campaign, status: "paused", statusReason: because } as const;
        return { report: names.includes(campaign.name) ? { ...report, live: 0, campaign: bad } : report, eta };
      }),
    });
    const said = (drawn: readonly string[], name: string): boolean =>
      drawn
        .map((line) => line.trim())
        .join(" ")
        .includes(`${name}: ! paused: ${because}`);
    const one = lines(alarm(["spring-3"]), { columns: 80, rows: 24 });
    expect(said(one, "spring-3")).toBe(true);
    expect(one.filter((line) => /^.(spring-|a campaign)/.test(line))).toHaveLength(13);
    expect(one.join("\n")).toMatch(/talking[^]*answered/);
    const names = ["spring-3", "spring-7", "spring-9"];
    const roomy = lines(alarm(names), { columns: 80, rows: 40 });
    expect(names.map((name) => said(roomy, name))).toEqual([true, true, true]);
    const tight = lines(alarm(names), { columns: 80, rows: 24 });
    expect(names.map((name) => said(tight, name))).toEqual([true, true, false]);
    const chosen = alarm(names).campaigns[9]?.report.campaign.id ?? "";
    expect(said(lines({ ...alarm(names), chosen }, { columns: 80, rows: 24 }), "spring-9")).toBe(true);
    // What fits its line is said once.
    const wide = lines(alarm(["spring-3"]), { columns: 260, rows: 24 });
    expect(wide.filter((line) => line.includes(because))).toHaveLength(1);
  });

  test("colours are ours alone, and go without a word lost", () => {
    const size = { columns: 80, rows: 24 };
    const drawn = lines(state, size, colour);
    expect(drawn.join("")).toContain("\u001b[32m");
    expect(drawn.map(stripVTControlCharacters)).toEqual(lines(state, size));
  });
});

test("thirteen campaigns sent a terminal 39 KB a second: what stays as it was is not sent again", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 30 });
  for (let n = 0; n < 13; n++) await rig.start(40, { name: `spring-${n}`, delay: "2s" }, n * 40);
  await using watching = await watch(rig, { parallel: Infinity });
  await rig.clock.advance(10 * SECOND);
  const before = watching.sent();
  await rig.clock.advance(MINUTE / 2);
  const perSecond = (watching.sent() - before) / 30;
  expect(perSecond).toBeGreaterThan(100);
  expect(perSecond).toBeLessThan(8_000);
});

test("numbers stand below each other at their right end", async () => {
  const drawn = lines(await busy(2), { columns: 80, rows: 24 });
  const end = (drawn[1] ?? "").indexOf("TODAY") + "TODAY".length;
  expect(drawn.slice(2, 4).map((line) => line[end - 1])).toEqual(["0", "0"]);
});

test("what was counted goes on with what happens, and the order stays", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 20 });
  await rig.start(3, { name: "zulu", delay: "1s" });
  await rig.start(3, { name: "alpha", delay: "1s" }, 10);
  await using watching = await watch(rig, { parallel: 2 });
  const order = (): string[] => watching.lines().flatMap((line) => /^.(zulu|alpha|later) /.exec(line)?.[1] ?? []);
  expect(order()).toEqual(["zulu", "alpha"]);
  const counts = rig.store.progress.bind(rig.store);
  let counted = 0;
  rig.store.progress = (...args) => (counted++, counts(...args));
  await rig.clock.advance(15 * SECOND);
  expect(watching.lines()[2]).toMatch(/^.zulu +░+ +0% +0 +100% +3 +3\/1000/);
  await rig.clock.advance(10 * SECOND);
  expect(watching.lines()[2]).toMatch(/^.zulu +█+ +100% +3 +100% +0 /);
  // Not twice a second.
  expect(counted).toBeLessThan(8);
  await rig.start(2, { name: "later" }, 20);
  watching.runner.wake();
  await rig.clock.advance(3 * SECOND);
  expect(order()).toEqual(["zulu", "alpha", "later"]);
});

test("after a pause between hours a campaign was to end much later: the pause counted as part of its pace", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 5 });
  await rig.start(100, { name: "spring", delay: "60s", hours: "12-13,14:30-17", timezone: "UTC" });
  await using watching = await watch(rig);
  const eta = (): number => watching.screen.state.campaigns[0]?.eta ?? Number.NaN;
  await rig.clock.advance(50 * MINUTE);
  // Sixty an hour: the forty that are left after the first are through by ten past three.
  const through = NOON + 3 * HOUR + 10 * MINUTE;
  expect(Math.abs(eta() - through)).toBeLessThan(3 * MINUTE);
  await rig.clock.advance(95 * MINUTE);
  expect(Math.abs(eta() - through)).toBeLessThan(3 * MINUTE);
  await rig.clock.advance(20 * MINUTE);
  expect(watching.lines(200).join("\n")).toMatch(/spring .* dialing.*, ends ~15:[01]\d/);
});

test("what is over makes room: a screen that stays open for days filled with it", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 5 });
  await rig.start(2, { name: "over", delay: "1s" });
  await rig.start(50, { name: "spring", delay: "60s" }, 10);
  await using watching = await watch(rig, { parallel: 2 });
  await rig.clock.advance(5 * MINUTE);
  expect(watching.lines().join("\n")).toMatch(/^.over .* 100% /m);
  await rig.clock.advance(10 * MINUTE);
  expect(watching.lines().join("\n")).not.toContain("over ");
  expect(watching.lines().join("\n")).toMatch(/^.spring .* dialing/m);
});

test("a bug in what is counted ended the run, with its live calls: it is thrown once the screen is gone", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 30 });
  await rig.start(3, { name: "spring", delay: "1s" });
  const watching = await watch(rig);
  await rig.clock.advance(10 * SECOND);
  rig.store.progress = () => Promise.reject(new TypeError("no such thing"));
  await rig.clock.advance(5 * MINUTE);
  expect(watching.lines(200).join("\n")).toContain("spring");
  expect(rig.world.dials.map(({ endedAs }) => endedAs)).toEqual(["talked", "talked", "talked"]);
  await expect(watching[Symbol.asyncDispose]()).rejects.toThrow("no such thing");
});

test("the first line counts the calls of all runners, as the lines below do", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 600 });
  await rig.start(6, { name: "spring", delay: "1s", concurrency: 6 });
  const other = rig.work({ watch: true });
  await rig.clock.advance(4 * SECOND);
  await using watching = await watch(rig);
  await rig.clock.advance(10 * SECOND);
  expect(watching.screen.state.calls.length).toBeLessThan(6);
  expect(watching.lines()[0]).toMatch(/^1 running · 6 live/);
  other.drain.abort();
  other.leave.abort();
});

test("of a call that is about to ring the screen says where it is, and an event says campaign and contact", async () => {
  await using rig = new Rig();
  rig.script({ others: [{ weight: 1, behaviour: { does: "answer", rings: 8, talks: 30 } }], agentJoinsAfter: 1.5 });
  await rig.start(1, { name: "spring" });
  await using watching = await watch(rig);
  const states = new Set<string>();
  for (let n = 0; n < 16; n++) {
    for (const { state } of watching.screen.state.calls) states.add(state);
    await rig.clock.advance(SECOND);
  }
  expect([...states]).toEqual(["agent", "dialing", "ringing", "talking"]);
  expect(watching.lines(200).join("\n")).toMatch(/spring +Contact 0 +answered/);
});

test("red needs somebody, yellow waits", async () => {
  await using rig = new Rig();
  rig.behave({ does: "refuse", status: 503, reason: "Service Unavailable" });
  await rig.start(30, { name: "broken", delay: "1s" });
  const id = await rig.start(3, { name: "waiting" }, 40);
  await rig.campaigns.pause(id);
  await using watching = await watch(rig);
  await rig.clock.advance(3 * MINUTE);
  await rig.start(3, { name: "later", hours: "23-24", timezone: "UTC" }, 50);
  watching.runner.wake();
  await rig.clock.advance(5 * SECOND);
  const drawn = screenLines(watching.screen.state, { columns: 200, rows: 24 }, colour);
  const colourOf = (name: string): string => drawn.find((line) => line.includes(name))?.slice(0, 5) ?? "";
  expect([colourOf("broken"), colourOf("later")]).toEqual(["\u001b[31m", "\u001b[33m"]);
});

test("a paused campaign stays while its calls are live, and the pause is an event", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 1, talks: 120 });
  const id = await rig.start(5, { name: "spring", delay: "1s", concurrency: 2 });
  await using watching = await watch(rig);
  await rig.clock.advance(10 * SECOND);
  await rig.campaigns.pause(id);
  await rig.clock.advance(MINUTE / 2);
  expect(rig.said("campaign_paused")).toMatchObject([{ because: "paused by the operator" }]);
  expect(watching.lines().join("\n")).toMatch(/^.spring .* 2 +2\/1000 +1s paused by you/m);
  expect(watching.lines(120).join("\n")).toContain("spring: paused by the operator; campaigns resume continues");
  await rig.campaigns.resume(id);
  await rig.clock.advance(MINUTE / 2);
  await rig.campaigns.stop(id);
  await rig.clock.advance(MINUTE / 2);
  expect(rig.said("campaign_completed")).toMatchObject([{ because: "stopped by the operator" }]);
  expect(watching.lines().join("\n")).toMatch(/^.spring .* 2 +2\/1000 +1s stopped by the operator$/m);
});

test("after the breaker's pause the screen shows what the store has", async () => {
  await using rig = new Rig();
  rig.behave({ does: "refuse", status: 503, reason: "Service Unavailable", after: 4 });
  const id = await rig.start(30, { name: "spring", delay: "1s", concurrency: 9 });
  await using watching = await watch(rig);
  await rig.clock.advance(3 * MINUTE);
  const { campaign, today, progress } = await rig.report(id);
  expect(campaign.status).toBe("paused");
  const [row] = watching.screen.state.campaigns;
  expect(row?.report).toMatchObject({ today, progress, live: 0 });
});

test("a runner that pauses a campaign itself tells of it once", async () => {
  await using rig = new Rig();
  rig.behave({ does: "refuse", status: 503, reason: "Service Unavailable" });
  await rig.start(30, { delay: "1s" });
  const working = rig.work({ watch: true, poll: SECOND });
  await rig.clock.advance(3 * MINUTE);
  expect(rig.said("campaign_paused")).toHaveLength(1);
  working.drain.abort();
  working.leave.abort();
  await rig.clock.advance(SECOND);
});

test("names are hidden from those who look over a shoulder", async () => {
  await using rig = new Rig();
  await rig.start(2, { name: "spring" });
  await using watching = await watch(rig, {}, { names: false });
  await rig.clock.advance(5 * SECOND);
  const drawn = watching.lines(200, 60).join("\n");
  expect(drawn).not.toContain("Contact 0");
  expect(drawn).toContain("+1201•••0100");
  expect(drawn).not.toContain(fictionalNumber(0));
});

test.each([
  ["p", ["pause"]],
  ["\u001b[A\u001b[Bq?", ["up", "down", "quit", "help"]],
  ["\u001bOA", ["up"]],
  ["\u0003\u001a", ["interrupt", "suspend"]],
  ["\u001b[1;5Dx\u001b[200~", []],
])("%j typed is %j", (typed, keys) => {
  expect(keysIn(typed)).toEqual(keys);
});

test.each([
  ["山田", 3, "山…"],
  ["abc", 0, ""],
  ["a\nb", 9, "a\\nb"],
])("%j in %d columns is %j", (text, room, shown) => {
  expect(cut(text, room)).toBe(shown);
});

test("what is wrapped ends with … where there are not lines enough", () => {
  expect(wrapped("one two three four", 9, 2)).toEqual(["one two", "three fo…"]);
  expect(wrapped("one two three four", 9, 3)).toEqual(["one two", "three", "four"]);
});

test("a cell is as wide as its column, and a bar is full only at the end", () => {
  expect([cell("山", 4), cell("7", 3, "right")]).toEqual(["山  ", "  7"]);
  expect([bar(0, 4), bar(0.001, 4), bar(0.999, 4), bar(1, 4), bar(0.5, 0)]).toEqual([
    "░░░░",
    "█░░░",
    "███░",
    "████",
    "",
  ]);
});
