/** A callback as an operator promises, sees and takes it back. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { when } from "../../src/domain/time/when.ts";
import { Folder, fictionalNumber, type Ran } from "../support/cli.ts";
import { Rig } from "../support/engine.ts";
import { program } from "../support/program.ts";

let folder: Folder;
let campaign: string;
let call: string;
let byDay: string;
let stopped: string;
beforeEach(async () => {
  folder = new Folder();
  await using rig = new Rig(undefined, folder.db);
  campaign = await rig.start(1, { name: "c" });
  await rig.run();
  const office = await rig.start(1, { hours: "9-17" }, 1);
  const over = await rig.start(1, { name: "s" }, 2);
  await rig.campaigns.stop(over);
  const callOf = async (id: string, n: number): Promise<string> =>
    (await rig.store.callHistory(id, fictionalNumber(n)))?.call.id ?? "none";
  call = await callOf(campaign, 0);
  byDay = await callOf(office, 1);
  stopped = await callOf(over, 2);
});
afterEach(() => folder[Symbol.dispose]());

const run = (...argv: string[]): Promise<Ran> =>
  program(argv, { cwd: folder.dir, env: { CAMPAIGNS_DB: folder.db, HOME: folder.dir, TZ: "UTC" } });
const json = async <T = unknown>(...argv: string[]): Promise<T> =>
  JSON.parse((await run(...argv, "--json")).stdout) as T;

/** The only call of the campaign. */
const first = async (): Promise<{ callback_at: string } | undefined> =>
  (await json<{ calls: { callback_at: string }[] }>("calls", campaign)).calls[0];

test("is promised on a clock that is named, and shown wherever the call is", async () => {
  const promised = await run(
    "outcome",
    call,
    "callback",
    "--at",
    "in 26h",
    "--zone",
    "Europe/Berlin",
    "--notes",
    "keen",
  );
  expect(promised).toMatchObject({ code: 0, stderr: "" });
  const shown = await json("explain", campaign, fictionalNumber(0));
  const row = await first();
  expect(row).toMatchObject({ callback_zone: "Europe/Berlin", outcome: "callback", status: "pending", notes: "keen" });
  const at = Date.parse(row?.callback_at ?? "");
  expect(Math.abs(at - Date.now() - 26 * 3_600_000)).toBeLessThan(120_000);
  const text = when(at, "Europe/Berlin");
  expect(promised.stdout).toBe(`recorded callback for call ${call}: called again ${text}\n`);
  expect(JSON.stringify(shown)).toContain(row?.callback_at);
  expect((await run("explain", campaign, fictionalNumber(0))).stdout).toContain(`A callback is promised for ${text}`);
  expect((await run("calls", campaign, "--csv")).stdout).toContain(`${row?.callback_at},Europe/Berlin`);
  expect((await run("status", campaign)).stdout).toMatch(/callbacks 1 promised, 0 for today, next /);
  expect(await json("status", campaign)).toMatchObject({ execution_status: "running", callbacks: { open: 1 } });
});

test("is moved by another one, and taken back by any other outcome", async () => {
  type Row = Record<string, unknown>;
  const soon = await json<Row>("outcome", call, "callback", "--at", "in 2h");
  const second = await json<Row>("outcome", call, "callback", "--at", "in 3h");
  expect(soon["callback_at"]).not.toBe(second["callback_at"]);
  expect(second).toMatchObject({ status: "pending", outcome: "callback" });
  expect(await json("outcome", call, "callback")).toMatchObject({ callback_at: second["callback_at"] });
  const back = await json<Row>("outcome", call, "not_interested");
  expect(back).toMatchObject({
    status: "completed",
    outcome: "not_interested",
    callback_at: null,
    callback_zone: null,
  });
  expect((await run("status", campaign)).stdout).not.toContain("callbacks");
});

test.each([
  [["--at", "2020-01-01T10:00Z"], /expected a time to come, got /],
  [
    ["--at", "2027-03-28T01:30", "--zone", "Europe/London"],
    /does not exist in Europe\/London: the clock is put forward/,
  ],
  [["--at", "2027-10-31T01:30", "--zone", "Europe/London"], /there twice in Europe\/London[\s\S]*with its offset/],
  [["--at", "in 500d"], /expected a time within a year/],
])("%j is refused, and nothing is stored", async (options, reason) => {
  const refused = await run("outcome", call, "callback", ...options);
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toMatch(reason);
  expect(await first()).toMatchObject({ outcome: null, callback_at: null });
});

test.each([
  [["--at", "in 2h", "--zone", "Mars"], /--zone: expected the name of a time zone such as Europe\/London, got "Mars"/],
  [["--at", "soon"], /--at: expected a time such as tue 15:00.*, got "soon"/],
  [["--at", "yesterday"], /--at: expected a time such as tue 15:00.*, got "yesterday"/],
])("%j was refused as if the campaign had said no, and did not say which option", async (options, reason) => {
  const refused = await run("outcome", call, "callback", ...options);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(reason);
  expect(await first()).toMatchObject({ outcome: null, callback_at: null });
});

test("is refused outside the hours, with the next time that is allowed", async () => {
  const refused = await run("outcome", byDay, "callback", "--at", "tomorrow 3:00", "--zone", "UTC");
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toMatch(/must not be called .*03:00[\s\S]*the next time that is allowed is .*09:00/);
  const told = JSON.parse(
    (await run("outcome", byDay, "callback", "--at", "tomorrow 3:00", "--json")).stderr,
  ) as object;
  expect(told).toMatchObject({ error: { code: "callback_refused" } });
});

test("is refused to a number on the do-not-call list, and in a campaign that was stopped", async () => {
  expect((await run("outcome", stopped, "callback", "--at", "in 2h")).stderr).toMatch(/"s" was stopped/);
  await run("dnc", "add", fictionalNumber(0));
  const refused = await run("outcome", call, "callback", "--at", "in 2h");
  expect(refused).toMatchObject({ code: 1, stdout: "" });
  expect(refused.stderr).toContain("on the do-not-call list: nobody calls it again");
  expect(refused.stderr).not.toContain(fictionalNumber(0));
});

test("--at and --zone without what they belong to are wrong usage", async () => {
  for (const words of [
    ["interested", "--at", "in 2h"],
    ["callback", "--zone", "UTC"],
  ])
    expect(await run("outcome", call, ...words)).toMatchObject({ code: 2, stdout: "" });
});
