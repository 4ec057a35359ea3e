/** How wide a terminal shows a text. Nearly all are plain letters; what knows all others takes longer to load than most commands take. */
import { createRequire } from "node:module";
import type * as cliTruncate from "cli-truncate";
import type * as stringWidth from "string-width";

const load = createRequire(import.meta.url);

const PLAIN = /^[ -~]*$/;

export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return (load("string-width") as typeof stringWidth).default(text);
}

/** At most `room` columns of it, at least one; `…` in place of what is left out. */
export function truncated(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  if (PLAIN.test(text)) return `${text.slice(0, room - 1)}…`;
  return (load("cli-truncate") as typeof cliTruncate).default(text, room);
}
