/** An output that takes a few lines and then fails, as a pane that is closed or a disk that is full. */
import { Writable } from "node:stream";

export class Spout extends Writable {
  #takes: number;
  readonly #code: string;

  constructor(takes: number, code: string) {
    super();
    this.#takes = takes;
    this.#code = code;
  }

  override _write(_chunk: unknown, _encoding: string, done: (error?: Error | null) => void): void {
    if (this.#takes-- > 0) return done();
    done(Object.assign(new Error(`${this.#code}: played`), { code: this.#code, syscall: "write" }));
  }
}
