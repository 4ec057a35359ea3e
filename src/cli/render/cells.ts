/** Cells as wide as a terminal shows them. */
import { visible } from "../../domain/text/visible.ts";
import { truncated, widthOf } from "./width.ts";

/** No terminal shows more of a cell; to measure a megabyte takes seconds. */
const LONGEST = 2000;

/** At most `room` columns of it, `…` in place of what is left out. What would steer the terminal is shown. */
export function cut(text: string, room: number): string {
  const shown = visible(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  if (room <= 0) return "";
  return truncated(shown, room);
}

/** In at most `most` lines of at most `room` columns, between words; `…` in place of what is left out. */
export function wrapped(text: string, room: number, most: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(longer) > room) lines.push(word);
    else lines[Math.max(0, lines.length - 1)] = longer;
  }
  const shown = lines.length <= most ? lines : [...lines.slice(0, most - 1), lines.slice(most - 1).join(" ")];
  return shown.map((line) => cut(line, room));
}

/** Exactly `room` columns. */
export function cell(text: string, room: number, align: "left" | "right" = "left"): string {
  const shown = cut(text, room);
  const space = " ".repeat(Math.max(0, room - widthOf(shown)));
  return align === "right" ? space + shown : shown + space;
}

/** `████░░`; the first part is filled as soon as anything is done, and the last only when all is. */
export function bar(share: number, room: number): string {
  if (room < 2) return "";
  const filled = share <= 0 ? 0 : share >= 1 ? room : Math.min(room - 1, Math.max(1, Math.round(share * room)));
  return "█".repeat(filled) + "░".repeat(room - filled);
}
