/** Which words may stand where the cursor is. Reads only the tree of commands. */
import type { Branch, Flag, Place, Takes } from "./tree.ts";

export interface Word {
  readonly text: string;
  readonly says: string;
}

export interface Wanted {
  /** Of the word at the cursor, what has been typed of the value. */
  readonly typed: string;
  /** What stands before the value in the same word: `--status=`. */
  readonly before: string;
  readonly words: readonly Word[];
  /** Beside those words. */
  readonly takes: Exclude<Takes, readonly string[]>;
}

/** Of the command, and those that every command takes. */
const flagsOf = (branch: Branch, root: Branch): readonly Flag[] =>
  branch === root
    ? root.flags
    : [...branch.flags, ...root.flags.filter(({ names }) => !names.includes("--help") && !names.includes("--version"))];

const flagNamed = (flags: readonly Flag[], name: string): Flag | undefined =>
  flags.find(({ names }) => names.includes(name));

/** `typed`: the words after the program's name; the last is the one at the cursor, up to it. */
export function wantedAt(root: Branch, typed: readonly string[]): Wanted {
  const last = typed.at(-1) ?? "";
  let branch = root;
  let pending: Flag | undefined;
  let taken = 0;
  let literal = false;
  const given = new Set<string>();
  for (const word of typed.slice(0, -1)) {
    // Bash takes --status=running for three words.
    if (word === "=" && pending !== undefined) continue;
    if (pending !== undefined) pending = undefined;
    else if (word === "--" && !literal) literal = true;
    else if (word.startsWith("-") && !literal) {
      const [name = "", value] = word.split(/=(.*)/s);
      const flag = flagNamed(flagsOf(branch, root), name);
      if (flag?.repeats !== true) given.add(name);
      pending = flag?.takes === undefined || value !== undefined ? undefined : flag;
    } else {
      const next = taken === 0 ? branch.branches.find(({ name }) => name === word) : undefined;
      if (next === undefined) taken += 1;
      else branch = next;
    }
  }
  if (pending !== undefined) return valuesOf(pending, last, "");
  if (!last.startsWith("-") || literal) return placesOf(branch, taken, last);
  const [, name = "", value] = /^(.+?)=(.*)$/s.exec(last) ?? [];
  const flag = flagNamed(flagsOf(branch, root), name);
  if (value !== undefined) return flag?.takes === undefined ? nothing(last) : valuesOf(flag, value, `${name}=`);
  const free = flagsOf(branch, root).filter(({ names }) => !names.some((each) => given.has(each)));
  return { ...nothing(last), words: free.map(({ names, says }) => ({ text: names.at(-1) ?? "", says })) };
}

const nothing = (typed: string): Wanted => ({ typed, before: "", words: [], takes: "text" });

function valuesOf({ takes = "text" }: Partial<Place>, typed: string, before: string): Wanted {
  if (typeof takes === "string") return { typed, before, words: [], takes };
  return { typed, before, words: takes.map((text) => ({ text, says: "" })), takes: "text" };
}

function placesOf({ branches, places }: Branch, taken: number, typed: string): Wanted {
  const repeated = places.at(-1)?.repeats === true ? places.at(-1) : undefined;
  const values = valuesOf(places[taken] ?? repeated ?? {}, typed, "");
  const commands = taken === 0 ? branches.map(({ name, says }) => ({ text: name, says })) : [];
  return { ...values, words: [...commands, ...values.words] };
}
