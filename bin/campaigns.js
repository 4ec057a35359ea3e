#!/usr/bin/env node
// The door: what is missing is told in one sentence, on any Node, before any newer syntax is loaded.
import { existsSync } from "node:fs";

if (!existsSync(new URL("../dist/cli/main.js", import.meta.url))) {
  process.stderr.write("campaigns: expected a built program, found none. In a clone: npm run setup && npm run build\n");
  process.exit(2);
}
const wanted = 24;
if (Number(process.versions.node.split(".")[0]) < wanted) {
  process.stderr.write(
    `campaigns: expected Node ${wanted} or newer, found ${process.versions.node}. ` +
      `Install a newer Node, or use the one the project brings: npx campaigns.\n`,
  );
  process.exit(2);
}
const { main } = await import("../dist/cli/main.js");
process.exitCode = await main(process);
// A dial whose call was left to the next run waits for its answer still: the process does not, once all is written.
const leave = () => (process.stdout.writableLength + process.stderr.writableLength > 0 ? wait() : process.exit());
const wait = () => setTimeout(leave, 100).unref();
wait();
