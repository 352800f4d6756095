/** @module ID tokens that come with the browser: anybody could have put them there, so that everything about them is verified here. */
import type { LoginError } from "../errors.js";
import type { Claims } from "../options.js";
import type { ProviderSettings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import { responseInvalid } from "./failures.js";
import { brokenHash, brokenRule, requireRecent, unacceptedAlg } from "./id-token.js";
import type { Keys } from "./keys.js";
import { algOf, verifySignature } from "./signature.js";
import { verifyStrangersToken } from "./strangers-token.js";

/** An ID token and what came with it. */
export interface FrontIdToken {
  readonly idToken: string;
  readonly code: string | undefined;
  readonly accessToken: string | undefined;
  readonly nonce: string;
  /** The `max_age` that was asked for, in seconds. */
  readonly maxAge?: number | undefined;
}

/**
 * Verifies an ID token by OpenID Connect Core §3.2.2.11 and §3.3.2.12.
 *
 * @returns its claims.
 * @throws {LoginError} `OIDC_LOGIN_RESPONSE_INVALID` when a rule is broken.
 * @throws {ProviderError} when the provider's keys can't be had, or not yet.
 * @throws {AccessError} `OIDC_STEP_UP_UNMET` when the person's last authentication is older than was asked for.
 */
export async function verifyFrontIdToken(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  front: FrontIdToken,
): Promise<Claims> {
  const { idToken, maxAge } = front;
  const alg = namedAlg(idToken);
  const unaccepted = unacceptedAlg(alg, settings, provider);
  // whoever brings it can have written it; what an operator might have to change is in the cause
  if (unaccepted !== undefined) throw refused("its algorithm is not accepted here", unaccepted);
  const payload = await verifyStrangersToken({
    verify: () => verifySignature(settings, provider, { token: idToken, from: "anybody" }),
    refused,
    rules: "aud or exp",
  });
  const broken =
    brokenClaim(payload, front, provider.metadata.issuer) ??
    brokenRule(payload, alg, settings) ??
    brokenTie(payload, front, alg);
  if (broken !== undefined) throw refused(broken);
  // iss and sub have been looked at
  const claims = payload as Claims;
  requireRecent(claims, maxAge, settings);
  return claims;
}

function refused(rule: string, cause?: unknown): LoginError {
  return responseInvalid(`its ID token is not good, for ${rule}.`, cause);
}

function namedAlg(idToken: string): string {
  try {
    return algOf(idToken);
  } catch (cause) {
    throw refused("it is no signed JWT", cause);
  }
}

/** What openid-client looks at in ID tokens of the token endpoint. */
function brokenClaim(
  { iss, aud, azp, exp, nonce }: Readonly<Record<string, unknown>>,
  expected: FrontIdToken,
  issuer: string,
): string | undefined {
  if (iss !== issuer) return "iss is another issuer";
  if (nonce !== expected.nonce) return "nonce belongs to another login";
  if (typeof exp !== "number") return "exp is missing";
  return Array.isArray(aud) && aud.length > 1 && azp === undefined
    ? "azp is missing beside several audiences"
    : undefined;
}

function brokenTie(
  payload: Readonly<Record<string, unknown>>,
  { code, accessToken }: FrontIdToken,
  alg: string,
): string | undefined {
  const ofCode = code && brokenHash(payload, { name: "c_hash", of: code, alg, isNeeded: true });
  return ofCode ?? (accessToken && brokenHash(payload, { name: "at_hash", of: accessToken, alg, isNeeded: true }));
}
