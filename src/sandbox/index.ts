/** A LiveKit on loopback with a phone network behind it: the test bed, and the quickstart. */
export { ManualClock } from "./clock.ts";
export { directClients } from "./direct.ts";
export { type Fault, Faults } from "./faults.ts";
export type { Behaviour } from "./behaviour.ts";
export { parseScript, type Script } from "./network.ts";
export { Random } from "./random.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./server.ts";
export type { DialRecord } from "./phone-call.ts";
export { World } from "./world.ts";
