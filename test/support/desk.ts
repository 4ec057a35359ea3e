/** An operator's desk: an empty directory, the settings of a program, and whole commands run there in this process. */
import { systemClock } from "../../src/engine/ports/clock.ts";
import { parseScript, type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { Folder, type Ran } from "./cli.ts";
import { program } from "./program.ts";
import { ACCOUNT_SID, AUTH_TOKEN } from "./twilio.ts";

type Settings = Record<string, string>;

export class Desk extends Folder implements AsyncDisposable {
  /** For every command; a test may change them. */
  readonly env: Settings;

  constructor(settings: Settings = {}) {
    super();
    this.env = { CAMPAIGNS_DB: this.db, HOME: this.dir, TZ: "UTC", ...settings };
  }

  run(argv: readonly string[], stdin = "", more: Settings = {}): Promise<Ran> {
    return program(argv, { cwd: this.dir, env: { ...this.env, ...more }, stdin });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return Promise.resolve();
  }
}

/** With a LiveKit on it, which does as `script` says. */
export class SandboxDesk extends Desk {
  readonly sandbox: Sandbox;

  private constructor(sandbox: Sandbox) {
    super(liveKitSettings(sandbox));
    this.sandbox = sandbox;
  }

  static async open(script: object = {}): Promise<SandboxDesk> {
    return new SandboxDesk(await startSandbox({ clock: systemClock, script: parseScript(JSON.stringify(script)) }));
  }

  /** From now on. */
  behave(script: object): void {
    this.sandbox.world.script = parseScript(JSON.stringify(script));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox[Symbol.asyncDispose]();
    await super[Symbol.asyncDispose]();
  }
}

const liveKitSettings = ({ url, apiKey, apiSecret }: Sandbox): Settings => ({
  LIVEKIT_HOST: url,
  LIVEKIT_API_KEY: apiKey,
  LIVEKIT_API_SECRET: apiSecret,
});

/** Of the stand-in at this address. */
export const twilioSettings = (url: string, authToken = AUTH_TOKEN): Settings => ({
  TWILIO_ACCOUNT_SID: ACCOUNT_SID,
  TWILIO_AUTH_TOKEN: authToken,
  CAMPAIGNS_TWILIO_URL: url,
});
