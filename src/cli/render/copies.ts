/** Copies of the database that restore left beside it, as text. */
import type { Copy } from "../../adapters/sqlite/copies.ts";

/** `what` ends before their names. */
export const copiesText = (copies: readonly Copy[], what: string): readonly string[] =>
  copies.length === 0
    ? []
    : [`${what} ${namesOf(copies)}: remove each, with -wal and -shm beside it, once you need no way back`];

const namesOf = (copies: readonly Copy[]): string => copies.map(({ file }) => file).join(", ");

/** Those that are not known to be encrypted. */
export const plainOf = (copies: readonly Copy[]): readonly Copy[] =>
  copies.filter(({ encrypted }) => encrypted !== true);

export const NOT_ENCRYPTED = "restore left copies beside the database that are not encrypted:";
