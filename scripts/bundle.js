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
/** What nearly every command that does something loads; not what knows all the world's numbers. */
const CORE =
  /\/dist\/(domain\/(calls\/(?!caller-id\.)|hours\/|phones\/(?!lookup\.|phone\.|phone-classes\.)|time\/)|adapters\/(?!.+\/)|adapters\/sqlite\/|engine\/ports\/)/;
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

const bundle = await rolldown({
  input: at("dist/cli/main.js"),
  platform: "node",
  plugins: [files],
  preserveEntrySignatures: "allow-extension",
  external: (id) => {
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
