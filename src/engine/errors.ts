/**
 * The few errors users see. Each says what was expected, what came, and in `hint` what to do. No message holds a phone
 * number, a person's name or a secret. Callers branch on the class or the code, never on the text.
 */
export abstract class CampaignsError extends Error {
  /** Stable, for scripts: `unknown_campaign`, `forbidden_move`, … */
  readonly code: string;
  /** What to do about it, one sentence. */
  readonly hint: string | undefined;
  /** The message, one problem a line. */
  readonly lines: readonly string[];
  abstract readonly exitCode: 1 | 2 | 3;

  constructor(
    code: string,
    message: string | readonly string[],
    options: { hint?: string | undefined; cause?: unknown } = {},
  ) {
    const lines = typeof message === "string" ? [message] : message;
    super(lines.join("\n"), options.cause === undefined ? undefined : { cause: options.cause });
    this.lines = lines;
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
  }
}

/** The campaign said no: unknown, forbidden move, a rule. Exit code 1. */
export class Refused extends CampaignsError {
  readonly exitCode = 1;
}

/** It was said wrong: usage, settings, an unreadable file. Exit code 2. */
export class Misused extends CampaignsError {
  readonly exitCode = 2;
}

/** Somebody else is down: database, LiveKit. Trying again later may do. Exit code 3. */
export class Unavailable extends CampaignsError {
  readonly exitCode = 3;
}

/** A contact list or file that is not there, or another owner's. Every store says so in the same words. */
export const unknownSource = (): Refused =>
  new Refused("unknown_source", "expected a contact list or file of this owner, found none with that id", {
    hint: "campaigns contacts lists shows the lists",
  });

/** A name that another campaign of the owner has. Every store says so in the same words. */
export const nameTaken = (name: string): Refused =>
  new Refused("name_taken", `expected a new name, but another campaign is called "${name}" already`, {
    hint: "choose another name",
  });

/** An unknown thrown value as one line of text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
