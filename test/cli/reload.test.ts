/** A key that is rotated under a run: no new calls, live ones kept, and SIGHUP brings in the new settings. */
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, startSandbox } from "../../src/sandbox/index.ts";
import { hears, stopped } from "../support/campaign.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { LosingRoad } from "../support/losing.ts";
import { inside } from "../support/program.ts";

const ALWAYS = "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --delay 100ms --concurrency 2".split(
  " ",
);
const SCRIPT = { others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 0.5 } }], agentJoinsAfter: 0 };

test(
  "a rotated LiveKit key ended the run with a stack: it is said, and SIGHUP makes the run go on",
  { timeout: 60_000 },
  async () => {
    await using sandbox = await startSandbox({ clock: systemClock, script: parseScript(JSON.stringify(SCRIPT)) });
    let rotated = false;
    await using road = await LosingRoad.to(sandbox.httpUrl, () =>
      rotated ? { status: 401, body: "invalid API key" } : "arrives",
    );
    using scratch = new Scratch();
    const settings = (host: string): void =>
      writeFileSync(
        `${scratch.dir}/.env`,
        `LIVEKIT_HOST=${host}\nLIVEKIT_API_KEY=${sandbox.apiKey}\nLIVEKIT_API_SECRET=${sandbox.apiSecret}\n`,
      );
    settings(road.url);
    const csv = scratch.file("c.csv", contactsCsv(8));
    expect(await inside(scratch, "create", "--name", "c", "--csv", csv, ...ALWAYS, "--start")).toMatchObject({
      code: 0,
    });
    const runner = scratch.start("run", "--watch", "--poll", "1s");
    while (sandbox.world.dials.length < 3) await systemClock.sleep(20);
    const heard = hears(runner, "SIGHUP");
    rotated = true;
    expect(await heard).toContain("LiveKit does not know the API key");
    const back = hears(runner, "LiveKit answers again");
    // Half a file is no reason to stop.
    const kept = hears(runner, "the old ones stay");
    writeFileSync(`${scratch.dir}/.env`, "LIVEKIT_HOST=nonsense\n");
    runner.kill("SIGHUP");
    await kept;
    settings(sandbox.httpUrl);
    runner.kill("SIGHUP");
    await back;
    while ((await inside(scratch, "status", "c", "--json")).stdout.includes('"running"')) await systemClock.sleep(200);
    const { code, stderr } = await stopped(runner);
    expect(code).toBe(130);
    expect(stderr).not.toMatch(/ {4}at /);
    const numbers = sandbox.world.dials.map(({ sipCallTo }) => sipCallTo);
    expect([numbers.length, new Set(numbers).size]).toEqual([8, 8]);
  },
);
