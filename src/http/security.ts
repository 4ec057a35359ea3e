/** What stands before every route: headers, size, who asks, how often, and what they may. */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { RateLimit } from "./access.ts";
import type { ApiContext, ApiEnv } from "./context.ts";
import { HttpProblem } from "./errors.ts";
import { may, type Scope } from "./tokens.ts";

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

export function access(api: ApiContext): MiddlewareHandler<ApiEnv> {
  const rate = new RateLimit(api.perSecond, api.clock);
  return async (c, next) => {
    const principal = await api.access.principal(c.req.header("authorization"));
    if (principal === null) {
      c.header("www-authenticate", "Bearer");
      throw new HttpProblem(401, "unauthorized", "expected a token that is known", "send Authorization: Bearer TOKEN");
    }
    if (!rate.take(principal.id)) {
      c.header("retry-after", "1");
      throw new HttpProblem(429, "too_many_requests", `expected at most ${api.perSecond} requests a second`);
    }
    const needed = scopeOf(c.req.method, c.req.path);
    if (!may(principal, needed)) {
      throw new HttpProblem(403, "forbidden", `expected a token of the scope ${needed}, got one of ${principal.scope}`);
    }
    c.set("principal", principal);
    c.set("store", await api.store(principal.owner));
    await next();
  };
}
