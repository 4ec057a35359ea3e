/** Which columns of a list of numbers are read, and whether it has a header at all. */
import { parsePhone, prefixOf } from "../../domain/phones/phone.ts";
import { Misused } from "../../engine/errors.ts";
import { findColumn } from "./column-map.ts";
import { numberColumns, phoneHint } from "./column-hints.ts";
import { type ColumnChoice, REJECT_COLUMNS } from "./columns.ts";
import { columnNames, holdsNumber, isNumberLike, isNumberOrPrefix, listedColumns } from "./headers.ts";
import { type Field, meaningOf } from "./known-columns.ts";
import { ownExport } from "./own-export.ts";
import { mayBeTheirNumber, mayBeTheirs } from "./plain-number.ts";
import type { Table } from "./table.ts";

export interface NumberColumns {
  /** There is no header; the first line is a row as any other. */
  readonly bare: boolean;
  /** Cells of the first line; of a cell further right nothing says what it is. */
  readonly width: number;
  readonly fields: { readonly phone: readonly number[]; readonly area?: readonly number[] };
  readonly headers: readonly string[];
  /** Those of the columns of numbers that nobody said and no name tells: a word in them is none that could not be read. */
  readonly guessed: ReadonlySet<number>;
  /** Columns that are not read; a number may stand in one all the same. */
  readonly unread: readonly number[];
  /** Those of them that are empty in the first rows: nothing says what they are. */
  readonly blank: ReadonlySet<number>;
  /** Those whose cells look like numbers, and may be ids, or somebody else's. */
  readonly strange: readonly number[];
  readonly notes: readonly string[];
}

/** Throws Misused when no column holds numbers. */
export function numberColumnsOf(
  { header, sample }: Table,
  { map = {}, ignore = [] }: ColumnChoice,
  defaultRegion: string | undefined,
): NumberColumns {
  const area = areaPair([header.cells, ...sample]);
  const names = header.cells.map((cell) => cell.trim());
  const bare = area !== null || isFirstRow(names);
  const rows = bare ? [header.cells, ...sample] : sample;
  const widest = Math.max(...rows.map((cells) => cells.length));
  const headers = bare ? Array.from({ length: widest }, (_, index) => `column_${index + 1}`) : names;
  const left = new Set(ignore.map((column) => findColumn(column, headers, null)));
  if (!bare) names.forEach((name, index) => REJECT_COLUMNS.some((reject) => reject === name) && left.add(index));
  // Of the calls that this program made, the callers' numbers are ours.
  for (const index of bare ? [] : (ownExport(names)?.left ?? [])) left.add(index);
  const open = (indexes: readonly number[]): number[] => indexes.filter((index) => !left.has(index));
  const said = (field: Field): number[] | undefined => map[field]?.map((column) => findColumn(column, headers, field));
  const known = (field: Field): number[] =>
    bare ? [] : open(names.flatMap((name, index) => (meaningOf(name)?.field === field ? [index] : [])));
  const hasMeaning = (index: number): boolean => !bare && meaningOf(names[index] ?? "") !== null;

  const pair = area ?? areaPair(sample);
  const pairPhone = pair === null ? [] : open([pair + 1]);
  const alike = open(numberColumns(rows, isNumber));
  const wanted = [
    said("phone") ?? [],
    known("phone"),
    pairPhone,
    alike.filter((index) => bare || mayBeTheirs(names[index] ?? "")),
    alike,
    // Each has something beside it: then each is a row that cannot be read.
    bare ? open(numberColumns(rows, holdsNumber)) : [],
  ];
  const first = wanted.find((indexes) => indexes.length > 0);
  if (first === undefined) {
    throw new Misused("columns", `expected a column phone_number, found ${columnNames(headers)}`, {
      hint: phoneHint(headers, sample),
    });
  }
  const codes =
    said("area") ?? (known("area").length > 0 ? known("area") : first === pairPhone && pair !== null ? [pair] : []);
  const guessed = !bare && first !== wanted[0] && first !== wanted[1];
  // Whoever says which columns hold the numbers means no others.
  const others =
    map.phone === undefined
      ? open([...headers.keys()]).filter(
          (index) => !first.includes(index) && !codes.includes(index) && !hasMeaning(index),
        )
      : [];
  const surely = (isOne: (cell: string, index: number) => boolean): number[] =>
    numberColumns(rows, (cell, index) => isOne(cell, index) && isSurelyNumber(cell, defaultRegion)).filter((index) =>
      others.includes(index),
    );
  const also = surely((cell, index) => bare || mayBeTheirNumber(cell, names[index] ?? ""));
  const phone = [...first, ...also];
  const unread = others.filter((index) => !also.includes(index));
  return {
    bare,
    width: names.length,
    fields: codes.length > 0 ? { phone, area: codes } : { phone },
    headers: bare ? named(headers, phone, codes) : headers,
    guessed: new Set(also),
    unread,
    strange: surely(() => true).filter((index) => !also.includes(index)),
    blank: new Set(unread.filter((index) => rows.every((cells) => (cells[index] ?? "").trim() === ""))),
    notes: [
      ...(bare ? ["there is no header: the first line is read as a number"] : []),
      ...(guessed ? [`numbers from ${listedColumns(headers, first)}, whose cells look like numbers`] : []),
      ...(also.length > 0
        ? [
            `numbers also from ${listedColumns(headers, also)}, whose cells look like numbers; --ignore leaves a column out`,
          ]
        : []),
    ],
  };
}

const isNumber = (cell: string): boolean => isNumberLike(cell) || prefixOf(cell) !== null;

/** Is it one beyond doubt, and no id? A national number is, if it looks like one, for its row is not to be lost without a word. */
function isSurelyNumber(cell: string, defaultRegion: string | undefined): boolean {
  if (!isNumberLike(cell)) return prefixOf(cell) !== null;
  const marked = defaultRegion === undefined && /\d[ ().-]+\d/.test(cell);
  const phone = parsePhone(cell, marked ? "US" : defaultRegion);
  return phone.ok && phone.known;
}

/**
 * Is the first line no header? A header that is taken for a row is said to be unreadable; a row that is taken for a header
 * would be lost without a word.
 */
const isFirstRow = (names: readonly string[]): boolean =>
  names.some(isNumberOrPrefix) ||
  (names.some(holdsNumber) && !names.some((name) => meaningOf(name)?.field === "phone"));

/** The first of two columns that hold an area code of three digits and a number of seven, as the FTC writes them; null: none. */
function areaPair(rows: readonly (readonly string[])[]): number | null {
  const width = rows[0]?.length ?? 0;
  for (let at = 0; at + 1 < width; at++) {
    const filled = rows.filter((cells) => (cells[at + 1] ?? "").trim() !== "");
    const fitting = filled.filter(
      (cells) => /^\s*\d{3}\s*$/.test(cells[at] ?? "") && /^\s*\d{3}[ .-]?\d{4}\s*$/.test(cells[at + 1] ?? ""),
    );
    if (filled.length > 0 && fitting.length >= filled.length * 0.8) return at;
  }
  return null;
}

/** Names under which rejected rows can be imported again. */
const named = (headers: readonly string[], phone: readonly number[], area: readonly number[]): string[] =>
  headers.map((header, index) => {
    if (area.includes(index)) return "area_code";
    const nth = phone.indexOf(index);
    return nth < 0 ? header : nth === 0 ? "phone_number" : `phone${nth + 1}`;
  });
