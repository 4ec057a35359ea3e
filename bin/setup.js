// Installs what is missing, so that `npm test` and `npm run demo` work on a fresh clone. Runs on any Node.
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";

const installed = "node_modules/.package-lock.json";
const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync("package-lock.json").mtimeMs;
if (!current) {
  process.stderr.write("installing dependencies…\n");
  // Not `npm ci`: it refuses a lock file without the optional packages of platforms that the registry does not serve.
  execFileSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    stdio: ["ignore", 2, 2],
  });
}
