/**
 * What a carrier may be told beside the numbers: headers and the caller's name, as they travel in the INVITE. What could
 * break out of its line, or speaks for SIP itself, is refused here, since LiveKit may pass it on. Source: RFC 3261 §20,
 * livekit/protocol livekit/sip.go.
 */
import { isVisible } from "../text/visible.ts";

export type SipHeaders = Readonly<Record<string, string>>;

const TOKEN = /^[A-Za-z0-9.!%*_+`'~-]{1,64}$/;
/** Those that route, frame, authenticate and identify a call, with their short forms. */
const OWNED_BY_SIP = new Set(
  (
    "accept accept-contact accept-encoding accept-language allow allow-events authorization call-id contact " +
    "content-disposition content-encoding content-language content-length content-type cseq date event expires from " +
    "identity max-forwards mime-version min-expires min-se organization path proxy-authenticate proxy-authorization " +
    "proxy-require rack record-route refer-to referred-by reject-contact replaces require route rseq server " +
    "session-expires subject supported timestamp to unsupported user-agent via www-authenticate " +
    "a b c d e f i j k l m o r s t u v x y"
  ).split(" "),
);
const LONGEST_VALUE = 256;
/** Headers in all: an INVITE over UDP that does not fit into one packet is lost on the way. */
const MOST = 10;

/** LiveKit's own limit. */
const LONGEST_NAME = 128;

/** What is wrong with a header, in words; null: nothing. The value is not repeated: it may be an account's. */
export function headerProblem(name: string, value: string): string | null {
  if (!TOKEN.test(name)) return `expected a header name such as X-Account, got ${JSON.stringify(name)}`;
  if (OWNED_BY_SIP.has(name.toLowerCase())) return `${name} is a header of SIP's own; carriers' begin with X- or P-`;
  if (value.trim() === "" || value.length > LONGEST_VALUE || !isVisible(value))
    return `${name}: expected 1 to ${LONGEST_VALUE} characters without line breaks and control characters`;
  return null;
}

/** `K=V` each → headers, or what is wrong with each of them. */
export function parseHeaders(texts: readonly string[]): { readonly headers: SipHeaders; readonly problems: string[] } {
  const headers = new Map<string, string>();
  const problems: string[] = [];
  const names = new Set<string>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const [name, value] = [text.slice(0, Math.max(0, equals)).trim(), text.slice(equals + 1).trim()];
    const problem = equals < 0 ? "expected NAME=VALUE such as X-Account=spring" : headerProblem(name, value);
    if (problem !== null) problems.push(problem);
    else if (names.has(name.toLowerCase())) problems.push(`${name}: expected each header once`);
    headers.set(name, value);
    names.add(name.toLowerCase());
  }
  if (texts.length > MOST) problems.push(`expected at most ${MOST} headers, got ${texts.length}`);
  return { headers: Object.fromEntries(headers), problems };
}

/** Could these have been given? Rows are written by others too. */
export const areHeaders = (headers: SipHeaders): boolean =>
  Object.keys(headers).length <= MOST &&
  Object.entries(headers).every(([name, value]) => headerProblem(name, value) === null);

/** Empty: no name is sent, and the carrier looks one up. LiveKit puts it between quotes. */
export const isDisplayName = (name: string): boolean =>
  new TextEncoder().encode(name).length <= LONGEST_NAME && isVisible(name) && !/["\\]/.test(name);
