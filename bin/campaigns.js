#!/usr/bin/env node
// Says what is missing in one sentence, on any Node, before it loads newer syntax.
import { existsSync } from "node:fs";
// Not by its names: an older Node, to which this file is to speak, does not have all of them.
import module from "node:module";

if (!existsSync(new URL("../dist/cli/main.js", import.meta.url))) {
  process.stderr.write("campaigns: expected a built program, found none. In a clone: npm run setup && npm run build\n");
  process.exit(2);
}
const wanted = 24;
if (Number(process.versions.node.split(".")[0]) < wanted) {
  process.stderr.write(
    `campaigns: expected Node ${wanted} or newer, found ${process.versions.node}. ` +
      `Install a newer Node from https://nodejs.org.\n`,
  );
  process.exit(2);
}
// Compiled code is kept from one command to the next; where it cannot be, commands only start more slowly.
module.enableCompileCache();
// As few files as it takes; a copy that has only the compiled ones runs those.
const inFew = new URL("../bundle/main.js", import.meta.url);
const { main } = await import(existsSync(inFew) ? inFew.href : "../dist/cli/main.js");
process.exitCode = await main(process);
// A dial that was left to the next run may still wait for its answer. The process ends once all output is written.
const leave = () => (process.stdout.writableLength + process.stderr.writableLength > 0 ? wait() : process.exit());
const wait = () => setTimeout(leave, 100).unref();
wait();
