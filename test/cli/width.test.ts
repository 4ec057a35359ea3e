/** Widths of texts, with and without what knows all letters. */
import cliTruncate from "cli-truncate";
import { assert, constantFrom, integer, oneof, property, string } from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { truncated, widthOf } from "../../src/cli/render/width.ts";

const anyText = oneof(string({ unit: "grapheme" }), string(), constantFrom("日本", "é", "\u001b[31mred\u001b[39m", ""));

test("are those that string-width tells", () => {
  assert(
    property(anyText, (text) => {
      expect(widthOf(text)).toBe(stringWidth(text));
    }),
  );
});

test("are cut as cli-truncate cuts", () => {
  assert(
    property(anyText, integer({ min: 1, max: 30 }), (text, room) => {
      expect(truncated(text, room)).toBe(stringWidth(text) > room ? cliTruncate(text, room) : text);
    }),
  );
});
