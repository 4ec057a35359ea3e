/** Whom one must not call, as an operator says it: dnc, consent, rules, start --dry-run. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { program } from "../support/program.ts";

let dir: string;
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), "campaigns-rules-"))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (line: string, stdin?: string): Promise<Ran> =>
  program(line.split(" "), {
    cwd: dir,
    env: { CAMPAIGNS_DB: join(dir, "c.db"), TZ: "UTC" },
    ...(stdin === undefined ? {} : { stdin }),
  });
const json = async (line: string, stdin?: string): Promise<Record<string, unknown>> =>
  JSON.parse((await run(`${line} --json`, stdin)).stdout) as Record<string, unknown>;

const CONTACTS = [
  "name,phone_number,dnc",
  "Ada,+12125550123,",
  "Bo,+13105550124,",
  "Cy,+12125550125,yes",
  "Di,+883510012345,",
];

describe("dnc", () => {
  test("adds, checks, lists and removes numbers, and says how many were new", async () => {
    expect((await run("dnc add +12025550123 +12025550124")).stdout).toContain("2 numbers added");
    expect((await run("dnc add +12025550123")).stdout).toContain("0 numbers added, 1 on the list already");
    expect(await run("dnc check +12025550123")).toMatchObject({ code: 0 });
    expect(await run("dnc check +12025550199")).toMatchObject({ code: 1 });
    expect((await run("dnc list")).stdout).toMatch(/\+12025550123 .*operator/);
    expect(await run("dnc remove +12025550123")).toMatchObject({ code: 0 });
    expect(await run("dnc remove +12025550123")).toMatchObject({ code: 1 });
    expect((await json("dnc list"))["numbers"]).toHaveLength(1);
  });

  test("imports every number of a file, whatever else its rows say", async () => {
    const { added } = await json("dnc import - --reason registry", CONTACTS.slice(0, 4).join("\n"));
    expect(added).toBe(3);
    expect((await run("dnc check +12125550123")).stdout).toContain("(registry)");
  });

  test("a number that is none is refused without being shown", async () => {
    const { code, stderr } = await run("dnc add 555");
    expect(code).toBe(2);
    expect(stderr).toContain("needs a country code");
  });
});

describe("consent", () => {
  test("is recorded with its proof, shown, and revoked at once", async () => {
    const to = "contacts consent +12125550123";
    expect((await run(`${to} --source form`)).stdout).toContain("without --proof it allows no call");
    expect((await run(`${to} --source form2 --proof page12`)).stdout).toBe("recorded\n");
    expect((await json(to))["consents"]).toMatchObject([{ valid: false }, { valid: true, proof: "page12" }]);
    // One that holds for good was listed as revoked.
    expect((await run(to)).stdout).toMatch(/form2 +page12 +it is revoked +yes$/m);
    expect((await run("contacts show +12125550123")).stdout).toMatch(/consent .* by form2, proof: page12: holds/);
    expect(await json(`${to} --revoke`)).toEqual({ revoked: 2 });
    expect((await run("contacts show +12125550123")).stdout).toMatch(/proof: page12: revoked/);
    expect((await run(to)).stdout).not.toMatch(/yes$/m);
  });

  test.each([
    ["--proof page12", "expected --source"],
    ["--source form --level maybe", "level: expected one of express_written"],
    ["--source form --granted-at yesterday", "expected a date such as 2026-11-23"],
  ])("%s is refused in one sentence", async (flags, sentence) => {
    const { code, stderr } = await run(`contacts consent +12125550123 ${flags}`);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});

describe("rules", () => {
  test("are printed with hours, source, confidence and date, and are no legal advice", async () => {
    const { code, stdout } = await run("rules fr");
    expect(code).toBe(0);
    expect(stdout).toMatch(/hours +mon-fri 10:00-13:00; mon-fri 14:00-20:00/);
    expect(stdout).toMatch(/source +Code conso/);
    expect(stdout).toMatch(/confidence +high, verified 2026-/);
    expect(stdout).toContain("no legal advice");
    expect((await run("rules atlantis")).code).toBe(1);
  });

  test("what --json prints is a table that --rules-file takes", async () => {
    const table = (await run("rules us --json")).stdout;
    writeFileSync(join(dir, "rules.json"), table);
    const create = `create --name c --csv - --assistant a --rules us-fl --rules-file ${join(dir, "rules.json")}`;
    expect(await run(create, CONTACTS.join("\n"))).toMatchObject({ code: 0 });
  });

  test.each([
    ["--rules mars", "rules: expected rules such as us, us-strict, gb or none"],
    ["--hours-in server", "hours in: expected contact or campaign"],
    ["--rules-file nowhere.json", "--rules-file: expected a readable file"],
  ])("create %s is refused, and nothing is left behind", async (flags, sentence) => {
    const { code, stderr } = await run(`create --name c --csv - --assistant a ${flags}`, CONTACTS.join("\n"));
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect((await json("list"))["campaigns"]).toEqual([]);
  });

  test("a broken table says where, what was expected and what came", async () => {
    writeFileSync(join(dir, "rules.json"), '{"meta": {"version": "soon"}, "rules": []}');
    const { code, stderr } = await run(
      `create --name c --csv - --assistant a --rules-file ${join(dir, "rules.json")}`,
      CONTACTS.join("\n"),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/meta\.version: expected a date such as .*, got "soon"/);
  });
});

test("start --dry-run counts who is called, who is left out and why, and starts nothing", async () => {
  await run("dnc add +13105550124");
  await run("create --name c --csv - --assistant a --hours 0-24 --days all", CONTACTS.join("\n"));
  const { stdout } = await run("start c --dry-run");
  expect(stdout).toContain("1 contact will be called");
  expect(stdout).toContain("1 left out: marked do-not-call");
  expect(stdout).toContain("1 left out: on the do-not-call list");
  expect(stdout).toContain("1 never callable: nobody knows the time zone of the number");
  expect(stdout).toMatch(/first dial /);
  expect(await json("status c")).toMatchObject({ execution_status: "idle" });
  expect(await json("start c")).toMatchObject({ preflight: { callable: 1 } });
  expect((await run("explain c +883510012345")).stdout).toContain("nobody knows the time zone of the number");
});

test("who was left out for want of a consent got no reason, or a wrong one", async () => {
  const proven = [
    "name,phone_number,consent_at,consent_source,consent_proof",
    "Ada,+12125550123,2026-01-02,form,page 12",
  ];
  const csv = [...proven, "Bo,+12125550124,,,", "Cy,+12125550125,,,"].join("\n");
  const create = "create --name c --csv - --assistant a --hours 0-24 --days all --require-consent --start";
  const { stdout } = await run(create, csv);
  expect(stdout).toContain("it is running; campaigns run dials it\n1 contact will be called");
  expect(stdout).toContain("2 left out: without a proven consent");
  const status = (await run("status c")).stdout;
  expect(status).toContain("(2 contacts left out at start: duplicates, do-not-call or without a proven consent)");
  const { code, stderr } = await run("explain c +12125550124");
  expect(code).toBe(1);
  expect(stderr).toContain("it is without a proven consent, so it became no call when the campaign was started");

  // A consent that comes later does not hide it.
  await run("contacts consent +12125550124 --source form --proof page13");
  expect((await run("explain c +12125550124")).stderr).toContain(
    "contacts without a proven consent when the campaign was started became no calls",
  );
});

test("create --start says that nobody will be called, and why", async () => {
  await run("dnc add +12125550123");
  const create = "create --csv - --assistant a --hours 0-24 --days all --start";
  const csv = "name,phone_number\nAda,+12125550123";
  const { stdout } = await run(`${create} --name c`, csv);
  expect(stdout).toContain("it is running, with nobody to call\n0 contacts will be called");
  expect(stdout).toContain("1 left out: on the do-not-call list");
  expect((await run("status c")).stdout).toContain("(1 contact left out at start: duplicates or do-not-call)");
  expect(await json(`${create} --name d`, csv)).toMatchObject({ preflight: { callable: 0, left_out: { on_list: 1 } } });
});

test("a number whose consent was revoked was called by every campaign that asked for none", async () => {
  const csv = ["name,phone_number", "Ada,+12125550123", "Bo,+13105550124"].join("\n");
  await run("create --name n --csv - --assistant a1 --hours 0-24 --days all", csv);
  expect((await run("contacts consent +12125550123 --revoke")).code).toBe(0);
  const check = await run("dnc check +12125550123");
  expect(check.code).toBe(0);
  expect(check.stdout).toContain("from revocation (the consent was revoked)");
  expect(await json("start n --dry-run")).toMatchObject({ callable: 1, left_out: { on_list: 1 } });
  await run("contacts consent +12125550123 --source form --proof page12");
  expect((await run("dnc check +12125550123")).code).toBe(1);
  expect(await json("start n --dry-run")).toMatchObject({ callable: 2, left_out: { on_list: 0 } });
});

test("the dry run says how many lack the consent that their country asks for, whatever the campaign asks", async () => {
  const header = "name,phone_number,consent_at,consent_source,consent_proof";
  const csv = [
    header,
    "Ada,+442079460123,2026-11-01,form,page 12",
    "Bo,+442079460124,,,",
    "Cy,+12125550125,2026-11-01,form,page 12",
  ].join("\n");
  await run("create --name n --csv - --assistant a1 --hours 9:30-12,14-17:15 --max-per-contact 3/7d", csv);
  // Britain asks for an express one, the United States for a written one.
  const dry = await json("start n --dry-run");
  expect(dry).toMatchObject({ callable: 3, lacking_consent: 2 });
  expect((await run("start n --dry-run")).stdout).toContain("2 of them lack the consent");
  expect(await json("status n")).toMatchObject({ hours: "mon-fri 9:30-12:00,14:00-17:15", max_per_contact: "3/7d" });
});

test("a file says of what level a consent is, what for and until when", async () => {
  const csv = [
    "name,phone_number,consent_at,consent_source,consent_proof,consent_level,consent_purpose,consent_expires",
    "Ada,+12125550123,2026-11-01,form,page 12,Express written,,2099-01-01",
    "Bo,+12125550124,2026-11-01,form,page 12,express,,",
    "Cy,+12125550125,2026-11-01,form,page 12,express_written,survey,",
    "Di,+12125550126,2026-11-01,form,page 12,express_written,,2026-11-02",
    "Ed,+12125550127,2026-11-01,form,page 12,solemn,,",
  ].join("\n");
  await run("create --name n --csv - --assistant a1 --require-consent", csv);
  expect((await json("contacts consent +12125550123"))["consents"]).toMatchObject([
    { level: "express_written", purpose: "marketing", expires_at: "2099-01-01T00:00:00.000Z", valid: true },
  ]);
  // Ada's will do; Bo's is of a lower level than the United States ask for; Cy's is for something else, Di's is over.
  expect(await json("start n --dry-run")).toMatchObject({
    callable: 2,
    lacking_consent: 1,
    left_out: { no_consent: 2 },
  });
});
