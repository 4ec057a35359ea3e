/** The phone network behind the sandbox: what happens when a number is dialed, scripted per number or by default. */
import { z } from "zod";
import { messageOf, Misused } from "../engine/errors.ts";
import { type Behaviour, behaviour } from "./behaviour.ts";
import { type Saying, seconds } from "./saying.ts";

/** LiveKit's own: it refreshes a room's count of participants this often. */
const COUNT_LAG = 5;

export const scriptForm = z.strictObject({
  /** Per number in E.164: what its 1st, 2nd, … dial does; the last one repeats. */
  numbers: z.record(z.string(), z.array(behaviour).min(1)).default({}),
  /** All other numbers, one or the other by weight; none: the last digit decides. */
  others: z.array(z.strictObject({ weight: z.number().positive(), behaviour })).default([]),
  /** Seconds until the agent joins after its dispatch; null: no worker is there. */
  agentJoinsAfter: seconds.nullable().default(0.2),
  /** Seconds from JOINED to ACTIVE; null: it never connects. */
  agentActiveAfter: seconds.nullable().default(0.1),
  /** Seconds after it joined at which the agent leaves again; LiveKit shows that at once. */
  agentLeavesAfter: seconds.nullable().default(null),
  /** Seconds after it joined at which its process is killed; LiveKit lists it for 20 s more. */
  agentCrashesAfter: seconds.nullable().default(null),
  /** Seconds after which an agent whose room was deleted comes back, and makes the room anew. */
  agentReturnsAfter: seconds.nullable().default(null),
  /** Seconds the agent stays when the callee has gone and all is said; null: until its room is removed. */
  agentStays: seconds.nullable().default(0),
  /** How many dispatches are taken at once; LiveKit loses what a burst has beyond them. */
  agentBurst: z.int().min(1).nullable().default(null),
  /** How many agents there are; a dispatch beyond them is dropped, as is one without a worker. 0: all are busy. */
  agentPool: z.int().min(0).nullable().default(null),
  /** The share of dispatches that LiveKit loses. */
  agentDrops: z.number().min(0).max(1).default(0),
  /** The agent dials the `phone_number` of its metadata over `outbound_trunk_id`, as some agents do. */
  agentDials: z.boolean().default(false),
  /** What the trunk carries: new calls per second, calls at once; null: any number. */
  trunk: z
    .strictObject({
      cps: z.int().min(1).nullable().default(null),
      concurrency: z.int().min(1).nullable().default(null),
      /** It lets in only who has these. */
      credentials: z.strictObject({ username: z.string(), password: z.string() }).nullable().default(null),
    })
    .default({ cps: null, concurrency: null, credentials: null }),
  /** Whether there is an egress service, and how a recording goes: seconds until it runs. */
  egress: z
    .strictObject({
      does: z.enum(["records", "no_service", "refuses", "fails", "dies"]).default("records"),
      after: seconds.default(0.5),
    })
    .default({ does: "records", after: 0.5 }),
  /** ListRooms counts participants as they were up to so many seconds ago; 0: as they are. */
  countLag: seconds.max(60).default(COUNT_LAG),
  /** Errors as servers before November 2025 reported them. */
  oldServer: z.boolean().default(false),
});
/** All durations in seconds. */
export type Script = z.output<typeof scriptForm>;

/** Reads a script; `text` is JSON. Throws Misused, naming the place, what was expected and what came. */
export function parseScript(text: string): Script {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Misused("script", `expected a script in JSON: ${messageOf(error)}`, { hint: "see docs/sandbox.md" });
  }
  const parsed = scriptForm.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "script"}: ${issue.message}`);
  throw new Misused("script", problems, { hint: "see docs/sandbox.md for the form of a script" });
}

export const DEFAULT_SCRIPT: Script = scriptForm.parse({});

/** What comes of a conversation, by the last digit; the 5th is a voicemail. */
const OUTCOMES = ["interested", "not_interested", "callback", "interested", null];

/** As an agent says it that does its work. */
function saysByDefault(digit: number): Saying[] {
  const outcome = OUTCOMES[digit] ?? null;
  const answered = digit === 5 ? "voicemail" : "human";
  const first = { seq: 1, answered_by: answered, first_audio_ms: 400 + 100 * digit };
  const last = { seq: 2, answered_by: answered, ...(outcome && { outcome }), first_audio_ms: first.first_audio_ms };
  return [
    { verdict: first, at: 1, afterEnd: 0, in: "both" },
    { verdict: { ...last, final: true }, afterEnd: 0, in: "both" },
  ];
}

/** Without a script the last digit decides: 0-4 talk, 5 is a voicemail, 6 busy, 7 rings out, 8 declines, 9 does not exist. */
function byLastDigit(number: string): Behaviour {
  const digit = Number(number.at(-1));
  switch (digit) {
    case 6:
      return { does: "refuse", status: 486, reason: "Busy Here", after: 1 };
    case 7:
      return { does: "ring" };
    case 8:
      return { does: "refuse", status: 603, reason: "Decline", after: 1.5 };
    case 9:
      return { does: "refuse", status: 404, reason: "Not Found", after: 0.3 };
    default:
      // As people do: one in three hangs up at once.
      return {
        does: "answer",
        rings: 1 + digit / 5,
        talks: (digit < 2 ? 2 : 6) + digit / 2,
        reply: "ok",
        says: saysByDefault(digit),
      };
  }
}

/** `nth`: which dial of the number this is, from 0. The same question gets the same answer. */
export function behaviourOf({ numbers, others }: Script, number: string, nth: number): Behaviour {
  const scripted = numbers[number];
  const own = scripted?.[Math.min(nth, scripted.length - 1)];
  if (own !== undefined) return own;
  const total = others.reduce((sum, { weight }) => sum + weight, 0);
  // A fraction in [0, 1) that hangs on number and dial alone, so that results do not depend on the order of dials.
  let at = ((Number(number.replaceAll(/\D/g, "")) * 7919 + nth * 104_729) % 1000) / 1000;
  at *= total;
  for (const { weight, behaviour } of others) {
    if (at < weight) return behaviour;
    at -= weight;
  }
  return byLastDigit(number);
}
