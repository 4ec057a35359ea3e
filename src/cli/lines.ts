/** The one way to a terminal: what steers it is shown, not sent, whoever wrote it. */
import { visible } from "../domain/text/visible.ts";

/** A line, or several. A line break within one is somebody else's, and shown. */
export type Lines = string | readonly string[];

/** The colours that chalk and debug are asked for here, and no other sequence. */
const OUR_COLOURS = new RegExp(String.raw`(${"\u001b"}\[(?:[0-2]|22|3\d(?:;5;\d{1,3})?(?:;1)?|90)m)`);

export const terminalText = (lines: Lines): string =>
  (typeof lines === "string" ? [lines] : lines)
    .map((line) =>
      line
        .split(OUR_COLOURS)
        .map((part, index) => (index % 2 === 1 ? part : visible(part)))
        .join(""),
    )
    .join("\n");

/** JSON that means the same and steers no terminal either. */
export const terminalJson = (data: unknown): string =>
  JSON.stringify(data).replaceAll(
    /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
