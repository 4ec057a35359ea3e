import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

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
