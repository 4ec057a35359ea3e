/**
 * How a dial ended. Domain tests are the lowest door: rules as tables, no clock, no database, no network. A rule that
 * can be stated here is tested here and nowhere else.
 */
import { describe, expect, test } from "vitest";
import { CALL_STATUSES } from "../../../src/domain/calls/call.ts";
import {
  classifyDial,
  type DialFailure,
  type Ending,
  ENDINGS,
  endingOfSip,
  meaningOf,
} from "../../../src/domain/calls/ending.ts";

/** Every SIP status that LiveKit may report (livekit/protocol, livekit/sip.go SIPStatusCode), and what it means. */
const SIP: Partial<Record<Ending, readonly number[]>> = {
  busy: [486, 600],
  declined: [603, 607, 608],
  no_answer: [302, 408, 480, 487],
  invalid_number: [301, 404, 410, 484, 485, 604],
  trunk_auth: [401, 402, 403, 407],
  trunk_error: [
    300, 305, 380, 400, 405, 406, 409, 411, 412, 413, 414, 415, 416, 420, 421, 422, 423, 428, 429, 430, 433, 436, 437,
    438, 439, 440, 469, 470, 481, 482, 483, 488, 489, 491, 493, 494, 500, 501, 502, 503, 504, 505, 513, 555, 580, 606,
  ],
};

test.each(Object.entries(SIP).flatMap(([ending, codes]) => codes.map((code) => [code, ending] as const)))(
  "SIP %i is %s",
  (code, ending) => expect(endingOfSip(code)).toBe(ending),
);

describe("a carrier that asks to slow down is no failed contact", () => {
  test.each([
    [503, "Trunk CPS limit exceeded", "too_fast"],
    [503, "Calls per second exceeded", "too_fast"],
    [403, "User channel limit exceeded D1", "too_many"],
    [503, "concurrent call limit exceeded", "too_many"],
    [486, "Channel capacity reached", "too_many"],
  ] as const)("SIP %i %s", (code, reason, ending) => {
    expect(endingOfSip(code, reason)).toBe(ending);
    expect(ENDINGS[ending].next).toBe("free");
  });
});

const invite = (status: number, reason: string): string =>
  `twirp error unknown: unexpected status from INVITE response: sip status: ${status}: ${reason}`;

/** livekit.md 2.6: what a caller with waitUntilAnswered sees, servers of v1.9 and later. */
const CURRENT: readonly (readonly [string, DialFailure, Ending | "unknown"])[] = [
  [
    "busy, seen as 429",
    { httpStatus: 429, code: "resource_exhausted", message: invite(486, "Busy Here"), sipStatus: 486 },
    "busy",
  ],
  [
    "unavailable, seen as 429",
    { httpStatus: 429, code: "resource_exhausted", message: invite(480, ""), sipStatus: 480 },
    "no_answer",
  ],
  [
    "declined, seen as 403",
    { httpStatus: 403, code: "permission_denied", message: invite(603, "Decline"), sipStatus: 603 },
    "declined",
  ],
  [
    "caller ID refused, seen as 403",
    { httpStatus: 403, code: "permission_denied", message: invite(403, "Forbidden"), sipStatus: 403 },
    "trunk_auth",
  ],
  [
    "no such number, seen as 404",
    { httpStatus: 404, code: "not_found", message: invite(404, "Not Found"), sipStatus: 404 },
    "invalid_number",
  ],
  [
    "trunk 503, seen as 412",
    { httpStatus: 412, code: "failed_precondition", message: invite(503, "Service Unavailable"), sipStatus: 503 },
    "trunk_error",
  ],
  [
    "Twilio's rate, seen as 412",
    {
      httpStatus: 412,
      code: "failed_precondition",
      message: invite(503, "Trunk CPS limit exceeded"),
      sipStatus: 503,
      sipReason: "Trunk CPS limit exceeded",
    },
    "too_fast",
  ],
  [
    "408 of the far end",
    { httpStatus: 408, code: "deadline_exceeded", message: invite(408, ""), sipStatus: 408 },
    "no_answer",
  ],
  ["487 of the far end", { httpStatus: 409, code: "aborted", message: invite(487, ""), sipStatus: 487 }, "no_answer"],
  [
    "the trunk wants credentials",
    {
      httpStatus: 412,
      code: "failed_precondition",
      message: "twirp error unknown: sip server required auth, but no username or password was provided",
    },
    "trunk_auth",
  ],
  [
    "the trunk refuses the password",
    {
      httpStatus: 412,
      code: "failed_precondition",
      message: "twirp error unknown: max auth retry attempts reached for SIP invite",
    },
    "trunk_auth",
  ],
  [
    "ring timeout",
    { httpStatus: 408, code: "canceled", message: "twirp error unknown: sip request timed out" },
    "no_answer",
  ],
  [
    "no SIP reply at all",
    {
      httpStatus: 408,
      code: "canceled",
      message: "twirp error unknown: transaction failed to complete (0 intermediate responses)",
    },
    "trunk_error",
  ],
  [
    "SIP node shutting down",
    { httpStatus: 408, code: "canceled", message: "twirp error unknown: service shutting down" },
    "unknown",
  ],
  [
    "no codec in common",
    { httpStatus: 412, code: "failed_precondition", message: "twirp error unknown: common audio codec not found" },
    "failed_ringing",
  ],
  ...[
    "transport<TCP> dial tcp 192.0.2.1:5060: connect: connection refused",
    "transport<TLS> dial tcp 192.0.2.1:5061: connect: no route to host",
    "tls: failed to verify certificate: x509: certificate signed by unknown authority",
    "dial tcp: lookup trunk.invalid: no such host",
  ].map((said): readonly [string, DialFailure, Ending] => [
    `a trunk that cannot be connected to: ${said}`,
    { httpStatus: 412, code: "failed_precondition", message: `twirp error unknown: ${said}` },
    "trunk_error",
  ]),
  [
    "an ACK that finds no connection: the phone was picked up",
    {
      httpStatus: 412,
      code: "failed_precondition",
      message: "twirp error unknown: cannot send ACK: transport<TCP> dial tcp 192.0.2.1:5060: connection refused",
    },
    "unknown",
  ],
  [
    "a connection that breaks: the INVITE may have left",
    {
      httpStatus: 412,
      code: "failed_precondition",
      message: "twirp error unknown: read tcp: connection reset by peer",
    },
    "unknown",
  ],
  [
    "bad address of the trunk",
    { httpStatus: 400, code: "invalid_argument", message: "twirp error unknown: dns" },
    "misconfigured",
  ],
  [
    "80 s cap",
    { httpStatus: 408, code: "deadline_exceeded", message: "twirp error unknown: request timed out" },
    "unknown",
  ],
  [
    "unknown trunk",
    { httpStatus: 404, code: "not_found", message: "requested sip trunk does not exist" },
    "misconfigured",
  ],
  [
    "unknown trunk on Cloud",
    { httpStatus: 404, code: "not_found", message: "twirp error unknown: object cannot be found" },
    "misconfigured",
  ],
  ["validation", { httpStatus: 400, code: "invalid_argument", message: "missing sip callee number" }, "misconfigured"],
  [
    "no numbers on the trunk",
    { httpStatus: 412, code: "failed_precondition", message: "no numbers on outbound trunk" },
    "misconfigured",
  ],
  ["wrong key, in plain text", { httpStatus: 401, message: "invalid API key" }, "misconfigured"],
  ["no grant", { httpStatus: 401, code: "unauthenticated", message: "permissions denied" }, "misconfigured"],
  [
    "room join failed",
    {
      httpStatus: 500,
      code: "internal",
      message: "twirp error unknown: update room failed: max participants exceeded",
    },
    "livekit_error",
  ],
  [
    "no Redis",
    { httpStatus: 500, code: "internal", message: "twirp error unknown: sip not connected (redis required)" },
    "livekit_error",
  ],
  [
    "no SIP node",
    { httpStatus: 503, code: "unavailable", message: "twirp error unknown: no response from servers" },
    "livekit_error",
  ],
  [
    "CPU over the limit",
    { httpStatus: 503, code: "unavailable", message: "twirp error unknown: cpu exhausted" },
    "livekit_error",
  ],
  [
    "API rate limit: 429 without a SIP status",
    { httpStatus: 429, code: "resource_exhausted", message: "too many requests" },
    "rate_limited",
  ],
  ["any other internal error", { httpStatus: 500, code: "internal", message: "twirp error unknown: boom" }, "unknown"],
  ["proxy 502", { httpStatus: 502, message: "Bad Gateway" }, "unknown"],
  ["proxy 504", { httpStatus: 504, message: "Gateway Timeout" }, "unknown"],
  ["proxy 503", { httpStatus: 503, message: "<html>" }, "unknown"],
  ["connection reset", { message: "connection failed: read ECONNRESET" }, "unknown"],
  ["client time-out", { message: "The operation was aborted due to timeout" }, "unknown"],
  ["200 that cannot be read", { message: "Unexpected end of JSON input" }, "unknown"],
];

test.each(CURRENT)("a current server: %s", (_, failure, expected) => {
  const classified = classifyDial(failure);
  expect(classified === "unknown" ? classified : classified.ending).toBe(expected);
});

/** Before November 2025 the same SIP statuses came with other codes: the answer must not depend on them. */
const OLD: readonly (readonly [number, number, string, Ending])[] = [
  [486, 503, "unavailable", "busy"],
  [480, 503, "unavailable", "no_answer"],
  [600, 503, "unavailable", "busy"],
  [603, 503, "unavailable", "declined"],
  [503, 503, "unavailable", "trunk_error"],
  [403, 403, "permission_denied", "trunk_auth"],
  [407, 403, "permission_denied", "trunk_auth"],
  [404, 400, "invalid_argument", "invalid_number"],
  [484, 400, "invalid_argument", "invalid_number"],
  [408, 408, "deadline_exceeded", "no_answer"],
  [487, 409, "aborted", "no_answer"],
  [410, 500, "internal", "invalid_number"],
  [502, 500, "internal", "trunk_error"],
];

test.each(OLD)("an old server: SIP %i as %i %s", (sipStatus, httpStatus, code, expected) => {
  expect(classifyDial({ httpStatus, code, sipStatus, message: invite(sipStatus, "") })).toEqual({
    ending: expected,
    sipStatus,
  });
  // Some of them forgot the metadata.
  expect(classifyDial({ httpStatus, code, message: invite(sipStatus, "") })).toEqual({ ending: expected, sipStatus });
});

test("every ending leads to a final status of a call, and says so in words", () => {
  for (const { status, words } of Object.values(ENDINGS)) {
    expect(CALL_STATUSES.slice(3)).toContain(status);
    expect(words).not.toBe("");
  }
});

const by = (next: string): string[] =>
  Object.entries(ENDINGS).flatMap(([ending, consequence]) => (consequence.next === next ? [ending] : []));

test("what is our fault costs the contact nothing; what a person decided is final", () => {
  expect(by("retry")).toEqual(["voicemail", "screened", "no_answer", "busy", "failed_ringing"]);
  expect(by("never")).toEqual([
    "completed",
    "ivr",
    "declined",
    "invalid_number",
    "do_not_call",
    "no_consent",
    "outside_rules",
    "agent_lost",
    "refused_destination",
    "unreadable",
    "duplicate",
    "lost",
    "hung_up",
    "callback_missed",
    "stopped",
  ]);
  expect(by("free")).toEqual([
    "trunk_error",
    "trunk_auth",
    "livekit_error",
    "misconfigured",
    "no_recording",
    "no_agent",
    "too_fast",
    "too_many",
    "rate_limited",
    "released",
  ]);
});

test("a 403 said no more than Forbidden: the operator learns what it may mean", () => {
  expect(meaningOf(402)).toMatch(/money/);
  expect(meaningOf(403)).toMatch(/caller ID.*destination.*credentials.*money/);
  expect(meaningOf(608)).toMatch(/caller ID/);
  expect(meaningOf(486)).toBeNull();
});
