/** Who gets in, and how far: every route without a token, with a wrong one, with too little scope, with another owner's. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../src/engine/ports/clock.ts";
import type { AuditEntry } from "../../src/engine/ports/index.ts";
import { Access, RateLimit } from "../../src/http/access.ts";
import { parseTokens, tokenOf } from "../../src/http/tokens.ts";
import { scopeOf } from "../../src/http/security.ts";
import { ALICE, ALWAYS, type Answer, Api, BOB, TOKENS } from "../support/api.ts";

const SECRET = "0123456789abcdef0123";
const NOBODY = "00000000-0000-4000-8000-000000000000";
const ROOT = { name: "hers", assistant_id: "demo", contact_list_id: "members", ...ALWAYS };

let api: Api;
let campaign: string;
let call: string;
let routes: { readonly method: string; readonly path: string }[];

beforeAll(async () => {
  const users = { "eyJhbGciOi.carol.signature": "ca501000-0000-4000-8000-00000000000c" } as Readonly<
    Record<string, string>
  >;
  api = await Api.open({}, {}, (jwt) => Promise.resolve(users[jwt] ?? null));
  const token = TOKENS.alice;
  await api.list("members", 3, token);
  campaign = (await api.ask("POST", "/campaigns", ROOT, { token })).json.campaign.id;
  await api.ask("POST", `/campaigns/${campaign}/start`, undefined, { token });
  call = (await api.ask("GET", `/campaigns/${campaign}/calls`, undefined, { token })).json.calls[0].id;
  const { paths } = (await (await api.app.request("/openapi.json")).json()) as { paths: Record<string, object> };
  routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({
      method: method.toUpperCase(),
      path: path
        .replace("{id}", campaign)
        .replace("{callId}", call)
        .replace("{name}", "hers")
        .replace("{list}", "members"),
    })),
  );
});
afterAll(() => api[Symbol.asyncDispose]());

describe("every route", () => {
  test("answers nobody without a token, or with one that is not known", async () => {
    expect(routes.length).toBeGreaterThan(20);
    for (const { method, path } of routes) {
      for (const token of ["", "wrong-token-0123456789", `${TOKENS.admin}x`, TOKENS.admin.slice(0, -1)]) {
        const answer = await api.ask(method, path, undefined, { token });
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(answer.json.error.code).toBe("unauthorized");
      }
    }
  });

  test("asks for the scope that it takes, before it looks at what was sent", async () => {
    // A webhook has a signature instead of a token.
    for (const { method, path } of routes.filter((route) => !route.path.startsWith("/webhooks/"))) {
      const needed = scopeOf(method, path);
      const elsewhere = path.replace(campaign, NOBODY).replace(call, NOBODY);
      for (const [token, scope] of [
        [TOKENS.read, "read"],
        [TOKENS.operate, "operate"],
      ] as const) {
        const mayNot = ["read", "operate", "admin"].indexOf(scope) < ["read", "operate", "admin"].indexOf(needed);
        const { status } = await api.ask(method, elsewhere, method === "GET" ? undefined : {}, { token });
        expect([method, path, scope, status === 403]).toEqual([method, path, scope, mayNot]);
      }
    }
  });

  test("writes down whom it refused, and who did what", async () => {
    await api.ask("GET", "/campaigns", undefined, { token: "nobody-knows-this-token" });
    await api.ask("POST", `/campaigns/${campaign}/pause`, undefined, { token: TOKENS.read });
    const refused = async () =>
      (await api.store(null).auditEntries({ limit: 1000 })).filter(({ action }) => action === "access.refused");
    await expect
      .poll(async () => (await refused()).map(({ after }) => JSON.parse(String(after)) as unknown))
      .toContainEqual(expect.objectContaining({ status: 403, method: "POST" }));
    expect(JSON.stringify(await refused())).not.toContain("nobody-knows");
  });

  test("of the lists of people is written down: once a day for a token, and not for every page", async () => {
    const exported = async () =>
      (await api.store(null).auditEntries({ limit: 1000 }))
        .filter(({ action }) => action === "data.exported")
        .map(({ userId, campaignId, after }) => [userId, campaignId, JSON.parse(String(after)) as unknown]);
    const before = await exported();
    await api.ask("POST", "/do-not-call", { phone_numbers: ["+12025550178"] });
    for (const token of [TOKENS.operate, TOKENS.read, TOKENS.operate]) {
      await api.ask("GET", `/campaigns/${campaign}/calls?limit=1`, undefined, { token });
      await api.ask("GET", `/campaigns/${campaign}/status`, undefined, { token });
      await api.ask("GET", "/do-not-call?limit=1", undefined, { token });
    }
    const [list, calls] = [
      [null, null, { what: "do-not-call list", by: "api" }],
      [null, campaign, { what: "calls", by: "api" }],
    ];
    expect((await exported()).slice(0, -before.length || undefined)).toEqual([list, calls, list, calls]);
    // Alice has looked at hers already.
    expect(before.filter(([owner]) => owner === ALICE)).toEqual([[ALICE, campaign, { what: "calls", by: "api" }]]);
  });

  test("writes down, for the installation alone, who asked for what is another's and was told that it is not there", async () => {
    const paths = [`/campaigns/${campaign}`, `/outbound-calls/${call}/outcome`];
    for (const path of paths) {
      const [hidden, absent] = [
        await asked(path, TOKENS.bob),
        await asked(path.replace(campaign, NOBODY).replace(call, NOBODY), TOKENS.bob),
      ];
      expect([hidden.status, absent.status]).toEqual([404, 404]);
      const said = (text: string) => text.replaceAll(campaign, NOBODY).replaceAll(call, NOBODY);
      expect(said(JSON.stringify(hidden.json))).toBe(JSON.stringify(absent.json));
    }
    const own = await asked(`/campaigns/${campaign}/explain`, TOKENS.alice);
    expect(own.status).toBe(404);
    await expect
      .poll(async () => (await refused404(null)).map(({ campaignId, callId }) => [campaignId, callId]))
      .toEqual([
        [null, call],
        [campaign, null],
      ]);
    for (const owner of [BOB, ALICE]) expect(await refused404(owner)).toEqual([]);
    expect(JSON.stringify(await refused404(null))).not.toContain(NOBODY);
  });

  test("finds and changes nothing of another owner's", async () => {
    const before = await seen(TOKENS.alice);
    for (const token of [TOKENS.bob, "eyJhbGciOi.carol.signature"]) {
      for (const { method, path } of routes.filter(
        (route) => route.path.includes(campaign) || route.path.includes(call),
      )) {
        const body = method === "GET" || method === "DELETE" ? undefined : bodyOf(path);
        const { status } = await api.ask(method, path, body, { token });
        expect([method, path, status]).toEqual([
          method,
          path,
          method === "DELETE" && token.startsWith("ey") ? 403 : 404,
        ]);
      }
      expect((await api.ask("GET", "/campaigns", undefined, { token })).json.campaigns).toEqual([]);
      expect((await api.ask("GET", "/contact-lists", undefined, { token })).json.lists).toEqual([]);
      expect((await api.ask("POST", "/contacts/lookup", { phone_number: "+12025550100" }, { token })).status).toBe(404);
      const named = { assistant_id: "demo", contact_list_id: "members", ...ALWAYS };
      expect((await api.ask("PUT", "/campaigns/by-name/hers", named, { token })).status).toBe(404);
    }
    expect(await seen(TOKENS.alice)).toEqual(before);
  });

  test("that needs no token tells nothing of anybody", async () => {
    for (const path of ["/healthz", "/readyz", "/openapi.json", "/docs"]) {
      const answer = await api.app.request(path);
      expect(answer.status).toBe(200);
      expect(await answer.text()).not.toMatch(/"hers"|Person \d|alice|a11ce000/);
    }
  });
});

test("a signed-in user sees and changes nothing of the do-not-call list, which has no owner", async () => {
  const token = "eyJhbGciOi.carol.signature";
  await api.ask("POST", "/do-not-call", { phone_numbers: ["+12025550177"] });
  const phone_numbers = ["+12025550177"];
  for (const path of ["/do-not-call", "/do-not-call/check"]) {
    expect((await api.ask("POST", path, { phone_numbers }, { token })).status).toBe(403);
  }
  expect((await api.ask("GET", "/do-not-call", undefined, { token })).status).toBe(403);
  expect((await api.ask("POST", "/contacts/lookup", { phone_number: "+12025550177" }, { token })).status).toBe(404);
  expect((await api.ask("POST", "/contacts/lookup", { phone_number: "+12025550177" })).status).toBe(200);
});

test("an owner sees of LiveKit's trunks those with numbers of their own", async () => {
  expect((await api.ask("GET", "/livekit/outbound-calls/trunks")).json.trunks).toHaveLength(1);
  expect(
    (await api.ask("GET", "/livekit/outbound-calls/trunks", undefined, { token: TOKENS.bob })).json.trunks,
  ).toEqual([]);
});

test("answers carry no stack and no name of the machine, and tell browsers to keep out", async () => {
  const answer = await api.ask("GET", "/campaigns/nobody");
  expect(JSON.stringify(answer.json)).not.toMatch(/ at |node_modules|\.ts:/);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  });
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
});

test("pages of another origin may call where that was allowed, and only those", async () => {
  await using open = await Api.open({}, { origins: ["https://app.example.com"] });
  const from = async (origin: string) =>
    (await open.ask("GET", "/campaigns", undefined, { origin })).headers.get("access-control-allow-origin");
  expect(await from("https://app.example.com")).toBe("https://app.example.com");
  expect(await from("https://evil.example.com")).toBeNull();
});

test("a body that is too long is refused, whatever it says of its length", async () => {
  const long = JSON.stringify({ outcome: "callback", notes: "x".repeat(1 << 20) });
  const body = new ReadableStream({
    pull: (controller) => {
      controller.enqueue(new TextEncoder().encode(long));
      controller.close();
    },
  });
  const headers = { authorization: `Bearer ${TOKENS.admin}`, "content-type": "application/json" };
  const init = { method: "PUT", headers, body, duplex: "half" } as RequestInit;
  const answer = await api.app.request(`/api/v1/outbound-calls/${call}/outcome`, init);
  expect(answer.status).toBe(413);
});

test("a token that asks too often waits; others do not", async () => {
  await using slow = await Api.open({}, { perSecond: 2 });
  const asked = async (token: string): Promise<number[]> => {
    const statuses = [];
    for (let n = 0; n < 6; n++) statuses.push((await slow.ask("GET", "/campaigns/x", undefined, { token })).status);
    return statuses;
  };
  expect(await asked(TOKENS.read)).toContain(429);
  expect((await slow.ask("GET", "/campaigns/x", undefined, { token: TOKENS.alice })).status).toBe(404);
});

describe("CAMPAIGNS_API_TOKEN", () => {
  test("binds each token to an owner and a scope", () => {
    const tokens = parseTokens(`read:alice:${SECRET}1, admin:*:${SECRET}2 ${SECRET}3`, undefined);
    expect(tokens.map(({ owner, scope }) => [owner, scope])).toEqual([
      ["alice", "read"],
      [null, "admin"],
      [null, "admin"],
    ]);
    expect(tokenOf(`${SECRET}1`, tokens)?.owner).toBe("alice");
    expect(tokenOf(SECRET, tokens)).toBeNull();
    expect(JSON.stringify(tokens)).not.toContain(SECRET);
  });

  test("of a server for one owner is that owner's, and nobody else's", () => {
    expect(parseTokens(`operate:*:${SECRET}`, "alice")).toMatchObject([{ owner: "alice", scope: "operate" }]);
    expect(() => parseTokens(`operate:bob:${SECRET}`, "alice")).toThrow("entry 1");
  });

  test.each([
    "short",
    `owner:alice:${SECRET}`,
    `read:${SECRET}`,
    `read::${SECRET}`,
    `${SECRET},${SECRET}`,
    `a b"${SECRET}`,
  ])("%s is refused, and not repeated", (text) => {
    const refused = () => parseTokens(text, undefined);
    expect(refused).toThrow(/CAMPAIGNS_API_TOKEN/);
    expect(refused).not.toThrow(SECRET);
  });
});

test("a JWT is believed for a minute, and a flood of wrong ones asks the project no more than so often", async () => {
  let asked = 0;
  let now = 0;
  const clock = { ...systemClock, monotonic: () => now };
  const userOf = (jwt: string) => Promise.resolve((asked++, jwt.includes("good") ? "carol" : null));
  const access = new Access([], userOf, clock);
  for (let n = 0; n < 5; n++)
    expect(await access.principal("Bearer good.good.goodgoodgood")).toMatchObject({ owner: "carol" });
  expect(asked).toBe(1);
  now += 61_000;
  await access.principal("Bearer good.good.goodgoodgood");
  expect(asked).toBe(2);
  for (let n = 0; n < 1000; n++) expect(await access.principal(`Bearer bad.bad.badbadbadbad${n}`)).toBeNull();
  expect(asked).toBeLessThanOrEqual(103);
  const limit = new RateLimit(1, clock);
  expect([limit.take("a"), limit.take("a"), limit.take("a"), limit.take("b")]).toEqual([true, true, false, true]);
});

const bodyOf = (path: string): object =>
  path.endsWith("/outcome")
    ? { outcome: "do_not_call" }
    : path.endsWith("/explain")
      ? { phone_number: "+12025550100" }
      : {};

async function seen(token: string): Promise<unknown> {
  const calls = await api.ask("GET", `/campaigns/${campaign}/calls`, undefined, { token });
  const { json } = await api.ask("GET", `/campaigns/${campaign}`, undefined, { token });
  return [{ ...json.campaign, next_call_at: null }, calls.json];
}

/** Reads, or says what came of a call. */
const asked = (path: string, token: string): Promise<Answer> =>
  path.endsWith("/outcome")
    ? api.ask("PUT", path, { outcome: "callback" }, { token })
    : api.ask("GET", path, undefined, { token });

/** As the owner reads it in the audit log, or the installation. */
const refused404 = async (owner: string | null): Promise<readonly AuditEntry[]> =>
  (await api.store(owner).auditEntries({ limit: 1000 })).filter(
    ({ action, after }) => action === "access.refused" && /"status": ?404/.test(String(after)),
  );
