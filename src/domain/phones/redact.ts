/** Phone numbers as they may be shown: recognizable to whoever knows them, of no use to anybody else. */

/** `+1202•••0123`: enough to recognize a number, too little to call it. */
export const redact = (e164: string): string =>
  e164.length < 9 ? "•••" : `${e164.slice(0, Math.min(5, e164.length - 7))}•••${e164.slice(-4)}`;

/** Has many digits, and is no phone number: an id, ours or a carrier's; a day; an instant. */
const HEX = String.raw`[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}|(?:[A-Z]{2})?[\da-f]{24}(?:[\da-f]{8})?`;
const ID = String.raw`(?<![\p{L}\p{Nd}])(?:${HEX})(?![\p{L}\p{Nd}])`;
const DAY = String.raw`(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const INSTANT = String.raw`(?<![\p{Nd}+(])${DAY}(?:T\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d)?)?(?![\p{Nd}-])`;
/** Seven digits or more of any script, however they are set apart. */
const NUMBER = String.raw`[+＋]?\(?\p{Nd}(?:[\p{Z}\p{Pd}\p{Cf}\t()./]{0,3}\p{Nd}){6,}`;
const EITHER = new RegExp(`(${ID}|${INSTANT})|${NUMBER}`, "giu");

/** The text with everything that looks like a phone number redacted. */
export const redactText = (text: string): string =>
  text.replaceAll(EITHER, (found: string, other: string | undefined) => {
    if (other !== undefined) return other;
    if (/^\+?\d+$/.test(found)) return redact(found);
    const digits = found.match(/\p{Nd}/gu) ?? [];
    return digits.length < 9 ? "•••" : `•••${digits.slice(-4).join("")}`;
  });
