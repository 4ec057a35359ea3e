/**
 * Idempotency-Key: a POST that is sent again is answered as it was the first time, and not acted on twice. The key is
 * claimed before anything is done. Where nobody knows how far the first one came, the answer says so, for a day.
 */
import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { ApiContext, ApiEnv, Context } from "./context.ts";
import { HttpProblem } from "./errors.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;

export function idempotency(api: ApiContext): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (c.req.method !== "POST") return next();
    const key = c.req.header("idempotency-key");
    if (key === undefined) return next();
    if (!KEY.test(key)) {
      throw new HttpProblem(400, "invalid_request", "Idempotency-Key: expected 1 to 255 visible characters");
    }
    const request = await fingerprint(c);
    const claim = api.newId();
    const found = await c.var.store.claimKey(key, claim, api.clock.now());
    if (found.is === "taken") {
      throw new HttpProblem(
        409,
        "in_progress",
        "a request with this Idempotency-Key was begun and has no answer yet",
        HINT,
      );
    }
    if (found.is === "answered") {
      if (found.answer.request !== request) {
        throw new HttpProblem(409, "key_reused", "another request was sent with this Idempotency-Key", "use a new key");
      }
      c.header("idempotent-replayed", "true");
      return c.json(JSON.parse(found.answer.body), found.answer.status as 200);
    }
    await next();
    const kept = { request, status: c.res.status, body: await c.res.clone().text() };
    // What was done is done: that its answer cannot be kept is no reason to say otherwise.
    await c.var.store.answerKey(key, claim, kept).catch(api.onBug);
    return undefined;
  };
}

const HINT = "look what became of it before you send it with a new key";

/** Of what was asked for. A form's boundary is another one each time it is sent. */
async function fingerprint(c: Context): Promise<string> {
  const hash = createHash("sha256").update(`${c.req.method} ${c.req.url}\n`);
  const body = Buffer.from(await c.req.arrayBuffer());
  const [, boundary] = /boundary="?([^";]+)/.exec(c.req.header("content-type") ?? "") ?? [];
  return hash
    .update(boundary === undefined ? body : body.toString("latin1").replaceAll(boundary, ""))
    .digest("base64url");
}
