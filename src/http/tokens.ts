/** CAMPAIGNS_API_TOKEN: who may do what over HTTP. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Misused } from "../engine/errors.ts";

/** Each may what the ones before it may: read looks, operate dials and changes, admin also removes. */
export const SCOPES = ["read", "operate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Principal {
  /** Whose rows; null: everybody's. */
  readonly owner: string | null;
  readonly scope: Scope;
  /** A signed-in user of the project, not somebody whom the operator gave a token: sees nothing that has no owner. */
  readonly isUser: boolean;
  /** Stands for the token where it is counted: nothing of it can be read there. */
  readonly id: string;
}

export interface ApiToken extends Principal {
  readonly digest: Buffer;
}

const ENTRY = /^(?:(?<scope>read|operate|admin):(?<owner>[^:]+):)?(?<token>[\w.~+/=-]{16,})$/;

/**
 * `scope:owner:token`, several with commas or spaces between; a token alone may do everything. The owner `*` is everybody,
 * or, where the server works for one owner only (`user`), that one. Throws Misused, without what was written.
 */
export function parseTokens(text: string, user: string | undefined): ApiToken[] {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
  const tokens = entries.map((entry, n) => {
    const { scope = "admin", owner = "*", token } = ENTRY.exec(entry)?.groups ?? {};
    if (token === undefined) {
      throw wrong(
        `entry ${n + 1}: expected scope:owner:token, with a scope of ${SCOPES.join(", ")} and a token of 16 characters or more`,
      );
    }
    if (user !== undefined && owner !== "*" && owner !== user) {
      throw wrong(`entry ${n + 1}: expected a token of the owner that --user or CAMPAIGNS_USER_ID names`);
    }
    return grant(token, owner === "*" ? (user ?? null) : owner, scope as Scope);
  });
  if (new Set(tokens.map(({ id }) => id)).size < tokens.length) throw wrong("expected each token once");
  return tokens;
}

/** A token for as long as the process lives. */
export function newToken(user: string | undefined): { readonly text: string; readonly token: ApiToken } {
  const text = randomBytes(24).toString("base64url");
  return { text, token: grant(text, user ?? null, "admin") };
}

/** Compares with each in constant time. */
export function tokenOf(text: string, tokens: readonly ApiToken[]): ApiToken | null {
  const digest = digestOf(text);
  let found: ApiToken | null = null;
  for (const token of tokens) if (timingSafeEqual(token.digest, digest)) found = token;
  return found;
}

export const may = ({ scope }: Principal, needed: Scope): boolean => SCOPES.indexOf(scope) >= SCOPES.indexOf(needed);

function grant(text: string, owner: string | null, scope: Scope): ApiToken {
  const digest = digestOf(text);
  return { owner, scope, isUser: false, digest, id: digest.toString("base64url").slice(0, 12) };
}

const digestOf = (text: string): Buffer => createHash("sha256").update(text).digest();

const wrong = (problem: string): Misused =>
  new Misused("api_token", `CAMPAIGNS_API_TOKEN: ${problem}`, {
    hint: "such as read:7d0e…:TOKEN; openssl rand -hex 24 makes a token",
  });
