/** Webhooks that were found to be genuine: what they tell is stored for whoever runs the call. They end nothing themselves. */
import type { Instant } from "../../domain/time/instant.ts";
import { SECOND } from "../../domain/time/instant.ts";
import type { CarrierEvent, Clock, RoomEvent, Store, WebhookSender } from "../ports/index.ts";
import type { CarrierStatus } from "../ports/carrier.ts";
import { SenderClock } from "./sender-clock.ts";

/** That some arrive is written down this often. */
const NOTED_EVERY = SECOND;

/** Statuses after which nothing follows. */
const FINAL: readonly CarrierStatus[] = ["completed", "busy", "failed", "no-answer", "canceled"];

export class Webhooks {
  readonly #clocks: Readonly<Record<WebhookSender, SenderClock>> = {
    livekit: new SenderClock(),
    twilio: new SenderClock(),
  };
  readonly #notedAt: Partial<Record<WebhookSender, number>> = {};
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onNews: () => void;

  /** `onNews`: something was stored that a runner wants to know at once. */
  constructor(store: Store, clock: Clock, onNews: () => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onNews = onNews;
  }

  /** Null: it told nothing, and shows that some arrive. */
  async livekit(event: RoomEvent | null): Promise<void> {
    const at = this.#clock.now();
    const late = this.#clocks.livekit.read(event?.sentAt ?? null, at);
    await this.#note("livekit", at);
    if (event === null) return;
    const kept = await this.#store.hear({ ...event, ...late }, at);
    if (kept === "stored" && event.what !== "leg_joined") this.#onNews();
  }

  async twilio(event: CarrierEvent | null): Promise<void> {
    const at = this.#clock.now();
    const late = this.#clocks.twilio.read(event?.sentAt ?? null, at);
    await this.#note("twilio", at);
    // How a call that goes on is doing, looks say themselves.
    if (event === null || !FINAL.includes(event.status)) return;
    const { carrierId: id, status, durationSeconds, sentAt, eventId } = event;
    const attemptId = await this.#store.attemptOfCarrier(id);
    if (attemptId === null) return;
    const told = { what: "carrier_ended", how: "left", said: null, attemptId, eventId, sentAt: sentAt ?? 0 } as const;
    const kept = await this.#store.hear({ ...told, ...late }, at);
    const record = { id, status, durationSeconds, price: null, startedAt: null, endedAt: sentAt };
    await this.#store.saveCarrierCall(attemptId, record, at);
    if (kept === "stored") this.#onNews();
  }

  async #note(sender: WebhookSender, at: Instant): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - (this.#notedAt[sender] ?? -Infinity) < NOTED_EVERY) return;
    this.#notedAt[sender] = now;
    await this.#store.heardFrom(sender, at);
  }
}
