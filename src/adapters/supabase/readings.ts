/**
 * Which campaigns this program has read, and found that it can. Whether a row can be read, SQL cannot tell: so the function
 * that hands out a call, or lets a dial go, does so only for a row that was read as it stands; else it answers with the row.
 */
import { z } from "zod";
import { campaignOf } from "../campaign-rows.ts";
import type { Row } from "../columns.ts";

const unread = z.object({ unread: z.record(z.string(), z.unknown()) });

export class Readings {
  readonly #known = new Map<string, string>();

  /** The campaign's row is running and can be read. */
  #takes(row: Row): boolean {
    const { id, status } = campaignOf(row);
    if (status !== "running") return false;
    this.#known.set(id, String(row["reading"]));
    return true;
  }

  /** What was listed need not be asked for again. */
  saw(rows: unknown): void {
    for (const row of z.array(z.record(z.string(), z.unknown())).parse(rows)) this.#takes(row);
  }

  /** Asks, again after each row that had not been read; `unreadable`: the row cannot be, or the campaign runs no more. */
  async ask<T>(campaignId: string | null, act: (reading: string | null) => Promise<T>): Promise<T | "unreadable"> {
    for (;;) {
      const answer = await act(this.#known.get(campaignId ?? "") ?? null);
      const { success, data } = unread.safeParse(answer);
      if (!success) return answer;
      if (!this.#takes(data.unread)) return "unreadable";
    }
  }
}
