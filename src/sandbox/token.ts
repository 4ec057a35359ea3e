/** Who may come in: LiveKit's tokens, signed with the sandbox's key, and refused in the words of LiveKit. */
import { TokenVerifier } from "livekit-server-sdk";
import type { ClaimGrants } from "livekit-server-sdk";
import { TwirpFailure } from "./twirp.ts";

/** livekit/livekit pkg/service/auth.go answers these in plain text, before it looks at the method. */
export class TokenRefused extends Error {}

export class Tokens {
  readonly #apiKey: string;
  readonly #apiSecret: string;
  readonly #verifier: TokenVerifier;

  constructor(apiKey: string, apiSecret: string) {
    this.#apiKey = apiKey;
    this.#apiSecret = apiSecret;
    this.#verifier = new TokenVerifier(apiKey, apiSecret);
  }

  /** The token's grants. Throws TokenRefused, or TwirpFailure when there is none at all. */
  async grantsOf(authorization: string | undefined): Promise<ClaimGrants> {
    if (authorization === undefined) throw new TwirpFailure("unauthenticated", "permissions denied");
    if (!authorization.startsWith("Bearer ")) {
      throw new TokenRefused("invalid authorization header. Must start with Bearer ");
    }
    const token = authorization.slice("Bearer ".length);
    const issuer = issuerOf(token);
    if (issuer === null) throw new TokenRefused("invalid authorization token");
    if (issuer !== this.#apiKey) throw new TokenRefused("invalid API key");
    try {
      return await this.#verifier.verify(token, "60s");
    } catch (error) {
      throw new TokenRefused(`invalid authorization token: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Key and secret themselves do as well, as `curl -u` and browsers send them. */
  async admits(authorization: string | undefined): Promise<boolean> {
    const basic = Buffer.from(`${this.#apiKey}:${this.#apiSecret}`).toString("base64");
    if (authorization === `Basic ${basic}`) return true;
    return this.grantsOf(authorization).then(
      () => true,
      () => false,
    );
  }
}

/** Who claims to have signed the token; null: it is no token. */
function issuerOf(token: string): string | null {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return typeof claims === "object" && claims !== null && "iss" in claims ? String(claims.iss) : "";
  } catch {
    return null;
  }
}
