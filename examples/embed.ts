// A campaign run by another program: the engine as a library. The sandbox stands in for a LiveKit.
import { randomUUID } from "node:crypto";
import { Campaigns, liveKitClients, LiveKitTelephony, openSqliteStore, Runner, systemClock } from "campaigns";
import { startSandbox } from "campaigns/sandbox";

await using sandbox = await startSandbox({ clock: systemClock });
await using store = openSqliteStore(":memory:");
const campaigns = new Campaigns(store, systemClock, randomUUID);
const contact = { id: null, name: "Ada", phoneNumber: "+12025550110", email: null, variables: {} };
const people = {
  filename: "inline",
  size: 0,
  batches: (async function* () {
    yield [contact];
  })(),
};
const always = { hours: "0-24", days: "all", rules: "none" }; // no phone rings
const { id } = await campaigns.create({ name: "spring", assistant: "demo", ...always }, people, "UTC");
await campaigns.start(id);

const clients = liveKitClients({ ...sandbox, host: sandbox.url });
const options = { watch: false, poll: 30_000, takeFor: null, only: [], parallel: 1, lease: 30_000 };
const onEvent = (event: { type: string }): void => void process.stdout.write(`${event.type}\n`);
const telephony = new LiveKitTelephony(clients, systemClock, "ai");
const runner = new Runner(store, telephony, systemClock, {
  ...options,
  waitForAgent: true,
  dialer: "engine",
  runnerId: randomUUID(),
  newId: randomUUID,
  onEvent,
});
await runner.run({ drain: new AbortController().signal, leave: new AbortController().signal });
