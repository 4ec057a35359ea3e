/** Which column holds what: headers are matched by exact known names, never by a part of one. */
import { Misused } from "../../engine/errors.ts";

const KNOWN = {
  phone: ["phone_number", "phone", "mobile", "mobile_number", "mobile_phone", "tel", "telephone", "cell", "msisdn"],
  name: ["name", "full_name", "contact_name"],
  firstName: ["first_name", "firstname", "given_name"],
  lastName: ["last_name", "lastname", "surname", "family_name"],
  email: ["email", "e_mail", "email_address", "contact_email"],
  doNotCall: ["do_not_call", "dnc"],
} as const;
type Field = keyof typeof KNOWN;

export type Columns = Readonly<Partial<Record<Field, number>>> & {
  readonly phone: number;
  /** The further columns: they become variables, under the header as it is written. */
  readonly variables: readonly (readonly [name: string, index: number])[];
};

const normal = (header: string): string =>
  header
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, "_");

/** Throws Misused when there is no phone column, more than one, or two headers are equal. */
export function columnsOf(headers: readonly string[]): Columns {
  const listed = headers.map((header) => `"${header}"`).join(", ");
  const fields: Partial<Record<Field, number>> = {};
  const variables: [string, number][] = [];
  const seen = new Set<string>();
  for (const [index, header] of headers.entries()) {
    const name = normal(header);
    if (name === "") continue;
    if (seen.has(name)) throw new Misused("columns", `expected each column once, found "${header}" twice in ${listed}`);
    seen.add(name);
    const field = (Object.keys(KNOWN) as Field[]).find((field) => KNOWN[field].some((known) => known === name));
    if (field === undefined) variables.push([header.trim(), index]);
    else if (fields[field] === undefined) fields[field] = index;
    else {
      throw new Misused("columns", `expected one column for the ${field}, found two among ${listed}`, {
        hint: "rename one of them in the file",
      });
    }
  }
  const { phone } = fields;
  if (phone === undefined) {
    throw new Misused("columns", `expected a column phone_number, found ${listed}`, {
      hint: "rename the column with the numbers to phone_number",
    });
  }
  return { ...fields, phone, variables };
}
