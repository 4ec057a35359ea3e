/** What the SDK throws → what the engine understands. */
import { ServerError } from "livekit-server-sdk";
import { classifyDial, type DialFailure, meaningOf } from "../../domain/calls/ending.ts";
import { redactText } from "../../domain/phones/redact.ts";
import { type CampaignsError, messageOf, Misused, Unavailable } from "../../engine/errors.ts";
import type { Problem } from "../../engine/ports/index.ts";
import { Unsent } from "./leaving.ts";

/** The failed request as the client saw it. A time-out, a reset and an unreadable reply have no code. */
export function failureOf(error: unknown): DialFailure {
  if (!(error instanceof ServerError)) return { message: messageOf(error) };
  const { status, code, metadata, message } = error;
  const sip = Number(metadata?.["sip_status_code"]);
  return {
    message,
    httpStatus: status,
    code: isTwirpCode(code) ? code : undefined,
    // Empty, or no number: the far end has said nothing.
    sipStatus: sip >= 300 && sip <= 699 ? sip : undefined,
    sipReason: metadata?.["sip_status"],
  };
}

/** A proxy's page has no Twirp code; the SDK then leaves it out or passes on whatever it found. */
const isTwirpCode = (code: string | undefined): code is string => code !== undefined && /^[a-z_]+$/.test(code);

/** The key, or a firewall in front: refused before LiveKit looked at what was asked. A missing grant has a code. */
const isRefused = ({ httpStatus, code, sipStatus }: DialFailure): boolean =>
  (httpStatus === 401 || httpStatus === 403) && code === undefined && sipStatus === undefined;

const isRedirect = ({ httpStatus = 0 }: DialFailure): boolean => httpStatus >= 300 && httpStatus < 400;

const isPage = ({ message }: DialFailure): boolean => message.trimStart().startsWith("<");

const LONGEST_DETAIL = 300;

/** For the operator: what LiveKit said, without numbers and without the token that old servers echo. */
export function detailOf(failure: DialFailure): string {
  if (failure.httpStatus === 401) return "LiveKit refused the API key";
  if (isRedirect(failure)) return `LiveKit's address redirects elsewhere (HTTP ${failure.httpStatus})`;
  if (isPage(failure)) return `a web page answered (HTTP ${failure.httpStatus})`;
  const said = failure.sipReason ?? failure.message.replace(/^twirp error unknown: /, "");
  if (failure.sipStatus === undefined) return redactText(said).slice(0, LONGEST_DETAIL);
  const meaning = meaningOf(failure.sipStatus);
  const answer = redactText(`SIP ${failure.sipStatus} ${said}`.trim()).slice(0, LONGEST_DETAIL);
  return meaning === null ? answer : `${answer}: ${meaning}`;
}

/** Why a room could not be opened. Nothing rang, so what is unknown to the dial is plain trouble here. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Unsent) return { ending: "released", detail: "its room could not be opened in time" };
  const failure = failureOf(error);
  if (isRefused(failure)) return refusal(error);
  const classified = classifyDial(failure);
  return {
    ending: classified === "unknown" ? "livekit_error" : classified.ending,
    detail: detailOf(failure),
  };
}

/** The dial was refused for the key's sake: nothing rang. A page may stand for an answer that was lost: see the room. */
export function refusedDial(error: unknown): Problem | null {
  const failure = failureOf(error);
  return isRefused(failure) && !isPage(failure) ? refusal(error) : null;
}

const refusal = (error: unknown): Problem => ({
  ending: "released",
  detail: detailOf(failureOf(error)),
  trouble: livekitError(error),
});

export const isNotFound = (error: unknown): boolean => error instanceof ServerError && error.code === "not_found";

/** Whether the same request may succeed a moment later. Only for requests that ring nobody. */
export function isPassing(error: unknown): boolean {
  if (error instanceof Unsent) return false;
  if (!(error instanceof ServerError)) return true;
  return error.status >= 500 || error.status === 429 || error.status === 408;
}

/** A failure that outlasted the repetitions, as the engine's error. */
export function livekitError(error: unknown): CampaignsError {
  const failure = failureOf(error);
  // A token that is none is refused in plain text; one that may not do this, in LiveKit's own form.
  if (failure.code === "unauthenticated" || failure.code === "permission_denied") {
    return new Misused("livekit_grant", "LiveKit knows the API key, but the key may not do this", {
      hint: "use a key with the sip grants (sip.admin, sip.call) and the room grants (create, list, admin)",
    });
  }
  if (isRedirect(failure)) {
    return new Misused("livekit_host", `LIVEKIT_HOST redirects to another address (HTTP ${failure.httpStatus})`, {
      hint: "set LIVEKIT_HOST to the address itself: a redirect is not followed, since the key would go there",
    });
  }
  if (isRefused(failure) && isPage(failure)) {
    return new Unavailable("livekit_page", `expected LiveKit's answer, got a web page (HTTP ${failure.httpStatus})`, {
      hint: "a proxy or firewall may stand between: check LIVEKIT_HOST, and what lies on the way to it",
      cause: error,
    });
  }
  if (isRefused(failure)) {
    return new Misused("livekit_key", "LiveKit does not know the API key, or its secret is another", {
      hint: "check LIVEKIT_API_KEY and LIVEKIT_API_SECRET against LIVEKIT_HOST",
    });
  }
  // What a run asks about was there: a room that has gone, or a LiveKit that has lost its state and will have it again.
  if (failure.code === "not_found") {
    return new Unavailable("livekit", `LiveKit did not find what it was asked for: ${detailOf(failure)}`, {
      cause: error,
    });
  }
  const cause = causeOf(error);
  // fetch itself says no more than that it failed.
  const said =
    cause instanceof Error
      ? `: ${cause.message || codeOf(cause)}`
      : ` as expected: ${isPage(failure) ? detailOf(failure) : failure.message}`;
  const is = failure.httpStatus === 429 ? "livekit_busy" : "livekit";
  return new Unavailable(is, `LiveKit did not answer${redactText(said)}`, {
    hint: hintOf(cause),
    cause: error,
  });
}

/** Why a connection failed; of a host with several addresses, at the first. */
function causeOf(error: unknown): unknown {
  const { cause } = error instanceof Error ? error : {};
  return cause instanceof AggregateError ? cause.errors[0] : cause;
}

/** The system's or OpenSSL's code of a connection that failed. */
const codeOf = (cause: unknown): string =>
  cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_(UNTRUSTED|HAS_EXPIRED|NOT_YET_VALID)|ALTNAME/;

function hintOf(cause: unknown): string {
  const code = codeOf(cause);
  if (UNTRUSTED.test(code)) {
    return "its certificate is not trusted here: name the authority that signed it in NODE_EXTRA_CA_CERTS";
  }
  if (/WRONG_VERSION_NUMBER|ERR_SSL|EPROTO/.test(code)) {
    return "that port does not speak TLS: LIVEKIT_HOST begins with ws:// there, not wss://";
  }
  const port = cause instanceof Error && "port" in cause ? cause.port : undefined;
  if (code === "ECONNREFUSED" && (port === 443 || port === 80)) {
    return `LIVEKIT_HOST names no port, so ${port} was tried; a LiveKit of one's own mostly listens on 7880`;
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "no such host: check LIVEKIT_HOST for a typing error";
  return "check LIVEKIT_HOST, and that LiveKit is up";
}
