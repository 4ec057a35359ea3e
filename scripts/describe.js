// Writes what is made from the tree of commands, once the program is compiled: part of npm run build.
import { writeFileSync } from "node:fs";
import { branchOf } from "../dist/cli/completion/tree.js";
import { createProgram } from "../dist/cli/program.js";

const { argv, stdin, stdout, stderr } = process;
const io = { argv: argv.slice(0, 2), env: {}, cwd: () => "/", stdin, stdout, stderr, on: () => {}, off: () => {} };
const program = await createProgram(io, () => {}, true);
writeFileSync(new URL("../dist/cli/completion/tree.json", import.meta.url), JSON.stringify(branchOf(program)));
