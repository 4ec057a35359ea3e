/** Commands that scripts repeat: create --if-absent, and moves that are made already. */
import { expect, test } from "vitest";
import { contactsCsv, Folder } from "../support/cli.ts";
import { program } from "../support/program.ts";

function desk() {
  const scratch = new Folder();
  const csv = scratch.file("contacts.csv", contactsCsv(2));
  const run = (...argv: string[]) => program(argv, { cwd: scratch.dir, env: { CAMPAIGNS_DB: `${scratch.dir}/c.db` } });
  const create = (...more: string[]) => run("create", "--name", "spring", "--csv", csv, "--assistant", "a1", ...more);
  return { run, create, [Symbol.dispose]: () => scratch[Symbol.dispose]() };
}

test("create --if-absent makes a campaign once, and leaves the one that is there as it is", async () => {
  using at = desk();
  const made = await Promise.all(
    Array.from({ length: 5 }, () => at.create("--if-absent", "--daily-cap", "7", "--json")),
  );
  expect(made.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  const said = made.map(({ stdout }) => JSON.parse(stdout) as { id: string; created: boolean });
  expect(said.filter(({ created }) => created)).toHaveLength(1);
  expect(new Set(said.map(({ id }) => id)).size).toBe(1);

  const again = await at.create("--if-absent", "--daily-cap", "8", "--start");
  expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/^"spring" is there already \(.*\), idle\n$/) });
  const { stdout } = await at.run("status", "spring", "--json");
  expect(JSON.parse(stdout)).toMatchObject({ daily_cap: 7, execution_status: "idle" });
  expect(await at.create()).toMatchObject({ code: 1, stderr: expect.stringContaining("expected a new name") });
});

test("a move that is made already is refused, unless --idempotent is said", async () => {
  using at = desk();
  await at.create();
  const moves = [
    ["start", "running"],
    ["pause", "paused"],
    ["resume", "running"],
    ["stop", "completed"],
  ] as const;
  for (const [move, status] of moves) {
    expect(await at.run(move, "spring", "--idempotent")).toMatchObject({ code: 0, stderr: "" });
    expect(await at.run(move, "spring")).toMatchObject({ code: 1 });
    const again = await at.run(move, "spring", "--idempotent", "--json");
    expect(again).toMatchObject({ code: 0, stderr: `"spring" is ${status} already\n` });
    expect(JSON.parse(again.stdout)).toMatchObject({ execution_status: status });
  }
  // Completed is not running.
  for (const move of ["start", "pause", "resume"]) {
    expect(await at.run(move, "spring", "--idempotent")).toMatchObject({ code: 1 });
  }
  expect(await at.run("stop", "spring", "--now", "--idempotent")).toMatchObject({ code: 0 });
});
