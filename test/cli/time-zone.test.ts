/** Whose clock a campaign keeps when nobody says: the machine's, as TZ names it in any of the ways that machines do. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { program } from "../support/program.ts";
import type { Ran } from "../support/cli.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-zone-"));
  writeFileSync(join(dir, "c.csv"), "name,phone_number\nAda,+12025550110\n");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const create = (TZ: string, ...more: string[]): Promise<Ran> =>
  program(["create", "--name", "n", "--csv", join(dir, "c.csv"), "--assistant", "a", "--json", ...more], {
    cwd: dir,
    env: { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ },
  });

test.each([
  ["", "UTC"],
  ["UTC", "UTC"],
  [":America/New_York", "America/New_York"],
  ["/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"],
])("TZ=%s is %s", async (tz, zone) => {
  const { code, stdout } = await create(tz);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ timezone: zone });
});

test.each(["EST5EDT", "UTC+5", "EST5EDT,M3.2.0,M11.1.0", "US/Pacific-New"])(
  "a TZ that is no place was called undefined: %s",
  async (tz) => {
    const { code, stderr } = await create(tz);
    expect(code).toBe(2);
    expect(stderr).toContain(`TZ, this machine's time zone, is \\"${tz}\\": use --timezone`);
    expect((await create(tz, "--timezone", "Europe/London")).code).toBe(0);
  },
);

test.each(["US/Pacific-New", "SystemV/EST5", "Etc/GMT-5", "EST"])("--timezone %s ended in a stack", async (zone) => {
  const { code, stderr } = await create("UTC", "--timezone", zone);
  expect(code).toBe(2);
  expect(stderr).toContain("timezone: expected an IANA time zone such as Europe/London");
});

test("one contact with a zone that is no place lost the whole file", async () => {
  const rows = ["Jon,+12025550104,Asia/Kolkata", "Mara,+12025550101,SystemV/EST5", "Tess,+12025550105,US/Pacific-New"];
  writeFileSync(join(dir, "c.csv"), ["name,phone_number,time_zone", ...rows, "Orr,+12025550106,UTC"].join("\n"));
  const { code, stdout } = await create("UTC");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    import: { kept: 1, rejected: { "the time zone is not a known one, such as Europe/London": 3 } },
  });
});

test("contacts whose time zone nobody knows were ended, with exit code 0: they wait, and the run says so", async () => {
  writeFileSync(join(dir, "c.csv"), "name,phone_number\nOn a ship,+870773112345\n");
  const env = { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ: "UTC" };
  const run = (argv: readonly string[]): Promise<Ran> => program(argv, { cwd: dir, env });
  expect((await create("UTC", "--hours", "0-24", "--days", "all", "--start")).code).toBe(0);
  const ran = await run(["run", "--sandbox"]);
  expect(ran.code).toBe(1);
  expect(ran.stdout + ran.stderr).toContain("nobody knows the time zone of the remaining contacts");
  const { stdout } = await run(["status", "n", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ execution_status: "running", calls: { pending: 1, failed: 0 } });
});

const NOTE = "note: this machine's clock is UTC, so mon-fri 9:00-17:00 is in UTC; --timezone names another";
test.each(["", "UTC", "Etc/UTC"])("a machine on UTC, TZ=%j, is said to be, once", async (tz) => {
  const { stdout, stderr, code } = await create(tz, "--json");
  expect(stderr.split("\n").filter((line) => line.includes("UTC"))).toEqual([NOTE]);
  expect(JSON.parse(stdout)).not.toHaveProperty("notes");
  expect(code).toBe(0);
});
test.each([
  ["Europe/Berlin"],
  ["UTC", "--timezone", "Europe/Berlin"],
  ["UTC", "--quiet"],
  ["UTC", "--hours=0-24", "--days=all"],
])("nothing is said of UTC with TZ=%s %s %s", async (tz, ...more) => {
  expect((await create(tz, ...more)).stderr).not.toContain("UTC");
});

test("hours that are the night are said to be, at create, at apply and at start", async () => {
  const note = "note: 9:00-5:00 is the night, up to 5:00 the next morning; 9am-5pm is 9:00-17:00\n";
  const made = await create("Europe/Berlin", "--hours", "9-5");
  expect(made).toMatchObject({ code: 0, stderr: note });
  writeFileSync(join(dir, "n.yaml"), "name: m\nassistant: a1\nhours: 9-5\ncontacts: { csv: c.csv }\n");
  const env = { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ: "Europe/Berlin" };
  for (const argv of [
    ["apply", "-f", "n.yaml", "--dry-run"],
    ["start", "n", "--dry-run"],
  ])
    expect(await program(argv, { cwd: dir, env })).toMatchObject({ code: 0, stderr: note });
  expect((await create("Europe/Berlin", "--name", "day", "--hours", "9am-5pm")).stderr).toBe("");
});
