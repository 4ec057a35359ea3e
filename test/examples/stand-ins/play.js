// node play.js AGENT METADATA ROOM: one call of the TypeScript example, on the stand-in.
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";

const standIn = new URL("./agents.js", import.meta.url).href;
registerHooks({
  resolve: (name, context, next) =>
    name === "@livekit/agents" ? { url: standIn, shortCircuit: true } : next(name, context),
});
const [, , agent = "", metadata = "", room = ""] = process.argv;
const { context } = await import(standIn);
const { default: example } = await import(pathToFileURL(agent).href);
await example.entry(context(metadata, room));
