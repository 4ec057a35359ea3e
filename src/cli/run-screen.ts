/** The screen of a run: what the runner sees and tells becomes lines, and keys become what they ask for. */
import type { RunEvent } from "../domain/calls/run-event.ts";
import { type Instant, SECOND } from "../domain/time/instant.ts";
import { redact } from "../domain/phones/redact.ts";
import { visible } from "../domain/text/visible.ts";
import { CampaignsError, messageOf } from "../engine/errors.ts";
import type { Campaigns } from "../engine/manage/campaigns.ts";
import type { Claim } from "../engine/ports/index.ts";
import type { Look } from "../engine/run/look.ts";
import type { Runner } from "../engine/run/runner.ts";
import { type FullScreen, fullScreen } from "./full-screen.ts";
import { isInFront } from "./in-front.ts";
import type { Key } from "./keys.ts";
import { eventText, eventTone } from "./render/event.ts";
import { screenLines } from "./render/screen.ts";
import type { CallRow, EventRow, ScreenState } from "./render/screen-state.ts";
import { RunProgress } from "./run-progress.ts";
import type { Session } from "./session.ts";
import type { Interruptions } from "./signals.ts";

/** Told once more when the screen is gone. */
const EVENTS_KEPT = 200;
/** What became of a key is read by then. */
const NOTICE_FOR = 10 * SECOND;

interface Given {
  readonly session: Pick<Session, "io" | "clock" | "out" | "config">;
  readonly campaigns: Campaigns;
  readonly signals: Interruptions;
  /** Whose names may be shown. */
  readonly names: boolean;
  readonly runner: () => Pick<Runner, "calls" | "wake">;
}

export class RunScreen implements AsyncDisposable {
  readonly #given: Given;
  readonly #progress: RunProgress;
  readonly #stopped = new AbortController();
  /** For the scrollback. */
  readonly #lines: string[] = [];
  readonly #events: EventRow[] = [];
  readonly #ringing = new Map<string, Instant>();
  readonly #troubles = new Map<string, string>();
  #keeping: Promise<void> = Promise.resolve();
  #screen: FullScreen | null = null;
  #chosen: string | null = null;
  #notice: { readonly text: string; readonly at: Instant } | null = null;
  #isDraining = false;
  #help = false;

  constructor(given: Given) {
    this.#given = given;
    const { campaigns, session, runner } = given;
    this.#progress = new RunProgress(campaigns, session.clock, () => runner().calls);
  }

  /** `ids`: the campaigns that are running. */
  async open(ids: readonly string[]): Promise<void> {
    const { io, clock, out } = this.#given.session;
    await this.#progress.begin(ids);
    this.#screen = fullScreen(
      io,
      clock,
      (size) => screenLines(this.state, size, out.chalk),
      (key) => this.#press(key),
      () => isInFront(io),
    );
    this.#keeping = this.#progress.keep(this.#stopped.signal, () => this.#screen?.changed());
    // A bug in what is counted ends no run: it is thrown when the screen is gone.
    this.#keeping.catch((error: unknown) => this.#say(`these figures are no longer updated: ${messageOf(error)}`));
  }

  looks(look: Look): void {
    this.#progress.looks(look);
    this.#screen?.changed();
  }

  tells(event: RunEvent): void {
    this.#progress.tells(event);
    if (event.type === "draining") this.#isDraining = true;
    if (event.type === "call_ringing") this.#ringing.set(event.attemptId, event.at);
    if (event.type === "call_ended") this.#ringing.delete(event.attemptId);
    if (event.type === "trouble")
      this.#troubles.set(event.with, [event.message, event.hint].filter(Boolean).join("; "));
    if (event.type === "recovered_from") this.#troubles.delete(event.with);
    this.#keep(event);
    this.#screen?.changed();
  }

  #keep(event: RunEvent): void {
    const { clockZone } = this.#given.session.config;
    const text = eventText(event, clockZone);
    if (text === null) return;
    this.#lines.push(text);
    const said = "number" in event ? { ...event, number: this.#whose(event) } : event;
    this.#events.push({ text: eventText(said, clockZone) ?? "", tone: eventTone(event) });
    for (const kept of [this.#lines, this.#events]) if (kept.length > EVENTS_KEPT) kept.shift();
  }

  /** The campaign and the contact of an event of a call. */
  #whose({ campaignId, attemptId, number }: Extract<RunEvent, { number: string }>): string {
    const claim = this.#given.runner().calls.find(({ attempt }) => attempt.id === attemptId);
    const name = this.#given.names ? (claim?.call.contact.name ?? number) : number;
    return `${this.#nameOf(campaignId)}  ${name}`;
  }

  #nameOf(campaignId: string | null): string {
    return this.#progress.rows().find(({ report }) => report.campaign.id === campaignId)?.report.campaign.name ?? "";
  }

  /** All that is to be seen now. */
  get state(): ScreenState {
    const { session, runner } = this.#given;
    const at = session.clock.now();
    const campaigns = this.#progress.rows();
    const names = new Map(campaigns.map(({ report: { campaign } }) => [campaign.id, campaign.name]));
    const calls = runner()
      .calls.filter(({ attempt }) => attempt.state !== "ended")
      .map((claim) => this.#callRow(claim, names));
    const notice = this.#notice !== null && at - this.#notice.at < NOTICE_FOR ? this.#notice.text : null;
    return {
      at,
      timeZone: session.config.clockZone,
      campaigns,
      calls,
      events: this.#events,
      troubles: [...this.#troubles.values()],
      halted: this.#halted,
      chosen: this.#chosen,
      notice,
      help: this.#help,
      keys: this.#screen?.hasKeys ?? false,
    };
  }

  /** The carrier's books keep nobody from dialing. */
  get #halted(): ScreenState["halted"] {
    const isDown = this.#troubles.has("database") || this.#troubles.has("livekit");
    return this.#isDraining ? "draining" : isDown ? "trouble" : null;
  }

  #callRow({ call, attempt }: Claim, names: ReadonlyMap<string, string>): CallRow {
    const { name, phoneNumber } = call.contact;
    const rang = this.#ringing.get(attempt.id);
    const [state, since]: [CallRow["state"], Instant] =
      attempt.answeredAt !== null
        ? ["talking", attempt.answeredAt]
        : rang !== undefined
          ? ["ringing", rang]
          : attempt.dialedAt !== null
            ? ["dialing", attempt.dialedAt]
            : ["agent", attempt.claimedAt];
    const who = (this.#given.names ? name : null) ?? redact(phoneNumber);
    return { campaign: names.get(call.campaignId ?? "") ?? "", who, state, since };
  }

  #press(key: Key): void {
    this.#notice = null;
    if (key === "interrupt") this.#given.signals.interrupt();
    if (key === "quit" && !this.#isDraining) this.#given.signals.drainOnly();
    if (key === "help") this.#help = !this.#help;
    if (key === "up" || key === "down") this.#choose(key === "up" ? -1 : 1);
    // A bug in it ends nothing: the next look at the campaigns meets it again.
    if (key === "pause") void this.#pause().catch((error: unknown) => this.#say(String(error)));
    this.#screen?.changed();
  }

  #choose(step: number): void {
    const ids = this.#progress.rows().map(({ report }) => report.campaign.id);
    const from = ids.indexOf(this.#chosen ?? "");
    const to = from < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, from + step));
    this.#chosen = ids[to] ?? null;
  }

  async #pause(): Promise<void> {
    const rows = this.#progress.rows();
    const row =
      rows.find(({ report }) => report.campaign.id === this.#chosen) ?? (rows.length === 1 ? rows[0] : undefined);
    if (row === undefined) return this.#say("choose a campaign with ↑ and ↓, then press p");
    const { id, name } = row.report.campaign;
    try {
      await this.#given.campaigns.pause(id);
      this.#given.runner().wake();
      this.#say(`${visible(name)} is paused; campaigns resume goes on with it`);
    } catch (error) {
      if (!(error instanceof CampaignsError)) throw error;
      this.#say(error.message);
    }
  }

  #say(text: string): void {
    this.#notice = { text, at: this.#given.session.clock.now() };
    this.#screen?.changed();
  }

  /** Gives the window back, and leaves in it what happened last. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    try {
      await this.#screen?.[Symbol.asyncDispose]();
    } finally {
      await this.#keeping;
      for (const line of this.#lines) this.#given.session.out.event(null, line);
    }
  }
}
