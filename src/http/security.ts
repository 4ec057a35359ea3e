/** What stands before every route: headers, size, who asks, how often, and what they may. */
import type { MiddlewareHandler } from "hono";
import { redactText } from "../domain/phones/redact.ts";
import { cors } from "hono/cors";
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

/** Writes down who was refused what; whoever waits for the answer does not wait for that. */
function refusals(api: ApiContext) {
  const rate = new RateLimit(TOLD_PER_SECOND, api.clock);
  let untold = 0;
  return (status: number, method: string, path: string, principal: Principal | null): void => {
    if (!rate.take(principal?.id ?? "")) return void untold++;
    const after = { status, method, path: redactText(path.slice(0, LONGEST_PATH)), others: untold };
    untold = 0;
    api
      .store(principal?.owner ?? null, actorOf(principal))
      .then((store) => store.recordAudit({ action: "access.refused", after }))
      .catch(() => {
        // The database is down: what was refused stays refused.
      });
  };
}

const actorOf = (principal: Principal | null): string =>
  principal === null ? "api:unknown" : `${principal.isUser ? "user" : "api"}:${principal.id}`;

export function access(api: ApiContext): MiddlewareHandler<ApiEnv> {
  const rate = new RateLimit(api.perSecond, api.clock);
  const refused = refusals(api);
  return async (c, next) => {
    const principal = await api.access.principal(c.req.header("authorization"));
    if (principal === null) {
      refused(401, c.req.method, c.req.path, null);
      c.header("www-authenticate", "Bearer");
      throw new HttpProblem(401, "unauthorized", "expected a token that is known", "send Authorization: Bearer TOKEN");
    }
    if (!rate.take(principal.id)) {
      c.header("retry-after", "1");
      throw new HttpProblem(429, "too_many_requests", `expected at most ${api.perSecond} requests a second`);
    }
    const needed = scopeOf(c.req.method, c.req.path);
    if (!may(principal, needed)) {
      refused(403, c.req.method, c.req.path, principal);
      throw new HttpProblem(403, "forbidden", `expected a token of the scope ${needed}, got one of ${principal.scope}`);
    }
    c.set("principal", principal);
    c.set("store", await api.store(principal.owner, actorOf(principal)));
    await next();
  };
}
