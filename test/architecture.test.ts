/** The shape of the code: dependencies point one way, and time and environment have one door each. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));
const files = globSync("**/*.ts", { cwd: SRC }).map((path) => ({ path, text: readFileSync(join(SRC, path), "utf8") }));

/** Each layer may use those before it and itself. */
const LAYERS = ["domain", "engine", "adapters", "sandbox", "cli"];

test("dependencies point from cli to sandbox to adapters to engine to domain, never back", () => {
  const wrong = files.flatMap(({ path, text }) => {
    const layer = LAYERS.indexOf(path.split("/")[0] ?? "");
    const imports = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, spec = ""]) =>
      relative(SRC, join(SRC, dirname(path), spec)),
    );
    return imports
      .filter((target) => layer >= 0 && LAYERS.indexOf(target.split("/")[0] ?? "") > layer)
      .map((target) => `${path} imports ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("adapters do not know each other", () => {
  const wrong = files.filter(({ path, text }) => {
    const [layer, adapter] = path.split("/");
    // A file beside the adapters' folders is shared by them.
    return (
      layer === "adapters" &&
      adapter?.endsWith(".ts") === false &&
      [...text.matchAll(/from "\.\.\/(\w+)\//g)].some(([, other]) => other !== adapter && other !== "..")
    );
  });
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

const users = (pattern: RegExp): string[] => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test("only the clock asks for the time, and only the configuration reads the environment", () => {
  expect(users(/Date\.now\(\)|new Date\(\)|Temporal\.Now|performance\.now/)).toEqual(["engine/ports/clock.ts"]);
  expect(users(/process\.env/)).toEqual([]);
  expect(users(/process\.exit\b/)).toEqual([]);
});

test("the domain does no I/O and throws no dice", () => {
  const domain = files.filter(({ path }) => path.startsWith("domain/"));
  expect(domain.filter(({ text }) => /from "node:|Math\.random/.test(text)).map(({ path }) => path)).toEqual([]);
});
