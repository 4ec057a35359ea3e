// Writes what is made from the tree of commands, once the program is compiled: part of npm run build.
import { mkdirSync, writeFileSync } from "node:fs";
import { branchOf } from "../dist/cli/completion/tree.js";
import { manPage } from "../dist/cli/man-page.js";
import { createProgram } from "../dist/cli/program.js";
import { version } from "../dist/cli/version.js";

const { argv, stdin, stdout, stderr } = process;
const io = { argv: argv.slice(0, 2), env: {}, cwd: () => "/", stdin, stdout, stderr, on: () => {}, off: () => {} };
const program = await createProgram(io, () => {}, true);
const write = (path, text) => writeFileSync(new URL(`../${path}`, import.meta.url), text);
mkdirSync(new URL("../man", import.meta.url), { recursive: true });
write("dist/cli/completion/tree.json", JSON.stringify(branchOf(program)));
write("man/campaigns.1", manPage(program, version()));
