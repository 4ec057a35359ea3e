/** The do-not-call list, and consents: whom one must not call. */
import type { Store } from "../../engine/ports/index.ts";
import { iso } from "../columns.ts";
import { consentOf, consentValues, doNotCallOf } from "../suppression-rows.ts";
import { number, orNull, rowsOf } from "./answers.ts";
import type { Rpc } from "./rpc.ts";

type Verbs = Pick<
  Store,
  "addDoNotCall" | "removeDoNotCall" | "doNotCall" | "listDoNotCall" | "addConsents" | "revokeConsents" | "consentsOf"
>;

/** Those that count what is new count nothing in a repetition whose first answer was lost: what was asked is done. */
export const suppressionVerbs = (call: Rpc["call"]): Verbs => ({
  addDoNotCall: async (entries) => {
    const rows = entries.map(({ phoneNumber, source, reason, addedAt }) => ({
      phone_number: phoneNumber,
      source,
      reason,
      created_at: iso(addedAt),
    }));
    return number(await call("add_do_not_call", { entries: rows }));
  },
  removeDoNotCall: async (numbers) => number(await call("remove_do_not_call", { phone_numbers: numbers })),
  doNotCall: async (phoneNumber) => orNull(doNotCallOf)(await call("do_not_call", { phone_number: phoneNumber })),
  listDoNotCall: async (limit, after) => rowsOf(doNotCallOf)(await call("list_do_not_call", { limit, after })),
  addConsents: async (consents) => number(await call("add_consents", { consents: consents.map(consentValues) })),
  revokeConsents: async (phoneNumber, at) => number(await call("revoke_consents", { phone_number: phoneNumber }, at)),
  consentsOf: async (phoneNumber) => rowsOf(consentOf)(await call("consents_of", { phone_number: phoneNumber })),
});
