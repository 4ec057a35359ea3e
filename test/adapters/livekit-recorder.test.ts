/** Recording through the real SDK, against the sandbox over HTTP. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { liveKitClients } from "../../src/adapters/livekit/clients.ts";
import { LiveKitRecorder } from "../../src/adapters/livekit/recorder.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import type { Recorder } from "../../src/engine/ports/recorder.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";

const ROOM = "call-a1";
const FILE = { bucket: null, prefix: "p", required: false };

let sandbox: Sandbox;
let recorder: Recorder;
beforeEach(async () => {
  sandbox = await startSandbox({ clock: systemClock });
  const { url: host, apiKey, apiSecret } = sandbox;
  const { egress } = liveKitClients({ host, apiKey, apiSecret });
  recorder = new LiveKitRecorder(egress, systemClock, { accessKey: "AKIA", secret: "shh", region: "eu-west-1" });
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const behave = (egress: object): void => void (sandbox.world.script = parseScript(JSON.stringify({ egress })));
async function until(status: string): Promise<unknown> {
  for (;;) {
    const seen = await recorder.look(ROOM);
    if (seen?.status === status) return seen;
    await systemClock.sleep(10);
  }
}

test("a room is recorded into the file that was named, and told of until it is stored", async () => {
  behave({ does: "records", after: 0.05 });
  sandbox.world.createRoom({ name: ROOM });
  expect(await recorder.look(ROOM)).toBeNull();
  expect(await recorder.start(ROOM, { ...FILE, bucket: "calls" }, "p/c1/a1.ogg")).toBeNull();
  expect(await recorder.look(ROOM)).toMatchObject({ status: "starting", startedAt: null });
  expect(await until("recording")).toMatchObject({
    startedAt: expect.any(Number) as number,
    endedAt: null,
    location: null,
  });
  sandbox.world.deleteRoom(ROOM);
  const done = await until("complete");
  expect(done).toMatchObject({ location: "https://calls.s3.amazonaws.com/p/c1/a1.ogg", detail: null });
  expect(JSON.stringify(done)).not.toMatch(/AKIA|shh/);
});

test("without a bucket it goes where LiveKit's own service puts it", async () => {
  behave({ does: "records", after: 0 });
  sandbox.world.createRoom({ name: ROOM });
  await recorder.start(ROOM, FILE, "p/c1/a1.ogg");
  await until("recording");
  sandbox.world.deleteRoom(ROOM);
  expect(await until("complete")).toMatchObject({ location: "/out/p/c1/a1.ogg" });
});

test("what LiveKit refuses is said; a room that is gone too", async () => {
  behave({ does: "refuses" });
  expect(await recorder.start(ROOM, FILE, "p/a.ogg")).toBe("requested room does not exist");
  sandbox.world.createRoom({ name: ROOM });
  expect(await recorder.start(ROOM, FILE, "p/a.ogg")).toBe("egress limit exceeded");
  expect(await recorder.look(ROOM)).toBeNull();
});

test("a recording that fails before it runs never started", async () => {
  behave({ does: "fails", after: 0 });
  sandbox.world.createRoom({ name: ROOM });
  expect(await recorder.start(ROOM, FILE, "p/a.ogg")).toBeNull();
  expect(await until("not_started")).toMatchObject({ detail: "Start signal not received" });
});
