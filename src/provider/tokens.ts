/** @module The tokens of a login, in our own words. */
import type { TokenEndpointResponse } from "openid-client";
import type { AuthorizationDetail, Claims } from "../options.js";
import { isObject } from "../settings/checks.js";
import type { DpopKey } from "./dpop-keys.js";

/** What a login holds. Never leaves the server. */
export interface Tokens {
  /** Undefined for a login by an ID token alone. */
  readonly accessToken: string | undefined;
  /** As the provider signed it; undefined for a login by plain OAuth 2.0. */
  readonly idToken: string | undefined;
  readonly refreshToken: string | undefined;
  /** The granted scope, space-separated. */
  readonly scope: string;
  /** What was granted in detail (RFC 9396 §7); absent where the provider does not say it. */
  readonly authorizationDetails?: readonly AuthorizationDetail[];
  /** When they were issued, in epoch seconds. */
  readonly obtainedAt: number;
  /** When the access token expires, in epoch seconds; undefined when the provider did not say. */
  readonly expiresAt: number | undefined;
  /** The private key that the access token is bound to, and a public client's refresh token too (RFC 9449 §5); absent where they are not bound. */
  readonly dpopKey?: DpopKey;
  /** The verified claims of the ID token; without one `iss` and `sub` alone, from userinfo. */
  readonly claims: Claims;
}

/** Tokens as a token endpoint gives them: an access token is among them. */
export type AccessTokens = Tokens & { readonly accessToken: string };

/** An access token and its terms. */
export type AccessGrant = Pick<AccessTokens, "accessToken" | "scope" | "obtainedAt" | "expiresAt" | "dpopKey">;

/** What a login has brought. */
export interface Granted<Kind extends Tokens = Tokens> {
  readonly tokens: Kind;
  /** What userinfo said, where it was asked to know the person at all. */
  readonly userinfo: Claims | undefined;
}

/** The claims that an ID token has made; undefined where there is none. */
export function idTokenClaimsOf({ idToken, claims }: Tokens): Claims | undefined {
  return idToken === undefined ? undefined : claims;
}

/** Claims that a renewed ID token may leave out, and that hold on for the whole login. */
const LASTING = ["auth_time", "acr", "amr", "sid", "nonce"] as const;

/** Claims of the protocol, which userinfo may not change. */
const PROTOCOL: ReadonlySet<string> = new Set([
  "iss",
  "sub",
  "aud",
  "exp",
  "iat",
  "nbf",
  "jti",
  "azp",
  "at_hash",
  "c_hash",
  "__proto__",
  ...LASTING,
]);

/** The lifetime, scope and details of a token response. */
export function termsOf(
  response: Pick<TokenEndpointResponse, "scope" | "expires_in"> & { readonly authorization_details?: unknown },
  now: number,
  askedScope: string,
): Pick<Tokens, "scope" | "authorizationDetails" | "obtainedAt" | "expiresAt"> {
  const details: unknown = response.authorization_details;
  return {
    ...(isDetails(details) && { authorizationDetails: details }),
    // a response that names no scope has granted what was asked for (OAuth 2.0 §5.1)
    scope: response.scope ?? askedScope,
    obtainedAt: now,
    expiresAt: response.expires_in === undefined ? undefined : now + response.expires_in,
  };
}

function isDetails(value: unknown): value is AuthorizationDetail[] {
  return Array.isArray(value) && value.every((one) => isObject(one) && typeof one["type"] === "string");
}

/** The claims after a renewal: the new ID token's, and what lasts of the first one's. A claim that was taken away is gone. */
export function renewedClaims(before: Claims, after: Claims): Claims {
  const lasting = LASTING.filter((name) => after[name] === undefined && before[name] !== undefined);
  return { ...after, ...Object.fromEntries(lasting.map((name) => [name, before[name]])) };
}

/**
 * The person: ID token claims with userinfo over them, without touching the protocol's own claims. A null says that a claim is not known
 * (OpenID Connect Core §5.3.2 wants it left out), so it is left out, and hides nothing that is known.
 */
export function personOf(claims: Claims, userinfo: Readonly<Record<string, unknown>> = {}): Claims {
  const added = Object.entries(userinfo).filter(([name, value]) => value !== null && !PROTOCOL.has(name));
  const known = Object.values(claims).includes(null) ? withoutNulls(claims) : claims;
  return added.length === 0 ? known : { ...known, ...Object.fromEntries(added) };
}

function withoutNulls(claims: Claims): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== null)) as Claims;
}
