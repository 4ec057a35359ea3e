/** Settings that cannot be used as they stand are refused: a typing error, a file or a plain address must not decide. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Desk, SandboxDesk, twilioSettings } from "../support/desk.ts";

const SECRET = "a-secret-that-nobody-may-see-anywhere";
const LIVEKIT = { LIVEKIT_HOST: "wss://livekit.example", LIVEKIT_API_KEY: "k", LIVEKIT_API_SECRET: SECRET };
const SUPABASE = { SUPABASE_URL: "https://project.example", SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0" };

let desk: Desk;
beforeEach(() => (desk = new Desk()));
afterEach(() => desk[Symbol.asyncDispose]());

const file = (settings: Readonly<Record<string, string>>): string =>
  desk.file(
    ".env",
    Object.entries(settings)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(""),
  );

const bytes = (...parts: (string | Uint8Array)[]): void =>
  writeFileSync(join(desk.dir, ".env"), Buffer.concat(parts.map((part) => Buffer.from(part as string))));

async function refused(argv: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const { code, stdout, stderr } = await desk.run(argv, "", env);
  expect(stderr).not.toContain(SECRET);
  expect(stderr).not.toMatch(/ {4}at /);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
}

describe("host and secret come from one source", () => {
  test.each([
    ["LIVEKIT_HOST", ["trunks"], LIVEKIT],
    ["SUPABASE_URL", ["list"], SUPABASE],
  ])("a .env in the directory changed %s, to which the environment's secret went", async (host, argv, settings) => {
    const { [host]: address = "", ...secrets } = settings as Record<string, string>;
    file({ [host]: address.replace("example", "evil.example") });
    expect(await refused(argv, secrets)).toMatch(
      /from one source, but .* came from the environment and .* from .*\.env/,
    );
  });

  test("a .env that has the other half, of either, is refused", async () => {
    file({ LIVEKIT_API_SECRET: SECRET, LIVEKIT_API_KEY: "k" });
    expect(await refused(["trunks"], { LIVEKIT_HOST: "wss://livekit.example" })).toContain("from one source");
    file({ CAMPAIGNS_TWILIO_URL: "http://127.0.0.1:9" });
    const { CAMPAIGNS_TWILIO_URL: _, ...twilio } = twilioSettings("http://127.0.0.1:9");
    const argv = ["trunks", "provision", "--assistant", "a1", "--number", "+12025550123"];
    expect(await refused(argv, twilio)).toContain("from one source");
  });

  test("all of it in either place is fine, and the environment's wins whole", async () => {
    await using sandbox = await SandboxDesk.open();
    const { LIVEKIT_HOST = "", LIVEKIT_API_KEY = "", LIVEKIT_API_SECRET = "" } = sandbox.env;
    file({ LIVEKIT_HOST, LIVEKIT_API_KEY, LIVEKIT_API_SECRET });
    expect(await desk.run(["trunks"])).toMatchObject({ code: 0 });
    file({ LIVEKIT_HOST: "wss://livekit.evil.example", LIVEKIT_API_KEY: "x", LIVEKIT_API_SECRET: "y" });
    expect(await desk.run(["trunks"], "", { LIVEKIT_HOST, LIVEKIT_API_KEY, LIVEKIT_API_SECRET })).toMatchObject({
      code: 0,
    });
  });
});

describe("plain addresses of other machines", () => {
  test.each([
    [["trunks"], { ...LIVEKIT, LIVEKIT_HOST: "ws://livekit.example:7880" }],
    [["trunks"], { ...LIVEKIT, LIVEKIT_HOST: "http://10.0.0.5:7880" }],
    [["trunks"], { ...LIVEKIT, LIVEKIT_HOST: "ws://127.0.0.1.evil.example" }],
    [["list"], { ...SUPABASE, SUPABASE_URL: "http://project.example" }],
    [["doctor"], { ...LIVEKIT, LIVEKIT_HOST: "HTTP://localhost.evil.example" }],
  ])("%j: keys went over the wire for everybody to read", async (argv, env) => {
    const { code, stdout, stderr } = await desk.run(argv, "", env);
    expect(stdout + stderr).toContain("--insecure");
    expect(code).toBe(argv[0] === "doctor" ? 1 : 2);
  });

  test("--insecure allows them, with a warning", async () => {
    const { stderr } = await desk.run(["list", "--insecure", "--db", "x"], "", {
      ...LIVEKIT,
      LIVEKIT_HOST: "ws://livekit.example",
    });
    expect(stderr).toContain("warning: LIVEKIT_HOST has no TLS");
  });

  test.each(["ws://localhost:9", "http://127.0.0.1:9", "ws://[::1]:9", "ws://127.1.2.3:9"])(
    "%s is this machine",
    async (host) => {
      const { stderr } = await desk.run(["trunks"], "", { ...LIVEKIT, LIVEKIT_HOST: host });
      expect(stderr).toContain("did not answer");
    },
  );
});

describe("the file of settings", () => {
  test("its byte order mark made the first setting disappear", async () => {
    bytes("\ufeffENABLE_CAMPAIGN_ENGINE=false\n");
    expect(await desk.run(["run"])).toMatchObject({ code: 1, stderr: expect.stringContaining("is false") as string });
  });

  test.each([
    ["UTF-16 LE", Buffer.from("\ufeffENABLE_CAMPAIGN_ENGINE=false\n", "utf16le")],
    ["UTF-16 LE without a mark", Buffer.from("ENABLE_CAMPAIGN_ENGINE=false\n", "utf16le")],
    ["UTF-16 BE", Buffer.from("\ufeffENABLE_CAMPAIGN_ENGINE=false\n", "utf16le").swap16()],
    ["Latin 1", Buffer.from("LK_AGENT_NAME=Zo\u00eb\n", "latin1")],
  ])("in %s it was read as nothing: it is refused", async (_, text) => {
    bytes(text);
    expect(await refused(["list"])).toContain("settings file in UTF-8");
  });
});

describe("switches", () => {
  test.each(["0", "no", "off", "FALSE", " false "])("ENABLE_CAMPAIGN_ENGINE=%s let the engine dial", async (value) => {
    expect(await desk.run(["run", "--sandbox"], "", { ENABLE_CAMPAIGN_ENGINE: value })).toMatchObject({ code: 1 });
  });

  test.each(["flase", "disabled", "2", "nope"])(
    "ENABLE_CAMPAIGN_ENGINE=%s means nothing: it is refused",
    async (value) => {
      expect(await refused(["run", "--sandbox"], { ENABLE_CAMPAIGN_ENGINE: value })).toContain(
        "expected true or false",
      );
    },
  );

  test.each(["true", "1", "yes", "ON"])("ENABLE_CAMPAIGN_ENGINE=%s is on", async (value) => {
    expect(await desk.run(["run", "--sandbox"], "", { ENABLE_CAMPAIGN_ENGINE: value })).toMatchObject({ code: 0 });
  });
});

test("settings under the names of other programs are named", async () => {
  const { LIVEKIT_HOST: _, ...keys } = LIVEKIT;
  expect(await refused(["trunks"], { ...keys, LIVEKIT_URL: "wss://livekit.example" })).toContain(
    "LIVEKIT_URL is set; this program reads LIVEKIT_HOST",
  );
  const url = { SUPABASE_URL: "https://project.example" };
  expect(await refused(["list"], { ...url, SUPABASE_SERVICE_KEY: "sb_secret_0" })).toContain(
    "SUPABASE_SERVICE_KEY is set; this program reads SUPABASE_SERVICE_ROLE_KEY",
  );
});

test("an encryption key is 32 bytes, said once, and in a file that is there", async () => {
  const [key, file] = ["CAMPAIGNS_ENCRYPTION_KEY", "CAMPAIGNS_ENCRYPTION_KEY_FILE"];
  for (const text of ["x", "00".repeat(31), Buffer.alloc(33).toString("base64")]) {
    expect(await refused(["list"], { [key]: text })).toContain(`${key}: expected 32 bytes in base64 or hex`);
  }
  const good = "ab".repeat(32);
  expect(await refused(["list"], { [key]: `${good},${good}` })).toContain("expected each key once");
  expect(await refused(["list"], { [key]: good, [file]: "k" })).toContain("got both");
  expect(await refused(["list"], { [file]: "/nowhere/k" })).toContain(`${file}: expected a readable file`);
});

test("an empty owner was everybody", async () => {
  expect(await refused(["list"], { CAMPAIGNS_USER_ID: "" })).toContain("CAMPAIGNS_USER_ID: expected an owner");
  expect(await refused(["list"], { CAMPAIGNS_USER_ID: "  " })).toContain("CAMPAIGNS_USER_ID: expected an owner");
  expect(await refused(["list", "--user", ""])).toContain("--user: expected an owner");
  file({ CAMPAIGNS_USER_ID: "" });
  expect(await refused(["list"])).toContain("CAMPAIGNS_USER_ID: expected an owner");
});
