/** @module Userinfo: what the provider knows of the person now. */
import { fetchProtectedResource } from "openid-client";
import { ProviderError, SessionError } from "../errors.js";
import type { Claims } from "../options.js";
import { isObject } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";
import { endpointOf } from "./client-auth.js";
import type { Discovered } from "./discovery.js";
import { explainFailure, explainStatus, nonsense, oauthAnswerOf } from "./failures.js";
import type { Keys } from "./keys.js";
import { asymmetricOnly } from "./signature.js";

const STEP = "the userinfo request";

/**
 * Asks for userinfo. Its `sub` must be the login's where that is known (OpenID Connect Core §5.3.2); a signed answer is verified with the provider's keys.
 *
 * @throws {SessionError} `OIDC_TOKEN_EXPIRED` when the provider does not accept the access token.
 * @throws {ProviderError} when the provider is away or its answer is not good.
 */
export async function askUserinfo(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  who: { readonly accessToken: string; readonly sub: string | undefined },
): Promise<Claims> {
  const { issuer } = provider.metadata;
  const endpoint = endpointOf(settings, provider.metadata, "userinfo_endpoint");
  if (endpoint === undefined) {
    throw new ProviderError(
      "OIDC_PROVIDER_RESPONSE_INVALID",
      `The provider ${settings.issuerName} has no userinfo endpoint. Leave the option userinfo out.`,
    );
  }
  try {
    const response = await fetchProtectedResource(provider.config, who.accessToken, new URL(endpoint), "GET");
    if (response.status !== 200) throw explainStatus(response.status, STEP, settings.issuerName);
    const claims = await readClaims(settings, provider, response);
    if (!speaksOf(claims, who.sub)) {
      throw nonsense(new Error("userinfo speaks of another person"), STEP, settings.issuerName);
    }
    return { ...claims, iss: issuer, sub: claims.sub };
  } catch (cause) {
    if ((await oauthAnswerOf(cause))?.error === "invalid_token") {
      throw new SessionError(
        "OIDC_TOKEN_EXPIRED",
        "The provider does not accept this access token for userinfo. Log in again.",
        { cause },
      );
    }
    throw await explainFailure(cause, STEP, settings.issuerName);
  }
}

function speaksOf(claims: unknown, who: string | undefined): claims is { readonly sub: string } {
  if (!isObject(claims) || typeof claims["sub"] !== "string") return false;
  return who === undefined || claims["sub"] === who;
}

async function readClaims(
  settings: ProviderSettings,
  { metadata, keys }: Discovered & { readonly keys: Keys },
  response: Response,
): Promise<unknown> {
  const isSigned = response.headers.get("content-type")?.toLowerCase().startsWith("application/jwt") === true;
  if (!isSigned) return response.json();
  const { payload } = await keys.verify(await response.text(), {
    algorithms: asymmetricOnly(settings, metadata.userinfo_signing_alg_values_supported),
    issuer: metadata.issuer,
    audience: settings.clientId,
    clockTolerance: settings.clockTolerance,
  });
  return payload;
}
