/** AES-GCM of many texts together: Node's own, which nobody has to take our word for, opens each. */
import { createDecipheriv, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Gcm, NONCE, TAG } from "../../src/adapters/gcm.ts";

const key = randomBytes(32);

function opened(sealed: string, where: string): string {
  const bytes = Buffer.from(sealed, "base64url");
  const opening = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE))
    .setAAD(Buffer.from(where))
    .setAuthTag(bytes.subarray(-TAG));
  return Buffer.concat([opening.update(bytes.subarray(NONCE, -TAG)), opening.final()]).toString();
}

describe("AES-GCM of many texts together", () => {
  const lengths = [0, 1, 15, 16, 17, 31, 32, 33, 255 * 16, 256 * 16, 70_000];
  const texts = lengths.flatMap((text) =>
    lengths.slice(0, 8).map((where) => ({ text: randomBytes(text).toString("latin1"), where: "w".repeat(where) })),
  );

  test.each([16, 24, 32])("a key of %i bytes: each is what AES-GCM makes of it", (bytes) => {
    const short = key.subarray(0, bytes);
    const [sealed = ""] = new Gcm(short).sealAll([{ text: "é and a second block", where: "ß" }]);
    const all = Buffer.from(sealed, "base64url");
    const opening = createDecipheriv(`aes-${bytes * 8}-gcm` as "aes-256-gcm", short, all.subarray(0, NONCE));
    opening.setAAD(Buffer.from("ß")).setAuthTag(all.subarray(-TAG));
    expect(opening.update(all.subarray(NONCE, -TAG)).toString() + opening.final().toString()).toBe(
      "é and a second block",
    );
  });

  test("of every length, of text and of what it belongs to, side by side and again", () => {
    const gcm = new Gcm(key);
    for (const batch of [texts, texts.toReversed(), texts.slice(0, 1), []]) {
      const sealed = gcm.sealAll(batch);
      expect(sealed.map((each, n) => opened(each, batch[n]?.where ?? ""))).toEqual(batch.map(({ text }) => text));
    }
  });

  test("what is no whole character is sealed as Node writes it", () => {
    const [sealed = ""] = new Gcm(key).sealAll([{ text: "\ud83d and 😀", where: "\udc00" }]);
    expect(opened(sealed, "\udc00")).toBe("\ufffd and 😀");
  });

  test("no two are alike, and none opens elsewhere", () => {
    const same = { text: "text", where: "here" };
    const [one = "", other = ""] = new Gcm(key).sealAll([same, same]);
    expect(one).not.toBe(other);
    expect(() => opened(one, "there")).toThrow();
  });
});
