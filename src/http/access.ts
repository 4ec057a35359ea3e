/** Who asks: a token of ours, or a signed-in user of the Supabase project. */
import { createHash } from "node:crypto";
import { type Instant, MINUTE, SECOND } from "../domain/time/instant.ts";
import type { Clock } from "../engine/ports/index.ts";
import { type ApiToken, type Principal, tokenOf } from "./tokens.ts";

/** The id of the user that a JWT of the project belongs to; null: it is none, or no longer. */
export type UserOf = (jwt: string) => Promise<string | null>;

/** How long a user's JWT is believed without asking again: a sign-out takes effect within it. */
const BELIEVED = MINUTE;
const REMEMBERED = 10_000;
/** Unknown JWTs that the project is asked about in a second: nobody can make us flood it. */
const ASKED_PER_SECOND = 50;

const JWT = /^[\w-]{2,}\.[\w-]{2,}\.[\w-]{2,}$/;

export class Access {
  readonly #tokens: readonly ApiToken[];
  readonly #userOf: UserOf | null;
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly principal: Principal; readonly until: Instant }>();
  readonly #asking: RateLimit;

  constructor(tokens: readonly ApiToken[], userOf: UserOf | null, clock: Clock) {
    this.#tokens = tokens;
    this.#userOf = userOf;
    this.#clock = clock;
    this.#asking = new RateLimit(ASKED_PER_SECOND, clock);
  }

  /** `header`: Authorization. Null: nobody we know. */
  async principal(header: string | undefined): Promise<Principal | null> {
    const [, bearer] = /^bearer +([\w.~+/=-]{16,4096})$/i.exec(header ?? "") ?? [];
    if (bearer === undefined) return null;
    const token = tokenOf(bearer, this.#tokens);
    if (token !== null || this.#userOf === null || !JWT.test(bearer)) return token;
    return this.#user(bearer, this.#userOf);
  }

  async #user(jwt: string, userOf: UserOf): Promise<Principal | null> {
    const id = createHash("sha256").update(jwt).digest("base64url");
    const known = this.#known.get(id);
    if (known !== undefined && known.until > this.#clock.monotonic()) return known.principal;
    this.#known.delete(id);
    if (!this.#asking.take("")) return null;
    const owner = await userOf(jwt);
    if (owner === null) return null;
    const principal: Principal = { owner, scope: "operate", isUser: true, id: owner };
    if (this.#known.size >= REMEMBERED) this.#known.delete([...this.#known.keys()][0] ?? "");
    this.#known.set(id, { principal, until: this.#clock.monotonic() + BELIEVED });
    return principal;
  }
}

/** So many a second, for each key; twice as many at once after a rest. */
export class RateLimit {
  readonly #perSecond: number;
  readonly #clock: Clock;
  readonly #left = new Map<string, { tokens: number; at: Instant }>();

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  take(key: string): boolean {
    const now = this.#clock.monotonic();
    const bucket = this.#left.get(key) ?? { tokens: 2 * this.#perSecond, at: now };
    bucket.tokens = Math.min(2 * this.#perSecond, bucket.tokens + ((now - bucket.at) * this.#perSecond) / SECOND);
    bucket.at = now;
    if (!this.#left.has(key) && this.#left.size >= REMEMBERED) this.#left.delete([...this.#left.keys()][0] ?? "");
    this.#left.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
