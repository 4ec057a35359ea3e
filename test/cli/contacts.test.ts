/** Contacts as an operator handles them: files into lists, what went wrong with them, and campaigns on lists. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { program } from "../support/program.ts";

let dir = "";
const at = (name: string): string => join(dir, name);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-contacts-"));
  writeFileSync(
    at("good.csv"),
    "name,phone,dnc,city\nAda,+12025550110,,Rome\nBea,+12025550111,,\nCleo,+12025550112,x,\n",
  );
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (argv: readonly string[], stdin?: string): Promise<Ran> =>
  program(argv, {
    cwd: dir,
    env: { CAMPAIGNS_DB: at("c.db"), HOME: dir, TZ: "UTC" },
    ...(stdin === undefined ? {} : { stdin }),
  });
const json = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const ran = await run([...argv, "--json"]);
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(ran.stdout) as Record<string, unknown>;
};
const importInto = (list: string, file: string, ...more: string[]): string[] => [
  "contacts",
  "import",
  at(file),
  "--list",
  list,
  ...more,
];
const create = (...more: string[]): string[] => [
  "create",
  "--name",
  "spring",
  "--assistant",
  "a1",
  "--timezone",
  "UTC",
  ...more,
];

function rowsOf(table: string): number {
  using db = new DatabaseSync(at("c.db"), { readOnly: true });
  return Number(db.prepare(`select count(*) as n from ${table}`).get()?.["n"]);
}
function nothingIsLeft(): void {
  for (const table of ["contact_lists", "contacts", "csv_files", "csv_contacts", "campaigns"]) {
    expect([table, rowsOf(table)]).toEqual([table, 0]);
  }
}

describe("contacts import", () => {
  test("makes the list, says so, and says what became of the rows", async () => {
    const { code, stdout, stderr } = await run(importInto("members", "good.csv"));
    expect(stdout).toContain('made the list "members"');
    expect(stdout).toContain('added 2 contacts to "members"; it has 3 now');
    expect(stderr).toContain("3 rows read: 2 kept, 1 do-not-call");
    expect(code).toBe(0);
  });

  test("twice adds nobody twice", async () => {
    await json(...importInto("members", "good.csv"));
    const again = await json(...importInto("MEMBERS", "good.csv"));
    expect(again).toMatchObject({
      created: false,
      list: { name: "members", contacts: 3, do_not_call: 1 },
      import: { read: 3, kept: 0, duplicates: 3, suppressed: 0 },
    });
    expect(rowsOf("contacts")).toBe(3);
    // The file that the contacts came in by is gone.
    expect([rowsOf("csv_files"), rowsOf("csv_contacts")]).toEqual([0, 0]);
  });

  test("reads stdin", async () => {
    const { code, stdout } = await run(["contacts", "import", "-", "--list", "l"], "phone\n+12025550110\n");
    expect(stdout).toContain("added 1 contact");
    expect(code).toBe(0);
  });

  test("a new name that happens to begin another list's id makes a list", async () => {
    const { list } = (await json(...importInto("members", "good.csv"))) as { list: { id: string } };
    const other = await json(...importInto(list.id.slice(0, 4), "good.csv"));
    expect(other).toMatchObject({ created: true });
  });

  test.each([
    ["a quote that never closes", 'name,phone\nAda,+12025550110\n"Bea,+12025550111\n'],
    ["a file that turns into something else", "name,phone\nAda,+12025550110\n\0\0\0\n"],
    ["no row that can be called", "phone\nabc\n911\n"],
  ])("%s leaves nothing half imported", async (_, text) => {
    writeFileSync(at("bad.csv"), text);
    expect(await run(importInto("members", "bad.csv"))).toMatchObject({ code: 2, stdout: "" });
    expect(await run(create("--csv", at("bad.csv")))).toMatchObject({ code: 2, stdout: "" });
    nothingIsLeft();
  });

  test("a file that breaks after some thousand contacts leaves nothing half imported", async () => {
    const rows = Array.from({ length: 10_000 }, (_, n) => `Contact ${n},+1999${2_000_000 + n}\n`);
    writeFileSync(at("bad.csv"), `name,phone\n${rows.join("")}"Bea,+12025550111\n`);
    const { code, stderr } = await run(importInto("members", "bad.csv"));
    expect(stderr).toContain("one that opens on line 10002 or soon after is not");
    expect(stderr).not.toContain("rows read");
    expect(code).toBe(2);
    nothingIsLeft();
  });

  test("what cannot be read to its end leaves nothing", async () => {
    mkdirSync(at("folder"));
    const { code, stderr } = await run(importInto("members", "folder"));
    expect(stderr).toContain("expected a readable file");
    expect(code).toBe(2);
    nothingIsLeft();
  });

  test.each([
    [["--map", "fone=name"], '--map: expected field=column, got "fone=name"'],
    [["--map", "phone=Nummer"], '--map: expected a column "Nummer" for phone, found "name", "phone", "dnc", "city"'],
    [["--default-region", "Narnia"], '--default-region: expected a country such as US, got "Narnia"'],
    [["--rejects", "/nowhere/r.csv"], "--rejects: expected a file that can be written"],
  ])("%j is refused before anything is imported", async (flags, sentence) => {
    const { code, stderr } = await run(importInto("members", "good.csv", ...flags));
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
    expect((await run(["contacts", "lists"])).stdout).toContain("no lists yet");
  });
});

describe("--rejects", () => {
  const HEADER = "reject_line,reject_column,reject_reason";
  beforeEach(() => {
    const rows = [
      "Ada,+12025550110,no,000123",
      '"Lovelace, A",,no,"two\nlines"',
      "Bea,202-555-0111,no,",
      "Cleo,+12025550112,maybe,",
      "Dora,+12025550113,no,x,y",
    ];
    writeFileSync(at("mixed.csv"), `name,phone,dnc,account\n${rows.join("\n")}\n`);
  });

  test("holds every rejected row as it was, with line, column and reason, for its owner only", async () => {
    await json(...importInto("members", "mixed.csv", "--rejects", at("rejects.csv")));
    expect(readFileSync(at("rejects.csv"), "utf8").split("\r\n")).toEqual([
      `${HEADER},name,phone,dnc,account`,
      '3,phone,the number is missing,"Lovelace, A",,no,"two\nlines"',
      "5,phone,the number needs a country code (+…) or --default-region,Bea,202-555-0111,no,",
      "6,dnc,do_not_call is neither yes nor no,Cleo,+12025550112,maybe,",
      "7,,more cells than the header has columns,Dora,+12025550113,no,x,y",
      "",
    ]);
    expect(statSync(at("rejects.csv")).mode & 0o777).toBe(0o600);
  });

  test("can be mended and imported again, until none is left", async () => {
    await json(...importInto("members", "mixed.csv", "--rejects", at("1.csv")));
    const mended = readFileSync(at("1.csv"), "utf8").replace("maybe", "yes").replace('A",,', 'A",+12025550114,');
    writeFileSync(at("1.csv"), mended);
    const second = await json(...importInto("members", "1.csv", "--rejects", at("2.csv"), "--default-region", "US"));
    expect(second).toMatchObject({
      import: { read: 4, kept: 2, suppressed: 1, rejected: { "more cells than the header has columns": 1 } },
    });
    const [header, last, ...rest] = readFileSync(at("2.csv"), "utf8").trim().split("\r\n");
    expect(header).toBe(`${HEADER},name,phone,dnc,account`);
    expect(last).toBe("6,,more cells than the header has columns,Dora,+12025550113,no,x,y");
    expect(rest).toEqual([]);
    writeFileSync(at("2.csv"), `${header}\n${last?.replace(",x,y", ",xy")}\n`);
    expect(await json(...importInto("members", "2.csv"))).toMatchObject({ import: { read: 1, kept: 1, rejected: {} } });
    // What was wrong with a row is no variable of the contact.
    expect(await json("contacts", "show", "+12025550113")).toMatchObject({
      lists: [{ contact: { name: "Dora", variables: { account: "xy" } } }],
    });
    const { lists } = (await json("contacts", "show", "+12025550113")) as {
      lists: { contact: { variables: object } }[];
    };
    expect(lists[0]?.contact.variables).toEqual({ account: "xy" });
  });

  test("is not to be the file that is read", async () => {
    const before = readFileSync(at("mixed.csv"), "utf8");
    const { code, stderr } = await run(importInto("members", "mixed.csv", "--rejects", join(dir, ".", "mixed.csv")));
    expect(stderr).toContain("expected a file other than the one that is imported");
    expect(code).toBe(2);
    expect(readFileSync(at("mixed.csv"), "utf8")).toBe(before);
  });

  test("overwrote a file that was there: it is refused without --force, and nothing is imported", async () => {
    writeFileSync(at("rejects.csv"), "my only copy");
    chmodSync(at("rejects.csv"), 0o644);
    const { code, stderr } = await run(importInto("members", "mixed.csv", "--rejects", at("rejects.csv")));
    expect(stderr).toContain("is there already\n  --force overwrites it");
    expect(code).toBe(2);
    expect(readFileSync(at("rejects.csv"), "utf8")).toBe("my only copy");
    await json(...importInto("members", "mixed.csv", "--rejects", at("rejects.csv"), "--force"));
    expect(readFileSync(at("rejects.csv"), "utf8")).toContain("Dora");
    expect(statSync(at("rejects.csv")).mode & 0o777).toBe(0o600);
  });

  test.each([[], ["--force"]])("followed a symbolic link to another file: it is refused, %j", async (...more) => {
    writeFileSync(at("other"), "somebody else's");
    symlinkSync(at("other"), at("link.csv"));
    symlinkSync(at("nowhere"), at("dangling.csv"));
    for (const link of ["link.csv", "dangling.csv"]) {
      const { code, stderr } = await run(importInto("members", "mixed.csv", "--rejects", at(link), ...more));
      expect(stderr).toContain("got a symbolic link");
      expect(code).toBe(2);
    }
    expect(readFileSync(at("other"), "utf8")).toBe("somebody else's");
    expect(existsSync(at("nowhere"))).toBe(false);
  });

  test("leaves no file when nothing was rejected, so that the next import is not refused", async () => {
    writeFileSync(at("good.csv"), "phone\n+12025550115\n");
    await json(...importInto("members", "good.csv", "--rejects", at("rejects.csv")));
    expect(existsSync(at("rejects.csv"))).toBe(false);
  });

  test("create writes them too, and has the report in its JSON", async () => {
    const created = await json(...create("--csv", at("mixed.csv"), "--rejects", at("rejects.csv")));
    expect(created["import"]).toEqual({
      read: 5,
      kept: 1,
      duplicates: 0,
      suppressed: 0,
      unverified: 0,
      unrounded: 0,
      undated: 0,
      outside: 0,
      countries: { US: 1 },
      columns: ["phone_number", "name", "account"],
      empty: {},
      rejected: {
        "the number is missing": 1,
        "the number needs a country code (+…) or --default-region": 1,
        "do_not_call is neither yes nor no": 1,
        "more cells than the header has columns": 1,
      },
      examples: expect.arrayContaining([{ line: 3, column: "phone", reason: "the number is missing" }]) as unknown,
      notes: [],
    });
    expect(readFileSync(at("rejects.csv"), "utf8")).toContain("Dora");
  });
});

describe("a campaign on a list", () => {
  beforeEach(() => run(importInto("members", "good.csv")));

  test("calls the contacts that are not marked do-not-call, by the list's name or id", async () => {
    const { lists } = (await json("contacts", "lists")) as { lists: { id: string }[] };
    expect(await json(...create("--list", lists[0]?.id.slice(0, 6) ?? ""))).toMatchObject({ execution_status: "idle" });
    await run(["start", "spring"]);
    const { calls } = (await json("calls", "spring")) as { calls: Record<string, unknown>[] };
    expect(calls.map((call) => call["phone_number"])).toEqual(["+12025550110", "+12025550111"]);
    expect(calls[0]).toMatchObject({ contact_name: "Ada", variables: { city: "Rome" } });
  });

  test.each([
    [[], "expected one of --csv and --list, got neither"],
    [["--list", "members", "--csv", "good.csv"], "expected one of --csv and --list, got both"],
    [["--list", "members", "--rejects", "r.csv"], "--rejects is about a file, and --list has none"],
    [["--list", "members", "--default-region", "US"], "--default-region is about a file"],
  ])("create %j is said wrong", async (flags, sentence) => {
    const { code, stderr } = await run(create(...flags));
    expect(stderr).toContain(sentence);
    expect(code).toBe(2);
  });

  test("on a list that is not there", async () => {
    const { code, stderr } = await run(create("--list", "nobody"));
    expect(stderr).toContain('expected the name or id of a list, got "nobody"');
    expect(code).toBe(1);
  });
});

describe("contacts show", () => {
  test("says which lists and campaigns have the number, and what is known of it", async () => {
    writeFileSync(
      at("consent.csv"),
      "phone,name,consent_at,consent_source,consent_proof\n+12025550110,Ada,2026-03-01,web form,form 7\n",
    );
    await run(importInto("members", "good.csv"));
    await run(importInto("agreed", "consent.csv"));
    await run(create("--list", "members", "--start"));
    await run(["create", "--name", "later", "--assistant", "a1", "--csv", at("good.csv")]);
    expect(await json("contacts", "show", "+1 202 555 0110")).toMatchObject({
      phone_number: "+12025550110",
      on_do_not_call_list: false,
      lists: [
        {
          name: "agreed",
          contact: { consent: { granted_at: "2026-03-01T00:00:00.000Z", source: "web form", proof: "form 7" } },
        },
        { name: "members", contact: { consent: null, variables: { city: "Rome" } } },
      ],
      calls: [{ campaign: "spring", status: "pending" }],
      not_started: [{ campaign: "later" }],
    });
    const { stdout } = await run(["contacts", "show", "+12025550110"]);
    expect(stdout).toContain("2026-03-01, by web form, proof: form 7");
    expect(stdout).toMatch(/spring\s+pending/);
    expect(stdout).toContain("in campaign later, which is not started");
  });

  test("an outcome that puts it on the do-not-call list is seen", async () => {
    await run(create("--csv", at("good.csv"), "--start"));
    const { calls } = (await json("calls", "spring")) as { calls: { id: string }[] };
    await run(["outcome", calls[0]?.id ?? "", "do_not_call"]);
    expect((await run(["contacts", "show", "+12025550110"])).stdout).toContain("on the do-not-call list");
  });

  test("of a number that nobody knows is refused, without the number", async () => {
    const { code, stderr } = await run(["contacts", "show", "+12025550199"]);
    expect(stderr).toContain("in no list and no campaign");
    expect(stderr).not.toContain("0199");
    expect(code).toBe(1);
  });
});

test.each([
  [["contacts", "import"], "do_not_call, may_call, remarks, time_zone"],
  [["create"], "do_not_call, may_call, remarks, time_zone"],
  [["dnc", "import"], "the fields are phone, area --"],
])("%j --help names the fields of --map: only an error did", async (command, fields) => {
  const { stdout } = await run([...command, "--help"]);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(fields);
});

test.each(["import", "lists", "show"])("contacts %s --help shows an example", async (command) => {
  const { code, stdout } = await run(["contacts", command, "--help"]);
  expect(stdout).toContain(`campaigns contacts ${command}`);
  expect(code).toBe(0);
});

test("contacts alone shows what there is", async () => {
  const { code, stderr } = await run(["contacts"]);
  expect(stderr).toContain("import");
  expect(code).toBe(2);
});
