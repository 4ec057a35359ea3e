/** report --html: a page in a real browser, on a screen, on a phone and on paper; and the file that it is written to. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser, NO_BROWSER } from "../support/browser.ts";
import { cameTo, PEOPLE } from "../support/came-to.ts";
import { Folder, type Ran } from "../support/cli.ts";
import { program } from "../support/program.ts";

/** Would be a tag, a number to call, and run off the page. */
const EVIL = `<img src=http://127.0.0.1:9/x onerror=alert(1)> +12025550123 & "${"long".repeat(30)}"`;

let folder: Folder;
const run = (...argv: string[]): Promise<Ran> =>
  program(["report", ...argv], { cwd: folder.dir, env: { CAMPAIGNS_DB: folder.db, TZ: "UTC" } });
const at = (name: string): string => join(folder.dir, name);
const urlOf = (name: string): string => pathToFileURL(at(name)).href;
beforeAll(async () => {
  folder = new Folder();
  await cameTo(folder.db);
  await cameTo(folder.db, EVIL);
});
afterAll(() => folder[Symbol.dispose]());

test("is a new file, whole or not there, its owner's alone; nothing is overwritten without a word", async () => {
  expect(await run("spring", "--html", "r.html")).toEqual({ code: 0, stdout: "wrote r.html\n", stderr: "" });
  expect(statSync(at("r.html")).mode & 0o777).toBe(0o600);
  const first = readFileSync(at("r.html"), "utf8");
  const taken = {
    code: 2,
    stdout: "",
    stderr: expect.stringContaining("r.html is there already\n  --force overwrites it"),
  };
  expect(await run("spring", "--html", "r.html")).toEqual(taken);
  expect(readFileSync(at("r.html"), "utf8")).toBe(first);
  expect(JSON.parse((await run("spring", "--html", "r.html", "--force", "--json")).stdout)).toMatchObject({
    name: "spring",
    html: "r.html",
  });
  mkdirSync(at("folder"));
  symlinkSync(at("r.html"), at("link.html"));
  for (const [argv, why] of [
    [["--html", "folder", "--force"], "is something else than a file"],
    [["--html", "link.html", "--force"], "is something else than a file"],
    [["--html", "nowhere/r.html"], "expected a file that can be written"],
  ] as const)
    expect(await run("spring", ...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(why) });
  expect(await run("winter", "--html", "w.html")).toMatchObject({ code: 1 });
  expect(existsSync(at("w.html"))).toBe(false);
  expect(readdirSync(folder.dir).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("of two that write it at once one is told that it is there already", async () => {
  const both = await Promise.all([run("spring", "--html", "once.html"), run("spring", "--html", "once.html")]);
  expect(both.map(({ code }) => code).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([0, 2]);
  expect(readFileSync(at("once.html"), "utf8")).toMatch(/<\/html>\n$/);
});

/** What lies outside the window or of its chart, or on something else in it. */
const SPILLED = `[
  ...(document.documentElement.scrollWidth > innerWidth ? ["the page"] : []),
  ...[...document.querySelectorAll("svg text, svg rect")].filter((each) => {
    const [box, { width, height }] = [each.getBBox(), each.ownerSVGElement.viewBox.baseVal];
    return box.x < 0 || box.y < 0 || box.x + box.width > width + 1 || box.y + box.height > height + 1;
  }).map((each) => each.outerHTML),
  ...[...document.querySelectorAll("text.end")].filter((end) => {
    const label = end.parentElement.querySelector("text").getBBox();
    return label.x + label.width > end.getBBox().x;
  }).map((each) => each.parentElement.textContent),
]`;

describe.skipIf(NO_BROWSER !== null)(`in a browser${NO_BROWSER === null ? "" : ` (${NO_BROWSER})`}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.start();
    await run("spring", "--html", "page.html");
    await run(EVIL, "--html", "evil.html");
  }, 120_000);
  afterAll(() => browser?.[Symbol.asyncDispose]());

  test.each([
    ["on a screen", { width: 1280 }, "rgb(255, 255, 255)", "screen"],
    ["on a phone", { width: 360, height: 740 }, "rgb(255, 255, 255)", "screen"],
    ["in the dark", { dark: true }, "rgb(24, 24, 24)", "screen"],
    ["on paper, though the screen is dark", { width: 700, dark: true }, "rgb(255, 255, 255)", "print"],
  ])("%s nothing spills, and nothing is asked for", async (_, look, background, media) => {
    for (const name of ["page.html", "evil.html"]) {
      const page = await browser.open(urlOf(name), look);
      const features = [{ name: "prefers-color-scheme", value: "dark" in look ? "dark" : "light" }];
      await page.ask("Emulation.setEmulatedMedia", { media, features });
      expect(await page.evaluate(SPILLED)).toEqual([]);
      expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(background);
      expect(page.requests).toEqual([urlOf(name)]);
      expect(page.problems).toEqual([]);
    }
  });

  test("it has every chart, what a chart says in words too, and no script, number or name", async () => {
    const page = await browser.open(urlOf("page.html"));
    const titles = await page.evaluate(`[...document.querySelectorAll("h2")].map((each) => each.innerText)`);
    expect(titles).toEqual([
      "From dial to outcome",
      "Answers by hour",
      "Answers by weekday",
      "Dials until reached",
      "Length of calls",
      "Setting up, until the dial",
      "Endings",
    ]);
    const said = await page.evaluate(`[...document.querySelectorAll("g > title")].map((each) => each.textContent)`);
    expect(said).toEqual(expect.arrayContaining(["reached: 8 · 53 %", "9:00: 3 dials, 2 answered", "dial 2: 2 · 8 %"]));
    expect(await page.evaluate("document.body.innerText")).toContain("cost: 0.0875 USD for 7 calls");
    for (const name of ["page.html", "evil.html"]) {
      const text = readFileSync(at(name), "utf8");
      expect(text).not.toMatch(PEOPLE);
      expect(text).not.toMatch(/<script|<img|<link|href=|url\(/);
    }
  });
});
