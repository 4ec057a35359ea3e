/** Awkward files, as people's programs write them: what is read of each, or how it is refused. What is in them: corpus-cells.ts. */
import type { ImportReport, NewContact } from "../../../src/domain/calls/contact.ts";

export interface Case {
  readonly file: string;
  readonly bytes: string | Buffer;
  readonly map?: string;
  readonly region?: string;
  /** Of the contacts that are handed on, in their order; what is left out is not looked at. */
  readonly contacts?: readonly Partial<NewContact>[];
  /** What is left out is 0, or empty. */
  readonly report?: Partial<ImportReport>;
  readonly error?: string;
}

export const A = "+12025550110";
export const B = "+12025550111";
export const ADA = { name: "Ada", phoneNumber: A };
export const BEA = { name: "Bea", phoneNumber: B };
export const TWO = { contacts: [ADA, BEA], report: { read: 2, kept: 2 } };

const utf16 = (text: string, big: boolean, bom = true): Buffer => {
  const bytes = Buffer.from(bom ? `\ufeff${text}` : text, "utf16le");
  return big ? bytes.swap16() : bytes;
};
const latin1 = (text: string): Buffer => Buffer.from(text, "latin1");
const NOTE_1252 =
  "read as Windows-1252 (Latin-1), since it is not valid UTF-8: see that names with accents are right, or say --encoding";

export const SHAPES: readonly Case[] = [
  { file: "plain", bytes: `name,phone\nAda,${A}\nBea,${B}\n`, ...TWO },
  { file: "no line end at the end", bytes: `name,phone\nAda,${A}\nBea,${B}`, ...TWO },
  { file: "Windows line ends", bytes: `name,phone\r\nAda,${A}\r\nBea,${B}\r\n`, ...TWO },
  { file: "line ends of an old Mac", bytes: `name,phone\rAda,${A}\rBea,${B}\r`, ...TWO },
  { file: "all three line ends in one", bytes: `name,phone\r\nAda,${A}\nBea,${B}\r`, ...TWO },
  { file: "blank lines here and there", bytes: `\n\nname,phone\n\nAda,${A}\n  \n\nBea,${B}\n\n\n`, ...TWO },
  { file: "empty rows that a spreadsheet adds", bytes: `name,phone\nAda,${A}\n,\n,\nBea,${B}\n,\n"",""\n`, ...TWO },
  { file: "semicolons", bytes: `name;phone\nAda;${A}\nBea;${B}\n`, ...TWO },
  { file: "tabs", bytes: `name\tphone\nAda\t${A}\nBea\t${B}\n`, ...TWO },
  {
    file: "semicolons, with commas in the cells",
    bytes: `name;phone;address\nAda;${A};1, Main St, London\n`,
    contacts: [{ ...ADA, variables: { address: "1, Main St, London" } }],
    report: { read: 1, kept: 1 },
  },
  {
    file: "commas, with semicolons and tabs in the cells",
    bytes: `name,phone,note\nAda,${A},a;b\tc\n`,
    contacts: [{ ...ADA, variables: { note: "a;b\tc" } }],
    report: { read: 1, kept: 1 },
  },
  {
    file: "a quoted header with the other delimiter in it",
    bytes: `"name";"phone";"city, state, zip"\n"Ada";"${A}";"x"\n`,
    contacts: [{ ...ADA, variables: { "city, state, zip": "x" } }],
    report: { read: 1, kept: 1 },
  },
  { file: "Excel's sep= line", bytes: `sep=;\r\nname;phone\r\nAda;${A}\r\nBea;${B}\r\n`, ...TWO },
  {
    file: "one column only",
    bytes: `phone\n${A}\n${B}\n`,
    contacts: [{ phoneNumber: A, name: null, email: null }, { phoneNumber: B }],
    report: { read: 2, kept: 2 },
  },
  {
    file: "commas, quotes and line ends inside quotes",
    bytes: `name,phone,note\r\n"Lovelace, Ada",${A},"said ""hello""\r\nand left"\r\nBea,${B},\r\n`,
    contacts: [
      { name: "Lovelace, Ada", phoneNumber: A, variables: { note: 'said "hello"\r\nand left' } },
      { ...BEA, variables: { note: "" } },
    ],
    report: { read: 2, kept: 2 },
  },
  {
    file: "lines are counted right below a cell of several lines",
    bytes: `name,phone,note\r\nAda,${A},"one\r\ntwo\r\n\r\nthree"\r\n\r\nBea,none,x\r\n`,
    contacts: [ADA],
    report: {
      read: 2,
      kept: 1,
      rejected: { "the number has letters": 1 },
      examples: [{ line: 7, column: "phone", reason: "the number has letters" }],
    },
  },
  {
    file: "a quote inside a cell is a part of it",
    bytes: `name,phone,pipe\nJoe "Bob" Smith,${A},5" pipe\n`,
    contacts: [{ name: 'Joe "Bob" Smith', phoneNumber: A, variables: { pipe: '5" pipe' } }],
    report: { read: 1, kept: 1 },
  },
  {
    file: "names stay as they are written",
    bytes: `name,phone\nConan O'Brien,${A}\n=SUM(A1),${B}\n`,
    contacts: [{ name: "Conan O'Brien" }, { name: "=SUM(A1)" }],
    report: { read: 2, kept: 2 },
  },
];

export const ENCODINGS: readonly Case[] = [
  {
    file: "UTF-8",
    bytes: `name,phone\nZoë 王小明 🎉,${A}\n`,
    contacts: [{ name: "Zoë 王小明 🎉" }],
    report: { read: 1, kept: 1 },
  },
  { file: "UTF-8 with a byte order mark", bytes: `\ufeffname,phone\nAda,${A}\nBea,${B}\n`, ...TWO },
  {
    file: "UTF-8 with a byte order mark before a quoted header",
    bytes: `\ufeff"phone","name"\n${A},Ada\n`,
    contacts: [ADA],
    report: { read: 1, kept: 1 },
  },
  ...[false, true].flatMap((big) =>
    [true, false].map((bom): Case => {
      const text = `name\tphone\r\nZoë 王\t${A}\r\n`;
      return {
        file: `UTF-16 ${big ? "BE" : "LE"}${bom ? "" : " without a byte order mark"}`,
        bytes: utf16(text, big, bom),
        contacts: [{ name: "Zoë 王" }],
        report: { read: 1, kept: 1, notes: ["read as UTF-16"] },
      };
    }),
  ),
  {
    file: "Latin-1",
    bytes: latin1(`name;phone\nJosé Müller;${A}\n`),
    contacts: [{ name: "José Müller" }],
    report: { read: 1, kept: 1, notes: [NOTE_1252] },
  },
  {
    file: "Windows-1252, long after the start",
    bytes: Buffer.concat([Buffer.from(`name,phone\n${`Ada,${A}\n`.repeat(50)}`), latin1(`D'\x80 \x93Zoé\x94,${B}\n`)]),
    report: { read: 51, kept: 2, duplicates: 49, notes: [NOTE_1252] },
  },
  {
    file: "UTF-8 at the start and Latin-1 at the end",
    bytes: Buffer.concat([Buffer.from(`name,phone\nZoë,${A}\n`), latin1(`José,${B}\n`)]),
    error: "UTF-8 in parts only",
  },
  {
    file: "a spreadsheet",
    bytes: Buffer.from("PK\u0003\u0004name,phone\n"),
    error: "got a zip file, or a spreadsheet that cannot be read",
  },
  { file: "a gzip", bytes: Buffer.of(0x1f, 0x8b, 8, 0, 0), error: "got a gzip file" },
  { file: "zero bytes", bytes: `name,phone\nAda,${A}\n\0\0\n`, error: "zero bytes" },
  {
    file: "half a character of UTF-16 at the end",
    bytes: utf16(`phone\n${A}\n`, false).subarray(0, -1),
    error: "UTF-16",
  },
];

export const BROKEN: readonly Case[] = [
  {
    file: "a quote that never closes",
    bytes: `name,phone\nAda,${A}\n"Bea,${B}\n`,
    error: "one that opens on line 3 or soon after is not",
  },
  {
    file: "a quote that never closes, in a file too long to keep",
    bytes: `name,phone\nAda,${A}\n"${`Bea,${B}\n`.repeat(100_000)}`,
    error: "one that opens on line 3 or soon after is not",
  },
  {
    file: "a stray quote that takes several rows for one",
    bytes: `name,phone\n"Ada,${A}\n"Bea, MD",${B}\n`,
    error: "one that opens on line 2 or soon after is not",
  },
];
