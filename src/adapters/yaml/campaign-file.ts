/** A campaign's file: read, with all that is wrong in it and where; and written. */
import { stringify } from "yaml";
import type { z } from "zod";
import { nearest } from "../../domain/text/nearest.ts";
import { Misused } from "../../engine/errors.ts";
import { campaignFile, type CampaignFile } from "../../json/campaign-file.ts";
import { HINT, MOST_PROBLEMS, Plain, type Read, readDocument } from "./document.ts";

export interface ReadFile extends Pick<Read, "at"> {
  readonly file: CampaignFile;
}

/** Throws Misused with every problem, where it is. */
export function readCampaignFile(bytes: Uint8Array, filename: string): ReadFile {
  const document = readDocument(bytes, filename);
  const { value, at } = document;
  const { success, data, error } = campaignFile.safeParse(meant(value, campaignFile));
  if (success) return { file: data, at };
  throw new Misused(
    "campaign_file",
    error.issues.flatMap((issue) => inWords(issue, document)),
    { hint: HINT },
  );
}

/** `null`, `~` and nothing at all. */
const NOTHING = /^(null|~|)$/i;

/** What plain texts are meant as: numbers and booleans where the schema has some, else texts. */
function meant(value: unknown, schema: unknown): unknown {
  const bare = bareOf(schema);
  if (value instanceof Plain) {
    const text = String(value);
    if (NOTHING.test(text)) return null;
    const { type } = defOf(bare);
    const isJson = type === "number" || type === "boolean" || type === "unknown";
    return isJson && /^(-?\d+(\.\d+)?|true|false)$/.test(text)
      ? (JSON.parse(text.replace(/^(-?)0+(?=\d)/, "$1")) as unknown)
      : text;
  }
  if (Array.isArray(value)) return value.map((each) => meant(each, itemOf(bare)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, meant(each, memberOf(bare, key))]));
}

interface Def {
  readonly type?: string;
  readonly innerType?: unknown;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly valueType?: unknown;
}
const defOf = (schema: unknown): Def => (schema as { def?: Def } | undefined)?.def ?? {};
const bareOf = (schema: unknown): unknown =>
  defOf(schema).type === "optional" ? bareOf(defOf(schema).innerType) : schema;
const memberOf = (schema: unknown, key: string): unknown => {
  const { type, shape, valueType } = defOf(schema);
  return type === "unknown" ? schema : (shape?.[key] ?? valueType);
};
const itemOf = (schema: unknown): unknown => (defOf(schema).type === "unknown" ? schema : undefined);

function inWords(issue: z.core.$ZodIssue, { value: read, at, atKey }: Read): string[] {
  const { path } = issue;
  const name = path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(
      path[0] === "contacts" ? (defOf(bareOf(campaignFile.shape.contacts)).shape ?? {}) : campaignFile.shape,
    );
    return issue.keys.slice(0, MOST_PROBLEMS).map((key) => {
      const like = nearest(key, known);
      return `${atKey([...path, key])}: expected a setting, got "${key}"${like === null ? "" : `: did you mean ${like}?`}`;
    });
  }
  const got = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], read);
  const came = got === undefined ? "it is missing" : `got ${spelled(got)}`;
  return [`${at(path)}: ${name}: expected ${expected(issue)}, ${came}`];
}

function spelled(got: unknown): string {
  if (got instanceof Plain)
    return NOTHING.test(String(got)) ? "nothing: leave the key out" : JSON.stringify(String(got));
  if (typeof got === "string") return JSON.stringify(got);
  return Array.isArray(got) ? "a list" : "keys and values";
}

function expected(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return (
        { string: "a text", int: "a whole number", number: "a number", boolean: "true or false" }[
          issue.expected as string
        ] ?? "keys and values"
      );
    case "invalid_value":
      return issue.values.join(" or ");
    case "invalid_union":
      return "a text or a list of texts";
    case "too_small":
      return issue.origin === "array"
        ? "a list that is not empty"
        : `a number ${issue.inclusive === false ? "above" : "from"} ${issue.minimum}${issue.inclusive === false ? "" : " on"}`;
    default:
      return issue.message;
  }
}

/** As YAML of 1.2 that one of 1.1 reads alike. */
export const writeCampaignFile = (file: object): string => stringify(file, { compat: "yaml-1.1", lineWidth: 0 });
