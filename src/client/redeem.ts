/** @module A code without the login that it belongs to: redeemed, and what comes back verified as far as it is known what must be in it. */
import { ProviderError } from "../errors.js";
import { codeRefused, nonsense, responseInvalid } from "../provider/failures.js";
import type { Provider } from "../provider/provider.js";
import type { TokenSet } from "../provider/token-set.js";
import type { ClientSettings } from "../settings/settings.js";
import type { Pair } from "./pairs.js";

const STEP = "the token request";

/** A code, and what is known of its login. `state` has been checked by whoever has the code, or has not. */
export interface LooseCode {
  readonly code: string;
  /** The one of the authorization request, byte for byte (OAuth 2.0 §4.1.3). */
  readonly redirectUri: string;
  /** The PKCE verifier; undefined where the login had none. */
  readonly verifier: string | undefined;
  /** What the ID token must carry; undefined where that is not known. */
  readonly nonce: string | undefined;
}

/**
 * Redeems a code. With OpenID Connect there must be an ID token, and it is verified: signature, issuer, audience, times, and its nonce where that
 * is known. Prefer `exchange()`, which knows the whole login.
 *
 * @throws {LoginError} `OIDC_LOGIN_EXPIRED` when the provider does not accept the code; `OIDC_LOGIN_RESPONSE_INVALID` when the ID token belongs to
 *   another login.
 * @throws {ProviderError} when the provider is away, refuses this client, or its answer is not good.
 */
export async function redeemCode(
  settings: ClientSettings,
  provider: Provider,
  { code, redirectUri, verifier, nonce }: LooseCode,
): Promise<TokenSet> {
  const params: Pair[] = [
    ["code", code],
    ["redirect_uri", redirectUri],
  ];
  if (verifier !== undefined) params.push(["code_verifier", verifier]);
  const tokens = await provider.grant({ grantType: "authorization_code", params, step: STEP }).catch(explainRefusal);
  if (settings.protocol === "oidc") requireIdToken(settings, tokens, nonce);
  return tokens;
}

function explainRefusal(cause: unknown): never {
  throw cause instanceof ProviderError && cause.error === "invalid_grant" ? codeRefused(cause) : cause;
}

function requireIdToken({ issuerName }: ClientSettings, { claims }: TokenSet, nonce: string | undefined): void {
  if (claims === undefined) throw nonsense(new Error("no ID token came with the code"), STEP, issuerName);
  if (nonce !== undefined && claims["nonce"] !== nonce) throw responseInvalid("its ID token belongs to another login.");
}
