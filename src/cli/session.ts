/** What a command works with, opened when first asked for and closed in reverse. */
import { randomUUID } from "node:crypto";
import { Campaigns } from "../engine/campaigns.ts";
import { systemClock } from "../engine/clock.ts";
import type { Clock, Store, Telephony } from "../engine/ports.ts";
import { type Config, type GlobalFlags, readConfig } from "./config.ts";
import type { Io } from "./io.ts";
import { Output } from "./output.ts";

export class Session implements AsyncDisposable {
  readonly io: Io;
  readonly config: Config;
  readonly out: Output;
  readonly clock: Clock = systemClock;
  readonly newId = randomUUID;
  readonly #opened = new AsyncDisposableStack();
  #store: Store | null = null;

  constructor(io: Io, flags: GlobalFlags) {
    this.io = io;
    this.config = readConfig(flags, io);
    this.out = new Output(io, this.config);
  }

  async store(): Promise<Store> {
    this.#store ??= this.#opened.use(await this.#openStore());
    return this.#store;
  }

  async #openStore(): Promise<Store> {
    const { db, dbNamed, userId } = this.config;
    const supabase = dbNamed ? null : this.config.supabase();
    if (supabase === null) {
      const { openSqliteStore } = await import("../adapters/sqlite/store.ts");
      return openSqliteStore(db, { userId });
    }
    const { openSupabaseStore } = await import("../adapters/supabase/store.ts");
    return openSupabaseStore({ ...supabase, userId }, this.clock);
  }

  async campaigns(): Promise<Campaigns> {
    return new Campaigns(await this.store(), this.clock, this.newId);
  }

  /** The LiveKit of the settings, or a sandbox that lives as long as the session. */
  async telephony(sandbox: boolean): Promise<Telephony> {
    const { LiveKitTelephony } = await import("../adapters/livekit/telephony.ts");
    const { liveKitClients } = await import("../adapters/livekit/clients.ts");
    const settings = sandbox ? await this.#startSandbox() : this.config.livekit();
    return new LiveKitTelephony(liveKitClients(settings), this.clock, this.config.agentName);
  }

  async #startSandbox(): Promise<{ host: string; apiKey: string; apiSecret: string }> {
    const { startSandbox } = await import("../sandbox/index.ts");
    const { url, apiKey, apiSecret } = this.#opened.use(await startSandbox({ clock: this.clock }));
    return { host: url, apiKey, apiSecret };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}
