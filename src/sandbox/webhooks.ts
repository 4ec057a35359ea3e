/**
 * Sends webhooks as LiveKit does: signed, of one room one after the other, repeated while the receiver does not take them, and
 * dropped when they have waited for 30 s. Facts: livekit/protocol webhook/resource_url_notifier.go, go-retryablehttp.
 */
import { createHash } from "node:crypto";
import { AccessToken } from "livekit-server-sdk";
import { SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import type { Faults } from "./faults.ts";
import { bodyOf, type RoomEvent } from "./room-events.ts";

const TRIES = 5;
const FIRST_PAUSE = SECOND;
const LONGEST_PAUSE = 30 * SECOND;
const DROPPED_AFTER = 30 * SECOND;
const VALID = "5m";

interface Sender {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly apiKey: string;
  readonly apiSecret: string;
}

export class Webhooks {
  /** Where they go; null: nowhere. */
  url: string | null = null;
  /** What became of them. */
  readonly counts = { delivered: 0, refused: 0, dropped: 0, lost: 0 };
  readonly #sender: Sender;
  /** Per room, the delivery of its last. */
  readonly #queues = new Map<string, Promise<void>>();

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  send(event: RoomEvent): void {
    const { url } = this;
    if (url === null) return;
    const { clock, faults } = this.#sender;
    const { name } = event.room;
    const fault = faults.draw(`Webhook/${event.event}`, name);
    const lag = (fault?.seconds ?? 0) * SECOND;
    if (fault?.does === "webhook_lost") return void this.counts.lost++;
    if (fault?.does === "webhook_overtaken") return void clock.sleep(lag).then(() => this.#deliver(event, url));
    const act = async (): Promise<void> => {
      if (fault?.does === "webhook_late") await clock.sleep(lag);
      await this.#deliver(event, url);
      if (fault?.does === "webhook_twice") await this.#deliver(event, url);
    };
    const last = (this.#queues.get(name) ?? Promise.resolve()).then(act);
    this.#queues.set(name, last);
    void last.finally(() => {
      if (this.#queues.get(name) === last) this.#queues.delete(name);
    });
  }

  async #deliver(event: RoomEvent, url: string): Promise<void> {
    const { clock } = this.#sender;
    const body = bodyOf(event);
    for (let tries = 1, pause = FIRST_PAUSE; ; tries++, pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      if (clock.now() - event.at > DROPPED_AFTER) return void this.counts.dropped++;
      const status = await this.#post(url, body);
      if (status !== null && status < 500 && status !== 429) {
        return void this.counts[status < 300 ? "delivered" : "refused"]++;
      }
      if (tries === TRIES) return void this.counts.dropped++;
      await clock.sleep(pause);
    }
  }

  async #post(url: string, body: string): Promise<number | null> {
    const { apiKey, apiSecret } = this.#sender;
    const token = new AccessToken(apiKey, apiSecret, { ttl: VALID });
    token.sha256 = createHash("sha256").update(body).digest("base64");
    const headers = { "content-type": "application/webhook+json", authorization: await token.toJwt() };
    try {
      const answer = await fetch(url, { method: "POST", headers, body, redirect: "manual" });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return null;
    }
  }
}
