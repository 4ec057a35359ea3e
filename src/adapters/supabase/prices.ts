/** What a call costs by the beginning of its number, where that is sealed: SQL asks for the prefix before it hands the call out. */
import { z } from "zod";
import { prefixOf } from "../../domain/calls/prices.ts";
import type { Instant } from "../../domain/time/instant.ts";
import { pricesColumn } from "../spending-rows.ts";
import type { Asking } from "./asking.ts";
import { prefixed } from "./prefixes.ts";
import type { Sealer } from "./sealer.ts";

const wanted = z.object({ price_of: z.string(), prices: pricesColumn });

/** The prefix by which a number is priced, by the number as it is stored; null for one without a price. Null: the answer asks for none. */
export function priceWanted(answer: unknown, { vault }: Sealer): Readonly<Record<string, string | null>> | null {
  const { success, data } = wanted.safeParse(answer);
  return success ? { [data.price_of]: prefixOf(data.prices, String(vault.opened(data.price_of))) } : null;
}

const page = z.object({ prices: pricesColumn, numbers: z.array(z.string()) });
type Page = z.output<typeof page>;
const PAGE = 10_000;

/** Those who would be called, by the prefix that has a price for their number. */
export async function contactsByPrefix(asking: Asking, id: string, at: Instant): Promise<ReadonlyMap<string, number>> {
  const [found, left] = [new Map<string, number>(), await prefixed(asking, id, at)];
  for (let after: string | null = null; ;) {
    const asked: object = { id, after, limit: PAGE, ...left };
    const { prices, numbers }: Page = page.parse(await asking.call("numbers_to_price", asked, at));
    for (const number of numbers) {
      const prefix = prefixOf(prices, String(asking.sealer.vault.opened(number))) ?? "";
      found.set(prefix, (found.get(prefix) ?? 0) + 1);
    }
    if (numbers.length < PAGE) return found;
    after = numbers.at(-1) ?? null;
  }
}
