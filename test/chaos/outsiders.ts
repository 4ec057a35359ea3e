/**
 * Somebody else writes into the tables while it runs: odd values in the rows of calls, numbers that are none, a campaign
 * that is odd altogether, one that a frontend starts with a click, and one that is deleted in the middle of its calls. It
 * costs the row, or the campaign; everything else goes on.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DialRecord, Script } from "../../src/sandbox/index.ts";
import { fictionalNumber } from "../support/cli.ts";
import { campaignOf, CAST, CLICKED, DELETED, STORM } from "./cast.ts";
import { oddRow } from "./odd-rows.ts";
import { LEAVES_WITHIN, type Rows } from "./promises.ts";
import type { Stage, Trouble } from "./trouble.ts";

/** Beyond the round: who talks that long is hung up on. */
const FOR_EVER = 3000;

const OF_THE_ROUND = `select id from campaigns where name = '${STORM}'`;

/** All of them answer, and talk so many seconds. */
const talking = (cast: readonly number[], seconds: number): Script["numbers"] =>
  Object.fromEntries(
    cast.map((n) => [fictionalNumber(n), [{ does: "answer", rings: 0.1, talks: seconds, reply: "ok" }]]),
  );

export class Outsiders implements Trouble {
  readonly played = "rows from outside";
  count = 0;
  readonly #stage: Stage;
  readonly #violations: string[] = [];
  /** Number → since when it must not be dialed. */
  readonly #forbidden = new Map<string, number>();
  #added = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Contacts that became calls of the round's own campaign. */
  get added(): number {
    return this.#added;
  }

  async prepare(): Promise<void> {
    const { sandbox, runners } = this.#stage;
    runners.args = ["--parallel", "all"];
    runners.mayFail = true;
    const { world } = sandbox;
    const numbers = { ...world.script.numbers, ...talking(CAST.clicked, 0.3), ...talking(CAST.doomed, FOR_EVER) };
    world.script = { ...world.script, numbers };
    await this.#run("contacts", "import", this.#csv(CAST.clicked), "--list", "outside");
    await this.#create(CLICKED, "--list", "outside");
    await this.#create("odd", "--csv", this.#csv(CAST.odd));
    await this.#create(DELETED, "--csv", this.#csv(CAST.doomed), "--start");
  }

  async rage(storm: AbortSignal): Promise<void> {
    await Promise.all([this.#click(), this.#spoil(), this.#delete(storm), this.#scribble(storm)]);
  }

  *check(dials: readonly DialRecord[], { campaigns }: Rows): Generator<string> {
    yield* this.#violations;
    const { contacts, runners } = this.#stage;
    const known = new Set(
      [...Array.from({ length: contacts }, (_, n) => n), ...CAST.clicked, ...CAST.doomed, ...CAST.added].map(
        fictionalNumber,
      ),
    );
    for (const { sipCallTo: number, at, endedAt, participantIdentity } of dials) {
      if (!known.has(number)) yield `${JSON.stringify(number)} was dialed, which no campaign may`;
      const late = at - (this.#forbidden.get(number) ?? Infinity);
      if (late > LEAVES_WITHIN) yield `${number} was dialed ${late} ms after its contact was marked`;
      const id = participantIdentity.replace("callee-", "");
      if (
        campaignOf(number) === DELETED &&
        endedAt === null &&
        !runners.wasHit(id) &&
        campaigns.every(({ name }) => name !== DELETED)
      )
        yield `${number} talks on, though its campaign was deleted`;
    }
  }

  /** A frontend's Start, and a contact of its list who must not be called after all. */
  async #click(): Promise<void> {
    const { random } = this.#stage;
    await sleep(random.whole(200, 2500));
    if ((await this.#write("update campaigns set execution_status = 'running' where name = 'clicked'")) === 0) return;
    await sleep(random.whole(0, 2000));
    const number = fictionalNumber(CAST.clicked[2]);
    if ((await this.#write(`update contacts set do_not_call = true where phone_number = '${number}'`)) > 0)
      this.#forbidden.set(number, Date.now());
  }

  async #spoil(): Promise<void> {
    const { random, store } = this.#stage;
    await sleep(random.whole(200, 3000));
    const days = store.file === null ? "{someday}" : '["someday"]';
    const odd = random.pick([
      "time_zone = 'Mars/Olympus'",
      `calling_days = '${days}'`,
      "start_hour = 99",
      "end_hour = -1",
    ]);
    // Two writers as one: between the two it would be a sane campaign, as it stays where the file is held each time.
    await this.#insist(`update campaigns set ${odd}, execution_status = 'running' where name = 'odd'`, "past");
  }

  /** When it has calls, at the latest when the storm ends. */
  async #delete(storm: AbortSignal): Promise<void> {
    const { sandbox, random } = this.#stage;
    const numbers: readonly string[] = CAST.doomed.map(fictionalNumber);
    const isLive = (): boolean => sandbox.world.dials.some(({ sipCallTo }) => numbers.includes(sipCallTo));
    while (!storm.aborted && !isLive()) await sleep(100);
    await sleep(random.whole(0, 1000));
    await this.#insist(`delete from campaigns where name = '${DELETED}'`);
  }

  async #scribble(storm: AbortSignal): Promise<void> {
    const { random, contacts } = this.#stage;
    for (let n = random.whole(2, 5); n > 0 && !storm.aborted; n--) {
      await sleep(random.whole(100, 1500));
      const { sql, past, forbids, adds } = oddRow(random, OF_THE_ROUND, contacts, new Date());
      const changed = await this.#write(sql, past);
      if (adds === true) this.#added += changed;
      if (forbids !== undefined && changed > 0) this.#forbidden.set(forbids, Date.now());
    }
  }

  /** What the database refuses is as good as not written. */
  async #write(sql: string, past?: "past"): Promise<number> {
    const changed = await this.#stage.store.write(sql, past).catch(() => 0);
    this.count += Math.sign(changed);
    return changed;
  }

  /** Runners may hold the file for a moment. */
  async #insist(sql: string, past?: "past"): Promise<void> {
    for (let tries = 0; tries < 50; tries++) {
      if ((await this.#write(sql, past)) > 0) return;
      await sleep(200);
    }
    this.#violations.push(`could not be written: ${sql}`);
  }

  #csv(cast: readonly number[]): string {
    const rows = cast.map((n) => `Contact ${n},${fictionalNumber(n)}`);
    return this.#stage.scratch.file(`${cast[0]}.csv`, ["name,phone_number", ...rows].join("\n"));
  }

  #create(name: string, ...more: string[]): Promise<void> {
    return this.#run("create", ...this.#stage.settings, "--name", name, ...more);
  }

  async #run(...args: string[]): Promise<void> {
    const { code, stderr } = await this.#stage.scratch.run(...args);
    if (code !== 0) this.#violations.push(`${args[0]} ended with ${code}: ${stderr}`);
  }
}
