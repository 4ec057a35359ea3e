/**
 * A campaign as a file: what `create` takes, in the names of its options. One schema reads the file, types what is read, and is
 * published for editors (schemas/campaign-file.json).
 */
import { z } from "zod";
import { MISSED_CALLBACK } from "../domain/calls/callback.ts";
import { EXPECTATIONS } from "../domain/calls/refusals.ts";
import type { CampaignInput } from "../engine/manage/campaign-settings.ts";

const text = z.string();
const several = z.union([text, z.array(text).min(1)]);
const whole = z.int().min(1);

const settings = {
  name: text.describe("unique; the file is about the campaign of this name"),
  assistant: text.describe("the AI agent's configuration"),
  assistant_name: text.optional(),
  prompt: text.optional().describe("instructions for the agent; {{column}} stands for a contact's cell"),
  daily_cap: whole.optional().describe("dials per local day; default 100"),
  days: several.optional().describe("mon-fri (default), or a list of days"),
  hours: several.optional().describe("9-17 (default), 9:30-17:15, or several windows: 9-12,14-18"),
  timezone: text.optional().describe("such as Europe/London; default: this machine's when the campaign is created"),
  hours_in: z.enum(["contact", "campaign"]).optional().describe("whose clock the hours apply to; default contact"),
  rules: several.optional().describe("local calling rules: us, us-strict, gb … or none; default: by country"),
  rules_table: z.record(text, z.unknown()).optional().describe("calling rules of your own (campaigns rules --json)"),
  require_consent: z.boolean().optional().describe("call only those with a proven consent"),
  purpose: text.optional().describe("what the calls are for; default marketing"),
  needs_dnc: several.optional().describe("do-not-call lists without which nobody is called"),
  max_age: text.optional().describe("how old these may be; default 31d"),
  max_per_contact: text.optional().describe("dials of one number by all campaigns, such as 3/7d"),
  concurrency: whole.optional().describe("concurrent calls; default 10"),
  delay: text.optional().describe("least time between two dials; default 2s"),
  cps: z.number().positive().optional().describe("dials per second, instead of delay"),
  max_attempts: whole.optional().describe("attempts per contact; default 1"),
  retry_after: several.optional().describe("wait before the next attempt, or one wait for each: [30m, 2h]"),
  retry_agent_lost: z.boolean().optional().describe("also call those again whose agent was lost"),
  ring: text.optional().describe("how long a phone rings, 5s to 60s; default 45s"),
  max_duration: text.optional().describe("longest call, from the answer; default 30m"),
  min_talk: text.optional().describe("an agent that leaves sooner is lost; default 15s"),
  on_voicemail: z.enum(["retry", "message", "hang-up"]).optional(),
  voicemail_message: text.optional().describe("what the agent says to a voicemail, once per contact"),
  voicemail_after: text.optional().describe("wait after a voicemail; default as retry_after"),
  expect_answers: z.enum(EXPECTATIONS).optional().describe("low: a list of many bad numbers"),
  usual_hang_ups: text.optional().describe("pause when more answered calls end at once; default 25%"),
  missed_callback: z.enum(MISSED_CALLBACK).optional().describe("what follows a missed callback; default next-day"),
  trunk: text.optional().describe("LiveKit outbound trunk, by id or name"),
  from: several.optional().describe("use only these caller IDs"),
  display_name: text.optional().describe('caller name for the carrier; "" sends none'),
  header: z.record(text, text).optional().describe("SIP headers for the carrier"),
  record: several.optional().describe("file, file:PREFIX or s3://BUCKET/PREFIX; and required"),
  retention: text.optional().describe("forget whom it called so long after its end, such as 90d; default: never"),
  budget: z
    .union([z.number().positive(), text])
    .optional()
    .describe("what its calls may cost, such as 50 or 50 EUR (default USD)"),
  prices: text.optional().describe("lines of prefix,per_minute; also per_call, per_dial, increment; with budget"),
  notify: text.optional().describe("URL that is told what happens: calls ended, outcomes, pauses, the end"),
} satisfies Record<Snake<keyof CampaignInput>, z.ZodType>;

const contacts = {
  csv: text.optional().describe("file of contacts, beside this one"),
  list: text.optional().describe("or a contact list, by name or id"),
  map: several.optional().describe("which column holds what: [phone=Mobile, name=Who]"),
  ignore: several.optional().describe("columns to leave out"),
  default_region: text.optional().describe("country of numbers written without one, such as US"),
  delimiter: text.optional(),
  encoding: text.optional(),
  date_format: text.optional().describe("how dates of consent are written"),
};

export const campaignFile = z.strictObject({
  ...settings,
  contacts: z.strictObject(contacts).optional().describe("who is called; left out: those that the campaign has"),
});

export type CampaignFile = z.output<typeof campaignFile>;
export type FileContacts = NonNullable<CampaignFile["contacts"]>;

/** What an editor checks and completes a file by. */
export const campaignFileSchema = (): object => z.toJSONSchema(campaignFile, { io: "input" });

export function inputOfFile(file: CampaignFile): CampaignInput {
  const { contacts: _, rules_table: table, header, ...said } = file;
  const words = Object.entries(said).map(([key, value]) => [
    camel(key),
    Array.isArray(value) && key !== "record" ? value.join(",") : value,
  ]);
  const { record } = said;
  return {
    ...(Object.fromEntries(words) as unknown as CampaignInput),
    ...(table !== undefined && { rulesTable: JSON.stringify(table) }),
    ...(header !== undefined && { header: Object.entries(header).map(([name, value]) => `${name}=${value}`) }),
    ...(record !== undefined && { record: typeof record === "string" ? record.split(" ") : record }),
  };
}

/** Settings in the names of the file. A table of rules that cannot be read stays as it is. */
export function fileOf({ rulesTable, header = [], record, ...input }: CampaignInput): object {
  const plain = Object.entries(input).filter(([, value]) => value !== undefined && value !== false);
  return {
    ...Object.fromEntries(plain.map(([key, value]) => [snake(key), key === "onVoicemail" ? dashed(value) : value])),
    ...(record !== undefined && { record: record.join(" ") }),
    ...(header.length > 0 && { header: Object.fromEntries(header.map(parted)) }),
    ...(rulesTable !== undefined && { rules_table: JSON.parse(rulesTable) as unknown }),
  };
}

const parted = (header: string): readonly [string, string] => {
  const at = header.indexOf("=");
  return [header.slice(0, at), header.slice(at + 1)];
};
const dashed = (value: unknown): unknown => (typeof value === "string" ? value.replaceAll("_", "-") : value);

/** `dailyCap` → `daily_cap`. */
export type Snake<T extends string> = T extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : "";

export const snake = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (key: string): string => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
