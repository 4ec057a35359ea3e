/** What stands before every route: headers, size, who asks, how often, and what they may. */
import type { MiddlewareHandler } from "hono";
import { redactText } from "../domain/phones/redact.ts";
import { cors } from "hono/cors";
import type { AuditEvent, Store } from "../engine/ports/index.ts";
import { RateLimit } from "./access.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { HttpProblem } from "./errors.ts";
import { may, type Principal, type Scope } from "./tokens.ts";

/** A page of ours has no scripts, and nothing of anywhere else. */
export const headers: MiddlewareHandler = async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.set("x-content-type-options", "nosniff");
  headers.set("x-frame-options", "DENY");
  headers.set("referrer-policy", "no-referrer");
  headers.set("cross-origin-resource-policy", "same-origin");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  if (!headers.has("content-security-policy")) {
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  }
};

export const otherOrigins = (origins: readonly string[]): MiddlewareHandler =>
  cors({
    origin: [...origins],
    allowHeaders: ["authorization", "content-type", "idempotency-key", "last-event-id"],
    allowMethods: ["GET", "POST", "PUT", "DELETE"],
    maxAge: 600,
  });

/** POST that only looks: what is asked for belongs in no address, since addresses are logged. */
const LOOKS = /\/(explain|check|lookup)$/;

export function scopeOf(method: string, path: string): Scope {
  if (method === "GET" || (method === "POST" && LOOKS.test(path))) return "read";
  return method === "DELETE" || path.endsWith("/do-not-call/remove") ? "admin" : "operate";
}

/** Refusals of one who asks that are written down in a second: nobody fills the audit log by knocking. */
const TOLD_PER_SECOND = 1;
const LONGEST_PATH = 100;

interface Refusal extends Pick<AuditEvent, "campaignId" | "callId"> {
  readonly status: 401 | 403 | 404;
  readonly method: string;
  readonly path: string;
}

/** Writes down who was refused what, for whom `reader` says; whoever waits for the answer does not wait for that. */
function refusals(api: ApiContext, reader: (asked: Principal | null) => string | null) {
  const rate = new RateLimit(TOLD_PER_SECOND, api.clock);
  let untold = 0;
  return ({ status, method, path, ...about }: Refusal, principal: Principal | null): void => {
    if (!rate.take(principal?.id ?? "")) return void untold++;
    const after = { status, method, path: redactText(path.slice(0, LONGEST_PATH)), others: untold };
    untold = 0;
    api
      .store(reader(principal), actorOf(principal))
      .then((store) => store.recordAudit({ action: "access.refused", ...about, after }))
      .catch(() => {
        // The database is down: what was refused stays refused.
      });
  };
}

type Named = Pick<Refusal, "campaignId" | "callId">;

/** The campaign or call whose id the path has, if it is in this store. */
async function namedIn(store: Store, path: string): Promise<Named | null> {
  const [, what, id = ""] = /\/(campaigns|outbound-calls)\/([^/]+)/.exec(path) ?? [];
  if (what === "outbound-calls") {
    const call = await store.findCall(id);
    return call && { callId: call.id };
  }
  // By its name or the beginning of its id, nobody has asked for another's.
  const found = what === undefined ? [] : await store.findCampaigns(id);
  const campaign = found.find((each) => each.id === id.toLowerCase());
  return campaign === undefined ? null : { campaignId: campaign.id };
}

const actorOf = (principal: Principal | null): string =>
  principal === null ? "api:unknown" : `${principal.isUser ? "user" : "api"}:${principal.id}`;

export function access(api: ApiContext): MiddlewareHandler<ApiEnv> {
  const rate = new RateLimit(api.perSecond, api.clock);
  const refused = refusals(api, (asked) => asked?.owner ?? null);
  // The installation's alone to read, and counted apart: who asked would learn from it that there is such a thing.
  const hidden = refusals(api, () => null);
  const writeHidden = async (
    principal: Principal,
    store: Store,
    asked: { readonly method: string; readonly path: string },
  ) => {
    const named = await namedIn(await api.store(null), asked.path);
    if (named === null || (await namedIn(store, asked.path)) !== null) return;
    hidden({ status: 404, ...asked, ...named }, principal);
  };
  return async (c, next) => {
    const asked = { method: c.req.method, path: c.req.path };
    const principal = await api.access.principal(c.req.header("authorization"));
    if (principal === null) {
      refused({ status: 401, ...asked }, null);
      c.header("www-authenticate", "Bearer");
      throw new HttpProblem(401, "unauthorized", "expected a token that is known", "send Authorization: Bearer TOKEN");
    }
    if (!rate.take(principal.id)) {
      c.header("retry-after", "1");
      throw new HttpProblem(429, "too_many_requests", `expected at most ${api.perSecond} requests a second`);
    }
    const needed = scopeOf(c.req.method, c.req.path);
    if (!may(principal, needed)) {
      refused({ status: 403, ...asked }, principal);
      throw new HttpProblem(403, "forbidden", `expected a token of the scope ${needed}, got one of ${principal.scope}`);
    }
    c.set("principal", principal);
    const store = await api.store(principal.owner, actorOf(principal));
    c.set("store", store);
    await next();
    if (c.res.status === 404 && principal.owner !== null) {
      writeHidden(principal, store, asked).catch(() => {
        // The database is down, or closed: nothing was shown.
      });
    }
  };
}
