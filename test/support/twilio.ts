/**
 * Twilio's REST API on loopback, as far as this program uses it, behind the real `twilio` client. Requests carry the host
 * they were meant for as the first part of their path. Basic auth, form bodies, both kinds of paging, errors with code
 * and status as Twilio spells them, 429 with Retry-After, trial accounts. Facts: Twilio's API reference, twilio 6.2.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { type Json, newPage, oldPage } from "./twilio-pages.ts";

export interface StandInCall {
  readonly sid: string;
  readonly to: string;
  readonly from?: string;
  readonly status: string;
  readonly start: number;
  readonly duration?: number;
  readonly price?: string;
}

interface Trunk {
  readonly sid: string;
  readonly friendlyName: string;
  readonly domainName: string;
  readonly lists: string[];
}

interface CredentialList {
  readonly sid: string;
  readonly friendlyName: string;
  readonly credentials: { readonly sid: string; readonly username: string; password: string }[];
}

interface OwnedNumber {
  readonly sid: string;
  readonly phoneNumber: string;
  trunkSid: string | null;
}

/** Thrown by a handler; said as Twilio says it. */
class Refusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const notFound = (path: string): Refusal => new Refusal(404, 20404, `The requested resource ${path} was not found`);

export const ACCOUNT_SID = "AC00000000000000000000000000000001";
export const AUTH_TOKEN = "an-auth-token-that-nobody-may-see";

export class TwilioStandIn implements AsyncDisposable {
  readonly numbers: OwnedNumber[] = [];
  readonly trunks: Trunk[] = [];
  readonly lists: CredentialList[] = [];
  readonly calls: StandInCall[] = [];
  account = { type: "Full", status: "active" };
  /** Trunks that a trial account may have. */
  trialTrunks = 1;
  /** What the server makes of any page size that is asked for. */
  longestPage = 50;
  /** Every password it was ever told. */
  readonly passwords: string[] = [];
  /** Requests answered with 429 from now on. */
  throttled = 0;
  /** Which of the coming POSTs fails, 1 is the next: without acting, or having acted and not saying so. */
  failing: { at: number; how: "before" | "after" } | null = null;
  /** `POST trunking.twilio.com/v1/Trunks`, in order; ids are left out. */
  readonly requests: string[] = [];
  #ids = 0;
  #posts = 0;
  readonly #server = createServer((request, response) => {
    void this.#answer(request, response).catch(() => response.destroy());
  });

  static async start(): Promise<TwilioStandIn> {
    const standIn = new TwilioStandIn();
    await new Promise<void>((resolve) => standIn.#server.listen(0, "127.0.0.1", resolve));
    return standIn;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** POSTs so far that were let through to act. */
  get posts(): number {
    return this.#posts;
  }

  fail(at: number, how: "before" | "after"): void {
    this.failing = { at: this.#posts + at, how };
  }

  own(phoneNumber: string): OwnedNumber {
    const number: OwnedNumber = { sid: this.#id("PN"), phoneNumber, trunkSid: null };
    this.numbers.push(number);
    return number;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #id(prefix: string): string {
    return `${prefix}${String(++this.#ids).padStart(32, "0")}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    const url = new URL(request.url ?? "", this.url);
    const say = (status: number, json: Json, headers: Record<string, string> = {}): void =>
      void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(json));
    const refuse = ({ status, code, message }: Refusal, headers?: Record<string, string>): void =>
      say(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, headers);

    this.requests.push(`${request.method} ${url.pathname.slice(1).replaceAll(/(?<=\/)[A-Z]{2}\d{32}/g, "*")}`);
    if (this.throttled > 0) {
      this.throttled--;
      return refuse(new Refusal(429, 20429, "Too Many Requests"), { "retry-after": "1" });
    }
    const basic = `Basic ${Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString("base64")}`;
    if (request.headers.authorization !== basic) {
      return refuse(new Refusal(401, 20003, "Authenticate"));
    }
    const failure = request.method === "POST" && ++this.#posts === this.failing?.at ? this.failing.how : null;
    if (failure === "before") return refuse(new Refusal(500, 20500, "An internal server error has occurred"));
    try {
      const isForm = request.headers["content-type"] === "application/x-www-form-urlencoded";
      if (request.method === "POST" && !isForm) throw new Refusal(415, 20415, "Unsupported Media Type");
      const answer = this.#route(request.method ?? "", url, new URLSearchParams(body));
      if (failure === "after") return void response.socket?.destroy();
      say(request.method === "POST" && !isUpdate(url) ? 201 : 200, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error);
    }
  }

  #route(method: string, url: URL, form: URLSearchParams): Json {
    const account = `/api.twilio.com/2010-04-01/Accounts/${ACCOUNT_SID}`;
    const path = url.pathname;
    const at = (pattern: string, verb: string): string[] | null => {
      const ids = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "(\\w+)")}$`).exec(path);
      return method === verb && ids !== null ? ids.slice(1) : null;
    };
    const trunking = "/trunking.twilio.com/v1/Trunks";
    const sip = `${account}/SIP/CredentialLists`;
    let ids: string[] | null;
    if (at(`${account}.json`, "GET") !== null) {
      return { sid: ACCOUNT_SID, friendly_name: "stand-in", ...this.account };
    }
    if (at(`${account}/IncomingPhoneNumbers.json`, "GET") !== null) {
      const wanted = url.searchParams.get("PhoneNumber") ?? "";
      const found = this.numbers.filter(({ phoneNumber }) => phoneNumber.includes(wanted));
      return oldPage(url, "incoming_phone_numbers", found.map(numberOut), this.longestPage);
    }
    if ((ids = at(`${account}/Calls/*.json`, "GET")) !== null) {
      return callOut(this.#one(this.calls, ids[0], path));
    }
    if (at(`${account}/Calls.json`, "GET") !== null) {
      const [to, after, before] = ["To", "StartTime>", "StartTime<"].map((name) => url.searchParams.get(name));
      const found = this.calls
        .filter((call) => to === null || call.to === to)
        .filter(({ start }) => after == null || start >= Date.parse(after))
        .filter(({ start }) => before == null || start <= Date.parse(before));
      return oldPage(url, "calls", found.map(callOut), this.longestPage);
    }
    if (at(`${sip}.json`, "GET") !== null)
      return oldPage(url, "credential_lists", this.lists.map(listOut), this.longestPage);
    if (at(`${sip}.json`, "POST") !== null) {
      const friendlyName = required(form, "FriendlyName");
      if (this.lists.some((list) => list.friendlyName === friendlyName)) throw twice("FriendlyName");
      const list: CredentialList = { sid: this.#id("CL"), friendlyName, credentials: [] };
      this.lists.push(list);
      return listOut(list);
    }
    if ((ids = at(`${sip}/*/Credentials.json`, "GET")) !== null) {
      const { credentials } = this.#one(this.lists, ids[0], path);
      return oldPage(url, "credentials", credentials.map(credentialOut), this.longestPage);
    }
    if ((ids = at(`${sip}/*/Credentials.json`, "POST")) !== null) {
      const { credentials } = this.#one(this.lists, ids[0], path);
      const username = required(form, "Username");
      if (credentials.some((other) => other.username === username)) throw twice("Username");
      const credential = { sid: this.#id("CR"), username, password: this.#password(form) };
      credentials.push(credential);
      return credentialOut(credential);
    }
    if ((ids = at(`${sip}/*/Credentials/*.json`, "POST")) !== null) {
      const credential = this.#one(this.#one(this.lists, ids[0], path).credentials, ids[1], path);
      credential.password = this.#password(form);
      return credentialOut(credential);
    }
    if (at(trunking, "GET") !== null) return newPage(url, "trunks", this.trunks.map(trunkOut), this.longestPage);
    if (at(trunking, "POST") !== null) {
      if (this.account.type === "Trial" && this.trunks.length >= this.trialTrunks) {
        throw new Refusal(400, 20001, "Trial accounts are limited to one trunk");
      }
      const domainName = required(form, "DomainName");
      if (!domainName.endsWith(".pstn.twilio.com")) throw invalid("DomainName");
      if (this.trunks.some((trunk) => trunk.domainName === domainName)) throw twice("DomainName");
      const trunk: Trunk = { sid: this.#id("TK"), friendlyName: form.get("FriendlyName") ?? "", domainName, lists: [] };
      this.trunks.push(trunk);
      return trunkOut(trunk);
    }
    if ((ids = at(`${trunking}/*/CredentialLists`, "GET")) !== null) {
      const trunk = this.#one(this.trunks, ids[0], path);
      const lists = this.lists.filter(({ sid }) => trunk.lists.includes(sid));
      const inTrunk = lists.map((list) => ({ ...listOut(list), trunk_sid: trunk.sid }));
      return newPage(url, "credential_lists", inTrunk, this.longestPage);
    }
    if ((ids = at(`${trunking}/*/CredentialLists`, "POST")) !== null) {
      const trunk = this.#one(this.trunks, ids[0], path);
      const list = this.#one(this.lists, required(form, "CredentialListSid"), path);
      if (trunk.lists.includes(list.sid)) throw twice("CredentialListSid");
      trunk.lists.push(list.sid);
      return { ...listOut(list), trunk_sid: trunk.sid };
    }
    if ((ids = at(`${trunking}/*/PhoneNumbers`, "POST")) !== null) {
      const trunk = this.#one(this.trunks, ids[0], path);
      const number = this.#one(this.numbers, required(form, "PhoneNumberSid"), path);
      if (number.trunkSid !== null) throw twice("PhoneNumberSid");
      number.trunkSid = trunk.sid;
      return numberOut(number);
    }
    throw notFound(path);
  }

  #password(form: URLSearchParams): string {
    const password = required(form, "Password");
    if (password.length < 12 || !/[a-z]/.test(password) || !/[A-Z]/.test(password) || !/\d/.test(password)) {
      throw invalid("Password");
    }
    this.passwords.push(password);
    return password;
  }

  #one<T extends { readonly sid: string }>(all: readonly T[], sid: string | undefined, path: string): T {
    const found = all.find((each) => each.sid === sid);
    if (found === undefined) throw notFound(path);
    return found;
  }
}

/** A POST to something that is there changes it. */
const isUpdate = (url: URL): boolean => /\/Credentials\/\w+\.json$/.test(url.pathname);

const twice = (field: string): Refusal => new Refusal(400, 20001, `${field} is in use already`);
const invalid = (field: string): Refusal => new Refusal(400, 20001, `${field} is invalid`);

function required(form: URLSearchParams, field: string): string {
  const value = form.get(field);
  if (value === null || value === "")
    throw new Refusal(400, 20001, `Missing required parameter ${field} in the post body`);
  return value;
}

const numberOut = ({ sid, phoneNumber, trunkSid }: OwnedNumber): Json => ({
  sid,
  account_sid: ACCOUNT_SID,
  phone_number: phoneNumber,
  friendly_name: "a number",
  trunk_sid: trunkSid,
});

const listOut = ({ sid, friendlyName }: CredentialList): Json => ({
  sid,
  account_sid: ACCOUNT_SID,
  friendly_name: friendlyName,
});

/** The password never comes back. */
const credentialOut = ({ sid, username }: CredentialList["credentials"][number]): Json => ({
  sid,
  account_sid: ACCOUNT_SID,
  username,
});

const trunkOut = ({ sid, friendlyName, domainName }: Trunk): Json => ({
  sid,
  account_sid: ACCOUNT_SID,
  friendly_name: friendlyName,
  domain_name: domainName,
  secure: false,
});

/** Duration and price are text, and a price is negative; both are missing while a call is under way. */
const callOut = ({ sid, to, from, status, start, duration, price }: StandInCall): Json => ({
  sid,
  account_sid: ACCOUNT_SID,
  to,
  from: from ?? "",
  status,
  start_time: new Date(start).toUTCString().replace("GMT", "+0000"),
  end_time: duration === undefined ? null : new Date(start + duration * 1000).toUTCString().replace("GMT", "+0000"),
  duration: duration === undefined ? null : String(duration),
  price: price ?? null,
  price_unit: "USD",
  direction: "trunking-originating",
});
