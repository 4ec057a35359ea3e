/**
 * The chain of the audit log: each link's hash is of the entry and of the hash before, so that whoever has kept a hash can
 * tell whether anything up to it was changed, removed or put in between.
 */
import { createHash } from "node:crypto";
import { Refused } from "../errors.ts";
import type { AuditEntry, ChainHead, SealedEntry, Store } from "../ports/index.ts";

const PAGE = 1_000;

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
  for (;;) {
    const page = await store.sealedAudit(end.link, PAGE);
    for (const entry of page) {
      end = next(end, entry);
      if (kept?.link !== end.link) continue;
      if (kept.hash !== end.hash) throw broken(kept.link, "it is not the chain whose head was kept");
      found = true;
    }
    if (page.length < PAGE) break;
  }
  if (!found) throw broken(kept?.link ?? 0, `the chain ends at ${end.link}, before the head that was kept`);
  return { head: end, kept };
}

function next(before: ChainHead, entry: SealedEntry): ChainHead {
  if (entry.link !== before.link + 1) throw broken(before.link + 1, "it is missing");
  const hash = hashOf(before, entry);
  if (hash !== entry.hash) throw broken(entry.link, "it is not what it was when it was sealed");
  return { link: entry.link, hash };
}

const broken = (link: number, what: string): Refused =>
  new Refused("chain_broken", `the audit log was changed: link ${link}: ${what}`, {
    hint: "compare with a backup: campaigns audit --json shows its entries",
  });

/** `12:ab34…`, as `audit head` prints it; null: it is none. */
export function parseHead(text: string): ChainHead | null {
  const [, link, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim()) ?? [];
  return link === undefined || hash === undefined ? null : { link: Number(link), hash };
}

export const formatHead = ({ link, hash }: ChainHead): string => `${link}:${hash}`;
