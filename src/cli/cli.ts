/** What a command file needs to declare itself. */
import type { Command } from "commander";
import type { Session } from "./session.ts";

export interface Cli {
  /** Adds a command with the options that all of them take; `group`: below that command. */
  readonly command: (usage: string, summary: string, example: string, group?: Command) => Command;
  /** Adds a command that only has commands under it. */
  readonly group: (name: string, summary: string) => Command;
  /** Wraps an action: opens the session, closes it, and passes on the exit code. */
  readonly action: <A extends readonly unknown[]>(
    act: (session: Session, ...args: A) => Promise<number | void>,
  ) => (...args: A) => Promise<void>;
}
