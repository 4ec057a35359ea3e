/**
 * The edges of the engine. Adapters implement them; a contract suite for each port (test/contracts) proves that they do.
 *
 * Glossary: these words are used in code, help, errors and the README alike.
 *
 * - campaign: whom to call, with which assistant, when, how fast, how often
 * - contact: a person; contacts come from a contact list or a CSV file
 * - call: one contact to be reached in one campaign
 * - attempt: one dial of a call; it is stored before the phone can ring
 * - claim: a call handed to one runner, with its attempt stored
 * - ending: how an attempt ended (busy, no answer, trunk error …); outcome: what the conversation came to
 * - runner: one running `campaigns run`
 * - lease: until when a runner counts as alive; when it runs out, another runner takes over its attempts
 * - assistant: the configuration of the AI agent that talks; room: the LiveKit room where agent and callee meet
 * - trunk: a LiveKit SIP outbound trunk; caller ID: the number that the callee sees
 * - calling hours: the campaign's own hours, the contact's clock and the local rules, all at once
 * - pace: the least time between two dials; concurrency: calls in progress at once
 * - circuit breaker: pauses a campaign after failures that are ours; back-off: a growing wait between repeated requests
 * - CDR: the carrier's call detail record: how the carrier says a call went, and what it cost
 * - do-not-call list: numbers that no campaign may dial
 */
export type * from "./audit.ts";
export type * from "./claims.ts";
export type * from "./contacts.ts";
export type * from "./events.ts";
export type * from "./privacy.ts";
export type * from "./suppression.ts";
export type { Carrier, CarrierCall, CarrierRecords, Cost, UnsyncedAttempt } from "./carrier.ts";
export type { Clock } from "./clock.ts";
export type * from "./request-keys.ts";
export type * from "./store.ts";
export type * from "./telephony.ts";
export type * from "./webhooks.ts";
