/** How fast a trunk may be used when nobody has said so: carriers refuse what comes faster, and count it against one. */
import { SECOND } from "./instant.ts";

/** Twilio allows one new call a second per trunk unless more was agreed. */
const TWILIO_INTERVAL = SECOND;

export const isTwilio = (address: string): boolean => /(^|\.)twilio\.com(:\d+)?$/i.test(address);

/** Milliseconds from one dial to the next through a trunk at this address; 0: no limit. */
export const defaultInterval = (address: string): number => (isTwilio(address) ? TWILIO_INTERVAL : 0);
