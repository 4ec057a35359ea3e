/** A file that a command writes for its user all at once: whoever opens it finds all of it, or what was there before. */
import { randomUUID } from "node:crypto";
import { linkSync, lstatSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf, Misused } from "../engine/errors.ts";

interface Wish {
  readonly path: string;
  /** As the user named it. */
  readonly name: string;
  /** The option that names it, as the code of errors. */
  readonly option: string;
  /** Overwrite what is there. */
  readonly force: boolean;
}

const OWNER_ONLY = 0o600;

/** Throws Misused when it cannot be written, or is there already and not to be overwritten. */
export function writeWhole({ path, name, option, force }: Wish, text: string): void {
  const refuse = (expected: string, hint: string): Misused => new Misused(option, `--${option}: ${expected}`, { hint });
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile())
    throw refuse(`expected a new file, but ${name} is something else than a file`, "name a file");
  const isTaken = refuse(`expected a new file, but ${name} is there already`, "--force overwrites it");
  if (there !== undefined && !force) throw isTaken;
  const fresh = join(dirname(path), `.${randomUUID()}.part`);
  try {
    writeFileSync(fresh, text, { flag: "wx", mode: OWNER_ONLY, flush: true });
    // A link takes no place that somebody else has taken meanwhile, as a renamed file would.
    if (force) renameSync(fresh, path);
    else linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw isTaken;
    throw refuse(
      `expected a file that can be written: ${messageOf(error)}`,
      "check the path, its permissions and the space on the disk",
    );
  } finally {
    rmSync(fresh, { force: true });
  }
}
