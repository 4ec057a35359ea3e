/**
 * Asks the registry for known vulnerabilities of the packages that the program runs with, and fails on serious ones. A
 * registry that does not answer, or offers no audit, fails nothing: what CI says must not hang on the network.
 *
 *   npm run audit
 */
import { spawnSync } from "node:child_process";

const PATIENCE = 60_000;
const SERIOUS = new Set(["high", "critical"]);

/** npm is a script of the shell on Windows. */
const { stdout } = spawnSync("npm audit --omit=dev --json", { shell: true, encoding: "utf8", timeout: PATIENCE });

function reportIn(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

const { metadata, vulnerabilities = {} } = reportIn(stdout ?? "");
if (metadata?.vulnerabilities === undefined) {
  process.stdout.write("npm audit: the registry did not answer, so nothing was checked\n");
} else {
  const serious = Object.values(vulnerabilities).filter(({ severity }) => SERIOUS.has(severity));
  for (const { name, severity, range } of serious)
    process.stderr.write(`npm audit: ${name} ${range} has a ${severity} vulnerability\n`);
  process.stdout.write(`npm audit: ${serious.length} serious, ${metadata.vulnerabilities.total} in all\n`);
  process.exitCode = serious.length > 0 ? 1 : 0;
}
