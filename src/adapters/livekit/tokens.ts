/** The tokens of the SDK's requests: signed seldom, and by LiveKit's clock where ours is off. */
import { createHmac } from "node:crypto";
import { type RoomServiceClient, ServerError, type SipClient } from "livekit-server-sdk";
import { SECOND } from "../../domain/time/instant.ts";
import type { Clock } from "../../engine/ports/index.ts";
import type { DatedError, Sender } from "./requests.ts";

/** Of the ten minutes that a token is good for; milliseconds. */
const SIGNED_FOR = 60_000;
const MOST_KEPT = 10_000;
const UNAUTHORIZED = 401;

/** By so many seconds clocks may differ, before LiveKit refuses what ours has signed (livekit-server, auth/verifier.go). */
const LEEWAY = 60;

type Header = Record<string, string>;

/** The part of a client that signs. */
interface Signer {
  readonly secret: string;
  authHeader: (grant?: object, sip?: object) => Promise<Header>;
}

/**
 * The same client; it signs no new token while the last one for the same grant is fresh: by both clocks, since one stands
 * still while the machine sleeps, and somebody may set the other.
 */
export function signingSeldom<C extends RoomServiceClient | SipClient>(
  client: C,
  clock: Pick<Clock, "now" | "monotonic">,
): C {
  const signer = client as unknown as Signer;
  const sign = signer.authHeader.bind(client);
  interface Signed {
    readonly at: number;
    readonly wall: number;
    readonly header: Promise<Header>;
  }
  const signed = new Map<string, Signed>();
  const isFresh = ({ at, wall }: Signed): boolean =>
    clock.monotonic() - at < SIGNED_FOR && Math.abs(clock.now() - wall) < SIGNED_FOR;
  signer.authHeader = (grant, sip) => {
    const key = JSON.stringify([grant, sip]);
    const last = signed.get(key);
    if (last !== undefined && isFresh(last)) return last.header;
    if (signed.size >= MOST_KEPT) signed.clear();
    const header = sign(grant, sip);
    signed.set(key, { at: clock.monotonic(), wall: clock.now(), header });
    header.catch(() => signed.delete(key));
    return header;
  };
  // Signed, perhaps, by a clock that has been set since.
  return refused(client, () => signed.clear());
}

/**
 * The same client; once LiveKit has refused a token of our clock, it signs by LiveKit's, which its answer tells: a machine whose
 * clock has been set wrong goes on following its calls, and hangs up. Not for dials: whom it may call now, that machine does not
 * know. Of an answer that was refused as well nothing is believed, since its date may be somebody else's.
 */
export function signingByItsClock(client: RoomServiceClient, clock: Pick<Clock, "now">): RoomServiceClient {
  const signer = client as unknown as Signer;
  const sign = signer.authHeader.bind(client);
  /** Seconds by which LiveKit's clock is ahead of ours. */
  let ahead = 0;
  signer.authHeader = async (grant, sip) => {
    const header = await sign(grant, sip);
    return ahead === 0 ? header : shifted(header, ahead, signer.secret);
  };
  return refused(client, ({ answeredAt }) => {
    const off = answeredAt === null ? 0 : Math.round((answeredAt - clock.now()) / SECOND);
    ahead = ahead === 0 && Math.abs(off) > LEEWAY ? off : 0;
  });
}

/** The same token, for later times. */
function shifted({ Authorization = "", ...others }: Header, seconds: number, secret: string): Header {
  const [head = "", body = ""] = Authorization.replace(/^Bearer /, "").split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as { nbf: number; exp: number };
  const moved = { ...claims, nbf: claims.nbf + seconds, exp: claims.exp + seconds };
  const text = `${head}.${Buffer.from(JSON.stringify(moved)).toString("base64url")}`;
  return {
    ...others,
    Authorization: `Bearer ${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`,
  };
}

/** The same client; `heard`: a token was refused. */
function refused<C extends object>(client: C, heard: (error: DatedError) => void): C {
  const sender = Reflect.get(client, "rpc") as Sender;
  const send = sender.request;
  sender.request = async (...request) => {
    try {
      return await send(...request);
    } catch (error) {
      if (error instanceof ServerError && error.status === UNAUTHORIZED) heard(error as DatedError);
      throw error;
    }
  };
  return client;
}
