/**
 * The chain of the audit log: each link's hash is of the entry and of the hash before, so that whoever has kept a hash can
 * tell whether anything up to it was changed, removed or put in between.
 */
import { createHash } from "node:crypto";
import { type Instant, MINUTE } from "../../domain/time/instant.ts";
import { Refused } from "../errors.ts";
import type { AuditEntry, ChainHead, SealedEntry, Store } from "../ports/index.ts";

const PAGE = 1_000;

/** Who wrote an entry may take so long to commit, and others go before it in the chain meanwhile. */
const LATE = 10 * MINUTE;

/** Before the first entry. */
export const GENESIS: ChainHead = { link: 0, hash: "" };

export function hashOf(before: ChainHead, entry: AuditEntry): string {
  const { seq, at, actor, userId, action, campaignId, callId, attemptId, subject } = entry;
  const said = [before.link + 1, before.hash, seq, at, actor, userId, action, campaignId, callId, attemptId, subject];
  return createHash("sha256")
    .update(JSON.stringify([...said, entry.before, entry.after]))
    .digest("hex");
}

/** Adds to the chain what is not in it yet; returns its end. `most`: entries at once, for who has other things to do. */
export async function seal(store: Store, most = Infinity): Promise<ChainHead> {
  for (let sealed = 0; ;) {
    const { head, entries } = await store.unsealedAudit(Math.min(PAGE, most - sealed));
    let end = head ?? GENESIS;
    const seals = entries.map((entry) => {
      end = { link: end.link + 1, hash: hashOf(end, entry) };
      return { seq: entry.seq, hash: end.hash };
    });
    if (seals.length === 0) return end;
    // Somebody else has sealed in between: what is left is looked at anew.
    if (!(await store.sealAudit(head?.link ?? 0, seals))) continue;
    sealed += seals.length;
    if (sealed >= most) return end;
  }
}

export interface ChainReport {
  readonly head: ChainHead;
  /** Of the head that was kept; null: none was given. */
  readonly kept: ChainHead | null;
}

/** Reads the whole chain anew. Throws Refused at the first link that is not what it was. */
export async function verifyChain(store: Store, kept: ChainHead | null): Promise<ChainReport> {
  await seal(store);
  let end = GENESIS;
  let found = kept === null || kept.link === 0;
  const order = new Order();
  for (;;) {
    // No link is below the first: an entry that has such a one would be looked at by nobody.
    const page = await store.sealedAudit(end.link === 0 ? Number.MIN_SAFE_INTEGER : end.link, PAGE);
    for (const entry of page) {
      end = next(end, entry);
      // Whoever kept a head has seen what was out of order before.
      if (!order.takes(entry) && end.link > (kept?.link ?? 0)) {
        throw broken(end.link, "it was written later than its place in the log says");
      }
      if (kept?.link !== end.link) continue;
      if (kept.hash !== end.hash) throw broken(kept.link, "it is not the chain whose head was kept");
      found = true;
    }
    if (page.length < PAGE) break;
  }
  if (!found) throw broken(kept?.link ?? 0, `the chain ends at ${end.link}, before the head that was kept`);
  return { head: end, kept };
}

/** Entries are read in the order of their numbers: one that is put among older ones would be taken for as old. */
class Order {
  /** Of entries that are older than LATE, beside those of the last minutes, in the order of the chain. */
  #settled = 0;
  #newest: Instant = -Infinity;
  readonly #recent: SealedEntry[] = [];

  /** False: an entry with a higher number was in the chain for longer than anybody takes to commit. */
  takes(entry: SealedEntry): boolean {
    const isInOrder = entry.seq > this.#settled;
    this.#recent.push(entry);
    this.#newest = Math.max(this.#newest, entry.at);
    for (let [old] = this.#recent; old !== undefined && old.at < this.#newest - LATE; [old] = this.#recent) {
      this.#settled = Math.max(this.#settled, old.seq);
      this.#recent.shift();
    }
    return isInOrder;
  }
}

function next(before: ChainHead, entry: SealedEntry): ChainHead {
  if (entry.link < 1) throw broken(entry.link, "there is no such link");
  if (entry.link !== before.link + 1) throw broken(before.link + 1, "it is missing");
  const hash = hashOf(before, entry);
  if (hash !== entry.hash) throw broken(entry.link, "it is not what it was when it was sealed");
  return { link: entry.link, hash };
}

const broken = (link: number, what: string): Refused =>
  new Refused("chain_broken", `the audit log was changed: link ${link}: ${what}`, {
    hint: "compare with a backup: campaigns audit --json shows its entries",
  });

/** `12:ab34…`, as `audit head` prints it, `0:` for an empty log; null: it is none. */
export function parseHead(text: string): ChainHead | null {
  if (text.trim() === formatHead(GENESIS)) return GENESIS;
  const [, link, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return link === undefined || hash === undefined ? null : { link: Number(link), hash };
}

export function formatHead({ link, hash }: ChainHead): string {
  return `${link}:${hash}`;
}
