/** /docs in a real browser: readable, on a phone and in the dark too, with nothing from elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Listening, listen } from "../../src/http/server.ts";
import { Api } from "../support/api.ts";
import { Browser, NO_BROWSER } from "../support/browser.ts";

describe.skipIf(NO_BROWSER !== null)(`/docs${NO_BROWSER === null ? "" : ` (${NO_BROWSER})`}`, () => {
  let api: Api;
  let server: Listening;
  let browser: Browser;
  beforeAll(async () => {
    api = await Api.open();
    server = await listen((request) => api.app.fetch(request), { host: "127.0.0.1", port: 0, tls: null });
    browser = await Browser.start();
  }, 120_000);
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await server?.close(AbortSignal.abort());
    await api?.[Symbol.asyncDispose]();
  });

  test("is one page without anything from elsewhere, and the browser has nothing to complain of", async () => {
    const page = await browser.open(`${server.url}/docs`);
    expect(page.requests).toEqual([`${server.url}/docs`]);
    expect(page.problems).toEqual([]);
    expect(await page.evaluate("document.title")).toBe("campaigns API");
  });

  test("lists every route of openapi.json, closed until somebody looks", async () => {
    const page = await browser.open(`${server.url}/docs`);
    const { paths } = (await (await api.app.request("/openapi.json")).json()) as { paths: Record<string, object> };
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const shown = await page.evaluate(
      `[...document.querySelectorAll("summary:has(.m)")].map((each) => each.querySelector(".m").innerText + " " + each.querySelector("code").innerText)`,
    );
    expect((shown as string[]).toSorted()).toEqual(routes.toSorted());
    expect(await page.evaluate("document.querySelectorAll('details[open]').length")).toBe(0);
    await page.evaluate("document.querySelector('summary:has(.m)').click()");
    expect(await page.evaluate("document.querySelector('details').innerText")).toContain("CampaignInput");
  });

  test("opens what a link leads to, and leads nowhere that is not there", async () => {
    const page = await browser.open(`${server.url}/docs#CampaignInput`);
    const isOpen = `document.getElementById("CampaignInput").closest("details").open`;
    expect(await page.evaluate(isOpen)).toBe(true);
    const dead = `[...document.querySelectorAll("a[href^='#']")].filter((a) => document.getElementById(a.hash.slice(1)) === null).length`;
    expect(await page.evaluate(dead)).toBe(0);
  });

  test.each([
    ["on a phone", { width: 360, height: 740 }, "rgb(255, 255, 255)"],
    ["in the dark", { dark: true }, "rgb(24, 24, 24)"],
  ])("can be read %s, with everything open", async (_, look, background) => {
    const page = await browser.open(`${server.url}/docs`, look);
    await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(background);
  });
});
