/** What a carrier is told beside the numbers: a name and headers, from the command line to the far side. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { contactsCsv } from "../support/cli.ts";
import { SandboxDesk } from "../support/desk.ts";

const ANSWER = { others: [{ weight: 1, behaviour: { does: "answer", rings: 0, talks: 0.1 } }], agentJoinsAfter: 0 };
const ALWAYS = "--hours 0-24 --days all --rules none --timezone UTC --assistant a1".split(" ");

let desk: SandboxDesk;
beforeEach(async () => void (desk = await SandboxDesk.open(ANSWER)));
afterEach(() => desk[Symbol.asyncDispose]());

const create = (...more: string[]) =>
  desk.run(["create", "--name", "spring", "--csv", desk.file("c.csv", contactsCsv(1)), ...ALWAYS, ...more, "--json"]);
const far = (): unknown => desk.sandbox.world.dials.map(({ displayName, headers }) => ({ displayName, headers }));

test("a campaign's name and headers reach the far side, above those of its trunk", async () => {
  const trunk = ["--name", "london", "--address", "sip.example.com", "--number", "+442079460100"];
  const headers = ["--header", "X-Account=trunk", "--header", "X-Region=eu"];
  const made = await desk.run(["trunks", "create", ...trunk, ...headers, "--json"]);
  expect(JSON.parse(made.stdout)).toMatchObject({ header_names: ["X-Account", "X-Region"] });
  expect(made.stdout).not.toContain('eu"');
  const own = ["--display-name", "Spring & Sons", "--header", "X-Account=spring=2026", "--trunk", "london", "--start"];
  expect(await create(...own)).toMatchObject({ code: 0 });
  const status = await desk.run(["status", "spring", "--json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({
    display_name: "Spring & Sons",
    headers: { "X-Account": "spring=2026" },
  });
  expect(await desk.run(["run"])).toMatchObject({ code: 0 });
  expect(far()).toEqual([{ displayName: "Spring & Sons", headers: { "X-Account": "spring=2026", "X-Region": "eu" } }]);
});

test("an empty name says that none is to be sent; without one LiveKit chooses", async () => {
  expect(JSON.parse((await create("--display-name", "", "--start")).stdout)).toMatchObject({ display_name: "" });
  expect(await desk.run(["run"])).toMatchObject({ code: 0 });
  expect(far()).toEqual([{ displayName: "", headers: {} }]);
});

test("a header that SIP owns, or that breaks out of its line, is refused, and its value not repeated", async () => {
  const refused = await create("--display-name", 'a"b', "--header", "Via=secret", "--header", "X-A=secret\r\nVia: 1");
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(/display name: expected at most 128 characters without quotes/);
  expect(refused.stderr).toMatch(/header: Via is a header of SIP's own/);
  expect(refused.stderr).toMatch(/header: X-A: expected 1 to 256 characters without line breaks/);
  expect(refused.stderr).not.toContain("secret");
  const trunk = ["--name", "london", "--address", "sip.example.com", "--number", "+442079460100"];
  const other = await desk.run(["trunks", "create", ...trunk, "--header", "Call-ID=1"]);
  expect(other).toMatchObject({ code: 2 });
  expect(other.stderr).toContain("--header: Call-ID is a header of SIP's own");
});
