/** /metrics: what Prometheus reads of a process, and what it must not. */
import { expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import { Metrics } from "../../src/http/metrics.ts";
import { Api, TOKENS } from "../support/api.ts";

const RINGS = { others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 0.3 } }] };

const read = async (api: Api, token: string): Promise<readonly [number, string]> => {
  const answer = await api.app.request("/metrics", { headers: { authorization: `Bearer ${token}` } });
  return [answer.status, await answer.text()];
};

test("counts dials, endings and requests, times the database, and names nobody", async () => {
  await using api = await Api.open(RINGS);
  const { json } = await api.ask("GET", "/livekit/outbound-calls/trunks");
  const said = { phone_number: "+12025550123", contact_name: "Ada", trunk_id: json.trunks[0].id };
  await api.ask("POST", "/livekit/outbound-calls/create-participant", said);
  expect((await read(api, TOKENS.read))[1]).toMatch(/^campaigns_live_calls 1$/m);
  await api.singleCalls.ended();
  const [, text] = await read(api, TOKENS.read);
  for (const line of [
    "campaigns_dials_total 1",
    "campaigns_calls_answered_total 1",
    'campaigns_call_endings_total{ending="completed"} 1',
    "campaigns_live_calls 0",
    "campaigns_detection_seconds_count 1",
    'campaigns_store_seconds_count{verb="beginDial"} 1',
    'campaigns_http_request_seconds_count{method="POST",status="201"} 1',
  ]) {
    expect(text.split("\n")).toContain(line);
  }
  expect(text).toContain("nodejs_eventloop_lag_seconds");
  expect(text).not.toMatch(/Ada|202555|token/);
});

test("is for those who may see everybody's", async () => {
  await using api = await Api.open();
  expect((await read(api, TOKENS.admin))[0]).toBe(200);
  expect((await read(api, TOKENS.alice))[0]).toBe(403);
  expect((await read(api, "wrong-token-0123456789"))[0]).toBe(401);
});

test("says how fast the running campaigns may dial together, and all else when the database does not answer", async () => {
  await using api = await Api.open();
  const pace = async (): Promise<string[]> =>
    (await read(api, TOKENS.admin))[1].split("\n").filter((line) => /^campaigns_(running|pace)/.test(line));
  expect(await pace()).toEqual(["campaigns_running 0", "campaigns_pace_dials_per_second 0"]);
  await api.list("members", 1);
  for (const [name, delay_ms] of [
    ["spring", 2000],
    ["summer", 250],
    ["idle", 10],
  ] as const) {
    await api.ask("POST", "/campaigns", { name, assistant_id: "demo", contact_list_id: "members", delay_ms });
    if (name !== "idle") await api.ask("POST", `/campaigns/${name}/start`);
  }
  expect(await pace()).toEqual(["campaigns_running 2", "campaigns_pace_dials_per_second 4.5"]);
  const down = { listCampaigns: () => Promise.reject(new Error("down")) };
  expect(await new Metrics(systemClock).text(down)).toMatch(/^campaigns_pace_dials_per_second Nan$/im);
});
