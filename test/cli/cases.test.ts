/** The files of test/cases, after reports from the field, each as its operator would use it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ran } from "../support/cli.ts";
import { program } from "../support/program.ts";

const CASES = fileURLToPath(new URL("../cases/", import.meta.url));
let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "campaigns-cases-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const run = (...argv: string[]): Promise<Ran> =>
  program(argv, { cwd: dir, env: { CAMPAIGNS_DB: join(dir, "c.db"), HOME: dir, TZ: "UTC" } });
const importInto = (list: string, file: string, ...more: string[]): Promise<Ran> =>
  run("contacts", "import", join(CASES, file), "--list", list, ...more);
const suppress = (file: string, ...more: string[]): Promise<Ran> => run("dnc", "import", join(CASES, file), ...more);
const isOnList = async (number: string): Promise<boolean> => (await run("dnc", "check", number)).code === 0;

/** Numbers of a list, by what a campaign on it would call. */
async function calledOf(...source: string[]): Promise<string[]> {
  const name = `c${Math.random()}`;
  expect((await run("create", "--name", name, "--assistant", "a", ...source, "--start")).stderr).not.toContain(
    "campaigns:",
  );
  const { calls } = JSON.parse((await run("calls", name, "--json")).stdout) as { calls: { phone_number: string }[] };
  return calls.map(({ phone_number }) => phone_number).sort();
}

describe("numbers", () => {
  test("c07: a spreadsheet's decimals are no digits of a stranger's number", async () => {
    await importInto("l", "c07-float-phone.csv");
    expect(await calledOf("--list", "l")).toEqual(["+491713920012", "+491713920013"]);
  });
  test("c07b: nor are those behind a comma", async () => {
    const { stderr } = await importInto("l", "c07b-float-comma.csv", "--default-region", "DE");
    expect(stderr).toContain("1 number was changed by a spreadsheet (.0 at the end): read without it");
    expect(await calledOf("--list", "l")).toEqual(["+491713920012"]);
  });
  test("c08: the person is suppressed, and not a stranger", async () => {
    await suppress("c08-dnc-float.csv");
    expect(await isOnList("+491713920014")).toBe(true);
    expect(JSON.parse((await run("dnc", "list", "--json")).stdout)).toMatchObject({
      numbers: [{ phone_number: "+491713920014" }],
    });
    await run("dnc", "add", "+491713920015.0");
    expect(await isOnList("+491713920015,0")).toBe(true);
  });
  test("c36: every row has its own reason", async () => {
    const { stderr } = await importInto("l", "c36-wrong-reason.csv", "--default-region", "US");
    expect(stderr).toContain("2 numbers were changed by a spreadsheet");
    expect(stderr).toContain("1 × the number is too short");
    expect(stderr).toContain("1 × the number looks like a number of another country that has lost its +");
    expect(stderr).not.toContain("too long");
  });
});

describe("suppression", () => {
  test.each([
    ["c09-ftc-dnc.csv", []],
    ["c10-dnc-noheader.txt", ["--default-region", "US"]],
    ["c10b-dnc-noheader.txt", []],
  ])("%s: a bare list is read, the first line too", async (file, flags) => {
    expect(await suppress(file, ...flags)).toMatchObject({
      code: 0,
      stdout: "2 numbers added to the do-not-call list\n",
    });
    expect([await isOnList("+12025550101"), await isOnList("+12025550102")]).toEqual([true, true]);
  });
  test("c10: without a country its rows are said to be unread", async () => {
    const { code, stdout, stderr } = await suppress("c10-dnc-noheader.txt");
    expect(code).toBe(1);
    expect(stdout).toContain("2 rows could not be read: whoever is meant by them may still be called");
    expect(stderr).toContain("--default-region");
    expect(stdout + stderr).not.toMatch(/\d{7}/);
  });
  test("c11: rejected rows are reported, written, and no success", async () => {
    const rejects = join(dir, "r.csv");
    const { code, stderr } = await suppress("c11-dnc-bad.csv", "--rejects", rejects);
    expect(code).toBe(1);
    expect(stderr).toContain("3 rows read: 1 kept, 2 rejected");
    expect(readFileSync(rejects, "utf8").trim().split("\r\n")).toHaveLength(3);
    writeFileSync(rejects, readFileSync(rejects, "utf8").replace("not a number", "+12025550102"));
    expect(await run("dnc", "import", rejects, "--default-region", "US")).toMatchObject({ code: 0 });
    expect([await isOnList("+12025550102"), await isOnList("+12025550103")]).toEqual([true, true]);
  });
  test("c11b: all of them, in JSON", async () => {
    const { code, stdout } = await suppress("c11b-dnc-all-bad.csv", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ added: 0, import: { read: 2, kept: 0 } });
  });
  test("the rejected rows of a list without a header can be imported again", async () => {
    const [list, rejects] = [join(dir, "l.csv"), join(dir, "r.csv")];
    writeFileSync(list, "x,202,5550101\ny,202,555\nz,202,5550103\n");
    expect((await run("dnc", "import", list, "--map", "area=2,phone=3", "--rejects", rejects)).code).toBe(1);
    writeFileSync(rejects, readFileSync(rejects, "utf8").replace(",555\r\n", ",5550102\r\n"));
    expect((await run("dnc", "import", rejects)).code).toBe(0);
    expect(await isOnList("+12025550102")).toBe(true);
  });
  test.each(["c14-dnc-question-mark.csv", "c14c-opt-out.csv", "c31a-flagged.csv"])(
    "%s: the flagged person is not called",
    async (file) => {
      expect(await calledOf("--csv", join(CASES, file))).toEqual(["+12025550104"]);
      expect(await isOnList("+12025550101")).toBe(true);
    },
  );
  test("c31: who is flagged in one list is not called through another", async () => {
    await importInto("L", "c31a-flagged.csv");
    await importInto("M", "c31b-plain.csv");
    expect(await calledOf("--list", "M")).toEqual(["+12025550104"]);
    expect((await run("dnc", "check", "+12025550101")).stdout).toContain("from c31a-flagged.csv (marked do-not-call)");
  });
  test("c31: a file of flagged people only refuses the campaign, and suppresses them all the same", async () => {
    writeFileSync(join(dir, "f.csv"), "phone,mobile,dnc\n+12025550101,+12025550102,x\n");
    expect((await run("create", "--name", "c", "--assistant", "a", "--csv", join(dir, "f.csv"))).code).toBe(2);
    expect([await isOnList("+12025550101"), await isOnList("+12025550102")]).toEqual([true, true]);
  });
});

describe("files", () => {
  test.each([
    ["c01-google-contacts.csv", ["+12025550101", "+12025550104"]],
    ["c02-hubspot.csv", ["+12025550101", "+12025550104", "+12025550105"]],
    ["c02b-two-columns.csv", ["+12025550101"]],
    ["c05-pipe.csv", ["+12025550101", "+12025550104"]],
    ["c15-dup-header.csv", ["+12025550101"]],
  ])("%s is read, and nobody is lost", async (file, numbers) => {
    expect(await calledOf("--csv", join(CASES, file))).toEqual(numbers);
  });
  test.each([
    ["c05c-colon.csv", ":"],
    ["c05d-caret.csv", "^"],
  ])("%s: the delimiter is hinted at, and works", async (file, mark) => {
    expect((await importInto("l", file)).stderr).toContain(`--delimiter "${mark}"`);
    expect((await importInto("l", file, "--delimiter", mark)).code).toBe(0);
  });
  test.each([
    ["c26.vcf", "a vCard file"],
    ["c26b.xls", "a web page (HTML)"],
    ["c26d.json", "a JSON document"],
  ])("%s is named for what it is", async (file, name) => {
    const { code, stderr } = await importInto("l", file);
    expect(stderr).toContain(name);
    expect(stderr).not.toMatch(/\d{5}/);
    expect(code).toBe(2);
  });
  test.each([
    ["c27-cp1251.csv", "windows-1251", "Мара"],
    ["c27b-sjis.csv", "shift_jis", "日本"],
  ])("%s: --encoding %s", async (file, encoding, name) => {
    await importInto("l", file, "--encoding", encoding);
    expect((await run("contacts", "show", "+12025550101")).stdout).toContain(name);
  });
  test("c25: a date of consent that cannot be read voids the consent, and keeps the contact", async () => {
    const { stderr, code } = await importInto("l", "c25-consent-date.csv", "--date-format", "MM/DD/YYYY");
    expect((await calledOf("--list", "l")).length).toBe(6);
    expect(stderr).toContain("4 consents have a date that cannot be read, and prove nothing");
    expect(code).toBe(0);
  });
});

const createWith = (prompt: string, text: string): Promise<Ran> => {
  writeFileSync(join(dir, "p.csv"), text);
  return run("create", "--name", "c", "--assistant", "a", "--csv", join(dir, "p.csv"), "--prompt", prompt);
};

const onList = async (prompt: string, text: string): Promise<Ran> => {
  writeFileSync(join(dir, "l.csv"), text);
  await run("contacts", "import", join(dir, "l.csv"), "--list", "l");
  return run("create", "--name", "c", "--assistant", "a", "--list", "l", "--prompt", prompt);
};

describe("placeholders of a prompt", () => {
  test.each([
    ["Hello {{name}}", "phone,city\n+12025550101,Rome\n", "{{name}}"],
    ["Hello {{ town }}", "phone,city\n+12025550101,Rome\n", "{{town}}"],
    ["{{city}} {{plan}}", "phone,city\n+12025550101,Rome\n", "{{plan}}"],
    ["{{email}}", "phone,city\n+12025550101,Rome\n", "{{email}}"],
    ["{{dnc}}", "phone,dnc\n+12025550101,\n", "{{dnc}}"],
    ["{{constructor}}", "phone,city\n+12025550101,Rome\n", "{{constructor}}"],
  ])("%s without a column is refused, and nothing is left", async (prompt, text, name) => {
    const { code, stderr } = await createWith(prompt, text);
    expect(stderr).toContain(`prompt: expected a column for ${name}`);
    expect(code).toBe(2);
    expect((await run("list")).stdout).toContain("no campaigns yet");
  });
  test.each([
    ["Hello {{name}} of {{city}}, {{phone_number}}", "phone,name,city\n+12025550101,Mara,Rome\n"],
    ["Hello {{first_name}}", "phone,first_name,last_name\n+12025550101,Mara,Quill\n"],
    ["{{__proto__}}", "phone,__proto__\n+12025550101,x\n"],
    ["{ {city} } {{}}", "phone\n+12025550101\n"],
  ])("%s is fine", async (prompt, text) => expect((await createWith(prompt, text)).code).toBe(0));
  test("its empty cells are counted", async () => {
    const { stderr } = await createWith("{{city}}", "phone,city\n+12025550101,\n+12025550102,Rome\n+12025550103, \n");
    expect(stderr).toContain("{{city}} of the prompt is empty for 2 of the contacts");
  });
  describe("on a list", () => {
    test.each([
      ["Hello {{name}}", "phone,city\n+12025550101,Rome\n", "{{name}}"],
      ["Hello {{name}}", "phone,name\n+12025550101,\n", "{{name}}"],
      ["{{city}} {{plan}}", "phone,city\n+12025550101,Rome\n", "{{plan}}"],
      ["{{constructor}}", "phone,city\n+12025550101,Rome\n", "{{constructor}}"],
      // Only somebody has it who is not called.
      ["{{email}}", "phone,email,dnc\n+12025550101,,\n+12025550102,mara@example.com,x\n", "{{email}}"],
    ])("%s that nobody to be called has is refused, and nothing is left", async (prompt, text, name) => {
      const { code, stderr } = await onList(prompt, text);
      expect(stderr).toContain(`prompt: expected a column for ${name}`);
      expect(stderr).toContain("the list has phone_number");
      expect(code).toBe(2);
      expect((await run("list")).stdout).toContain("no campaigns yet");
    });
    test.each([
      ["Hello {{name}} of {{city}}, {{phone_number}}", "phone,name,city\n+12025550101,Mara,Rome\n"],
      ["Hello {{first_name}} {{ last_name }}", "phone,first_name,last_name\n+12025550101,Mara,Quill\n"],
      ["{{__proto__}}", "phone,__proto__\n+12025550101,x\n"],
      ["{ {city} } {{}}", "phone\n+12025550101\n"],
    ])("%s is fine, and says nothing", async (prompt, text) => {
      const { code, stderr } = await onList(prompt, text);
      expect(stderr).not.toContain("of the prompt");
      expect(code).toBe(0);
    });
    test("its empty cells are counted, of those who are called", async () => {
      const { stderr } = await onList(
        "{{city}}, {{name}}",
        "phone,name,city,dnc\n+12025550101,Mara,,\n+12025550102,,Rome,\n+12025550103,, ,\n+12025550104,,,x\n",
      );
      expect(stderr).toContain("{{city}} of the prompt is empty for 2 of the contacts");
      expect(stderr).toContain("{{name}} of the prompt is empty for 2 of the contacts");
    });
  });
});
