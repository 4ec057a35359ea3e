/** A count as an option: `--limit 50`, `--parallel 2`. */
import { Misused } from "../engine/errors.ts";

/** For tables. */
export const WIDE = ["--wide", "do not cut columns to the window"] as const;

/** A whole number from 1. Throws Misused, with the option's name as its code. */
export function countOption(name: string, text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new Misused(name, `--${name}: expected a whole number from 1, got "${text}"`);
}
