/** Passwords for SIP credentials. */
import { randomBytes } from "node:crypto";

/** Twilio asks for twelve characters with a small letter, a capital and a digit: these have all three, and 192 bits. */
export const newPassword = (): string => `aA1${randomBytes(24).toString("base64url")}`;
