/** Single calls, outcomes, and the trunks that carry calls. */
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { SingleCall } from "../../engine/run/single-call.ts";
import { phoneArgument } from "../../engine/manage/phone-argument.ts";
import { callJson } from "../../json/calls.ts";
import { assistantJson, trunkJson } from "../../json/trunks.ts";
import type { ApiContext, ApiEnv } from "../context.ts";
import { HttpProblem } from "../errors.ts";
import { callSchema, dialInput, outcomeInput } from "../schemas/calls.ts";
import { body, ok, problems, text } from "../schemas/common.ts";
import { assistantSchema, trunkSchema } from "../schemas/contacts.ts";
import { useCases } from "../use-cases.ts";

const param = (name: string) => text(200).openapi({ param: { name, in: "path" } });

const outcome = createRoute({
  method: "put",
  path: "/outbound-calls/{callId}/outcome",
  tags: ["Calls"],
  summary: "Record an outcome; do_not_call also puts the number on the do-not-call list",
  request: { params: z.strictObject({ callId: param("callId") }), body: body(outcomeInput) },
  responses: { ...problems, 200: ok("the call", { call: callSchema }) },
});

const dial = createRoute({
  method: "post",
  path: "/livekit/outbound-calls/create-participant",
  tags: ["Calls"],
  summary: "Place one call outside any campaign; answers once the phone rings, or the call is over",
  request: { body: body(dialInput) },
  responses: { ...problems, 201: ok("the call, as it is then", { call: callSchema }) },
});

const trunks = createRoute({
  method: "get",
  path: "/livekit/outbound-calls/trunks",
  tags: ["Trunks"],
  summary: "LiveKit's outbound trunks: of an owner, those with numbers of theirs",
  responses: { ...problems, 200: ok("trunks", { trunks: z.array(trunkSchema) }) },
});

const trunk = createRoute({
  method: "get",
  path: "/livekit/outbound-calls/trunk/{assistantId}",
  tags: ["Trunks"],
  summary: "The trunk and caller IDs of an assistant",
  request: { params: z.strictObject({ assistantId: param("assistantId") }) },
  responses: {
    ...problems,
    200: ok("what it calls with", assistantSchema.shape),
  },
});

export function callRoutes(app: OpenAPIHono<ApiEnv>, api: ApiContext): void {
  const use = useCases(api);

  app.openapi(outcome, async (c) => {
    const { outcome, notes } = c.req.valid("json");
    const call = await use.campaigns(c).setOutcome(c.req.valid("param").callId, outcome, notes ?? null);
    return c.json({ success: true as const, call: callJson(call) }, 200);
  });

  app.openapi(dial, async (c) => {
    const said = c.req.valid("json");
    if (said.assistant_id === undefined && said.trunk_id === undefined) {
      throw new HttpProblem(400, "invalid_request", "expected assistant_id, trunk_id, or both, got neither");
    }
    if (api.closing.aborted) throw new HttpProblem(503, "closing", "the server is closing: it takes no new calls");
    const phoneNumber = phoneArgument(said.phone_number);
    const name = said.contact_name ?? null;
    const single: SingleCall = {
      contact: { id: null, name, phoneNumber, email: null, variables: {} },
      assistantId: said.assistant_id ?? null,
      prompt: said.campaign_prompt ?? null,
      trunkId: said.trunk_id ?? null,
      fromNumber: said.from_number === undefined ? null : phoneArgument(said.from_number),
      ringSeconds: said.ring_seconds,
      maxDurationSeconds: said.max_duration_seconds,
      waitForAgent: said.wait_for_agent,
    };
    const call = await api.singleCalls.dial(single, c.var.store);
    return c.json({ success: true as const, call: callJson(call) }, 201);
  });

  app.openapi(trunks, async (c) => {
    const all = await (await use.trunks(c))[c.var.principal.owner === null ? "list" : "listOwn"]();
    return c.json({ success: true as const, trunks: all.map(trunkJson) }, 200);
  });

  app.openapi(trunk, async (c) => {
    const report = await (await use.trunks(c)).show(c.req.valid("param").assistantId);
    return c.json({ success: true as const, ...assistantJson(report) }, 200);
  });
}
