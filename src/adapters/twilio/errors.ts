/** What the client throws → what the engine understands. Codes: https://www.twilio.com/docs/api/errors. */
import { redactText } from "../../domain/phones/redact.ts";
import { type CampaignsError, messageOf, Misused, Refused, Unavailable } from "../../engine/errors.ts";

interface Failure {
  readonly status: number | null;
  readonly code: number | null;
  readonly message: string;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { status: null, code: null, message: messageOf(error) };
  const { status, code, message } = error as Error & { status?: unknown; code?: unknown };
  return {
    status: typeof status === "number" ? status : null,
    code: typeof code === "number" ? code : null,
    // A proxy's page has no message.
    message: typeof message === "string" ? message : "an answer that is not Twilio's",
  };
}

const HINTS: Readonly<Record<number, string>> = {
  20003: "check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: they belong together, and the token may have been rotated",
  20005: "the account is not active: see Twilio's console",
  20008: "test credentials cannot do this: use the account's live ones",
  20429: "wait a minute and run it again",
  21210: "use a number of the account, or verify this one in Twilio's console",
  21219: "a trial account calls verified numbers only: verify the number, or upgrade the account",
  21608: "a trial account calls verified numbers only: verify the number, or upgrade the account",
};

export const isNotFound = (error: unknown): boolean => failureOf(error).status === 404;

export function twilioError(error: unknown): CampaignsError {
  const { status, code, message } = failureOf(error);
  const hint = HINTS[code ?? 0];
  const said = `${redactText(message).slice(0, 200)}${code === null ? "" : ` (${code})`}`;
  if (status === 401 || code === 20003) {
    return new Misused("twilio_key", "Twilio refused the account SID or the token", { hint: HINTS[20003] });
  }
  if (status === null || status >= 500 || status === 429) {
    return new Unavailable("twilio", `Twilio did not answer as expected: ${said}`, {
      hint: hint ?? "run it again; what is done is not done twice",
    });
  }
  const advice = /trial/i.test(message) ? "a trial account cannot do this: upgrade it in Twilio's console" : undefined;
  return new Refused("twilio", `Twilio refused: ${said}`, {
    hint: hint ?? advice ?? "see https://www.twilio.com/docs/api/errors",
  });
}

/** Throws the engine's error. */
export async function asked<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw twilioError(error);
  }
}
