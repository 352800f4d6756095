/** @module Token requests that belong to no login: client credentials, passwords, exchanges, extension grants. */
import { genericGrantRequest } from "openid-client";
import type { ClientSettings } from "../settings/settings.js";
import { type DpopKey, requireTokenType } from "./dpop-keys.js";
import { explainFailure, type Step } from "./failures.js";
import type { Found } from "./found.js";
import { verifyIdToken } from "./id-token.js";
import { type TokenSet, tokenSetOf } from "./token-set.js";

/** The grant type of a token exchange (RFC 8693 §2.1). */
export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

/** One token request. */
export interface GrantRequest {
  readonly grantType: string;
  /** In wire names, beside `grant_type` and what proves who this client is. */
  readonly params: ReadonlyArray<readonly [string, string]>;
  /** What it is called in errors. */
  readonly step: Step;
  /** The key that the access token is bound to. */
  readonly dpopKey?: DpopKey | undefined;
}

/**
 * Asks for tokens. An ID token that comes along is verified like that of a login, but for the nonce, which there is none of.
 *
 * @throws {ProviderError} when the provider is away, refuses, or its answer is not good.
 */
export async function askGrant(
  settings: ClientSettings,
  provider: Found,
  { grantType, params, step, dpopKey }: GrantRequest,
): Promise<TokenSet> {
  const now = settings.now();
  const sent = new URLSearchParams(params.map(([name, value]): [string, string] => [name, value]));
  try {
    const proving = await provider.dpop.proving(provider.config, dpopKey);
    const response = await genericGrantRequest(provider.config, grantType, sent, proving);
    const { id_token: idToken, access_token: accessToken, token_type: type } = response;
    // openid-client knows N_A for a token exchange only
    if (type !== "n_a") requireTokenType(settings, step, { type, dpopKey });
    const claims =
      idToken === undefined ? undefined : await verifyIdToken(settings, provider, { idToken, accessToken });
    return tokenSetOf(response, { now, askedScope: sent.get("scope") ?? undefined, claims });
  } catch (cause) {
    throw await explainFailure(cause, step, settings.issuerName);
  }
}
