/** What can be said of a campaign on the command line can be said over HTTP, and comes to the same. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Api } from "../support/api.ts";
import { program } from "../support/program.ts";

/** Each option of `create`, the field that stands for it, and a value of each that means the same. */
const PAIRS: Readonly<Record<string, readonly [said: string, field: string, value: unknown]>> = {
  "--name": ["cli", "name", "api"],
  "--list": ["members", "contact_list_id", "members"],
  "--assistant": ["demo", "assistant_id", "demo"],
  "--assistant-name": ["Ann", "assistant_name", "Ann"],
  "--prompt": ["Be kind.", "campaign_prompt", "Be kind."],
  "--daily-cap": ["7", "daily_cap", 7],
  "--days": ["mon,sat", "calling_days", ["mon", "sat"]],
  "--hours": ["9:30-12,14-17", "hours", "9:30-12,14-17"],
  "--timezone": ["Europe/London", "timezone", "Europe/London"],
  "--hours-in": ["campaign", "hours_in", "campaign"],
  "--rules": ["gb", "rules", "gb"],
  "--require-consent": ["", "require_consent", true],
  "--purpose": ["survey", "purpose", "survey"],
  "--max-per-contact": ["3/7d", "max_per_contact", "3/7d"],
  "--needs-dnc": ["ftc,tps", "needs_dnc", ["ftc", "tps"]],
  "--max-age": ["14d", "max_age", "14d"],
  "--concurrency": ["3", "concurrency", 3],
  "--delay": ["1500ms", "delay_ms", 1500],
  "--max-attempts": ["4", "max_attempts", 4],
  "--retry-after": ["1m,2h", "retry_after_ms", [60_000, 7_200_000]],
  "--ring": ["20s", "ring_seconds", 20],
  "--max-duration": ["10m", "max_duration_seconds", 600],
  "--min-talk": ["5s", "min_talk_seconds", 5],
  "--expect-answers": ["low", "expect_answers", "low"],
  "--usual-hang-ups": ["40%", "usual_hang_ups", 40],
  "--on-voicemail": ["message", "on_voicemail", "message"],
  "--voicemail-message": ["Please call us.", "voicemail_message", "Please call us."],
  "--voicemail-after": ["1h", "voicemail_after_ms", 3_600_000],
  "--missed-callback": ["close", "missed_callback", "close"],
  "--retry-agent-lost": ["", "retry_agent_lost", true],
  "--trunk": ["sandbox", "trunk_id", "sandbox"],
  "--from": ["+12025550190", "caller_ids", ["+12025550190"]],
  "--display-name": ["Spring", "display_name", "Spring"],
  "--record": ["s3://calls/spring required", "record", "s3://calls/spring required"],
  "--budget": ["50.5 EUR", "budget", "50.5 EUR"],
  "--prices": ["prices.csv", "prices", "prefix,per_minute,increment\n+1,0.0135,\n+44,0.02,30/6\n"],
  "--retention": ["90d", "retention", "90d"],
  "--notify": ["https://hooks.example.com/calls", "notify_url", "https://hooks.example.com/calls"],
  "--header": ["X-Account=a=b", "headers", { "X-Account": "a=b" }],
};

/** No field stands for these, since … */
const ONLY_THERE: Readonly<Record<string, string>> = {
  "--csv": "POST /contact-lists/{list}/import takes the file",
  "--map": "the same",
  "--ignore": "the same",
  "--rejects": "the same: its answer holds the rejected rows",
  "--force": "the same",
  "--default-region": "the same",
  "--delimiter": "the same",
  "--encoding": "the same",
  "--date-format": "the same",
  "--prompt-file": "campaign_prompt is its text",
  "--rules-file": "rules_table is its JSON",
  "--cps": "delay_ms says it",
  "--start": "POST /campaigns/{id}/start",
  "--if-absent": "PUT /campaigns/by-name/{name} does it",
};
/** Fields that say otherwise what another says. */
const ONLY_HERE = ["start_hour", "end_hour", "rules_table"];

let api: Api;
beforeAll(async () => {
  api = await Api.open();
  await api.list("members", 1);
  writeFileSync(join(api.dir, "prices.csv"), "increment,prefix,per_minute\n30/6,44,0.02\n,1,0.013500");
});
afterAll(() => api[Symbol.asyncDispose]());

const run = (...argv: string[]) =>
  program(argv, {
    cwd: api.dir,
    env: {
      CAMPAIGNS_DB: api.db,
      LIVEKIT_HOST: api.sandbox.url,
      LIVEKIT_API_KEY: api.sandbox.apiKey,
      LIVEKIT_API_SECRET: api.sandbox.apiSecret,
    },
  });

const optionsOf = async (command: string): Promise<string[]> =>
  [...(await run(command, "--help")).stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = ""]) => option);

test("every option of create has its field, or a reason to have none", async () => {
  const everywhere = await optionsOf("list");
  const wanted = (await optionsOf("create")).filter((option) => !everywhere.includes(option));
  expect(wanted.toSorted()).toEqual([...Object.keys(PAIRS), ...Object.keys(ONLY_THERE)].toSorted());

  const { components } = (await (await api.app.request("/openapi.json")).json()) as {
    components: { schemas: Record<string, { properties: object }> };
  };
  const fields = Object.keys(components.schemas["CampaignInput"]?.properties ?? {});
  expect(fields.toSorted()).toEqual([...Object.values(PAIRS).map(([, field]) => field), ...ONLY_HERE].toSorted());
});

test("all of them said at once come to the same settings, and can be taken back or said anew", async () => {
  const argv = Object.entries(PAIRS).flatMap(([option, [said]]) => [
    option,
    ...(said === "" ? [] : option === "--record" ? said.split(" ") : [said]),
  ]);
  const made = await run("create", ...argv, "--json");
  expect([made.code, made.stderr]).toEqual([0, expect.not.stringContaining("error")]);
  const body = Object.fromEntries(Object.values(PAIRS).map(([, field, value]) => [field, value]));
  const { status, json } = await api.ask("POST", "/campaigns", body);
  expect([status, json.error]).toEqual([201, undefined]);
  const settings = json.campaign.settings;
  expect({ ...(await api.ask("GET", "/campaigns/cli")).json.campaign.settings, name: "api" }).toEqual(settings);

  // Nothing of it is lost when something else is changed.
  const changed = await api.ask("PUT", "/campaigns/api", { daily_cap: 8, max_age: "7d" });
  expect(changed.json.campaign.settings).toEqual({ ...settings, daily_cap: 8, max_age: "7d" });
  const { name: _, ...wanted } = { ...body, daily_cap: 8, max_age: "7d" } as unknown as { name: string };
  expect((await api.ask("PUT", "/campaigns/by-name/api", wanted)).status).toBe(200);
  const differs = await api.ask("PUT", "/campaigns/by-name/api", { ...wanted, needs_dnc: ["ftc"], record: "file" });
  expect(Object.keys(differs.json.differs).toSorted()).toEqual(["needs_dnc", "record"]);

  const back = { needs_dnc: [], record: null, usual_hang_ups: null, missed_callback: "next-day", headers: {} };
  expect((await api.ask("PUT", "/campaigns/api", back)).json.campaign.settings).toEqual({
    ...settings,
    ...back,
    daily_cap: 8,
    max_age: null,
  });
});

test("what the guard holds a campaign for is not taken back with what is usual there", async () => {
  await api.ask("POST", "/campaigns", { name: "held", assistant_id: "demo", contact_list_id: "members" });
  const store = api.store(null);
  const { json } = await api.ask("POST", "/campaigns/held/start");
  const held = { sickness: "early_hang_ups", share: 0.7, callerIds: [], calls: [] } as const;
  const guard = { held, accepted: { late_words: 0.2 } };
  await store.moveCampaign(json.campaign.id, "pause", { at: 0, reason: "sick", guard });
  for (const usual_hang_ups of [60, null]) {
    expect((await api.ask("PUT", "/campaigns/held", { usual_hang_ups })).json.campaign).toMatchObject({
      held: { share: 0.7 },
      settings: { usual_hang_ups },
    });
    expect((await store.findCampaigns("held"))[0]?.guard?.accepted.late_words).toBe(0.2);
    expect((await api.ask("POST", "/campaigns/held/resume")).json.error.code).toBe("held");
  }
});
