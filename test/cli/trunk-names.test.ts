/** --trunk takes names, and a trunk that LiveKit does not have is refused before anybody could be dialed through it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { SandboxDesk } from "../support/desk.ts";

const NUMBER = "+12025550110";
const ALWAYS = "--assistant a1 --hours 0-24 --days all --rules none --hours-in campaign --timezone UTC".split(" ");

let desk: SandboxDesk;
let csv = "";
beforeEach(async () => {
  desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 } }],
    agentJoinsAfter: 0,
  });
  csv = desk.file("c.csv", `phone\n${NUMBER}\n`);
});
afterEach(() => desk[Symbol.asyncDispose]());

const create = (name: string, ...more: string[]): string[] => [
  "create",
  "--name",
  name,
  "--csv",
  csv,
  ...ALWAYS,
  ...more,
];
const other = (number = "+442079460100"): Promise<unknown> =>
  desk.run(["trunks", "create", "--name", "london", "--address", "sip.example.com", "--number", number]);

test("create and dial take a name, where there are several trunks", async () => {
  await other();
  expect(await desk.run([...create("c", "--trunk", "sandbox"), "--start"])).toMatchObject({ code: 0, stderr: "" });
  expect(await desk.run(["run"])).toMatchObject({ code: 0 });
  expect(desk.sandbox.world.dials).toHaveLength(1);
  await desk.run(["dial", NUMBER, "--trunk", "sandbox", "--force", "--yes"]);
  expect(desk.sandbox.world.dials).toHaveLength(2);
});

test("a trunk that two have the name of is refused", async () => {
  await other();
  await other("+442079460101");
  for (const argv of [create("c", "--trunk", "london"), ["dial", NUMBER, "--trunk", "london", "--force", "--yes"]]) {
    expect(await desk.run(argv)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"london" is the name of 2 trunks') as string,
    });
  }
});

test("an unknown trunk was found out by the run: it is refused at create, and nothing is created", async () => {
  const { code, stderr } = await desk.run(create("c", "--trunk", "paris"));
  expect(stderr).toContain('expected an outbound trunk of this LiveKit, got "paris"');
  expect(code).toBe(1);
  expect(JSON.parse((await desk.run(["list", "--json"])).stdout)).toEqual({ campaigns: [] });
});

test("a trunk that is gone since is refused at start, dry or not", async () => {
  await other();
  await desk.run(create("c", "--trunk", "london"));
  await desk.run(["trunks", "create", "--name", "x", "--address", "sip.example.com", "--number", NUMBER]);
  for (const { sipTrunkId, name } of desk.sandbox.world.trunks.list([], [])) {
    if (name === "london") desk.sandbox.world.trunks.delete(sipTrunkId);
  }
  for (const argv of [
    ["start", "c", "--dry-run"],
    ["start", "c"],
  ]) {
    expect(await desk.run(argv)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("outbound trunk") as string,
    });
  }
});

test("without a LiveKit to ask, a trunk is taken as it is said, with a note", async () => {
  const { code, stderr } = await desk.run(create("c", "--trunk", "sandbox"), "", { LIVEKIT_HOST: "" });
  expect(stderr).toContain("--trunk was not checked: no LiveKit is set");
  expect(code).toBe(0);
  await desk.run(["start", "c"]);
  expect(await desk.run(["run"])).toMatchObject({ code: 0 });
  expect(desk.sandbox.world.dials).toHaveLength(1);
});

test("a call that may last less long than it rings is refused", async () => {
  const { code, stderr } = await desk.run(create("c", "--ring", "45s", "--max-duration", "30s"));
  expect(stderr).toContain("max duration: expected at least the ring of 45s, got 30s");
  expect(code).toBe(2);
});

test.each(["1", "2", "3", "6", "7", "9", "11", "13", "30", "0.5", "1.5", "2.5"])(
  "trunks limit --cps %s said another figure",
  async (cps) => {
    const { stdout } = await desk.run(["trunks", "limit", "sandbox", "--cps", cps]);
    expect(stdout).toContain(cps === "0.5" ? "one every 2s" : `: ${cps}/s`);
  },
);
