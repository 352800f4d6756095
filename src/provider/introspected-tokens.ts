/** @module Access tokens that their issuer is asked about: each once in a while, and once for all calls that bring it meanwhile. */
import { ProviderError } from "../errors.js";
import { SingleFlight } from "../state/single-flight.js";
import type { TrustedIssuer } from "./access-token.js";
import { type Access, type AccessTokens, type AccessTokensOptions, scopesIn } from "./access-tokens.js";
import { CheckedTokens } from "./checked-tokens.js";
import type { Introspect, WayToIntrospect } from "./introspect.js";
import { type IntrospectedRules, isSignedJwt, readIntrospected } from "./introspected-token.js";
import { TokenRejected } from "./token-rejected.js";

/** Longer tokens are not passed on. In characters. */
const LONGEST = 8192;

/** So many requests wait at an issuer at most: made-up tokens must not pile up there. */
const MOST_AT_ONCE = 200;

/** How tokens are introspected. */
export interface IntrospectionRules extends WayToIntrospect {
  /** Whether signed JWTs are verified with the issuer's keys instead. */
  readonly tokens: "opaque" | "all";
  readonly audience: "required" | "optional";
  /** How long a good token is known, in seconds. */
  readonly cacheFor: number;
  /** How long a refused one is known, in seconds. */
  readonly negativeFor: number;
}

/** How access tokens are checked of which some are introspected. */
export interface IntrospectedTokensOptions extends AccessTokensOptions {
  readonly rules: IntrospectedRules & { readonly introspection: IntrospectionRules };
}

/**
 * Creates the access tokens of one API whose issuer is asked about those that only it can read. Answers are kept by the token's hash; refused
 * tokens apart from good ones, so that made-up ones don't push these out. What failed is not kept.
 *
 * @param byKeys - checks the others.
 */
export function createIntrospectedTokens(byKeys: AccessTokens, options: IntrospectedTokensOptions): AccessTokens {
  const { issuers, rules, most, now } = options;
  const { tokens, cacheFor, negativeFor } = rules.introspection;
  const good = most > 0 && cacheFor > 0 ? new CheckedTokens<Access>(most, now) : undefined;
  const refused = most > 0 && negativeFor > 0 ? new CheckedTokens<TokenRejected>(most, now) : undefined;
  const flight = new SingleFlight<Access>();
  const asking = new WeakMap<TrustedIssuer, Introspect>();
  let underWay = 0;

  function introspectionOf(issuer: TrustedIssuer): Introspect {
    const introspect = asking.get(issuer) ?? issuer.introspection(rules.introspection);
    asking.set(issuer, introspect);
    return introspect;
  }

  async function ask(token: string): Promise<Access> {
    const issuer = await issuers.of();
    const answer = await introspectionOf(issuer)(token);
    const claims = readIntrospected({ token, answer, issuer: await issuer.name() }, rules, now());
    return { claims, scopes: scopesIn(claims) };
  }

  async function find(token: string, key: string): Promise<Access> {
    if (underWay >= MOST_AT_ONCE) throw tooMany();
    underWay += 1;
    const askedAt = now();
    try {
      const access = await ask(token);
      const endsAt = Math.min(askedAt + cacheFor, access.claims.exp ?? Number.POSITIVE_INFINITY);
      good?.set(key, access, until(endsAt));
      return access;
    } catch (error) {
      if (error instanceof TokenRejected) refused?.set(key, error, until(askedAt + negativeFor));
      throw error;
    } finally {
      underWay -= 1;
    }
  }

  async function lookUp(token: string, key: string): Promise<Access> {
    const known = refused?.get(key);
    if (known !== undefined) throw known;
    return flight.run(key, () => find(token, key));
  }

  return {
    check(token, allow) {
      if (tokens === "opaque" && isSignedJwt(token)) return byKeys.check(token, allow);
      allow(token);
      if (token.length > LONGEST) return Promise.reject(new TokenRejected("it is too long"));
      const key = CheckedTokens.keyOf(token);
      return good?.get(key) ?? lookUp(token, key);
    },
  };
}

/** Answers don't depend on keys: those that are signed were verified when they came. */
function until(endsAt: number): Parameters<CheckedTokens<unknown>["set"]>[2] {
  return { endsAt, edition: () => 0, known: 0 };
}

function tooMany(): ProviderError {
  return new ProviderError(
    "OIDC_PROVIDER_UNAVAILABLE",
    `${MOST_AT_ONCE} access tokens are being introspected already, so no other one is just now. Look how fast the issuer answers, and limit the rate of calls before this guard.`,
  );
}
