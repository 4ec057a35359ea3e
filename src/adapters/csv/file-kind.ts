/** What a file is, by how it begins; and what to do with one that is no table. */
import { Misused } from "../../engine/errors.ts";

const BINARY: readonly (readonly [what: string, bytes: Buffer, hint?: string])[] = [
  ["an old spreadsheet (.xls)", Buffer.of(0xd0, 0xcf, 0x11, 0xe0), "save it as CSV (UTF-8) or XLSX and import that"],
  ["a gzip file", Buffer.of(0x1f, 0x8b), "unpack it first: gunzip -c FILE | campaigns … -"],
  ["a zstd file", Buffer.of(0x28, 0xb5, 0x2f, 0xfd), "unpack it first: zstdcat FILE | campaigns … -"],
  ["a bzip2 file", Buffer.from("BZh"), "unpack it first: bzcat FILE | campaigns … -"],
  ["a 7z archive", Buffer.of(0x37, 0x7a, 0xbc, 0xaf), "unpack it first"],
  ["a PDF", Buffer.from("%PDF")],
  ["a picture", Buffer.of(0x89, 0x50, 0x4e, 0x47)],
  ["a picture", Buffer.of(0xff, 0xd8, 0xff)],
  ["an SQLite database", Buffer.from("SQLite format 3")],
];
const ZIP = Buffer.from("PK\u0003\u0004");

/** Throws Misused for what is no text; a zip may be an XLSX spreadsheet. */
export function isZip(start: Buffer): boolean {
  const found = BINARY.find(([, bytes]) => start.subarray(0, bytes.length).equals(bytes));
  if (found !== undefined) throw noTable(found[0], found[2]);
  return start.subarray(0, ZIP.length).equals(ZIP);
}

const TEXT: readonly (readonly [what: string, pattern: RegExp, hint?: string])[] = [
  ["a vCard file", /^\s*BEGIN:VCARD/i, "export the contacts as CSV instead"],
  [
    "a web page (HTML), which some programs call .xls",
    /^\s*<(?:!doctype html|html|table|meta|head|body|div)\b/i,
    "open it in a spreadsheet and save it as CSV (UTF-8) or XLSX",
  ],
  ["an XML file", /^\s*<(?:\?xml|[a-z][\w:.-]*[\s>])/i],
  ["an RTF document", /^\s*\{\\rtf/],
  ["a JSON array", /^\s*\[\s*(?:[[{"\d\]]|$)/, "write one object a line: jq -c '.[]' FILE | campaigns … -"],
  ["a calendar", /^\s*BEGIN:VCALENDAR/i],
  ["an e-mail", /^(?:From|Received|Return-Path|MIME-Version): /],
];

/** Is that JSON Lines, one object a line? Throws Misused for text that is no table. */
export function isJsonLines(start: string): boolean {
  const found = TEXT.find(([, pattern]) => pattern.test(start));
  if (found !== undefined) throw noTable(found[0], found[2]);
  if (!/^\s*\{\s*(?:["}]|$)/.test(start)) return false;
  const [line = "", next] = start.trimStart().split(/\r?\n\s*(?=\S)/, 2);
  const record = parsed(line);
  // A line too long to be seen whole here is judged when it is read.
  if (record === null && next === undefined && !/[\r\n]\s*\S/.test(start.trim())) return start.length > 1_000;
  const flat = record !== null && Object.values(record).every((value) => typeof value !== "object" || value === null);
  if (flat || (record !== null && next?.startsWith("{") === true)) return true;
  throw noTable("a JSON document", "write one object a line: jq -c '.contacts[]' FILE | campaigns … -");
}

function parsed(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

export const noTable = (got: string, hint = "save it as CSV (UTF-8) and import that"): Misused =>
  new Misused("csv", `expected a table (CSV, XLSX or JSON Lines), got ${got}`, { hint });
