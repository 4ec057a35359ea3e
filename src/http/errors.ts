/** What went wrong → a status and an answer that holds no stack, no number and no secret. */
import { CampaignsError, Misused, Refused, Unavailable } from "../engine/errors.ts";

/** Said to the client: something of ours that is no CampaignsError. */
export class HttpProblem extends Error {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 503;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: HttpProblem["status"], code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

export interface Problem {
  readonly success: false;
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}

export type ProblemStatus = HttpProblem["status"] | 500;

export const problem = (code: string, message: string, hint?: string): Problem => ({
  success: false,
  error: { code, message, ...(hint !== undefined && { hint }) },
});

/** Settings of the server, not of the request: nothing that the client could say better. */
const SERVERS_OWN = /^(livekit|supabase|twilio)_|^(owner|engine_disabled)$/;
const NOT_THERE = /^unknown_|^no_number$|^not_assigned$/;

export function problemOf(error: unknown): { readonly status: ProblemStatus; readonly body: Problem } {
  if (error instanceof HttpProblem) {
    return { status: error.status, body: problem(error.code, error.message, error.hint) };
  }
  if (error instanceof CampaignsError) {
    return { status: statusOf(error), body: problem(error.code, error.message, error.hint) };
  }
  return { status: 500, body: problem("bug", "this is a bug in campaigns; the server's log says more") };
}

function statusOf(error: CampaignsError): ProblemStatus {
  if (error instanceof Unavailable || SERVERS_OWN.test(error.code)) return 503;
  if (error instanceof Refused) return NOT_THERE.test(error.code) ? 404 : 409;
  return error instanceof Misused ? 400 : 503;
}
