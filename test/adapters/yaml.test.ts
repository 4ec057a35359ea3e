/** What somebody may write into a campaign's file: each problem with its line and column, and nothing taken for what it is not. */
import { expect, test } from "vitest";
import { readCampaignFile, writeCampaignFile } from "../../src/adapters/yaml/campaign-file.ts";
import { Misused } from "../../src/engine/errors.ts";

const START = "name: spring\nassistant: demo\n";
const read = (text: string) => readCampaignFile(new TextEncoder().encode(text), "f.yaml").file;
function refused(text: string | Uint8Array): readonly string[] {
  try {
    readCampaignFile(typeof text === "string" ? new TextEncoder().encode(text) : text, "f.yaml");
  } catch (error) {
    if (error instanceof Misused) return error.lines;
    throw error;
  }
  throw new Error("expected it to be refused");
}

test("texts stay texts, whatever another reader of YAML would take them for", () => {
  expect(
    read(
      "\ufeff%YAML 1.1\n---\r\nname: no\r\nassistant: 0123\r\nassistant_name: 1e3\r\nhours: 9:00-17:00\r\nfrom: +12025550190\r\nmax_age: 2026-11-29\r\n",
    ),
  ).toEqual({
    name: "no",
    assistant: "0123",
    assistant_name: "1e3",
    hours: "9:00-17:00",
    from: "+12025550190",
    max_age: "2026-11-29",
  });
  expect(
    read(`${START}from: [+12025550190, "+12025550191"]\ndays: [mon, no]\nprompt: "null"\ndisplay_name: ""\n`),
  ).toMatchObject({
    from: ["+12025550190", "+12025550191"],
    days: ["mon", "no"],
    prompt: "null",
    display_name: "",
  });
  expect(read(`${START}daily_cap: 007\ncps: 0.5\nrequire_consent: true\n`)).toMatchObject({
    daily_cap: 7,
    cps: 0.5,
    require_consent: true,
  });
  expect(read(`${START}rules_table: { version: 1, rules: [{ max: 3, name: "3", on: true }] }`).rules_table).toEqual({
    version: 1,
    rules: [{ max: 3, name: "3", on: true }],
  });
});

test.each([
  ["daily_cap: many", 'f.yaml:3:12: daily_cap: expected a number, got "many"'],
  ["daily_cap: 0x10", 'f.yaml:3:12: daily_cap: expected a number, got "0x10"'],
  ["daily_cap: 1.5", 'f.yaml:3:12: daily_cap: expected a whole number, got "1.5"'],
  ["daily_cap: 0", 'f.yaml:3:12: daily_cap: expected a number from 1 on, got "0"'],
  ['daily_cap: "7"', 'f.yaml:3:12: daily_cap: expected a number, got "7"'],
  ["require_consent: yes", 'f.yaml:3:18: require_consent: expected true or false, got "yes"'],
  ["prompt:", "f.yaml:3:1: prompt: expected a text, got nothing: leave the key out"],
  ["prompt: ~", "f.yaml:3:9: prompt: expected a text, got nothing: leave the key out"],
  ["hours: { from: 9 }", "f.yaml:3:8: hours: expected a text or a list of texts, got keys and values"],
  ["on_voicemail: shout", 'f.yaml:3:15: on_voicemail: expected retry or message or hang-up, got "shout"'],
  ["daily-cap: 7", 'f.yaml:3:1: expected a setting, got "daily-cap": did you mean daily_cap?'],
  ["campaign_prompt: x", 'f.yaml:3:1: expected a setting, got "campaign_prompt": did you mean prompt?'],
  ["conccurency: 3", 'f.yaml:3:1: expected a setting, got "conccurency": did you mean concurrency?'],
  ["zzz: 3", 'f.yaml:3:1: expected a setting, got "zzz"'],
  ["contacts:\n  cvs: x", 'f.yaml:4:3: expected a setting, got "cvs": did you mean csv?'],
  ["__proto__: { a: 1 }", 'f.yaml:3:1: expected a setting, got "__proto__"'],
  ["name: again", 'f.yaml:3:1: expected each key once, got "name" again'],
  ["prompt: &a x\ntrunk: *a", "f.yaml:3:12: expected a value, got an anchor (&a): leave it out"],
  ["prompt: !!binary aGk=", "f.yaml:3:18: expected a value, got a tag (tag:yaml.org,2002:binary): leave it out"],
  ["<<: { prompt: x }", 'f.yaml:3:1: expected a setting, got "<<"'],
  ["---\nname: other", "f.yaml:3:1: expected one campaign in a file, got another document"],
])("%s is refused, where it stands", (line, problem) => {
  expect(refused(`${START}${line}\n`)).toContain(problem);
});

test("what is no campaign at all is refused, and costs nothing", () => {
  expect(refused("")).toEqual([expect.stringContaining("f.yaml:1:1: expected settings")]);
  expect(refused("- a\n- b")).toEqual([expect.stringContaining("f.yaml:1:1: expected settings")]);
  expect(refused("assistant: demo")).toEqual(["f.yaml:1:1: name: expected a text, it is missing"]);
  expect(refused(new Uint8Array([0xff, 0xfe, 0x6e, 0]))).toEqual([
    "f.yaml: expected text in UTF-8, got something else",
  ]);
  expect(refused("[".repeat(100_000))[0]).toMatch(/^f\.yaml/);
  const bomb = Array.from(
    { length: 9 },
    (_, n) => `a${n + 1}: &a${n + 1} [${Array.from({ length: 9 }, () => `*a${n}`).join(", ")}]`,
  );
  expect(refused(`a0: &a0 x\n${bomb.join("\n")}`).length).toBeLessThanOrEqual(20);
});

test("what is written reads the same, also with an older reader of YAML", () => {
  const file = {
    ...read(START),
    assistant_name: "no",
    prompt: "a: b\n  c #d\n",
    from: "+12025550190",
    hours: "9:00",
    max_age: "1e3",
  };
  const text = writeCampaignFile(file);
  expect(read(text)).toEqual(file);
  expect(text).toContain('assistant_name: "no"');
});
