/**
 * The barest loop that dials: livekit-server-sdk and nothing else; it stores nothing and asks nobody. The same requests
 * as a campaign's: room with agent, a look for the agent, the dial, a look a second, the room's removal.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { RoomAgentDispatch, RoomServiceClient, SipClient } from "livekit-server-sdk";
import { SIP_KIND } from "../../src/adapters/livekit/participants.ts";
import { SANDBOX_TRUNK } from "../../src/sandbox/trunks.ts";
import { benchNumber } from "./numbers.ts";

const [count = "", atOnce = ""] = process.argv.slice(2);
const { LIVEKIT_HOST = "", LIVEKIT_API_KEY = "", LIVEKIT_API_SECRET = "" } = process.env;
const connection = [LIVEKIT_HOST.replace(/^ws/, "http"), LIVEKIT_API_KEY, LIVEKIT_API_SECRET] as const;
const rooms = new RoomServiceClient(...connection);
const sip = new SipClient(...connection);
const isCallee = (kind: number): boolean => kind === SIP_KIND;

async function one(n: number): Promise<void> {
  const room = `bare-${n}`;
  await rooms.createRoom({ name: room, maxParticipants: 1, agents: [new RoomAgentDispatch({ agentName: "ai" })] });
  while ((await rooms.listParticipants(room)).length === 0) await sleep(200);
  await sip.createSipParticipant(SANDBOX_TRUNK.sipTrunkId, benchNumber(n), room, {
    participantIdentity: `callee-${n}`,
    waitUntilAnswered: true,
    ringingTimeout: 45,
    timeout: 60,
  });
  do await sleep(1000);
  while ((await rooms.listParticipants(room)).some(({ kind }) => isCallee(kind)));
  await rooms.deleteRoom(room);
}

let next = 0;
async function worker(): Promise<void> {
  while (next < Number(count)) await one(next++);
}
await Promise.all(Array.from({ length: Number(atOnce) }, worker));
