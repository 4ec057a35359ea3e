/** /metrics: what this process does, for Prometheus. Counts only: nobody's number, name or campaign is in it. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { interval } from "../domain/calls/circuit-breaker.ts";
import type { RunEvent } from "../domain/calls/run-event.ts";
import { SECOND } from "../domain/time/instant.ts";
import type { Clock, Store, WebhookSender } from "../engine/ports/index.ts";

const FAST = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const SLOW = [0.5, 1, 2, 5, 10, 20, 30, 45, 60];

export class Metrics {
  readonly #clock: Clock;
  readonly #registry = new Registry();
  readonly #dials: Counter;
  readonly #endings: Counter<"ending">;
  readonly #answered: Counter;
  readonly #pauses: Counter;
  readonly #troubles: Counter<"with">;
  readonly #live: Gauge;
  readonly #running: Gauge;
  readonly #pace: Gauge;
  readonly #ringing: Histogram;
  readonly #agent: Histogram;
  readonly #uncertain: Histogram;
  readonly #store: Histogram<"verb">;
  readonly #requests: Histogram<"method" | "status">;
  readonly #webhooks: Counter<"sender" | "result">;
  /** Attempts under way, and when each was dialed. */
  readonly #under = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
    const registers = [this.#registry];
    const counter = <L extends string>(name: string, help: string, labelNames: L[] = []) =>
      new Counter({ name: `campaigns_${name}`, help, labelNames, registers });
    const histogram = <L extends string>(name: string, help: string, buckets: number[], labelNames: L[] = []) =>
      new Histogram({ name: `campaigns_${name}`, help, buckets, labelNames, registers });
    this.#dials = counter("dials_total", "dials that left");
    this.#endings = counter("call_endings_total", "attempts that ended, by how", ["ending"]);
    this.#answered = counter("calls_answered_total", "dials that somebody or something picked up");
    this.#pauses = counter("circuit_breaker_trips_total", "campaigns paused, since our own side failed");
    this.#troubles = counter("troubles_total", "times that the database, LiveKit or the carrier failed", ["with"]);
    this.#live = new Gauge({ name: "campaigns_live_calls", help: "calls of this process under way", registers });
    const gauge = (name: string, help: string): Gauge => new Gauge({ name: `campaigns_${name}`, help, registers });
    this.#running = gauge("running", "campaigns that are running");
    this.#pace = gauge("pace_dials_per_second", "dials that these may make in a second, as the carrier lets them now");
    this.#ringing = histogram("answer_seconds", "from the dial to the answer", SLOW);
    this.#agent = histogram("agent_join_seconds", "how long the agent took to join", FAST);
    this.#uncertain = histogram("detection_seconds", "by how much a call's end may have been seen late", FAST);
    this.#store = histogram(
      "store_seconds",
      "requests to the database, by verb: claim hands out a call, beginDial lets it ring",
      FAST,
      ["verb"],
    );
    this.#requests = histogram("http_request_seconds", "requests to the API", FAST, ["method", "status"]);
    this.#webhooks = counter("webhooks_total", "webhooks that came, by whether they were signed", ["sender", "result"]);
    // The process's memory, time and event loop lag.
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** `store`: whose running campaigns are asked for their pace; where it does not answer, that is not a number. */
  async text(store: Pick<Store, "listCampaigns">): Promise<string> {
    const running = await store.listCampaigns("running").catch(() => null);
    this.#running.set(running?.length ?? NaN);
    this.#pace.set(running?.reduce((sum, { recent, delay }) => sum + SECOND / interval(recent, delay), 0) ?? NaN);
    return this.#registry.metrics();
  }

  onRequest(method: string, status: number, milliseconds: number): void {
    this.#requests.observe({ method, status: String(status) }, milliseconds / SECOND);
  }

  onWebhook(sender: WebhookSender, result: "taken" | "refused"): void {
    this.#webhooks.inc({ sender, result });
  }

  onEvent(event: RunEvent): void {
    switch (event.type) {
      case "call_dialing":
        this.#dials.inc();
        this.#under.set(event.attemptId, event.at);
        if (event.agentJoinedMs !== null) this.#agent.observe(event.agentJoinedMs / SECOND);
        break;
      case "call_answered": {
        this.#answered.inc();
        const dialed = this.#under.get(event.attemptId);
        if (dialed !== undefined) this.#ringing.observe((event.at - dialed) / SECOND);
        break;
      }
      case "call_adopted":
        this.#under.set(event.attemptId, event.at);
        break;
      case "call_relieved":
        this.#under.delete(event.attemptId);
        break;
      case "call_ended":
        this.#endings.inc({ ending: event.ending });
        this.#under.delete(event.attemptId);
        if (event.durationSeconds !== null) this.#uncertain.observe(event.durationUncertainty ?? 0);
        break;
      case "campaign_paused":
        this.#pauses.inc();
        break;
      case "trouble":
        this.#troubles.inc({ with: event.with });
        break;
      default:
    }
    this.#live.set(this.#under.size);
  }

  /** The store, with every request to it timed. */
  timed(store: Store): Store {
    return new Proxy(store, {
      get: (target, name) => {
        const verb: unknown = Reflect.get(target, name, target);
        if (typeof verb !== "function" || typeof name === "symbol") return verb;
        return async (...args: unknown[]): Promise<unknown> => {
          const from = this.#clock.monotonic();
          try {
            return (await Reflect.apply(verb, target, args)) as unknown;
          } finally {
            this.#store.observe({ verb: name }, (this.#clock.monotonic() - from) / SECOND);
          }
        };
      },
    });
  }
}
