/** What only a doctor asks: what time it is there, whether the key opens rooms, whether an agent comes. Rings nobody. */
import { RoomAgentDispatch } from "livekit-server-sdk";
import { SECOND, type Instant } from "../../domain/time/instant.ts";
import type { LiveKitProbe } from "../../engine/doctor/doctor.ts";
import { type CampaignsError, Misused, Unavailable } from "../../engine/errors.ts";
import type { Clock } from "../../engine/ports/index.ts";
import type { LiveKitClients } from "./clients.ts";
import { serverTime } from "../server-time.ts";
import { failureOf, livekitError } from "./errors.ts";
import { isAgent } from "./participants.ts";
import { ask, insist } from "./retry.ts";

/** Gone by itself when the doctor dies; and no name that a recovery would take for an attempt's. */
const ROOM = { prefix: "doctor-", settings: { emptyTimeout: 30, maxParticipants: 1 } };
/** The first pause between looks; each later one is twice as long, up to a second. */
const FIRST_LOOK = 100;
/** Rooms that are searched for agents at work. */
const ROOMS_SEARCHED = 20;
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
    this.#url = host;
    this.#clock = clock;
    this.#agentName = agentName;
    this.#newId = newId;
  }

  async serverTime(): Promise<Instant> {
    const time = await serverTime(this.#url).catch((error: unknown) => {
      throw livekitError(error);
    });
    if (time !== null) return time;
    throw new Unavailable("livekit", "LiveKit answers without saying what time it is", { hint: "check LIVEKIT_HOST" });
  }

  async rooms(): Promise<number> {
    const { rooms } = this.#clients;
    const others = await this.#needing("roomList", () => rooms.listRooms());
    const name = `${ROOM.prefix}${this.#newId()}`;
    await this.#needing("roomCreate", () => rooms.createRoom({ name, ...ROOM.settings }));
    try {
      await this.#needing("roomAdmin", () => rooms.listParticipants(name));
    } finally {
      await rooms.deleteRoom(name).catch(() => {}); // it goes by itself
    }
    return others.length;
  }

  /** LiveKit looks at the key before it looks at what is asked: a call from nowhere to nobody is refused for either. */
  async mayDial(): Promise<void> {
    try {
      await this.#clients.sip.createSipParticipant("", "", "", { timeout: PATIENCE / SECOND });
    } catch (error) {
      if (failureOf(error).code === "invalid_argument") return;
      throw lacking("sip.call", error);
    }
  }

  /** Repeated as other requests are; says which grant it is that the key lacks. */
  async #needing<T>(grant: string, request: () => Promise<T>): Promise<T> {
    try {
      return await insist(this.#clock, request);
    } catch (error) {
      throw lacking(grant, error);
    }
  }

  async agentJoins(within: number): Promise<number | null> {
    const name = `${ROOM.prefix}${this.#newId()}`;
    const { rooms } = this.#clients;
    const agents = [
      new RoomAgentDispatch({ agentName: this.#agentName, metadata: JSON.stringify({ callType: "probe" }) }),
    ];
    try {
      const asked = this.#clock.now();
      await ask(this.#clock, () => rooms.createRoom({ name, ...ROOM.settings, agents }));
      for (let pause = FIRST_LOOK; this.#clock.now() - asked < within; pause = Math.min(2 * pause, SECOND)) {
        if ((await this.#agentsIn(name)) > 0) return this.#clock.now() - asked;
        await this.#clock.sleep(pause);
      }
      return null;
    } finally {
      await rooms.deleteRoom(name).catch(() => {}); // it goes by itself
    }
  }

  async agentsAtWork(): Promise<number> {
    const rooms = await ask(this.#clock, () => this.#clients.rooms.listRooms());
    const searched = rooms.filter(({ name }) => !name.startsWith(ROOM.prefix)).slice(0, ROOMS_SEARCHED);
    const found = await Promise.all(searched.map(({ name }) => this.#agentsIn(name).catch(() => 0)));
    return found.reduce((sum, agents) => sum + agents, 0);
  }

  async #agentsIn(room: string): Promise<number> {
    return (await ask(this.#clock, () => this.#clients.rooms.listParticipants(room))).filter(isAgent).length;
  }
}

function lacking(grant: string, error: unknown): CampaignsError {
  const said = livekitError(error);
  if (said.code !== "livekit_grant") return said;
  return new Misused("livekit_grant", `LiveKit knows the API key, but the key lacks the grant ${grant}`, {
    hint: "give the key that grant, or set one that has it: LIVEKIT_API_KEY and LIVEKIT_API_SECRET",
  });
}
