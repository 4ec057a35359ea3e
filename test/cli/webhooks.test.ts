/** Real processes: LiveKit tells `serve` how calls end, and `run` or `serve --run` stores it. */
import { expect, test } from "vitest";
import { Scratch } from "../support/cli.ts";
import { playCampaign } from "../support/told.ts";
import { program } from "../support/program.ts";

const talks = (n: number): number => 3 + n * 1.37;

test.each(["process", "store"] as const)(
  "ends that are told to the %s are known at once, and true",
  async (hears) => {
    const { ended, dials, webhooks, stderr } = await playCampaign({ hears, calls: 8, talks });
    expect(dials).toBe(8);
    for (const { off, said, status } of ended) {
      expect(status).toBe("completed");
      expect(off).toBeGreaterThan(-150);
      expect(off).toBeLessThanOrEqual(said + 250);
    }
    // What a look a second would have known after half a second and more.
    const noticed = ended.map((one) => one.noticed).toSorted((a, b) => a - b);
    expect(noticed[3]).toBeLessThan(hears === "process" ? 800 : 2500);
    expect(webhooks).toMatchObject({ refused: 0, lost: 0 });
    expect(webhooks["delivered"]).toBeGreaterThan(8 * 6);
    expect(stderr).not.toMatch(/turnPassword|of the room/);
  },
  120_000,
);

test("webhooks that are lost, late, repeated and out of order change no ending", async () => {
  const all = ["webhook_lost", "webhook_twice", "webhook_late", "webhook_overtaken"] as const;
  const faults = all.map((does) => ({ method: "", chance: 0.2, does, seconds: 4 }));
  const { ended, dials, webhooks } = await playCampaign({ hears: "process", calls: 12, talks, faults });
  expect(dials).toBe(12);
  expect(webhooks["lost"]).toBeGreaterThan(0);
  for (const { off, said, status } of ended) {
    expect(status).toBe("completed");
    expect(off).toBeGreaterThan(-150);
    expect(off).toBeLessThanOrEqual(said + 250);
  }
}, 120_000);

test("webhooks that are signed with another key are refused, and that is said once", async () => {
  const { startSandbox } = await import("../../src/sandbox/index.ts");
  const { systemClock } = await import("../../src/engine/ports/clock.ts");
  const { once } = await import("node:events");
  await using ours = await startSandbox({ clock: systemClock });
  await using others = await startSandbox({ clock: systemClock });
  using scratch = new Scratch(ours);
  const server = scratch.start("serve", "--port", "0", "--json");
  const [first] = (await once(server.stdout ?? server, "data")) as [Buffer];
  const { url } = JSON.parse(String(first).split("\n")[0] ?? "") as { url: string };
  others.webhooks.url = `${url}/webhooks/livekit`;
  for (let n = 0; n < 5; n++) others.world.createRoom({ name: `call-${n}` });
  await expect.poll(() => others.webhooks.counts.refused, { timeout: 10_000 }).toBe(5);
  server.kill("SIGTERM");
  const { stderr } = await server.ended;
  expect(stderr.match(/refused a webhook/g)).toHaveLength(1);
  expect(stderr).toContain("LIVEKIT_API_KEY");
  expect(stderr).not.toContain(others.apiSecret);
}, 60_000);

test.each(["calls.example.com", "ftp://x", "https://user:pass@x", "https://x/?a=1"])(
  "CAMPAIGNS_PUBLIC_URL=%s is no address",
  async (url) => {
    using scratch = new Scratch();
    const { env, cwd } = scratch.how();
    const given = { cwd, env: { ...env, CAMPAIGNS_PUBLIC_URL: url } };
    const { code, stderr } = await program(["serve", "--port", "0"], given);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining("CAMPAIGNS_PUBLIC_URL: expected an http or https address"),
    ]);
  },
);
