/** @module Userinfo: what the provider knows of the person now. */
import { fetchUserInfo } from "openid-client";
import { SessionError } from "../errors.js";
import type { Claims } from "../options.js";
import type { Settings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import { explainFailure, oauthAnswerOf } from "./failures.js";

/**
 * Asks for userinfo. Its `sub` must be the login's (OpenID Connect Core §5.3.2).
 *
 * @throws {SessionError} `OIDC_TOKEN_EXPIRED` when the provider does not accept the access token.
 * @throws {ProviderError} when the provider is away or its answer is not good.
 */
export async function askUserinfo(
  settings: Settings,
  { config, metadata }: Discovered,
  who: { accessToken: string; sub: string },
): Promise<Claims> {
  try {
    const claims = await fetchUserInfo(config, who.accessToken, who.sub);
    return { ...claims, iss: metadata.issuer };
  } catch (cause) {
    if ((await oauthAnswerOf(cause))?.error === "invalid_token") {
      throw new SessionError(
        "OIDC_TOKEN_EXPIRED",
        "The provider does not accept this access token for userinfo. Log in again.",
        { cause },
      );
    }
    throw await explainFailure(cause, "the userinfo request", settings.issuerName);
  }
}
