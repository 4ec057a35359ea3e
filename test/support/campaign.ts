/** A campaign of a few short calls on a real database, and what must hold for it after any trouble. */
import { DatabaseSync } from "node:sqlite";
import { expect } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { contactsCsv, type Ran, Scratch } from "./cli.ts";
import { inside } from "./program.ts";

const ALWAYS =
  "--hours 0-24 --days all --rules none --timezone UTC --assistant a1 --delay 0 --concurrency 3 --usual-hang-ups 100%".split(
    " ",
  );

/** One in four answers and talks for a second, the others are busy. */
const SHORT_CALLS = parseScript(
  JSON.stringify({
    others: [
      { weight: 1, behaviour: { does: "answer", rings: 0.1, talks: 1 } },
      { weight: 3, behaviour: { does: "refuse", status: 486, reason: "Busy Here", after: 0.1 } },
    ],
    agentJoinsAfter: 0,
  }),
);

export interface Status {
  readonly execution_status: string;
  readonly total: number;
  readonly live: number;
  readonly dials: number;
  readonly pickups: number;
  readonly calls: Readonly<Record<string, number>>;
}

export class SmallCampaign implements AsyncDisposable {
  readonly scratch: Scratch;
  readonly #sandbox: Sandbox;
  readonly #contacts: number;

  private constructor(sandbox: Sandbox, scratch: Scratch, contacts: number) {
    this.#sandbox = sandbox;
    this.scratch = scratch;
    this.#contacts = contacts;
  }

  static async start(contacts: number, env: Record<string, string> = {}): Promise<SmallCampaign> {
    const sandbox = await startSandbox({ clock: systemClock, script: SHORT_CALLS });
    const campaign = new SmallCampaign(sandbox, new Scratch(sandbox, undefined, env), contacts);
    const csv = campaign.scratch.file("contacts.csv", contactsCsv(contacts));
    const created = await inside(campaign.scratch, "create", "--name", "c", "--csv", csv, ...ALWAYS, "--start");
    expect(created).toMatchObject({ code: 0 });
    return campaign;
  }

  get dials(): number {
    return this.#sandbox.world.dials.length;
  }

  async dialed(least: number): Promise<void> {
    while (this.dials < least) await systemClock.sleep(10);
  }

  async status(): Promise<Status> {
    return JSON.parse((await inside(this.scratch, "status", "c", "--json")).stdout) as Status;
  }

  async completed(): Promise<void> {
    while ((await this.status()).execution_status !== "completed") await systemClock.sleep(200);
  }

  /** For two seconds nobody is dialed but whose dial was stored `until` then: such a dial may be on its way still. */
  async dialsNobodyAfter(until: number, stored: (until: number) => number | Promise<number>): Promise<void> {
    await systemClock.sleep(2000);
    const [dials, now] = [this.dials, Date.now()];
    const before = await stored(until);
    expect(dials).toBeLessThanOrEqual(before);
    expect(await stored(now)).toBe(before);
  }

  /** Everybody was dialed once and is final; the counters say so; no room is left. */
  async expectAllOnce(): Promise<void> {
    const { dials, rooms } = this.#sandbox.world;
    const numbers = dials.map(({ sipCallTo }) => sipCallTo);
    expect([numbers.length, new Set(numbers).size]).toEqual([this.#contacts, this.#contacts]);
    const answered = dials.filter(({ answeredAt }) => answeredAt !== null).length;
    const status = await this.status();
    expect(status).toMatchObject({ execution_status: "completed", total: this.#contacts, live: 0 });
    expect(status).toMatchObject({ dials: this.#contacts, pickups: answered });
    expect(status.calls).toMatchObject({ completed: answered, busy: this.#contacts - answered, pending: 0 });
    expect(rooms.list()).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.scratch[Symbol.dispose]();
    await this.#sandbox[Symbol.asyncDispose]();
  }
}

/** Attempts whose dial the SQLite file holds, and that were to leave by then. */
export const storedDials =
  (path: string) =>
  (until: number): number => {
    const db = new DatabaseSync(path, { readOnly: true });
    const row = db.prepare("select count(*) as n from call_attempts where dialed_at <= ?");
    const { n } = row.get(new Date(until).toISOString()) ?? {};
    db.close();
    return Number(n);
  };

type Runner = ReturnType<Scratch["start"]>;

/** Until the runner has said it on stderr; what it has said so far. */
export function hears(runner: Runner, words: string): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    runner.stderr?.on("data", (chunk) => {
      said += String(chunk);
      if (said.includes(words)) resolve(said);
    });
    void runner.ended.then(({ code, stderr }) => reject(new Error(`it ended with ${code}, saying: ${stderr}`)));
  });
}

export async function stopped(runner: Runner): Promise<Ran> {
  runner.kill("SIGINT");
  return await runner.ended;
}
