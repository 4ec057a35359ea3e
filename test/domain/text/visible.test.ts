import { expect, test } from "vitest";
import { isVisible, visible } from "../../../src/domain/text/visible.ts";

test.each([
  [
    "a link that is not where it says (OSC 8)",
    "\u001b]8;;https://evil.example\u0007Ada",
    "\\e]8;;https://evil.example\\u0007Ada",
  ],
  ["the clipboard (OSC 52)", "\u001b]52;c;cm0gLXJm\u001b\\", "\\e]52;c;cm0gLXJm\\e\\"],
  ["the cursor (CSI)", "\u001b[2J\u001b[1;1H", "\\e[2J\\e[1;1H"],
  ["C1 controls, which some terminals obey", "\u009b31m\u0085", "\\u009b31m\\u0085"],
  ["a line written over (CR)", "completed\rfailed", "completed\\rfailed"],
  ["line breaks", "Ada\nGrace\u2028Edsger", "Ada\\nGrace\\u2028Edsger"],
  ["NUL, backspace, delete", "a\0b\bc\u007f", "a\\0b\\u0008c\\u007f"],
  ["text turned around (bidi)", "Ada \u202egnirps\u202c \u2066x\u2069", "Ada \\u202egnirps\\u202c \\u2066x\\u2069"],
  ["tags, which nobody sees", "Ada\u{e0041}", "Ada\\ue0041"],
  ["half a character", "Ada\ud800", "Ada\\ud800"],
])("%s: shown, not sent", (_, text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(isVisible(text)).toBe(false);
});

test.each(["Ada Lovelace", "Ó Brádaigh", "山田 太郎", "محمد", "क्‍ष", "👩‍💻 support", "C:\\new", ""])(
  "%s stays as it is",
  (text) => {
    expect(visible(text)).toBe(text);
    expect(isVisible(text)).toBe(true);
  },
);
