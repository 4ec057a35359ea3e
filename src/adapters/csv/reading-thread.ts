/** The thread of aside.ts: chunks of a file in, batches of contacts out. */
import { on } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { newReport } from "../../domain/calls/contact.ts";
import { Misused } from "../../engine/errors.ts";
import type { Said, Told } from "./aside.ts";
import { BATCH, readContacts } from "./contacts.ts";
import { type Noted, PIECE, type Rejects } from "./rejects.ts";

/** Chunks that are on their way, so that none has to be waited for. */
const CHUNKS = 16;
/** Contacts that become text at once: so few that they are forgotten while they are young. */
const PIECE_OF_BATCH = 200;

if (parentPort === null) throw new Error("expected to run as a thread");
const port = parentPort;
const { how, stored } = workerData as Told;
const say = (said: Said): void => port.postMessage(said);

async function* chunks(): AsyncGenerator<Uint8Array | string> {
  for (let n = 0; n < CHUNKS; n++) say({ wants: "chunk" });
  for await (const [chunk] of on(port, "message")) {
    if (chunk === null) return;
    yield chunk as Uint8Array | string;
    say({ wants: "chunk" });
  }
}

let noted: Noted[] = [];
const flush = (): void => {
  say({ rejects: noted });
  noted = [];
};
const rejects: Rejects = {
  note: (row) => void (noted.push(row) >= PIECE && flush()),
  flush,
};

const report = newReport();
const forbidden: string[] = [];
const soFar = () => ({ report, forbidden: forbidden.splice(0) });
const turns = on(stored, "message");
let sent = 0;
let batch: string[] = [];
let size = 0;
const send = (): void => {
  say({ ...soFar(), batch });
  [batch, size] = [[], 0];
};
try {
  for await (const contacts of readContacts(chunks(), { ...how, report, forbidden, rejects, atOnce: PIECE_OF_BATCH })) {
    batch.push(JSON.stringify(contacts));
    size += contacts.length;
    if (size < BATCH) continue;
    send();
    // While one is stored, the next waits; what is read further ahead would only be memory.
    if (++sent > 1) await turns.next();
  }
  if (size > 0) send();
  say({ ...soFar(), end: null });
} catch (error) {
  if (!(error instanceof Misused)) throw error;
  const { code, lines, hint } = error;
  flush();
  say({ ...soFar(), end: { code, lines, hint } });
}
