/** What only a doctor asks: what time it is there, whether the key opens rooms, whether an agent comes. Rings nobody. */
import { SECOND, type Instant } from "../../domain/instant.ts";
import type { LiveKitProbe } from "../../engine/doctor.ts";
import { Unavailable } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports.ts";
import type { LiveKitClients } from "./clients.ts";
import { livekitError } from "./errors.ts";
import { ask } from "./retry.ts";
import { AGENT_KIND } from "./telephony.ts";

/** Gone by itself when the doctor dies; and no name that a recovery would take for an attempt's. */
const ROOM = { prefix: "doctor-", emptyTimeout: 30 };
const LOOK_EVERY = 200;
/** Less than the doctor's own, so that it is LiveKit that is said not to answer. */
const PATIENCE = 8 * SECOND;

export class LiveKitDoctor implements LiveKitProbe {
  readonly #clients: LiveKitClients;
  readonly #url: string;
  readonly #clock: Clock;
  readonly #agentName: string;
  readonly #newId: () => string;

  /** `host`: ws, wss, http or https. */
  constructor(clients: LiveKitClients, host: string, clock: Clock, agentName: string, newId: () => string) {
    this.#clients = clients;
    this.#url = host.replace(/^ws/, "http");
    this.#clock = clock;
    this.#agentName = agentName;
    this.#newId = newId;
  }

  async serverTime(): Promise<Instant> {
    // Any answer will do, and no key is needed for this one.
    const answer = await fetch(this.#url, { signal: AbortSignal.timeout(PATIENCE) }).catch((error: unknown) => {
      throw livekitError(error);
    });
    const date = answer.headers.get("date");
    if (date !== null && !Number.isNaN(Date.parse(date))) return Date.parse(date);
    throw new Unavailable("livekit", "LiveKit answers without saying what time it is", { hint: "check LIVEKIT_HOST" });
  }

  async rooms(): Promise<number> {
    return (await ask(this.#clock, () => this.#clients.rooms.listRooms())).length;
  }

  async agentJoins(within: number): Promise<number | null> {
    const name = `${ROOM.prefix}${this.#newId()}`;
    const { rooms, agents } = this.#clients;
    await ask(this.#clock, () => rooms.createRoom({ name, emptyTimeout: ROOM.emptyTimeout, maxParticipants: 1 }));
    try {
      const asked = this.#clock.now();
      // Sent once: a repetition could bring a second agent.
      await agents.createDispatch(name, this.#agentName, { metadata: JSON.stringify({ callType: "probe" }) });
      while (this.#clock.now() - asked < within) {
        const here = await ask(this.#clock, () => rooms.listParticipants(name));
        if (here.some(({ kind }: { readonly kind: number }) => kind === AGENT_KIND)) return this.#clock.now() - asked;
        await this.#clock.sleep(LOOK_EVERY);
      }
      return null;
    } catch (error) {
      throw livekitError(error);
    } finally {
      await rooms.deleteRoom(name).catch(() => {}); // it goes by itself
    }
  }
}
