/** campaigns mcp, as a coding agent uses it: a process, and the SDK's client on its standard input and output. */
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { Scratch } from "../support/cli.ts";
import { Agent } from "../support/mcp.ts";
import { inside } from "../support/program.ts";

const READING = [
  "list_campaigns",
  "campaign_status",
  "list_calls",
  "explain_call",
  "plan_campaign",
  "list_contact_lists",
  "list_trunks",
  "check_do_not_call",
  "doctor",
];
const DIALING = ["create_campaign", "start_campaign", "pause_campaign", "stop_campaign"];
const SPRING = {
  name: "spring",
  assistant_id: "demo",
  contact_list_id: "members",
  hours: "0-24",
  calling_days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
  hours_in: "campaign",
  rules: "none",
};

let sandbox: Sandbox;
let scratch: Scratch;
beforeEach(async () => {
  sandbox = await startSandbox({ clock: systemClock });
  scratch = new Scratch(sandbox);
});
afterEach(async () => {
  scratch[Symbol.dispose]();
  await sandbox[Symbol.asyncDispose]();
});

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await inside(scratch, ...args);
  expect([args, code, stderr]).toEqual([args, 0, stderr]);
  return stdout;
}

async function members(...rows: string[]): Promise<void> {
  const file = scratch.file("contacts.csv", ["name,phone,backup", ...rows].join("\n"));
  await done("contacts", "import", file, "--list", "members");
}

test("what dials is not there without --allow-dial, and cannot be called", async () => {
  await members("Ada,+12025550101,");
  await using looking = await Agent.start(scratch);
  expect(await looking.tools()).toEqual(READING);
  for (const name of DIALING) {
    expect(await looking.call(name, { ...SPRING, campaign: "spring", plan: "x" })).toMatchObject({
      isError: true,
      text: expect.stringContaining("not found") as string,
    });
  }
  expect((await looking.call("list_campaigns")).json).toEqual({ campaigns: [] });
  await using dialing = await Agent.start(scratch, "--allow-dial");
  expect(await dialing.tools()).toEqual([...READING, ...DIALING]);
});

test("a campaign starts with the plan that was shown, once, and only while that holds", async () => {
  await members("Ada,+12025550101,", "Bob,+12025550102,");
  await using agent = await Agent.start(scratch, "--allow-dial");
  const created = await agent.call("create_campaign", SPRING);
  expect(created.json).toMatchObject({ name: "spring", execution_status: "idle", settings: { hours: "0:00-24:00" } });
  const half = await agent.call("create_campaign", { ...SPRING, name: "half", hours: undefined, start_hour: 9 });
  expect(half.json.error).toMatchObject({ code: "invalid_request", message: expect.stringContaining("end_hour") });
  const start = (plan: unknown, campaign = "spring") => agent.call("start_campaign", { campaign, plan });
  const plan = async (campaign = "spring") => (await agent.call("plan_campaign", { campaign })).json;

  const first = await plan();
  expect(first).toMatchObject({ preflight: { callable: 2 }, dials_at_once: true, warnings: [] });
  expect((await plan()).plan).toBe(first.plan);
  for (const guess of ["", "0".repeat(32), first.plan.slice(0, -1), `${first.plan} `]) {
    expect((await start(guess)).json).toMatchObject({ error: { code: "unknown_plan" } });
  }
  expect((await start(undefined)).isError).toBe(true);

  // Somebody else's hands, meanwhile.
  await members("Carol,+12025550103,");
  await done("dnc", "add", "+12025550101");
  const changed = await start(first.plan);
  expect(changed.json.error).toMatchObject({ code: "plan_changed", message: expect.stringContaining("left_out: was") });
  const second = await plan();
  expect(second).toMatchObject({ preflight: { callable: 2, left_out: { on_list: 1 } } });

  await agent.call("create_campaign", { ...SPRING, name: "other", prompt: undefined });
  expect((await start((await plan("other")).plan)).json.error.code).toBe("other_campaign");
  await using another = await Agent.start(scratch, "--allow-dial");
  const borrowed = await another.call("start_campaign", { campaign: "spring", plan: second.plan });
  expect(borrowed.json.error.code).toBe("unknown_plan");
  expect((await agent.call("campaign_status", { campaign: "spring" })).json.execution_status).toBe("idle");

  expect((await start(second.plan)).json).toMatchObject({ execution_status: "running", total: 2 });
  expect((await start(second.plan)).json.error.code).toBe("plan_changed");
  expect((await agent.call("pause_campaign", { campaign: "spring" })).json.execution_status).toBe("paused");
  expect((await agent.call("stop_campaign", { campaign: "spring" })).json.execution_status).toBe("completed");
  expect((await start((await plan()).plan)).json.error.code).toBe("forbidden_move");
  expect(sandbox.world.dials).toEqual([]);
});

test("two starts at once with one plan start it once", async () => {
  await members("Ada,+12025550101,");
  await using agent = await Agent.start(scratch, "--allow-dial");
  await agent.call("create_campaign", SPRING);
  const { plan } = (await agent.call("plan_campaign", { campaign: "spring" })).json;
  const both = await Promise.all([1, 2].map(() => agent.call("start_campaign", { campaign: "spring", plan })));
  expect(both.filter(({ isError }) => isError)).toHaveLength(1);
});

test("no number gets out, wherever it stands: names, variables, prompts, notes, errors", async () => {
  const notes = "call 202-555-0177 or (202) 555 0177";
  await members("Ada at 202.555.0155,+12025550101,+1 202 555 0166", "Bob,+12025550102,2025550144");
  await done("trunks", "assign", "+12025550190", "--assistant", "demo", "--trunk", "sandbox", "--label", "2025550133");
  await using agent = await Agent.start(scratch, "--allow-dial");
  const prompt = "Say that our number is +1 (202) 555-0122.";
  const settings = {
    ...SPRING,
    campaign_prompt: prompt,
    caller_ids: ["+12025550190"],
    headers: { "X-A": "12025550111" },
  };
  await agent.call("create_campaign", settings);
  await agent.call("create_campaign", { ...settings, name: "call 2025550199", trunk_id: "+12025550198" });
  const { plan } = (await agent.call("plan_campaign", { campaign: "spring" })).json;
  await agent.call("start_campaign", { campaign: "spring", plan });
  expect((await agent.call("create_campaign", { ...settings, caller_ids: ["+12025550190x", "5550190"] })).isError).toBe(
    true,
  );
  await using store = openSqliteStore(scratch.db, { userId: undefined });
  const { calls } = (await agent.call("list_calls", { campaign: "spring" })).json;
  await store.setOutcome(calls[0].id, "callback", notes, systemClock.now());
  await done("dnc", "add", "+12025550102", "--reason", "asked on 2025550144");

  const listed = (await agent.call("list_calls", { campaign: "spring" })).json;
  expect(listed.calls[0]).toMatchObject({
    id: calls[0].id,
    phone_number: "+1202•••0101",
    notes: expect.stringContaining("•••"),
  });
  for (const name of await agent.tools()) {
    const inputs = [
      {},
      { campaign: "spring" },
      { campaign: "+12025550101", plan: "+12025550101" },
      { campaign: "spring", call: calls[0].id },
      { campaign: "spring", call: "+12025550101" },
      { campaign: "spring", call: "2025550199" },
      { phone_numbers: ["+12025550101", "+12025550102"] },
      { phone_numbers: ["2025550199"] },
      { "+12025550101": "+12025550101" },
    ];
    for (const input of inputs) await agent.call(name, input);
  }
  await agent.call("+12025550101");
  await agent.call("plan_campaign", { campaign: "spring" });
  // Ids have digits of their own; of a number, eight in a row are left nowhere.
  const heard = agent.heard.join("\n").replaceAll(/[\da-f]{8}-[\da-f-]{27}|"plan":"\w+"|"trace_id":"\w+"/g, "");
  expect(heard).toContain("+1202•••0101");
  expect(heard.replaceAll(/[^\d•"\n,:T]/g, "")).not.toMatch(/2025550(1\d\d)/);
});

test("another owner's are not there, by name, by id or by the id of a call", async () => {
  const [alice, bob] = ["alice", "bob"];
  scratch.file("a.csv", "name,phone\nAda,+12025550101");
  await done("create", "--name", "hers", "--csv", "a.csv", "--assistant", "demo", "--user", alice, "--start");
  await using hers = await Agent.start(scratch, "--user", alice);
  const [{ id: call }] = (await hers.call("list_calls", { campaign: "hers" })).json.calls;
  const { id } = (await hers.call("campaign_status", { campaign: "hers" })).json;
  await using his = await Agent.start(scratch, "--user", bob, "--allow-dial");
  expect((await his.call("list_campaigns")).json).toEqual({ campaigns: [] });
  for (const campaign of ["hers", id]) {
    for (const name of ["campaign_status", "list_calls", "plan_campaign", "pause_campaign", "stop_campaign"])
      expect((await his.call(name, { campaign })).json.error.code).toBe("unknown_campaign");
    expect((await his.call("explain_call", { campaign, call })).isError).toBe(true);
  }
  await done("create", "--name", "his", "--csv", "a.csv", "--assistant", "demo", "--user", bob, "--start");
  expect((await his.call("explain_call", { campaign: "his", call })).isError).toBe(true);
  // Who asked by an id is in the log.
  const { entries } = JSON.parse(await done("audit", "--json")) as { entries: Record<string, unknown>[] };
  const refused = entries.filter(({ action }) => action === "access.refused").toReversed();
  const names = ["campaign_status", "list_calls", "plan_campaign", "pause_campaign", "stop_campaign"];
  expect(refused.map(({ campaign_id, call_id, after }) => [campaign_id ?? call_id, after])).toEqual([
    [call, { command: "mcp explain_call" }],
    ...names.map((name) => [id, { command: `mcp ${name}` }]),
    [id, { command: "mcp explain_call" }],
    [call, { command: "mcp explain_call" }],
    [call, { command: "mcp explain_call" }],
  ]);
  expect((await hers.call("campaign_status", { campaign: "hers" })).json.execution_status).toBe("running");
});

const HELLO = [
  {
    method: "initialize",
    id: 1,
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "0" } },
  },
  { method: "notifications/initialized" },
  { method: "tools/call", id: 2, params: { name: "campaign_status", arguments: { campaign: "nobody" } } },
].map((message) => `${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);

test.each([
  ["standard input closes", (child: ReturnType<Scratch["start"]>) => void child.stdin?.end(), 0],
  ["SIGTERM comes", (child: ReturnType<Scratch["start"]>) => void child.kill("SIGTERM"), 143],
  ["SIGINT comes", (child: ReturnType<Scratch["start"]>) => void child.kill("SIGINT"), 130],
])("says nothing but the protocol on standard output, and ends when %s", async (_, end, wanted) => {
  // Everything that could be tempted to speak does.
  scratch.env({ DEBUG: "*", LIVEKIT_HOST: "ws://livekit.example.com" });
  const child = scratch.start("mcp", "--allow-dial", "--insecure", "--json");
  for (const line of [...HELLO, "{not json\n", '"\\ud800"\n', "\u001b]0;x\u0007\n"]) child.stdin?.write(line);
  let answers = "";
  while (!answers.includes('"id":2')) {
    const [chunk] = (await once(child.stdout ?? child, "data")) as [Buffer];
    answers += String(chunk);
  }
  end(child);
  const { code, stdout, stderr } = await child.ended;
  expect(code).toBe(wanted);
  const messages = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { jsonrpc: string; id: number });
  expect(messages.map(({ jsonrpc, id }) => [jsonrpc, id])).toEqual([
    ["2.0", 1],
    ["2.0", 2],
  ]);
  expect(stderr).toContain("LIVEKIT_HOST has no TLS");
  expect(stderr).not.toMatch(/\p{Cc}(?<!\n)/u);
});
