/** Caller IDs, trunk limits, and what the carrier has in its books. */
import { z } from "zod";
import type { Assigned } from "../../engine/ports/caller-numbers.ts";
import type { Store } from "../../engine/ports/index.ts";
import { assignmentValues, carrierValues, costOf, numberOf, trunkLimitOf, unsyncedOf } from "../number-rows.ts";
import { iso, type Row } from "../columns.ts";
import { done, orNull, rowsOf, yes } from "./answers.ts";
import type { Call } from "./asking.ts";

type Verbs = Pick<
  Store,
  | "assignNumber"
  | "unassignNumber"
  | "listNumbers"
  | "callerPool"
  | "trunkIsOthers"
  | "setTrunkLimit"
  | "trunkLimits"
  | "dropTrunkLimit"
  | "unsyncedAttempts"
  | "saveCarrierCall"
  | "costs"
>;

const row: z.ZodType<Row> = z.record(z.string(), z.unknown());
const texts = z.array(z.string());
const pool = z.object({ numbers: z.array(row), others_trunks: texts, others_numbers: texts });
const assigned = z.discriminatedUnion("is", [
  z.object({ is: z.enum(["assigned", "taken"]), number: row }),
  z.object({ is: z.enum(["others_number", "others_trunk"]) }),
]);

export const numberVerbs = (call: Call): Verbs => ({
  assignNumber: async (assignment, at): Promise<Assigned> => {
    const given = { ...assignmentValues(assignment), number: assignment.number };
    const asked = { number: given, shared: assignment.shared ?? false };
    const answer = assigned.parse(await call("assign_number", asked, at));
    return "number" in answer ? { is: answer.is, number: numberOf(answer.number) } : answer;
  },
  unassignNumber: async (number) => orNull(numberOf)(await call("unassign_number", { number })),
  listNumbers: async (assistantId) =>
    rowsOf(numberOf)(await call("list_numbers", { assistant_id: assistantId ?? null })),
  callerPool: async (assistantId, owner) => {
    const asked = { assistant_id: assistantId, ...(owner === undefined ? {} : { owner }) };
    const { numbers, others_trunks, others_numbers } = pool.parse(await call("caller_pool", asked));
    return { numbers: numbers.map(numberOf), othersTrunks: others_trunks, othersNumbers: others_numbers };
  },
  trunkIsOthers: async ({ id, name }) => yes(await call("trunk_is_others", { trunk_id: id, name })),
  setTrunkLimit: async ({ trunkId, interval, concurrency }, at, when = "always") =>
    done(await call("set_trunk_limit", { trunk_id: trunkId, interval_ms: interval, concurrency, when }, at)),
  trunkLimits: async () => rowsOf(trunkLimitOf)(await call("trunk_limits", {})),
  dropTrunkLimit: async (trunkId) => done(await call("drop_trunk_limit", { trunk_id: trunkId })),

  unsyncedAttempts: async (campaignId, limit, after) => {
    const behind = after === undefined ? {} : { after_dialed: iso(after.dialedAt), after_id: after.attemptId };
    return rowsOf(unsyncedOf)(await call("unsynced_attempts", { campaign_id: campaignId, limit, ...behind }));
  },
  saveCarrierCall: async (attemptId, record, at) =>
    yes(await call("save_carrier_call", { record: carrierValues(attemptId, record, at) }, at)),
  costs: async (campaignId) => rowsOf(costOf)(await call("costs", { campaign_id: campaignId })),
});
