/** What the SDK throws → what the engine understands. */
import { ServerError } from "livekit-server-sdk";
import { classifyDial, type DialFailure } from "../../domain/outcome.ts";
import { redactText } from "../../domain/phone.ts";
import { type CampaignsError, messageOf, Misused, Unavailable } from "../../engine/errors.ts";
import type { Problem } from "../../engine/ports.ts";

/** The failed request as the client saw it. A time-out, a reset and an unreadable reply have no code. */
export function failureOf(error: unknown): DialFailure {
  if (!(error instanceof ServerError)) return { message: messageOf(error) };
  const { status, code, metadata, message } = error;
  const sip = metadata?.["sip_status_code"];
  return {
    message,
    httpStatus: status,
    code: isTwirpCode(code) ? code : undefined,
    sipStatus: sip === undefined ? undefined : Number(sip),
    sipReason: metadata?.["sip_status"],
  };
}

/** A proxy's page has no Twirp code; the SDK then leaves it out or passes on whatever it found. */
const isTwirpCode = (code: string | undefined): code is string => code !== undefined && /^[a-z_]+$/.test(code);

/** For the operator: what LiveKit said, without numbers and without the token that old servers echo. */
export function detailOf(failure: DialFailure): string {
  if (failure.httpStatus === 401) return "LiveKit refused the API key";
  const said = failure.sipReason ?? failure.message.replace(/^twirp error unknown: /, "");
  return redactText(failure.sipStatus === undefined ? said : `SIP ${failure.sipStatus} ${said}`).slice(0, 300);
}

/** Why a room could not be opened. Nothing rang, so what is unknown to the dial is plain trouble here. */
export function problemOf(error: unknown): Problem {
  const failure = failureOf(error);
  const classified = classifyDial(failure);
  return {
    ending: classified === "unknown" ? "livekit_error" : classified.ending,
    detail: detailOf(failure),
  };
}

export const isNotFound = (error: unknown): boolean => error instanceof ServerError && error.code === "not_found";

/** Whether the same request may succeed a moment later. Only for requests that ring nobody. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ServerError)) return true;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}

/** A failure that outlasted the repetitions, as the engine's error. */
export function livekitError(error: unknown): CampaignsError {
  const failure = failureOf(error);
  if (failure.httpStatus === 401) {
    return new Misused("livekit_key", `expected a LiveKit API key that this server knows: ${detailOf(failure)}`, {
      hint: "check LIVEKIT_API_KEY and LIVEKIT_API_SECRET against LIVEKIT_HOST",
    });
  }
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return new Unavailable("livekit", `LiveKit did not answer as expected: ${redactText(failure.message + cause)}`, {
    hint: "check LIVEKIT_HOST, and that LiveKit is up",
    cause: error,
  });
}
