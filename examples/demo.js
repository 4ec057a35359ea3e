// A whole campaign, as an operator would run it, in a scratch directory against the sandbox: no phone rings.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "campaigns-demo-"));
const env = { ...process.env, CAMPAIGNS_DB: join(scratch, "demo.db") };

function campaigns(...args) {
  process.stdout.write(`\n$ campaigns ${args.join(" ")}\n`);
  const { status } = spawnSync(process.execPath, [here("../bin/campaigns.js"), ...args], { stdio: "inherit", env });
  if (status !== 0) throw new Error(`campaigns ${args[0]} ended with ${status}`);
}

try {
  const always = ["--hours", "0-24", "--days", "all", "--rules", "none"];
  const quick = ["--delay", "500ms", "--ring", "8s"];
  campaigns("create", "--name", "spring", "--csv", here("contacts.csv"), "--assistant", "demo", ...always, ...quick);
  campaigns("start", "spring");
  campaigns("run", "--sandbox");
  campaigns("calls", "spring");
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
