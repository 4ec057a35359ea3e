/** The telephony contract through the real SDK, over HTTP on loopback, in real time. */
import { liveKitClients } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { telephonyContract } from "../contracts/telephony.ts";

telephonyContract(async () => {
  const sandbox = await startSandbox({ clock: systemClock });
  const { url: host, apiKey, apiSecret, world } = sandbox;
  return {
    world,
    telephony: new LiveKitTelephony(liveKitClients({ host, apiKey, apiSecret }), systemClock, "ai"),
    finish: (promise) => promise,
    pass: (ms) => systemClock.sleep(ms),
    [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
  };
});
