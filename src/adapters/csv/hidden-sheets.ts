/** Which sheets of an XLSX file are hidden; the library that reads their cells does not say. */
import { inflateRawSync } from "node:zlib";

/** In their order. Of a file whose end cannot be read, nothing is known: none. */
export function hiddenSheets(file: Buffer): boolean[] {
  const workbook = textOf(file, "xl/workbook.xml");
  return [...workbook.matchAll(SHEET)].flatMap(([, text = ""]) => {
    const attributes = new Map(
      [...text.matchAll(ATTRIBUTE)].map(([, name = "", value = ""]) => [name, value.slice(1, -1)]),
    );
    // The library leaves out those without a name.
    return attributes.get("name") ? [/hidden$/i.test(attributes.get("state") ?? "")] : [];
  });
}

const SHEET = /<(?:\w+:)?sheet(\s(?:"[^"]*"|'[^']*'|[^"'>])*)>/g;
const ATTRIBUTE = /([\w:]+)\s*=\s*("[^"]*"|'[^']*')/g;

function textOf(file: Buffer, wanted: string): string {
  try {
    return entryOf(file, wanted)?.toString("utf8") ?? "";
  } catch {
    return "";
  }
}

/** As the end of the zip file lists it. Throws for one that it does not understand. */
function entryOf(file: Buffer, wanted: string): Buffer | null {
  const end = file.lastIndexOf("PK\u0005\u0006");
  if (end < 0) return null;
  // Where it is too short for the numbers, another one before it has them in 64 bits.
  const wide = file.readUInt32LE(end + 16) === 0xffffffff ? file.lastIndexOf("PK\u0006\u0006", end) : -1;
  const count = wide < 0 ? file.readUInt16LE(end + 10) : file.readUInt32LE(wide + 32);
  for (let at = file.readUInt32LE(wide < 0 ? end + 16 : wide + 48), n = 0; n < count; n++) {
    const [path, extra, comment] = [28, 30, 32].map((offset) => file.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    if (file.toString("utf8", at + 46, at + 46 + path) === wanted) {
      const local = file.readUInt32LE(at + 42);
      const start = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28);
      const data = file.subarray(start, start + file.readUInt32LE(at + 20));
      return file.readUInt16LE(at + 10) === 0 ? data : inflateRawSync(data, { maxOutputLength: LARGEST });
    }
    at += 46 + path + extra + comment;
  }
  return null;
}

/** In bytes; it holds hardly more than the names of the sheets. */
const LARGEST = 10_000_000;
