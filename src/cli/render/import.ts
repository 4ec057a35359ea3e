/** A bar on a terminal while a long file is read. */
import ora from "ora";
import type { ImportReport } from "../../domain/calls/contact.ts";
import { visible } from "../../domain/text/visible.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";
import type { Output } from "../output.ts";

const BAR = 24;
/** Shorter input is through before a bar could be read. */
const LONG = 2_000_000;

interface ImportProgress extends Disposable {
  /** The same bytes, shown as they pass by. */
  watch(
    input: AsyncIterable<Uint8Array | string>,
    report: ImportReport,
  ): AsyncGenerator<Uint8Array | string, void, undefined>;
}

/** `size` 0: nobody knows how long the input is. */
export function importProgress(name: string, size: number, out: Output, clock: Clock): ImportProgress {
  const spinner = ora({ stream: out.stderr, discardStdin: false });
  let [bytes, shownAt] = [0, 0];
  const text = ({ read }: ImportReport): string => {
    const rows = `${read.toLocaleString("en")} rows of ${visible(name)}`;
    if (size === 0) return rows;
    const done = Math.min(1, bytes / size);
    const filled = Math.round(done * BAR);
    return `${"█".repeat(filled)}${"░".repeat(BAR - filled)} ${Math.floor(done * 100)} %  ${rows}`;
  };
  return {
    async *watch(input, report) {
      for await (const chunk of input) {
        bytes += chunk.length;
        const now = clock.now();
        if (out.live && (size === 0 ? bytes : size) >= LONG && now - shownAt > SECOND / 10) {
          shownAt = now;
          spinner.text = text(report);
          if (!spinner.isSpinning) spinner.start();
        }
        yield chunk;
      }
      if (!spinner.isSpinning) return;
      spinner.text = `${text(report)}: looking for duplicates`;
      spinner.render();
    },
    [Symbol.dispose]: () => spinner.stop(),
  };
}
