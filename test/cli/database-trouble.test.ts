/** The SQLite file in trouble under a real runner: it says so, dials nobody meanwhile, and goes on when it is over. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { hears, SmallCampaign, stopped, storedDials } from "../support/campaign.ts";
import { Scratch } from "../support/cli.ts";

const BIN = fileURLToPath(new URL("../../bin/campaigns.js", import.meta.url));
/** A dozen processes at once on a machine that may be busy: 16 s on an idle one. */
const PATIENT = 180_000;
const NO_NEW_CALLS = "no new calls until it answers";
const BACK = "the database answers again";

/** Holds the file as a long transaction of another process does. */
function lock(path: string): Disposable {
  const db = new DatabaseSync(path, { timeout: 5000 });
  db.exec("begin exclusive");
  return { [Symbol.dispose]: () => db.close() };
}

describe.concurrent("in the middle of a campaign", { timeout: PATIENT }, () => {
  test("locked for longer than anybody waits: said, nobody dialed meanwhile, everybody once after", async () => {
    await using campaign = await SmallCampaign.start(16);
    const { scratch } = campaign;
    const runner = scratch.start("run", "--watch", "--poll", "1s", "--quiet");
    const back = hears(runner, BACK);
    await campaign.dialed(5);
    const locked = lock(scratch.db);
    const since = Date.now();
    const said = await hears(runner, NO_NEW_CALLS);
    expect(said).toContain("database is locked");
    expect(said).toContain("another process keeps the database locked");
    await campaign.dialsNobodyAfter(since, storedDials(scratch.db));
    locked[Symbol.dispose]();
    await back;
    await campaign.completed();
    expect(await stopped(runner)).toMatchObject({ code: 130 });
    await campaign.expectAllOnce();
  });

  test("locked, and told to stop: a runner hears Ctrl-C within seconds, however many calls wait to be stored", async () => {
    await using campaign = await SmallCampaign.start(16);
    const { scratch } = campaign;
    const runner = scratch.start("run", "--watch", "--poll", "1s");
    await campaign.dialed(5);
    const locked = lock(scratch.db);
    await hears(runner, NO_NEW_CALLS);
    const asked = Date.now();
    runner.kill("SIGINT");
    runner.kill("SIGTERM"); // a second signal, that is not merged with the first
    await runner.ended;
    expect(Date.now() - asked).toBeLessThan(12_000);
    locked[Symbol.dispose]();
  });

  const canLimit = spawnSync("prlimit", ["--version"]).status === 0;
  test.skipIf(!canLimit)(
    "no room on the disk (needs prlimit): said, nobody dialed, goes on once there is",
    async () => {
      await using campaign = await SmallCampaign.start(16);
      const { scratch } = campaign;
      const runner = scratch.start("run", "--watch", "--poll", "1s");
      const back = hears(runner, BACK);
      await campaign.dialed(4);
      // Files of the runner cannot grow over what its journal has now; a hard limit stays out of the way.
      const limit = (to: string): Buffer => execFileSync("prlimit", ["--pid", String(runner.pid), `--fsize=${to}:`]);
      limit(String(statSync(`${scratch.db}-wal`).size));
      const said = await hears(runner, NO_NEW_CALLS);
      expect(said).toMatch(/disk I\/O error|disk is full/);
      expect(said).toMatch(/free space|make room/);
      await systemClock.sleep(1500);
      expect(campaign.dials).toBe(storedDials(scratch.db)(Date.now()));
      await campaign.dialsNobodyAfter(Date.now(), storedDials(scratch.db));
      limit("unlimited");
      await back;
      await campaign.completed();
      expect(await stopped(runner)).toMatchObject({ code: 130 });
      await campaign.expectAllOnce();
    },
  );

  test("replaced by an older copy: said, nobody dialed from either; put back, it goes on", async () => {
    await using campaign = await SmallCampaign.start(16);
    const { scratch } = campaign;
    const copy = join(scratch.dir, "backup.db");
    const db = new DatabaseSync(scratch.db);
    db.exec(`vacuum into '${copy}'`);
    db.close();
    const runner = scratch.start("run", "--watch", "--poll", "1s");
    const back = hears(runner, BACK);
    await campaign.dialed(5);
    renameSync(scratch.db, `${scratch.db}.aside`);
    renameSync(copy, scratch.db);
    const since = Date.now();
    const said = await hears(runner, NO_NEW_CALLS);
    expect(said).toContain("the database file was replaced or removed while in use");
    expect(said).toContain("put it back, or stop this program and start it again");
    await systemClock.sleep(2000);
    const [dials, until] = [campaign.dials, Date.now()];
    renameSync(`${scratch.db}.aside`, scratch.db);
    const stored = storedDials(scratch.db);
    expect(stored(until)).toBe(stored(since));
    expect(dials).toBeLessThanOrEqual(stored(since));
    await back;
    await campaign.completed();
    expect(await stopped(runner)).toMatchObject({ code: 130 });
    await campaign.expectAllOnce();
  });

  test("removed: said, nobody dialed, and the runner can be stopped", async () => {
    await using campaign = await SmallCampaign.start(16);
    const { scratch } = campaign;
    const runner = scratch.start("run", "--for", "8s");
    await campaign.dialed(5);
    for (const file of ["c.db", "c.db-wal", "c.db-shm"])
      renameSync(join(scratch.dir, file), join(scratch.dir, `_${file}`));
    const since = Date.now();
    const said = await hears(runner, NO_NEW_CALLS);
    expect(said).toContain("replaced or removed");
    await campaign.dialsNobodyAfter(since, storedDials(join(scratch.dir, "_c.db")));
    runner.kill("SIGINT");
    runner.kill("SIGTERM");
    expect(await runner.ended).toMatchObject({ code: 3 });
  });
});

function prepared(): Scratch {
  const scratch = new Scratch();
  scratch.file("contacts.csv", "name,phone_number\nA,+12015550100\n");
  return scratch;
}

describe.concurrent("from the start: one sentence, what to do, exit code 3", { timeout: PATIENT }, () => {
  const CREATE = "create --name n --csv contacts.csv --assistant a1 --rules none --timezone UTC".split(" ");
  const COMMANDS = [["run", "--sandbox"], ["status", "c"], ["start", "c"], CREATE];

  async function allRefuse(scratch: Scratch, sentence: RegExp, commands = COMMANDS): Promise<void> {
    for (const argv of commands) {
      const { code, stdout, stderr } = await scratch.run(...argv);
      expect([argv[0], code, stdout]).toEqual([argv[0], 3, ""]);
      expect(stderr).toMatch(sentence);
      expect(stderr.trimEnd().split("\n")).toHaveLength(2);
    }
  }

  test("not a database, and it stays what it is", async () => {
    using scratch = prepared();
    const text = "this is no database, it is a letter to a friend";
    writeFileSync(scratch.db, text, { mode: 0o644 });
    chmodSync(scratch.db, 0o644);
    await allRefuse(scratch, /file is not a database[^]*--db/);
    expect([statSync(scratch.db).size, statSync(scratch.db).mode & 0o777]).toEqual([text.length, 0o644]);
  });

  test("another program's database, and it stays what it is: neither tables nor journal are added", async () => {
    using scratch = prepared();
    {
      using other = new DatabaseSync(scratch.db);
      other.exec("create table bookmarks (url text)");
    }
    chmodSync(scratch.db, 0o644);
    const before = readFileSync(scratch.db);
    await allRefuse(scratch, /another program's database[^]*--db/);
    expect(readFileSync(scratch.db)).toEqual(before);
    expect(statSync(scratch.db).mode & 0o777).toBe(0o644);
  });

  test("an empty file is nobody's yet, and becomes ours", async () => {
    using scratch = prepared();
    writeFileSync(scratch.db, "");
    expect(await scratch.run("list")).toMatchObject({ code: 0, stderr: "" });
  });

  test("a directory, whose mode stays as it was", async () => {
    using scratch = prepared();
    mkdirSync(scratch.db, { mode: 0o755 });
    await allRefuse(scratch, /unable to open database file[^]*check that it is a file/);
    expect(statSync(scratch.db).mode & 0o777).toBe(0o755);
  });

  test("damaged", async () => {
    using scratch = prepared();
    await scratch.run(...CREATE);
    const file = new DatabaseSync(scratch.db);
    file.exec("pragma wal_checkpoint(truncate)");
    file.close();
    execFileSync("truncate", ["--size=8192", scratch.db]);
    await allRefuse(scratch, /malformed[^]*put a backup in its place/);
  });

  test.each(["contacts.csv/c.db", "/proc/nowhere/c.db"])("below what is no directory: %s", async (path) => {
    using scratch = prepared();
    await allRefuse(scratch, /check that it is a file, and that its directory exists/, [[...CREATE, "--db", path]]);
  });

  test("locked for long: what only reads goes on", async () => {
    using scratch = prepared();
    await scratch.run(...CREATE);
    const locked = lock(scratch.db);
    await allRefuse(scratch, /database is locked[^]*another process/, [["start", "n"]]);
    expect(await scratch.run("status", "n")).toMatchObject({ code: 0 });
    locked[Symbol.dispose]();
  });

  test("read-only, or somebody else's: commands that write are refused, and opening it changes no mode", async (context) => {
    using scratch = prepared();
    await scratch.run(...CREATE);
    const asRoot = process.getuid?.() === 0;
    const me = asRoot ? { uid: 65_534, gid: 65_534 } : {};
    const reaches = spawnSync(process.execPath, [BIN, "--version"], { ...me, env: {} }).status === 0;
    if (!reaches) context.skip("modes do not bind root, and nobody cannot reach the program here");
    const run = (...argv: string[]): { code: number | null; stderr: string } => {
      const { status, stderr } = spawnSync(process.execPath, [BIN, ...argv], {
        ...me,
        cwd: scratch.dir,
        env: { HOME: scratch.dir, CAMPAIGNS_DB: scratch.db },
        encoding: "utf8",
      });
      return { code: status, stderr };
    };
    if (asRoot) for (const path of [scratch.dir, scratch.db]) chownSync(path, 65_534, 65_534);
    chmodSync(scratch.db, 0o400);
    expect(run("start", "n")).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/readonly[^]*make them writable/),
    });
    expect(statSync(scratch.db).mode & 0o777).toBe(0o400);
    chmodSync(scratch.db, 0o000);
    expect(run("start", "n")).toMatchObject({ code: 3, stderr: expect.stringContaining("yours to write") });
    chmodSync(scratch.dir, 0o500);
    chmodSync(scratch.db, 0o600);
    expect(run("start", "n")).toMatchObject({ code: 3, stderr: expect.stringMatching(/readonly|unable to open/) });
    chmodSync(scratch.dir, 0o700);
  });
});
