/** campaigns keys on a Supabase project: from the key to the last call; killed at any request; and a file that moves there. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readKeys } from "../../src/adapters/sealing-key.ts";
import { ProjectKeys } from "../../src/adapters/supabase/rekeying.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { Folder, type Ran, Scratch } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";
import { LosingRoad } from "../support/losing.ts";
import { Postgres } from "../support/postgres.ts";
import { SupabaseProject } from "../support/supabase.ts";

const CSV = `name,phone,email,company,city,do_not_call
Adalovelace,+12025550101,ada@example.com,Enginehouse,Springfield,
Gracehopper,+12025550102,grace@example.com,Navyyard,Arlington,
Alanturing,+12025550103,alan@example.com,Hutsix,Bletchley,
Edsgerdijkstra,+12025550104,edsger@example.com,Mathcentre,Eindhoven,yes
`;
const SECRETS =
  /\+?1?202\D?555\D?01\d\d|adalovelace|gracehopper|alanturing|edsger|@example\.com|enginehouse|navyyard|hutsix|mathcentre|springfield|arlington|bletchley|eindhoven|wonderland|on the phone/i;
const SAID = [{ verdict: { v: 1, seq: 1, outcome: "interested", notes: "said so on the phone" } }];
const ALL = ["--hours", "0-24", "--days", "all", "--rules", "none", "--delay", "0s", "--assistant", "a"];

let postgres: Postgres;
let project: SupabaseProject;
beforeAll(async () => {
  postgres = await Postgres.start();
  project = await SupabaseProject.start(postgres, "keys");
});
afterAll(async () => {
  await project?.[Symbol.asyncDispose]();
  await postgres?.[Symbol.asyncDispose]();
});

let desk: SandboxDesk;
let keys: Folder;
beforeEach(async () => {
  await project.sealed(null);
  desk = await SandboxDesk.open({
    others: [{ weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 0.3, says: SAID } }],
    agentJoinsAfter: 0,
  });
  desk.file("contacts.csv", CSV);
  Object.assign(desk.env, { SUPABASE_URL: project.url, SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey });
  keys = new Folder();
});
afterEach(async () => {
  await desk[Symbol.asyncDispose]();
  keys[Symbol.dispose]();
});

const keyFile = (): string => join(keys.dir, "key");

async function good(...argv: string[]): Promise<Ran> {
  const ran = await desk.run(argv);
  expect(ran, ran.stderr).toMatchObject({ code: 0 });
  return ran;
}

/** Makes a key, and sets it. */
async function newKey(): Promise<string> {
  const { key } = JSON.parse((await good("keys", "new", keyFile(), "--json")).stdout) as { key: string };
  desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = keyFile();
  return key;
}
const toFile = (...argv: string[]): Promise<Ran> => desk.run([...argv, "--db", desk.db]);
const status = async (): Promise<unknown> => JSON.parse((await good("keys", "status", "--json")).stdout);
const leaks = async (): Promise<string | undefined> => SECRETS.exec(await project.dump())?.[0];

test("a campaign that is encrypted half way leaves no number and no name in the project, or in what is logged", async () => {
  await good("create", "--name", "spring", "--csv", "contacts.csv", "--prompt", "to Wonderland", ...ALL);
  expect(await status()).toMatchObject({ state: "plain", numbers: { plain: 6 } });
  const key = await newKey();
  expect(await desk.run(["list"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("campaigns keys encrypt encrypts it"),
  });
  const asked = await desk.run(["keys", "encrypt"]);
  expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("--yes") });
  expect(await leaks()).toBeDefined();
  await good("keys", "encrypt", "--yes");
  expect(await leaks()).toBeUndefined();
  expect(await status()).toEqual({
    state: "sealed",
    key,
    old_key: null,
    keys_set: [key],
    numbers: { [key]: 6 },
    copies: [],
  });
  expect((await good("keys", "encrypt", "--yes")).stdout).toContain("nothing is left to do");
  expect((await good("doctor")).stdout).toContain(`contact data is encrypted with key ${key}`);
  delete desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"];
  for (const argv of [["list"], ["dnc", "add", "+12025550107"], ["run"]]) {
    expect(await desk.run(argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(`expected its key ${key}`) });
  }
  desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = keyFile();

  await good("contacts", "import", "contacts.csv", "--list", "members");
  await good("dnc", "add", "+12025550102", "--reason", "asked on the phone");
  await good("dnc", "add", "+1212555*");
  await good("start", "spring");
  desk.env["DEBUG"] = "campaigns,outbound,livekit";
  const run = await good("run", "--json");
  delete desk.env["DEBUG"];
  expect(SECRETS.exec(`${run.stdout}${run.stderr}`)).toBeNull();
  expect(await leaks()).toBeUndefined();

  const calls = (await good("calls", "spring", "--csv")).stdout;
  expect(calls).toMatch(/12025550101.*Adalovelace/);
  expect(calls).toContain("said so on the phone");
  expect(calls).not.toContain("12025550102");
  expect((await good("contacts", "show", "+12025550101")).stdout).toContain("Adalovelace");
  expect((await good("dnc", "check", "+12025550102", "--json")).stdout).toContain("asked on the phone");
  // One of both is free, which the exit code says.
  const { stdout } = await desk.run(["dnc", "check", "+12125550101", "+12135550101", "--json"]);
  const { numbers: checked } = JSON.parse(stdout) as { numbers: { do_not_call: boolean }[] };
  expect(checked.map(({ do_not_call }) => do_not_call)).toEqual([true, false]);
  expect((await good("export", "+12025550103")).stdout).toMatch(/Alanturing[^]*Bletchley/);
  expect((await good("audit", "--number", "+12025550102")).stdout).toContain("dnc.added");
  await good("audit", "verify", "--calls");
  await good("erase", "+12025550103", "--yes");
  expect((await good("export", "+12025550103")).stdout).not.toMatch(/Alanturing|Bletchley/);
  await good("keys", "rotate");
  expect((await good("calls", "spring", "--csv")).stdout).toContain("Adalovelace");
  expect(await leaks()).toBeUndefined();
  await good("keys", "decrypt", "--yes");
  delete desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"];
  expect(await leaks()).toBeDefined();
  expect((await good("calls", "spring", "--csv")).stdout).toContain("Adalovelace");
}, 240_000);

describe("move", () => {
  test.each([
    ["plain", false],
    ["encrypted", true],
  ])("of a file that is %s seals what it takes to an encrypted project", async (_, isSealed) => {
    await newKey();
    if (!isSealed) delete desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"];
    const create = ["create", "--name", "spring", "--csv", "contacts.csv", "--prompt", "to Wonderland", ...ALL];
    expect(await toFile(...create)).toMatchObject({ code: 0 });
    expect(await toFile("contacts", "import", "contacts.csv", "--list", "members")).toMatchObject({ code: 0 });
    expect(await toFile("start", "spring")).toMatchObject({ code: 0 });
    expect(await toFile("pause", "spring")).toMatchObject({ code: 0 });
    desk.env["CAMPAIGNS_ENCRYPTION_KEY_FILE"] = keyFile();
    expect(await desk.run(["move", "--to", "supabase"])).toMatchObject({ code: 2 });
    expect(await project.dump()).not.toMatch(SECRETS);
    await project.sealed(readKeys(readFileSync(keyFile(), "utf8"), "key"));
    await good("move", "--to", "supabase");
    expect(await leaks()).toBeUndefined();
    expect((await good("calls", "spring", "--csv")).stdout).toMatch(/12025550101.*Adalovelace/);
    expect((await good("contacts", "show", "+12025550102")).stdout).toContain("Arlington");
    expect((await good("dnc", "check", "+12025550104")).stdout).toContain("marked do-not-call");
    await good("resume", "spring");
    await good("run", "--json");
    expect((await good("calls", "spring", "--csv")).stdout).toContain("said so on the phone");
    expect(await leaks()).toBeUndefined();
  });
});

test("keys encrypt and rotate lose nobody and forget nobody's wish, whenever they are killed", async () => {
  const numbers = Array.from(
    { length: 800 },
    (_, n) => `+1${200 + Math.floor(n / 100)}55501${String(n % 100).padStart(2, "0")}`,
  );
  const forbidden = numbers.filter((_, n) => n % 300 === 7);
  desk.file("many.csv", `name,phone\n${numbers.map((number) => `Nomen${number},${number}`).join("\n")}\n`);
  await good("create", "--name", "many", "--csv", "many.csv", ...ALL);
  await good("dnc", "add", ...forbidden);
  await good("start", "many");
  await newKey();
  using scratch = new Scratch();
  let [seen, last] = [0, 0];
  let child: ReturnType<Scratch["start"]> | null = null;
  await using road = await LosingRoad.to(project.url, (path) => {
    if (/campaigns_(rekey|end_rekeying|begin_rekeying)$/.test(path) && ++seen > last) child?.kill("SIGKILL");
    return "arrives";
  });
  scratch.env({
    SUPABASE_URL: road.url,
    SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey,
    CAMPAIGNS_ENCRYPTION_KEY_FILE: keyFile(),
  });
  for (const [n, command] of [["encrypt", "--yes"], ["rotate"]].entries()) {
    let kills = 0;
    for (last = 0; ; last += 4) {
      seen = 0;
      child = scratch.start("keys", ...command);
      const { code, stderr } = await child.ended;
      if (code !== null) expect(code, stderr).toBe(0);
      else kills++;
      const set = readKeys(readFileSync(keyFile(), "utf8"), "key");
      const { encryption } = await new ProjectKeys(
        { url: project.url, serviceRoleKey: project.serviceRoleKey },
        systemClock,
        set,
      ).status();
      await using store = project.open(undefined, encryption === null ? null : set);
      const [campaign] = await store.findCampaigns("many");
      const { calls } = await store.listCalls({ campaignId: campaign?.id ?? "", limit: 2_000 });
      const callable = numbers.filter((number) => !forbidden.includes(number));
      expect(calls.map(({ contact }) => [contact.phoneNumber, contact.name])).toEqual(
        callable.map((number) => [number, `Nomen${number}`]),
      );
      for (const number of forbidden) expect(await store.doNotCall(number, systemClock.now())).toHaveLength(1);
      // Killed at its last request it has finished, and rotate would begin anew.
      if (encryption?.state === "sealed" && encryption.key_id === set[0].id && set.length === n + 1) break;
    }
    expect(kills).toBeGreaterThan(1);
  }
  expect(readKeys(readFileSync(keyFile(), "utf8"), "key")).toHaveLength(2);
  expect(await project.dump()).not.toMatch(/Nomen|\+1200/);
}, 240_000);
