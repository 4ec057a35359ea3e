/** A LiveKit on loopback with a phone network behind it: the test bed, and the quickstart. */
export { type Behaviour, parseScript, type Script } from "./network.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./server.ts";
export { type DialRecord, World } from "./world.ts";
