/** Rows out of text: what separates the cells, and that no text, however odd, takes long. */
import { parse } from "csv-parse/sync";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeaderScanner, parseDelimiter } from "../../../src/adapters/csv/delimiter.ts";
import { readRows } from "../../../src/adapters/csv/rows.ts";
import { CampaignsError } from "../../../src/engine/errors.ts";

/** The rows, or what is wrong; and milliseconds. */
async function read(
  text: string,
  piece = 65_536,
): Promise<{ cells: (readonly string[])[]; error: string; ms: number }> {
  const bytes = Buffer.from(text);
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
  };
  const cells: (readonly string[])[] = [];
  let error = "";
  const before = performance.now();
  try {
    for await (const rows of readRows(pieces())) cells.push(...rows.map((row) => row.cells));
  } catch (thrown) {
    if (!(thrown instanceof CampaignsError)) throw thrown;
    error = thrown.message;
  }
  return { cells, error, ms: performance.now() - before };
}

/** Generous: a laptop takes a hundredth of it. It is there for what grows with the square of the length, or worse. */
const MS_PER_KB = 40;
const limit = (text: string): number => 2_000 + (text.length / 1000) * MS_PER_KB;

describe("no text takes longer than its length allows", () => {
  test.each([
    ["49 quotes that never close", '"'.repeat(49)],
    ["48 quotes and a word", `${'"'.repeat(48)}x`],
    ["quotes only", '"'.repeat(400_000)],
    ["quotes and letters", '"a'.repeat(200_000)],
    ["quotes inside cells", `${'a"'.repeat(200_000)}\n`],
    ["quoted cells with something behind them", `${'"a"b,'.repeat(80_000)}\n`],
    ["a quote a line", '"\n'.repeat(100_000)],
    ["lines of one quoted cell each", `name\n${'"a\n"'.repeat(100_000)}`],
    ["spaces before a quote", `${" ".repeat(200_000)}"`],
    ["empty lines", "\n".repeat(400_000)],
    ["delimiters only", ",;|\t".repeat(100_000)],
  ])("%s", async (_, text) => {
    const { ms } = await read(text);
    expect(ms).toBeLessThan(limit(text));
  });

  test("a header that comes in many small pieces", async () => {
    const text = `${"a".repeat(200_000)},phone\n1,2\n`;
    const { cells, ms } = await read(text, 16);
    expect(cells).toHaveLength(2);
    expect(ms).toBeLessThan(limit(text));
  });

  test("whatever is put together of quotes, delimiters and line ends", async () => {
    const part = fc.constantFrom('"', '""', ",", ";", "|", "\t", "\n", "\r\n", "\r", "a", " ", "é", '",', ',"', '"\n');
    const text = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 400 }))
      .map(([parts, times]) => parts.join("").repeat(times));
    await fc.assert(
      fc.asyncProperty(text, async (text) => {
        const { ms } = await read(text);
        expect(ms).toBeLessThan(limit(text));
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  test("each byte of a header is looked at once, however it is cut", () => {
    let looks = 0;
    const header = Buffer.from(`${'"a ""b"",",x|'.repeat(1000)}\n`);
    const counted = {
      *[Symbol.iterator]() {
        for (const byte of header) {
          looks++;
          yield byte;
        }
      },
    };
    expect(new HeaderScanner().read(counted as unknown as Uint8Array)).toBe(true);
    expect(looks).toBe(header.length);
  });
});

async function* twoPieces(): AsyncGenerator<Buffer> {
  yield Buffer.from('a,b\r\n\r\n1,2\n"3",4\n"5\n6",7\n8,9\r\n\n');
  yield Buffer.from("10,11");
}

describe("line by line or by the parser", () => {
  const part = fc.constantFrom(
    '"a"',
    '""',
    '"a""b"',
    '"a, b"',
    '"',
    ",",
    ",",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "a",
    " ",
    "é",
    "\n\n",
  );
  const text = fc.array(part, { minLength: 1, maxLength: 30 }).map((parts) => `a,b\n${parts.join("")}`);

  test("the same rows come out", async () => {
    const options = { record_delimiter: ["\r\n", "\n", "\r"], relax_column_count: true, relax_quotes: true };
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(7, 1_000), async (text, piece) => {
        const { cells, error } = await read(text.replaceAll("é", piece === 7 ? "e" : "é"), piece);
        // Of quotes that take several rows for one nothing is read.
        if (error !== "") return;
        const all = parse(text.replaceAll("é", piece === 7 ? "e" : "é"), { ...options, skip_empty_lines: true });
        expect(cells).toEqual(all.filter((row) => row.some((cell) => cell.trim() !== "")));
      }),
      { numRuns: 2_000 },
    );
  });

  test("a row is on the line on which it begins", async () => {
    const lines: number[] = [];
    for await (const rows of readRows(twoPieces())) lines.push(...rows.map(({ line }) => line));
    expect(lines).toEqual([1, 3, 4, 5, 7, 9]);
  });
});

describe("what separates the cells", () => {
  test.each([
    ["a comma", "a,b\n1,2", ["1", "2"]],
    ["a semicolon", "a;b\n1;2", ["1", "2"]],
    ["a tab", "a\tb\n1\t2", ["1", "2"]],
    ["a bar", "a|b\n1|2", ["1", "2"]],
    ["a bar, with commas in the cells", "a|b|c\n1,5|2|3", ["1,5", "2", "3"]],
    ["a semicolon, with a bar in a quoted header", '"a|b|c";d\n1;2', ["1", "2"]],
    ["a comma, after a header with an inch in it", '5" pipe,b\n1,2', ["1", "2"]],
    ["a comma, after a header of two lines", '"a\nx",b\n1,2', ["1", "2"]],
    ["what Excel says, whatever else there is", "sep=|\na;b|c\n1|2", ["1", "2"]],
  ])("%s", async (_, text, second) => {
    for (const piece of [1, 3, 1000]) expect((await read(text, piece)).cells[1]).toEqual(second);
  });

  test.each(["|", ";", ":", "^", "~", " ", "tab", "\\t"])("--delimiter %j is one", (text) =>
    expect(parseDelimiter(text)).toBe(/t/.test(text) ? "\t" : text),
  );
  test.each(["", "||", '"', "\n", "a", "1"])("--delimiter %j is none", (text) =>
    expect(() => parseDelimiter(text)).toThrow("--delimiter: expected one character"),
  );
});
