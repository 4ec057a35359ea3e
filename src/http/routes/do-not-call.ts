/** The do-not-call list. It has no owner: what it holds is for those whom the operator gave a token. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { numberOrPrefix, phoneArgument } from "../../engine/manage/phone-argument.ts";
import { entryJson, sourceJson } from "../../json/do-not-call.ts";
import type { ApiContext, ApiEnv, Context } from "../context.ts";
import { HttpProblem } from "../errors.ts";
import { Exports } from "../exports.ts";
import { phoneNumber } from "../schemas/calls.ts";
import { body, ok, problems, text } from "../schemas/common.ts";
import {
  addedSchema,
  checkedSchema,
  doNotCallInput,
  entrySchema,
  removedSchema,
  sourceSchema,
} from "../schemas/contacts.ts";
import { useCases } from "../use-cases.ts";

const tags = ["Do not call"];
const numbers = z.array(phoneNumber).min(1).max(1000);

const add = createRoute({
  method: "post",
  path: "/do-not-call",
  tags,
  summary: "Suppress numbers, in every campaign, at once",
  request: { body: body(doNotCallInput) },
  responses: { ...problems, 200: ok("added", addedSchema.shape) },
});

const check = createRoute({
  method: "post",
  path: "/do-not-call/check",
  tags,
  summary: "Are these numbers on the list?",
  request: { body: body(z.strictObject({ phone_numbers: numbers }).openapi("CheckInput")) },
  responses: {
    ...problems,
    200: ok("each of them", checkedSchema.shape),
  },
});

const remove = createRoute({
  method: "post",
  path: "/do-not-call/remove",
  tags,
  summary: "Let campaigns call numbers again (scope admin)",
  request: {
    body: body(z.strictObject({ phone_numbers: numbers, source: text(200).optional() }).openapi("RemoveInput")),
  },
  responses: { ...problems, 200: ok("removed", removedSchema.shape) },
});

const list = createRoute({
  method: "get",
  path: "/do-not-call",
  tags,
  summary: "The list, by number, page by page",
  request: {
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      after: text(40).optional().describe("next of the page before"),
      source: text(200).optional(),
    }),
  },
  responses: { ...problems, 200: ok("a page", { entries: z.array(entrySchema), next: z.string().nullable() }) },
});

const sources = createRoute({
  method: "get",
  path: "/do-not-call/sources",
  tags,
  summary: "The lists that it is made of",
  responses: {
    ...problems,
    200: ok("by name", { sources: z.array(sourceSchema) }),
  },
});

export function doNotCallRoutes(app: OpenAPIHono<ApiEnv>, api: ApiContext): void {
  const use = useCases(api);
  const exports = new Exports(api.clock);
  const listOf = (c: Context) => {
    if (!c.var.principal.isUser) return use.doNotCallList(c);
    throw new HttpProblem(403, "forbidden", "the do-not-call list is nobody's own: it takes a token of the operator");
  };

  app.openapi(add, async (c) => {
    const { phone_numbers: texts, ...how } = c.req.valid("json");
    const added = await listOf(c).add(texts.map(numberOrPrefix), how);
    return c.json({ success: true as const, added, already: texts.length - added }, 200);
  });

  app.openapi(check, async (c) => {
    const list = listOf(c);
    const numbers = [];
    for (const phone_number of c.req.valid("json").phone_numbers.map(phoneArgument)) {
      const entries = (await list.check(phone_number)).map(entryJson);
      numbers.push({ phone_number, do_not_call: entries.length > 0, entries });
    }
    return c.json({ success: true as const, do_not_call: numbers.every((each) => each.do_not_call), numbers }, 200);
  });

  app.openapi(remove, async (c) => {
    const { phone_numbers: texts, source } = c.req.valid("json");
    const removed = await listOf(c).remove(texts.map(numberOrPrefix), source);
    return c.json({ success: true as const, removed, unknown: texts.length - removed }, 200);
  });

  app.openapi(list, async (c) => {
    const { limit, after = null, source = null } = c.req.valid("query");
    const entries = await listOf(c).list(limit, after, source);
    if (entries.length > 0) await exports.tell(c, "do-not-call list", null);
    const numbers = new Set(entries.map(({ phoneNumber }) => phoneNumber));
    const next = numbers.size < limit ? null : (entries.at(-1)?.phoneNumber ?? null);
    return c.json({ success: true as const, entries: entries.map(entryJson), next }, 200);
  });

  app.openapi(sources, async (c) => {
    const all = await listOf(c).sources();
    return c.json({ success: true as const, sources: all.map((source) => sourceJson(source, api.clock.now())) }, 200);
  });
}
