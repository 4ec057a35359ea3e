/** What a claim costs, and what a do-not-call list of a million numbers adds to it. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { advance } from "../../src/domain/calls/call.ts";
import type { Store } from "../../src/engine/ports/index.ts";
import { campaign, NOON, PLACE } from "../support/domain.ts";

const CLAIMS = 2000;
const SUPPRESSED = 1_000_000;
const BATCH = 10_000;

/** +1 202 and seven digits more. */
const number = (n: number): string => `+1202${String(2_000_000 + n)}`;

async function running(store: Store): Promise<string> {
  const source = { kind: "csv_file", id: randomUUID() } as const;
  await store.addContactFile({ id: source.id, filename: "bench.csv", size: 1 }, NOON);
  const people = Array.from({ length: CLAIMS * 2 }, (_, n) => ({
    id: null,
    name: null,
    email: null,
    variables: {},
    phoneNumber: number(n),
  }));
  await store.addContacts(source.id, people);
  await store.sealContactFile(source.id);
  const { id } = await store.createCampaign(randomUUID(), { ...campaign, source, dailyCap: 1_000_000, delay: 0 }, NOON);
  await store.moveCampaign(id, "start", { at: NOON });
  return id;
}

/** Seconds for so many claims, each given back as declined before the next. */
async function claims(store: Store, campaignId: string, runnerId: string): Promise<number> {
  const open = [{ place: PLACE, caps: [] }];
  const asked = {
    campaignId,
    runnerId,
    trunkId: "ST_1",
    at: NOON,
    localDay: "2026-11-23",
    interval: 0,
    concurrency: 10,
    open,
  };
  const began = performance.now();
  for (let n = 0; n < CLAIMS; n++) {
    const [claim] = await store.claim({ ...asked, attemptIds: [randomUUID()] });
    if (claim === undefined) throw new Error(`claim ${n} gave nothing`);
    const over = advance(claim.call, claim.attempt, { type: "ended", at: NOON, ending: "declined" }, campaign.retry);
    if (over !== null) await store.save({ ...over, call: { ...over.call, nextAttemptAt: null, status: "busy" } });
  }
  return (performance.now() - began) / 1000;
}

export async function claimsUnderSuppression(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-bench-"));
  try {
    await using store = openSqliteStore(join(dir, "c.db"));
    const id = await running(store);
    await store.renewLease({ runnerId: "bench", until: NOON + 1 }, NOON);
    const without = await claims(store, id, "bench");
    for (let n = 0; n < SUPPRESSED; n += BATCH) {
      await store.addDoNotCall(
        Array.from({ length: BATCH }, (_, i) => ({
          phoneNumber: `+1303${String(2_000_000 + n + i)}`,
          source: "bench",
          reason: null,
          addedAt: NOON,
        })),
      );
    }
    const beside = await claims(store, id, "bench");
    const rate = (seconds: number): string => `${Math.round(CLAIMS / seconds).toLocaleString("en")} claims/s`;
    return [
      `${CLAIMS.toLocaleString("en")} claims given back, SQLite file, synchronous=FULL:`,
      `  do-not-call list empty              ${rate(without)}`,
      `  do-not-call list of 1,000,000       ${rate(beside)}  (× ${(beside / without).toFixed(2)})`,
    ].join("\n");
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
