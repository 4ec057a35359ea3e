/** What happens in a run → one line of text for people. */
import type { Draining, RunEvent } from "../../domain/calls/run-event.ts";
import { PAUSED } from "../../domain/calls/campaign.ts";
import { type Ending, ENDINGS } from "../../domain/calls/ending.ts";
import type { AnsweredBy } from "../../domain/calls/verdict.ts";
import { durationText } from "./duration.ts";
import type { Tone } from "./screen-state.ts";
import { count } from "./contacts.ts";
import { timeOfDay, when } from "../../domain/time/when.ts";

const seconds = (ms: number): string => (ms / 1000).toFixed(1);

/** A call that is given back is due already. */
function againText({ at, nextAttemptAt }: Extract<RunEvent, { type: "call_ended" }>, timeZone: string): string {
  if (nextAttemptAt === null) return "";
  return nextAttemptAt <= at ? "; due again at once" : `; again at ${when(nextAttemptAt, timeZone)}`;
}

const BY = {
  human: "a human",
  voicemail: "a voicemail",
  screening: "call screening",
  ivr: "a phone menu",
  unknown: "somebody",
} as const satisfies Record<AnsweredBy, string>;

const verdictText = (
  { answeredBy, outcome, callbackAt }: Extract<RunEvent, { type: "call_verdict" }>,
  timeZone: string,
): string =>
  [
    "the agent says:",
    [
      answeredBy === null ? "" : `${BY[answeredBy]} answered`,
      [outcome?.replaceAll("_", " ") ?? "", callbackAt === null ? "" : when(callbackAt, timeZone)]
        .filter(Boolean)
        .join(" "),
    ]
      .filter(Boolean)
      .join(", ") || "nothing yet",
  ].join(" ");

type Troubled = Extract<RunEvent, { type: "trouble" }>["with"];
/** What LiveKit says of a call that went well, or that we hung up ourselves, would only be odd. */
const SAID_ALL: ReadonlySet<Ending> = new Set(["completed", "hung_up"]);

const AFTER_TROUBLE = {
  database: "no new calls until it answers; retrying",
  livekit: "retrying",
  carrier: "calls that only its records can explain end as lost",
  webhook: "it is told again later; campaigns status says when",
} as const satisfies Record<Troubled, string>;
const WHO_ANSWERS = {
  database: "the database",
  livekit: "LiveKit",
  carrier: "Twilio",
  webhook: "a webhook's receiver",
} as const satisfies Record<Troubled, string>;

const DRAINING = {
  interrupted: (live) => `no new calls; waiting for ${live} live (press Ctrl-C again to leave them to the next run)`,
  time_over: (live) => `--for has elapsed: no new calls; waiting for ${live} live`,
  bug: (live) => `internal error: no new calls; waiting for ${live} live`,
} as const satisfies Record<Draining, (live: number) => string>;

/** What it means to whoever reads it. */
export function eventTone(event: RunEvent): Tone {
  switch (event.type) {
    case "trouble":
    case "campaign_failed":
    case "room_left":
      return "alarm";
    case "campaign_paused":
      return event.because === PAUSED ? "wait" : "alarm";
    case "campaign_waiting":
    case "callback_missed":
    case "call_unrecorded":
    case "verdict_ignored":
    case "silent_runner":
    case "draining":
      return "wait";
    case "call_answered":
    case "recovered_from":
      return "talk";
    default:
      return "plain";
  }
}

/** One line per event, on the clock of that zone; null: too small to tell. */
export function eventText(event: RunEvent, timeZone: string): string | null {
  const line = (text: string): string => `${timeOfDay(event.at, timeZone)}  ${text}`;
  switch (event.type) {
    case "run_started":
      return null;
    case "run_ended":
      return line("done");
    case "campaign_working":
      return line(`${event.campaign}: dialing`);
    case "campaign_waiting":
      return line(
        `${event.campaign}: ${event.because}${event.until === null ? "" : ` until ${when(event.until, timeZone)}`}`,
      );
    case "callback_missed": {
      const next = event.nextAttemptAt === null ? "its call ends" : `again ${when(event.nextAttemptAt, timeZone)}`;
      return line(`${event.campaign}: missed the callback of ${when(event.promisedFor, timeZone)}; ${next}`);
    }
    case "campaign_paused":
      return line(
        event.because === PAUSED
          ? `${event.campaign}: ${event.because}; campaigns resume continues`
          : `${event.campaign}: paused, ${event.because}; campaigns doctor finds the cause; campaigns resume continues`,
      );
    case "campaign_failed":
      return line(`${event.campaign}: cannot run, ${event.because}`);
    case "campaign_completed":
      return line(`${event.campaign}: completed, ${event.because ?? "every call is final"}`);
    case "contacts_forgotten":
      return line(
        `${event.campaign}: forgot whom it called, as its retention says (${event.rows.toLocaleString("en")} rows)${recordingsText(event.recordings)}`,
      );
    case "call_dialing":
      return line(
        `${event.number}  dialing${event.agentJoinedMs === null ? "" : ` (agent joined in ${seconds(event.agentJoinedMs)} s)`}`,
      );
    case "call_ringing":
      return line(`${event.number}  ringing`);
    case "call_unrecorded":
      return line(`${event.number}  is not recorded: ${event.because}`);
    case "call_answered":
      return line(`${event.number}  answered`);
    case "call_verdict":
      return line(`${event.number}  ${verdictText(event, timeZone)}`);
    case "verdict_ignored":
      return line(`${event.number}  left out of what the agent said: ${event.problems.join("; ")}`);
    case "call_adopted":
      return line(`${event.number}  taken over from a runner that died`);
    case "room_left":
      return line(
        `${event.number}  LiveKit did not remove the room of this call, and ends the call by itself at its maximum duration`,
      );
    case "call_relieved":
      return line(`${event.number}  taken over by another runner, because this runner's lease ran out`);
    case "call_ended":
      return line(
        `${event.number}  ${ENDINGS[event.ending].words}` +
          (event.durationSeconds === null ? "" : ` after ${durationText(event)}`) +
          (SAID_ALL.has(event.ending) || event.detail === null ? "" : ` (${event.detail})`) +
          againText(event, timeZone),
      );
    case "trouble":
      return line(`${event.message}; ${AFTER_TROUBLE[event.with]}${event.hint === null ? "" : ` (${event.hint})`}`);
    case "recovered_from":
      return line(`${WHO_ANSWERS[event.with]} answers again`);
    case "silent_runner":
      return line(
        `another runner with live calls is silent; its calls are taken over at ${timeOfDay(event.until, timeZone)}`,
      );
    case "draining":
      return line(DRAINING[event.because](event.live));
    case "left":
      return line(`${event.live} live call${event.live === 1 ? "" : "s"} left to the next run`);
  }
}

const recordingsText = (places: readonly string[]): string =>
  places.length === 0 ? "" : `; ${count(places.length, "recording")} left for you to remove: ${places.join(", ")}`;
