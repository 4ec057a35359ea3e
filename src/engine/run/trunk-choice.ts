/**
 * Which trunk carries a campaign's calls: the one it names, else the one its assistant's numbers are on, else the only
 * one there is.
 */
import { MINUTE } from "../../domain/time/instant.ts";
import { unlisted } from "../../domain/calls/caller-id.ts";
import { Refused } from "../errors.ts";
import { type CallerNumber, defaultLimit } from "../ports/caller-numbers.ts";
import type { Clock, Store, Telephony, Trunk } from "../ports/index.ts";

const REMEMBERED = MINUTE;
const MAKE_ONE = "campaigns trunks create makes one; trunks provision makes one at Twilio";

/** LiveKit's trunks, asked for once a minute at most. */
export class TrunkChoice {
  #known: Promise<readonly Trunk[]> | null = null;
  /** On the monotonic clock. */
  #until = 0;
  #last: readonly Trunk[] = [];
  #wasEmpty = false;
  /** Those whose default limit the store has been told of. */
  readonly #limited = new Set<string>();
  readonly #store: Pick<Store, "setTrunkLimit">;
  readonly #telephony: Telephony;
  readonly #clock: Clock;

  constructor(store: Pick<Store, "setTrunkLimit">, telephony: Telephony, clock: Clock) {
    this.#store = store;
    this.#telephony = telephony;
    this.#clock = clock;
  }

  /**
   * The id of the wanted trunk, which is named by id or name, or of the one that carries all of `pool`, or of the only one there is; the store then knows
   * its limits. A trunk of `others` is another owner's, and never chosen. Throws Refused when there is no such choice.
   */
  async choose(
    wanted: string | null,
    pool: readonly Pick<CallerNumber, "trunkId">[] = [],
    others: readonly string[] = [],
  ): Promise<string> {
    const all = await this.#all();
    const trunks = all.filter(({ id }) => !others.includes(id));
    const isWanted = ({ id, name }: Trunk): boolean => wanted === null || id === wanted || name === wanted;
    if (!trunks.some(isWanted) && all.some(isWanted)) {
      throw new Refused("others_trunk", "expected a trunk of this owner, but its numbers are assigned to another", {
        hint: "campaigns trunks assign gives an assistant of this owner a number on a trunk",
      });
    }
    const id = chosen(trunks, wanted, pool);
    await this.#limitByDefault(trunks.find((trunk) => trunk.id === id));
    return id;
  }

  /** What speaks against a call with this number through the trunk that choose() would choose; null: nothing. */
  async warningOf(number: string, ...asked: Parameters<TrunkChoice["choose"]>): Promise<string | null> {
    const id = await this.choose(...asked);
    const trunk = (await this.#all()).find((trunk) => trunk.id === id);
    return trunk === undefined ? null : unlisted(number, trunk);
  }

  /** Stored, since those who hand out calls see the limits but not the addresses. */
  async #limitByDefault(trunk: Trunk | undefined): Promise<void> {
    if (trunk === undefined || this.#limited.has(trunk.id)) return;
    const limit = defaultLimit(trunk);
    if (limit.interval > 0) await this.#store.setTrunkLimit(limit, this.#clock.now(), "unless_set");
    this.#limited.add(trunk.id);
  }

  /** None where there were some is believed the second time: `{}`, from whoever answered, is an empty list too. */
  #believed(trunks: readonly Trunk[]): readonly Trunk[] {
    const isDoubtful = trunks.length === 0 && !this.#wasEmpty;
    this.#wasEmpty = trunks.length === 0;
    if (!isDoubtful) this.#last = trunks;
    return this.#last;
  }

  #all(): Promise<readonly Trunk[]> {
    const now = this.#clock.monotonic();
    if (this.#known === null || now >= this.#until) {
      this.#until = now + REMEMBERED;
      this.#known = this.#telephony.trunks().then((trunks) => this.#believed(trunks));
      this.#known.catch(() => (this.#known = null));
    }
    return this.#known;
  }
}

function chosen(
  trunks: readonly Trunk[],
  wanted: string | null,
  pool: readonly Pick<CallerNumber, "trunkId">[],
): string {
  const ids = trunks.map((trunk) => trunk.id).join(", ");
  const [assigned, ...more] = new Set(pool.flatMap(({ trunkId }) => trunkId ?? []));
  if (wanted === null && assigned !== undefined && more.length === 0) {
    if (trunks.some((trunk) => trunk.id === assigned)) return assigned;
    throw new Refused("unknown_trunk", `the assistant's numbers are on ${assigned}, which this LiveKit does not have`, {
      hint: "campaigns trunks unassign and assign put them on another trunk",
    });
  }
  if (wanted !== null) {
    if (trunks.some((trunk) => trunk.id === wanted)) return wanted;
    const [named, ...more] = trunks.filter((trunk) => trunk.name === wanted);
    if (named !== undefined && more.length === 0) return named.id;
    if (named !== undefined) {
      throw new Refused("ambiguous_trunk", `"${wanted}" is the name of ${more.length + 1} trunks`, {
        hint: `use the id: ${[named, ...more].map((trunk) => trunk.id).join(", ")}`,
      });
    }
    throw new Refused("unknown_trunk", `expected an outbound trunk of this LiveKit, got ${wanted}`, {
      hint: trunks.length === 0 ? MAKE_ONE : `use one of ${ids}`,
    });
  }
  const [only, ...others] = trunks;
  if (only === undefined) {
    throw new Refused("no_trunk", "this LiveKit has no outbound trunk", { hint: MAKE_ONE });
  }
  if (others.length > 0) {
    throw new Refused("which_trunk", `this LiveKit has ${trunks.length} outbound trunks`, {
      hint: `choose one with --trunk: ${ids}`,
    });
  }
  return only.id;
}
