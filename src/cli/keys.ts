/** Single keys from a terminal. In raw mode Ctrl-C and Ctrl-Z are characters too, and this program's to see to. */
import type { Readable } from "node:stream";

export type Key = "interrupt" | "suspend" | "pause" | "quit" | "up" | "down" | "help";

const KEYS: Readonly<Record<string, Key>> = {
  "\u0003": "interrupt",
  "\u001a": "suspend",
  p: "pause",
  q: "quit",
  k: "up",
  j: "down",
  "\u001b[A": "up",
  "\u001bOA": "up",
  "\u001b[B": "down",
  "\u001bOB": "down",
  "?": "help",
};

/** An escape sequence, or one character. */
const ONE_KEY = new RegExp(String.raw`${"\u001b"}(?:\[[\d;]*[A-Za-z~]|O[A-Z])|[\s\S]`, "g");

export const keysIn = (typed: string): Key[] => (typed.match(ONE_KEY) ?? []).flatMap((key) => KEYS[key] ?? []);

/** A terminal that is gone gives no keys. */
const onError = (): void => {};

/** A terminal that can give keys one by one. */
type Raw = Readable & { readonly isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };

export interface Keyboard extends Disposable {
  /** Gives the terminal back for now; `listen` takes it again. */
  readonly release: () => void;
  readonly listen: () => void;
}

/** Null: there are no keys to be had. */
export function keyboard(stdin: Raw, onKey: (key: Key) => void): Keyboard | null {
  if (stdin.isTTY !== true || stdin.setRawMode === undefined) return null;
  const onData = (typed: Buffer | string): void => keysIn(String(typed)).forEach(onKey);
  const listen = (): void => {
    stdin.setRawMode?.(true);
    stdin.resume();
  };
  const release = (): void => {
    stdin.setRawMode?.(false);
    stdin.pause();
  };
  stdin.on("data", onData);
  stdin.on("error", onError);
  listen();
  return {
    listen,
    release,
    [Symbol.dispose]: () => {
      stdin.off("data", onData);
      stdin.off("error", onError);
      release();
    },
  };
}
