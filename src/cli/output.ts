/** Where output goes: results on stdout, everything said beside them on stderr. */
import { Chalk, type ChalkInstance } from "chalk";
import type { Config } from "./config.ts";
import type { Io } from "./io.ts";
import { page, type Pager } from "./pager.ts";
import { type Lines, terminalJson, terminalText } from "./lines.ts";

export class Output {
  readonly json: boolean;
  readonly chalk: ChalkInstance;
  readonly #io: Io;
  readonly #quiet: boolean;
  readonly #plain: boolean;
  readonly #wide: boolean;
  readonly #pager: Pager | null;

  constructor(io: Io, config: Pick<Config, "json" | "quiet" | "color" | "dumb" | "debug" | "wide" | "pager">) {
    this.#io = io;
    this.json = config.json;
    this.#quiet = config.quiet;
    // What debugging prints would be drawn over.
    this.#plain = config.dumb || config.debug !== "";
    this.#wide = config.wide;
    this.#pager = config.pager;
    this.chalk = new Chalk({ level: config.color ? 1 : 0 });
  }

  /** A live display makes sense: somebody looks at both streams. A terminal that says it has no columns shows none. */
  get live(): boolean {
    const { stdout, stderr } = this.#io;
    const seen = [stdout, stderr].every(({ isTTY, columns }) => isTTY === true && columns !== 0);
    return seen && !this.json && !this.#quiet && !this.#plain;
  }

  /** Nobody sees any more of it: what only prints may end. */
  get isLost(): boolean {
    return this.#io.outputLost?.aborted === true;
  }

  get stderr(): Io["stderr"] {
    return this.#io.stderr;
  }

  /** The result: one JSON object, or text for people. `width`: the terminal's; undefined: it goes elsewhere. */
  result(data: unknown, text: (chalk: ChalkInstance, width: number | undefined) => Lines): void {
    this.#io.stdout.write(this.#textOf(data, text));
  }

  /** A result that may be long: on a terminal with fewer lines it goes through the pager. */
  async pages(data: unknown, text: (chalk: ChalkInstance, width: number | undefined) => Lines): Promise<void> {
    const { stdout } = this.#io;
    const shown = this.#textOf(data, text);
    const isLong = stdout.isTTY === true && shown.split("\n").length > (stdout.rows || Infinity);
    if (!isLong || this.json || this.#pager === null || !(await page(shown, this.#pager, this.#io)))
      stdout.write(shown);
  }

  #textOf(data: unknown, text: (chalk: ChalkInstance, width: number | undefined) => Lines): string {
    if (this.json) return `${terminalJson(data)}\n`;
    const { isTTY, columns } = this.#io.stdout;
    const width = isTTY === true && columns !== 0 && !this.#wide ? columns : undefined;
    return `${terminalText(text(this.chalk, width))}\n`;
  }

  /** One event of a stream. `text` null: not worth a line to people. */
  event(data: unknown, text: Lines | null): void {
    if (this.json) this.#io.stdout.write(`${terminalJson(data)}\n`);
    else if (text !== null && !this.#quiet) this.#io.stdout.write(`${terminalText(text)}\n`);
  }

  /** Said beside the result. */
  note(text: string): void {
    if (!this.#quiet) this.#io.stderr.write(`${terminalText(text)}\n`);
  }

  /** Something is wrong: said whatever else is quiet. */
  warn(text: string): void {
    this.#io.stderr.write(`${terminalText(text)}\n`);
  }

  /** CSV as it is; to a terminal, as it can be looked at. */
  csv(text: string): void {
    this.raw(this.#io.stdout.isTTY === true ? terminalText(text.split("\r\n")) : text);
  }

  /** What is all our own. */
  raw(text: string): void {
    this.#io.stdout.write(text);
  }
}
