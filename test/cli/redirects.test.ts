/** A server that sends its client elsewhere: no request goes there, with whatever key, name or number. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Desk, twilioSettings } from "../support/desk.ts";

let desk: Desk;
let servers: Server[];
/** What the host heard that nobody meant. */
let stolen: string[];

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let redirecting: (status: number) => Promise<string>;
beforeEach(async () => {
  desk = new Desk();
  [servers, stolen] = [[], []];
  const thief = await listen(
    createServer((request, response) => {
      stolen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      response.writeHead(200, { "content-type": "application/json", connection: "close" }).end("{}");
    }),
  );
  redirecting = (status) =>
    listen(
      createServer((request, response) => {
        request.resume();
        response.writeHead(status, { location: `${thief}${request.url}`, connection: "close" }).end();
      }),
    );
});
afterEach(async () => {
  for (const server of servers) server.close();
  await desk[Symbol.asyncDispose]();
});

test.each([301, 302, 303, 307, 308])("Supabase: a %i handed the service role key to another host", async (status) => {
  const settings = { SUPABASE_URL: await redirecting(status), SUPABASE_SERVICE_ROLE_KEY: "sb_secret_0" };
  const { code, stderr } = await desk.run(["list"], "", settings);
  expect(stderr).toContain(`SUPABASE_URL redirects to another address (HTTP ${status})`);
  expect([code, stolen]).toEqual([2, []]);
});

test.each([301, 302, 303, 307, 308])(
  "LiveKit: a %i sent the dial, with its number, to another host",
  async (status) => {
    const settings = {
      LIVEKIT_HOST: await redirecting(status),
      LIVEKIT_API_KEY: "k",
      LIVEKIT_API_SECRET: "a-secret-long-enough-to-sign-a-token",
    };
    for (const argv of [["trunks"], ["dial", "+12025550123", "--trunk", "ST_1", "--force", "--yes"]]) {
      const { code, stderr } = await desk.run(argv, "", settings);
      expect(stderr).toContain(`LIVEKIT_HOST redirects to another address (HTTP ${status})`);
      expect([code, stolen]).toEqual([2, []]);
    }
    const { stdout } = await desk.run(["doctor"], "", settings);
    expect(stdout).toContain("redirects to another address");
    expect(stolen).toEqual([]);
  },
);

test.each([302, 307])("Twilio: a %i is an error", async (status) => {
  const settings = {
    ...twilioSettings(await redirecting(status)),
    LIVEKIT_HOST: "http://127.0.0.1:9",
    LIVEKIT_API_KEY: "k",
    LIVEKIT_API_SECRET: "a-secret-long-enough-to-sign-a-token",
  };
  const { code, stderr } = await desk.run(
    ["trunks", "provision", "--assistant", "a1", "--number", "+12025550123"],
    "",
    settings,
  );
  expect(stderr).toContain(`redirects to another address (HTTP ${status})`);
  expect([code, stolen]).toEqual([3, []]);
});
