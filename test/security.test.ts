/** Every promise of SECURITY.md names the test that shows it; and what CI makes of the registry's audit. */
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Folder } from "./support/cli.ts";

const root = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const promises = readFileSync(root("SECURITY.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (promise|-)/.test(line));

test("every promise of SECURITY.md names a test that there is", () => {
  expect(promises.length).toBeGreaterThan(15);
  const broken = promises.filter((line) => {
    const [, path, title] = /`(test\/[^`]+)`: "([^"]+)"/.exec(line) ?? [];
    return path === undefined || title === undefined || !readFileSync(root(path), "utf8").includes(title);
  });
  expect(broken).toEqual([]);
});

/** npm, as far as the audit sees it. */
function audited(answer: string): { status: number | null; text: string } {
  using folder = new Folder();
  folder.file("answer", answer);
  chmodSync(folder.file("npm", `#!/bin/sh\ncat "${folder.dir}/answer"\nexit 1\n`), 0o755);
  const env = { ...process.env, PATH: `${folder.dir}:${process.env["PATH"]}` };
  const { status, stdout, stderr } = spawnSync(process.execPath, [root("scripts/audit.js")], { env, encoding: "utf8" });
  return { status, text: stdout + stderr };
}

const report = (severity: string): string =>
  JSON.stringify({
    vulnerabilities: { chalky: { name: "chalky", severity, range: "<2" } },
    metadata: { vulnerabilities: { total: 1 } },
  });

test.skipIf(process.platform === "win32")("a registry that offers no audit, or is not there, fails no build", () => {
  for (const answer of ["", "npm error network", JSON.stringify({ statusCode: 405, error: { summary: "" } })]) {
    expect(audited(answer)).toEqual({ status: 0, text: expect.stringContaining("nothing was checked") as string });
  }
});

test.skipIf(process.platform === "win32")("a serious vulnerability fails the build, a moderate one does not", () => {
  expect(audited(report("high"))).toMatchObject({ status: 1, text: expect.stringContaining("chalky <2") as string });
  expect(audited(report("moderate"))).toMatchObject({ status: 0 });
});
