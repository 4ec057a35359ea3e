/** A bug of ours: told as such, in the form that was asked for. */
import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";

const nothing = (): void => {};
const breaks = (): never => {
  throw new TypeError("no such thing");
};

test("with --json a bug was told in prose: a script could not read it", async () => {
  const io = {
    argv: ["node", "campaigns", "list", "--json"],
    env: {},
    stdin: Readable.from([]),
    stdout: new PassThrough(),
  };
  const stderr = new PassThrough();
  expect(await main({ ...io, stderr, cwd: breaks, on: nothing, off: nothing })).toBe(70);
  const { error } = JSON.parse(String(stderr.read())) as { error: Record<string, unknown> };
  expect(error).toMatchObject({ code: "bug", message: "this is a bug in campaigns; please report it" });
  expect(error["stack"]).toContain("TypeError: no such thing");
});
