/** A zip file without compression, and an XLSX file in it, as small as a spreadsheet program accepts. */
import { crc32 } from "node:zlib";

export function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [];
  const entries: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const [path, data] = [Buffer.from(name), Buffer.from(text)];
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(path.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    parts.push(Buffer.from("PK\u0003\u0004"), shared, path, data);
    entries.push(Buffer.concat([Buffer.from("PK\u0001\u0002"), Buffer.of(20, 0), shared, rest, path]));
    at += 4 + shared.length + path.length + data.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, directory, Buffer.from("PK\u0005\u0006"), end]);
}

/** A text, or the raw digits of a number. */
type Cell = string | { readonly raw: string };

const cell = (value: Cell, row: number, column: number): string => {
  const at = `${String.fromCharCode(65 + column)}${row + 1}`;
  return typeof value === "string"
    ? `<c r="${at}" t="inlineStr"><is><t>${value.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</t></is></c>`
    : `<c r="${at}"><v>${value.raw}</v></c>`;
};

export interface Sheet {
  readonly name: string;
  readonly state?: "hidden" | "veryHidden";
  readonly rows: readonly (readonly Cell[])[];
}

/** Cells as the file holds them. */
export const xlsx = (rows: readonly (readonly Cell[])[]): Buffer => workbook([{ name: "Contacts", rows }]);

export function workbook(sheets: readonly Sheet[]): Buffer {
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const packages = "http://schemas.openxmlformats.org/package/2006";
  const types = "application/vnd.openxmlformats";
  const xml = '<?xml version="1.0" encoding="UTF-8"?>';
  const each = (write: (sheet: Sheet, id: number) => string): string =>
    sheets.map((sheet, index) => write(sheet, index + 1)).join("");
  const parts = each(
    (_, id) =>
      `<Override PartName="/xl/worksheets/sheet${id}.xml" ContentType="${types}-officedocument.spreadsheetml.worksheet+xml"/>`,
  );
  const list = each(
    ({ name, state }, id) =>
      `<sheet name="${name}" sheetId="${id}"${state === undefined ? "" : ` state="${state}"`} r:id="rId${id}"/>`,
  );
  const links = each(
    (_, id) => `<Relationship Id="rId${id}" Type="${relations}/worksheet" Target="worksheets/sheet${id}.xml"/>`,
  );
  const data = ({ rows }: Sheet): string =>
    rows
      .map((cells, row) => `<row r="${row + 1}">${cells.map((value, n) => cell(value, row, n)).join("")}</row>`)
      .join("");
  return zip({
    "[Content_Types].xml": `${xml}<Types xmlns="${packages}/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="${types}-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}-officedocument.spreadsheetml.sheet.main+xml"/>${parts}</Types>`,
    "_rels/.rels": `${xml}<Relationships xmlns="${packages}/relationships"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${xml}<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${list}</sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${xml}<Relationships xmlns="${packages}/relationships">${links}</Relationships>`,
    ...Object.fromEntries(
      sheets.map((sheet, index) => [
        `xl/worksheets/sheet${index + 1}.xml`,
        `${xml}<worksheet xmlns="${main}"><sheetData>${data(sheet)}</sheetData></worksheet>`,
      ]),
    ),
  });
}
