/** Campaigns: create, look, change, remove. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { differences } from "../../json/settings.ts";
import { HttpProblem } from "../errors.ts";
import { campaignSaid } from "../campaign-said.ts";
import type { ApiContext, ApiEnv, Context } from "../context.ts";
import type { CampaignInput } from "../../engine/manage/campaign-settings.ts";
import {
  campaignChange,
  campaignInput,
  type CampaignSaid,
  campaignSchema,
  campaignStatus,
  namedInput,
} from "../schemas/campaigns.ts";
import { body, idParam, ok, problems, problemSchema, text } from "../schemas/common.ts";
import { useCases, wholeCampaign } from "../use-cases.ts";

const tags = ["Campaigns"];
const NAME = z.strictObject({ name: text(200).openapi({ param: { name: "name", in: "path" } }) });

const create = createRoute({
  method: "post",
  path: "/campaigns",
  tags,
  summary: "Create a campaign on a contact list",
  request: { body: body(campaignInput) },
  responses: { ...problems, 201: ok("the campaign, idle", { campaign: campaignSchema }) },
});

const list = createRoute({
  method: "get",
  path: "/campaigns",
  tags,
  summary: "List campaigns",
  request: { query: z.strictObject({ status: campaignStatus.optional() }) },
  responses: { ...problems, 200: ok("all campaigns", { campaigns: z.array(campaignSchema) }) },
});

const get = createRoute({
  method: "get",
  path: "/campaigns/{id}",
  tags,
  summary: "Get a campaign with its settings",
  request: { params: idParam },
  responses: { ...problems, 200: ok("the campaign", { campaign: campaignSchema }) },
});

const change = createRoute({
  method: "put",
  path: "/campaigns/{id}",
  tags,
  summary: "Change settings; what is left out stays. Not while it is running",
  request: { params: idParam, body: body(campaignChange) },
  responses: { ...problems, 200: ok("the campaign as it is now", { campaign: campaignSchema }) },
});

const remove = createRoute({
  method: "delete",
  path: "/campaigns/{id}",
  tags,
  summary: "Delete a campaign that never dialed",
  request: { params: idParam },
  responses: { ...problems, 200: ok("it is gone", { deleted: z.string() }) },
});

const byName = createRoute({
  method: "put",
  path: "/campaigns/by-name/{name}",
  tags,
  summary: "Create the campaign of that name, confirm it, or say what differs",
  request: { params: NAME, body: body(namedInput) },
  responses: {
    ...problems,
    200: ok("it is there, and as wanted", { campaign: campaignSchema }),
    201: ok("it was created", { campaign: campaignSchema }),
    409: {
      description: "it is there, and differs: [as it is, as it was wanted]",
      content: {
        "application/json": {
          schema: z.union([
            problemSchema.extend({ differs: z.record(z.string(), z.tuple([z.unknown(), z.unknown()])) }),
            problemSchema,
          ]),
        },
      },
    },
  },
});

export function campaignRoutes(app: OpenAPIHono<ApiEnv>, api: ApiContext): void {
  const use = useCases(api);
  const found = async (c: Context, ref: string) => wholeCampaign(await use.campaigns(c).report(ref));
  const said = async (c: Context, input: CampaignSaid): Promise<Partial<CampaignInput>> => {
    const fields = campaignSaid(input);
    const problem = fields.notify === undefined ? null : api.receiverProblem(fields.notify);
    if (problem !== null) throw new HttpProblem(400, "receiver", `notify_url: ${problem}`);
    return fields.trunk === undefined ? fields : { ...fields, trunk: await use.trunkId(c, fields.trunk) };
  };

  app.openapi(create, async (c) => {
    const { contact_list_id: list, name, assistant_id: assistant, ...rest } = c.req.valid("json");
    const input = { ...(await said(c, rest)), name, assistant };
    const { id } = await use.campaigns(c).create(input, { list }, api.machineZone);
    return c.json({ success: true as const, campaign: await found(c, id) }, 201);
  });

  app.openapi(list, async (c) => {
    const campaigns = use.campaigns(c);
    const all = [];
    for (const { id } of await campaigns.list(c.req.valid("query").status)) {
      all.push(wholeCampaign(await campaigns.report(id)));
    }
    return c.json({ success: true as const, campaigns: all }, 200);
  });

  app.openapi(byName, async (c) => {
    const { name } = c.req.valid("param");
    const { contact_list_id: list, assistant_id: assistant, ...rest } = c.req.valid("json");
    const input = { ...(await said(c, rest)), name, assistant };
    const { campaign, created, wanted } = await use.changes(c).ensure(input, list, api.machineZone);
    const answer = { success: true as const, campaign: await found(c, campaign.id) };
    if (created) return c.json(answer, 201);
    const differs = differences(campaign, wanted);
    if (Object.keys(differs).length === 0) return c.json(answer, 200);
    const error = {
      code: "differs",
      message: `"${name}" is there, and has another ${Object.keys(differs).join(", ")}`,
      hint: "change it, or ask for it as it is",
    };
    return c.json({ success: false as const, error, differs }, 409);
  });

  app.openapi(get, async (c) => {
    return c.json({ success: true as const, campaign: await found(c, c.req.valid("param").id) }, 200);
  });

  app.openapi(change, async (c) => {
    const { id } = await use.changes(c).change(c.req.valid("param").id, await said(c, c.req.valid("json")));
    return c.json({ success: true as const, campaign: await found(c, id) }, 200);
  });

  app.openapi(remove, async (c) => {
    const { id } = await use.changes(c).remove(c.req.valid("param").id);
    return c.json({ success: true as const, deleted: id }, 200);
  });
}
