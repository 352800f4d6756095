/** @module ID tokens that come with the browser: anybody could have put them there, so that everything about them is verified here. */
import { decodeProtectedHeader } from "jose/decode/protected_header";
import type { Claims } from "../options.js";
import type { ProviderSettings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import { responseInvalid } from "./failures.js";
import { brokenHash, brokenRule, requireAccepted, requireRecent } from "./id-token.js";
import { type Keys, KeysMissing, KeyUnknown } from "./keys.js";
import { verifySignature } from "./signature.js";

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
 * @throws {ProviderError} when its algorithm is not the one of the options, or the provider's keys can't be had, or not yet.
 * @throws {AccessError} `OIDC_STEP_UP_UNMET` when the person's last authentication is older than was asked for.
 */
export async function verifyFrontIdToken(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  front: FrontIdToken,
): Promise<Claims> {
  const alg = algOf(front.idToken);
  requireAccepted(alg, settings, provider);
  const payload = await verified(settings, provider, front.idToken);
  const broken =
    brokenClaim(payload, front, provider.metadata.issuer) ??
    brokenRule(payload, alg, settings) ??
    brokenTie(payload, front, alg);
  if (broken !== undefined) throw responseInvalid(`its ID token is not good, for ${broken}.`);
  // every member that a type promises has been looked at
  const claims = payload as unknown as Claims;
  requireRecent(claims, front.maxAge, settings);
  return claims;
}

async function verified(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  token: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await verifySignature(settings, provider, { token, from: "anybody" })).payload;
  } catch (cause) {
    if (cause instanceof KeyUnknown) throw responseInvalid("no key of the provider fits its ID token.", cause);
    // without keys nothing can be said against it
    if (cause instanceof KeysMissing) throw cause.cause;
    throw responseInvalid("signature, aud or exp of its ID token is not good.", cause);
  }
}

function algOf(idToken: string): string {
  try {
    return decodeProtectedHeader(idToken).alg ?? "";
  } catch (cause) {
    throw responseInvalid("its ID token is no signed JWT.", cause);
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
