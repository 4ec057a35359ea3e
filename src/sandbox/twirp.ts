/** Errors as LiveKit's Twirp servers report them. HTTP statuses: twitchtv/twirp errors.go. */

const HTTP_STATUS = {
  canceled: 408,
  invalid_argument: 400,
  malformed: 400,
  deadline_exceeded: 408,
  not_found: 404,
  bad_route: 404,
  permission_denied: 403,
  unauthenticated: 401,
  resource_exhausted: 429,
  failed_precondition: 412,
  aborted: 409,
  unimplemented: 501,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<string, number>;
export type TwirpCode = keyof typeof HTTP_STATUS;

export class TwirpFailure extends Error {
  readonly code: TwirpCode;
  readonly meta: Readonly<Record<string, string>> | undefined;

  constructor(code: TwirpCode, message: string, meta?: Readonly<Record<string, string>>) {
    super(message);
    this.code = code;
    this.meta = meta;
  }

  get httpStatus(): number {
    return HTTP_STATUS[this.code];
  }

  /** The same failure as livekit/protocol before v1.43.1 coded it; failures without a SIP status stay as they are. */
  asOldServer(): TwirpFailure {
    const status = Number(this.meta?.["sip_status_code"]);
    return Number.isNaN(status) ? this : new TwirpFailure(oldCodeOfSip(status), this.message, this.meta);
  }
}

/** An error that went through the server's own RPC keeps its code and gets this prefix. */
export const rpcFailure = (code: TwirpCode, text: string, meta?: Readonly<Record<string, string>>): TwirpFailure =>
  new TwirpFailure(code, `twirp error unknown: ${text}`, meta);

/** livekit/protocol livekit/sip.go: which Twirp code a final SIP status becomes. */
function codeOfSip(status: number): TwirpCode {
  if ([480, 486, 600].includes(status)) return "resource_exhausted";
  if ([402, 403, 603, 607, 608].includes(status)) return "permission_denied";
  if ([301, 302, 404, 410, 481, 604].includes(status)) return "not_found";
  if ([408, 504].includes(status)) return "deadline_exceeded";
  if ([487, 491].includes(status)) return "aborted";
  if ([409, 412, 482, 483, 500, 501, 502, 503].includes(status)) return "failed_precondition";
  return "invalid_argument";
}

function oldCodeOfSip(status: number): TwirpCode {
  if ([480, 486, 501, 503, 600, 603].includes(status)) return "unavailable";
  if ([401, 403, 407].includes(status)) return "permission_denied";
  if ([400, 404, 484].includes(status)) return "invalid_argument";
  if ([408, 504].includes(status)) return "deadline_exceeded";
  return status === 487 ? "aborted" : "internal";
}

/** The far end's final answer to a dial. */
export function sipFailure(status: number, reason: string): TwirpFailure {
  const prefix = [400, 404, 480, 486, 488].includes(status)
    ? "INVITE failed"
    : "unexpected status from INVITE response";
  const meta = { sip_status_code: String(status), sip_status: reason };
  return rpcFailure(codeOfSip(status), `${prefix}: sip status: ${status}: ${reason}`, meta);
}
