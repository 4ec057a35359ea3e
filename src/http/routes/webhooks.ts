/** What LiveKit and Twilio tell by themselves: no token, but a signature over what they sent. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { WebhookSender } from "../../engine/ports/index.ts";
import { wholeBody } from "../body.ts";
import type { ApiContext, ApiEnv, Context } from "../context.ts";
import { HttpProblem } from "../errors.ts";
import { ok, problems } from "../schemas/common.ts";

const { 401: unsigned, 413: tooLong, 500: bug, 503: away } = problems;
const responses = {
  200: ok("it was taken, whatever it told", {}),
  401: { ...unsigned, description: "not signed, or not with this key, or altered, or too old" },
  413: tooLong,
  500: bug,
  503: away,
};

const livekit = createRoute({
  method: "post",
  path: "/webhooks/livekit",
  tags: ["Webhooks"],
  summary: "Takes LiveKit's webhooks, signed with the key in LIVEKIT_API_KEY",
  security: [],
  responses,
});

const twilio = createRoute({
  method: "post",
  path: "/webhooks/twilio",
  tags: ["Webhooks"],
  summary: "Takes Twilio's status callbacks, signed with the token in TWILIO_AUTH_TOKEN",
  security: [],
  responses,
});

export function webhookRoutes(app: OpenAPIHono<ApiEnv>, api: ApiContext): void {
  const taken = (sender: WebhookSender, isSigned: boolean): void => {
    api.metrics.onWebhook(sender, isSigned ? "taken" : "refused");
    if (!isSigned) throw refused();
  };
  app.use("/webhooks/*", (c, next) => {
    if (signatureIn(c) === undefined) throw refused();
    return wholeBody(c, next);
  });
  app.openapi(livekit, async (c) => {
    taken("livekit", await api.webhooks.livekit(await bodyOf(c), c.req.header("authorization")));
    return c.json({ success: true } as const, 200);
  });
  app.openapi(twilio, async (c) => {
    const forwarded = { proto: c.req.header("x-forwarded-proto"), host: c.req.header("x-forwarded-host") };
    const signature = c.req.header("x-twilio-signature");
    const request = { url: c.req.url, forwarded, body: await bodyOf(c), signature };
    taken("twilio", await api.webhooks.twilio(request));
    return c.json({ success: true } as const, 200);
  });
}

const bodyOf = async (c: Context): Promise<string> => Buffer.from(await c.req.arrayBuffer()).toString();

/** Without it nothing is read. */
const signatureIn = (c: Context): string | undefined =>
  c.req.header(c.req.path.endsWith("/twilio") ? "x-twilio-signature" : "authorization");

const refused = (): HttpProblem =>
  new HttpProblem(401, "unauthorized", "expected a webhook that is signed with this server's key");
