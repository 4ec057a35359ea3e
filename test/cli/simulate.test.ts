/** simulate, as an operator asks for it. */
import { expect, test } from "vitest";
import { contactsCsv, Folder } from "../support/cli.ts";
import { program } from "../support/program.ts";

function desk() {
  const folder = new Folder();
  folder.file("contacts.csv", contactsCsv(120));
  const run = (...argv: string[]) => program(argv, { cwd: folder.dir, env: { CAMPAIGNS_DB: folder.db, TZ: "UTC" } });
  const create = (name: string, ...more: string[]) =>
    run("create", "--name", name, "--csv", "contacts.csv", "--assistant", "a1", "--rules", "none", ...more);
  return { run, create, [Symbol.dispose]: () => folder[Symbol.dispose]() };
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
