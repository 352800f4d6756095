/** @module The refresh request: new tokens for a login that goes on. */
import { refreshTokenGrant } from "openid-client";
import { SessionError } from "../errors.js";
import type { Claims } from "../options.js";
import type { Settings } from "../settings/settings.js";
import { trace } from "../trace.js";
import type { Discovered } from "./discovery.js";
import { explainFailure, nonsense, oauthAnswerOf } from "./failures.js";
import { verifyIdToken } from "./id-token.js";
import { type Keys, KeysMissing } from "./keys.js";
import { renewedClaims, type Tokens, termsOf } from "./tokens.js";

/** How long a renewal waits for keys that its ID token needs and that are not known yet, in milliseconds. */
const KEYS_WAIT_MS = 1000;

/**
 * Asks for new tokens. A response without a new refresh token keeps the old one (OAuth 2.0 §6); a new ID token must speak of the
 * same person and the same login (OpenID Connect Core §12.2).
 *
 * @throws {SessionError} `OIDC_SESSION_REFRESH_REJECTED` when the provider says that the grant is over, or answers for another person.
 * @throws {ProviderError} for everything that may pass.
 */
export async function refreshTokens(
  settings: Settings,
  provider: Discovered & { readonly keys: Keys },
  before: Tokens & { readonly refreshToken: string },
): Promise<Tokens> {
  const now = settings.now();
  try {
    const response = await refreshTokenGrant(provider.config, before.refreshToken);
    if (response.token_type !== "bearer") {
      throw nonsense(new Error("a token of another type than Bearer"), "the refresh request", settings.issuerName);
    }
    const after = { ...before, ...termsOf(response, now, before.scope), accessToken: response.access_token };
    const refreshToken = response.refresh_token ?? before.refreshToken;
    const renewed = response.claims();
    if (response.id_token === undefined || renewed === undefined) return { ...after, refreshToken };
    requireSameLogin({ azp: settings.clientId, ...before.claims }, renewed as Claims);
    const idToken = response.id_token;
    const verified = verifyIdToken(settings, provider, { idToken, accessToken: response.access_token });
    const claims = await withoutWaitingForKeys(verified).catch(onlyKeysMissing);
    // without keys the new ID token is not believed; the tokens beside it are kept, for the old ones may be spent
    if (claims === undefined) return { ...after, refreshToken };
    return { ...after, refreshToken, idToken, claims: renewedClaims(before.claims, claims) };
  } catch (cause) {
    if ((await oauthAnswerOf(cause))?.error === "invalid_grant") {
      throw new SessionError(
        "OIDC_SESSION_REFRESH_REJECTED",
        "The provider has ended this login's grant. Log in again.",
        { cause },
      );
    }
    throw await explainFailure(cause, "the refresh request", settings.issuerName);
  }
}

function requireSameLogin(before: Claims, after: Claims): void {
  const optional = ["auth_time", "nonce", "azp"].filter(
    (name) => before[name] !== undefined && after[name] !== undefined,
  );
  const changed = ["iss", "sub", ...optional].find((name) => before[name] !== after[name]);
  if (changed === undefined) return;
  throw new SessionError(
    "OIDC_SESSION_REFRESH_REJECTED",
    `The provider answered a renewal for another login: the claim ${changed} has changed. The login is over; log in again.`,
  );
}

/** The new tokens must be written while this login is still locked, so keys that are slow to come count as missing. */
async function withoutWaitingForKeys<Result>(verified: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const slow = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new KeysMissing(new Error("they did not come in time"))), KEYS_WAIT_MS);
  });
  try {
    return await Promise.race([verified, slow]);
  } finally {
    clearTimeout(timer);
  }
}

function onlyKeysMissing(error: unknown): undefined {
  if (!(error instanceof KeysMissing)) throw error;
  trace("renewal: there are no keys to verify the new ID token with, so it is left out");
}
