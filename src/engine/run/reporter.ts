/** What a runner tells: every event with its time, and nothing twice in a row. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { NewRunEvent, RunEvent } from "../../domain/calls/run-event.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { CampaignsError } from "../errors.ts";
import type { Clock } from "../ports/index.ts";

export type Troubled = Extract<NewRunEvent, { type: "trouble" }>["with"];

export class Reporter {
  readonly #waiting = new Map<string, string>();
  readonly #troubles = new Map<Troubled, string>();
  #agents: string | null = null;
  readonly #clock: Clock;
  readonly #onEvent: (event: RunEvent) => void;

  constructor(clock: Clock, onEvent: (event: RunEvent) => void) {
    this.#clock = clock;
    this.#onEvent = onEvent;
  }

  report(event: NewRunEvent): void {
    this.#onEvent({ at: this.#clock.now(), ...event });
  }

  trouble(who: Troubled, { message, hint }: CampaignsError): void {
    if (this.#troubles.get(who) === message) return;
    this.#troubles.set(who, message);
    this.report({ type: "trouble", with: who, message, hint: hint ?? null });
  }

  /** They answer; told only where there was trouble, and returns whether there was. */
  answers(who: Troubled): boolean {
    const wasTrouble = this.#troubles.delete(who);
    if (wasTrouble) this.report({ type: "recovered_from", with: who });
    return wasTrouble;
  }

  /** `until` null: until something else than time happens. */
  waits(campaign: Campaign, because: string, until: Instant | null): void {
    if (!this.#isNew(campaign, `${because} ${until}`)) return;
    this.report({ type: "campaign_waiting", because, until, ...named(campaign) });
  }

  /** The agents cannot take more calls at once; told once for each number. */
  agents(campaign: Campaign, because: string): void {
    if (this.#agents === because) return;
    this.#agents = because;
    this.report({ type: "campaign_waiting", because, until: null, ...named(campaign) });
  }

  /** Others are dialed first; told once, whoever they are. */
  waitsForTurn(campaign: Campaign, behind: string): void {
    if (!this.#isNew(campaign, "turn")) return;
    const because = `waits for its turn behind "${behind}" (--parallel dials several at once)`;
    this.report({ type: "campaign_waiting", because, until: null, ...named(campaign) });
  }

  works(campaign: Campaign): void {
    if (this.#isNew(campaign, "working")) this.report({ type: "campaign_working", ...named(campaign) });
  }

  #isNew(campaign: Campaign, state: string): boolean {
    const before = this.#waiting.get(campaign.id);
    this.#waiting.set(campaign.id, state);
    return before !== state;
  }
}

export const named = (campaign: Campaign): { campaignId: string; campaign: string } => ({
  campaignId: campaign.id,
  campaign: campaign.name,
});
