/** Counts what becomes of the rows of a file, while they are read. */
import type { ImportReport } from "../../domain/calls/contact.ts";
import { blockOf } from "../../domain/phones/numbering.ts";
import type { ParsedPhone } from "../../domain/phones/parsed-phone.ts";
import type { Rejects } from "./rejects.ts";
import type { Row } from "./rows.ts";

/** Rows that are named for each reason. */
const EXAMPLES = 3;

/** What is wrong with a row; the column is null when the row as a whole is. */
export class Rejection {
  readonly column: string | null;
  readonly reason: string;

  constructor(column: string | null, reason: string) {
    this.column = column;
    this.reason = reason;
  }
}

export class Tally {
  readonly #report: ImportReport;
  readonly #rejects: Rejects | undefined;
  readonly #region: string | undefined;

  constructor(report: ImportReport, rejects: Rejects | undefined, defaultRegion: string | undefined) {
    this.#report = report;
    this.#rejects = rejects;
    this.#region = defaultRegion?.toUpperCase();
  }

  header(headers: readonly string[]): void {
    this.#rejects?.note({ headers });
  }

  rejected({ column, reason }: Rejection, { cells, line }: Row): void {
    const { rejected, examples } = this.#report;
    const before = rejected[reason] ?? 0;
    rejected[reason] = before + 1;
    if (before < EXAMPLES) examples.push({ line, column, reason });
    this.#rejects?.note({ line, column, reason, cells });
  }

  accepted(phone: Extract<ParsedPhone, { ok: true }>): void {
    const report = this.#report;
    if (!phone.known) report.unverified++;
    if (phone.unrounded === true) report.unrounded++;
    const country = blockOf(phone.number).country ?? "?";
    report.countries[country] = (report.countries[country] ?? 0) + 1;
    if (this.#region !== undefined && country !== this.#region) report.outside++;
  }

  end(): void {
    this.#rejects?.flush();
  }
}
