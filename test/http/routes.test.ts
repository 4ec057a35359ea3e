/** The routes, each as a client uses it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ALWAYS, Api, TOKENS } from "../support/api.ts";

let api: Api;
beforeEach(async () => void (api = await Api.open()));
afterEach(async () => {
  expect(api.bugs).toEqual([]);
  await api[Symbol.asyncDispose]();
});

const spring = (more: object = {}): object => ({
  name: "spring",
  assistant_id: "demo",
  contact_list_id: "members",
  ...ALWAYS,
  ...more,
});

describe("campaigns", () => {
  test("are created on a list, found by name and id, listed, and say what was decided", async () => {
    await api.list("members", 3);
    const settings = {
      daily_cap: 7,
      delay_ms: 1500,
      ring_seconds: 20,
      retry_after_ms: [60_000, 7_200_000],
      max_attempts: 3,
    };
    const created = await api.ask("POST", "/campaigns", spring({ ...settings, headers: { "X-Account": "a=b" } }));
    expect(created).toMatchObject({ status: 201, json: { success: true, campaign: { name: "spring", settings } } });
    const { id } = created.json.campaign;
    for (const ref of ["spring", id, id.slice(0, 8)]) {
      expect((await api.ask("GET", `/campaigns/${ref}`)).json).toEqual(created.json);
    }
    expect((await api.ask("GET", "/campaigns?status=idle")).json.campaigns).toEqual([created.json.campaign]);
    expect((await api.ask("GET", "/campaigns?status=running")).json.campaigns).toEqual([]);
  });

  test("say all that is wrong with them, and leave nothing", async () => {
    await api.list("members", 1);
    const answer = await api.ask("POST", "/campaigns", spring({ hours: "25-26", timezone: "Mars/Base" }));
    expect(answer).toMatchObject({ status: 400, json: { success: false, error: { code: "settings" } } });
    expect(answer.json.error.message).toMatch(/hours: .*\n?.*timezone: /s);
    const unknown = await api.ask("POST", "/campaigns", spring({ dialy_cap: 5 }));
    expect(unknown).toMatchObject({ status: 400, json: { error: { code: "invalid_request" } } });
    expect(unknown.json.error.message).toContain("dialy_cap");
    expect((await api.ask("POST", "/campaigns", spring({ contact_list_id: "nobody" }))).status).toBe(404);
    expect((await api.ask("GET", "/campaigns")).json.campaigns).toEqual([]);
  });

  test("change in what is said and in nothing else, but not while they are dialed", async () => {
    await api.list("members", 2);
    const { json: before } = await api.ask("POST", "/campaigns", spring({ max_per_contact: "3/7d", daily_cap: 9 }));
    const changed = await api.ask("PUT", "/campaigns/spring", { daily_cap: 5, max_per_contact: null });
    expect(changed.json.campaign.settings).toEqual({
      ...before.campaign.settings,
      daily_cap: 5,
      max_per_contact: null,
    });
    await api.ask("POST", "/campaigns/spring/start");
    expect(await api.ask("PUT", "/campaigns/spring", { daily_cap: 6 })).toMatchObject({
      status: 409,
      json: { error: { code: "forbidden_change" } },
    });
    await api.ask("POST", "/campaigns/spring/pause");
    const paused = await api.ask("PUT", "/campaigns/spring", { hours: "10-12", name: "summer" });
    expect(paused.json.campaign).toMatchObject({
      name: "summer",
      total: 2,
      settings: { hours: "10:00-12:00", daily_cap: 5 },
    });
  });

  test("of a name are created, confirmed, or said to differ", async () => {
    await api.list("members", 1);
    const { name: _, ...wanted } = spring({ daily_cap: 5 }) as { name: string };
    expect((await api.ask("PUT", "/campaigns/by-name/spring", wanted)).status).toBe(201);
    expect((await api.ask("PUT", "/campaigns/by-name/spring", wanted)).status).toBe(200);
    const other = await api.ask("PUT", "/campaigns/by-name/spring", { ...wanted, daily_cap: 6, concurrency: 3 });
    expect(other).toMatchObject({ status: 409, json: { differs: { daily_cap: [5, 6], concurrency: [10, 3] } } });
    expect((await api.ask("GET", "/campaigns")).json.campaigns).toHaveLength(1);
  });

  test("start, pause, resume and stop as their status allows", async () => {
    await api.list("members", 2);
    await api.ask("POST", "/campaigns", spring());
    const dry = await api.ask("POST", "/campaigns/spring/start?dry_run=true");
    expect(dry.json).toMatchObject({ campaign: { execution_status: "idle" }, preflight: { callable: 2 } });
    const statusAfter = async (move: string): Promise<unknown> => {
      const { json } = await api.ask("POST", `/campaigns/spring/${move}`);
      return json.campaign?.execution_status ?? json.error.code;
    };
    expect(await statusAfter("resume")).toBe("forbidden_move");
    expect(await statusAfter("start")).toBe("running");
    expect(await statusAfter("pause")).toBe("paused");
    expect(await statusAfter("resume")).toBe("running");
    expect(await statusAfter("stop?now=true")).toBe("completed");
    expect(await statusAfter("start")).toBe("forbidden_move");
    const { json } = await api.ask("GET", "/campaigns/spring/status");
    expect(json).toMatchObject({ status: { total: 2, end_reasons: { stopped: 2 } }, costs: [] });
  });

  test("say how far they are to many at once, and to whoever changed them as they are now", async () => {
    await api.list("members", 1);
    await api.ask("POST", "/campaigns", spring());
    const statusNow = async (token: string = TOKENS.admin): Promise<unknown> => {
      const { status, json } = await api.ask("GET", "/campaigns/spring/status", undefined, { token });
      return status === 200 ? json.status.execution_status : status;
    };
    expect(await Promise.all([statusNow(), statusNow(), statusNow(TOKENS.bob)])).toEqual(["idle", "idle", 404]);
    expect(await statusNow()).toBe("idle");
    await api.ask("PUT", "/campaigns/spring", { daily_cap: 3 });
    expect((await api.ask("GET", "/campaigns/spring/status")).json.status.daily_cap).toBe(3);
    for (const [move, status] of [
      ["start", "running"],
      ["pause", "paused"],
      ["stop", "completed"],
    ] as const) {
      await api.ask("POST", `/campaigns/spring/${move}`);
      expect([await statusNow(), await statusNow(TOKENS.bob)]).toEqual([status, 404]);
    }
  });

  test("are deleted while they never dialed", async () => {
    await api.list("members", 1);
    const { json } = await api.ask("POST", "/campaigns", spring());
    expect((await api.ask("DELETE", "/campaigns/spring")).json).toEqual({ success: true, deleted: json.campaign.id });
    expect((await api.ask("GET", "/campaigns/spring")).status).toBe(404);
  });
});

describe("calls", () => {
  test("come page by page, in list order", async () => {
    await api.list("members", 5);
    await api.ask("POST", "/campaigns", spring());
    await api.ask("POST", "/campaigns/spring/start");
    const names: string[] = [];
    for (let after = ""; ;) {
      const { json } = await api.ask("GET", `/campaigns/spring/calls?limit=2${after}`);
      names.push(...json.calls.map((call: { contact_name: string }) => call.contact_name));
      if (json.next === null) break;
      after = `&after=${json.next}`;
    }
    expect(names).toEqual([0, 1, 2, 3, 4].map((n) => `Person ${n}`));
    expect((await api.ask("GET", "/campaigns/spring/calls?after=x")).status).toBe(400);
  });

  test("take an outcome, which may put the number on the list; explain says so", async () => {
    await api.list("members", 1);
    await api.ask("POST", "/campaigns", spring());
    await api.ask("POST", "/campaigns/spring/start");
    const [call] = (await api.ask("GET", "/campaigns/spring/calls")).json.calls;
    const put = await api.ask("PUT", `/outbound-calls/${call.id}/outcome`, { outcome: "do_not_call", notes: "asked" });
    expect(put.json.call).toMatchObject({ id: call.id, outcome: "do_not_call", notes: "asked" });
    const { json } = await api.ask("POST", "/campaigns/spring/explain", { phone_number: call.phone_number });
    expect(json.explanation).toMatchObject({ do_not_call: true, call: { id: call.id } });
    expect((await api.ask("PUT", "/outbound-calls/nobody/outcome", { outcome: "callback" })).status).toBe(404);
    expect((await api.ask("PUT", `/outbound-calls/${call.id}/outcome`, { outcome: "fine" })).status).toBe(400);
  });

  test("a single one answers once the phone rings, and is seen to its end", async () => {
    await using rings = await Api.open({ numbers: { "+12025550123": [{ does: "answer", rings: 1, talks: 0.3 }] } });
    const { trunk } = await newTrunk(rings);
    const said = { phone_number: "+12025550123", trunk_id: trunk, max_duration_seconds: 60 };
    const answer = await rings.ask("POST", "/livekit/outbound-calls/create-participant", said);
    expect(answer).toMatchObject({ status: 201, json: { call: { campaign_id: null, phone_number: "+12025550123" } } });
    await rings.singleCalls.ended();
    expect((await rings.store(null).findCall(answer.json.call.id))?.status).toBe("completed");
    expect(rings.sandbox.world.dials).toHaveLength(1);
  });

  test("a single one to a number on the list is refused, whoever asks", async () => {
    const { trunk } = await newTrunk(api);
    await api.ask("POST", "/do-not-call", { phone_numbers: ["+12025550123"] });
    const said = { phone_number: "+12025550123", trunk_id: trunk };
    for (const token of [TOKENS.admin, TOKENS.operate, TOKENS.alice]) {
      const answer = await api.ask("POST", "/livekit/outbound-calls/create-participant", said, { token });
      expect(answer).toMatchObject({ status: 409, json: { error: { code: "do_not_call" } } });
    }
    expect(api.sandbox.world.dials).toHaveLength(0);
    expect(
      (await api.ask("POST", "/livekit/outbound-calls/create-participant", { phone_number: "+1202" })).status,
    ).toBe(400);
  });
});

describe("contacts and the do-not-call list", () => {
  test("a file comes as it is or in a form, and adds nobody twice", async () => {
    await api.list("members", 3);
    const form = new FormData();
    form.set("file", new File(["phone;name\n+12025550100;Ada\n202 555 0177;Bob"], "more.csv"));
    const more = await api.app.request("/api/v1/contact-lists/members/import?default_region=US", {
      method: "POST",
      headers: { authorization: `Bearer ${TOKENS.admin}` },
      body: form,
    });
    expect(await more.json()).toMatchObject({
      created: false,
      list: { contacts: 4 },
      import: { kept: 1, duplicates: 1 },
    });
    expect((await api.ask("GET", "/contact-lists")).json.lists).toMatchObject([{ name: "members", contacts: 4 }]);
    expect((await api.ask("POST", "/contact-lists/x/import", { a: 1 })).status).toBe(415);
    expect((await api.ask("POST", "/contact-lists/x/import", "nothing\nhere")).status).toBe(400);
  });

  test("numbers go on the list and off it, are checked, and come page by page", async () => {
    const phone_numbers = ["+12025550101", "+12025550102", "+1900*"];
    expect(
      (await api.ask("POST", "/do-not-call", { phone_numbers, reason: "asked", source: "desk" })).json,
    ).toMatchObject({
      added: 3,
      already: 0,
    });
    const checked = await api.ask("POST", "/do-not-call/check", { phone_numbers: ["+12025550101", "+12025550103"] });
    expect(checked.json).toMatchObject({
      do_not_call: false,
      numbers: [{ do_not_call: true }, { do_not_call: false }],
    });
    const page = await api.ask("GET", "/do-not-call?limit=2");
    expect(page.json.entries).toHaveLength(2);
    const rest = await api.ask("GET", `/do-not-call?limit=2&after=${encodeURIComponent(page.json.next)}`);
    expect([rest.json.entries.length, rest.json.next]).toEqual([1, null]);
    expect((await api.ask("GET", "/do-not-call/sources")).json.sources).toMatchObject([{ source: "desk", entries: 3 }]);
    const gone = await api.ask("POST", "/do-not-call/remove", { phone_numbers: ["+12025550101", "+12025550109"] });
    expect(gone.json).toMatchObject({ removed: 1, unknown: 1 });
  });

  test("all that is known of a number is told without its being in an address", async () => {
    await api.list("members", 1);
    const { json } = await api.ask("POST", "/contacts/lookup", { phone_number: "+12025550100" });
    expect(json.contact).toMatchObject({ on_do_not_call_list: false, lists: [{ name: "members" }] });
    expect((await api.ask("POST", "/contacts/lookup", { phone_number: "+12025550199" })).status).toBe(404);
  });
});

async function newTrunk(on: Api): Promise<{ readonly trunk: string }> {
  const { json } = await on.ask("GET", "/livekit/outbound-calls/trunks");
  return { trunk: json.trunks[0].id as string };
}
