/** The REST API: every route behind the same doors, and its description from the schemas that check it. */
import { OpenAPIHono, type OpenAPIHonoOptions, type z } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import type { ApiContext, ApiEnv } from "./context.ts";
import { docsPage } from "./docs.ts";
import { HttpProblem, problem, problemOf } from "./errors.ts";
import { idempotency } from "./idempotency.ts";
import { callRoutes } from "./routes/calls.ts";
import { campaignRoutes } from "./routes/campaigns.ts";
import { contactRoutes } from "./routes/contacts.ts";
import { doNotCallRoutes } from "./routes/do-not-call.ts";
import { eventRoutes } from "./routes/events.ts";
import { lifecycleRoutes } from "./routes/lifecycle.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import { wholeBody } from "./body.ts";
import { access, headers, otherOrigins } from "./security.ts";

const invalid = (error: z.core.$ZodError): string =>
  error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": ")).join("; ");

const defaultHook: NonNullable<OpenAPIHonoOptions<ApiEnv>["defaultHook"]> = (result) => {
  if (!result.success) throw new HttpProblem(400, "invalid_request", invalid(result.error));
};

export function createApp(api: ApiContext): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>({ defaultHook });
  app.use(headers, async (c, next) => {
    const from = api.clock.monotonic();
    await next();
    api.metrics.onRequest(c.req.method, c.res.status, api.clock.monotonic() - from);
  });
  if (api.origins.length > 0) app.use(otherOrigins(api.origins));

  app.get("/healthz", (c) => c.json({ success: true }));
  app.get("/readyz", async (c) => {
    if (api.closing.aborted) throw new HttpProblem(503, "closing", "the server is closing");
    await (await api.store(null)).findCall("00000000-0000-4000-8000-000000000000");
    return c.json({ success: true });
  });

  app.get("/metrics", access(api), async (c) => {
    if (c.var.principal.owner === api.owner) {
      return c.text(await api.metrics.text(c.var.store), 200, { "content-type": api.metrics.contentType });
    }
    throw new HttpProblem(403, "forbidden", "what the process does is nobody's own: it takes a token of every owner");
  });

  const v1 = new OpenAPIHono<ApiEnv>({ defaultHook });
  v1.use(access(api), wholeBody, idempotency(api));
  // First: it hears of every change that the others make.
  lifecycleRoutes(v1, api);
  campaignRoutes(v1, api);
  eventRoutes(v1, api);
  callRoutes(v1, api);
  contactRoutes(v1, api);
  doNotCallRoutes(v1, api);
  app.route("/api/v1", v1);
  webhookRoutes(app, api);

  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "campaigns", version: api.version, description: ABOUT },
    security: [{ token: [] }],
  });
  const page = docsPage(document);
  app.get("/openapi.json", (c) => c.json(document));
  app.get("/docs", (c) => {
    c.header("content-security-policy", page.policy);
    return c.html(page.html);
  });

  app.notFound((c) => c.json(problem("unknown_route", "there is no such route; /docs lists them"), 404));
  app.onError((error, c) => {
    const { status, body } = problemOf(said(error));
    if (status === 500) api.onBug(error);
    if (status === 503) c.header("retry-after", "5");
    return c.json(body, status);
  });
  return app;
}

/** What hono throws of itself, in our words. */
function said(error: unknown): unknown {
  if (!(error instanceof HTTPException)) return error;
  if (error.status === 415) {
    return new HttpProblem(415, "content_type", "expected another content type", "send Content-Type: application/json");
  }
  return error.status < 500 ? new HttpProblem(400, "invalid_request", "expected JSON that can be read") : error;
}

const ABOUT = `Outbound call campaigns on LiveKit. Every answer says \`success\`; where it is false, \`error\` says why.
Send \`Authorization: Bearer TOKEN\`. GET takes the scope read; DELETE and do-not-call/remove take admin; everything else
takes operate. What belongs to another owner is answered as what is not there.

Send a POST with an \`Idempotency-Key\` of your own to send it again safely: for a day it gets the first answer, and is not acted
on twice. Another request with the same key is refused.`;
