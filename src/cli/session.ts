/** What a command works with, opened when first asked for and closed in reverse. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { MINUTE } from "../domain/time/instant.ts";
import type { Carrier, CarrierRecords } from "../engine/ports/carrier.ts";
import type { CampaignApply } from "../engine/manage/campaign-apply.ts";
import type { Campaigns } from "../engine/manage/campaigns.ts";
import { systemClock, uptime } from "../engine/ports/clock.ts";
import type { Contacts } from "../engine/manage/contacts.ts";
import type { LiveKitProbe, ProjectProbe } from "../engine/doctor/doctor.ts";
import { Misused, Unavailable } from "../engine/errors.ts";
import type { OutboundTrunks } from "../engine/manage/outbound-trunks.ts";
import type { DoNotCallList } from "../engine/manage/do-not-call.ts";
import type { AuditLog } from "../engine/manage/audit-log.ts";
import type { Privacy } from "../engine/manage/privacy.ts";
import type { Suppression } from "../engine/manage/suppression.ts";
import type { Messenger } from "../engine/ports/messenger.ts";
import type { Recorder } from "../engine/ports/recorder.ts";
import type { AuditEvent, Clock, Store, Telephony } from "../engine/ports/index.ts";
import type { TrunkAdmin } from "../engine/ports/trunk-admin.ts";
import type { Instant } from "../domain/time/instant.ts";
import type { Sandbox } from "../sandbox/index.ts";
import { type Config, type GlobalFlags, type LiveKitConfig, readConfig, type SupabaseConfig } from "./config.ts";
import { copiesOf } from "./copies.ts";
import type { Io } from "./io.ts";
import { Output } from "./output.ts";
import type { Copy } from "../adapters/sqlite/copies.ts";
import type { Keys } from "./encryption-keys.ts";
import { following } from "./following.ts";
import { version } from "./version.ts";

/** Stores of a project's users that are kept at hand. */
const STORES = 500;

const livekitOf = (config: Config): LiveKitConfig => config.livekit();

function projectOf(config: Config): SupabaseConfig {
  const settings = config.supabase();
  if (settings !== null) return settings;
  throw new Misused("supabase_settings", "expected the settings of the Supabase project");
}

export class Session implements AsyncDisposable {
  readonly io: Io;
  readonly out: Output;
  readonly clock: Clock = systemClock;
  readonly newId = randomUUID;
  readonly #opened = new AsyncDisposableStack();
  readonly #flags: GlobalFlags;
  /** What open connections need of the settings. */
  readonly #needs = new Set<(config: Config) => unknown>();
  #config: Config;
  #makesDatabase = true;
  #patience: number | undefined;
  readonly #stores = new Map<string, Promise<Store>>();
  #sandbox: Promise<Sandbox> | null = null;

  constructor(io: Io, flags: GlobalFlags) {
    this.io = io;
    this.#flags = flags;
    this.#config = readConfig(flags, io);
    this.out = new Output(io, this.config);
    for (const name of this.config.plain) {
      this.out.warn(`warning: ${name} has no TLS: keys, names and numbers can be read on the way`);
    }
  }

  /** Of the program. */
  get version(): string {
    return version();
  }

  get config(): Config {
    return this.#config;
  }

  /** Reads the settings again; open connections to Supabase and LiveKit use them from now on. Throws Misused. */
  async reload(): Promise<void> {
    const fresh = readConfig(this.#flags, this.io);
    for (const need of this.#needs) need(fresh);
    const { debug, secrets } = fresh;
    if (debug !== "") {
      (await import("./debug.ts")).startDebug(debug, [...this.#config.secrets, ...secrets], this.io.stderr);
    }
    this.#config = fresh;
  }

  /** From now on a database that is missing is not made: the command has nothing to put into a new one. */
  findsDatabase(): this {
    this.#makesDatabase = false;
    return this;
  }

  /** For a command that has nothing else to do, and of which many may be started at once. */
  waitsLong(): this {
    this.#patience = MINUTE;
    return this;
  }

  store(): Promise<Store> {
    return this.storeOf(this.config.userId);
  }

  /** For one owner's rows, or everybody's; opened once for each who works with it, while it is among those used lately. */
  storeOf(userId: string | undefined, actor = this.config.actor): Promise<Store> {
    const key = JSON.stringify([userId, actor]);
    const opened = this.#stores.get(key) ?? this.#openStore(userId, actor);
    this.#stores.delete(key);
    this.#stores.set(key, opened);
    opened.catch(() => this.#stores.delete(key));
    const [oldest] = this.#stores.keys();
    // A project's users come and go, and their stores hold nothing open; whoever still uses one has it. A file's owners
    // are those of the tokens in the settings.
    if (!this.config.usesFile && this.#stores.size > STORES) this.#stores.delete(oldest ?? "");
    return opened;
  }

  /** What contact data is encrypted with; null: no key is set. */
  async keys(): Promise<Keys | null> {
    const { key, file } = this.config.encryption;
    if (key === undefined && file === undefined) return null;
    const { encryptionKeys } = await import("./encryption-keys.ts");
    return encryptionKeys(this.config);
  }

  async #openStore(userId: string | undefined, actor: string): Promise<Store> {
    const { db, dbNamed } = this.config;
    const supabase = dbNamed ? null : this.config.supabase();
    const keys = await this.keys();
    const patience = this.#patience;
    if (supabase === null) {
      const { openSqliteStore } = await import("../adapters/sqlite/store.ts");
      if (this.#makesDatabase) return this.#opened.use(openSqliteStore(db, { userId, uptime, keys, actor, patience }));
      // Nobody named it: nothing is in it yet, and that is no mistake.
      const path = dbNamed || existsSync(db) ? db : ":memory:";
      return this.#opened.use(openSqliteStore(path, { userId, opening: "find", uptime, keys, actor, patience }));
    }
    const { openSupabaseStore } = await import("../adapters/supabase/store.ts");
    this.#needs.add(projectOf);
    return following(
      () => this.config,
      (config) => openSupabaseStore({ ...projectOf(config), userId, actor, keys }, this.clock),
    );
  }

  async campaigns(): Promise<Campaigns> {
    const { Campaigns } = await import("../engine/manage/campaigns.ts");
    return new Campaigns(await this.store(), this.clock, this.newId);
  }

  async apply(): Promise<CampaignApply> {
    const { CampaignApply } = await import("../engine/manage/campaign-apply.ts");
    const { CampaignChanges } = await import("../engine/manage/campaign-changes.ts");
    const [campaigns, store] = [await this.campaigns(), await this.store()];
    return new CampaignApply(
      campaigns,
      new CampaignChanges(campaigns, store, this.clock),
      store,
      this.clock,
      this.newId,
    );
  }

  async doNotCallList(): Promise<DoNotCallList> {
    const { DoNotCallList } = await import("../engine/manage/do-not-call.ts");
    return new DoNotCallList(await this.store(), this.clock, this.newId);
  }

  async suppression(): Promise<Suppression> {
    const { Suppression } = await import("../engine/manage/suppression.ts");
    return new Suppression(await this.store(), this.clock);
  }

  async privacy(): Promise<Privacy> {
    const { Privacy } = await import("../engine/manage/privacy.ts");
    return new Privacy(await this.store(), this.clock);
  }

  /** What `restore` left beside the SQLite file; a project has none. */
  copies(): Promise<readonly Copy[]> {
    return copiesOf(this.config);
  }

  async auditLog(): Promise<AuditLog> {
    const { AuditLog } = await import("../engine/manage/audit-log.ts");
    return new AuditLog(await this.store(), this.clock);
  }

  /** Whoever takes out what is stored as a whole is in the audit log, where it can be written. */
  async recordExport(event: Omit<AuditEvent, "action">): Promise<void> {
    try {
      await (await this.store()).recordAudit({ action: "data.exported", ...event });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      this.out.note(`this export is not in the audit log: ${error.message}`);
    }
  }

  async contacts(): Promise<Contacts> {
    const { Contacts } = await import("../engine/manage/contacts.ts");
    return new Contacts(await this.store(), this.clock, this.newId);
  }

  /** The LiveKit of the settings, or a sandbox that lives as long as the session. */
  async telephony(sandbox: boolean): Promise<Telephony> {
    const { LiveKitTelephony } = await import("../adapters/livekit/telephony.ts");
    const { liveKitClients } = await import("../adapters/livekit/clients.ts");
    const open = (settings: LiveKitConfig, { agentName }: Config): Telephony =>
      new LiveKitTelephony(liveKitClients(settings), this.clock, agentName);
    return sandbox ? open(await this.sandbox(), this.config) : this.#onLiveKit(open);
  }

  /** Records calls, by the egress service of the same LiveKit. */
  async recorder(sandbox: boolean): Promise<Recorder> {
    const { LiveKitRecorder } = await import("../adapters/livekit/recorder.ts");
    const { liveKitClients } = await import("../adapters/livekit/clients.ts");
    const open = (settings: LiveKitConfig, { s3 }: Config): Recorder =>
      new LiveKitRecorder(liveKitClients(settings).egress, this.clock, s3);
    return sandbox ? open(await this.sandbox(), this.config) : this.#onLiveKit(open);
  }

  /** What time it is there; null: it does not say. */
  livekitTime(sandbox: boolean): () => Promise<Instant | null> {
    return async () => {
      const { serverTime } = await import("../adapters/server-time.ts");
      const { host } = sandbox ? await this.sandbox() : livekitOf(this.config);
      return serverTime(host);
    };
  }

  #onLiveKit<T extends object>(open: (settings: LiveKitConfig, config: Config) => T): T {
    this.#needs.add(livekitOf);
    return following(
      () => this.config,
      (config) => open(livekitOf(config), config),
    );
  }

  /** Tells receivers of events. Settings that cannot be used stop nobody from dialing: `status` says so. */
  async messenger(): Promise<Messenger> {
    const { WebhookMessenger } = await import("../adapters/webhook/messenger.ts");
    const { parseSecrets } = await import("../adapters/webhook/secrets.ts");
    const open = ({ webhookSecret, webhookHosts: hosts }: Config): Messenger =>
      new WebhookMessenger({ secrets: () => parseSecrets(webhookSecret), hosts, version: this.version }, this.clock);
    return following(() => this.config, open);
  }

  /** LiveKit's trunks, and our numbers on them. */
  async outboundTrunks(): Promise<OutboundTrunks> {
    const { OutboundTrunks } = await import("../engine/manage/outbound-trunks.ts");
    return new OutboundTrunks(await this.store(), await this.trunkAdmin(), this.clock, this.newId);
  }

  async trunkAdmin(livekit: LiveKitConfig = this.config.livekit()): Promise<TrunkAdmin> {
    const { LiveKitTrunks } = await import("../adapters/livekit/trunks.ts");
    const { sipClient } = await import("../adapters/livekit/clients.ts");
    return new LiveKitTrunks(sipClient(livekit), this.clock);
  }

  async probe(livekit: LiveKitConfig = this.config.livekit()): Promise<LiveKitProbe> {
    const { LiveKitDoctor } = await import("../adapters/livekit/probe.ts");
    const { liveKitClients } = await import("../adapters/livekit/clients.ts");
    return new LiveKitDoctor(liveKitClients(livekit), livekit.host, this.clock, this.config.agentName, this.newId);
  }

  /** The Supabase project of the settings. Throws Misused when there is none. */
  async project(): Promise<ProjectProbe> {
    const { SupabaseDoctor } = await import("../adapters/supabase/probe.ts");
    const settings = this.config.supabase();
    if (settings === null) throw new Misused("supabase_settings", "expected the settings of a Supabase project");
    return new SupabaseDoctor(settings.url);
  }

  /** The carrier of the settings: provisioning, and what it has in its books. Throws Misused when there are none. */
  async carrier(): Promise<{ readonly carrier: Carrier; readonly records: CarrierRecords }> {
    const settings = this.config.twilio();
    if (settings === null) {
      throw new Misused("twilio_settings", "expected the settings of a Twilio account, but there are none", {
        hint: "set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN in the environment or in .env",
      });
    }
    // The largest package of all: loaded by those who ask for it.
    const { twilioClient } = await import("../adapters/twilio/client.ts");
    const { TwilioCarrier } = await import("../adapters/twilio/carrier.ts");
    const { TwilioRecords } = await import("../adapters/twilio/records.ts");
    const client = twilioClient(settings, this.clock);
    return { carrier: new TwilioCarrier(client), records: new TwilioRecords(client) };
  }

  /** What the carrier has recorded, for recovery; null without its settings. Loaded with the first question. */
  records(sandbox: boolean): CarrierRecords | null {
    // Calls of the sandbox are in nobody's books. Settings that are half there stop nobody from dialing: the first
    // question hears of them.
    if (sandbox || !this.config.settings.set.some((name) => name.startsWith("TWILIO_"))) return null;
    let opened: Promise<CarrierRecords> | null = null;
    const open = (): Promise<CarrierRecords> => (opened ??= this.carrier().then(({ records }) => records));
    return {
      find: async (id) => (await open()).find(id),
      callsTo: async (...asked) => (await open()).callsTo(...asked),
    };
  }

  /** A LiveKit that lives as long as the session. */
  async sandbox(): Promise<LiveKitConfig> {
    const { url, apiKey, apiSecret } = await this.#sandboxed();
    return { host: url, apiKey, apiSecret };
  }

  /** Where that LiveKit sends its webhooks. */
  async sendWebhooksTo(url: string): Promise<void> {
    (await this.#sandboxed()).webhooks.url = url;
  }

  #sandboxed(): Promise<Sandbox> {
    this.#sandbox ??= import("../sandbox/index.ts").then(async ({ startSandbox }) =>
      this.#opened.use(await startSandbox({ clock: this.clock })),
    );
    return this.#sandbox;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#opened.disposeAsync();
  }
}
