/** Trunk administration through the real SDK, over HTTP on loopback. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sipClient } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTrunks } from "../../src/adapters/livekit/trunks.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { CampaignsError } from "../../src/engine/errors.ts";
import type { NewTrunk } from "../../src/engine/ports/trunk-admin.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";

let sandbox: Sandbox;
let trunks: LiveKitTrunks;
beforeEach(async () => {
  sandbox = await startSandbox({ clock: systemClock });
  const { url: host, apiKey, apiSecret } = sandbox;
  trunks = new LiveKitTrunks(sipClient({ host, apiKey, apiSecret }), systemClock);
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const wanted: NewTrunk = {
  name: "london",
  address: "sip.example.com:5061",
  numbers: ["+447700900123", "+447700900124"],
  transport: "tls",
  country: "GB",
  credentials: { username: "the-user", password: "the-password" },
  headers: { "X-Account": "account-77" },
};

test("a trunk is made with everything said about it, and is in the list", async () => {
  const { credentials, headers, ...told } = wanted;
  const made = await trunks.create(wanted);
  expect(made).toEqual({
    ...told,
    id: expect.stringMatching(/^ST_/) as string,
    hasCredentials: true,
    headerNames: ["X-Account"],
    createdAt: expect.any(Number) as number,
  });
  expect(await trunks.list()).toContainEqual(made);
  expect(sandbox.world.trunks.get(made.id)).toMatchObject({
    authUsername: credentials?.username,
    authPassword: credentials?.password,
    transport: "SIP_TRANSPORT_TLS",
    destinationCountry: "GB",
    headers,
  });
});

test("neither user name nor password nor what a header says comes out", async () => {
  const made = await trunks.create(wanted);
  const printed = JSON.stringify([made, await trunks.list()]);
  expect(printed).not.toMatch(/the-user|the-password|account-77|sandbox-trunk-password/);
});

test("a second caller ID joins the first, once", async () => {
  const { id } = await trunks.create({ ...wanted, numbers: ["+447700900123"] });
  await trunks.addNumber(id, "+447700900125");
  await trunks.addNumber(id, "+447700900125");
  expect(sandbox.world.trunks.get(id).numbers).toEqual(["+447700900123", "+447700900125"]);
});

test("new credentials replace the old ones and nothing else", async () => {
  const { id } = await trunks.create(wanted);
  await trunks.setCredentials(id, { username: "the-user", password: "another" });
  expect(sandbox.world.trunks.get(id)).toMatchObject({
    authPassword: "another",
    name: "london",
    numbers: wanted.numbers,
  });
});

test("a deleted trunk is gone, and deleting it again is no error", async () => {
  const { id } = await trunks.create(wanted);
  await trunks.delete(id);
  await trunks.delete(id);
  expect((await trunks.list()).map((trunk) => trunk.id)).toEqual(["ST_sandbox"]);
});

test("a create whose answer is lost is not repeated: a second one would make a second trunk", async () => {
  sandbox.world.faults.set({
    seed: 1,
    faults: [{ method: "SIP/CreateSIPOutboundTrunk", chance: 1, does: "bad_gateway_after", seconds: 0 }],
  });
  await expect(trunks.create(wanted)).rejects.toMatchObject({ exitCode: 3 });
  expect(sandbox.requests.get("SIP/CreateSIPOutboundTrunk")).toBe(1);
  expect((await trunks.list()).filter(({ name }) => name === "london")).toHaveLength(1);
});

describe("what LiveKit refuses is one sentence", () => {
  test.each<[string, Partial<NewTrunk>, string]>([
    ["no numbers", { numbers: [] }, "no trunk numbers specified"],
    ["no address", { address: "" }, "no outbound address specified"],
    ["a SIP URI", { address: "sip:sip.example.com" }, "hostname or IP, not SIP URI"],
    ["a transport in the address", { address: "sip.example.com;transport=tcp" }, "transport parameter"],
  ])("%s", async (_, change, sentence) => {
    const refused: unknown = await trunks.create({ ...wanted, ...change }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CampaignsError);
    expect(refused).toMatchObject({ exitCode: 2, message: expect.stringContaining(sentence) as string });
  });

  test("a change of a trunk that is not there", async () => {
    await expect(trunks.addNumber("ST_nowhere", "+447700900125")).rejects.toMatchObject({ code: "unknown_trunk" });
  });
});
