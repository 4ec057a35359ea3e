/** JSON Lines → rows: one object a line, its keys being the columns. */
import { Misused } from "../../engine/errors.ts";
import { meaningOf } from "./known-columns.ts";
import type { Row } from "./rows.ts";
import { isWish, wishInName } from "./wishes.ts";

/** Lines that are read before it is settled which columns there are. */
const LOOKED_AT = 1_000;
const LONGEST_LINE = 1_000_000;

/**
 * The header comes first. A key that comes up later than that makes its row too long, as a cell too many does in CSV; unless
 * it may be a wish not to be called, which must not be lost: then Misused is thrown.
 */
export async function* readJsonLines(text: AsyncIterable<Buffer>): AsyncGenerator<readonly Row[]> {
  const columns = new Map<string, number>();
  const cellsOf = (record: ReadonlyMap<string, string>, line: number): string[] => {
    const cells = Array.from<string>({ length: columns.size }).fill("");
    for (const [key, value] of record) {
      const at = columns.get(key);
      if (at !== undefined) cells[at] = value;
      else if (mayBeWish(key, value)) throw lateWish(line);
      else cells.push(value);
    }
    return cells;
  };
  let first: { record: Map<string, string>; line: number }[] | null = [];
  const settle = (): Row[] => {
    const records = first ?? [];
    first = null;
    if (records.length === 0) return [];
    for (const { record } of records)
      for (const key of record.keys()) if (!columns.has(key)) columns.set(key, columns.size);
    const header = { cells: [...columns.keys()], line: 1 };
    return [header, ...records.map(({ record, line }) => ({ cells: cellsOf(record, line), line }))];
  };
  for await (const lines of linesOf(text)) {
    const rows: Row[] = [];
    for (const { text, line } of lines) {
      const record = recordOf(text, line);
      if (first === null) rows.push({ cells: cellsOf(record, line), line });
      else if (first.push({ record, line }) >= LOOKED_AT) rows.push(...settle());
    }
    if (rows.length > 0) yield rows;
  }
  const rest = settle();
  if (rest.length > 0) yield rest;
}

async function* linesOf(text: AsyncIterable<Buffer>): AsyncGenerator<{ text: string; line: number }[]> {
  const decoder = new TextDecoder();
  let [line, pending] = [0, ""];
  for await (const chunk of text) {
    const parts = (pending + decoder.decode(chunk, { stream: true })).split("\n");
    pending = parts.pop() ?? "";
    if (pending.length > LONGEST_LINE) throw broken(line + parts.length + 1);
    yield parts.map((text) => ({ text, line: ++line })).filter(({ text }) => text.trim() !== "");
  }
  if (pending.trim() !== "") yield [{ text: pending, line: line + 1 }];
}

/** Numbers as they are written: none loses a digit. */
function recordOf(text: string, line: number): Map<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text, exact);
  } catch {
    throw broken(line);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw broken(line);
  return new Map(Object.entries(value).map(([key, value]) => [key, cellOf(value)]));
}

const exact = (_: string, value: unknown, context?: { source?: string }): unknown =>
  typeof value === "number" && context?.source !== undefined && context.source !== String(value)
    ? context.source
    : value;

const cellOf = (value: unknown): string =>
  typeof value === "string" ? value : value === null || value === undefined ? "" : JSON.stringify(value);

const WISHES: ReadonlySet<string> = new Set(["do_not_call", "may_call"]);
const mayBeWish = (key: string, value: string): boolean =>
  value.trim() !== "" &&
  (WISHES.has(meaningOf(key)?.field ?? "") || ["never", "may"].includes(wishInName(key) ?? "") || isWish(value));

const lateWish = (line: number): Misused =>
  new Misused("do_not_call", `line ${line} has a wish not to be called in a key that the lines before it do not have`, {
    hint: "give the first line that key as well, with null",
  });

const broken = (line: number): Misused =>
  new Misused("json_lines", `expected one JSON object a line, got something else on line ${line}`, {
    hint: "fix that line",
  });
