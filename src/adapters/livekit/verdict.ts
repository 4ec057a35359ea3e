/**
 * What an agent has written of its call: JSON of a stranger. What cannot be read is left out and told, the rest counts. Nothing
 * of what it says is repeated in a problem: it is about people.
 */
import { z } from "zod";
import { OUTCOMES } from "../../domain/calls/outcome.ts";
import { ANSWERED_BY, ENDED_BY, type Verdict } from "../../domain/calls/verdict.ts";
import type { Heard } from "../../engine/ports/index.ts";

/** The participant attribute in which an agent writes, and the key in the room's metadata. */
export const VERDICT_KEY = "campaigns.verdict";
export const ROOM_KEY = "verdict";

const LONGEST = 8 * 1024;
const LONGEST_NOTES = 2000;
const LONGEST_TIME = 64;
const HOUR_MS = 3_600_000;

/** Text that both stores take and a terminal shows: lines and tabs, and no other controls. */
const isPlain = (text: string): boolean => text.isWellFormed() && !/[^\P{Cc}\n\r\t]/u.test(text);

const time = z.string().max(LONGEST_TIME).refine(isPlain);
const FIELDS = {
  answered_by: { form: z.enum(ANSWERED_BY), expected: ANSWERED_BY.join(", ") },
  outcome: { form: z.enum(OUTCOMES), expected: OUTCOMES.join(", ") },
  callback_at: { form: time, expected: "a time such as 2026-11-26T15:00" },
  callback_zone: { form: time, expected: "the name of a time zone" },
  notes: {
    form: z.string().refine((text) => isPlain(text) && Array.from(text).length <= LONGEST_NOTES),
    expected: `at most ${LONGEST_NOTES} characters, none of them a control character`,
  },
  do_not_call: { form: z.boolean(), expected: "true or false" },
  first_audio_ms: { form: z.number().min(0).max(HOUR_MS).transform(Math.round), expected: "milliseconds" },
  ended_by: { form: z.enum(ENDED_BY), expected: ENDED_BY.join(" or ") },
  final: { form: z.boolean(), expected: "true or false" },
} as const;
type Field = keyof typeof FIELDS;

const seq = z.int().min(0);

/** Null: the agent has written nothing. */
export function readVerdict(text: string | undefined): Heard | null {
  if (text === undefined || text === "") return null;
  if (Buffer.byteLength(text) > LONGEST) return unread("expected at most 8 KiB");
  const said = parsed(text);
  if (said === null) return unread("expected a JSON object");
  const number = seq.safeParse(own(said, "seq"));
  if (!number.success) return unread("seq: expected a whole number that grows with each write");

  const problems: string[] = [];
  const field = <F extends Field>(name: F): z.output<(typeof FIELDS)[F]["form"]> | null => {
    const value = own(said, name);
    if (value === undefined || value === null) return null;
    const { form, expected } = FIELDS[name];
    const read = form.safeParse(value);
    if (!read.success) problems.push(`${name}: expected ${expected}`);
    return read.success ? (read.data as z.output<(typeof FIELDS)[F]["form"]>) : null;
  };
  const outcome = field("outcome");
  const wish = own(said, "do_not_call");
  const verdict: Verdict = {
    seq: number.data,
    answeredBy: field("answered_by"),
    // Whoever wants no more calls has said what came of this one.
    outcome: outcome ?? (wish === true ? "do_not_call" : null),
    notes: field("notes"),
    firstAudioMs: field("first_audio_ms"),
    endedBy: field("ended_by"),
    // What cannot be told counts as said: a call too few harms nobody.
    doNotCall: outcome === "do_not_call" || (field("do_not_call") ?? (wish !== undefined && wish !== null)),
    callbackAt: field("callback_at"),
    callbackZone: field("callback_zone"),
    final: field("final") ?? false,
  };
  const unknown = Object.keys(said).filter((name) => name !== "seq" && !Object.hasOwn(FIELDS, name)).length;
  if (unknown > 0) problems.push(`${unknown} unknown ${unknown === 1 ? "field" : "fields"}`);
  return { verdict, problems };
}

/** What an agent has written into its room's metadata, as an object or as the text of one. */
export function readRoomVerdict(metadata: string): Heard | null {
  const said = own(parsed(metadata) ?? {}, ROOM_KEY);
  if (said === undefined || said === null) return null;
  return readVerdict(typeof said === "string" ? said : JSON.stringify(said));
}

/** The one that came last by its own count. */
export function latest(all: readonly (Heard | null)[]): Heard | null {
  return all.reduce((last, each) => {
    if (each === null || last === null) return last ?? each;
    return (each.verdict?.seq ?? -1) > (last.verdict?.seq ?? -1) ? each : last;
  }, null);
}

const unread = (problem: string): Heard => ({ verdict: null, problems: [problem] });

const own = (said: object, name: string): unknown =>
  Object.hasOwn(said, name) ? (Reflect.get(said, name) as unknown) : undefined;

function parsed(text: string): object | null {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : null;
  } catch {
    return null;
  }
}
