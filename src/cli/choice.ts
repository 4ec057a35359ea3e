/** A word out of a few: what is none of them is refused with the one that was probably meant. */
import { type Argument, InvalidArgumentError, type Option } from "commander";
import { nearest } from "../domain/text/nearest.ts";

export function choice<T extends Argument | Option>(of: T, known: readonly string[]): T {
  of.choices(known);
  of.argParser((word: string) => {
    if (known.includes(word)) return word;
    const like = nearest(word, known);
    throw new InvalidArgumentError(
      `Allowed choices are ${known.join(", ")}.${like === null ? "" : `\n(Did you mean ${like}?)`}`,
    );
  });
  return of;
}
