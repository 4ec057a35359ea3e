/** Contact lists and what is known of a number. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { parseMap } from "../../adapters/csv/column-map.ts";
import { readContacts } from "../../adapters/csv/contacts.ts";
import { newReport } from "../../domain/calls/contact.ts";
import { isRegion } from "../../domain/phones/lookup.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import { contactJson, listJson } from "../../json/contacts.ts";
import { fileOf } from "../body.ts";
import type { ApiContext, ApiEnv } from "../context.ts";
import { HttpProblem } from "../errors.ts";
import { phoneNumber } from "../schemas/calls.ts";
import { body, ok, problems, text } from "../schemas/common.ts";
import { importedSchema, importQuery, knownSchema, listSchema } from "../schemas/contacts.ts";
import { useCases } from "../use-cases.ts";

const tags = ["Contacts"];

const lists = createRoute({
  method: "get",
  path: "/contact-lists",
  tags,
  summary: "All contact lists",
  responses: { ...problems, 200: ok("lists, by name", { lists: z.array(listSchema) }) },
});

/** No zod schema: the file is read as it comes, and never as a whole. */
const file = { type: "string", format: "binary" } as const;
const add = createRoute({
  method: "post",
  path: "/contact-lists/{list}/import",
  tags,
  summary: "Add the contacts of a file (CSV, XLSX, JSON Lines) to a list, and make the list",
  request: {
    params: z.strictObject({ list: text(200).openapi({ param: { name: "list", in: "path" } }) }),
    query: importQuery,
    body: {
      required: true,
      content: {
        "text/csv": { schema: file },
        "multipart/form-data": { schema: { type: "object", properties: { file }, required: ["file"] } },
      },
    },
  },
  responses: {
    ...problems,
    200: ok("added; importing a file twice adds nobody twice", importedSchema.shape),
  },
});

const lookup = createRoute({
  method: "post",
  path: "/contacts/lookup",
  tags,
  summary: "All that is known of a number",
  request: { body: body(z.strictObject({ phone_number: phoneNumber }).openapi("LookupInput")) },
  responses: { ...problems, 200: ok("all that is known", { contact: knownSchema }) },
});

export function contactRoutes(app: OpenAPIHono<ApiEnv>, api: ApiContext): void {
  const use = useCases(api);

  app.openapi(lists, async (c) => {
    const all = await use.contacts(c).lists();
    return c.json({ success: true as const, lists: all.map(listJson) }, 200);
  });

  app.openapi(add, async (c) => {
    const { default_region: defaultRegion, map, ignore, delimiter, encoding, date_format } = c.req.valid("query");
    if (defaultRegion !== undefined && !isRegion(defaultRegion)) {
      throw new HttpProblem(400, "invalid_request", "default_region: expected a country such as US");
    }
    const { bytes, filename, size } = await fileOf(c);
    const [report, forbidden]: [ReturnType<typeof newReport>, string[]] = [newReport(), []];
    const how = { map: parseMap(map === undefined ? [] : [map]), ignore: ignore === undefined ? undefined : [ignore] };
    const form = { ...how, defaultRegion, delimiter, encoding, dateFormat: date_format };
    const batches = readContacts(bytes, { ...form, report, forbidden });
    const feed = { filename, size, batches, report, forbidden };
    const { list, created } = await use.contacts(c).importInto(c.req.valid("param").list, feed);
    return c.json({ success: true as const, list: listJson(list), created, import: report }, 200);
  });

  app.openapi(lookup, async (c) => {
    const known = await use.contacts(c).show(phoneArgument(c.req.valid("json").phone_number));
    const isTheirs = known.inLists.length + known.calls.length + known.waiting.length + known.consents.length > 0;
    // The do-not-call list has no owner: a user learns of it what concerns their own contacts.
    if (c.var.principal.isUser && !isTheirs) throw new HttpProblem(404, "unknown_contact", "that number is in no list");
    return c.json({ success: true as const, contact: contactJson(known) }, 200);
  });
}
