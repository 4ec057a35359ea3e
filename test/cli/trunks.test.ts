/** campaigns trunks, whole commands against the sandbox over HTTP; nothing printed holds a credential. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/index.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import type { Ran } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

const NUMBER = "+12025550150";
const OTHER = "+12025550151";
const SECRET = "correct-horse-battery-staple";

let desk: SandboxDesk;
let sandbox: Sandbox;
let printed: string;
beforeEach(async () => {
  desk = await SandboxDesk.open();
  ({ sandbox } = desk);
  printed = "";
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  for (const secret of [SECRET, "the-user", SANDBOX_TRUNK.authPassword, sandbox.apiSecret, "Bearer", "eyJ"]) {
    expect(printed).not.toContain(secret);
  }
});

async function run(argv: readonly string[], stdin = "", env: Record<string, string> = {}): Promise<Ran> {
  const ran = await desk.run(["trunks", ...argv], stdin, env);
  printed += ran.stdout + ran.stderr;
  return ran;
}

const json = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const { code, stdout, stderr } = await run([...argv, "--json"]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
};

const create = (...more: string[]): string[] => [
  "create",
  "--name",
  "london",
  "--address",
  "sip.example.com:5061",
  "--number",
  NUMBER,
  ...more,
];
const limited = async (...argv: string[]): Promise<unknown> => (await json("limit", "sandbox", ...argv))["limit"];
const created = async (...more: string[]): Promise<string> => {
  const { stdout } = await run([...create(...more), "--json"]);
  return (JSON.parse(stdout) as { id: string }).id;
};
const assign = (trunk: string, ...more: string[]): string[] => [
  "assign",
  NUMBER,
  "--assistant",
  "a1",
  "--trunk",
  trunk,
  ...more,
];

const createCampaign = (...argv: string[]): Promise<Ran> =>
  desk.run(
    ["create", "--name", "spring", "--assistant", "a1", "--csv", "-", ...argv],
    "phone_number\n+12025550110\n",
    // It must work without a LiveKit.
    { LIVEKIT_HOST: "" },
  );

describe("the main job", () => {
  test("a trunk is made, a number assigned, both shown, taken apart again", async () => {
    const auth = ["--auth-username", "the-user", "--auth-password-stdin", "--transport", "tls", "--country", "us"];
    const made = await run(create(...auth), `${SECRET}\n`);
    expect(made).toMatchObject({ code: 0, stderr: "" });
    const id = /ST_\w+/.exec(made.stdout)?.[0] ?? "";
    expect(sandbox.world.trunks.get(id)).toMatchObject({
      name: "london",
      authUsername: "the-user",
      authPassword: SECRET,
      transport: "SIP_TRANSPORT_TLS",
      destinationCountry: "US",
    });

    expect(await json(...assign("london", "--label", "desk", "--cps", "0.5"))).toMatchObject({
      number: NUMBER,
      assistant_id: "a1",
      outbound_trunk_id: id,
      delay_ms: 2000,
      warning: null,
    });
    expect(await json("show", "a1")).toMatchObject({
      assistant_id: "a1",
      numbers: [{ number: NUMBER, label: "desk", outbound_trunk_name: "london", last_used_at: null }],
      trunks: [{ id, assistants: ["a1"] }],
      missing_trunks: [],
    });
    const text = await run([]);
    expect(text.stdout).toMatch(new RegExp(`${id}\\s+london\\s+sip.example.com:5061\\s+tls\\s+no limit\\s+a1`));

    const refused = await run(["delete", id]);
    expect(refused.stderr).toContain("expected a trunk without numbers, but it has 1 assigned");
    expect(refused.code).toBe(1);
    expect(await json("unassign", NUMBER)).toMatchObject({ unassigned: NUMBER });
    expect(await json("delete", "london")).toEqual({ deleted: id });
    expect(((await json())["trunks"] as { id: string }[]).map((trunk) => trunk.id)).toEqual(["ST_sandbox"]);
  });

  test("JSON of a trunk says that there are credentials, not which", async () => {
    const debugging = { DEBUG: "campaigns,outbound,livekit" };
    await run(create("--auth-username", "the-user", "--auth-password-stdin"), SECRET, debugging);
    await run([], "", debugging);
    const { trunks } = await json();
    expect(trunks).toContainEqual(expect.objectContaining({ name: "london", has_credentials: true }) as unknown);
  });

  test("a limit is kept, half a limit keeps the other half, and never is it faster than said", async () => {
    expect(await limited("--cps", "3")).toEqual({ delay_ms: 334, concurrency: null });
    expect(await limited("--concurrency", "20")).toEqual({ delay_ms: 334, concurrency: 20 });
    const { stdout } = await run(["limit", "sandbox", "--cps", "5"]);
    expect(stdout).toContain("5/s, 20 at once");
  });

  test("a trunk at Twilio has one call a second unless said otherwise", async () => {
    const id = await created("--address", "x.pstn.twilio.com");
    const { trunks } = await json();
    expect(trunks).toContainEqual(
      expect.objectContaining({ id, limit: { delay_ms: 1000, concurrency: null } }) as unknown,
    );
    await run(["limit", id, "--cps", "5"]);
    await run(assign(id));
    expect(await json("limit", id, "--concurrency", "2")).toMatchObject({ limit: { delay_ms: 200, concurrency: 2 } });
  });

  test("an assistant whose trunk was deleted behind our back is told so", async () => {
    const id = await created();
    await run(assign(id));
    sandbox.world.trunks.delete(id);
    const { stdout, code } = await run(["show", "a1"]);
    expect(stdout).toContain(`LiveKit no longer has trunk ${id}`);
    expect(code).toBe(0);
  });

  test("a number that the trunk does not list is assigned with a warning: the server does not check", async () => {
    const { code, stderr } = await run(assign("sandbox"));
    expect(stderr).toContain("does not list this number");
    expect(code).toBe(0);
  });

  test("assigning again to the same is no error, and a number can be unassigned while LiveKit is down", async () => {
    await run(assign("sandbox"));
    expect(await run(assign("sandbox"))).toMatchObject({ code: 0 });
    expect(await run(["unassign", NUMBER], "", { LIVEKIT_HOST: "" })).toMatchObject({ code: 0 });
  });
});

test("a campaign that names a number of another trunk is created with a warning, without asking LiveKit", async () => {
  await run(assign("sandbox", "--assistant", "a2"));
  const { code, stderr } = await createCampaign("--trunk", "ST_other", "--from", `${OTHER},${NUMBER}`);
  expect(stderr).toMatch(/^warning: --from: number 2 is assigned to trunk ST_sandbox, not to this campaign's: .*$/m);
  expect(stderr).not.toMatch(/555015/);
  expect(code).toBe(0);
});

describe("what is wrong is said in one sentence", () => {
  beforeEach(async () => {
    await run(create());
    await run(["assign", NUMBER, "--assistant", "a1", "--trunk", "london"]);
  });
  const more = (...argv: string[]): string[] => create("--number", OTHER, ...argv);

  test.each<[string, string[], number, string]>([
    ["a number that is none", create("--number", "12"), 2, "expected a number such as +12025550123"],
    ["a national number", create("--number", "2025550150"), 2, "needs a country code"],
    ["one bad number of two", create("--number", `${OTHER},abc`), 2, "has letters"],
    ["a number of another trunk", create(), 1, "expected numbers of no other trunk, but trunk ST_"],
    ["a SIP URI", more("--address", "sip:sip.example.com"), 2, "--address: expected a host"],
    ["credentials in the address", more("--address", `the-user:${SECRET}@x.example`), 2, "--address: expected a host"],
    ["no name", more("--name", " "), 2, "--name: expected some text"],
    ["a transport that is none", more("--transport", "carrier-pigeon"), 2, "expected one of auto, udp, tcp, tls"],
    ["a country that is none", more("--country", "England"), 2, "expected two letters such as US"],
    ["a user without a password", more("--auth-username", "the-user"), 2, "together, got one of them"],
    ["a password without a user", more("--auth-password-stdin"), 2, "together, got one of them"],
    ["an empty password", more("--auth-username", "the-user", "--auth-password-stdin"), 2, "got nothing"],
    ["an unknown command", ["frobnicate"], 2, "unknown command 'frobnicate'"],
    ["assign to an unknown trunk", assign("nowhere"), 1, 'expected an outbound trunk of this LiveKit, got "nowhere"'],
    ["two trunks with one number", assign("sandbox"), 1, "expected a free number, but it is assigned to trunk ST_"],
    ["two assistants with one number", assign("london", "--assistant", "a2"), 1, "assigned to trunk ST_"],
    ["assign at no speed", assign("london", "--cps", "0"), 2, "--cps: expected a number above 0"],
    ["assign no number", ["assign", "abc", "--assistant", "a1", "--trunk", "london"], 2, "has letters"],
    ["unassign what is free", ["unassign", OTHER], 1, "expected a number that is assigned"],
    ["show an assistant without numbers", ["show", "a2"], 1, "expected an assistant with numbers to call with"],
    ["delete an unknown trunk", ["delete", "nowhere"], 1, "expected an outbound trunk of this LiveKit"],
    ["limit nothing", ["limit", "london"], 2, "expected --cps or --concurrency, got neither"],
    ["limit an unknown trunk", ["limit", "nowhere", "--cps", "1"], 1, "expected an outbound trunk"],
    [
      "limit to nonsense",
      ["limit", "london", "--cps", "fast"],
      2,
      '--cps: expected a number above 0 up to 1000, got "fast"',
    ],
    [
      "limit to no calls",
      ["limit", "london", "--concurrency", "0"],
      2,
      "--concurrency: expected a whole number from 1",
    ],
  ])("%s", async (_, argv, exitCode, sentence) => {
    const { code, stderr, stdout } = await run(argv);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain("    at ");
    expect(stderr).not.toMatch(/555015/);
    expect(stdout).toBe("");
    expect(code).toBe(exitCode);
  });

  test("an ambiguous name", async () => {
    await run(more());
    const { stderr, code } = await run(["limit", "london", "--cps", "1"]);
    expect(stderr).toContain('"london" is the name of 2 trunks');
    expect(code).toBe(1);
  });

  test("a trunk that a campaign calls through is not deleted", async () => {
    await createCampaign("--trunk", "ST_sandbox");
    const { stderr, code } = await run(["delete", "sandbox"]);
    expect(stderr).toContain('but "spring" calls through it');
    expect(code).toBe(1);
  });

  test("no LiveKit settings", async () => {
    const { code, stderr } = await run([], "", { LIVEKIT_HOST: "" });
    expect(stderr).toContain("LIVEKIT_HOST not set");
    expect(code).toBe(2);
  });
});

test.each(["show", "create", "delete", "assign", "unassign", "limit"])(
  "trunks %s --help shows an example",
  async (verb) => {
    const { code, stdout } = await run([verb, "--help"]);
    expect(stdout).toContain(`campaigns trunks ${verb}`);
    expect(code).toBe(0);
  },
);
