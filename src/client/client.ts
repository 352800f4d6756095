/** @module The client object: everything that can be asked of the provider, with a web app or without. */
import type { Claims, ResponseMode } from "../options.js";
import type { Introspection } from "../provider/introspection.js";
import type { TokenSet } from "../provider/token-set.js";
import type { TokenTargetOptions } from "../settings/read-target.js";

/** Parameters in wire names. A list stands for the parameter several times. */
export type WireParams = Readonly<Record<string, unknown>>;

/** What a login is begun with. */
export interface AuthorizationRequest {
  /** Where the provider sends the person back, as registered there. Default: that of the options; with `auth()` its callback. */
  readonly redirectUri?: string;
  /** Default: that of the options. */
  readonly scope?: string;
  /** What comes back with the browser. Default `code`. With `code id_token` the ID token vouches for the code. */
  readonly responseType?: "code" | "code id_token" | undefined;
  /**
   * How it comes back. Default `query` for `code`, in the address; else `form_post`, as a POST of the provider's page. Such a POST comes without
   * cookies that are not `SameSite=None`: what was kept in a session is not found there.
   */
  readonly responseMode?: ResponseMode | undefined;
  /** More parameters, over those of the options: `prompt`, `login_hint`, `max_age`, `acr_values`, `resource`... */
  readonly authorizationParams?: WireParams;
}

/** What `exchange()` needs to know of the login that an answer belongs to. */
export interface LoginProofs {
  readonly state: string;
  readonly nonce: string;
  /** The PKCE verifier (RFC 7636 §4.1). */
  readonly verifier: string;
  /** The provider that the person was sent to, by the name in the options. Where it is there, another client refuses the login (RFC 9700 §4.4.2). */
  readonly issuer?: string | undefined;
  /** Default: that of the options. */
  readonly redirectUri?: string | undefined;
  /** Default: that of the options. */
  readonly scope?: string | undefined;
  /** What was to come back. Default `code`. */
  readonly responseType?: "code" | "code id_token" | undefined;
  /** How it was to come back: an answer in another form is refused. Default `query`. */
  readonly responseMode?: ResponseMode | undefined;
  /** How old the person's authentication may be, in seconds. */
  readonly maxAge?: number | undefined;
  /** The `acr` values of which one must have come back. */
  readonly acr?: readonly string[] | undefined;
}

/**
 * A login that has begun. All but `url` is secret and for one use: keep it with the browser that began the login, in its session say, and give
 * it to `exchange()`.
 */
export interface BegunLogin extends LoginProofs {
  /** Where to send the person. */
  readonly url: string;
}

/**
 * What the provider has sent to the redirect URI: its URL, absolute or as in `req.url`, or its parameters; of a posted form
 * `new URLSearchParams(body)`, with the body as it came.
 */
export type CallbackResponse = string | URL | URLSearchParams;

/** What a refresh token is used for. */
export interface RefreshRequest extends TokenTargetOptions {
  /** The claims of the login's ID token: one that comes back must speak of the same person (OpenID Connect Core §12.2). */
  readonly claims?: Claims | undefined;
}

/** What the provider's logout is told. */
export interface EndSessionRequest {
  /** The ID token of the login that ends; it says whose it was. */
  readonly idToken?: string | undefined;
  /** Where the person is sent back to, as registered. Default: that of the options; with `auth()` its `/logged-out`. */
  readonly postLogoutRedirectUri?: string | undefined;
  /** Comes back with the person. */
  readonly state?: string | undefined;
}

/** What a token for this program itself is asked for. */
export interface ClientCredentialsRequest extends TokenTargetOptions {
  /** More parameters in wire names, such as `audience`. */
  readonly params?: WireParams;
  /** Asks for a new token though one is held: for one call that was answered 401. Default `false`. */
  readonly force?: boolean;
}

/** A person's name and password. */
export interface PasswordRequest extends TokenTargetOptions {
  readonly username: string;
  readonly password: string;
  /** More parameters in wire names. */
  readonly params?: WireParams;
}

/** The types of tokens by their short names (RFC 8693 §3), or any URI. */
export type TokenTypeName = "access_token" | "refresh_token" | "id_token" | "saml1" | "saml2" | "jwt" | (string & {});

/** What one token is exchanged for. */
export interface TokenExchangeRequest extends TokenTargetOptions {
  /** Stands for whom the new token is for. */
  readonly subjectToken: string;
  /** Default `access_token`. */
  readonly subjectTokenType?: TokenTypeName;
  /** Stands for who acts for them; without it the new token shows nobody between (RFC 8693 §1.1). */
  readonly actorToken?: string;
  /** Default `access_token`. */
  readonly actorTokenType?: TokenTypeName;
  /** Default: what the provider thinks fit. */
  readonly requestedTokenType?: TokenTypeName;
  /** The service that it is for, or several, by the names that the provider knows them by. */
  readonly audience?: string | readonly string[];
  /** More parameters in wire names. */
  readonly params?: WireParams;
}

/**
 * A client of one provider. Every method makes one request, but for the two that only build a URL, and reads what it needs of the provider's
 * metadata and keys first, once for all. Results are frozen.
 *
 * Every promise can reject with {@link ProviderError}, when the provider is away (`retryable`), refuses, or answers what is not to be believed;
 * and with {@link OptionsError} for arguments that can't be right. No error carries a token, a code or a password.
 */
export interface Client {
  /**
   * Begins a login: a code with PKCE (S256), state and nonce. Nothing is kept here.
   *
   * @example
   * const { url, ...login } = await client.authorizationUrl({ redirectUri: "http://127.0.0.1:8080/done" });
   */
  authorizationUrl(request?: AuthorizationRequest): Promise<BegunLogin>;
  /**
   * Ends a login: checks the answer's `state` and `iss`, its signature where a signed one was asked for (JARM), redeems its code, verifies the ID
   * tokens.
   *
   * @param login - what was kept with the browser. Anybody can open the redirect URI: nothing for a browser that has begun no login.
   * @throws {LoginError} `OIDC_LOGIN_UNKNOWN_STATE` when the answer belongs to another login, `OIDC_LOGIN_DENIED` when the provider says no,
   *   `OIDC_LOGIN_EXPIRED` when the code is used up or too old, `OIDC_LOGIN_RESPONSE_INVALID`.
   * @throws {AccessError} `OIDC_STEP_UP_UNMET` when it is older or weaker than was asked for.
   */
  exchange(response: CallbackResponse, login: LoginProofs | null | undefined): Promise<TokenSet>;
  /**
   * New tokens for a refresh token that the app keeps itself. What comes back may hold another refresh token: keep that one, the old one may be
   * spent. Not for logins of `auth()`, which renews them itself: there `req.oidc.getAccessToken()`.
   *
   * @throws {SessionError} `OIDC_SESSION_REFRESH_REJECTED` when the provider has ended the grant.
   */
  refresh(refreshToken: string, request?: RefreshRequest): Promise<TokenSet>;
  /**
   * What the provider knows of the person now (OpenID Connect Core §5.3).
   *
   * @param who - `sub` of the ID token: an answer about anybody else is refused. Name it wherever it is known.
   * @throws {SessionError} `OIDC_TOKEN_EXPIRED` when the provider does not accept the access token.
   */
  userinfo(accessToken: string, who?: { readonly sub?: string | undefined }): Promise<Claims>;
  /**
   * Calls an API with a token of this client: as Bearer, or, where its `tokenType` says DPoP, with a proof of this client's key, and once more where
   * the API wants a nonce in that. What differs from `fetch` is told at `req.oidc.fetch()`, which is for the logins of `auth()`.
   *
   * @throws {OptionsError} where a token must not be sent there: https, or this machine. As `fetch` when nothing answers.
   * @example
   * const response = await client.fetch("https://api.example.com/orders", {}, await client.clientCredentials());
   */
  fetch(url: string | URL, init: RequestInit, tokens: Pick<TokenSet, "accessToken" | "tokenType">): Promise<Response>;
  /** Whether a token is good (RFC 7662). `kind` helps the provider to find it. */
  introspect(token: string, kind?: "access_token" | "refresh_token"): Promise<Introspection>;
  /** Ends a token; with a refresh token, its whole grant (RFC 7009). One that is not good any more counts as ended. */
  revoke(token: string, kind?: "access_token" | "refresh_token"): Promise<void>;
  /**
   * The URL that logs a person out at the provider (RP-Initiated Logout), or what the option `idpLogout` names.
   * @throws {ProviderError} `OIDC_PROVIDER_RESPONSE_INVALID` when the provider has no such place.
   */
  endSessionUrl(request?: EndSessionRequest): Promise<string>;
  /**
   * An access token for this program itself (RFC 6749 §4.4). It is kept in memory until shortly before it expires (`renew.leeway`, never more
   * than half of its life), apart for each scope, resource and set of parameters; one request serves all who ask at once. A token without
   * `expires_in` is not kept. In an outage the old one serves as long as it is good, and the provider is asked
   * once in five seconds; after that each call asks, for failures are not kept.
   *
   * @example
   * const { accessToken } = await client.clientCredentials({ scope: "reports:read" });
   */
  clientCredentials(request?: ClientCredentialsRequest): Promise<TokenSet>;
  /**
   * Tokens for a person's name and password (RFC 6749 §4.3). Only with the option `insecurePasswordGrant`: new apps must not do this
   * (RFC 9700 §2.4). The password is in no error and no trace.
   *
   * @throws {LoginError} `OIDC_LOGIN_DENIED` when the provider does not accept them.
   */
  password(request: PasswordRequest): Promise<TokenSet>;
  /** One token for another: for another API, with less scope, on behalf of somebody (RFC 8693). Nothing is kept. */
  exchangeToken(request: TokenExchangeRequest): Promise<TokenSet>;
  /**
   * Any other grant, by its name: an extension (RFC 6749 §4.5) such as `urn:ietf:params:oauth:grant-type:jwt-bearer`.
   * @param params - in wire names, beside `grant_type` and what proves who this client is.
   */
  grant(grantType: string, params?: WireParams): Promise<TokenSet>;
}
