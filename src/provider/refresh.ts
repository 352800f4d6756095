/** @module The refresh request: new tokens for a login that goes on. */
import { refreshTokenGrant } from "openid-client";
import { SessionError } from "../errors.js";
import type { Claims } from "../options.js";
import type { TokenTarget } from "../settings/read-target.js";
import type { ClientSettings } from "../settings/settings.js";
import { trace } from "../trace.js";
import { type DpopKey, requireTokenType } from "./dpop-keys.js";
import { explainFailure, oauthAnswerOf } from "./failures.js";
import type { Found } from "./found.js";
import { verifyIdToken } from "./id-token.js";
import { KeysMissing } from "./keys.js";
import { type TokenSet, tokenSetOf } from "./token-set.js";
import { type AccessGrant, type AccessTokens, renewedClaims, type Tokens, termsOf } from "./tokens.js";

/** How long a renewal waits for keys that its ID token needs and that are not known yet, in milliseconds. */
const KEYS_WAIT_MS = 1000;

/** Tokens that can be renewed. */
export type Renewable = Tokens & { readonly refreshToken: string };

/**
 * Asks for new tokens. A response without a new refresh token keeps the old one (OAuth 2.0 §6); a new ID token must speak of the
 * same person and the same login (OpenID Connect Core §12.2).
 *
 * @throws {SessionError} `OIDC_SESSION_REFRESH_REJECTED` when the provider says that the grant is over, or answers for another person.
 * @throws {ProviderError} for everything that may pass.
 */
export async function refreshTokens(
  settings: ClientSettings,
  provider: Found,
  before: Renewable,
): Promise<AccessTokens> {
  const now = settings.now();
  return explained(settings, async () => {
    // a login of before the option was set is bound from now on
    const dpopKey = before.dpopKey ?? (await provider.dpop.create(provider.metadata));
    const response = await ask(settings, provider, { refreshToken: before.refreshToken, dpopKey });
    const bound = { ...before, ...(dpopKey && { dpopKey }) };
    const after = { ...bound, ...termsOf(response, now, before.scope), accessToken: response.access_token };
    const refreshToken = response.refresh_token ?? before.refreshToken;
    const renewed = response.claims();
    // a login without an ID token gets none by a renewal
    if (before.idToken === undefined || response.id_token === undefined || renewed === undefined)
      return { ...after, refreshToken };
    requireSameLogin({ azp: settings.clientId, ...before.claims }, renewed as Claims);
    const idToken = response.id_token;
    const verified = verifyIdToken(settings, provider, { idToken, accessToken: response.access_token });
    const claims = await withoutWaitingForKeys(verified).catch(onlyKeysMissing);
    // without keys the new ID token is not believed; the tokens beside it are kept, for the old ones may be spent
    if (claims === undefined) return { ...after, refreshToken };
    return { ...after, refreshToken, idToken, claims: renewedClaims(before.claims, claims) };
  });
}

/**
 * Asks for another access token of the same login: for other APIs, or with less scope (RFC 8707 §2.2, OAuth 2.0 §6). The login's own tokens
 * stay as they are, but for the refresh token, which may have been replaced.
 *
 * @throws as {@link refreshTokens}
 */
export async function refreshFor(
  settings: ClientSettings,
  provider: Found,
  { before, target }: { readonly before: Renewable; readonly target: TokenTarget },
): Promise<AccessGrant & { readonly refreshToken: string }> {
  const now = settings.now();
  return explained(settings, async () => {
    const { refreshToken, dpopKey } = before;
    const response = await ask(settings, provider, { refreshToken, dpopKey, target });
    const renewed = response.claims();
    if (renewed !== undefined) requireSameLogin({ azp: settings.clientId, ...before.claims }, renewed as Claims);
    return {
      accessToken: response.access_token,
      ...(dpopKey && { dpopKey }),
      ...termsOf(response, now, target.scope ?? before.scope),
      refreshToken: response.refresh_token ?? refreshToken,
    };
  });
}

/** A refresh token that belongs to no login of ours. */
export interface LooseRefresh {
  readonly refreshToken: string;
  readonly target: TokenTarget | undefined;
  /** The claims of its login, where they are known: a new ID token must speak of the same person. */
  readonly claims: Claims | undefined;
  /** The key that the new tokens are bound to. */
  readonly dpopKey?: DpopKey | undefined;
}

/**
 * Asks for new tokens for a refresh token that the app keeps itself.
 * @throws as {@link refreshTokens}
 */
export async function refreshLoose(
  settings: ClientSettings,
  provider: Found,
  { refreshToken, target, dpopKey, claims: before }: LooseRefresh,
): Promise<TokenSet> {
  const now = settings.now();
  return explained(settings, async () => {
    const response = await ask(settings, provider, { refreshToken, dpopKey, target });
    const { id_token: idToken, access_token: accessToken } = response;
    const renewed = response.claims();
    if (before !== undefined && renewed !== undefined)
      requireSameLogin({ azp: settings.clientId, ...before }, renewed as Claims);
    const claims =
      idToken === undefined
        ? undefined
        : await withoutWaitingForKeys(verifyIdToken(settings, provider, { idToken, accessToken })).catch(
            onlyKeysMissing,
          );
    const kept = { refresh_token: refreshToken, ...response };
    return tokenSetOf(kept, { now, askedScope: target?.scope, claims });
  });
}

/** One refresh request. */
interface Asking {
  readonly refreshToken: string;
  readonly dpopKey: DpopKey | undefined;
  readonly target?: TokenTarget | undefined;
}

async function ask(
  settings: ClientSettings,
  { config, dpop }: Found,
  { refreshToken, dpopKey, target }: Asking,
): ReturnType<typeof refreshTokenGrant> {
  const params = new URLSearchParams(target?.params.map(([name, value]): [string, string] => [name, value]));
  const response = await refreshTokenGrant(config, refreshToken, params, await dpop.proving(config, dpopKey));
  requireTokenType(settings, "the refresh request", { type: response.token_type, dpopKey });
  return response;
}

async function explained<Answer>(settings: ClientSettings, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
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
