/** A campaign, a call, an attempt: the plainest there are, to be changed where a test says so. */
import { type Attempt, type Call, claimedAttempt, type Contact, waitingCall } from "../../src/domain/calls/call.ts";
import type { Campaign } from "../../src/domain/calls/campaign.ts";
import type { Verdict } from "../../src/domain/calls/verdict.ts";
import { placeKey, placeOf } from "../../src/domain/phones/place.ts";
import { HOUR, type Instant, MINUTE, SECOND } from "../../src/domain/time/instant.ts";
import type { Webhook } from "../../src/engine/ports/webhooks.ts";

/** Mon 2026-11-23 12:00 UTC. */
export const NOON: Instant = Date.UTC(2026, 10, 23, 12);

export const contact: Contact = {
  id: "contact",
  name: "Ada",
  phoneNumber: "+12025550123",
  email: null,
  variables: {},
};

export const campaign: Campaign = {
  id: "campaign",
  userId: null,
  name: "spring",
  assistantId: "assistant",
  assistantName: null,
  prompt: null,
  source: { kind: "csv_file", id: "file" },
  dailyCap: 100,
  window: { days: ["mon", "tue", "wed", "thu", "fri"], start: 9 * 60, end: 17 * 60 },
  timeZone: "UTC",
  concurrency: 10,
  delay: 2 * SECOND,
  retry: { maxAttempts: 3, after: [30 * MINUTE, 2 * HOUR] },
  ringSeconds: 45,
  maxDurationSeconds: 1800,
  minTalkSeconds: 15,
  expectAnswers: "normal",
  trunkId: null,
  callerIds: [],
  hoursIn: "campaign",
  rules: "none",
  rulesTable: null,
  requireConsent: false,
  status: "running",
  statusReason: null,
  statusAt: NOON - HOUR,
  hangUp: false,
  recent: "",
  lastTrouble: null,
  createdAt: NOON - HOUR,
};

/** A verdict that says nothing but what it is told. */
export const verdict = (said: Partial<Verdict> = {}): Verdict => ({
  seq: 1,
  answeredBy: null,
  outcome: null,
  notes: null,
  firstAudioMs: null,
  endedBy: null,
  doNotCall: false,
  callbackAt: null,
  callbackZone: null,
  final: false,
  ...said,
});

/** Tables and columns of texts that an encrypted database takes sealed alone. */
export const CLOSED_TEXTS = [
  ["campaigns", "campaign_prompt"],
  ["campaigns", "voicemail_message"],
  ["campaign_calls", "notes"],
  ["call_attempts", "agent_notes"],
  ["webhooks_heard", "said"],
  ["request_keys", "request"],
  ["request_keys", "body"],
] as const;

/** What LiveKit told of an attempt, and what its agent had written. */
export const overheard = (attemptId: string): Webhook => ({
  what: "leg_left",
  how: "left",
  late: 40,
  uncertain: 600,
  said: { verdict: verdict({ notes: "was heard" }), problems: [] },
  attemptId,
  sentAt: NOON,
  eventId: "EV_1",
});

/** Where the contact lives. */
export const PLACE = placeKey(placeOf(contact.phoneNumber, null));

/** A call handed out to a runner, and its attempt. */
export function claimed(): { call: Call; attempt: Attempt } {
  const waiting = waitingCall("call", campaign.id, contact, PLACE, NOON);
  const attempt = claimedAttempt("attempt", waiting, "runner", "ST_1", NOON);
  return { call: { ...waiting, attemptId: attempt.id }, attempt };
}
