/** The telephony contracts through the direct door, under a manual clock. */
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { HOUR } from "../../src/domain/time/instant.ts";
import { directClients, ManualClock, World } from "../../src/sandbox/index.ts";
import { farEndContract } from "../contracts/far-end.ts";
import { livekitWaysContract } from "../contracts/livekit-ways.ts";
import { type Door, telephonyContract } from "../contracts/telephony.ts";
import { NOON } from "../support/domain.ts";

const open = (): Promise<Door> => {
  const clock = new ManualClock(NOON);
  const world = new World(clock);
  return Promise.resolve({
    world,
    telephony: new LiveKitTelephony(directClients(world, clock), clock, "ai"),
    finish: (promise) => clock.finish(promise, HOUR),
    pass: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
};

telephonyContract(open);
farEndContract(open);
livekitWaysContract(open);
