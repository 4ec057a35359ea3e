/** What a runner tells: every event with its time, and nothing twice in a row. */
import type { Campaign } from "../../domain/calls/campaign.ts";
import type { Draining, NewRunEvent, RunEvent } from "../../domain/calls/run-event.ts";
import type { Instant } from "../../domain/time/instant.ts";
import type { CampaignsError } from "../errors.ts";
import type { Clock } from "../ports/index.ts";
import { type Look, lookAway } from "./look.ts";

export type Troubled = Extract<NewRunEvent, { type: "trouble" }>["with"];

export class Reporter {
  /** Campaigns whose end or pause has been told. */
  readonly #over = new Set<string>();
  readonly #waiting = new Map<string, string>();
  readonly #troubles = new Map<Troubled, string>();
  #agents: string | null = null;
  #draining: Draining | null = null;
  readonly #clock: Clock;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #onLook: (look: Look) => void;
  readonly #onChange: () => void;

  /** `onChange`: what holds it up is another thing than before. */
  constructor(
    clock: Clock,
    onEvent: (event: RunEvent) => void,
    onLook: (look: Look) => void = () => {},
    onChange: () => void = () => {},
  ) {
    this.#clock = clock;
    this.#onEvent = onEvent;
    this.#onLook = onLook;
    this.#onChange = onChange;
  }

  /** Each time a campaign is looked at. */
  looks(look: Look): void {
    this.#over.delete(look.campaign.id);
    this.#onLook(look);
  }

  /** It runs no more; told unless this runner has said so itself. */
  moved(campaign: Campaign): void {
    this.#waiting.delete(campaign.id);
    if (this.#over.delete(campaign.id)) return;
    const { status, statusReason } = campaign;
    if (status === "paused") {
      this.report({ type: "campaign_paused", because: statusReason ?? "somebody paused it", ...named(campaign) });
    } else if (status === "completed") {
      this.report({ type: "campaign_completed", because: statusReason, ...named(campaign) });
    } else if (status === "error") {
      this.report({ type: "campaign_failed", because: statusReason ?? "somebody said so", ...named(campaign) });
    }
  }

  report(event: NewRunEvent): void {
    if (OVER.includes(event.type) && "campaign" in event) this.#over.add(event.campaignId);
    if (event.type === "draining") this.#draining = event.because;
    this.#onEvent({ at: this.#clock.now(), ...event });
    if (CHANGES.includes(event.type)) this.#onChange();
  }

  trouble(who: Troubled, { message, hint }: CampaignsError): void {
    const words = [message, hint].filter(Boolean).join("; ");
    if (this.#troubles.get(who) === words) return;
    this.#troubles.set(who, words);
    this.report({ type: "trouble", with: who, message, hint: hint ?? null });
  }

  /** For those who tell of both: null, they answer again. */
  hears(who: Troubled): (trouble: CampaignsError | null) => void {
    return (trouble) => void (trouble === null ? this.answers(who) : this.trouble(who, trouble));
  }

  /** Why nothing new is dialed, for those who look at the store; null: it is. `host`: where. */
  heldUp(host?: string): string | null {
    const who = host === undefined ? "the runner" : `the runner on ${host}`;
    if (this.#draining !== null) return `${who} drains${DRAINS[this.#draining]}: nothing new is dialed`;
    // The carrier's books and receivers of events keep nobody from dialing.
    const trouble = this.#troubles.get("database") ?? this.#troubles.get("livekit");
    return trouble === undefined ? null : `${who} is held up: ${trouble}`;
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
    this.looks(lookAway(campaign, this.#clock.now(), turnInWords(behind), behind));
    if (!this.#isNew(campaign, "turn")) return;
    const because = turnInWords(behind);
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

const CHANGES: readonly NewRunEvent["type"][] = ["trouble", "recovered_from", "draining"];
const DRAINS = {
  interrupted: "",
  time_over: ", since its --for has elapsed",
  bug: ", after an internal error",
} as const satisfies Record<Draining, string>;

const OVER: readonly NewRunEvent["type"][] = ["campaign_paused", "campaign_failed", "campaign_completed"];

const turnInWords = (behind: string): string =>
  `waits for its turn behind "${behind}" (--parallel dials several at once)`;

export const named = (campaign: Campaign): { campaignId: string; campaign: string } => ({
  campaignId: campaign.id,
  campaign: campaign.name,
});
