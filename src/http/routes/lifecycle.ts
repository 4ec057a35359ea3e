/** A campaign on its way: start, pause, resume, stop; how far it is, its calls, why not this one. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Campaign } from "../../domain/calls/campaign.ts";
import { callJson, campaignJson, explanationJson } from "../../json/calls.ts";
import { costJson } from "../../json/cost.ts";
import { preflightJson } from "../../json/preflight.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import type { ApiContext, ApiEnv, Context } from "../context.ts";
import { callSchema, callStatus, phoneNumber } from "../schemas/calls.ts";
import { costSchema, explanationSchema, preflightSchema, statusSchema } from "../schemas/campaigns.ts";
import { body, cursor, idParam, ok, problems, success } from "../schemas/common.ts";
import { Exports } from "../exports.ts";
import { Recent } from "../recent.ts";
import { useCases } from "../use-cases.ts";

const tags = ["Campaigns"];
const yes = z.enum(["true", "false"]).optional();

const move = <const N extends string>(name: N, summary: string) =>
  createRoute({
    method: "post",
    path: `/campaigns/{id}/${name}`,
    tags,
    summary,
    request: { params: idParam },
    responses: { ...problems, 200: ok("as it is now", { campaign: statusSchema }) },
  });

const start = createRoute({
  method: "post",
  path: "/campaigns/{id}/start",
  tags,
  summary: "Make its contacts due; dry_run says who would be called, and changes nothing",
  request: { params: idParam, query: z.strictObject({ dry_run: yes }) },
  responses: { ...problems, 200: ok("as it is now", { campaign: statusSchema, preflight: preflightSchema }) },
});

const pause = move("pause", "No further dials; live calls go on");
const resume = createRoute({
  ...move("resume", "Continue after a pause or an error; accept takes what it is held for as usual"),
  request: { params: idParam, query: z.strictObject({ accept: yes }) },
});

const stop = createRoute({
  ...move("stop", "End it: no further dials; now also hangs up live calls"),
  request: { params: idParam, query: z.strictObject({ now: yes }) },
});

const statusAnswer = success({ status: statusSchema, costs: z.array(costSchema) });

const status = createRoute({
  method: "get",
  path: "/campaigns/{id}/status",
  tags,
  summary: "Progress, counts, pace, and what it waits for",
  request: { params: idParam },
  responses: { ...problems, 200: ok("how far it is", { status: statusSchema, costs: z.array(costSchema) }) },
});

const calls = createRoute({
  method: "get",
  path: "/campaigns/{id}/calls",
  tags,
  summary: "Call records, in list order, page by page",
  request: {
    params: idParam,
    query: z.strictObject({
      status: callStatus.optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      after: cursor.optional(),
    }),
  },
  responses: { ...problems, 200: ok("a page", { calls: z.array(callSchema), next: z.string().nullable() }) },
});

const explain = createRoute({
  method: "post",
  path: "/campaigns/{id}/explain",
  tags,
  summary: "Why a contact is, or is not, called now",
  request: { params: idParam, body: body(z.strictObject({ phone_number: phoneNumber }).openapi("ExplainInput")) },
  responses: { ...problems, 200: ok("all there is to say", { explanation: explanationSchema }) },
});

export function lifecycleRoutes(app: OpenAPIHono<ApiEnv>, api: ApiContext): void {
  const use = useCases(api);
  const exports = new Exports(api.clock);
  const statuses = new Recent<z.output<typeof statusAnswer>>(api.clock);
  app.use(async (c, next) => {
    await next();
    if (c.req.method !== "GET") statuses.clear();
  });
  const moved = async (c: Context, { id }: Campaign) => {
    api.wake();
    return { success: true as const, campaign: campaignJson(await use.campaigns(c).report(id)) };
  };

  app.openapi(start, async (c) => {
    const { id } = c.req.valid("param");
    const campaigns = use.campaigns(c);
    const preflight = await campaigns.preflight(id);
    const dry = c.req.valid("query").dry_run === "true";
    const campaign = dry ? preflight.campaign : await campaigns.start(id);
    return c.json({ ...(await moved(c, campaign)), preflight: preflightJson(preflight) }, 200);
  });

  app.openapi(pause, async (c) => {
    return c.json(await moved(c, await use.campaigns(c).pause(c.req.valid("param").id)), 200);
  });

  app.openapi(resume, async (c) => {
    return c.json(
      await moved(c, await use.campaigns(c).resume(c.req.valid("param").id, c.req.valid("query").accept === "true")),
      200,
    );
  });

  app.openapi(stop, async (c) => {
    const now = c.req.valid("query").now === "true";
    return c.json(await moved(c, await use.campaigns(c).stop(c.req.valid("param").id, now)), 200);
  });

  app.openapi(status, async (c) => {
    const { id } = c.req.valid("param");
    const answer = await statuses.get(JSON.stringify([c.var.principal.owner, id]), async () => {
      const report = await use.campaigns(c).report(id);
      const costs = await c.var.store.costs(report.campaign.id);
      return { success: true as const, status: campaignJson(report), costs: costs.map(costJson) };
    });
    return c.json(answer, 200);
  });

  app.openapi(calls, async (c) => {
    const { status, limit, after } = c.req.valid("query");
    const filter = { limit, ...(status !== undefined && { status }), ...(after !== undefined && { after }) };
    const page = await use.campaigns(c).calls(c.req.valid("param").id, filter);
    const [first] = page.calls;
    if (first !== undefined) await exports.tell(c, "calls", first.campaignId);
    return c.json({ success: true as const, calls: page.calls.map(callJson), next: page.next }, 200);
  });

  app.openapi(explain, async (c) => {
    const number = phoneArgument(c.req.valid("json").phone_number);
    const explanation = await use.campaigns(c).explain(c.req.valid("param").id, number);
    return c.json({ success: true as const, explanation: explanationJson(explanation) }, 200);
  });
}
