/** The main job through the real program, the real SDK and the sandbox over HTTP. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { type Status, storedDials } from "../support/campaign.ts";
import { contactsCsv, fictionalNumber, Scratch } from "../support/cli.ts";
import { inside } from "../support/program.ts";

const ALWAYS = "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --usual-hang-ups 100%".split(" ");

const dialsOf = (sandbox: Sandbox): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { sipCallTo } of sandbox.world.dials) counts.set(sipCallTo, (counts.get(sipCallTo) ?? 0) + 1);
  return counts;
};

async function statusOf(scratch: Scratch, name: string): Promise<Status> {
  const { stdout } = await inside(scratch, "status", name, "--json");
  return JSON.parse(stdout) as Status;
}

const total = (calls: Status["calls"]): number => Object.values(calls).reduce((sum, n) => sum + n, 0);

test("200 contacts of every behaviour are dialed once each, the totals add up, and no room is left", async () => {
  const numbers = Object.fromEntries([
    [fictionalNumber(100), [{ does: "answer", rings: 0.2, talks: 1, reply: "drop" }]],
    [fictionalNumber(101), [{ does: "answer", rings: 0.2, talks: 1, reply: "bad_gateway" }]],
    [fictionalNumber(102), [{ does: "answer", rings: 0.2, talks: 1, reply: "garbage" }]],
  ]);
  const others = [
    { weight: 5, behaviour: { does: "answer", rings: 0.1, talks: 0.5 } },
    { weight: 2, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 } },
    { weight: 2, behaviour: { does: "refuse", status: 480, reason: "Temporarily Unavailable", after: 0.1 } },
    { weight: 1, behaviour: { does: "refuse", status: 603, reason: "Decline", after: 0.1 } },
    { weight: 1, behaviour: { does: "refuse", status: 404, reason: "Not Found", after: 0.1 } },
  ];
  const script = parseScript(JSON.stringify({ numbers, others, agentJoinsAfter: 0 }));
  await using sandbox = await startSandbox({ clock: systemClock, script });
  using scratch = new Scratch(sandbox);
  const csv = scratch.file("contacts.csv", contactsCsv(200));
  const fast = ["--delay", "10ms", "--concurrency", "40", "--daily-cap", "1000", "--ring", "5s"];
  const created = await inside(scratch, "create", "--name", "all", "--csv", csv, ...ALWAYS, ...fast, "--start");
  expect(created).toMatchObject({ code: 0 });

  const ran = await scratch.run("run");
  expect(ran).toMatchObject({ code: 0 });

  const dials = dialsOf(sandbox);
  expect(dials.size).toBe(200);
  expect([...dials.values()].filter((n) => n !== 1)).toEqual([]);
  const { calls, total: contacts } = await statusOf(scratch, "all");
  expect(contacts).toBe(200);
  expect(total(calls)).toBe(200);
  expect(calls["pending"]).toBe(0);
  expect(sandbox.world.rooms.list()).toEqual([]);
  // No number in clear in what a runner prints.
  expect(ran.stdout + ran.stderr).not.toMatch(/\+1\d{10}/);
});

test("after kill -9 in the middle, the next run dials nobody again and forgets nobody", async () => {
  const script = parseScript(
    JSON.stringify({
      others: [{ weight: 1, behaviour: { does: "answer", rings: 0.3, talks: 1 } }],
      agentJoinsAfter: 0,
    }),
  );
  await using sandbox = await startSandbox({ clock: systemClock, script });
  using scratch = new Scratch(sandbox);
  const csv = scratch.file("contacts.csv", contactsCsv(40));
  const pace = ["--delay", "50ms", "--concurrency", "10"];
  await inside(scratch, "create", "--name", "killed", "--csv", csv, ...ALWAYS, ...pace, "--start");

  const victim = scratch.start("run", "--lease", "2s");
  while (sandbox.world.dials.length < 12) await systemClock.sleep(20);
  victim.kill("SIGKILL");
  await victim.ended;

  expect(await scratch.run("run", "--lease", "2s")).toMatchObject({ code: 0 });
  const dials = dialsOf(sandbox);
  expect(Math.max(...dials.values())).toBe(1);
  const { calls } = await statusOf(scratch, "killed");
  expect(total(calls)).toBe(40);
  expect((calls["pending"] ?? 0) + (calls["calling"] ?? 0) + (calls["answered"] ?? 0)).toBe(0);
  // Every contact was dialed, or its dial was stored and nobody can know.
  expect(dials.size + (calls["failed"] ?? 0)).toBeGreaterThanOrEqual(40);
  expect(sandbox.world.rooms.list()).toEqual([]);
});

test("two runners on one database dial each number once", async () => {
  const script = parseScript(
    JSON.stringify({
      others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 0.5 } }],
      agentJoinsAfter: 0,
    }),
  );
  await using sandbox = await startSandbox({ clock: systemClock, script });
  using scratch = new Scratch(sandbox);
  const csv = scratch.file("contacts.csv", contactsCsv(24));
  await inside(
    scratch,
    "create",
    "--name",
    "two",
    "--csv",
    csv,
    ...ALWAYS,
    "--delay",
    "0",
    "--concurrency",
    "8",
    "--start",
  );
  const [first, second] = await Promise.all([scratch.run("run"), scratch.run("run")]);
  expect([first.code, second.code]).toEqual([0, 0]);
  const dials = dialsOf(sandbox);
  expect(dials.size).toBe(24);
  expect(Math.max(...dials.values())).toBe(1);
  expect((await statusOf(scratch, "two")).calls["completed"]).toBe(24);
});

test("a pause from another terminal acts before the next dial, and a resume goes on without repeating anyone", async () => {
  const script = parseScript(
    JSON.stringify({
      others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 0.2 } }],
      agentJoinsAfter: 0,
    }),
  );
  await using sandbox = await startSandbox({ clock: systemClock, script });
  using scratch = new Scratch(sandbox);
  const csv = scratch.file("contacts.csv", contactsCsv(12));
  await inside(scratch, "create", "--name", "p", "--csv", csv, ...ALWAYS, "--delay", "400ms", "--start");
  const runner = scratch.start("run", "--watch", "--poll", "1s");
  while (sandbox.world.dials.length < 3) await systemClock.sleep(20);
  expect(await scratch.run("pause", "p")).toMatchObject({ code: 0 });
  const paused = Date.now();
  expect((await scratch.run("pause", "p")).stderr).toContain('cannot pause "p": it is paused');
  await systemClock.sleep(1500);
  // One whose dial was stored before the pause may have been on its way still.
  const stored = storedDials(scratch.db);
  expect([sandbox.world.dials.length, stored(Date.now())]).toEqual([stored(paused), stored(paused)]);
  expect(await scratch.run("resume", "p")).toMatchObject({ code: 0 });
  while ((await statusOf(scratch, "p")).calls["completed"] !== 12) await systemClock.sleep(100);
  runner.kill("SIGINT");
  expect(await runner.ended).toMatchObject({ code: 130 });
  expect(Math.max(...dialsOf(sandbox).values())).toBe(1);
});
