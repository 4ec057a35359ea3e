/** The rows of a project, sealed as they are written and opened as they are read; JSON columns are values here, not text. */
import { type Encryption, vaultFor } from "../encryption.ts";
import type { Keys } from "../encryption.ts";
import type { Row } from "../columns.ts";
import { sealedWith } from "../sealing-key.ts";
import { Vault } from "../vault.ts";

/** What of a contact is JSON, and sealed as its text or within it. */
const SEALED_JSON = ["variables", "consent"];
/** What is never looked into: no row is in there. */
const DATA = [...SEALED_JSON, "sip_headers", "guard", "recording", "counts", "data"];

/** A request's rows are made with it, each time it is sent. */
export class Sealer {
  readonly vault: Vault;
  /** What the project is sealed with, in the word that its functions compare (campaigns_sealing). */
  readonly word: string;

  constructor(vault: Vault, found: Encryption | null) {
    this.vault = vault;
    this.word = wordOf(found);
  }

  /** Of a project that is sealed with the first key, or not at all without keys: as is expected until it says something else. */
  static expected(keys: Keys | null): Sealer {
    if (keys === null) return new Sealer(new Vault([], null), null);
    const [{ id, check }] = keys;
    const sealed = { state: "sealed", key_id: id, key_check: check, old_id: null, old_check: null } as const;
    return new Sealer(vaultFor(sealed, keys), sealed);
  }

  get isPlain(): boolean {
    return this.vault.isPlain;
  }

  /** A number, or another text that is looked up, as it is written. */
  equal(text: string): string {
    return this.vault.equal(text);
  }

  /** A number to be looked up, in any way it may be written. */
  anyOf(number: string): string | readonly string[] {
    const [written = number, ...before] = this.vault.spellings(number);
    return before.length === 0 ? written : [written, ...before];
  }

  row(values: Row): Row {
    return this.rows([values])[0] ?? values;
  }

  rows(all: readonly Row[]): readonly Row[] {
    if (this.isPlain) return all;
    return this.vault.sealAll(all.map((values) => asTexts(values) as Readonly<Record<string, string>>)).map(asValues);
  }

  /** An answer: all rows in it. */
  open(answer: unknown): unknown {
    return this.isPlain ? answer : this.#deep(answer);
  }

  #deep(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#deep(each));
    if (typeof value !== "object" || value === null) return value;
    const row = Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, DATA.includes(name) ? (each as unknown) : this.#deep(each)]),
    );
    return asValues(this.vault.open(asTexts(row)));
  }

  /** A row as it is stored: what is to be changed so that it is as if it were written now. */
  renewed(row: Row): { readonly changes: Row; readonly isWhole: boolean } {
    const { changes, isWhole } = this.vault.renewed(asTexts(row));
    return { changes: asValues(changes), isWhole };
  }
}

/** As campaigns_sealing says it. */
export const wordOf = (found: Encryption | null): string =>
  found === null
    ? "plain"
    : [found.state, found.key_id, found.key_check, found.old_id, found.old_check]
        .filter((each) => each !== null)
        .join(" ");

const asTexts = (row: Row): Row => changed(row, (value) => (isJson(value) ? JSON.stringify(value) : value));

/** What does not open stands there as it is. */
const asValues = (row: Row): Row =>
  changed(row, (value) =>
    typeof value === "string" && sealedWith(value) === null ? (JSON.parse(value) as unknown) : value,
  );

const isJson = (value: unknown): boolean => typeof value === "object" && value !== null;

function changed(row: Row, change: (value: unknown) => unknown): Row {
  const names = SEALED_JSON.filter((name) => name in row);
  return names.length === 0 ? row : { ...row, ...Object.fromEntries(names.map((name) => [name, change(row[name])])) };
}
