/** How much a consent is worth: what laws tell apart. */

/** The strongest first. */
export const CONSENT_LEVELS = ["express_written", "express", "inquiry", "existing_relationship"] as const;
export type ConsentLevel = (typeof CONSENT_LEVELS)[number];

/** Is a consent of this level enough where `least` is asked for? */
export const isEnough = (level: ConsentLevel, least: ConsentLevel): boolean =>
  CONSENT_LEVELS.indexOf(level) <= CONSENT_LEVELS.indexOf(least);
