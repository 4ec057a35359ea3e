/** Who may be told of events: somebody else on the internet, by https; a host of the operator's own only where it is named. */
import { isIP } from "node:net";
import { isPublic } from "./addresses.ts";

export const ALLOW = "CAMPAIGNS_WEBHOOK_HOSTS names hosts that may be told";

export interface Receiver {
  readonly url: URL;
  /** As it is looked up, or the address itself. */
  readonly host: string;
  /** It may have any address. */
  readonly isAllowed: boolean;
}

/** `allowed`: hosts that may be private, and plain http. A text: what is wrong with the address, with nothing of it but its host. */
export function receiverAt(address: string, allowed: readonly string[]): Receiver | string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return "expected an https address";
  if (url.username !== "" || url.password !== "") return "expected an address without a user and password in it";
  // URLs spell 127.1, 0x7f000001 and 2130706433 all as 127.0.0.1.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isAllowed = allowed.includes(host);
  if (url.protocol === "http:" && !isAllowed) return `${host}: expected https; ${ALLOW} by http`;
  if (isIP(host) !== 0 && !isAllowed && !isPublic(host)) return `${host}: ${PRIVATE}`;
  return { url, host, isAllowed };
}

export const PRIVATE = `expected a public address; ${ALLOW} at a private one`;
