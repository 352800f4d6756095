/** @module `req.oidc`: what handlers see of a login. */
import type { Client } from "../client/client.js";
import type { AuthorizationDetail, AuthorizationParams, Claims } from "../options.js";
import type { Introspection } from "../provider/introspection.js";
import type { TokenTargetOptions } from "../settings/read-target.js";

/** What a login of this request may ask for. */
export interface LoginOptions {
  /** Where the person goes afterwards: a path of this site; anything else counts as none. Default: the page being asked for. */
  readonly returnTo?: string;
  /** Authorization parameters in wire names, over those of the options: `prompt`, `login_hint`, `max_age`, `acr_values`... */
  readonly authorizationParams?: AuthorizationParams;
}

/** Which access token of the login is meant. Without either: its own. */
export interface AccessTokenOptions extends TokenTargetOptions {}

/** What a logout may ask for. */
export interface LogoutOptions {
  /** Where the person goes afterwards: a path of this site; anything else counts as none. Default: the front page of the app. */
  readonly returnTo?: string;
}

/** `req.oidc`: the login of this request. */
export interface OidcContext {
  /** Whether somebody is signed in. */
  isAuthenticated(): boolean;
  /** The person: claims of the ID token, and userinfo where it was asked for. Frozen. Undefined when nobody is signed in. */
  readonly user: Claims | undefined;
  /** The claims of the ID token alone. Frozen. Undefined also with `protocol: "oauth2"`, where there is no ID token. */
  readonly idTokenClaims: Claims | undefined;
  /** Names this login among the person's, as `logins(sub).list()` of the instance does. No secret, and the same after a renewal. */
  readonly loginId: string | undefined;
  /** The provider's own session (`sid`), where it names one. */
  readonly sessionId: string | undefined;
  /** The access token, while it has not expired. On a route behind `requireAuth()` it has just been renewed where needed. */
  readonly accessToken: string | undefined;
  /** When the access token expires, in epoch seconds; undefined when the provider did not say. */
  readonly expiresAt: number | undefined;
  /** The granted scope, space-separated; empty where only the browser says it: without a code, unless the answer was signed. */
  readonly scope: string | undefined;
  /** What was granted in detail (RFC 9396 §7), where the provider says it. Frozen. */
  readonly authorizationDetails: readonly AuthorizationDetail[] | undefined;
  /** The ID token as the provider signed it. Undefined also with `protocol: "oauth2"`. */
  readonly idToken: string | undefined;
  /** The refresh token. */
  readonly refreshToken: string | undefined;
  /** Everything that can be asked of the provider beside this login: an exchange of its access token, say. The same for all requests. */
  readonly client: Client;
  /** What `onLogin` returned to be kept with the login. Frozen. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
  /**
   * An access token that is still good, renewed when needed. Reads the login again, so that a long answer learns of a logout.
   *
   * @throws {SessionError} `OIDC_SESSION_MISSING` when nobody is signed in, `OIDC_SESSION_ENDED` after a logout,
   *   `OIDC_SESSION_REFRESH_REJECTED` when the provider has ended the grant, `OIDC_TOKEN_EXPIRED` (401; a page logs in again) when
   *   the token has expired and there is no refresh token.
   * @throws {ProviderError} in an outage, when the token has expired.
   * @throws {StateError} when the session store is away; when the shared state is away, only if the token has expired.
   *
   * With `resource` or `scope` it is another access token for the same login: for another API, or with less scope (RFC 8707). The refresh token
   * gets it, so there must be one. It is kept with the login, sealed, for all processes: at most ten per login, the oldest goes first.
   * `ProviderError` `OIDC_PROVIDER_REFUSED` when the provider does not grant it: `error` is `invalid_target` or `invalid_scope`.
   *
   * @example
   * const token = await req.oidc.getAccessToken({ resource: "https://orders.example.com" });
   */
  getAccessToken(options?: AccessTokenOptions): Promise<string>;
  /**
   * Calls an API with the access token that {@link OidcContext.getAccessToken} gives; with the option `dpop` with a proof of the key that it is
   * bound to, and once more where the API wants a nonce in that (RFC 9449 §9). By `http.fetch`, so that the API sees the same certificate as the
   * provider; without `http.timeout`: pass a `signal`.
   *
   * As `fetch`, but for this: the body is read into memory first, and redirects are not followed, for the token is for this URL alone.
   *
   * @param url - absolute: https, or this machine. The token is sent there, so never take it from the request.
   * @throws {OptionsError} where a token must not be sent there; as {@link OidcContext.getAccessToken}; as `fetch` when nothing answers.
   * @example
   * const orders = await req.oidc.fetch("https://api.example.com/orders");
   */
  fetch(url: string | URL, init?: RequestInit, options?: AccessTokenOptions): Promise<Response>;
  /**
   * Renews the tokens now, due or not; with `resource` or `scope` that other access token alone, as after a 401 of its API. Of several at once one
   * asks the provider, and all get the result.
   * @returns the new access token.
   * @throws as {@link OidcContext.getAccessToken}, {@link ProviderError} in every outage, and `OIDC_TOKEN_EXPIRED` where there is no
   *   refresh token.
   */
  refresh(options?: AccessTokenOptions): Promise<string>;
  /**
   * Asks the provider what it knows of the person now (OpenID Connect Core §5.3). Changes nothing here.
   * @throws as {@link OidcContext.getAccessToken}, and `OIDC_TOKEN_EXPIRED` when the provider does not accept the token.
   */
  userinfo(): Promise<Claims>;
  /**
   * Asks the provider whether the access token is good, or the refresh token (RFC 7662). Renews nothing.
   * @throws {SessionError} `OIDC_SESSION_MISSING` or `OIDC_SESSION_ENDED` when nobody is signed in, `OIDC_TOKEN_EXPIRED` when the login has
   *   no such token.
   * @throws {ProviderError} when the provider is away, refuses, or has no introspection endpoint.
   */
  introspect(kind?: "access_token" | "refresh_token"): Promise<Introspection>;
  /**
   * Revokes a token at the provider (RFC 7009): by default the refresh token, and with it the whole grant; the access token where there is
   * no refresh token. The login itself goes on until its tokens are due; `logout()` ends it, and with the option `revokeOnLogout` does both.
   * @throws as {@link OidcContext.introspect}, where the provider has no revocation endpoint.
   */
  revoke(kind?: "access_token" | "refresh_token"): Promise<void>;
  /**
   * Sends the person to log in; answers the request.
   * @throws {OptionsError} when `authorizationParams` can't be right, {@link ProviderError} when the provider is needed and away.
   */
  login(options?: LoginOptions): Promise<void>;
  /** Logs the person out, here and at the provider; answers the request, unless its answer has begun. */
  logout(options?: LogoutOptions): Promise<void>;
}

declare global {
  namespace Express {
    interface Request {
      /** The login of this request. Present behind `auth()`; not in an error handler where the session itself could not be mounted. */
      oidc: OidcContext;
    }
  }
}
