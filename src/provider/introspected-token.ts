/** @module What an issuer's answer about a token must say, so that the token opens an API (RFC 7662 §2.2, §4). */
import { isDeepStrictEqual } from "node:util";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { decodeJwt } from "jose/jwt/decode";
import { parsedUrl } from "../http/parsed-url.js";
import { isObject } from "../settings/checks.js";
import { type AccessTokenClaims, type AccessTokenRules, OF_ID_TOKENS, otherKindOfJwt } from "./access-token.js";
import { isCompactJwt } from "./access-tokens.js";
import { frozen } from "./frozen.js";
import type { Introspection } from "./introspection.js";
import { TokenRejected } from "./token-rejected.js";

/** A token, and what its issuer has said of it. */
export interface Introspected {
  readonly token: string;
  readonly answer: Introspection;
  /** The name of the issuer that was asked. */
  readonly issuer: string;
}

/** What an answer must be. */
export interface IntrospectedRules extends AccessTokenRules {
  readonly introspection: { readonly audience: "required" | "optional" };
}

type Said = Readonly<Record<string, unknown>>;

/** Members in which issuers say what kind of token it is. */
const KINDS = ["token_type", "token_use", "typ", "purpose"];

/** What they say of tokens that open no API, whatever stands around it in capitals and prefixes. */
const OTHER_KINDS: ReadonlySet<string> = new Set(
  "refresh refresh_token refreshtoken offline offline_token id id_token idtoken logout logout_token n_a".split(" "),
);

/**
 * What a token says, when its issuer has answered that it is good.
 *
 * That the issuer calls it active is not enough: it may be meant for another API, it may be a refresh token, and time has gone on.
 *
 * @throws {TokenRejected} when it breaks a rule.
 */
export function readIntrospected(found: Introspected, rules: IntrospectedRules, now: number): AccessTokenClaims {
  if (found.answer.active !== true) throw new TokenRejected("its issuer does not call it active");
  const said = withoutNulls(found.answer);
  const own = claimsOf(found.token);
  const rule =
    brokenTime(said, now, rules.clockTolerance) ??
    brokenIssuer(said, found.issuer, rules) ??
    brokenAudience(said, rules) ??
    otherKind(said) ??
    otherKindOfReadable(found.token, { ...said, ...own }, rules) ??
    brokenByItself(own, said, { rules, now });
  if (rule !== undefined) throw new TokenRejected(rule);
  const { active: _true, ...claims } = said;
  const bound = own["cnf"] === undefined ? {} : { cnf: own["cnf"] };
  return frozen({ ...claims, ...bound, iss: found.issuer }) as AccessTokenClaims;
}

/**
 * What a JWT says of itself narrows what its issuer answers about it: answers may leave out to whom it is bound, whom it is for and when it ends.
 * It is the issuer's own, for that has called it active.
 */
function brokenByItself(
  own: Said,
  said: Said,
  { rules, now }: { readonly rules: IntrospectedRules; readonly now: number },
): string | undefined {
  const isOther = own["cnf"] !== undefined && said["cnf"] !== undefined && !isDeepStrictEqual(own["cnf"], said["cnf"]);
  if (isOther) return "it and its issuer's answer name different keys that it is bound to";
  return (
    brokenTime(own, now, rules.clockTolerance) ?? (own["aud"] === undefined ? undefined : brokenAudience(own, rules))
  );
}

/** Whether a token is a JWT that can be read and verified: not encrypted, and with an algorithm. */
export function isSignedJwt(token: string): boolean {
  return typeof headerOf(token)?.alg === "string";
}

function headerOf(token: string): ReturnType<typeof decodeProtectedHeader> | undefined {
  try {
    return isCompactJwt(token) ? decodeProtectedHeader(token) : undefined;
  } catch {
    return undefined;
  }
}

/** Some issuers name every member that they know, and write null where there is nothing. */
function withoutNulls(answer: Introspection): Said {
  return Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null));
}

function brokenTime({ exp, nbf, iat }: Said, now: number, tolerance: number): string | undefined {
  const isTime = (value: unknown) => value === undefined || Number.isFinite(value);
  if (!isTime(exp) || !isTime(nbf) || !isTime(iat)) return "its exp, nbf and iat are not times";
  if (typeof exp === "number" && exp <= now - tolerance) return "it has expired";
  if (typeof nbf === "number" && nbf > now + tolerance) return "it is not good yet (nbf)";
  return typeof iat === "number" && iat > now + tolerance ? "it was issued in the future (iat)" : undefined;
}

/** Some issuers leave the path of their name out here, so that only `strict` goes by the letter; whom we have asked is known in any case. */
function brokenIssuer({ iss }: Said, issuer: string, { isStrict }: AccessTokenRules): string | undefined {
  if (iss === undefined || iss === issuer) return undefined;
  const isNear = !isStrict && typeof iss === "string" && parsedUrl(iss)?.origin === new URL(issuer).origin;
  return isNear ? undefined : "it is of another issuer than the one that was asked";
}

function brokenAudience(said: Said, { audiences, introspection }: IntrospectedRules): string | undefined {
  const { aud } = said;
  if (aud === undefined && introspection.audience === "optional") {
    // in the answers of several issuers this is all that tells an access token from a refresh token
    return KINDS.some((name) => said[name] !== undefined) ? undefined : "its issuer says neither aud nor token_type";
  }
  const named: unknown[] = Array.isArray(aud) ? aud : [aud];
  return audiences.some((audience) => named.includes(audience)) ? undefined : "its aud is missing or not the right one";
}

function otherKind(said: Said): string | undefined {
  if (KINDS.some((name) => OTHER_KINDS.has(kindIn(said[name])))) return "it is another kind of token";
  if (OF_ID_TOKENS.some((name) => said[name] !== undefined)) return "it is an ID token";
  if (isObject(said["events"])) return "it is a token that tells of an event";
  if (said["sub"] !== undefined && typeof said["sub"] !== "string") return "sub must be a text";
  const isBound = kindIn(said["token_type"]) === "dpop";
  return isBound && said["cnf"] === undefined
    ? "it is bound to a key, and its issuer does not say to which"
    : undefined;
}

/** `refresh_token` of `urn:ietf:params:oauth:token-type:refresh_token`, and of `Refresh_Token`. */
function kindIn(value: unknown): string {
  return typeof value === "string" ? value.slice(value.lastIndexOf(":") + 1).toLowerCase() : "";
}

/** A JWT also says itself what it is; that its issuer calls it active makes that worth reading. Where it says little, the answer counts. */
function otherKindOfReadable(token: string, both: Said, rules: AccessTokenRules): string | undefined {
  const header = headerOf(token);
  return header === undefined ? undefined : otherKindOfJwt(header.typ, both, rules);
}

/** What a JWT says of itself; nothing where it can't be read, or is none. */
function claimsOf(token: string): Said {
  try {
    return isSignedJwt(token) ? decodeJwt(token) : {};
  } catch {
    return {};
  }
}
