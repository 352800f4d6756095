/** @module The signatures that a provider makes for this client: on ID tokens and logout tokens alike. */
import type { JWTVerifyResult } from "jose";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { jwtVerify } from "jose/jwt/verify";
import { isAsymmetric } from "../settings/algs.js";
import { isAllowedAlg } from "../settings/fapi.js";
import type { ProviderSettings, Settings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import type { Keys } from "./keys.js";

/** A token to verify. */
export interface SignedToken {
  readonly token: string;
  /** Who has handed it over: the provider itself, or anybody who can reach this app. */
  readonly from: "provider" | "anybody";
}

/**
 * Verifies signature, audience and times of a token for this client.
 * @throws {KeysMissing} when there is no key to judge it by; jose's errors when the token is not good.
 */
export function verifySignature(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  { token, from }: SignedToken,
): Promise<JWTVerifyResult> {
  const options = {
    algorithms: acceptedAlgs(settings, provider),
    audience: settings.clientId,
    clockTolerance: settings.clockTolerance,
  };
  return algOf(token).startsWith("HS")
    ? jwtVerify(token, new TextEncoder().encode(settings.clientSecret ?? ""), options)
    : provider.keys.verify(token, options, from);
}

/** The algorithm that a token says it is signed with; empty where it says none. @throws jose's errors for what is no JWT. */
export function algOf(token: string): string {
  const { alg }: { alg?: unknown } = decodeProtectedHeader(token);
  return typeof alg === "string" ? alg : "";
}

/** What is configured; else what the provider lists, symmetric algorithms and `none` never (RFC 8725 §3.1). */
export function acceptedAlgs(settings: ProviderSettings, { metadata }: Discovered): string[] {
  if (settings.idTokenSigningAlg !== undefined) return [settings.idTokenSigningAlg];
  if (settings.idTokenAlgs !== undefined) return [...settings.idTokenAlgs];
  return asymmetricOnly(settings, metadata.id_token_signing_alg_values_supported);
}

/** The asymmetric ones among the algorithms that a provider lists, where a profile is set its own; RS256 where it lists none. */
export function asymmetricOnly(settings: Pick<Settings, "profile">, listed: readonly string[] = ["RS256"]): string[] {
  return listed.filter((alg) => isAsymmetric(alg) && isAllowedAlg(settings, alg));
}
