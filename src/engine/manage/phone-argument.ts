/** A phone number as an argument. */
import { PHONE_PROBLEMS } from "../../domain/phones/parsed-phone.ts";
import { parsePhone, prefixOf } from "../../domain/phones/phone.ts";
import { Misused } from "../errors.ts";

/** E.164, or a prefix of such numbers with an asterisk. */
export const numberOrPrefix = (text: string): string => prefixOf(text) ?? phoneArgument(text);

/** E.164. Throws Misused, without the number, when it is none. */
export function phoneArgument(text: string): string {
  const phone = parsePhone(text);
  if (phone.ok) return phone.number;
  throw new Misused(
    "number",
    `expected a number such as +12025550123, but what came ${PHONE_PROBLEMS[phone.problem]}`,
    {
      hint: "write it in E.164: +, country code, number",
    },
  );
}
