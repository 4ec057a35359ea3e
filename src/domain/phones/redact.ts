/** Phone numbers as they may be shown: recognizable to whoever knows them, of no use to anybody else. */

/** `+1202•••0123`: enough to recognize a number, too little to call it. */
export const redact = (e164: string): string =>
  e164.length < 9 ? "•••" : `${e164.slice(0, Math.min(5, e164.length - 7))}•••${e164.slice(-4)}`;

/** The text with everything that looks like a phone number redacted. */
export const redactText = (text: string): string => text.replaceAll(/\+?\d[\d ()-]{7,}\d/g, (number) => redact(number));
