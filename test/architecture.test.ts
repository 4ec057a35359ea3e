/** The shape of the code: who may know whom, and the one door for time, environment and I/O. */
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src/", import.meta.url));
const IMPORT = /(?:from|import|import\()\s*"(\.[^"]+)"/g;

const files = globSync("**/*.ts", { cwd: SRC })
  .sort()
  .map((path) => {
    const text = readFileSync(join(SRC, path), "utf8");
    const imports = [...text.matchAll(IMPORT)].map(([, spec = ""]) => relative(SRC, join(SRC, dirname(path), spec)));
    return { path, text, imports };
  });

/** Imports, types included, that `allowed` does not allow. */
const wrong = (allowed: (from: string, to: string) => boolean): string[] =>
  files.flatMap(({ path, imports }) =>
    imports.filter((target) => !allowed(path, target)).map((target) => `${path} imports ${target}`),
  );

/** `engine/run/runner.ts` → `engine/run`; a file beside the rooms has none. */
const roomOf = (path: string): string | null => path.split("/").slice(0, -1).slice(0, 2).join("/") || null;
const layerOf = (path: string): string => path.split("/")[0] ?? "";

test("each layer uses only itself and the layers before it", () => {
  const layers = ["domain", "engine", "json", "adapters", "sandbox", "http", "cli"];
  expect(
    wrong(
      (from, to) => !layers.includes(layerOf(from)) || layers.indexOf(layerOf(to)) <= layers.indexOf(layerOf(from)),
    ),
  ).toEqual([]);
});

/** What each room may use beside itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "domain/text": [],
  "domain/time": [],
  "domain/phones": ["domain/time"],
  "domain/hours": ["domain/time", "domain/phones"],
  "domain/calls": ["domain/text", "domain/time", "domain/phones", "domain/hours"],
  "engine/ports": ["engine"],
  "engine/run": ["engine", "engine/ports"],
  "engine/manage": ["engine", "engine/ports"],
  "engine/doctor": ["engine", "engine/ports", "engine/manage"],
};

const inside = (path: string): boolean => ["domain", "engine"].includes(layerOf(path));

test("each room of the domain and the engine uses only the rooms it may know", () => {
  const homeless = files.filter(
    ({ path }) => inside(path) && !["engine", ...Object.keys(ROOMS)].includes(roomOf(path) ?? ""),
  );
  expect(homeless.map(({ path }) => path)).toEqual([]);
  expect(
    wrong((from, to) => {
      const [room, other] = [roomOf(from) ?? "", roomOf(to) ?? ""];
      const may = ROOMS[room];
      return may === undefined || room === other || layerOf(from) !== layerOf(to) || may.includes(other);
    }),
  ).toEqual([]);
});

test("run and manage do not import each other", () => {
  const rooms = ["engine/run", "engine/manage"];
  expect(
    wrong((from, to) => {
      const [room, other] = [roomOf(from) ?? "", roomOf(to) ?? ""];
      return room === other || !rooms.includes(room) || !rooms.includes(other);
    }),
  ).toEqual([]);
});

test("no files import each other, directly or in a circle, types included", () => {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) circles.push([...trail.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const target of importsOf.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  expect(circles).toEqual([]);
});

test("adapters do not know each other", () => {
  expect(
    wrong((from, to) => {
      const [room, other] = [roomOf(from) ?? "", roomOf(to) ?? ""];
      // A file beside the adapters' folders is shared by them.
      const both = room.startsWith("adapters/") && other.startsWith("adapters/");
      return !both || room === other;
    }),
  ).toEqual([]);
});

const users = (pattern: RegExp): string[] => files.filter(({ text }) => pattern.test(text)).map(({ path }) => path);

test("only the clock asks the machine for the time", () => {
  expect(users(/Date\.now\(\)|new Date\(\)|Temporal\.Now|performance\.now|process\.hrtime/)).toEqual([
    "engine/ports/clock.ts",
  ]);
});

test("only bin/ knows the process's environment and ends the process", () => {
  expect(users(/process\.env/)).toEqual([]);
  expect(users(/process\.exit\b/)).toEqual([]);
});

test("the domain does no I/O and throws no dice", () => {
  expect(users(/from "node:|Math\.random|fetch\(/).filter((path) => path.startsWith("domain/"))).toEqual([]);
});

test("no file has grown beyond one idea", () => {
  const lines = files.map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }));
  expect(lines.filter((file) => file.lines > 400)).toEqual([]);
  const median = lines.map((file) => file.lines).sort((a, b) => a - b)[Math.floor(lines.length / 2)];
  expect(median).toBeLessThanOrEqual(80);
});

test("Supabase's SQL has a new version number whenever it changes", () => {
  const history = readFileSync(new URL("./supabase-versions.txt", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const sql = globSync("adapters/supabase/migrations/*.sql", { cwd: SRC })
    .sort()
    .map((path) => readFileSync(join(SRC, path), "utf8"))
    .join("\n");
  const [, version] = [...sql.matchAll(/campaigns_schema \(version\) values \((\d+)\)/g)].at(-1) ?? [];
  const line = `${version} ${createHash("sha256").update(sql).digest("hex").slice(0, 16)}`;
  expect(
    history.at(-1),
    "raise the number in the last lines of 0012_rights.sql; run this test again, and append the line that it expects to test/supabase-versions.txt",
  ).toBe(line);
  const versions = history.map((each) => Number(each.split(" ")[0]));
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
});

test("the upgrades of SQLite's schema are numbered without gaps, each once", () => {
  const files = globSync("adapters/sqlite/upgrades/*.sql", { cwd: SRC }).sort();
  const numbers = files.map((path) => Number(/(\d{4})_\w+\.sql$/.exec(path)?.[1]));
  expect(numbers, "give yours the next number").toEqual(files.map((_, n) => n + 5));
});
