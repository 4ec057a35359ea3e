/** The telephony contracts through the real SDK, over HTTP on loopback; those that take their time, at many times its speed. */
import { liveKitClients } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { type Clock, systemClock } from "../../src/engine/ports/clock.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { farEndContract } from "../contracts/far-end.ts";
import { livekitWaysContract } from "../contracts/livekit-ways.ts";
import { type Door, telephonyContract } from "../contracts/telephony.ts";
import { fastClock } from "../support/fast-clock.ts";

async function open(clock: Clock): Promise<Door> {
  const sandbox = await startSandbox({ clock });
  const { url: host, apiKey, apiSecret, world } = sandbox;
  return {
    world,
    telephony: new LiveKitTelephony(liveKitClients({ host, apiKey, apiSecret }), systemClock, "ai"),
    finish: (promise) => promise,
    pass: (ms) => clock.sleep(ms),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
}

telephonyContract(() => open(systemClock));
farEndContract(() => open(fastClock(20)));
livekitWaysContract(() => open(fastClock(10)));
