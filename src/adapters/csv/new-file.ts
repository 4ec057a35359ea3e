/** A file that a command writes for its user: new unless said otherwise, the owner's alone, and no link to another. */
import { closeSync, constants, fchmodSync, fstatSync, lstatSync, openSync, statSync } from "node:fs";
import { messageOf, Misused } from "../../engine/errors.ts";

export interface NewFile {
  /** Its descriptor. */
  readonly file: number;
  /** Not a device or a pipe: it can be removed again. */
  readonly isRegular: boolean;
}

interface Wish {
  readonly path: string;
  /** The option that names it, as the code of errors. */
  readonly option: string;
  /** Overwrite what is there. */
  readonly force: boolean;
  /** A file that is read meanwhile. */
  readonly other: string | null;
}

const { O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_NOFOLLOW } = constants;
const OWNER_ONLY = 0o600;

/** Throws Misused when it cannot be written, is there already, is a link, or is the one that is read. */
export function openNewFile({ path, option, force, other }: Wish): NewFile {
  const refuse = (expected: string, hint: string): Misused => new Misused(option, `--${option}: ${expected}`, { hint });
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink() === true) {
    throw refuse("expected a file, got a symbolic link", "name the file itself");
  }
  const read = other === null ? undefined : statSync(other, { throwIfNoEntry: false });
  if (there !== undefined && read !== undefined && there.ino === read.ino && there.dev === read.dev) {
    throw refuse("expected a file other than the one that is imported, got the same", "name another file");
  }
  if (there?.isFile() === true && !force) {
    throw refuse(`expected a new file, but ${path} is there already`, "--force overwrites it");
  }
  try {
    // A device or a pipe is written to as it is. Windows knows no O_NOFOLLOW.
    const how = there === undefined ? O_CREAT | O_EXCL : there.isFile() ? O_TRUNC : 0;
    const file = openSync(path, O_WRONLY | how | (O_NOFOLLOW ?? 0), OWNER_ONLY);
    const isRegular = fstatSync(file).isFile();
    try {
      if (isRegular) fchmodSync(file, OWNER_ONLY);
    } catch (error) {
      closeSync(file);
      throw error;
    }
    return { file, isRegular };
  } catch (error) {
    throw unwritable(option, error);
  }
}

export const unwritable = (option: string, error: unknown): Misused =>
  new Misused(option, `--${option}: expected a file that can be written: ${messageOf(error)}`, {
    hint: "check the path, its permissions and the space on the disk",
  });
