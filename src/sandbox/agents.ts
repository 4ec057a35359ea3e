/**
 * Agents: who takes a dispatch, when it is there, and how it goes. LiveKit answers a dispatch alike whether a worker
 * takes it, all are busy, or none is there. Measured with livekit-agents 1.8.
 */
import { SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import type { Script } from "./network.ts";
import { Random } from "./random.ts";
import { say, type Saying } from "./saying.ts";
import { type Dispatch, newId, type Participant, type Room, type Rooms } from "./rooms.ts";

/** How long LiveKit lists an agent whose process was killed, seconds. */
const CRASH_NOTICED = 20;

export class Agents {
  /** Agents at work, or on their way. */
  #busy = 0;
  /** Of these, those on their way. */
  #coming = 0;
  readonly #drops = new Random(1);
  readonly #rooms: Rooms;
  readonly #clock: Clock;
  readonly #script: () => Script;

  constructor(rooms: Rooms, clock: Clock, script: () => Script) {
    this.#rooms = rooms;
    this.#clock = clock;
    this.#script = script;
  }

  /** Answered at once, also when nobody takes the job. `onJoin`: the agent is at work. */
  dispatch(room: Room, agentName: string, metadata: string, onJoin: () => void): Dispatch {
    const dispatch = { id: newId("AD"), agentName, metadata, at: this.#clock.now() };
    room.dispatches.push(dispatch);
    if (this.#taken()) void this.#work(room, onJoin);
    return dispatch;
  }

  /** An agent was cut off with its room: it may connect again, and its room is there once more, with default settings. */
  async cutOff(roomName: string): Promise<void> {
    const { agentReturnsAfter } = this.#script();
    if (agentReturnsAfter === null) return;
    await this.#clock.sleep(agentReturnsAfter * SECOND);
    this.#join(this.#rooms.create({ name: roomName }));
  }

  /** The callee has picked up: the agent says what it has to say, and leaves when the callee has. */
  async converse(room: Room, leg: Participant, says: readonly Saying[]): Promise<void> {
    for (const each of says) if (each.at !== undefined) void this.#saysAt(room, leg, each, each.at);
    await aborted(leg.gone.signal);
    const last = says.filter(({ at }) => at === undefined).toSorted((a, b) => a.afterEnd - b.afterEnd);
    let passed = 0;
    for (const each of last) {
      await this.#clock.sleep((each.afterEnd - passed) * SECOND);
      passed = each.afterEnd;
      say(this.#rooms, room, leg, each);
    }
    const { agentStays } = this.#script();
    if (agentStays === null) return;
    await this.#clock.sleep(agentStays * SECOND);
    for (const one of room.participants.values())
      if (one.kind === "AGENT") this.#rooms.leave(room, one, "CLIENT_INITIATED");
  }

  async #saysAt(room: Room, leg: Participant, what: Saying, at: number): Promise<void> {
    await this.#clock.sleep(at * SECOND);
    say(this.#rooms, room, leg, what);
  }

  #taken(): boolean {
    const { agentJoinsAfter, agentPool, agentDrops, agentBurst } = this.#script();
    if (agentJoinsAfter === null) return false;
    if (agentBurst !== null && this.#coming >= agentBurst) return false;
    if (agentPool !== null && this.#busy >= agentPool) return false;
    return agentDrops === 0 || !this.#drops.chance(agentDrops);
  }

  async #work(room: Room, onJoin: () => void): Promise<void> {
    this.#busy++;
    let busy = true;
    const free = (): void => {
      if (busy) this.#busy--;
      busy = false;
    };
    const { agentJoinsAfter, agentActiveAfter, agentLeavesAfter, agentCrashesAfter } = this.#script();
    this.#coming++;
    await this.#clock.sleep((agentJoinsAfter ?? 0) * SECOND);
    this.#coming--;
    if (!this.#rooms.has(room)) return free();
    const agent = this.#join(room);
    const { signal } = agent.gone;
    signal.addEventListener("abort", free, { once: true });
    if (agentActiveAfter !== null) {
      void this.#clock.sleep(agentActiveAfter * SECOND, signal).then(() => {
        if (signal.aborted) return;
        this.#rooms.entered(room, agent);
        onJoin();
      });
    }
    const stays = Math.min(agentLeavesAfter ?? Infinity, agentCrashesAfter ?? Infinity);
    if (stays === Infinity) return;
    await this.#clock.sleep(stays * SECOND, signal);
    free();
    const crashed = stays === agentCrashesAfter;
    if (crashed) await this.#clock.sleep(CRASH_NOTICED * SECOND, signal);
    this.#rooms.leave(room, agent, crashed ? "CONNECTION_TIMEOUT" : "CLIENT_INITIATED");
  }

  #join(room: Room): Participant {
    return this.#rooms.join(room, {
      identity: newId("agent"),
      name: "agent",
      metadata: "",
      kind: "AGENT",
      attributes: {},
      activeAfter: this.#script().agentActiveAfter ?? Infinity,
    });
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
