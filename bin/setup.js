// Installs what is missing, so that `npm test` and `npm run demo` work on a fresh clone. Runs on any Node.
import { execSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const installed = "node_modules/.package-lock.json";
const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync("package-lock.json").mtimeMs;
if (!current) {
  process.stderr.write("installing dependencies…\n");
  // `npm ci` clears node_modules first; Windows cannot delete the Node in there while it runs this file.
  const locked = process.platform === "win32" && existsSync("node_modules/node");
  // A shell runs it, since npm is a script on Windows.
  execSync(`npm ${locked ? "install --no-save" : "ci"} --no-audit --no-fund --loglevel=error`, {
    stdio: ["ignore", 2, 2],
  });
}
