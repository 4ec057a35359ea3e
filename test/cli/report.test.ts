/** report: what a campaign came to, as an operator and a script read it. */
import { Chalk } from "chalk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import stringWidth from "string-width";
import { chartsOf } from "../../src/cli/render/charts.ts";
import { resultsText } from "../../src/cli/render/results.ts";
import { resultsOf } from "../../src/engine/manage/results.ts";
import { cameTo, PEOPLE } from "../support/came-to.ts";
import { contactsCsv, Folder, type Ran } from "../support/cli.ts";
import { Rig } from "../support/engine.ts";
import { type Given, program } from "../support/program.ts";

let folder: Folder;
const run = (argv: string[], look: Partial<Given> = {}): Promise<Ran> =>
  program(argv, { cwd: folder.dir, env: { CAMPAIGNS_DB: folder.db, TZ: "UTC", PAGER: "cat" }, ...look });
beforeAll(async () => {
  folder = new Folder();
  await cameTo(folder.db);
});
afterAll(() => folder[Symbol.dispose]());

test("as JSON: counts by the callee's clock, shares of nobody, no number and no name", async () => {
  const { code, stdout } = await run(["report", "spr", "--json"]);
  expect(code).toBe(0);
  const said = JSON.parse(stdout) as Record<string, never[]> & { funnel: Record<string, number> };
  expect(said).toMatchObject({
    name: "spring",
    execution_status: "running",
    timezone: "America/New_York",
    dials: 32,
    funnel: { contacts: 24, reached: 8, outcomes: { interested: 4, not_interested: 4 } },
    talk_seconds: { calls: 16 },
    seconds_to_dial: { calls: 32, p10: 2, p50: 2, p90: 2 },
    end_reasons: { completed: 8, voicemail: 8, no_answer: 7, busy: 8, refused_destination: 1 },
    first_words: { told: 0, late: 0 },
    held: [],
    costs: [{ unit: "USD", amount: 0.0875, calls: 7 }],
  });
  const {
    by_hour: hours,
    by_weekday: weekdays,
    dials_until_reached: tries,
    funnel,
  } = said as unknown as {
    by_hour: { hour: number; dials: number; answered: number; reached: number }[];
    by_weekday: { weekday: string; dials: number }[];
    dials_until_reached: { dials: number; contacts: number }[];
    funnel: { dialed: number; answered: number };
  };
  // From 09:00 to 19:20 in New York, three dials an hour; the eighth of each eight in London, five hours ahead.
  expect(hours).toHaveLength(24);
  expect(hours[9]).toEqual({ hour: 9, dials: 3, answered: 2, reached: 1 });
  expect(hours[0]).toEqual({ hour: 0, dials: 1, answered: 0, reached: 0 });
  expect(weekdays.map(({ dials }) => dials)).toEqual([31, 1, 0, 0, 0, 0, 0]);
  expect(tries.reduce((sum, { contacts }) => sum + contacts, 0)).toBe(8);
  expect(funnel.dialed).toBeGreaterThan(funnel.answered);
  expect(stdout).not.toMatch(PEOPLE);
});

test("in a pipe: every chart, whole labels, no colour", async () => {
  const { code, stdout, stderr } = await run(["report", "spring"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const line of [
    /^spring {2}running$/,
    /^From dial to outcome$/,
    /^ {2}contacts {8}█{40} {2}24$/,
    /^ {2}reached {9}█{13} {30}8 {3}53 %$/,
    /^ {2}0h ▃········██▆██▆████▆·▃·· 23h$/,
    /^ {2}09:00 {2}█{27}▒{13} {2}3 {3}67 %$/,
    /^ {2}mon {2}█/,
    /^ {2}dial 1 /,
    /^ {2}dial 2 /,
    /^ {2}nobody so far /,
    /^median 5 s, 90 % within 84 s$/,
    /^ {2}2 to 5 s {3}█{40} {2}32 {2}100 %$/,
    /^ {2}the trunk refuses this number, while others get through {2}█{5} {35} {2}1 {3}3 %$/,
    /^ {2}answered, and ended {38}█{40} {2}8 {2}25 %$/,
    /^cost: 0.0875 USD for 7 calls$/,
  ])
    expect(stdout.split("\n")).toContainEqual(expect.stringMatching(line));
  expect(stdout).not.toMatch(PEOPLE);
  expect(stdout).not.toContain("\u001b");
});

describe.each([40, 80, 200])("on %d columns", (columns) => {
  test("nothing is wider, and every number can be read", async () => {
    const { stdout } = await run(["report", "spring"], { onTerminal: true, columns });
    // eslint-disable-next-line no-control-regex
    const lines = stdout.replaceAll(/\u001b\[\d+m/g, "").split("\n");
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
    expect(lines).toContainEqual(expect.stringMatching(/^ {2}0h [·▁-█]{24} 23h$/));
    for (const label of ["contacts", "09:00", "mon", "2 to 5 s", "answered, a?"])
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^ {2}${label}.* \\d+( +\\d+ %)?$`)));
    expect(stdout).toContain("\u001b[1mEndings");
  });
});

test("who is held, where and by what, is a chart, the most first", async () => {
  await using rig = new Rig();
  const id = await rig.start(1);
  await rig.run();
  const ended = await resultsOf(rig.campaigns, rig.store, id);
  const held = [
    { by: "another call to this number is under way", place: "US America/New_York", n: 2 },
    { by: "3 dials within 7d", place: "GB Europe/London", n: 5 },
  ];
  const results = { ...ended, figures: { ...ended.figures, held } };
  expect(chartsOf(results).find(({ title }) => title === "Held")?.bars).toMatchObject([
    { label: "GB: 3 dials within 7d", n: 5 },
    { label: expect.stringMatching(/^US.*: another call to this number is under way$/) as string, n: 2 },
  ]);
  expect(resultsText(results, new Chalk({ level: 0 })).join("\n")).toMatch(/^Held$/m);
});

test("before anybody was dialed it says so, and a campaign that is not there is refused", async () => {
  folder.file("contacts.csv", contactsCsv(3));
  const created = await run(["create", "--name", "autumn", "--csv", "contacts.csv", "--assistant", "a1"]);
  expect(created.code).toBe(0);
  const { code, stdout } = await run(["report", "autumn"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^ {2}contacts +█+ +3$/m);
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("nobody was dialed so far");
  expect(stdout).not.toContain("NaN");
  expect(await run(["report", "winter"])).toMatchObject({ code: 1, stderr: expect.stringContaining('got "winter"') });
});
