/** @module The token request of a login: a code becomes verified tokens. */
import { authorizationCodeGrant } from "openid-client";
import type { Claims } from "../options.js";
import type { ClientSettings } from "../settings/settings.js";
import { type Proofs, redirectUriOf } from "./authorize.js";
import { type DpopKey, requireTokenType } from "./dpop-keys.js";
import { codeRefused, explainFailure, isForeignNonce, oauthAnswerOf, responseInvalid } from "./failures.js";
import type { Found } from "./found.js";
import { verifyIdToken } from "./id-token.js";
import { type AccessTokens, type Granted, termsOf } from "./tokens.js";
import { askUserinfo } from "./userinfo.js";

/** A code and the login that it belongs to. */
export interface Exchange {
  readonly code: string;
  readonly proofs: Proofs;
  /** The `max_age` that was asked for, in seconds. */
  readonly maxAge: number | undefined;
  /** What the browser has already told of the person: the tokens must speak of the same one (OpenID Connect Core §3.3.3.6). */
  readonly told?: Pick<Claims, "iss" | "sub"> | undefined;
  /** The redirect URI and the scope of this login, where they are not those of the options. */
  readonly redirectUri?: string | undefined;
  readonly scope?: string | undefined;
  /** The key that the tokens are bound to, where tokens are bound. Default: that of the proofs' seed, or a new one. */
  readonly dpopKey?: DpopKey | undefined;
}

/**
 * Redeems a code and verifies what comes back. In plain OAuth 2.0 nothing that comes back tells who the person is, so userinfo is asked.
 *
 * @throws {LoginError} `OIDC_LOGIN_EXPIRED` when the code is used up or too old; `OIDC_LOGIN_RESPONSE_INVALID` when the ID token
 *   belongs to another login or person.
 * @throws {ProviderError} when the provider is away, refuses this client, or its tokens are not good.
 */
export async function exchangeCode(
  settings: ClientSettings,
  provider: Found,
  exchange: Exchange,
): Promise<Granted<AccessTokens>> {
  try {
    return await redeem(settings, provider, exchange);
  } catch (cause) {
    if ((await oauthAnswerOf(cause))?.error === "invalid_grant") throw codeRefused(cause);
    if (isForeignNonce(cause)) throw responseInvalid("its ID token belongs to another login.", cause);
    throw await explainFailure(cause, "the token request", settings.issuerName);
  }
}

async function redeem(
  settings: ClientSettings,
  provider: Found,
  { code, proofs, maxAge, told, redirectUri, scope, dpopKey: given }: Exchange,
): Promise<Granted<AccessTokens>> {
  const now = settings.now();
  // openid-client derives the redirect URI from this URL, so it is built from ours, not from the request
  const response = new URL(redirectUriOf(settings, redirectUri));
  response.search = new URLSearchParams({ code, state: proofs.state, iss: provider.metadata.issuer }).toString();
  const checks = {
    expectedState: proofs.state,
    pkceCodeVerifier: proofs.verifier,
    ...(settings.protocol === "oidc" && { expectedNonce: proofs.nonce, idTokenExpected: true }),
  };
  const dpopKey = given ?? (await provider.dpop.create(provider.metadata, proofs.seed));
  const proving = await provider.dpop.proving(provider.config, dpopKey);
  const tokens = await authorizationCodeGrant(provider.config, response, checks, undefined, proving);
  requireTokenType(settings, "the token request", { type: tokens.token_type, dpopKey });
  const accessToken = tokens.access_token;
  const parts = {
    accessToken,
    refreshToken: tokens.refresh_token,
    ...(dpopKey && { dpopKey }),
    ...termsOf(tokens, now, scope ?? settings.scope),
  };
  if (settings.protocol === "oauth2") {
    const userinfo = await askUserinfo(settings, provider, { accessToken, dpopKey, sub: undefined });
    const { iss, sub } = userinfo;
    return { tokens: { ...parts, idToken: undefined, claims: { iss, sub } }, userinfo };
  }
  const idToken = tokens.id_token ?? "";
  const claims = await verifyIdToken(settings, provider, { idToken, accessToken, maxAge });
  if (told !== undefined && (told.iss !== claims.iss || told.sub !== claims.sub)) {
    throw responseInvalid("its two ID tokens speak of different persons.");
  }
  return { tokens: { ...parts, idToken, claims }, userinfo: undefined };
}
