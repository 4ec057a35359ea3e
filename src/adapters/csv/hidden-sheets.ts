/** Which sheets of an XLSX file are hidden; the library that reads their cells does not say. */
import { strFromU8, unzipSync } from "fflate";

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
    const { [wanted]: entry } = unzipSync(file, {
      filter: ({ name, originalSize }) => name === wanted && originalSize < LARGEST,
    });
    return entry === undefined ? "" : strFromU8(entry);
  } catch {
    return "";
  }
}

/** In bytes; it holds hardly more than the names of the sheets. */
const LARGEST = 10_000_000;
