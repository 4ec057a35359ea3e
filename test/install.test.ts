/** What a clone and a package need to work on every platform. Reads files; asks no registry. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const text = readFileSync(fileURLToPath(new URL("../package-lock.json", import.meta.url)), "utf8");
const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, Locked>> };

/** Whether the package at `path` finds `name` in its own node_modules, or in one further up. */
function finds(path: string, name: string): boolean {
  if (`${path === "" ? "" : `${path}/`}node_modules/${name}` in packages) return true;
  return path !== "" && finds(path.slice(0, Math.max(0, path.lastIndexOf("/node_modules/"))), name);
}

/** What a package needs from others, on some platform at least. */
const needs = ({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }: Locked): string[] => [
  ...Object.keys({ ...dependencies, ...optionalDependencies }),
  ...Object.keys(peerDependencies ?? {}).filter((name) => peerDependenciesMeta?.[name]?.optional !== true),
];

test("npm ci refused the lock file, because the packages of other platforms were missing from it", () => {
  const missing = Object.entries(packages).flatMap(([path, locked]) =>
    needs(locked)
      .filter((name) => !finds(path, name))
      .map((name) => `${path} needs ${name}`),
  );
  expect(missing).toEqual([]);
});

test("the lock file pins every package by its content and names no registry", () => {
  const pins = Object.entries(packages).filter(([path]) => path !== "");
  expect(pins.filter(([, locked]) => !("integrity" in locked)).map(([path]) => path)).toEqual([]);
  expect(pins.filter(([, locked]) => "resolved" in locked).map(([path]) => path)).toEqual([]);
});
