/** @module Access tokens that are JWTs, as an API judges them: RFC 9068 to the letter, or what providers without it send. */
import type { JWTPayload } from "jose";
import * as errors from "jose/errors";
import { isObject } from "../settings/checks.js";
import { COOL_DOWN } from "./failure-memory.js";
import { frozen } from "./frozen.js";
import type { Introspect, WayToIntrospect } from "./introspect.js";
import { KeyPending, type Keys, KeysMissing, KeyUnknown } from "./keys.js";
import { TokenRejected } from "./token-rejected.js";
import { NOT_SIGNED, type UnverifiedToken } from "./unverified-token.js";

/** What the claims of an access token are, verified. */
export interface AccessTokenClaims {
  /** Who issued it. */
  readonly iss: string;
  /** Which API it is for; absent only where an issuer that is asked about a token does not say it (`introspection.audience`). */
  readonly aud?: string | readonly string[];
  /** When it expires, in epoch seconds; absent only where an issuer that is asked about a token does not say it. */
  readonly exp?: number;
  /** Whom it stands for; absent where a provider issues tokens to programs without one. */
  readonly sub?: string;
  readonly scope?: string;
  readonly client_id?: string;
  readonly [name: string]: unknown;
}

/** What every access token of an API must be. */
export interface AccessTokenRules {
  readonly audiences: readonly string[];
  readonly algs: readonly string[];
  /** Whether every rule of RFC 9068 holds. */
  readonly isStrict: boolean;
  /** In seconds. */
  readonly clockTolerance: number;
}

/** One issuer whose tokens are accepted. */
export interface TrustedIssuer {
  readonly keys: Keys;
  /** Whether a name may be its own, as far as that is known without asking it. */
  isCalled(name: unknown): boolean;
  /** Its issuer identifier, as its own metadata spells it. @throws {ProviderError} */
  name(): Promise<string>;
  /** Asks it about tokens. */
  introspection(way: WayToIntrospect): Introspect;
}

const REQUIRED = ["iss", "exp", "aud"];
const REQUIRED_BY_RFC_9068 = [...REQUIRED, "sub", "client_id", "iat", "jti"];

/** The types of tokens that say they are access tokens (RFC 9068 §2.1), and those that say nothing. */
const TYPES_BY_RFC_9068: ReadonlySet<string> = new Set(["at+jwt", "application/at+jwt"]);
const TYPES: ReadonlySet<string> = new Set([...TYPES_BY_RFC_9068, "jwt"]);

/** Claims that only an ID token has (OpenID Connect Core §3.1.3.6, §3.3.2.11). */
export const OF_ID_TOKENS: readonly string[] = ["at_hash", "c_hash", "s_hash"];

/** Claims that say what somebody may do, or for which program: one of them is in every access token that we know, in no ID token. */
const OF_ACCESS_TOKENS = ["scope", "scp", "permissions", "client_id", "cid", "appid"];

/**
 * Verifies a JWT access token by RFC 9068 §4, or by as much of it as providers keep that do not know it: signature, `iss`, `aud`, `exp` and
 * `nbf` are judged always.
 *
 * @throws {TokenRejected} when it breaks a rule.
 * @throws {ProviderError} when the issuer's keys can't be had, which says nothing against the token.
 */
export async function verifyAccessToken(
  issuer: TrustedIssuer,
  rules: AccessTokenRules,
  token: UnverifiedToken,
): Promise<AccessTokenClaims & { readonly exp: number }> {
  const { payload, protectedHeader } = await verified(issuer, rules, token);
  const rule = otherKindOfJwt(protectedHeader.typ, payload, rules);
  if (rule !== undefined) throw new TokenRejected(rule);
  return frozen(payload) as AccessTokenClaims & { readonly exp: number };
}

/** Why a JWT, by its header and claims, is no access token. */
export function otherKindOfJwt(
  typ: string | undefined,
  payload: JWTPayload,
  rules: AccessTokenRules,
): string | undefined {
  return brokenType(typ, rules) ?? brokenKind(payload, rules);
}

async function verified(issuer: TrustedIssuer, rules: AccessTokenRules, { token, iss }: UnverifiedToken) {
  // before the issuer is asked for anything, and then before it is asked for its keys
  const name = issuer.isCalled(iss) ? await issuer.name() : undefined;
  if (name === undefined || iss !== name) throw new TokenRejected("its iss is missing or not the right one");
  const options = {
    algorithms: [...rules.algs],
    audience: [...rules.audiences],
    issuer: name,
    clockTolerance: rules.clockTolerance,
    requiredClaims: rules.isStrict ? REQUIRED_BY_RFC_9068 : REQUIRED,
  };
  try {
    return await issuer.keys.verify(token, options, "anybody");
  } catch (cause) {
    throw explain(cause);
  }
}

/** Without keys nothing can be said against a token; with keys of which none fits it, everything. */
function explain(cause: unknown): unknown {
  if (cause instanceof KeyUnknown) return new TokenRejected("no key of its issuer fits it", cause);
  if (cause instanceof KeyPending)
    return new TokenRejected(
      `no key that is known of its issuer fits it, and they are asked for again in at most ${COOL_DOWN} seconds`,
      cause,
    );
  if (cause instanceof KeysMissing) return cause.cause;
  if (cause instanceof errors.JWTExpired) return new TokenRejected("it has expired", cause);
  if (cause instanceof errors.JWTClaimValidationFailed)
    return new TokenRejected(`its ${cause.claim} is missing or not the right one`, cause);
  return new TokenRejected(NOT_SIGNED, cause);
}

function brokenType(typ: unknown, { isStrict }: AccessTokenRules): string | undefined {
  const name = typeof typ === "string" ? typ.toLowerCase() : undefined;
  if (isStrict) return name !== undefined && TYPES_BY_RFC_9068.has(name) ? undefined : "its typ is not at+jwt";
  const isKnown = typ === undefined || (name !== undefined && TYPES.has(name));
  return isKnown ? undefined : "its typ is that of another kind of token";
}

/** ID tokens and logout tokens have the same issuer, keys and often the same audience (RFC 8725 §3.11-3.12, RFC 9068 §5). */
function brokenKind(payload: JWTPayload, { isStrict }: AccessTokenRules): string | undefined {
  if (isObject(payload["events"])) return "it is a token that tells of an event";
  if (!isStrict) return brokenKindByClaims(payload);
  return isTexts(payload, ["sub", "client_id", "jti"]) ? undefined : "sub, client_id and jti must be texts";
}

/** What a token is that does not say so in its header. */
function brokenKindByClaims(payload: JWTPayload): string | undefined {
  const { typ, token_use: use, sub } = payload;
  const says = (names: readonly string[]) => names.some((name) => payload[name] !== undefined);
  if (typeof typ === "string" && !isOfAccessTokens(typ, payload))
    return "its claim typ is that of another kind of token";
  if (use !== undefined && use !== "access") return "it is an ID token";
  if (says(OF_ID_TOKENS) || !says(OF_ACCESS_TOKENS)) return "it is an ID token, or says nothing of what it is for";
  return sub === undefined || isTexts(payload, ["sub"]) ? undefined : "sub must be a text";
}

/** Keycloak writes the scheme into its tokens, and of those that are bound to a key, DPoP. */
function isOfAccessTokens(typ: string, { cnf }: JWTPayload): boolean {
  const scheme = typ.toLowerCase();
  return scheme === "bearer" || (scheme === "dpop" && isObject(cnf) && cnf["jkt"] !== undefined);
}

function isTexts(payload: JWTPayload, names: readonly string[]): boolean {
  return names.every((name) => typeof payload[name] === "string" && payload[name] !== "");
}
