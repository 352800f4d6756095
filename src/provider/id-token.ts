/** @module The rules for ID tokens that openid-client leaves open: it checks neither signatures nor hashes here. */
import { createHash } from "node:crypto";
import { AccessError, ProviderError, plainText } from "../errors.js";
import type { Claims } from "../options.js";
import type { ProviderSettings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import { nonsense } from "./failures.js";
import type { Keys } from "./keys.js";
import { acceptedAlgs, algOf, verifySignature } from "./signature.js";

/** An ID token issued longer ago than this is no answer to a request of now. Seconds. */
const OLDEST = 86_400;

/** The longest `sub` that OpenID Connect allows, in characters. */
const LONGEST_SUB = 255;

/** What an ID token came with. */
export interface IdTokenContext {
  readonly idToken: string;
  readonly accessToken: string;
  /** The `max_age` that was asked for, in seconds. */
  readonly maxAge?: number | undefined;
}

/**
 * Verifies an ID token of the token endpoint, after openid-client has checked its `iss`, `aud`, `exp` and `nonce`.
 *
 * @returns its claims.
 * @throws {ProviderError} `OIDC_PROVIDER_RESPONSE_INVALID` when a rule of OpenID Connect Core §3.1.3.7 is broken.
 * @throws {AccessError} `OIDC_STEP_UP_UNMET` when the person's last authentication is older than was asked for.
 */
export async function verifyIdToken(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  { idToken, accessToken, maxAge }: IdTokenContext,
): Promise<Claims> {
  const alg = algOf(idToken);
  const unaccepted = unacceptedAlg(alg, settings, provider);
  if (unaccepted !== undefined) throw unaccepted;
  const { payload } = await verifySignature(settings, provider, { token: idToken, from: "provider" });
  const broken = brokenRule(payload, alg, settings) ?? brokenHash(payload, { name: "at_hash", of: accessToken, alg });
  if (broken !== undefined) throw nonsense(new Error(`ID token: ${broken}`), "the token request", settings.issuerName);
  // openid-client has checked the types of iss and sub
  const claims = payload as Claims;
  requireRecent(claims, maxAge, settings);
  return claims;
}

/** What is wrong with an algorithm. That is mostly a matter of configuration, so the error names what to write. */
export function unacceptedAlg(
  alg: string,
  settings: ProviderSettings,
  provider: Discovered,
): ProviderError | undefined {
  const accepted = acceptedAlgs(settings, provider);
  if (accepted.includes(alg)) return undefined;
  return new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${settings.issuerName} signed an ID token with ${plainText(alg) || "no algorithm"}, and accepted here is ${accepted.join(", ") || "none of what it lists"}. ` +
      "If this app is registered there with that algorithm, write it as the option idTokenSigningAlg.",
  );
}

/** The first of the rules that a token breaks. Each: what must not be, and how it is told. */
export function brokenRule(
  payload: Readonly<Record<string, unknown>>,
  alg: string,
  settings: ProviderSettings,
): string | undefined {
  const { sub, azp, aud } = payload;
  const isSymmetric = alg.startsWith("HS");
  if (typeof sub !== "string" || sub === "" || sub.length > LONGEST_SUB) {
    return "sub must be a text of 1 to 255 characters";
  }
  if (azp !== undefined && azp !== settings.clientId) return "azp names another client";
  if (isSymmetric && Array.isArray(aud) && aud.length > 1) return "several audiences share one symmetric key";
  return brokenTime(payload["iat"], settings);
}

function brokenTime(iat: unknown, settings: ProviderSettings): string | undefined {
  const now = settings.now();
  if (typeof iat !== "number" || iat > now + settings.clockTolerance) return "iat lies in the future";
  return iat < now - OLDEST ? "iat lies more than a day back" : undefined;
}

/** What an ID token says of something that came with it. */
export interface HashClaim {
  readonly name: "at_hash" | "c_hash";
  readonly of: string;
  /** The algorithm of the ID token. */
  readonly alg: string;
  /** Whether it must be there: at the token endpoint it need not be. Default `false`. */
  readonly isNeeded?: boolean;
}

/** `at_hash` and `c_hash` tie access token and code to the ID token (OpenID Connect Core §3.1.3.8, §3.3.2.10): right when present. */
export function brokenHash(
  payload: Readonly<Record<string, unknown>>,
  { name, of, alg, isNeeded = false }: HashClaim,
): string | undefined {
  if (payload[name] === undefined) return isNeeded ? `${name} is missing` : undefined;
  const digest = createHash(hashOf(alg)).update(of).digest();
  const expected = digest.subarray(0, digest.length / 2).toString("base64url");
  if (payload[name] === expected) return undefined;
  return `${name} belongs to another ${name === "c_hash" ? "code" : "access token"}`;
}

function hashOf(alg: string): string {
  return alg.startsWith("Ed") ? "sha512" : `sha${alg.slice(-3)}`;
}

/** Of the `acr` values that were asked for, one must have come back. @throws {AccessError} `OIDC_STEP_UP_UNMET` */
export function requireStrength(claims: Claims, acr: readonly string[] | undefined): void {
  if (acr === undefined || (typeof claims.acr === "string" && acr.includes(claims.acr))) return;
  throw new AccessError(
    "OIDC_STEP_UP_UNMET",
    `A stronger login is needed here (acr ${acr.join(" or ")}), and the provider did not give one. Look whether it knows this acr.`,
  );
}

/** The last authentication must be recent enough. @throws {AccessError} `OIDC_STEP_UP_UNMET` */
export function requireRecent(claims: Claims, maxAge: number | undefined, settings: ProviderSettings): void {
  if (maxAge === undefined) return;
  const { auth_time: authTime } = claims;
  if (typeof authTime === "number" && settings.now() - authTime <= maxAge + settings.clockTolerance) return;
  throw new AccessError(
    "OIDC_STEP_UP_UNMET",
    `A login no older than ${maxAge} s is needed, and the provider did not show one. Look whether it heeds max_age and sends the claim auth_time.`,
  );
}
