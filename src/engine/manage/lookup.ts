/** What an operator calls a thing by, id, name or the beginning of an id → the one thing that is meant. */
import { nearest } from "../../domain/text/nearest.ts";
import { Refused } from "../errors.ts";

/** Those whose names begin so: good for a look, and never for a change. */
export const begunBy = <T extends { readonly name: string }>(ref: string, all: readonly T[]): T[] =>
  all.filter(({ name }) => name.toLowerCase().startsWith(ref.toLowerCase()));

/** For the hint of an error: the name that was probably meant. Empty: none is like it. */
export function meant(ref: string, names: readonly string[]): string {
  const like = nearest(ref, names);
  return like === null ? "" : `did you mean "${like}"? `;
}

/** `found`: what answers to `ref`. Throws Refused when that is nothing, or several. */
export function theOne<T extends { readonly id: string }>(
  kind: "campaign" | "list",
  ref: string,
  found: readonly T[],
  hint: string,
): T {
  // Of a script whose variable is not set: it would begin every id.
  const [one, ...others] = ref.trim() === "" ? [] : found;
  if (one === undefined) {
    throw new Refused(`unknown_${kind}`, `expected the name or id of a ${kind}, got "${ref}"`, { hint });
  }
  if (others.length > 0) {
    throw new Refused(`ambiguous_${kind}`, `"${ref}" stands for ${found.length} ${kind}s`, {
      hint: `use the id: ${found.map(({ id }) => id).join(", ")}`,
    });
  }
  return one;
}
