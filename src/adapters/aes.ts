/** Node's AES, block by block: what the modes of this program are made of. */
import { type Cipheriv, createCipheriv } from "node:crypto";

export const BLOCK = 16;

/** One AES key, used again and again: to make a cipher costs more than the few blocks of a number. */
export function blockCipher(key: Uint8Array): (blocks: Uint8Array) => Buffer {
  const cipher: Cipheriv = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  return (blocks) => cipher.update(blocks);
}
