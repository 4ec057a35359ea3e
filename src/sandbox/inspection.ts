/** What the world has seen, so that a test can say "never twice" about any program; and a way to change it meanwhile. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { messageOf, Misused } from "../engine/errors.ts";
import { faultsForm } from "./faults.ts";
import { json, plain } from "./http.ts";
import { scriptForm } from "./network.ts";
import type { Tokens } from "./token.ts";
import type { Webhooks } from "./webhooks.ts";
import type { World } from "./world.ts";

/** GET tells, POST changes; both for whoever has the key, from this machine and from no web page. */
export async function answerInspection(
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
  { world, webhooks, requests, tokens }: Inspected,
): Promise<void> {
  const { host = "", origin, authorization } = request.headers;
  // A name that is made to point here opens the page to whoever owns the name.
  if (!LOOPBACK.test(host)) return plain(response, 403, `expected a Host of this machine, got another\n`);
  if (origin !== undefined && origin !== `http://${host}`) {
    return plain(response, 403, "expected a request of this page or of a program, got one of another page\n");
  }
  if (!(await tokens.admits(authorization))) {
    return plain(response, 401, WANTS_KEY, { "www-authenticate": 'Basic realm="campaigns sandbox"' });
  }
  try {
    if (request.method === "POST") steer(text, world, webhooks);
  } catch (error) {
    return plain(response, 400, `${messageOf(error)}\n`);
  }
  json(response, 200, inspect(world, webhooks, requests));
}

export interface Inspected {
  readonly world: World;
  readonly webhooks: Webhooks;
  readonly requests: ReadonlyMap<string, number>;
  readonly tokens: Tokens;
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;
const WANTS_KEY =
  "expected a token of the sandbox's key, or the key itself: curl -u $LIVEKIT_API_KEY:$LIVEKIT_API_SECRET\n";

function inspect(
  { dials, rooms, peak, faults }: World,
  webhooks: Webhooks,
  requests: ReadonlyMap<string, number>,
): Record<string, unknown> {
  const perNumber: Record<string, number> = {};
  for (const { sipCallTo } of dials) perNumber[sipCallTo] = (perNumber[sipCallTo] ?? 0) + 1;
  return {
    rooms: rooms.list().map(({ name }) => name),
    dials: perNumber,
    totalDials: dials.length,
    peak,
    requests: Object.fromEntries(requests),
    faults: faults.met,
    webhooks: webhooks.counts,
    calls: dials,
  };
}

const steering = z.strictObject({
  script: scriptForm.optional(),
  faults: faultsForm.optional(),
  server: z.enum(["restart", "lose_state"]).optional(),
  /** Where webhooks go from now on; null: nowhere. */
  webhook: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .optional(),
});

/** `{"script": …, "faults": {"seed": 1, "faults": […]}, "server": "restart"}`, each if wanted. Throws Misused. */
function steer(text: string, world: World, webhooks: Webhooks): void {
  const asked = steering.safeParse(parsed(text));
  if (!asked.success) throw new Misused("script", z.prettifyError(asked.error));
  if (asked.data.script !== undefined) world.script = asked.data.script;
  if (asked.data.faults !== undefined) world.faults.set(asked.data.faults);
  if (asked.data.webhook !== undefined) webhooks.url = asked.data.webhook;
  if (asked.data.server !== undefined) world.serverDoes(asked.data.server);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Misused("script", `expected JSON: ${messageOf(error)}`);
  }
}
