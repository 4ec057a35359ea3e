/** Every route with whatever fits its schema, and with what does not: no bug, and no answer outside its schema. */
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ALWAYS, Api, TOKENS } from "../support/api.ts";
import { nothingMore } from "../support/outputs.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly default?: unknown;
}
interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A number that could be called, were it not on the list. */
const DIALABLE = "+12025550123";

let api: Api;
let document: Document;
/** What the routes find: so that not every answer is a 404. */
const known: Record<string, string[]> = {};

beforeAll(async () => {
  api = await Api.open();
  document = (await (await api.app.request("/openapi.json")).json()) as Document;
  await api.list("members", 4);
  const named = { assistant_id: "demo", contact_list_id: "members", ...ALWAYS };
  for (const name of ["spring", "summer"]) await api.ask("POST", "/campaigns", { name, ...named });
  await api.ask("POST", "/campaigns/spring/start");
  const { json } = await api.ask("GET", "/campaigns/spring/calls");
  known["callId"] = json.calls.map(({ id }: { id: string }) => id);
  Object.assign(known, {
    id: ["spring", "summer"],
    name: ["spring", "summer"],
    list: ["members"],
    contact_list_id: ["members"],
  });
  known["phone_number"] = ["+12025550100", "+12025550177"];
  known["phone_numbers"] = known["phone_number"];
  known["trunk_id"] = (await api.ask("GET", "/livekit/outbound-calls/trunks")).json.trunks.map(
    ({ id }: { id: string }) => id,
  );
  // Nobody's phone rings here, whatever is sent.
  await api.ask("POST", "/do-not-call", { phone_numbers: [...known["phone_number"], DIALABLE] });
});
afterAll(() => api[Symbol.asyncDispose]());

const resolved = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (document.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {});

/** Whatever the schema allows; and where it names something known, mostly that. */
function fitting(given: Schema, name = ""): fc.Arbitrary<unknown> {
  const schema = resolved(given);
  const plain = plainly(schema);
  const ours = known[name];
  if (ours === undefined) return plain;
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...ours) }, { weight: 1, arbitrary: plain });
}

function plainly(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => fitting(each)));
  const types = [schema.type ?? "string"].flat();
  if (types.length > 1) return fc.oneof(...types.map((type) => plainly({ ...schema, type })));
  switch (types[0]) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
    case "number":
      return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 1e6, 2 ** 31 - 1) });
    case "array":
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      });
    case "object": {
      const { properties = {}, required = [], additionalProperties: more } = schema;
      if (typeof more === "object")
        return fc.dictionary(fc.string({ minLength: 1, maxLength: 20 }), fitting(more), { maxKeys: 3 });
      const fields = Object.fromEntries(Object.entries(properties).map(([key, each]) => [key, fitting(each, key)]));
      return fc.record(fields, { requiredKeys: [...required] });
    }
    default: {
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern));
      const size = { minLength: schema.minLength ?? 0, maxLength: Math.min(schema.maxLength ?? 40, 40) };
      const odd = fc.constantFrom(
        "9-17",
        "3/7d",
        "Europe/London",
        "us",
        "90d",
        "+12025550123",
        "%",
        "'; --",
        "\u202e",
        "٣",
      );
      return fc.oneof(
        fc.string({ ...size, unit: "binary" }),
        fc.string(size),
        odd.filter((text) => text.length <= (schema.maxLength ?? 40)),
      );
    }
  }
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly operation: Operation;
}

const routes = (): { path: string; method: string; operation: Operation }[] =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

function requests(junk: boolean): fc.Arbitrary<Asked> {
  return fc.constantFrom(...routes()).chain(({ path, method, operation }) => {
    const parameters = (operation.parameters ?? []).map(({ name, in: where, required, schema }) => {
      const value =
        junk && where !== "path"
          ? where === "header"
            ? fc.stringMatching(/^[!-~]+$/)
            : fc.string()
          : fitting(schema, name);
      return fc.tuple(fc.constant({ name, where }), required === true ? value : fc.option(value));
    });
    const [type = "", content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
    const body =
      content === undefined
        ? fc.constant(undefined)
        : junk
          ? fc.oneof(fc.json(), fc.string())
          : fitting(content.schema);
    return fc.record({ parameters: fc.tuple(...parameters), body }).map(({ parameters, body }) => {
      let filled = path;
      const query = new URLSearchParams();
      const headers: Record<string, string> = {};
      for (const [{ name, where }, value] of parameters) {
        if (where === "path") filled = filled.replace(`{${name}}`, encoded(value as string));
        else if (where === "header" && value !== null) headers[name] = value as string;
        else if (value !== null) query.set(name, typeof value === "object" ? JSON.stringify(value) : (value as string));
      }
      return { method: method.toUpperCase(), path: `${filled}?${query.toString()}`, body, type, headers, operation };
    });
  });
}

/** A part of a path that stays one. */
const encoded = (text: string): string => encodeURIComponent(text.toWellFormed()).replace(/^\.{1,2}$/, "x") || "x";

async function send({ method, path, body, type, headers }: Asked, junk: boolean): Promise<Response> {
  const text = typeof body === "string" && (junk || type !== "application/json") ? body : JSON.stringify(body);
  return api.app.request(`http://127.0.0.1${path}`, {
    method,
    headers: {
      ...headers,
      authorization: `Bearer ${TOKENS.admin}`,
      ...(body !== undefined && { "content-type": type }),
    },
    ...(body !== undefined && { body: text }),
  });
}

/** Of a stream, which has no end. */
async function beginning({ body }: Response): Promise<string> {
  const reader = body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  return new TextDecoder().decode(first?.value);
}

/** No field that its schema has not: whoever adds one to src/json adds it to src/http/schemas. */
const answers = new Map<string, z.ZodType>();
function schemaOf(operation: Operation, status: number, type: string): z.ZodType {
  const schema = operation.responses[String(status)]?.content?.[type]?.schema;
  const text = JSON.stringify({ ...schema, components: document.components }, nothingMore).replaceAll(
    "#/components/schemas/",
    "#/$defs/",
  );
  const { components, ...own } = JSON.parse(text) as { components: Document["components"] };
  const key = JSON.stringify(own);
  const found = answers.get(key) ?? z.fromJSONSchema({ ...own, $defs: components.schemas } as never);
  answers.set(key, found);
  return found;
}

test.each([
  ["fits its schema", false, 300],
  ["does not", true, 100],
] as const)(
  "whatever is sent that %s: no 500, no answer outside its schema",
  async (_, junk, numRuns) => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(requests(junk), async (asked) => {
        const answer = await send(asked, junk);
        const isStream = answer.headers.get("content-type") === "text/event-stream";
        const json: unknown = isStream ? await beginning(answer) : await answer.json();
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        expect(api.bugs).toEqual([]);
        expect(answer.status).toBeLessThan(500);
        expect(Object.keys(asked.operation.responses)).toContain(String(answer.status));
        const type = isStream ? "text/event-stream" : "application/json";
        expect(schemaOf(asked.operation, answer.status, type).safeParse(json).error?.issues).toBeUndefined();
      }),
      { numRuns },
    );
    // It got through to where things are done, and was turned away where it should be.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining(junk ? [400] : [200, 400, 404, 409]));
    expect(api.sandbox.world.dials).toEqual([]);
  },
  240_000,
);
