/** The do-not-call list, and consents: whom one must not call. */
import type { Store } from "../../engine/ports/index.ts";
import { ONE_BY_ONE } from "../audit-rows.ts";
import { iso } from "../columns.ts";
import { consentOf, consentValues } from "../suppression-rows.ts";
import { doNotCallFor, doNotCallSourceOf } from "../do-not-call-rows.ts";
import { done, number, rawRows, rowsOf } from "./answers.ts";
import type { Asking } from "./asking.ts";
import { forNumber } from "./prefixes.ts";

type Verbs = Pick<
  Store,
  | "addDoNotCall"
  | "removeDoNotCall"
  | "dropDoNotCallSource"
  | "settleDoNotCall"
  | "refreshDoNotCallSource"
  | "doNotCall"
  | "listDoNotCall"
  | "doNotCallSources"
  | "addConsents"
  | "revokeConsents"
  | "consentsOf"
>;

/** Those that count what is new count nothing in a repetition whose first answer was lost: what was asked is done. */
export const suppressionVerbs = ({ call, owner }: Asking): Verbs => ({
  addDoNotCall: async (entries) => {
    const rows = entries.map(({ phoneNumber, source, reason, addedAt, expiresAt }) => ({
      phone_number: phoneNumber,
      source,
      reason,
      created_at: iso(addedAt),
      expires_at: expiresAt === undefined ? null : iso(expiresAt),
    }));
    return number(
      await call("add_do_not_call", (sealer) => ({
        entries: rows.map((entry) => sealer.row(entry)),
        one_by_one: ONE_BY_ONE,
      })),
    );
  },
  removeDoNotCall: async (numbers, source) =>
    number(
      await call("remove_do_not_call", (sealer) => ({
        phone_numbers: numbers.map((each) => sealer.equal(each)),
        source,
      })),
    ),
  dropDoNotCallSource: async (source) => number(await call("drop_do_not_call_source", { source })),
  settleDoNotCall: async (arriving, source, replace) =>
    number(await call("settle_do_not_call", { arriving, source, replace })),
  refreshDoNotCallSource: async (source, at) => done(await call("refresh_do_not_call_source", { source }, at)),
  doNotCall: async (phoneNumber, at) =>
    rawRows(
      await call(
        "do_not_call",
        // How a sealed number begins, SQL cannot tell.
        (sealer) => ({ phone_number: sealer.anyOf(phoneNumber), ...(sealer.isPlain ? {} : { prefixes: true }) }),
        at,
      ),
    )
      .filter(forNumber(phoneNumber))
      .map(doNotCallFor(owner)),
  listDoNotCall: async (limit, after, source) =>
    rowsOf(doNotCallFor(owner))(
      await call("list_do_not_call", (sealer) => ({ limit, after: after && sealer.equal(after), source })),
    ),
  doNotCallSources: async (at) => rowsOf(doNotCallSourceOf)(await call("do_not_call_sources", {}, at)),
  addConsents: async (consents) =>
    number(
      await call("add_consents", (sealer) => ({ consents: consents.map((each) => sealer.row(consentValues(each))) })),
    ),
  revokeConsents: async (phoneNumber, at) =>
    number(await call("revoke_consents", (sealer) => ({ phone_number: sealer.anyOf(phoneNumber) }), at)),
  consentsOf: async (phoneNumber) =>
    rowsOf(consentOf)(await call("consents_of", (sealer) => ({ phone_number: sealer.anyOf(phoneNumber) }))),
});
