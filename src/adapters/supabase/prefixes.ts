/**
 * Prefixes on the do-not-call list, where numbers are sealed: how one begins, SQL cannot tell. So the functions that hand out a
 * call, or let a dial go, do so only where the program has compared the number with the prefixes as they are; else they say them.
 */
import { z } from "zod";
import type { Instant } from "../../domain/time/instant.ts";
import type { Asking } from "./asking.ts";

const known = z.object({ list: z.array(z.string()), word: z.string() });
const told = z.object({ prefixes: known });
type Known = z.output<typeof known>;

const matches = (number: string, prefix: string): boolean => number.startsWith(prefix.slice(0, -1));

export class Prefixes {
  #known: Known | null = null;

  /** As the functions compare it. */
  get word(): string | null {
    return this.#known?.word ?? null;
  }

  /** Takes what an answer says of them; false: it says nothing. */
  saw(answer: unknown): boolean {
    const { success, data } = told.safeParse(answer);
    if (success) this.#known = data.prefixes;
    return success;
  }

  forbid(number: string): boolean {
    return this.#known?.list.some((prefix) => matches(number, prefix)) ?? false;
  }
}

export const isPrefix = (text: unknown): text is string => typeof text === "string" && text.endsWith("*");

/** Of rows of the list, those about the number. */
export const forNumber =
  (number: string) =>
  ({ phone_number: listed }: { readonly phone_number?: unknown }): boolean =>
    !isPrefix(listed) || matches(number, listed);

const numbers = z.array(z.object({ id: z.string(), phone_number: z.string() }));
const PAGE = 5_000;

/** Of a campaign's source, and of a file that is to join it, the numbers that a prefix forbids, as they are stored. */
export async function prefixed(asking: Asking, id: string, at: Instant, file?: string): Promise<object> {
  if (asking.sealer.isPlain) return {};
  const { list } = known.parse(await asking.call("prefixes", {}, at));
  if (list.length === 0) return {};
  const found: string[] = [];
  for (let after: string | null = null; ;) {
    const page: z.output<typeof numbers> = numbers.parse(
      await asking.call("source_numbers", { id, file: file ?? null, after, limit: PAGE }),
    );
    const forbidden = page.filter(({ phone_number }) => list.some((prefix) => matches(phone_number, prefix)));
    found.push(...forbidden.map(({ phone_number }) => asking.sealer.equal(phone_number)));
    if (page.length < PAGE) return { prefixed: found };
    after = page.at(-1)?.id ?? null;
  }
}
