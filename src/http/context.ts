/** What the routes work with. They hold no logic: each calls the use-case that the command line calls. */
import type { Context as HonoContext } from "hono";
import type { Clock, Store, Telephony } from "../engine/ports/index.ts";
import type { TrunkAdmin } from "../engine/ports/trunk-admin.ts";
import type { Access } from "./access.ts";
import type { Metrics } from "./metrics.ts";
import type { SingleCalls } from "./single-calls.ts";
import type { Principal } from "./tokens.ts";

/** Webhooks as they came. False: whoever it is that sent it, it is not signed by whom it should be. */
export interface WebhookDoor {
  readonly livekit: (body: string, authorization: string | undefined) => Promise<boolean>;
  readonly twilio: (request: SignedRequest) => Promise<boolean>;
}

export interface SignedRequest {
  /** As this server was asked. */
  readonly url: string;
  readonly forwarded: { readonly proto: string | undefined; readonly host: string | undefined };
  readonly body: string;
  readonly signature: string | undefined;
}

export interface ApiContext {
  /** The store, for one owner's rows, or everybody's (null). `actor`: who is at work, for the audit log. */
  readonly store: (owner: string | null, actor?: string) => Promise<Store>;
  readonly telephony: () => Promise<Telephony>;
  readonly trunkAdmin: () => Promise<TrunkAdmin>;
  /** Whose rows the server works on; null: everybody's. */
  readonly owner: string | null;
  readonly metrics: Metrics;
  readonly singleCalls: SingleCalls;
  readonly webhooks: WebhookDoor;
  readonly access: Access;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly machineZone: string;
  readonly version: string;
  /** Requests that one token may send in a second. */
  readonly perSecond: number;
  /** Origins whose pages may call; none: no page of another origin. */
  readonly origins: readonly string[];
  /** Aborted when the server closes: streams end. */
  readonly closing: AbortSignal;
  /** Why this address can be told of no events; null: it can, as far as is known before. */
  readonly receiverProblem: (address: string) => string | null;
  /** Something may be due: the engine in this process, if there is one, looks at once. */
  readonly wake: () => void;
  /** A bug: said to the operator, not to the client. */
  readonly onBug: (error: unknown) => void;
}

export interface ApiEnv {
  readonly Variables: { readonly principal: Principal; readonly store: Store };
}

export type Context = HonoContext<ApiEnv>;
