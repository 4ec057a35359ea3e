/** The room of one attempt, and how it goes: whoever is in it is hung up with it. */
import { SECOND } from "../../domain/time/instant.ts";
import { Unavailable } from "../errors.ts";
import type { AttemptContext } from "./attempt-context.ts";
import { passing, persist } from "./backoff.ts";

/** How long it is tried to be removed. */
const CLEARS_WITHIN = 30 * SECOND;

const UNKNOWN = "LiveKit does not know the room of a call that is to be hung up";

export class AttemptRoom {
  readonly name: string;
  readonly #context: AttemptContext;
  #isRemoved = false;
  #removing: Promise<boolean> | null = null;

  constructor(name: string, context: AttemptContext) {
    this.name = name;
    this.#context = context;
  }

  /** False: LiveKit does not know it, so that is to be asked again. */
  remove(): Promise<boolean> {
    this.#removing ??= this.#remove().finally(() => (this.#removing = null));
    return this.#removing;
  }

  /** Tries once, and waits for nobody: whatever fails is tried again later, by whoever sees the attempt to its end. */
  hangUp(): void {
    void passing(async () => void (await this.remove()));
  }

  async #remove(): Promise<boolean> {
    const { telephony, live } = this.#context;
    if ((await telephony.closeRoom(this.name)) === "unknown") return false;
    this.#isRemoved = true;
    live.removed(this.name);
    return true;
  }

  /**
   * Until it is gone; one that LiveKit does not remove is `left` to LiveKit, which ends the call at its maximum. `hangsUp`:
   * somebody may be talking in it, so that a room which LiveKit does not know for now is no room removed.
   */
  async clear(hangsUp: boolean, left: () => void): Promise<void> {
    const { clock, leave, onTrouble } = this.#context;
    const until = clock.monotonic() + CLEARS_WITHIN;
    const clear = async (): Promise<void> => {
      try {
        const isKnown = this.#isRemoved || (await this.remove());
        if (!isKnown && hangsUp) throw new Unavailable("livekit", UNKNOWN);
      } catch (error) {
        if (!(error instanceof Unavailable) || clock.monotonic() < until) throw error;
        left();
      }
    };
    await persist(clock, clear, leave, onTrouble);
  }
}
