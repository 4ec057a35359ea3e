/**
 * A key, and values sealed with it, each with the key's id before it:
 *
 * - `~1f2e3d4c~…` a number that can be dialed, `~1f2e3d4c.…` another text that is looked up: equal ones are sealed alike
 * - `~1f2e3d4c!…` any other text: no two are alike, and each opens only where it belongs
 */
import { createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import { Misused } from "../engine/errors.ts";
import { BLOCK } from "./aes.ts";
import { type Bound, Gcm, NONCE, TAG } from "./gcm.ts";
import { Siv } from "./siv.ts";
import { isDialable } from "./strangers.ts";

const BYTES = 32;
const ID = 8;
const SEALED = /^~([0-9a-f]{8})[~.!]/;

/** The id of the key that a value is sealed with; null: it is not sealed. */
export const sealedWith = (value: unknown): string | null =>
  typeof value === "string" ? (SEALED.exec(value)?.[1] ?? null) : null;

export class SealingKey {
  readonly id: string;
  /** Says that a key is this one, and nothing else of it. */
  readonly check: string;
  readonly #equal: Siv;
  readonly #secret: KeyObject;
  readonly #texts: Gcm;

  constructor(root: Uint8Array) {
    const derived = (what: string, bytes: number): Buffer =>
      Buffer.from(hkdfSync("sha256", root, "", `campaigns ${what} v1`, bytes));
    this.id = derived("id", ID / 2).toString("hex");
    this.check = derived("check", BYTES).toString("hex");
    this.#equal = new Siv(derived("numbers", 2 * BYTES));
    const texts = derived("texts", BYTES);
    this.#secret = createSecretKey(texts);
    this.#texts = new Gcm(texts);
  }

  /** Alike for equal texts. */
  sealEqual(text: string): string {
    return this.#spelled(kindOf(text), this.#equal.seal(Buffer.from(text)).toString("base64url"));
  }

  /** The same for many. */
  sealEqualAll(texts: readonly string[]): string[] {
    const bytes = texts.map((text) => Buffer.from(text));
    if (bytes.some(({ length }) => length > BLOCK)) return texts.map((text) => this.sealEqual(text));
    const sealed = this.#equal.sealShort(bytes);
    return texts.map((text, n) => this.#spelled(kindOf(text), sealed[n]?.toString("base64url") ?? ""));
  }

  /** Null: it was changed. */
  openEqual(sealed: string): string | null {
    const text = this.#equal.open(Buffer.from(sealed.slice(ID + 2), "base64url"))?.toString() ?? null;
    return text !== null && sealed[ID + 1] === kindOf(text) ? text : null;
  }

  /** No two are alike, and each opens only where it belongs. */
  sealAll(texts: readonly Bound[]): string[] {
    return this.#texts.sealAll(texts).map((sealed) => this.#spelled("!", sealed));
  }

  /** Null: it was changed, or belongs elsewhere. */
  open(sealed: string, where: string): string | null {
    const bytes = Buffer.from(sealed.slice(ID + 2), "base64url");
    if (sealed[ID + 1] !== "!" || bytes.length < NONCE + TAG) return null;
    const opening = createDecipheriv("aes-256-gcm", this.#secret, bytes.subarray(0, NONCE))
      .setAAD(Buffer.from(where))
      .setAuthTag(bytes.subarray(-TAG));
    try {
      return Buffer.concat([opening.update(bytes.subarray(NONCE, -TAG)), opening.final()]).toString();
    } catch {
      return null;
    }
  }

  #spelled(kind: "~" | "." | "!", sealed: string): string {
    return `~${this.id}${kind}${sealed}`;
  }
}

const kindOf = (text: string): "~" | "." => (isDialable(text) ? "~" : ".");

export const newKeyText = (): string => randomBytes(BYTES).toString("base64");

/** Keys in base64 or hex, separated by line ends or commas. The first seals; the others open what they sealed before. */
export function readKeys(text: string, name: string): readonly [SealingKey, ...SealingKey[]] {
  const [first, ...others] = text
    .split(/[\s,]+/)
    .filter((each) => each !== "")
    .map((each) => new SealingKey(bytesOf(each, name)));
  if (first === undefined) throw new Misused("encryption_key", `${name}: expected a key, got nothing`, { hint: HINT });
  const ids = [first, ...others].map(({ id }) => id);
  if (new Set(ids).size < ids.length) throw new Misused("encryption_key", `${name}: expected each key once`);
  return [first, ...others];
}

const HINT = "campaigns keys new FILE makes one";

function bytesOf(text: string, name: string): Buffer {
  const bytes = /^[0-9a-f]{64}$/i.test(text)
    ? Buffer.from(text, "hex")
    : /^[\w+/-]{43}=?$/.test(text)
      ? Buffer.from(text, "base64")
      : null;
  if (bytes?.length === BYTES) return bytes;
  throw new Misused("encryption_key", `${name}: expected ${BYTES} bytes in base64 or hex, got something else`, {
    hint: HINT,
  });
}
