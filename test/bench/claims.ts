/** What the store's part of a dial costs, and what a do-not-call list of a million numbers adds to it. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import { advance, type AttemptEvent } from "../../src/domain/calls/call.ts";
import type { Claim, Store } from "../../src/engine/ports/index.ts";
import { present } from "../contracts/store/scene.ts";
import { campaign, NOON, PLACE } from "../support/domain.ts";
import { aim } from "./measure.ts";

const DIALS = 2000;
const TODAY = "2026-11-23";
const SUPPRESSED = 1_000_000;
const BATCH = 10_000;

/** +1 202 and seven digits more. */
const number = (n: number): string => `+1202${String(2_000_000 + n)}`;

async function running(store: Store): Promise<string> {
  const source = { kind: "csv_file", id: randomUUID() } as const;
  await store.addContactFile({ id: source.id, filename: "bench.csv", size: 1 }, NOON);
  const people = Array.from({ length: DIALS * 2 }, (_, n) => ({
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

/** Seconds for so many calls that are handed out, dialed and declined, one after the other. */
async function dials(store: Store, campaignId: string, runnerId: string): Promise<number> {
  const open = [{ place: PLACE, caps: [] }];
  const asked = {
    campaignId,
    runnerId,
    trunkId: "ST_1",
    at: NOON,
    localDay: TODAY,
    interval: 0,
    concurrency: 10,
    open,
  };
  const began = performance.now();
  for (let n = 0; n < DIALS; n++) {
    const [claim] = await store.claim({ ...asked, attemptIds: [randomUUID()] });
    const dialed = happened(present(claim), { type: "dialed", at: NOON, localDay: TODAY, fromNumber: null });
    if ((await store.beginDial(dialed, 0)).say !== "go") throw new Error(`call ${n} was not dialed`);
    await store.save(happened(dialed, { type: "ended", at: NOON, ending: "declined" }));
  }
  return (performance.now() - began) / 1000;
}

const happened = ({ call, attempt }: Claim, event: AttemptEvent) =>
  present(advance(call, attempt, event, campaign.retry));

export async function claimsUnderSuppression(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "campaigns-bench-"));
  try {
    await using store = openSqliteStore(join(dir, "c.db"));
    const id = await running(store);
    await store.renewLease({ runnerId: "bench", until: NOON + 1 }, NOON);
    const without = await dials(store, id, "bench");
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
    const beside = await dials(store, id, "bench");
    const rate = (seconds: number): string => `${Math.round(DIALS / seconds).toLocaleString("en")} a second`;
    return aim(
      `dials beside a do-not-call list of 1,000,000: ${rate(beside)}, of none: ${rate(without)} (× ${(beside / without).toFixed(2)})`,
      "× 1.5",
      beside / without <= 1.5,
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
