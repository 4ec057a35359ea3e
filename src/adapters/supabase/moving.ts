/** Rows of another store on their way into a Supabase project; those that are there already change nothing. */
import { z } from "zod";
import type { Clock } from "../../engine/ports.ts";
import { Rpc, type SupabaseSettings } from "./rpc.ts";
import { checkVersion } from "./schema.ts";

export interface Arriving {
  /** Rows of one table, columns named as everywhere. Returns how many were new. */
  add(table: string, rows: readonly object[]): Promise<number>;
}

export async function arrivingRows(settings: SupabaseSettings, clock: Clock): Promise<Arriving> {
  const db = new Rpc(settings, clock);
  checkVersion(await db.version());
  return { add: async (table, rows) => z.number().parse(await db.call("move_in", { table, rows })) };
}
