/** What a coding agent is told: no phone number, wherever it stands. */
import { redactText } from "../../domain/phones/redact.ts";

/** Where the next page begins: as many digits as a phone number, in a very long list. */
const CURSOR = /^\d{1,15}$/;
/** Fields whose own fields somebody else has named. */
const OTHERS = ["variables", "headers"];

/** The same data with every number in it redacted: in texts, in lists, in the names of fields. */
export function redacted(data: unknown, field = ""): unknown {
  if (typeof data === "string") return field === "next" && CURSOR.test(data) ? data : redactText(data);
  if (Array.isArray(data)) return data.map((each: unknown) => redacted(each));
  if (typeof data !== "object" || data === null) return data;
  const isOurs = !OTHERS.includes(field);
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [redactText(key), redacted(value, isOurs ? key : "")]),
  );
}
