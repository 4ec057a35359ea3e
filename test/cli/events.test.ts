/** What a run says, line by line: on the clock of whoever reads it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/domain/calls/run-event.ts";
import { eventText } from "../../src/cli/render/event.ts";
import { program } from "../support/program.ts";

const at = Date.parse("2026-07-01T08:00:00Z");
const campaign = { campaignId: "c1", campaign: "spring" };

const ended = (nextAttemptAt: number): RunEvent => ({
  type: "call_ended",
  at,
  campaignId: "c1",
  callId: "k1",
  attemptId: "a1",
  number: "+1202•••0110",
  status: "pending",
  sipStatus: null,
  ending: "released",
  detail: "drained",
  durationSeconds: null,
  durationUncertainty: null,
  nextAttemptAt,
});

test.each<[RunEvent, string]>([
  [{ type: "campaign_working", at, ...campaign }, "09:00:00  spring: dialing"],
  [
    { type: "campaign_waiting", at, because: "outside calling hours", until: at + 3_600_000, ...campaign },
    "09:00:00  spring: outside calling hours until Wed 1 Jul, 10:00:00 Europe/London",
  ],
  [
    { type: "silent_runner", at, until: at + 30_000 },
    "09:00:00  another runner with live calls is silent; its calls are taken over at 09:00:30",
  ],
  [
    ended(at - 9_000),
    "09:00:00  +1202•••0110  returned to the queue before it was dialed (drained); due again at once",
  ],
  [
    ended(at + 60_000),
    "09:00:00  +1202•••0110  returned to the queue before it was dialed (drained); again at Wed 1 Jul, 09:01:00 Europe/London",
  ],
  [
    { type: "call_relieved", at, campaignId: "c1", callId: "k1", attemptId: "a1", number: "+1202•••0110" },
    "09:00:00  +1202•••0110  taken over by another runner, because this runner's lease ran out",
  ],
  [
    { type: "draining", at, because: "interrupted", live: 2 },
    "09:00:00  no new calls; waiting for 2 live (press Ctrl-C again to leave them to the next run)",
  ],
  [
    { type: "draining", at, because: "time_over", live: 2 },
    "09:00:00  --for has elapsed: no new calls; waiting for 2 live",
  ],
  [{ type: "draining", at, because: "bug", live: 2 }, "09:00:00  internal error: no new calls; waiting for 2 live"],
  [
    { type: "contacts_forgotten", at, ...campaign, rows: 1200, recordings: ["s3://b/1.ogg", "s3://b/2.ogg"] },
    "09:00:00  spring: forgot whom it called, as its retention says (1,200 rows); 2 recordings left for you to remove: s3://b/1.ogg, s3://b/2.ogg",
  ],
  [{ type: "left", at, live: 1 }, "09:00:00  1 live call left to the next run"],
])("times were told in UTC without saying so: %j", (event, line) => {
  expect(eventText(event, "Europe/London")).toBe(line);
});

test("a run reads the machine's clock, and UTC where its name says nothing", async () => {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-events-"));
  writeFileSync(join(dir, "c.csv"), "name,phone_number\nAda,+12025550110\n");
  const env = { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir };
  const run = (line: string, TZ: string): Promise<{ stdout: string }> =>
    program(line.split(" "), { cwd: dir, env: { ...env, TZ } });
  // Closed from now on, wherever the test runs: on the day before.
  const yesterday = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][(new Date().getUTCDay() + 6) % 7];
  await run(
    `create --name s --csv ${join(dir, "c.csv")} --assistant a --days ${yesterday} --hours 0-24 --timezone UTC --rules none --hours-in campaign --start`,
    "UTC",
  );
  expect((await run("run --sandbox", "Asia/Tokyo")).stdout).toMatch(/calling hours until .* 09:00:00 Asia\/Tokyo/);
  expect((await run("run --sandbox", ":/etc/localtime")).stdout).toMatch(/calling hours until .* 00:00:00 UTC/);
  rmSync(dir, { recursive: true });
});
