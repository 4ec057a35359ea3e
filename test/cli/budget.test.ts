/** A budget through real processes: as many phones ring at the far side as it is enough for, whoever is killed meanwhile. */
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, startSandbox, type Sandbox, type Script } from "../../src/sandbox/index.ts";
import { contactsCsv, Scratch } from "../support/cli.ts";
import { inside } from "../support/program.ts";

/** 5 s of ringing and 50 s of talk are one minute at most, with what clocks may be apart: 0.10, as any answered call. */
const SETTINGS =
  "--hours 0-24 --days all --rules none --timezone UTC --assistant a --ring 5s --max-duration 50s --delay 0s --usual-hang-ups 100%";
const PRICES = "prefix,per_minute\n+1,0.10\n";

const talking = (seconds: number): Script =>
  parseScript(JSON.stringify({ others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: seconds } }] }));

/** In this process, but for runs, which are to die. */
const asked = (scratch: Scratch, ...args: string[]) =>
  args[0] === "run" ? scratch.run(...args) : inside(scratch, ...args);

async function good(scratch: Scratch, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await asked(scratch, ...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function created(sandbox: Sandbox, contacts: number, budget: string): Promise<Scratch> {
  const scratch = new Scratch(sandbox);
  const csv = scratch.file("c.csv", contactsCsv(contacts));
  const priced = ["--budget", budget, "--prices", scratch.file("prices.csv", PRICES)];
  await good(scratch, "create", "--name", "spring", "--csv", csv, ...SETTINGS.split(" "), ...priced, "--start");
  return scratch;
}

const statusOf = async (scratch: Scratch) =>
  JSON.parse(await good(scratch, "status", "spring", "--json")) as {
    execution_status: string;
    waiting_because: string;
    calls: Record<string, number>;
    budget: { spent: number; reserved: number; left: number };
  };

function paidIn(path: string): Record<string, unknown>[] {
  using db = new DatabaseSync(path, { readOnly: true });
  return db.prepare("select phone_number, ending from call_attempts where cost_micros > 0").all();
}

describe("a budget", () => {
  test("that is enough for 5 of 9 calls dials 5, with two runs at once, and goes on once it is larger", async () => {
    await using sandbox = await startSandbox({ clock: systemClock, script: talking(0.2) });
    using scratch = await created(sandbox, 9, "0.59");
    const passes = await Promise.all([scratch.run("run"), scratch.run("run")]);
    expect(passes.map(({ code }) => code)).toEqual([0, 0]);
    expect(sandbox.world.dials).toHaveLength(5);
    expect(await statusOf(scratch)).toMatchObject({
      execution_status: "running",
      waiting_because:
        "budget of 0.59 USD: 0.50 spent, 0.00 reserved, 0.09 left; the next call may cost 0.10; campaigns apply raises it",
      calls: { completed: 5, pending: 4 },
      budget: { spent: 0.5, reserved: 0, left: 0.09 },
    });
    await good(scratch, "run");
    expect(sandbox.world.dials).toHaveLength(5);

    await good(scratch, "pause", "spring");
    const smaller = (await good(scratch, "export", "spring")).replace("budget: 0.59 USD", "budget: 0.3");
    expect(await good(scratch, "apply", "-f", scratch.file("spring.yaml", smaller))).toContain(
      "budget: 0.59 USD → 0.3 USD",
    );
    await good(scratch, "resume", "spring");
    await good(scratch, "run");
    expect(sandbox.world.dials).toHaveLength(5);
    expect((await statusOf(scratch)).budget.left).toBe(-0.2);

    await good(scratch, "pause", "spring");
    await good(scratch, "apply", "-f", scratch.file("spring.yaml", smaller.replace("budget: 0.3", "budget: 0.7")));
    await good(scratch, "resume", "spring");
    await good(scratch, "run");
    expect(sandbox.world.dials).toHaveLength(7);
    expect(await good(scratch, "audit", "--campaign", "spring")).toContain("budget");
  }, 240_000);

  test("is kept by runs that are killed again and again", async () => {
    await using sandbox = await startSandbox({ clock: systemClock, script: talking(3) });
    using scratch = await created(sandbox, 30, "0.75");
    for (const dials of [1, 3, 5]) {
      const run = scratch.start("run", "--lease", "2s");
      while (sandbox.world.dials.length < dials && run.exitCode === null) await systemClock.sleep(20);
      run.kill("SIGKILL");
      await run.ended;
      expect(sandbox.world.dials.length).toBeLessThanOrEqual(7);
    }
    sandbox.world.script = talking(0.2);
    await good(scratch, "run", "--lease", "2s");
    const { budget } = await statusOf(scratch);
    // Each cost a minute, or is lost and keeps what it may have cost, should its phone not have rung.
    expect(budget.spent + budget.reserved).toBeCloseTo(0.7);
    const rung = new Set(sandbox.world.dials.map(({ sipCallTo }) => sipCallTo));
    expect(rung.size).toBe(sandbox.world.dials.length);
    const paid = paidIn(scratch.db);
    expect(paid).toHaveLength(7);
    for (const number of rung) expect(paid.map((attempt) => attempt["phone_number"])).toContain(number);
    for (const attempt of paid)
      if (!rung.has(String(attempt["phone_number"]))) expect(attempt).toMatchObject({ ending: "lost" });
  }, 180_000);

  test("is reckoned with before the start: what it will cost, and for how many it is enough", async () => {
    using scratch = new Scratch();
    const csv = scratch.file("c.csv", contactsCsv(20));
    const priced = ["--budget", "1", "--prices", scratch.file("prices.csv", PRICES)];
    await good(scratch, "create", "--name", "spring", "--csv", csv, ...SETTINGS.split(" "), ...priced);
    const usual = await good(scratch, "start", "spring", "--dry-run");
    expect(usual).toMatch(/expected cost +0\.60 if 30 % answer, 2\.00 if every call lasts/);
    expect(usual).toMatch(/enough for +about 20 contacts, and 10 in any case/);
    const said = await good(scratch, "start", "spring", "--dry-run", "--answer-rate", "50%");
    expect(said).toMatch(/expected cost +1\.00 if 50 % answer/);
    expect(await asked(scratch, "start", "spring", "--dry-run", "--answer-rate", "101")).toMatchObject({ code: 2 });
  });

  test("without a price for every number starts nothing, and says how many have none", async () => {
    await using sandbox = await startSandbox({ clock: systemClock, script: talking(0.2) });
    using scratch = new Scratch(sandbox);
    const csv = scratch.file("c.csv", `${contactsCsv(3)}\nAda,+447700900123\nBo,+447700900124\n`);
    const priced = ["--budget", "5", "--prices", scratch.file("prices.csv", PRICES)];
    await good(scratch, "create", "--name", "spring", "--csv", csv, ...SETTINGS.split(" "), ...priced);
    expect(await good(scratch, "start", "spring", "--dry-run")).toContain("no price for    2 contacts");
    expect(await asked(scratch, "start", "spring")).toMatchObject({
      code: 1,
      stderr:
        'campaigns: cannot start "spring": the prices say nothing of 2 contacts\' numbers\n' +
        "  add their prefixes to the prices: campaigns apply changes them\n",
    });
  }, 60_000);
});
