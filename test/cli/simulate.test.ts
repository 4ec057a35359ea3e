/** simulate, as an operator asks for it. */
import { expect, test } from "vitest";
import { contactsCsv, Folder } from "../support/cli.ts";
import { objectsOf } from "../support/outputs.ts";
import { program } from "../support/program.ts";

function desk() {
  const folder = new Folder();
  folder.file("contacts.csv", contactsCsv(120));
  const run = (...argv: string[]) => program(argv, { cwd: folder.dir, env: { CAMPAIGNS_DB: folder.db, TZ: "UTC" } });
  const create = (name: string, ...more: string[]) =>
    run("create", "--name", name, "--csv", "contacts.csv", "--assistant", "a1", "--rules", "none", ...more);
  const file = (name: string, text: string) => folder.file(name, text);
  return { run, create, file, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("says when it ends, how many are reached, how many agents and how much money it takes; the same for the same seed", async () => {
  using at = desk();
  await at.create("spring", "--max-attempts", "2", "--hours", "0-24", "--days", "all", "--hours-in", "campaign");
  const play = async (...argv: string[]) => {
    const { code, stdout } = await at.run("simulate", "spring", "--json", ...argv);
    expect(code).toBe(0);
    return JSON.parse(stdout) as { dials: { p50: number }; cost: { p50: number }; billed_minutes: { p50: number } };
  };
  const said = await play("--seed", "7", "--answer-rate", "50%", "--agents", "3", "--price", "0.5");
  expect(said).toMatchObject({ seed: 7, learned_from: 0, answer_rate: 0.5, peak_live: { p90: 3 } });
  expect(said.cost.p50).toBe(said.billed_minutes.p50 * 0.5);
  expect(said.dials.p50).toBeGreaterThan(120);
  const { preflight: _, hours: __, ends_at: ___, ...fixed } = said as unknown as Record<string, unknown>;
  expect(await play("--seed", "7", "--answer-rate", "50%", "--agents", "3", "--price", "0.5")).toMatchObject(fixed);

  const { stdout } = await at.run("simulate", "spring", "--price", "0.01");
  for (const word of ["P10", "ends", "not reached", "busiest hour", "cost", "agents needed", "is assumed", "--seed"])
    expect(stdout).toContain(word);
  // It reads, and that is all.
  expect(JSON.parse((await at.run("status", "spring", "--json")).stdout)).toMatchObject({
    execution_status: "idle",
    dials: 0,
    total: 0,
  });
});

test("a budget that ends it is said with when, what is spent of it and how many it is enough for", async () => {
  using at = desk();
  at.file("prices.csv", "prefix,per_minute\n+1,0.10\n");
  const budget = ["--budget", "0.95", "--prices", "prices.csv", "--ring", "15s", "--max-duration", "40s"];
  await at.create("spring", "--hours", "0-24", "--days", "all", "--hours-in", "campaign", "--delay", "0s", ...budget);
  const { stdout } = await at.run("simulate", "spring", "--json", "--seed", "7", "--answer-rate", "100");
  objectsOf("simulate", stdout);
  const usedUp = expect.stringMatching(/^20/) as string;
  expect(JSON.parse(stdout)).toMatchObject({
    budget: {
      amount: 0.95,
      currency: "USD",
      spent: { p50: 0.9 },
      used_up_at: { p10: usedUp, p50: usedUp, p90: usedUp },
    },
    dials: { p50: 9 },
    ends_at: { p50: null },
  });
  const said = (await at.run("simulate", "spring", "--answer-rate", "100")).stdout;
  expect(said).toMatch(/^ends +not with this budget/m);
  expect(said).toMatch(/^budget used up +\w{3} \d+/m);
  expect(said).toMatch(/^spent of 0.95 USD +0.9 /m);
  await at.create("summer", "--hours", "0-24", "--days", "all", "--hours-in", "campaign", ...budget.with(1, "500"));
  expect((await at.run("simulate", "summer")).stdout).toMatch(/^budget used up +no +no +no$/m);
});

test("says who can never be reached, and refuses what cannot be", async () => {
  using at = desk();
  await at.create("spring");
  await at.run("dnc", "add", "+12015550100");
  expect((await at.run("simulate", "spring")).stdout).toContain("1 left out: on the do-not-call list");
  for (const [argv, code, why] of [
    [["nobody"], 1, 'got "nobody"'],
    [["spring", "--like", "spring"], 1, "nothing can be learned from it"],
    [["spring", "--answer-rate", "many"], 2, "expected a number from 0 to 100"],
    [["spring", "--agents", "0"], 2, "expected a whole number from 1 to 10000"],
    [["spring", "--seed", "1.5"], 2, "expected a whole number"],
  ] as const)
    expect(await at.run("simulate", ...argv)).toMatchObject({ code, stderr: expect.stringContaining(why) });
});
