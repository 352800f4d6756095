/** @module The tokens of a login that a handler asks for, and what it is told where there is none. */
import { SessionError } from "../errors.js";
import { wantsPage } from "../http/who-asks.js";
import type { OwnToken } from "../provider/token-status.js";
import type { AccessGrant, AccessTokens } from "../provider/tokens.js";
import { type OtherWanted, otherTokenIn } from "../session/needs.js";
import { LANDED } from "../session/notes.js";
import type { Login } from "../session/record.js";
import { loginUrlOf, returnAddressOf } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";

/** A token of one kind. @throws {SessionError} `OIDC_TOKEN_EXPIRED` when the login has none. */
export function ownToken({ tokens }: Login, kind: OwnToken["kind"]): OwnToken {
  const token = kind === "access_token" ? tokens.accessToken : tokens.refreshToken;
  if (token !== undefined) return { token, kind };
  if (kind === "access_token") throw noAccessToken();
  throw new SessionError("OIDC_TOKEN_EXPIRED", "This login has no refresh token (scope offline_access asks for one).");
}

/** The tokens of a login that has an access token. @throws {SessionError} `OIDC_TOKEN_EXPIRED` when it has none. */
export function requireAccessToken({ tokens }: Login): AccessTokens {
  const { accessToken } = tokens;
  if (accessToken === undefined) throw noAccessToken();
  return { ...tokens, accessToken };
}

function noAccessToken(): SessionError {
  return new SessionError(
    "OIDC_TOKEN_EXPIRED",
    'This login has no access token, for it was made by an ID token alone (responseType "id_token"). Use responseType "code" where one is needed.',
  );
}

/** A page that needs a token and can't have one logs in again by itself: default error handlers send the header along. */
export function tokenExpired(visit: Visit): SessionError {
  const { instance, req } = visit;
  const url = loginUrlOf(instance.settings, returnAddressOf(visit));
  const mayRetry =
    url !== undefined && req.method === "GET" && wantsPage(req) && instance.cookies.get(req, LANDED) === undefined;
  return new SessionError(
    "OIDC_TOKEN_EXPIRED",
    "The access token has expired and there is no refresh token (scope offline_access asks for one). Log in again.",
    mayRetry ? { headers: { Refresh: `0; url=${url}` } } : {},
  );
}

/** Refuses a login for which nothing new can be had. @throws {SessionError} `OIDC_TOKEN_EXPIRED` */
export function requireRenewable({ tokens }: Login): void {
  if (tokens.refreshToken !== undefined) return;
  throw new SessionError(
    "OIDC_TOKEN_EXPIRED",
    "There is no refresh token, so no new access token can be had (scope offline_access asks for one). Log in again.",
  );
}

/** The access token that a login has just got. @throws {SessionError} where it has none after all. */
export function requireOther(login: Login, { target }: OtherWanted): AccessGrant {
  const token = otherTokenIn(login, target.key);
  if (token !== undefined) return token;
  throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
}
