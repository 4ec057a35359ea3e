/**
 * AES-SIV (RFC 5297): the same text is sealed alike each time, so that sealed texts can be compared and looked up. Node's own
 * AES does the blocks: an import seals each number, and @noble/ciphers, with which a test compares, takes four times as long.
 */
import { timingSafeEqual } from "node:crypto";
import { BLOCK, blockCipher } from "./aes.ts";

export class Siv {
  readonly #macBlock: (block: Uint8Array) => Buffer;
  readonly #encrypt: (blocks: Uint8Array) => Buffer;
  readonly #whole: Buffer;
  readonly #padded: Buffer;
  readonly #start: Buffer;
  /** What a text without data begins with: one that fills a block, and a shorter one. */
  readonly #ofBlock: Buffer;
  readonly #ofLess: Buffer;

  /** Two AES keys in one: 32, 48 or 64 bytes. */
  constructor(key: Uint8Array) {
    this.#macBlock = blockCipher(key.subarray(0, key.length / 2));
    this.#encrypt = blockCipher(key.subarray(key.length / 2));
    this.#whole = doubled(this.#macBlock(Buffer.alloc(BLOCK)));
    this.#padded = doubled(this.#whole);
    this.#start = this.#cmac(Buffer.alloc(BLOCK));
    this.#ofBlock = xored(this.#start, this.#whole);
    this.#ofLess = xored(doubled(this.#start), this.#whole);
  }

  /** `data`: what the text belongs to; it opens with the same alone. */
  seal(text: Uint8Array, ...data: readonly Uint8Array[]): Buffer {
    const tag = this.#s2v(text, data);
    return Buffer.concat([tag, this.#crypted(tag, text)]);
  }

  /** Many texts of a block or less, such as numbers, without data: two calls of the cipher instead of two for each. */
  sealShort(texts: readonly Uint8Array[]): Buffer[] {
    const begun = texts.map((text) =>
      text.length < BLOCK ? xored(this.#ofLess, padded(text)) : xored(this.#ofBlock, text),
    );
    const tags = this.#macBlock(Buffer.concat(begun));
    const counters = Buffer.from(tags);
    for (let at = 0; at < counters.length; at += BLOCK) clear(counters, at);
    const stream = this.#encrypt(counters);
    return texts.map((text, n) => {
      const at = n * BLOCK;
      return Buffer.concat([tags.subarray(at, at + BLOCK), xored(text, stream.subarray(at))]);
    });
  }

  /** Null: it was changed, or sealed with another key or other data. */
  open(sealed: Buffer, ...data: readonly Uint8Array[]): Buffer | null {
    if (sealed.length < BLOCK) return null;
    const tag = sealed.subarray(0, BLOCK);
    const text = this.#crypted(tag, sealed.subarray(BLOCK));
    return timingSafeEqual(this.#s2v(text, data), tag) ? text : null;
  }

  #s2v(text: Uint8Array, data: readonly Uint8Array[]): Buffer {
    let sum = this.#start;
    for (const each of data) sum = xored(doubled(sum), this.#cmac(each));
    if (text.length < BLOCK) {
      const start = data.length === 0 ? this.#ofLess : xored(doubled(sum), this.#whole);
      return this.#macBlock(xored(start, padded(text)));
    }
    const last = Buffer.from(text);
    xored(sum, last.subarray(-BLOCK)).copy(last, last.length - BLOCK);
    return this.#cmac(last);
  }

  /** AES-CMAC, RFC 4493. */
  #cmac(message: Uint8Array): Buffer {
    const rest = message.length % BLOCK;
    const isWhole = rest === 0 && message.length > 0;
    const end = message.length - (isWhole ? BLOCK : rest);
    let mac: Buffer = Buffer.alloc(BLOCK);
    for (let at = 0; at < end; at += BLOCK) mac = this.#macBlock(xored(mac, message.subarray(at, at + BLOCK)));
    const last = message.subarray(end);
    return this.#macBlock(xored(mac, isWhole ? xored(last, this.#whole) : xored(padded(last), this.#padded)));
  }

  /** Counter mode, which turns itself back. */
  #crypted(tag: Buffer, text: Uint8Array): Buffer {
    const counters = Buffer.alloc(Math.ceil(text.length / BLOCK) * BLOCK);
    for (let at = 0; at < counters.length; at += BLOCK) {
      tag.copy(counters, at);
      clear(counters, at);
      counters.writeUInt32BE(counters.readUInt32BE(at + 12) + at / BLOCK, at + 12);
    }
    return xored(text, this.#encrypt(counters));
  }
}

/** These bits of a counter are clear, which leaves it room: it never carries beyond its last word. */
function clear(counters: Buffer, at: number): void {
  for (const byte of [at + 8, at + 12]) counters.writeUInt8(counters.readUInt8(byte) & 0x7f, byte);
}

/** As long as `one`. */
function xored(one: Uint8Array, other: Uint8Array): Buffer {
  const sum = Buffer.allocUnsafe(one.length);
  for (let i = 0; i < sum.length; i++) sum[i] = (one[i] ?? 0) ^ (other[i] ?? 0);
  return sum;
}

function padded(text: Uint8Array): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.set(text);
  block[text.length] = 0x80;
  return block;
}

/** By x in GF(2^128). */
function doubled(block: Uint8Array): Buffer {
  const double = Buffer.allocUnsafe(BLOCK);
  for (let i = 0; i < BLOCK; i++) double[i] = ((block[i] ?? 0) << 1) | ((block[i + 1] ?? 0) >> 7);
  if ((block[0] ?? 0) & 0x80) double[BLOCK - 1] = (double[BLOCK - 1] ?? 0) ^ 0x87;
  return double;
}
