/** The store in memory: one campaign, nothing but maps and the rules, one runner after the other. */
import { type Attempt, type Call, type Change, claimedAttempt } from "../../../src/domain/calls/call.ts";
import { stopped } from "../../../src/domain/calls/stopped.ts";
import { type Campaign, type CampaignStatus, moved, type MoveName } from "../../../src/domain/calls/campaign.ts";
import type { Instant } from "../../../src/domain/time/instant.ts";
import type { Claim, DialGate, Saved } from "../../../src/engine/ports/index.ts";
import { NOON } from "../../support/domain.ts";
import { DAY, type Recount, tally, TRUNK } from "./scene.ts";

export class Model {
  now: Instant = NOON;
  status: CampaignStatus = "running";
  lastHandOut: Instant | null = null;
  lastDial: Instant | null = null;
  readonly #campaign: Campaign;
  readonly calls: Call[];
  readonly attempts = new Map<string, Attempt>();
  readonly leases = new Map<string, Instant>();
  readonly suppressed = new Set<string>();

  constructor(campaign: Campaign, calls: readonly Call[]) {
    this.#campaign = campaign;
    this.calls = [...calls];
  }

  #replace(call: Call): void {
    this.calls[this.calls.findIndex(({ id }) => id === call.id)] = call;
  }

  #open(): Attempt[] {
    return [...this.attempts.values()].filter(({ state }) => state !== "ended");
  }

  recount(): Recount {
    const count: Recount = { total: this.calls.length, dials: 0, pickups: 0, usageSeconds: 0, today: 0, live: 0 };
    for (const attempt of this.attempts.values()) tally(count, attempt, DAY);
    return count;
  }

  claim(runnerId: string, attemptId: string): Claim | null {
    const { now } = this;
    const { concurrency, dailyCap, delay } = this.#campaign;
    const { live, today } = this.recount();
    if (!((this.leases.get(runnerId) ?? 0) > now) || this.status !== "running") return null;
    if (live >= concurrency || today >= dailyCap) return null;
    if (this.lastHandOut !== null && this.lastHandOut + delay > now) return null;
    for (;;) {
      const [call] = this.calls
        .filter(
          (call) => call.status === "pending" && call.attemptId === null && (call.nextAttemptAt ?? Infinity) <= now,
        )
        .toSorted((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0));
      if (call === undefined) return null;
      if (this.suppressed.has(call.contact.phoneNumber)) {
        this.#replace({ ...call, status: "failed", endReason: "do_not_call", nextAttemptAt: null, completedAt: now });
        continue;
      }
      const claimed = { ...call, attemptId };
      const attempt = claimedAttempt(attemptId, call, runnerId, TRUNK, now);
      this.#replace(claimed);
      this.attempts.set(attemptId, attempt);
      this.lastHandOut = now;
      return { call: claimed, attempt };
    }
  }

  #owns({ attempt, from }: Change): boolean {
    const stored = this.attempts.get(attempt.id);
    return stored?.runnerId === attempt.runnerId && stored.state === from;
  }

  #store(change: Change): void {
    this.attempts.set(change.attempt.id, change.attempt);
    this.#replace(change.call);
  }

  beginDial(change: Change): DialGate {
    const { delay, dailyCap } = this.#campaign;
    if (!this.#owns(change)) return { say: "no", because: "not_yours" };
    if (this.suppressed.has(change.call.contact.phoneNumber)) return { say: "no", because: "do_not_call" };
    if (this.status !== "running") return { say: "no", because: "not_running" };
    const { today } = this.recount();
    const undialed = this.#open().filter(({ state }) => state === "claimed").length;
    if (today - undialed >= dailyCap) return { say: "no", because: "daily_cap" };
    if (this.lastDial !== null && this.lastDial + delay > this.now)
      return { say: "wait", until: this.lastDial + delay };
    this.lastDial = this.now;
    this.#store(change);
    return { say: "go" };
  }

  save(change: Change): Saved {
    const stored = this.attempts.get(change.attempt.id);
    if (!this.#owns(change)) {
      const { runnerId, state } = change.attempt;
      return stored?.runnerId === runnerId && stored.state === state ? "saved" : "not_yours";
    }
    if (change.call.status === "pending" && this.status === "completed") return "closed";
    this.#store(change);
    return "saved";
  }

  takeOver(runnerId: string): string[] {
    const orphans = this.#open().filter(
      (attempt) => attempt.runnerId === runnerId || !((this.leases.get(attempt.runnerId) ?? 0) > this.now),
    );
    for (const attempt of orphans) this.attempts.set(attempt.id, { ...attempt, runnerId });
    for (const [id, until] of this.leases) if (id !== runnerId && until <= this.now) this.leases.delete(id);
    return this.#open()
      .filter((attempt) => attempt.runnerId === runnerId)
      .map(({ id }) => id);
  }

  move(move: MoveName): CampaignStatus | null {
    const status = moved(this.status, move);
    if (status === null) return null;
    this.status = status;
    if (move === "stop") {
      for (const call of this.calls.filter((call) => call.status === "pending" && call.attemptId === null)) {
        this.#replace(stopped(call, "stopped", this.now));
      }
    }
    return status;
  }
}
