/** The migrations that come with the program, and whether a project has had them in their present form. */
import { readdirSync, readFileSync } from "node:fs";
import { Unavailable } from "../../engine/errors.ts";
import { APPLY_SCHEMA } from "./rpc.ts";

export interface Migration {
  readonly version: number;
  /** NNNN_name.sql */
  readonly file: string;
  readonly sql: string;
}

const FOLDER = new URL("./migrations/", import.meta.url);

/** In the order in which they are to be applied; each may be applied again. */
export function migrations(): Migration[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d{4}_\w+\.sql$/.test(file))
    .toSorted()
    .map((file) => ({ file, version: Number(file.slice(0, 4)), sql: readFileSync(new URL(file, FOLDER), "utf8") }));
}

/** All of them as one script, wholly applied or not at all. */
export const schemaSql = (): string =>
  ["begin;", ...migrations().map(({ file, sql }) => `-- ${file}\n${sql}`), "commit;", ""].join("\n");

/** The number that the files say last; it rises with every change of any of them. */
export const schemaVersion = (): number =>
  Math.max(...[...schemaSql().matchAll(/campaigns_schema \(version\) values \((\d+)\)/g)].map(([, n]) => Number(n)));

/** Throws when the project's schema is not the program's. */
export function checkVersion(found: unknown): void {
  const expected = schemaVersion();
  if (found === expected) return;
  const newer = typeof found === "number" && found > expected;
  throw new Unavailable(
    "schema_version",
    `expected schema version ${expected}, found ${String(found)}: the ${newer ? "program" : "schema"} is the older one`,
    { hint: newer ? "update campaigns: a newer version of it has changed this project's schema" : APPLY_SCHEMA },
  );
}
