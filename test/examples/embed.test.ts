/** The example of the README runs as written. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("the embedding example dials its contact", async () => {
  const path = fileURLToPath(new URL("../../examples/embed.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  expect(stdout.trim().split("\n")).toContain("call_answered");
  expect(stdout).toContain("campaign_completed");
});
