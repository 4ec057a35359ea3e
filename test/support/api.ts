/** The API on a database of its own, with a sandbox behind it; requests go straight into it, or over HTTP. */
import { randomUUID } from "node:crypto";
import { liveKitClients, sipClient } from "../../src/adapters/livekit/clients.ts";
import { LiveKitTelephony } from "../../src/adapters/livekit/telephony.ts";
import { readWebhook } from "../../src/adapters/livekit/webhooks.ts";
import { readCallback } from "../../src/adapters/twilio/webhooks.ts";
import { LiveKitTrunks } from "../../src/adapters/livekit/trunks.ts";
import { receiverAt } from "../../src/adapters/webhook/receiver.ts";
import { openSqliteStore } from "../../src/adapters/sqlite/store.ts";
import type { RunEvent } from "../../src/domain/calls/run-event.ts";
import { Webhooks } from "../../src/engine/manage/webhooks.ts";
import { systemClock } from "../../src/engine/ports/clock.ts";
import type { Clock, Store } from "../../src/engine/ports/index.ts";
import { Access, type UserOf } from "../../src/http/access.ts";
import { createApp } from "../../src/http/app.ts";
import type { ApiContext } from "../../src/http/context.ts";
import { Metrics } from "../../src/http/metrics.ts";
import { SingleCalls } from "../../src/http/single-calls.ts";
import { parseTokens } from "../../src/http/tokens.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { Folder } from "./cli.ts";

export const TOKENS = {
  admin: "admin-token-0123456789",
  read: "read-token-0123456789",
  operate: "operate-token-0123456789",
  alice: "alice-token-0123456789",
  bob: "bob-token-0123456789",
} as const;
/** Owners of tokens, as users of a Supabase project have ids. */
export const [ALICE, BOB] = ["a11ce000-0000-4000-8000-00000000000a", "b0b00000-0000-4000-8000-00000000000b"];
export const TOKEN_SETTING = [
  TOKENS.admin,
  `read:*:${TOKENS.read}`,
  `operate:*:${TOKENS.operate}`,
  `admin:${ALICE}:${TOKENS.alice}`,
  `admin:${BOB}:${TOKENS.bob}`,
].join(", ");

export const TWILIO_TOKEN = "0123456789abcdef0123456789abcdef";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

export class Api extends Folder implements AsyncDisposable {
  /** Where every API from now on keeps its rows; null: each in a file of its own. */
  static project: { readonly open: (userId?: string) => Store } | null = null;
  readonly sandbox: Sandbox;
  readonly app: ReturnType<typeof createApp>;
  readonly bugs: unknown[] = [];
  readonly closing = new AbortController();
  /** How often a runner would have been woken. */
  news = 0;
  readonly singleCalls: SingleCalls;
  readonly #stores = new Map<string | null, Store>();

  private constructor(sandbox: Sandbox, changes: Partial<ApiContext>, userOf: UserOf | null) {
    super();
    this.sandbox = sandbox;
    const [clock, newId] = [workingHours(), randomUUID];
    const telephony = () => Promise.resolve(new LiveKitTelephony(liveKitClients(settings), clock, "ai"));
    const settings = { host: sandbox.url, apiKey: sandbox.apiKey, apiSecret: sandbox.apiSecret };
    const onBug = (error: unknown): void => void this.bugs.push(error);
    const metrics = new Metrics(clock);
    const webhooks = new Webhooks(this.store(null), clock, () => this.news++);
    const onEvent = (event: RunEvent): void => metrics.onEvent(event);
    const dialing = { telephony, records: null, clock, newId, onEvent, onBug };
    this.singleCalls = new SingleCalls(dialing, new AbortController().signal);
    this.app = createApp({
      store: (owner) => Promise.resolve(metrics.timed(this.store(owner))),
      owner: null,
      metrics,
      telephony,
      trunkAdmin: () => Promise.resolve(new LiveKitTrunks(sipClient(settings), clock)),
      singleCalls: this.singleCalls,
      webhooks: {
        livekit: async (text, authorization) => {
          const event = await readWebhook(text, authorization, settings);
          if (event !== "refused") await webhooks.livekit(event);
          return event !== "refused";
        },
        twilio: async ({ url, body, signature }) => {
          const event = readCallback(url, body, signature, TWILIO_TOKEN);
          if (event !== "refused") await webhooks.twilio(event);
          return event !== "refused";
        },
      },
      access: new Access(parseTokens(TOKEN_SETTING, undefined), userOf, clock),
      clock,
      newId,
      machineZone: "UTC",
      version: "0.0.0",
      perSecond: 10_000,
      origins: [],
      closing: this.closing.signal,
      receiverProblem: (url) => {
        const receiver = receiverAt(url, ["127.0.0.1"]);
        return typeof receiver === "string" ? receiver : null;
      },
      wake: () => {},
      onBug,
      ...changes,
    });
  }

  static async open(
    script: object = {},
    changes: Partial<ApiContext> = {},
    userOf: UserOf | null = null,
  ): Promise<Api> {
    const sandbox = await startSandbox({ clock: systemClock, script: parseScript(JSON.stringify(script)) });
    return new Api(sandbox, changes, userOf);
  }

  store(owner: string | null): Store {
    const userId = owner ?? undefined;
    const store = this.#stores.get(owner) ?? Api.project?.open(userId) ?? openSqliteStore(this.db, { userId });
    this.#stores.set(owner, store);
    return store;
  }

  /** `body`: JSON, or CSV as text. `path`: below /api/v1, or from the root. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    { token = TOKENS.admin, ...more }: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const type = typeof body === "string" ? "text/csv" : "application/json";
    const headers = {
      ...(token !== "" && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": type }),
      ...more,
    };
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const url = `http://127.0.0.1${/^\/(api|webhooks)\//.test(path) ? "" : "/api/v1"}${path}`;
    const answer = await this.app.request(url, { method, headers, ...(text !== undefined && { body: text }) });
    return { status: answer.status, headers: answer.headers, json: await answer.json() };
  }

  /** A list of so many people. */
  async list(name: string, people: number, token: string = TOKENS.admin): Promise<string> {
    const rows = Array.from({ length: people }, (_, n) => `Person ${n},+1202555${String(100 + n).padStart(4, "0")}`);
    const csv = ["name,phone_number", ...rows].join("\n");
    const { json } = await this.ask("POST", `/contact-lists/${name}/import`, csv, { token });
    return json.list.id as string;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.singleCalls.ended();
    for (const store of this.#stores.values()) await store[Symbol.asyncDispose]();
    await this.sandbox[Symbol.asyncDispose]();
    this[Symbol.dispose]();
  }
}

/** A Monday noon on the east coast, and on from there. */
function workingHours(): Clock {
  const ahead = Date.parse("2026-11-23T17:00:00Z") - systemClock.now();
  return { ...systemClock, now: () => systemClock.now() + ahead };
}

/** At any hour, so that no test depends on the time of day. */
export const ALWAYS = {
  hours: "0-24",
  calling_days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
  hours_in: "campaign",
  rules: "none",
} as const;
