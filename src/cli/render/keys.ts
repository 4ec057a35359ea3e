/** What is encrypted, as text. */
import { count } from "./contacts.ts";

export interface KeyView {
  readonly state: "plain" | "sealed" | "encrypting" | "decrypting" | "rotating";
  readonly key: string | null;
  readonly old: string | null;
  /** Ids of the keys that are set; the first seals. */
  readonly set: readonly string[];
  readonly numbers: Readonly<Record<string, number>>;
}

export function keyStatusText({ state, key, old, set, numbers }: KeyView): readonly string[] {
  const { plain = 0, ...sealed } = numbers;
  const counts = [
    ...Object.entries(sealed).map(([id, n]) => `${count(n, "number")} encrypted with key ${id}`),
    ...(plain === 0 ? [] : [`${count(plain, "number")} not encrypted`]),
  ];
  return [IS[state](key ?? "", old ?? ""), `keys set: ${set.join(", ") || "none"}`, ...counts];
}

const IS: Readonly<Record<KeyView["state"], (key: string, old: string) => string>> = {
  plain: () => "contact data is not encrypted",
  sealed: (key) => `contact data is encrypted with key ${key}`,
  encrypting: (key) => `contact data is being encrypted with key ${key}: campaigns keys encrypt goes on with it`,
  decrypting: (key) => `contact data is being decrypted from key ${key}: campaigns keys decrypt goes on with it`,
  rotating: (key, old) => `contact data goes from key ${old} to key ${key}: campaigns keys rotate goes on with it`,
};
