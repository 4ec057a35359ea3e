/** Contacts from a long file, read in a thread of its own: while some are stored, the next are read. */
import { on } from "node:events";
import { extname } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import type { ImportReport, NewContact } from "../../domain/calls/contact.ts";
import { Misused } from "../../engine/errors.ts";
import type { ReadOptions } from "./contacts.ts";
import type { Noted } from "./rejects.ts";

/** What the thread is told before it begins; whatever else it is to know comes as messages: chunks of the file, null after the last. */
export interface Told {
  readonly how: Omit<ReadOptions, "report" | "forbidden" | "rejects" | "atOnce">;
  /** Each message: the oldest batch is stored. */
  readonly stored: InstanceType<typeof MessageChannel>["port2"];
}

/** What the thread says. */
export type Said =
  | { readonly wants: "chunk" }
  | { readonly rejects: readonly Noted[] }
  /** Contacts as JSON, piece by piece. */
  | (SoFar & { readonly batch: readonly string[] })
  | (SoFar & { readonly end: null | Pick<Misused, "code" | "lines" | "hint"> });

interface SoFar {
  readonly report: ImportReport;
  /** Those since it last said so. */
  readonly forbidden: readonly string[];
}

/** The same as readContacts. */
export async function* readContactsAside(
  input: AsyncIterable<Uint8Array | string>,
  { report, forbidden, rejects, ...how }: ReadOptions,
): AsyncGenerator<readonly NewContact[]> {
  const { port1: stored, port2 } = new MessageChannel();
  const told: Told = { how, stored: port2 };
  // Compiled or not: as this file is.
  const thread = new URL(`./reading-thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
  const worker = new Worker(thread, { workerData: told, transferList: [port2], execArgv: [] });
  const chunks = input[Symbol.asyncIterator]();
  try {
    for await (const [message] of on(worker, "message")) {
      const said = message as Said;
      if ("wants" in said) {
        const next = await chunks.next();
        worker.postMessage(next.done === true ? null : next.value, []);
      } else if ("rejects" in said) {
        for (const row of said.rejects) rejects?.note(row);
      } else {
        Object.assign(report, said.report);
        for (const number of said.forbidden) forbidden?.push(number);
        if ("batch" in said) {
          yield said.batch.flatMap((piece) => JSON.parse(piece) as NewContact[]);
          stored.postMessage(null, []);
        } else if (said.end === null) {
          rejects?.flush();
          return;
        } else throw new Misused(said.end.code, said.end.lines, { hint: said.end.hint });
      }
    }
  } finally {
    await worker.terminate();
    stored.close();
    await chunks.return?.();
  }
}
