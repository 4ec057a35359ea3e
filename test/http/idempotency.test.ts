/** Idempotency-Key: sent again, answered the same, and done once: also by two at once, and over a restart. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { ALWAYS, type Answer, Api, TOKENS } from "../support/api.ts";

const RINGS = { others: [{ weight: 1, behaviour: { does: "answer", rings: 1, talks: 0.2 } }] };
const DIAL = "/livekit/outbound-calls/create-participant";

let api: Api;
let trunk_id: string;
beforeEach(async () => {
  api = await Api.open(RINGS);
  trunk_id = (await api.ask("GET", "/livekit/outbound-calls/trunks")).json.trunks[0].id;
});
afterEach(async () => {
  expect(api.bugs).toEqual([]);
  await api[Symbol.asyncDispose]();
});

const dial = (key: string, phone_number = "+12025550123", on = api, token: string = TOKENS.admin): Promise<Answer> =>
  on.ask("POST", DIAL, { phone_number, trunk_id }, { token, "idempotency-key": key });

test("a dial that is sent again is answered as the first time, and no second phone rings", async () => {
  const first = await dial("k1");
  expect(first.status).toBe(201);
  const again = await dial("k1");
  expect([again.status, again.json]).toEqual([201, first.json]);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(api.sandbox.world.dials).toHaveLength(1);
});

test("of two at once one dials, and the other is told so", async () => {
  const answers = await Promise.all([dial("k1"), dial("k1"), dial("k1")]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
  expect(answers.filter(({ status }) => status === 409).map(({ json }) => json.error.code)).toEqual([
    "in_progress",
    "in_progress",
  ]);
  expect(api.sandbox.world.dials).toHaveLength(1);
});

test("another request with the same key is refused; another key, and another owner's, is another request", async () => {
  await dial("k1");
  expect((await dial("k1", "+12025550124")).json.error.code).toBe("key_reused");
  expect(
    (await api.ask("POST", "/do-not-call/check", { phone_numbers: ["+12025550123"] }, { "idempotency-key": "k1" })).json
      .error.code,
  ).toBe("key_reused");
  expect(api.sandbox.world.dials).toHaveLength(1);
  expect((await dial("k2", "+12025550124")).status).toBe(201);
  const csv = "phone\n+12025550101";
  const asAlice = await api.ask("POST", "/contact-lists/hers/import", csv, {
    token: TOKENS.alice,
    "idempotency-key": "k1",
  });
  expect(asAlice.status).toBe(200);
});

test("a refusal is an answer too: what is sent again later is not suddenly done", async () => {
  await api.ask("POST", "/do-not-call", { phone_numbers: ["+12025550123"] });
  expect((await dial("k1")).status).toBe(409);
  await api.ask("POST", "/do-not-call/remove", { phone_numbers: ["+12025550123"] });
  expect((await dial("k1")).json.error.code).toBe("do_not_call");
  expect(api.sandbox.world.dials).toHaveLength(0);
});

test("whatever is kept of a person has their number in it, and goes when they are erased", async () => {
  const phone_number = "+12025550123";
  const asks: [path: string, input: object][] = [
    [DIAL, { phone_number, trunk_id, contact_name: "Ann Lee" }],
    ["/contacts/lookup", { phone_number }],
    ["/do-not-call/check", { phone_numbers: [phone_number] }],
  ];
  const answers = async (): Promise<Answer[]> => {
    const all: Answer[] = [];
    for (const [n, [path, input]] of asks.entries())
      all.push(await api.ask("POST", path, input, { "idempotency-key": `k${n}` }));
    return all;
  };
  const [dialed] = await answers();
  expect(dialed?.json).toMatchObject({ call: { contact_name: "Ann Lee" } });
  const store = api.store(null);
  await expect.poll(() => store.erase(phone_number, Date.now()), { timeout: 10_000 }).not.toBeNull();
  expect((await answers()).map(({ json }) => json.error?.code)).toEqual(["erased", "erased", "erased"]);
});

test("a server that died in the middle leaves the key taken: nobody knows whether the phone rang", async () => {
  await api.store(null).claimKey("k1", "of a server that is gone", Date.parse("2026-11-23T17:00:00Z"));
  expect((await dial("k1")).json.error.code).toBe("in_progress");
  expect(api.sandbox.world.dials).toHaveLength(0);
});

async function send(text: string): Promise<[number, string | null]> {
  const form = new FormData();
  form.set("file", new File([text], "a.csv"));
  const headers = { authorization: `Bearer ${TOKENS.admin}`, "idempotency-key": "f" };
  const { status, headers: got } = await api.app.request("/api/v1/contact-lists/members/import", {
    method: "POST",
    headers,
    body: form,
  });
  return [status, got.get("idempotent-replayed")];
}

test("a file in a form is the same file, though its boundary is another one", async () => {
  expect(await send("phone\n+12025550101")).toEqual([200, null]);
  expect(await send("phone\n+12025550101")).toEqual([200, "true"]);
  expect(await send("phone\n+12025550102")).toEqual([409, null]);
});

test("a campaign is created once, however often it is sent", async () => {
  await api.list("members", 1);
  const spring = { name: "spring", assistant_id: "demo", contact_list_id: "members", ...ALWAYS };
  const sent = async (): Promise<unknown> =>
    (await api.ask("POST", "/campaigns", spring, { "idempotency-key": "c" })).json;
  expect(await sent()).toEqual(await sent());
  expect((await api.ask("POST", "/campaigns", spring, { "idempotency-key": "not a key" })).status).toBe(400);
});

test("a campaign that many make by its name at once is made by one, and confirmed to the others", async () => {
  await api.ask("POST", "/contact-lists/members/import", "phone\n+12025550101");
  const wanted = { assistant_id: "demo", contact_list_id: "members", ...ALWAYS };
  const put = (): Promise<Answer> => api.ask("PUT", "/campaigns/by-name/spring", wanted);
  const answers = await Promise.all(Array.from({ length: 6 }, put));
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 200, 200, 200, 201]);
  expect(new Set(answers.map(({ json }) => json.campaign.id)).size).toBe(1);
});
