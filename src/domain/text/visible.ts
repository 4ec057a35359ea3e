/**
 * Text from outside on its way to a person: names, headers, what LiveKit and carriers say. What would steer a terminal or
 * turn the line around is shown, not sent: control characters, escape sequences, line breaks, bidi overrides.
 */

// Controls, surrogates alone; line and paragraph separators; marks that change the direction of text; tags. Joiners stay:
// emoji and several scripts need them.
const HIDDEN =
  /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\u001b": "\\e", "\0": "\\0" };

/** `\e]8;;…`, `\u202e`: as a programmer writes it. */
export const visible = (text: string): string =>
  text.replaceAll(
    HIDDEN,
    (hidden) => NAMED[hidden] ?? `\\u${(hidden.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`,
  );

/** Nothing in it is hidden. */
export const isVisible = (text: string): boolean => visible(text) === text;
