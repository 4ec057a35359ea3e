/** What an operator calls a thing by, id, name or the beginning of an id → the one thing that is meant. */
import { Refused } from "../errors.ts";

/** `found`: what answers to `ref`. Throws Refused when that is nothing, or several. */
export function theOne<T extends { readonly id: string }>(
  kind: "campaign" | "list",
  ref: string,
  found: readonly T[],
  hint: string,
): T {
  const [one, ...others] = found;
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
