/** What concerns a budget, for every SQL store. */
import { z } from "zod";
import { onFirstUse } from "./columns.ts";
import { reserveFor, type Spending } from "../domain/calls/budget.ts";
import type { Campaign } from "../domain/calls/campaign.ts";
import type { Waiting } from "../domain/calls/plan.ts";
import { longestCall } from "../domain/calls/prices.ts";
import { MINUTE } from "../domain/time/instant.ts";
import type { Row } from "./columns.ts";

const micros = z.int().min(0);
export const rateColumn = z.tuple([micros, micros, micros, z.int().min(1), z.int().min(1)]).readonly();
export const pricesColumn = z.record(z.string().regex(/^[1-9]\d{0,14}$/), rateColumn, "expected prices by prefix");

const spendingRow = onFirstUse(() => z.object({ spent: z.number(), reserved: z.number() }));
export const spendingOf = (raw: Row): Spending => spendingRow().parse(raw);

/** `number`: of the first in line; null: callbacks alone wait there. */
export function mostOfFirst(campaign: Campaign, number: unknown): Pick<Waiting, "most"> {
  if (campaign.budget === undefined) return {};
  if (typeof number !== "string") return { most: Infinity };
  return { most: reserveFor(campaign.budget, number, longestCall(campaign))?.micros ?? 0 };
}

/** A call whose number has no price is looked at again after so long: somebody may have changed the prices. */
export const UNPRICED = { wait: 60 * MINUTE, by: "its number has no price" } as const;
