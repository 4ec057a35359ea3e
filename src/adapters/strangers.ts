/** Rows that somebody else wrote: what keeps a call from being dialed is asked of every row, whoever wrote it. */
import type { Ending } from "../domain/calls/ending.ts";
import { placeKey, placeOf } from "../domain/phones/place.ts";
import type { UnplacedContact } from "../engine/ports/index.ts";
import { readCall } from "./call-rows.ts";
import type { Row } from "./columns.ts";

/** As what a call ends that cannot be made, and why, in words; null: the ending says it. */
export interface Unfit {
  readonly ending: Ending;
  readonly why: string | null;
}

/** Null: the row can be read, and its number dialed. */
export function unfit(raw: Row): Unfit | null {
  const { call, odd } = readCall(raw);
  if (odd !== null) return { ending: "unreadable", why: odd };
  const number = call.contact.phoneNumber;
  if (number.startsWith("~")) return { ending: "unreadable", why: "its number does not open: it was changed" };
  return isDialable(number) ? null : { ending: "invalid_number", why: "its number is not in E.164" };
}

/** Spelled in E.164: no short code, no letters, no line break after it. The dial gate asks the parser as well. */
export const isDialable = (number: string): boolean => /^\+[1-9]\d{6,14}$/.test(number) && !number.endsWith("\n");

/** Where a contact lives, as calls keep it. */
export const placeOfContact = ({ phoneNumber, timeZone }: UnplacedContact): string =>
  placeKey(placeOf(phoneNumber, timeZone));
export const placeOfNumber = (number: string): string => placeKey(placeOf(number, null));
