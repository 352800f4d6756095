/** @module The access tokens of one API: each is checked once, and known until it expires. */
import { type AccessTokenClaims, type AccessTokenRules, verifyAccessToken } from "./access-token.js";
import { CheckedTokens } from "./checked-tokens.js";
import type { Issuers } from "./issuers.js";
import { readUnverified } from "./unverified-token.js";

/** What is known of a token that is good. */
export interface Access {
  readonly claims: AccessTokenClaims;
  /** What was granted: the claim `scope`, or `scp`. */
  readonly scopes: readonly string[];
}

/** Checks access tokens. */
export interface AccessTokens {
  /**
   * What a token says, when it is good; at once where it has just been checked.
   * @param allow - is called with a token that is not known, and may throw.
   * @throws {TokenRejected} (its promise)
   * @throws {ProviderError} (its promise) when it can't be judged now.
   */
  check(token: string, allow: (token: string) => void): Access | Promise<Access>;
}

/** How access tokens are checked. */
export interface AccessTokensOptions {
  readonly issuers: Issuers;
  readonly rules: AccessTokenRules;
  /** How many checked tokens are known at most; 0: each is checked each time. */
  readonly most: number;
  readonly now: () => number;
}

/** Creates the access tokens of one API. */
export function createAccessTokens({ issuers, rules, most, now }: AccessTokensOptions): AccessTokens {
  const checked = most > 0 ? new CheckedTokens<Access>(most, now) : undefined;

  async function verify(token: string, key: string): Promise<Access> {
    const unverified = readUnverified(token, rules.algs);
    const issuer = await issuers.of(unverified.iss);
    const known = issuer.keys.edition();
    const claims = await verifyAccessToken(issuer, rules, unverified);
    const access = { claims, scopes: scopesIn(claims) };
    checked?.set(key, access, { endsAt: claims.exp, edition: issuer.keys.edition, known });
    return access;
  }

  return {
    check(token, allow) {
      const key = checked === undefined ? "" : CheckedTokens.keyOf(token);
      const known = checked?.get(key);
      if (known !== undefined) return known;
      allow(token);
      return verify(token, key);
    },
  };
}

/** Whether a token has the three parts of a signed JWT. */
export function isCompactJwt(token: string): boolean {
  return token.split(".", 4).length === 3;
}

/** Space-separated, or a list: `scope` by RFC 9068 §2.2.3, `scp` as Microsoft Entra and Okta write it. */
export function scopesIn({ scope, scp }: Readonly<Record<string, unknown>>): readonly string[] {
  const value = scope ?? scp;
  if (typeof value === "string") return Object.freeze(value.split(" ").filter((word) => word !== ""));
  return Object.freeze(Array.isArray(value) ? value.filter((word) => typeof word === "string") : []);
}
