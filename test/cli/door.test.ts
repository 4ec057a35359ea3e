import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Scratch } from "../support/cli.ts";

test("a clone that is not built yet answered with a stack: it says in one sentence what makes it ready", async () => {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-door-"));
  cpSync(fileURLToPath(new URL("../../bin", import.meta.url)), join(dir, "bin"), { recursive: true });
  writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
  const ran = await new Promise<{ code: unknown; stderr: string }>((resolve) =>
    execFile(process.execPath, [join(dir, "bin", "campaigns.js"), "list"], (error, _, stderr) =>
      resolve({ code: error?.code, stderr }),
    ),
  );
  expect(ran).toEqual({
    code: 2,
    stderr: "campaigns: expected a built program, found none. In a clone: npm run setup && npm run build\n",
  });
  rmSync(dir, { recursive: true });
});

/** A Node of this machine that is too old for the program, as a newcomer's may be. */
const oldNode = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "node"))
  .filter((path) => existsSync(path))
  .find((path) => Number(execFileSync(path, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" })) < 22);

test.skipIf(oldNode === undefined)(
  "an older Node answered with a SyntaxError: it is told in one sentence which one is needed (skipped without an old Node)",
  async () => {
    const bin = fileURLToPath(new URL("../../bin/campaigns.js", import.meta.url));
    const stderr = await new Promise<string>((resolve) =>
      execFile(oldNode ?? "", [bin, "list"], (_, __, text) => resolve(text)),
    );
    expect(stderr).toMatch(
      /^campaigns: expected Node 24 or newer, found [\d.]+\. Install a newer Node from https:\/\/nodejs\.org\.\n$/,
    );
    // Beside a clone that would be whatever somebody has published under the name.
    expect(stderr).not.toContain("npx");
  },
);

test("Node took --env-file for itself and said 'not found': --settings is ours, and the old name works where there is a file", async () => {
  using scratch = new Scratch();
  expect(await scratch.run("status", "--settings", "nowhere.env")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("expected a readable settings file") as string,
  });
  const file = scratch.file("mine.env", "ENABLE_CAMPAIGN_ENGINE=false\n");
  for (const option of ["--settings", "--env-file"])
    expect(await scratch.run("run", option, file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("ENABLE_CAMPAIGN_ENGINE is false") as string,
    });
  expect(await scratch.run("run", "--settings", file, "--env-file", file)).toMatchObject({ code: 2 });
});
