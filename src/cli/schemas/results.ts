/** What `report` and `simulate` say. */
import { z } from "zod";
import { CAMPAIGN_STATUSES } from "../../domain/calls/campaign.ts";
import { budget, costSchema, preflightSchema } from "../../http/schemas/campaigns.ts";
import { counts, instant } from "../../http/schemas/common.ts";

const n = z.int();
const dials = { dials: n, answered: n, reached: n };
const spread = z.object({
  calls: n,
  p10: z.number().nullable(),
  p50: z.number().nullable(),
  p90: z.number().nullable(),
});

export const results = z.object({
  id: z.string(),
  name: z.string(),
  execution_status: z.enum(CAMPAIGN_STATUSES),
  at: instant,
  timezone: z.string(),
  funnel: z.object({ contacts: n, dialed: n, answered: n, reached: n, outcomes: counts }),
  dials: n,
  by_hour: z.array(z.object({ hour: n, ...dials })).describe("by the callee's clock"),
  by_weekday: z.array(z.object({ weekday: z.string(), ...dials })),
  dials_until_reached: z.array(z.object({ dials: n, contacts: n })),
  talk_seconds: spread,
  seconds_to_dial: spread.describe("from the hand-out to the dial: the room is made, the agent joins"),
  first_words: z.object({ told: n, late: n }).describe("agents that said when they spoke first"),
  end_reasons: counts,
  held: z
    .array(z.object({ by: z.string(), country: z.string().nullable(), state: z.string().nullable(), contacts: n }))
    .describe("contacts that wait longer for what protects their numbers"),
  costs: z.array(costSchema),
  budget: z.object(budget).nullable(),
});

const of = <T extends z.ZodType>(value: T) => z.object({ p10: value, p50: value, p90: value });
const number = of(z.number());

export const simulation = z.object({
  id: z.string(),
  name: z.string(),
  seed: n,
  runs: n,
  learned_from: n.describe("attempts of the campaign of --like; 0: it is assumed"),
  answer_rate: z.number(),
  ends_at: of(instant.nullable()).describe("null: not within a year, or never"),
  budget: z
    .object({
      amount: z.number(),
      currency: z.string(),
      spent: number,
      used_up_at: of(instant.nullable()).describe("when it is enough for no further call; null: it is enough"),
    })
    .nullable(),
  dials: number,
  answered: number,
  not_reached: number,
  busiest_hour: number,
  peak_live: number,
  agents_needed: n
    .nullable()
    .describe("calls at once if neither concurrency nor --agents held it back; null: nothing else does, for its delay is 0"),
  talk_minutes: number,
  billed_minutes: number,
  cost: number.nullable().describe("null: without --price"),
  hours: z.array(z.object({ at: instant, dials: n })),
  preflight: preflightSchema,
});
