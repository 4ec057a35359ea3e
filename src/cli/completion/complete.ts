/**
 * `campaigns completion SHELL -- WORDS…`: what the shell asks at each Tab. It answers in a moment, or nothing at all: it
 * reads names and changes nothing, and an error is for the command that is being typed to tell.
 */
import { readFileSync } from "node:fs";
import { isVisible } from "../../domain/text/visible.ts";
import type { Named } from "../../engine/ports/names.ts";
import { type GlobalFlags, readConfig } from "../config.ts";
import type { Io } from "../io.ts";
import type { Branch } from "./tree.ts";
import { wantedAt } from "./wanted.ts";

/** For a project far away, milliseconds. */
const PATIENCE = 200;

export async function complete(words: readonly string[], io: Io): Promise<void> {
  try {
    const tree = JSON.parse(readFileSync(new URL("./tree.json", import.meta.url), "utf8")) as Branch;
    const { typed, before, words: known, takes } = wantedAt(tree, words);
    const found = takes === "text" || takes === "files" ? [] : await namesOf(takes, words, io);
    const all = [...known, ...found.map((text) => ({ text, says: "" }))];
    const fitting = all.filter(({ text }) => text.startsWith(typed));
    const lines = fitting.map(({ text, says }) => `${before}${text}\t${says}\n`);
    io.stdout.write(takes === "files" ? ":files\n" : [...new Set(lines)].join(""));
  } catch {
    // Nothing is completed.
  }
}

async function namesOf(of: Named, words: readonly string[], io: Io): Promise<readonly string[]> {
  const config = readConfig(flagsIn(words), io);
  const project = config.usesFile ? null : config.supabase();
  const names =
    project === null
      ? (await import("../../adapters/sqlite/names.ts")).sqliteNames(config.db, config.userId)
      : (await import("../../adapters/supabase/names.ts")).supabaseNames(
          { ...project, userId: config.userId },
          AbortSignal.timeout(PATIENCE),
        );
  // What a shell would show wrongly, or a command take for a flag.
  return (await names(of)).filter((name) => isVisible(name) && !name.startsWith("-"));
}

/** Those that say which database it is. */
function flagsIn(words: readonly string[]): GlobalFlags {
  const after = (name: string): string | undefined => {
    const at = words.findLastIndex((word) => word === name || word.startsWith(`${name}=`));
    if (at < 0) return undefined;
    const [, value] = words[at]?.split(/=(.*)/s) ?? [];
    return value ?? (words[at + 1] === "=" ? words[at + 2] : words[at + 1]);
  };
  const flags = { db: after("--db"), settings: after("--settings") ?? after("--env-file"), user: after("--user") };
  return {
    ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)),
    insecure: words.includes("--insecure"),
  };
}
