/** Passwords for SIP credentials. */
import { createHmac } from "node:crypto";

/**
 * Made from the account's token, which can set any password there anyway: two runs at once, and a run after a failure, agree
 * on it without a word between them. Twilio asks for twelve characters with a small letter, a capital and a digit: these
 * have all three, and 256 bits.
 */
export const passwordMaker =
  (authToken: string) =>
  (username: string): string =>
    `aA1${createHmac("sha256", authToken).update(`campaigns sip ${username}`).digest("base64url")}`;
