/** Rows → what a campaign came to, for every SQL store. */
import { z } from "zod";
import { onFirstUse } from "./columns.ts";
import { type Ending, ENDINGS } from "../domain/calls/ending.ts";
import type { Figures } from "../domain/calls/figures.ts";
import { SECOND } from "../domain/time/instant.ts";

/** Dials are put together by so many seconds. */
export const QUARTER_HOUR = 900;

const count = z.number();
const histogram = z.array(z.object({ value: count, n: count }));
const figures = onFirstUse(() =>
  z.object({
    dials: z.array(z.object({ place: z.string(), quarter: count, dials: count, answered: count, reached: count })),
    contacts: z.array(z.object({ dials: count, answered: count, reached_by: count.nullable(), n: count })),
    endings: z.array(z.object({ ending: z.string(), n: count })),
    talks: histogram,
    joins: histogram,
    held: z.array(z.object({ by: z.string(), place: z.string(), n: count })),
  }),
);

export function figuresOf(answer: unknown): Figures {
  const { dials, contacts, endings, ...sums } = figures().parse(answer);
  return {
    ...sums,
    dials: dials.map(({ quarter, ...counts }) => ({ ...counts, at: quarter * QUARTER_HOUR * SECOND })),
    contacts: contacts.map(({ reached_by: reachedBy, answered, ...known }) => ({
      ...known,
      answered: answered > 0,
      reachedBy,
    })),
    endings: Object.fromEntries(
      endings.filter(({ ending }) => ending in ENDINGS).map(({ ending, n }) => [ending as Ending, n]),
    ),
  };
}
