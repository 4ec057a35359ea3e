/** What `calls --csv` writes, on its way back: its variables are variables again, and our columns say nothing of a contact. */

/** The columns of call records; those that a contact is made of are read under their names. */
const OURS =
  "id campaign_id status end_reason reached callback_at callback_zone callback_missed_at recording sip_status_code attempts next_attempt_at outcome notes call_duration duration_uncertainty estimated from_number room_name call_sid started_at completed_at".split(
    " ",
  );
const SIGNATURE = ["campaign_id", "phone_number", "contact_name", "variables", "end_reason", "sip_status_code"];

export interface OwnExport {
  /** Columns that are left out. */
  readonly left: readonly number[];
  /** The column of all variables, as JSON. */
  readonly variables: number;
  /** Columns that may say do_not_call. */
  readonly outcomes: readonly number[];
}

/** null: the file is not one of ours. */
export function ownExport(headers: readonly string[]): OwnExport | null {
  const at = (name: string): number => headers.findIndex((header) => header.trim() === name);
  if (SIGNATURE.some((name) => at(name) < 0)) return null;
  const variables = at("variables");
  const left = headers.flatMap((header, index) => (OURS.includes(header.trim()) ? [index] : []));
  return { left: [...left, variables], variables, outcomes: [at("outcome"), at("end_reason")].filter((n) => n >= 0) };
}

/** Texts only; a cell that is no such JSON has none. */
export function variablesOf(cell: string): [string, string][] {
  try {
    const value: unknown = JSON.parse(cell);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
    return Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  } catch {
    return [];
  }
}

/** Without the mark that keeps a spreadsheet from taking it for a formula. */
export const unescaped = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r＝＋－＠])/, "");
