/** What happens to a campaign, as it happens. */
import type { HttpBindings } from "@hono/node-server";
import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { EVENT_TYPES } from "../../domain/calls/campaign-event.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { EventPage } from "../../engine/ports/events.ts";
import type { ApiContext, ApiEnv, Context } from "../context.ts";
import { HttpProblem } from "../errors.ts";
import { eventStream } from "../event-stream.ts";
import { Recent } from "../recent.ts";
import { cursor, idParam, instant, problems } from "../schemas/common.ts";
import { useCases } from "../use-cases.ts";

/** Streams of one token at once. */
const MOST = 100;
const PAGE = 100;
/** How long a client that does not read may hold up a server that closes. */
const GRACE = 5 * SECOND;

const eventSchema = z
  .object({
    type: z.enum(EVENT_TYPES),
    timestamp: instant,
    data: z
      .object({
        campaign_id: z.string(),
        campaign_name: z.string(),
        call_id: z.string().optional(),
        attempt_id: z.string().optional(),
        reason: z.string().nullish().describe("of campaign.*, in words"),
      })
      .loose(),
  })
  .openapi("Event");

const events = createRoute({
  method: "get",
  path: "/campaigns/{id}/events",
  tags: ["Campaigns"],
  summary: "What happens to it and its calls, as server-sent events",
  description:
    "A stream of Event, from now on, or from where Last-Event-ID or after says; they are kept for a week. It ends when the " +
    "server closes: come back with the id of the last event, and none is missed. Every 15 s there is at least a comment.",
  request: {
    params: idParam,
    query: z.strictObject({ after: cursor.optional().describe("an event's id; 0: all there are") }),
    headers: z.object({ "last-event-id": cursor.optional().describe("as browsers send it; before after") }),
  },
  responses: {
    ...problems,
    200: { description: "the stream", content: { "text/event-stream": { schema: z.string() } } },
  },
});

export function eventRoutes(app: OpenAPIHono<ApiEnv>, api: ApiContext): void {
  const use = useCases(api);
  app.openAPIRegistry.register("Event", eventSchema);
  /** Everybody who is up to date asks the same. */
  const pages = new Recent<EventPage>(api.clock);
  const streams = new Map<string, number>();
  const count = (id: string, change: 1 | -1): void => {
    const now = (streams.get(id) ?? 0) + change;
    if (now === 0) streams.delete(id);
    else streams.set(id, now);
  };

  app.openapi(events, async (c) => {
    const { principal, store } = c.var;
    const { id } = await use.campaigns(c).find(c.req.valid("param").id);
    if ((streams.get(principal.id) ?? 0) >= MOST) {
      throw new HttpProblem(429, "too_many_streams", `expected at most ${MOST} streams at once for a token`);
    }
    const from = c.req.valid("header")["last-event-id"] ?? c.req.valid("query").after;
    const after = from === undefined ? (await store.events(id, null, 0)).last : Number(from);
    const authorization = c.req.header("authorization");
    count(principal.id, 1);
    cutOnClosing(c, api);
    const stream = eventStream({
      after,
      read: (last) => pages.get(JSON.stringify([principal.owner, id, last]), () => store.events(id, last, PAGE)),
      mayListen: async () => (await api.access.principal(authorization)) !== null,
      closing: api.closing,
      clock: api.clock,
      onBug: api.onBug,
      onEnd: () => count(principal.id, -1),
    });
    return c.body(stream, 200, { "content-type": "text/event-stream", "x-accel-buffering": "no" });
  });
}

/** A client that no longer reads does not keep the server from closing. */
function cutOnClosing(c: Context, { closing, clock }: ApiContext): void {
  const outgoing = (c.env as Partial<HttpBindings> | undefined)?.outgoing;
  if (outgoing === undefined) return;
  const over = new AbortController();
  outgoing.once("close", () => over.abort());
  const cut = (): void => void clock.sleep(GRACE, over.signal).then(() => outgoing.destroy());
  closing.addEventListener("abort", cut, { once: true, signal: over.signal });
}
