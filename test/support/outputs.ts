/** Holds what a command printed with --json to the schema of it that is in the package: every field known, none missing. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { z } from "zod";
import { OUTPUTS, schemaFile } from "../../src/cli/schemas/outputs.ts";
import type { Ran } from "./cli.ts";

interface Schema {
  readonly type?: unknown;
  readonly properties?: unknown;
  readonly additionalProperties?: unknown;
}

/** For JSON.stringify: an object has the fields of its schema, and no more. */
export const nothingMore = (_: string, value: Schema | null): unknown =>
  value?.properties !== undefined && value.additionalProperties === undefined && value.type === "object"
    ? { ...value, additionalProperties: false }
    : value;

export const schemaPath = (command: string): string =>
  fileURLToPath(new URL(`../../schemas/${schemaFile(command)}`, import.meta.url));

const known = new Map<string, z.ZodType>();
function published(command: string): z.ZodType {
  const found = known.get(command);
  if (found !== undefined) return found;
  const schema: unknown = JSON.parse(readFileSync(schemaPath(command), "utf8"));
  const strict = z.fromJSONSchema(JSON.parse(JSON.stringify(schema, nothingMore)) as never);
  known.set(command, strict);
  return strict;
}

/** The objects that were printed: one, or one a line, each ended by a line break. */
export function objectsOf(command: string, text: string): readonly unknown[] {
  expect.soft(text.endsWith("\n"), `the last line of ${command} is whole`).toBe(true);
  const lines = text.slice(0, -1).split("\n");
  if (OUTPUTS[command]?.lines !== true) expect(lines).toHaveLength(1);
  const objects = lines.flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown]));
  for (const object of objects) {
    const { error } = published(command).safeParse(object);
    expect.soft(error === undefined ? [] : [object, JSON.stringify(error.issues)], `output of ${command}`).toEqual([]);
  }
  return objects;
}

/** As objectsOf(), for a command that went well. */
export function outputOf(command: string, { code, stdout, stderr }: Ran): readonly unknown[] {
  expect.soft([command, code, code === 0 ? "" : stderr]).toEqual([command, 0, ""]);
  return objectsOf(command, stdout);
}
