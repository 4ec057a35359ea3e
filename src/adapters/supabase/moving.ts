/** Rows of another store on their way into a Supabase project; those that are there already change nothing. */
import { z } from "zod";
import type { Clock } from "../../engine/ports/index.ts";
import { Rpc, type SupabaseSettings } from "./rpc.ts";
import { checkVersion } from "./schema.ts";

export interface Arrived {
  /** How many were new. */
  readonly added: number;
  /** What is there with other contents and stays as it is: a number, a trunk, the name of another list. */
  readonly kept: readonly string[];
}

export interface Arriving {
  /** Rows of one table, columns named as everywhere. */
  readonly add: (table: string, rows: readonly object[]) => Promise<Arrived>;
  /** The campaign is whole, and has the status it had. False: so many of its calls and attempts are not there. */
  readonly open: (id: string, counts: { readonly calls: number; readonly attempts: number }) => Promise<boolean>;
}

const arrived = z.object({ added: z.number(), kept: z.array(z.string()) });

export async function arrivingRows(settings: SupabaseSettings, clock: Clock): Promise<Arriving> {
  const db = new Rpc(settings, clock);
  checkVersion(await db.version());
  return {
    add: async (table, rows) => arrived.parse(await db.call("move_in", { table, rows })),
    open: async (id, counts) => z.boolean().parse(await db.call("move_done", { id, ...counts })),
  };
}
