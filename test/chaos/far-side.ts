/** What the far side saw of agents: a dial's own record does not say whether one was there. */
import type { DialRecord, World } from "../../src/sandbox/index.ts";

interface Presence {
  readonly from: number;
  until: number;
}

export class FarSide {
  readonly #world: World;
  readonly #agents = new Map<string, Presence[]>();

  /** Watches from now on. */
  constructor(world: World) {
    this.#world = world;
    const { rooms } = world;
    const join = rooms.join.bind(rooms);
    rooms.join = (room, who) => {
      const participant = join(room, who);
      if (who.kind === "AGENT") {
        const presence = { from: participant.joinedAt, until: Infinity };
        this.#agents.set(room.name, [...(this.#agents.get(room.name) ?? []), presence]);
        participant.gone.signal.addEventListener("abort", () => (presence.until = world.now()), { once: true });
      }
      return participant;
    };
  }

  get dials(): readonly DialRecord[] {
    return this.#world.dials;
  }

  /** How long before `at` the last agent had left the room, milliseconds; 0: one was there; null: none had ever come. */
  alone({ roomName }: DialRecord, at: number): number | null {
    const before = (this.#agents.get(roomName) ?? []).filter(({ from }) => from <= at);
    if (before.length === 0) return null;
    return Math.max(0, at - Math.max(...before.map(({ until }) => until)));
  }
}
