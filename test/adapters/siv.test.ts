/** AES-SIV, by the vectors of RFC 5297 and against another implementation. */
import { aessiv } from "@noble/ciphers/aes.js";
import { array, assert, property, uint8Array } from "fast-check";
import { describe, expect, test } from "vitest";
import { Siv } from "../../src/adapters/siv.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("the vectors of RFC 5297", () => {
  test("A.1: deterministic", () => {
    const siv = new Siv(hex("fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff"));
    const data = hex("10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627");
    const text = hex("11223344 55667788 99aabbcc ddee");
    const sealed = "85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c";
    expect(siv.seal(text, data)).toEqual(hex(sealed));
    expect(siv.open(hex(sealed), data)).toEqual(text);
  });

  test("A.2: with a nonce", () => {
    const siv = new Siv(hex("7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f"));
    const data = [
      hex("00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100"),
      hex("10203040 50607080 90a0"),
      hex("09f91102 9d74e35b d84156c5 635688c0"),
    ];
    const text = hex(
      "74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 5349562d 414553",
    );
    const sealed = hex(
      "7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 dba77ceb 094fa663 b7a3f748 ba8af829 ea64ad54 4a272e9c 485b62a3 fd5c0d",
    );
    expect(siv.seal(text, ...data)).toEqual(sealed);
    expect(siv.open(sealed, ...data)).toEqual(text);
  });
});

const bytes = (minLength: number, maxLength: number) => uint8Array({ minLength, maxLength });

test("seals and opens as @noble/ciphers does, whatever the lengths", () => {
  assert(
    property(bytes(64, 64), bytes(0, 70), bytes(0, 40), (key, text, data) => {
      const [siv, noble] = [new Siv(key), aessiv(key, data)];
      const sealed = siv.seal(text, data);
      expect(sealed).toEqual(Buffer.from(noble.encrypt(text)));
      expect(siv.open(sealed, data)).toEqual(Buffer.from(text));
    }),
  );
});

test("seals many short texts as it does each alone", () => {
  assert(
    property(bytes(64, 64), array(bytes(0, 16), { minLength: 1, maxLength: 40 }), (key, texts) => {
      const siv = new Siv(key);
      expect(siv.sealShort(texts)).toEqual(texts.map((text) => siv.seal(text)));
    }),
  );
});

test("opens nothing that was changed, cut, or belongs to something else", () => {
  const siv = new Siv(Buffer.alloc(64, 7));
  const text = Buffer.from("+12025550123");
  const sealed = siv.seal(text, Buffer.from("a"));
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(siv.open(changed, Buffer.from("a"))).toBeNull();
  }
  expect(siv.open(sealed.subarray(0, -1), Buffer.from("a"))).toBeNull();
  expect(siv.open(Buffer.alloc(3))).toBeNull();
  expect(siv.open(sealed)).toBeNull();
  expect(siv.open(sealed, Buffer.from("b"))).toBeNull();
  expect(new Siv(Buffer.alloc(64, 8)).open(sealed, Buffer.from("a"))).toBeNull();
});
