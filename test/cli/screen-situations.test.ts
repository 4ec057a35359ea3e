/** An operator who reads only the screen can say why nothing is being dialed. */
import { ServerError } from "livekit-server-sdk";
import { Chalk } from "chalk";
import { expect, test } from "vitest";
import type { LiveKitClients } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { explainText } from "../../src/cli/render/explain.ts";
import { listText, statusText } from "../../src/cli/render/text.ts";
import { widthOf } from "../../src/cli/render/width.ts";
import type { WaitReason } from "../../src/domain/calls/plan.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import { Unavailable } from "../../src/engine/errors.ts";
import { DoNotCallList } from "../../src/engine/manage/do-not-call.ts";
import { directClients } from "../../src/sandbox/index.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { fictionalNumber } from "../support/cli.ts";
import { NOON } from "../support/domain.ts";
import { Rig } from "../support/engine.ts";
import { refusing } from "../support/troubled.ts";
import { watch, type Watching } from "../support/watching.ts";

const BUSY = { does: "refuse", status: 486, reason: "Busy Here", after: 0 };
const TALK = { does: "answer", rings: 1, talks: 600 };
const TRUNK = SANDBOX_TRUNK.sipTrunkId;

async function* once<T>(batch: T): AsyncGenerator<T> {
  yield await Promise.resolve(batch);
}

/** Stages it at noon; returns what is looked at. */
type Stage = (rig: Rig) => Promise<Watching>;

/** A minute of a campaign whose callees do this. */
const after =
  (behaviour: object, contacts: number, input: Parameters<Rig["start"]>[1] = {}, wait = MINUTE): Stage =>
  async (rig) => {
    rig.behave(behaviour);
    await rig.start(contacts, { name: "spring", delay: "1s", ...input });
    const watching = await watch(rig, { host: "box" });
    await rig.clock.advance(wait);
    return watching;
  };

/** LiveKit as it answers whoever has a key that was withdrawn. */
function withdrawn(rig: Rig): LiveKitTelephony {
  const refusal = new ServerError("Unauthorized", "invalid API key", 401);
  const groups = Object.entries(directClients(rig.world, rig.clock)).map(([name, group]) => [
    name,
    refusing(group as object, refusal, () => rig.clock.now() >= NOON + 10 * SECOND),
  ]);
  return new LiveKitTelephony(Object.fromEntries(groups) as LiveKitClients, rig.clock, "ai");
}

/** What the line of the campaign, or the first line, says at 80 columns, and at 200. */
const SITUATIONS: Readonly<Record<string, readonly [Stage, string, string]>> = {
  "the operator paused it": [
    async (rig) => {
      const watching = await after(TALK, 9, { concurrency: 2 })(rig);
      const [campaign] = await rig.campaigns.list();
      await rig.campaigns.pause(campaign?.id ?? "");
      watching.runner.wake();
      await rig.clock.advance(2 * SECOND);
      return watching;
    },
    "paused by you",
    "paused by the operator; 2 live calls go on",
  ],
  "the circuit breaker paused it": [
    after({ does: "refuse", status: 503, reason: "Service Unavailable" }, 30, {}, 3 * MINUTE),
    "! paused: ",
    "the trunk refused or failed",
  ],
  "it is outside calling hours": [
    after(BUSY, 1, { rules: undefined }),
    "closed to 13:00",
    "outside calling hours until 13:00, in 59 min; rule US (US federal (TCPA/TSR)) allows every day 8:00-21:00 there",
  ],
  "the cap of the day is reached": [
    after(BUSY, 9, { dailyCap: 2 }),
    "day's cap to Tue 00:00",
    "daily cap reached (2 of 2) until Tue 00:00, in 12 h",
  ],
  "the budget is spent": [
    after({ does: "answer", rings: 0, talks: 1 }, 9, { budget: "3.15", prices: "prefix,per_minute\n+1,0.1" }),
    "! budget of 3.15 USD",
    "! budget of 3.15 USD: 0.10 spent, 0.00 reserved, 3.05 left; the next call may cost 3.10; campaigns apply raises it",
  ],
  "the trunk has no free line": [
    async (rig) => {
      await rig.store.setTrunkLimit({ trunkId: TRUNK, interval: 0, concurrency: 2 }, NOON);
      return after(TALK, 9)(rig);
    },
    "trunk full",
    "the trunk is at its limit (2 live)",
  ],
  "as many calls as allowed are live": [after(TALK, 9, { concurrency: 3 }), "at capacity", "at capacity (3 live)"],
  "all agents are busy": [
    async (rig) => {
      rig.script({ agentPool: 2, others: [{ weight: 1, behaviour: TALK }] });
      await rig.start(20, { name: "spring", delay: "1s", concurrency: 10 });
      const watching = await watch(rig);
      await rig.clock.advance(2 * MINUTE);
      return watching;
    },
    "agents: about 2 at once",
    "agents: about 2 at once",
  ],
  "another campaign goes first": [
    async (rig) => {
      rig.behave(TALK);
      await rig.start(9, { name: "first", delay: "1s", concurrency: 2 });
      await rig.start(3, { name: "spring" }, 50);
      const watching = await watch(rig);
      await rig.clock.advance(MINUTE);
      return watching;
    },
    "behind first",
    'waits for its turn behind "first"',
  ],
  "everybody waits to be tried again": [
    after(BUSY, 3, { maxAttempts: 3, retryAfter: "30m" }),
    "next due 12:3",
    "no call is due until 12:3",
  ],
  "a cap protects the numbers": [
    after(BUSY, 1, { maxAttempts: 3, retryAfter: "1m", maxPerContact: "1/7d" }, 5 * MINUTE),
    "next due 30 Nov",
    "no call is due until 30 Nov, in 7 days; rule max-per-contact: enough calls to this number",
  ],
  "a callback is promised": [
    async (rig) => {
      rig.behave({ does: "answer", rings: 0, talks: 1 });
      const id = await rig.start(1, { name: "spring" });
      const watching = await watch(rig);
      await rig.clock.advance(30 * SECOND);
      const { call } = await rig.campaigns.explain(id, fictionalNumber(0));
      await rig.campaigns.promiseCallback(call.id, { said: "2026-11-23T15:00", zone: "UTC" }, null);
      watching.runner.wake();
      await rig.clock.advance(2 * SECOND);
      return watching;
    },
    "callback 15:00",
    "waiting for the next callback until 15:00, in 3 h",
  ],
  "everybody is on the do-not-call list": [
    async (rig) => {
      await rig.start(2, { name: "spring" });
      const entry = { source: "operator", reason: null, addedAt: rig.clock.now() };
      await rig.store.addDoNotCall([0, 1].map((n) => ({ phoneNumber: fictionalNumber(n), ...entry })));
      const watching = await watch(rig);
      await rig.clock.advance(MINUTE);
      return watching;
    },
    "done",
    "done; 2 × the number is on the do-not-call list",
  ],
  "a do-not-call list is too old": [
    async (rig) => {
      const id = await rig.create(9, { name: "spring", delay: "1h", needsDnc: "ftc", maxAge: "2h" });
      const list = { filename: "ftc.csv", batches: once([fictionalNumber(90)]), rejected: () => 0 };
      await new DoNotCallList(rig.store, rig.clock, rig.newId).import(list, { source: "ftc" }, true);
      await rig.campaigns.start(id);
      await rig.clock.advance(4 * HOUR);
      const watching = await watch(rig);
      await rig.clock.advance(30 * SECOND);
      return watching;
    },
    '! the do-not-call list "ftc"',
    '! the do-not-call list "ftc" is 4 hours old, and must not be older than 2h; campaigns dnc import FILE --source ftc',
  ],
  "it cannot run as it is set up": [after(TALK, 1, { trunk: "ST_gone" }), "! cannot run: ", "ST_gone"],
  "LiveKit refuses the key": [
    async (rig) => {
      rig.behave({ does: "answer", rings: 0, talks: 2 });
      await rig.start(40, { name: "spring", delay: "1s" });
      const watching = await watch(rig, { host: "box" }, { telephony: withdrawn(rig) });
      await rig.clock.advance(MINUTE);
      return watching;
    },
    "! LiveKit does not know the API key, or its secret is another",
    "held up: see the first line",
  ],
  "the database is down": [
    async (rig) => {
      await rig.start(40, { name: "spring", delay: "1s" });
      const down = new Unavailable("database", "the database cannot be reached");
      const store = refusing(rig.store, down, () => rig.clock.now() >= NOON + 10 * SECOND);
      const watching = await watch(rig, { host: "box" }, { store });
      await rig.clock.advance(MINUTE);
      return watching;
    },
    "! the database cannot be reached",
    "the database cannot be reached",
  ],
  "no new calls are taken": [
    async (rig) => {
      const watching = await after(TALK, 9, { concurrency: 2 })(rig);
      watching.drain.abort();
      await rig.clock.advance(2 * SECOND);
      return watching;
    },
    "last calls",
    "no new calls; the last are live",
  ],
};

const plain = new Chalk({ level: 0 });
/** What the runner alone knows it leaves in the store, for status and explain. */
const LEFT_IN_THE_STORE = new Map([
  [
    "LiveKit refuses the key",
    "the runner on box is held up: LiveKit does not know the API key, or its secret is another",
  ],
  ["no new calls are taken", "the runner on box drains: nothing new is dialed"],
]);

test.each(Object.keys(SITUATIONS))("%s", async (situation) => {
  await using rig = new Rig();
  const [stage, short, long] = SITUATIONS[situation] ?? [];
  await using watching = (await stage?.(rig)) ?? (await watch(rig));
  const line = (columns: number): string => {
    const [title = "", ...lines] = watching.lines(columns);
    return `${lines.find((text) => /^.spring/.test(text)) ?? ""}\n${title.startsWith("!") ? title : ""}`;
  };
  expect(line(80)).toContain(short);
  expect(line(200)).toContain(long);
  // Where a line is short, why stands below it; what is wrong with all campaigns, in the first line.
  const inFull = long?.startsWith("held up") === true ? short : long;
  for (const columns of short?.startsWith("!") === true ? [40, 80] : [40]) {
    const lines = watching.lines(columns);
    expect(lines.map((text) => text.trim()).join(" ")).toContain(inFull);
    expect(lines.filter((text) => widthOf(text) >= columns)).toEqual([]);
  }

  // Nobody else can be told: status fails itself.
  if (situation === "the database is down") return;
  const [campaign] = (await rig.campaigns.list()).filter(({ name }) => name === "spring");
  const report = await rig.report(campaign?.id ?? "");
  const { because, plan, closed } = report;
  const left = LEFT_IN_THE_STORE.get(situation);
  if (left !== undefined) expect(because).toContain(left);
  else if (report.campaign.status !== "completed") expect(line(200)).toContain(because?.slice(0, 80));
  expect(statusText(report, plain).join("\n")).toContain(because);
  const { calls } = await rig.campaigns.calls(report.campaign.id, { limit: 100 });
  const waiting = calls.find(({ nextAttemptAt }) => nextAttemptAt !== null);
  if (waiting === undefined) return;
  const ofOne = new Map<WaitReason, string | undefined>([
    ["outside_hours", closed[0]],
    ["not_due", waiting.heldBy ?? "The next attempt is due"],
    ["callback", "A callback is promised"],
  ]).get(plan.do === "wait" && left === undefined ? plan.because : "pace");
  expect(explainText(await rig.campaigns.explain(report.campaign.id, waiting.contact.phoneNumber))).toContain(
    ofOne ?? because,
  );
});

test("a runner that is well again, or beside one that is not, is said to dial", async () => {
  await using rig = new Rig();
  rig.behave({ does: "answer", rings: 0, talks: 2 });
  const id = await rig.start(60, { name: "spring", delay: "1s", concurrency: 2 });
  const down = new Unavailable("livekit_key", "played");
  let refuses = true;
  const telephony = refusing(rig.telephony, down, () => refuses && rig.clock.now() >= NOON + 10 * SECOND);
  await using watching = await watch(rig, { runnerId: "a", host: "box" }, { telephony });
  await rig.clock.advance(MINUTE / 2);
  expect(await rig.report(id)).toMatchObject({ nobodyDials: true, because: "the runner on box is held up: played" });
  const other = rig.work({ watch: true, runnerId: "b", host: "shelf" });
  await rig.clock.advance(2 * SECOND);
  const beside = await rig.report(id);
  expect(beside).toMatchObject({ nobodyDials: false });
  expect(statusText(beside, plain).join("\n")).toContain("runners   2 are up; the runner on box is held up: played");
  expect(watching.lines(200).join("\n")).toContain("! played");
  other.drain.abort();
  refuses = false;
  await rig.clock.advance(5 * SECOND);
  expect((await rig.report(id)).progress.heldUp.filter((why) => why.includes("box"))).toEqual([]);
  other.leave.abort();
});

test("no runner is up", async () => {
  await using rig = new Rig();
  const id = await rig.start(3, { name: "spring" });
  await rig.clock.advance(DAY);
  const [, line = ""] = listText([await rig.report(id)], plain, 80);
  expect(line).toMatch(/spring +running +0\/3 .* no runner is up$/);
});
