/** What a shell gets at a Tab: words out of the tree of commands, names out of the database; and that nothing is changed. */
import { randomUUID } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sqliteNames } from "../../src/adapters/sqlite/names.ts";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { supabaseNames } from "../../src/adapters/supabase/names.ts";
import { type Branch, branchOf } from "../../src/cli/completion/tree.ts";
import { wantedAt } from "../../src/cli/completion/wanted.ts";
import type { Names } from "../../src/engine/ports/names.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { Folder, type Ran, Scratch } from "../support/cli.ts";
import { Desk } from "../support/desk.ts";
import { Postgres } from "../support/postgres.ts";
import { wholeProgram } from "../support/program.ts";
import { SupabaseProject } from "../support/supabase.ts";

const BIN = fileURLToPath(new URL("../../bin/campaigns.js", import.meta.url));
const [ALICE, BOB] = ["a11ce000-0000-4000-8000-00000000000a", "b0b00000-0000-4000-8000-00000000000b"] as const;

describe("the tree of commands", () => {
  let tree: Branch;
  beforeAll(async () => {
    tree = branchOf(await wholeProgram());
  });
  const at = (...words: string[]): unknown => {
    const { typed, before, words: known, takes } = wantedAt(tree, words);
    const fitting = known.map(({ text }) => before + text).filter((text) => text.startsWith(before + typed));
    return takes === "text" ? fitting : takes;
  };

  test.each([
    [["sta"], ["start", "status"]],
    [
      ["--quiet", "--db", "x.db", "sta"],
      ["start", "status"],
    ],
    [["contacts", "l"], ["lists"]],
    [["list", "--sta"], ["--status"]],
    [["list", "--status", "p"], ["paused"]],
    [["list", "--status=p"], ["--status=paused"]],
    [["list", "--status", "=", "p"], ["paused"]],
    [["list", "--status", "idle", "--sta"], []],
    [["calls", "spring", "--status", "no"], ["no_answer"]],
    [["outcome", "3f0c", "do"], ["do_not_call"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["status", "--quie"], ["--quiet"]],
    [["--vers"], ["--version"]],
    [["status", "--vers"], []],
    [["dial", ""], []],
    [["create", "--name", "sta"], []],
    [["list", "--", "--sta"], []],
    [["nonsense", "sta"], []],
    [[], ["apply"]],
  ])("%j", (words, expected) => {
    expect(at(...words)).toEqual(words.length === 0 ? expect.arrayContaining(expected) : expected);
  });

  test.each([
    [["start", ""], "campaigns"],
    [["run", "--campaign", "spring", ""], []],
    [["run", "--campaign", ""], "campaigns"],
    [["move", "spring", ""], "campaigns"],
    [["simulate", "spring", "--like", ""], "campaigns"],
    [["create", "--list", ""], "lists"],
    [["contacts", "import", "x.csv", "--list", ""], "lists"],
    [["dnc", "import", "x.csv", "--source", ""], []],
    [["trunks", "limit", ""], "trunks"],
    [["dial", "+12025550110", "--trunk", ""], "trunks"],
    [["create", "--csv", ""], "files"],
    [["apply", "-f", ""], "files"],
    [["--db", ""], "files"],
    [["backup", ""], "files"],
  ])("what follows %j comes from elsewhere", (words, expected) => {
    expect(at(...words)).toEqual(expected);
  });
});

/** Two owners, each with a list, a campaign and a number; and a number of nobody's. */
async function fill(desk: Desk, open: (userId?: string) => Store): Promise<void> {
  for (const [who, user] of [
    ["alice", ALICE],
    ["bob", BOB],
  ] as const) {
    const csv = desk.file(`${who}.csv`, "phone\n+12025550110");
    await desk.run(["contacts", "import", csv, "--list", `${who}'s list`, "--user", user]);
    const create = ["create", "--name", `${who} 1`, "--list", `${who}'s list`, "--assistant", "demo", "--user", user];
    expect((await desk.run(create)).code).toBe(0);
  }
  for (const [n, userId, trunkName] of [
    [0, ALICE, "alice-trunk"],
    [1, BOB, "bob-trunk"],
    [2, undefined, "shared"],
  ] as const) {
    await using store = open(userId);
    const whose = { id: randomUUID(), assistantId: "demo", trunkId: `ST_${n}`, trunkName };
    await store.assignNumber({ ...whose, number: `+1202555019${n}` }, 0);
  }
}

async function expectNames(namesOf: (owner: string | undefined) => Names): Promise<void> {
  const all = namesOf(undefined);
  expect([await all("campaigns"), await all("lists"), await all("trunks")]).toEqual([
    ["bob 1", "alice 1"],
    ["bob's list", "alice's list"],
    ["alice-trunk", "bob-trunk", "shared"],
  ]);
  const own = namesOf(ALICE);
  expect([await own("campaigns"), await own("lists"), await own("trunks")]).toEqual([
    ["alice 1"],
    ["alice's list"],
    ["alice-trunk", "shared"],
  ]);
}

/** Everything about the files of a directory, their times too. */
const traces = (dir: string): string[] =>
  readdirSync(dir).map((name) => {
    const { mode, size, mtimeMs, ino } = statSync(join(dir, name));
    return [name, mode, size, mtimeMs, ino].join(" ");
  });

test("a file's names are its owner's, and reading them leaves no trace, whoever has it open", async () => {
  await using desk = new Desk();
  {
    await fill(desk, (userId) => openSqliteStore(desk.db, { userId }));
    await using store = openSqliteStore(desk.db);
    await store.listCampaigns();
    const before = traces(desk.dir);
    await expectNames((owner) => sqliteNames(desk.db, owner));
    expect(traces(desk.dir)).toEqual(before);
  }
  const before = traces(desk.dir);
  expect(before.join()).not.toContain("-wal");
  await expectNames((owner) => sqliteNames(desk.db, owner));
  expect(traces(desk.dir)).toEqual(before);
});

describe("a project", () => {
  let postgres: Postgres;
  let project: SupabaseProject;
  beforeAll(async () => {
    postgres = await Postgres.start();
    project = await SupabaseProject.start(postgres, "completion");
  });
  afterAll(async () => {
    await project?.[Symbol.asyncDispose]();
    await postgres?.[Symbol.asyncDispose]();
  });

  test("its names are its owner's", async () => {
    const { url, serviceRoleKey } = project;
    await using desk = new Desk({ SUPABASE_URL: url, SUPABASE_SERVICE_ROLE_KEY: serviceRoleKey });
    await fill(desk, (userId) => project.open(userId));
    await expectNames((userId) => supabaseNames({ url, serviceRoleKey, userId }, AbortSignal.timeout(30_000)));
  });
});

const silent: Ran = { code: 0, stdout: "", stderr: "" };
const complete = (desk: Scratch, ...words: string[]): Promise<Ran> => desk.run("completion", "fish", "--", ...words);

test("where something is wrong nothing is said, made or waited for", async () => {
  using desk = new Scratch();
  const nothing = traces(desk.dir);
  expect(await complete(desk, "status", "")).toEqual(silent);
  expect(traces(desk.dir)).toEqual(nothing);

  desk.file("garbage.db", "x".repeat(5000));
  desk.file("half.env", "SUPABASE_URL=http://127.0.0.1:9");
  const older = new DatabaseSync(join(desk.dir, "older.db"));
  older.exec(
    "create table campaigns (id text, name text); insert into campaigns values ('1', 'x'); pragma user_version = 4",
  );
  older.close();
  const before = traces(desk.dir);
  for (const flags of [
    ["--db", "garbage.db"],
    ["--db", "older.db"],
    ["--db", "."],
    ["--settings", "half.env"],
    ["--settings", "none"],
    ["--user="],
  ]) {
    expect([flags, await complete(desk, "status", ...flags, "")]).toEqual([flags, silent]);
  }
  expect(traces(desk.dir)).toEqual(before);

  // A project that never answers.
  const deaf = createServer(() => {}).listen(0, "127.0.0.1");
  await once(deaf, "listening");
  desk.env({
    SUPABASE_URL: `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`,
    SUPABASE_SERVICE_ROLE_KEY: "sb_secret_x",
    CAMPAIGNS_DB: "",
  });
  expect(await complete(desk, "status", "")).toEqual(silent);
  deaf.close();
}, 120_000);

test("a Tab costs less than 300 ms, and loads neither the commands nor the stores", async () => {
  await using desk = new Desk();
  await fill(desk, (userId) => openSqliteStore(desk.db, { userId }));
  const hook = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    process.on("exit", () => process.stderr.write(JSON.stringify({ loaded, cpu: process.cpuUsage() })));`;
  const script = `process.argv = ["node", "campaigns", "completion", "zsh", "--", "status", ""];
    const hurt = process.stderr.write.bind(process.stderr);
    process.stderr.write = (text) => hurt("\\n" + text);
    await import(${JSON.stringify(BIN)});`;
  const args = ["--import", `data:text/javascript,${encodeURIComponent(hook)}`, "--input-type=module", "-e", script];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: desk.dir, env: desk.env });
  expect(stdout).toBe("bob 1\t\nalice 1\t\n");
  const { loaded, cpu } = JSON.parse(stderr.split("\n").at(-1) ?? "") as {
    loaded: readonly string[];
    cpu: { readonly user: number; readonly system: number };
  };
  expect(loaded.filter((url) => /cli\/commands\/|store\.js|supabase|livekit|zod|session\.js/.test(url))).toEqual([]);
  // Of the processor, in microseconds: other programs may have it meanwhile.
  expect(cpu.user + cpu.system).toBeLessThan(300_000);
});

/** As readline would: the words, and of the last what stands before the cursor. */
const ASK = [
  "source <(campaigns completion bash)",
  'ask() { COMP_WORDS=("${@:2}"); COMP_CWORD=$(($# - 2)); _campaigns campaigns "$1" 2>/dev/null; printf "%s|" "${COMPREPLY[@]}"; echo; }',
];

test("a real bash quotes what must be quoted, and runs nothing of what is typed or named", async () => {
  using folder = new Folder();
  await openSqliteStore(folder.db)[Symbol.asyncDispose]();
  {
    using db = new DatabaseSync(folder.db);
    const insert = db.prepare("insert into contact_lists (id, name, created_at) values (?, ?, '2026-11-29')");
    for (const name of ["spring", "spring 2", "o'brien", "x$(touch pwned)", "x\u202ey", "x\ny", "-x"]) {
      insert.run(randomUUID(), name);
    }
  }
  mkdirSync(join(folder.dir, "bin"));
  symlinkSync(BIN, join(folder.dir, "bin", "campaigns"));
  symlinkSync(process.execPath, join(folder.dir, "bin", "node"));
  const path = [join(folder.dir, "bin"), process.env["PATH"]].join(delimiter);
  const asked = [
    ["ask spri campaigns create --list spri", "spring|spring\\ 2|"],
    ["ask o campaigns create --list o", "o\\'brien|"],
    ["ask x campaigns create --list x", "x\\$\\(touch\\ pwned\\)|"],
    // Within quotes the shell would run it.
    ["ask x campaigns create --list '\"x'", "|"],
    ["ask 'spring ' campaigns create --list '\"spring '", "spring 2|"],
    ["ask 'spring\\ ' campaigns create --list 'spring\\ '", "spring\\ 2|"],
    ["ask ru campaigns list --status = ru", "running|"],
    ["ask '' campaigns create '$(touch pwned)' '`touch pwned`' --list ''", expect.stringContaining("spring|")],
    ["ask me campaigns create --csv me", "|"],
  ] as const;
  const said = execFileSync("bash", ["--norc", "-c", [...ASK, ...asked.map(([ask]) => ask)].join("\n")], {
    cwd: folder.dir,
    env: { HOME: folder.dir, CAMPAIGNS_DB: folder.db, PATH: path },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(said.trimEnd().split("\n")).toEqual(asked.map(([, answer]) => answer));
  expect(readdirSync(folder.dir)).not.toContain("pwned");
}, 120_000);

describe.each(["zsh", "fish"])("a real %s", (shell) => {
  const isThere = spawnSync(shell, ["--version"]).status === 0;
  const script = fileURLToPath(new URL(`../../src/cli/completion/campaigns.${shell}`, import.meta.url));
  test.skipIf(!isThere)("takes its script (skipped where it is not installed)", () => {
    expect(spawnSync(shell, ["-n", script], { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
  });
});
