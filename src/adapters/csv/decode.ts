/** Bytes of a file in any of the usual encodings → bytes in UTF-8, without a byte order mark. */
import { isAscii, isUtf8 } from "node:buffer";
import { Misused } from "../../engine/errors.ts";
import { atLeast } from "./bytes.ts";

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** What `--encoding` says: any name that the Encoding Standard has, such as windows-1251 or shift_jis. */
export function parseEncoding(name: string): TextDecoder {
  try {
    return new TextDecoder(name.trim(), { fatal: true });
  } catch {
    throw new Misused("encoding", `--encoding: expected a name such as windows-1251 or shift_jis, got "${name}"`);
  }
}

/**
 * `given`: the encoding, when somebody has said it. Else `found` hears of it when it is anything but UTF-8. A file that is not valid UTF-8 is taken for Windows-1252,
 * of which Latin-1 is a part; one that is both by turns is refused, since either reading would spoil somebody's name.
 */
export async function* decode(
  input: AsyncIterable<Uint8Array | string>,
  found: (encoding: Encoding) => void,
  given?: TextDecoder,
): AsyncGenerator<Buffer> {
  const chunks = atLeast(input, 4);
  const first = await chunks.next();
  if (first.done === true) return;
  if (given !== undefined) return yield* through(given, first.value, chunks);
  const marked = BOMS.find(([, bom]) => first.value.subarray(0, bom.length).equals(bom));
  const encoding = marked?.[0] ?? unmarkedUtf16(first.value);
  const start = first.value.subarray(marked?.[1].length ?? 0);
  if (encoding === "utf-16le" || encoding === "utf-16be") {
    found(encoding);
    yield* through(new TextDecoder(encoding, { fatal: true }), start, chunks);
  } else {
    yield* utf8(start, chunks, found);
  }
}

const BOMS: readonly (readonly [Encoding, Buffer])[] = [
  ["utf-8", Buffer.of(0xef, 0xbb, 0xbf)],
  ["utf-16le", Buffer.of(0xff, 0xfe)],
  ["utf-16be", Buffer.of(0xfe, 0xff)],
];

/** Every other byte of ASCII in UTF-16 is zero. */
function unmarkedUtf16(start: Buffer): Encoding | null {
  const [a, b, c, d] = start;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return "utf-16le";
  return a === 0 && b !== 0 && c === 0 && d !== 0 ? "utf-16be" : null;
}

const notText = (got: string): Misused =>
  new Misused("csv", `expected a CSV file, got ${got}`, { hint: "save it as CSV (UTF-8) and import that" });

async function* through(decoder: TextDecoder, start: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield Buffer.from(decoder.decode(start, { stream: true }));
    for await (const chunk of rest) yield Buffer.from(decoder.decode(chunk, { stream: true }));
    yield Buffer.from(decoder.decode());
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw notText(`one that is not ${decoder.encoding.toUpperCase()} all through`);
  }
}

async function* utf8(
  start: Buffer,
  rest: AsyncIterable<Buffer>,
  found: (encoding: Encoding) => void,
): AsyncGenerator<Buffer> {
  /** Bytes at the end of a chunk that may begin a character of several bytes. */
  let kept: Buffer = Buffer.alloc(0);
  let isUnicode = false;
  let latin: TextDecoder | null = null;
  const read = (chunk: Buffer, last: boolean): Buffer => {
    if (chunk.includes(0)) throw notText("one with zero bytes in it, as no text has");
    if (latin !== null) return Buffer.from(latin.decode(chunk, { stream: true }));
    if (kept.length === 0 && isAscii(chunk)) return chunk;
    const all = Buffer.concat([kept, chunk]);
    const whole = last ? all.length : all.length - openEnd(all);
    kept = all.subarray(whole);
    const text = all.subarray(0, whole);
    if (isUtf8(text)) {
      isUnicode ||= !isAscii(text);
      return text;
    }
    if (isUnicode || hasUnicode(text)) {
      throw new Misused("csv", "expected a file in one encoding, got one that is UTF-8 in parts only", {
        hint: "save it as UTF-8 and see that the names are right",
      });
    }
    found("windows-1252");
    latin = new TextDecoder("windows-1252");
    kept = Buffer.alloc(0);
    return Buffer.from(latin.decode(all, { stream: true }));
  };
  yield read(start, false);
  for await (const chunk of rest) yield read(chunk, false);
  yield read(Buffer.alloc(0), true);
}

/** How many bytes at the end begin a character that goes on in the next chunk. */
function openEnd(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

/** Has it characters of several bytes that are right as UTF-8? Hardly ever do two letters of Latin-1 look like one. */
const hasUnicode = (bytes: Buffer): boolean => /[^\0-\u007f\ufffd]/.test(bytes.toString("utf8"));
