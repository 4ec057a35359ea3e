/** Rows of another store on their way into a Supabase project; those that are there already change nothing. */
import { z } from "zod";
import type { Clock } from "../../engine/ports/index.ts";
import { createHash } from "node:crypto";
import type { Row } from "../columns.ts";
import { LONGEST_REASON } from "../do-not-call-rows.ts";
import { Asking, type AskingSettings } from "./asking.ts";
import { readable } from "./readable.ts";

export interface Arrived {
  /** How many were new. */
  readonly added: number;
  /** What is there with other contents and stays as it is: a number, a trunk, the name of another list. */
  readonly kept: readonly string[];
}

export interface Arriving {
  /** Rows of one table, columns named as everywhere. */
  readonly add: (table: string, rows: readonly Row[]) => Promise<Arrived>;
  /** The campaign is whole, and has the status it had. False: so many of its calls and attempts are not there. */
  readonly open: (id: string, counts: { readonly calls: number; readonly attempts: number }) => Promise<boolean>;
}

const arrived = z.object({ added: z.number(), kept: z.array(z.string()) });

export async function arrivingRows(settings: AskingSettings, clock: Clock): Promise<Arriving> {
  const db = new Asking(settings, clock);
  // Whatever keeps rows from arriving is known before the first leaves.
  await db.call("trunk_limits", {});
  return readable({
    add: async (table, rows) =>
      arrived.parse(
        await db.call("move_in", (sealer) => ({
          table,
          rows: sealer.isPlain ? rows : rows.map((row) => sealer.row(withIds(row))),
        })),
      ),
    open: async (id, counts) => z.boolean().parse(await db.call("move_done", { id, ...counts })),
  });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What is sealed is bound to the ids that rows have there: see campaigns_with_ids. And reasons are as long as they may be. */
const withIds = (row: Row): Row => ({
  ...row,
  ...Object.fromEntries(["id", "contact_id"].filter((name) => name in row).map((name) => [name, uuidOf(row[name])])),
  ...(typeof row["reason"] === "string" && { reason: row["reason"].slice(0, LONGEST_REASON) }),
});

function uuidOf(id: unknown): unknown {
  if (typeof id !== "string" || UUID.test(id)) return id;
  const hex = createHash("md5").update(id).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
