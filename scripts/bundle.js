// The program in few files, since to find and open hundreds of them takes longer than most commands do: part of npm run
// build. bin/campaigns.js runs it; the library, and whoever copies dist/ alone, have the files as they are compiled.
import { basename, dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Packages that many commands load; the others stay packages, and are loaded from node_modules. */
const TAKEN_IN = [
  "@bufbuild/protobuf",
  "@livekit/protocol",
  "chalk",
  "commander",
  "csv-parse",
  "jose",
  "libphonenumber-js",
  "livekit-server-sdk",
  "zod",
];
/** What nearly every command that does something loads; not what knows all the numbers of the world, nor what reads CSV. */
const CORE =
  /\/dist\/(domain\/(calls\/(?!caller-id\.|price-table\.)|hours\/|phones\/(?!lookup\.|phone\.|phone-classes\.)|time\/)|adapters\/(?!.+\/)|adapters\/sqlite\/|engine\/ports\/)/;
const isPackage = /^(?![./#\0]|[A-Za-z]:)(?:@[^/]+\/)?[^/]+/;

/** Files that are read at run time stay where they are. */
const files = {
  name: "files",
  transform: (code, id) => {
    if (!id.startsWith(at("dist/")) || !code.includes("import.meta.url")) return null;
    const from = relative(at("bundle"), dirname(id)).replaceAll("\\", "/");
    return code.replaceAll("import.meta.url", `new URL("${from}/${basename(id)}", import.meta.url)`);
  },
};

/** Parts of Node that most commands never use: of these, each function is looked up when it is called. */
const LATE = ["node:child_process", "node:crypto", "node:util"];
const isLate = (id, importer = "") =>
  LATE.includes(id) && (importer.startsWith(at("dist/")) || importer.includes("/commander/"));

/** Node is made to load less of itself: the mere import of one of its modules costs as much as a query. */
const late = {
  name: "late",
  resolveId: (id, importer) => {
    // As a module, every part of it is made, standard input too.
    if (id === "node:process") return "\0process";
    // Ours are asked for by name; this would look for a terminal.
    if (id === "#supports-color") return "\0no-colors";
    return isLate(id, importer) ? `\0late-${id.slice(5)}` : null;
  },
  load: (id) => {
    if (id === "\0process") return "export default globalThis.process;";
    if (id === "\0no-colors") return "export default { stdout: false, stderr: false };";
    const name = /^\0late-(.+)/.exec(id)?.[1];
    if (name === undefined) return null;
    const exported = Object.entries(process.getBuiltinModule(name)).filter(([, value]) => typeof value === "function");
    return [
      `const builtin = () => process.getBuiltinModule(${JSON.stringify(name)});`,
      ...exported.map(([each]) => `export const ${each} = (...given) => builtin().${each}(...given);`),
      "export default new Proxy({}, { get: (_, name) => builtin()[name] });",
    ].join("\n");
  },
};

const bundle = await rolldown({
  input: at("dist/cli/main.js"),
  platform: "node",
  plugins: [files, late],
  preserveEntrySignatures: "allow-extension",
  external: (id, importer) => {
    if (id === "node:process" || isLate(id, importer)) return false;
    const name = isPackage.exec(id)?.[0];
    return name !== undefined && !TAKEN_IN.includes(name);
  },
});
await bundle.write({
  dir: at("bundle"),
  format: "esm",
  cleanDir: true,
  codeSplitting: { groups: [{ name: "core", test: CORE, includeDependenciesRecursively: false }] },
});
await bundle.close();
