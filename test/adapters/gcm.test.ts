/** AES-256-GCM of many texts at once, beside what Node seals. */
import { createCipheriv, createDecipheriv, createSecretKey } from "node:crypto";
import { array, assert, property, record, string, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { Gcm } from "../../src/adapters/gcm.ts";

const parts = (sealed: string): readonly [nonce: Buffer, text: Buffer, tag: Buffer] => {
  const bytes = Buffer.from(sealed, "base64url");
  return [bytes.subarray(0, 12), bytes.subarray(12, -16), bytes.subarray(-16)];
};

test("seals as Node does, whatever the lengths, and takes a nonce once", () => {
  const text = string({ unit: "binary", maxLength: 70 });
  const items = array(record({ text, where: text }), { maxLength: 80 });
  assert(
    property(uint8Array({ minLength: 32, maxLength: 32 }), items, (bytes, all) => {
      const key = createSecretKey(bytes);
      const sealed = new Gcm(key).sealAll(all).map(parts);
      expect(sealed).toHaveLength(all.length);
      expect(new Set(sealed.map(([nonce]) => nonce.toString("hex"))).size).toBe(all.length);
      const byNode = sealed.map(([nonce], n) => {
        const own = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(all[n]?.where ?? ""));
        return [nonce, Buffer.concat([own.update(all[n]?.text ?? "", "utf8"), own.final()]), own.getAuthTag()];
      });
      expect(sealed).toEqual(byNode);
    }),
    { numRuns: 15 },
  );
});

test("opens nowhere else, and not once a bit of it is changed", () => {
  const key = createSecretKey(Buffer.alloc(32, 7));
  const all = Array.from({ length: 20 }, (_, n) => ({ text: `text ${n}`, where: `row ${n}` }));
  const opens = (sealed: Buffer, where: string): boolean => {
    const [nonce, cipher, tag] = parts(sealed.toString("base64url"));
    const opening = createDecipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(where)).setAuthTag(tag);
    opening.update(cipher);
    try {
      opening.final();
      return true;
    } catch {
      return false;
    }
  };
  const sealed = Buffer.from(new Gcm(key).sealAll(all)[3] ?? "", "base64url");
  expect(opens(sealed, "row 3")).toBe(true);
  expect(opens(sealed, "row 4")).toBe(false);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    if (opens(changed, "row 3")) throw new Error(`opens with bit ${bit} changed`);
  }
});
