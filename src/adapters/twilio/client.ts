/**
 * The real client, with what it lacks: it waits as long as Twilio asks when there are too many requests. Its debug output
 * has passwords in it; no log level is given to it, and a test sees that none comes from elsewhere.
 */
import debug from "debug";
import twilio from "twilio";
import RequestClient from "twilio/lib/base/RequestClient.js";
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";

export interface TwilioSettings {
  /** AC… */
  readonly accountSid: string;
  readonly authToken: string;
  /** A stand-in on this machine that answers for all of Twilio's hosts; null: Twilio. */
  readonly url: string | null;
}

export type TwilioClient = twilio.Twilio;

/** DEBUG=outbound: each request to the carrier, whichever command makes it. */
const log = debug("outbound");

/** Milliseconds until a request is given up. */
const TIMEOUT = 15 * SECOND;
/** A request refused for coming too fast was not acted on, so any may be repeated. */
const TRIES = 4;
const LONGEST_WAIT = 30 * SECOND;

type Answer<T> = Promise<Awaited<ReturnType<typeof RequestClient.prototype.request<T>>>>;

/** The token would go to whatever host the answer names. */
class Redirected extends Error {
  constructor(status: number) {
    super(`it redirects to another address (HTTP ${status}), which is not followed`);
  }
}

class PatientRequests extends RequestClient {
  readonly #clock: Clock;
  readonly #url: string | null;

  constructor(clock: Clock, url: string | null) {
    super({ timeout: TIMEOUT });
    this.#clock = clock;
    this.#url = url;
  }

  override async request<T>(options: RequestClient.RequestOptions<T>): Answer<T> {
    const reported = `${options.method.toUpperCase()} ${pathOf(options.uri)}`;
    for (let n = 1; ; n++) {
      const asked = this.#clock.now();
      const say = (how: unknown): void => log("%s: %s in %d ms", reported, how, this.#clock.now() - asked);
      const asking = { ...options, allowRedirects: false, uri: this.#aimed(options.uri) };
      const answer = await super.request<T>(asking).catch((error: unknown) => {
        say("no answer");
        throw error;
      });
      say(answer.statusCode);
      // The client takes it for an answer here and there.
      if (answer.statusCode >= 300 && answer.statusCode < 400) throw new Redirected(answer.statusCode);
      if (answer.statusCode !== 429 || n === TRIES) return answer;
      await this.#clock.sleep(waitOf(answer.headers, n));
    }
  }

  /** `https://trunking.twilio.com/v1/Trunks` → `http://127.0.0.1:1234/trunking.twilio.com/v1/Trunks`. */
  #aimed(uri: string): string {
    return this.#url === null ? uri : uri.replace(/^https:\//, this.#url.replace(/\/$/, ""));
  }
}

/** `trunking.twilio.com/v1/Trunks/TK…`: ids are cut short, and what is asked for, which may be a number, is left out. */
const pathOf = (uri: string): string =>
  uri
    .replace(/^https:\/\//, "")
    .replace(/\?.*/s, "")
    .replaceAll(/(?<=\/)([A-Z]{2})[0-9a-f]{32}/g, "$1…");

/** Retry-After in seconds; without it a second, doubled each time. */
function waitOf(headers: unknown, n: number): number {
  const after = Number((headers as Readonly<Record<string, unknown>>)["retry-after"]);
  return Math.min(after > 0 ? after * SECOND : SECOND * 2 ** (n - 1), LONGEST_WAIT);
}

export const twilioClient = ({ accountSid, authToken, url }: TwilioSettings, clock: Clock): TwilioClient =>
  twilio(accountSid, authToken, { httpClient: new PatientRequests(clock, url) });
