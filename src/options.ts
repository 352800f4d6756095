/** @module What the user writes. Every option with its meaning, unit, default and cost. */
import type { KeyObject, webcrypto } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Claims } from "./options/claims.js";
import type {
  ClientAuth,
  ClientKeyAlg,
  IdTokenSigningAlg,
  Protocol,
  ResponseMode,
  ResponseType,
} from "./options/names.js";
import type { SharedState } from "./state/port.js";

export type * from "./options/claims.js";
export type * from "./options/names.js";

/** How userinfo tells who somebody is, where there is no ID token. */
export interface UserinfoOptions {
  /**
   * The member of the userinfo answer that says who the person is: a text, or a whole number, which becomes a text. It must never change and
   * never be given to anybody else; an e-mail address is neither. Only with `protocol: "oauth2"`. Default `sub`.
   */
  readonly sub?: string;
}

/** A private key: PEM text, a JWK, or what `node:crypto` or Web Crypto made. RSA of 2048 bits or more, P-256, P-384, P-521 or Ed25519. */
export type PrivateKey = string | webcrypto.JsonWebKey | KeyObject | webcrypto.CryptoKey;

/** A private key, and what the provider is told of it. */
export interface ClientKey {
  readonly key: PrivateKey;
  /** Default: the JWK's `alg`; else what the provider lists and the key can do, of RSA `RS256` first, of Ed25519 `EdDSA`. */
  readonly alg?: ClientKeyAlg;
  /** The key's id in the keys that the provider knows of this app. Default: the JWK's `kid`, or none. */
  readonly kid?: string;
}

/** How authorization requests are signed. */
export interface JarOptions {
  /** Default: as in `clientKey`. */
  readonly alg?: ClientKeyAlg;
}

/** What a person is asked to allow in detail (RFC 9396 §2). */
export interface AuthorizationDetail {
  readonly type: string;
  readonly [member: string]: unknown;
}

/**
 * Parameters of an authorization request, in wire names. A list stands for the parameter several times; an object, and the list
 * `authorization_details`, is sent as JSON.
 */
export type AuthorizationParams = Readonly<
  Record<
    string,
    string | number | readonly string[] | readonly AuthorizationDetail[] | Readonly<Record<string, unknown>>
  >
>;

/** What a session store must offer: the part of express-session's `Store` that is used. Any express-session store fits. */
export interface SessionStore {
  get(id: string, callback: (error: unknown, session?: unknown) => void): void;
  set(id: string, session: unknown, callback?: (error?: unknown) => void): void;
  destroy(id: string, callback?: (error?: unknown) => void): void;
}

/**
 * How `auth()` mounts express-session when the app has not mounted it before: express-session's own options, with defaults that fit a
 * login, and `keep`. Or, with `reqSession: false`, how a cookie of ours takes its place.
 */
export interface SessionOptions {
  /**
   * Whether the app has `req.session`. Default `true`. With `false` express-session is left out, and `req.session` is undefined: a signed cookie
   * of ours names the login, whose record is in the same store, so that a guarded request costs far less. `store`, `name` and `cookie` count as
   * ever, the other options are refused. Changing it signs everybody out once. For apps that keep nothing in `req.session`.
   */
  readonly reqSession?: boolean;
  /** Any express-session store. Default: express-session's MemoryStore, which is for one process and for development. */
  readonly store?: SessionStore;
  /**
   * The cookie's name, without prefix. Default `oidc-session-` and a short id of this instance. On https `__Host-` goes before it; with
   * a `domain`, or a `path` other than `/`, `__Secure-`.
   */
  readonly name?: string;
  /** Signs the session cookie. Default: derived from the option `secret`. */
  readonly secret?: string | readonly string[];
  /** Attributes of the session cookie. It is always HttpOnly, and Secure on https. */
  readonly cookie?: SessionCookieOptions;
  /** Makes session ids. Default: express-session's. */
  readonly genid?: (req: IncomingMessage) => string;
  /** Whether `X-Forwarded-Proto` tells that the visitor uses https. Default: where `baseUrl` is https. */
  readonly proxy?: boolean;
  /** Sets the cookie anew on every answer. Costs a header per answer. Default: only with a `maxAge`. */
  readonly rolling?: boolean;
  /** Writes sessions that nobody has changed. Brings old data back over newer; for stores that need it. Default `false`. */
  readonly resave?: boolean;
  /** Stores sessions of visitors about whom nothing is known. Default `false`. */
  readonly saveUninitialized?: boolean;
  /** What happens to a session that the app has unset. Default `keep`. */
  readonly unset?: "destroy" | "keep";
  /**
   * What happens at login to what the app has put into the visitor's session before. `true` keeps it for the same visitor, `false`
   * drops it, a function returns what to keep. When another person logs in it is dropped in any case. Default `true`.
   * Also heeded where the app mounts express-session itself.
   */
  readonly keep?: boolean | ((session: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>);
}

/** Attributes of the session cookie, as express-session names them. */
export interface SessionCookieOptions {
  /** Shares the session with sub-domains: `baseUrl`'s host or a domain above it. Default: none, this host's alone. Costs the `__Host-` protection. */
  readonly domain?: string;
  /** Default `/`. Elsewhere nobody is signed in, so it must hold `baseUrl`'s own path. */
  readonly path?: string;
  /** Default `lax`. With `strict` a visitor who follows a link from another site arrives signed out. */
  readonly sameSite?: "lax" | "strict" | "none" | true;
  /**
   * How long the cookie lives, unused: it is then set anew on every answer (`rolling`). Milliseconds, as in express-session.
   * Default: `absoluteTimeout`, without that.
   */
  readonly maxAge?: number;
  /** Sets the cookie apart by top-level site (CHIPS). Default `false`. */
  readonly partitioned?: boolean;
  /** Chrome's eviction priority. Default: none. */
  readonly priority?: "low" | "medium" | "high";
  /** On https always `true`. */
  readonly secure?: boolean | "auto";
  /** Always `true`. */
  readonly httpOnly?: boolean;
}

/** The paths that the middleware answers, below its mount. `false` turns one off. */
export interface RoutesOptions {
  /** Starts a login. Default `/login`. */
  readonly login?: string | false;
  /** Where the provider sends the person back after a login. Register `baseUrl` + this path at the provider. Default `/callback`. */
  readonly callback?: string;
  /** Logs out. Default `/logout`. */
  readonly logout?: string | false;
  /**
   * Where the provider sends the person back after a logout. Register `baseUrl` + this path at the provider. Default `/logged-out`. May be `/`, the app's own front page.
   * With `false` the person stays on the provider's page.
   */
  readonly postLogoutRedirect?: string | false;
  /**
   * Where the provider posts logout tokens (OpenID Connect Back-Channel Logout). Register `baseUrl` + this path there as
   * `backchannel_logout_uri`. Default `/backchannel-logout`.
   */
  readonly backchannelLogout?: string | false;
  /**
   * What the provider opens in a hidden frame at a logout (OpenID Connect Front-Channel Logout). Register `baseUrl` + this path there as
   * `frontchannel_logout_uri`, with `frontchannel_logout_session_required`. Browsers send the session cookie along only where provider
   * and app are of one site, so prefer the back channel. Default `/frontchannel-logout`.
   */
  readonly frontchannelLogout?: string | false;
}

/** When access tokens are renewed. */
export interface RenewOptions {
  /**
   * How long before its expiry an access token is renewed. Seconds, 0 or more; never more than half of the token's life. Default 60.
   */
  readonly leeway?: number;
}

/** How the provider is called. */
export interface HttpOptions {
  /** How long one request to the provider may take. Seconds, 0.5 to 60. Default 5. */
  readonly timeout?: number;
  /**
   * Sends every request to the provider, in the form of `fetch`: by a proxy, with a private CA, a client certificate, a test. Default: over
   * `node:http` with connections that are kept; where the app has replaced the global `fetch` or its dispatcher, by that.
   */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What `onLogin` is told. Plain data. */
export interface LoginEvent {
  /** The person: ID token claims, and userinfo where it was asked for. */
  readonly user: Claims;
  /** The claims of the ID token alone; undefined with `protocol: "oauth2"`. */
  readonly idTokenClaims: Claims | undefined;
  /** The access token, for calls that the app makes at login; undefined with `responseType: "id_token"`. */
  readonly accessToken: string | undefined;
  /** The granted scope, space-separated. */
  readonly scope: string;
  /** Where the person goes next. */
  readonly returnTo: string;
  /** The callback request. */
  readonly req: IncomingMessage;
}

/** Who has ended a login: its user, the provider over the back or the front channel, or the app by `logins(sub).end()`. */
export type LogoutCause = "user" | "backchannel" | "frontchannel" | "app";

/** What `onLogout` is told. Plain data. */
export interface LogoutEvent {
  /** Who has been logged out. */
  readonly user: Claims;
  /** The logout request: the browser's, or the provider's with `by: "backchannel"`. Undefined with `by: "app"`. */
  readonly req: IncomingMessage | undefined;
  /** Who has ended the login. */
  readonly by: LogoutCause;
}

/** What a function under `idpLogout` is told. */
export interface IdpLogoutRequest {
  /** The ID token of the login that has just ended; undefined with `protocol: "oauth2"`. */
  readonly idToken: string | undefined;
  /** This client. */
  readonly clientId: string;
  /** Where the provider should send the person back; undefined when `routes.postLogoutRedirect` is off. */
  readonly returnTo: string | undefined;
}

/** The texts of our pages: the question before a logout, and the way on. Plain text: they are escaped. */
export interface LogoutPageOptions {
  /** The language of the texts. Default `en`. */
  readonly lang?: string;
  /** Default "Log out?". */
  readonly title?: string;
  /** Default "Log out". */
  readonly confirm?: string;
  /** Default "Stay signed in". */
  readonly cancel?: string;
  /** Default "Signing you out". */
  readonly leaving?: string;
  /** Default "Continue". */
  readonly proceed?: string;
}

/** The provider's metadata, where it has no discovery (OpenID Connect Discovery §3). Wire names. */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri?: string;
  readonly userinfo_endpoint?: string;
  readonly end_session_endpoint?: string;
  readonly [name: string]: unknown;
}

/** What an API needs to know of an issuer that has no discovery. Wire names. */
export interface IssuerMetadata {
  readonly issuer: string;
  /** Where its keys are. */
  readonly jwks_uri?: string;
  readonly [name: string]: unknown;
}

/**
 * The options of {@link auth}. Checked once, at construction: every problem at once.
 *
 * What is left out is read from the environment: `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`, `OIDC_BASE_URL`,
 * `OIDC_SECRET` (several, newest first, separated by commas), `OIDC_SCOPE`.
 */
export interface AuthOptions {
  /**
   * The provider. A URL, the same that its discovery document names as `issuer`; or its metadata, where it has no discovery.
   * Fetched when first needed: the app starts without the provider.
   */
  readonly issuer?: string | ProviderMetadata;
  /**
   * What the provider speaks. With `oauth2` there is no ID token: the person comes from the provider's userinfo endpoint, and what only an ID
   * token can tell (`max_age`, `acr_values`, logout tokens) is refused. A URL as `issuer` then means metadata by RFC 8414. Default `oidc`.
   */
  readonly protocol?: Protocol;
  /** This app's id at the provider. */
  readonly clientId?: string;
  /** This app's secret at the provider. Without one the app is a public client, protected by PKCE alone. */
  readonly clientSecret?: string;
  /**
   * How this app proves itself in every request to the provider: token, renewal, pushed request, introspection, revocation. Default:
   * `private_key_jwt` with `clientKey`; with a secret the first that the provider's metadata lists of `client_secret_basic`,
   * `client_secret_post` and `client_secret_jwt`; `none` without either. For the two by TLS `http.fetch` shows the certificate.
   */
  readonly clientAuth?: ClientAuth;
  /** Signs what proves this app (`private_key_jwt`, RFC 7523) and its authorization requests (`jar`). The provider holds the public half. */
  readonly clientKey?: PrivateKey | ClientKey;
  /**
   * Whom signed proofs of this app (`client_secret_jwt`, `private_key_jwt`) are for: claim `aud`. Default: the issuer. For a provider that
   * insists on its token endpoint; the issuer is safer, since a token endpoint can be a stranger's.
   */
  readonly clientAssertionAudience?: string;
  /**
   * Sends id and secret in `client_secret_basic` as they are. OAuth 2.0 §2.3.1 has them form-encoded; for a server that does not
   * decode them, where the secret has other marks than `-`, `.`, `_` and `*`. Default `false`.
   */
  readonly unencodedBasic?: boolean;
  /**
   * Access tokens are bound to the certificate that `http.fetch` shows (RFC 8705 §3), so requests go to the provider's
   * `mtls_endpoint_aliases` where it has some. Default: where `clientAuth` is one of the two by TLS, unless `dpop` binds them or `responseType` has one
   * come with the browser.
   */
  readonly certificateBoundTokens?: boolean;
  /**
   * Binds tokens to a key (DPoP, RFC 9449), so that they are worth nothing to who steals them. Each login gets a key of its own, kept sealed
   * with it; a client object has one, as long as it lives. Tokens that the provider has not bound are refused. Call APIs by
   * `req.oidc.fetch()` or `client.fetch()`, which prove the key. `alg`: how; default the first that the provider lists, `ES256` before others.
   * Default `false`.
   */
  readonly dpop?: boolean | { readonly alg?: ClientKeyAlg };
  /**
   * Whether authorization requests are pushed to the provider first, so that the browser carries only a reference to them (RFC 9126).
   * One request more per login. Default: where the provider's metadata demands it.
   */
  readonly par?: boolean;
  /** Whether authorization requests are signed with `clientKey` (RFC 9101). Default: where the provider's metadata demands it. */
  readonly jar?: boolean | JarOptions;
  /**
   * `"fapi2"`: the FAPI 2.0 Security Profile. Requests are pushed, the client proves itself by `private_key_jwt` or TLS, tokens are bound
   * to a key or a certificate, `iss` comes with every login answer, only PS256, ES256 and EdDSA are signed and accepted, and all by https.
   * Options that are weaker are refused.
   */
  readonly profile?: "fapi2";
  /**
   * What comes back with the browser at a login. Whatever comes, its ID token's signature is verified, and with a code the tokens of the token
   * endpoint are the ones that count. Without a code there is no refresh token, with `id_token` no access token either, and no scope counts
   * unless the answer is signed (`form_post.jwt`), for anybody can change it in the browser. Default `code`: the
   * others are for providers that insist on them; those with `token` show the access token to the browser (RFC 9700 §2.1.2).
   */
  readonly responseType?: ResponseType;
  /**
   * How it comes back. Default `query` for `code`, and `form_post` for the others, which may not stand in an address. With `form_post` and
   * `form_post.jwt` `baseUrl` must be https, and several processes must share `state`.
   */
  readonly responseMode?: ResponseMode;
  /**
   * Where people reach this app, with the path that it is mounted under, such as `https://shop.example/app`. Redirect URIs are built
   * from it, never from the Host header.
   */
  readonly baseUrl?: string;
  /**
   * Seals logins in the session store and the short-lived cookies, and signs the session cookie where `auth()` mounts it. At least 32 characters, from `openssl rand -base64 32` or the like.
   * A list rotates: the first one seals, all open. A login sealed with a secret that has left the list is over.
   */
  readonly secret?: string | readonly string[];
  /**
   * What is asked for, space-separated; `openid` must be in it. Default `openid profile email`. `offline_access` also asks for consent.
   * With `protocol: "oauth2"` any, without `openid`; an empty text asks for none. Default there `user`.
   */
  readonly scope?: string;
  /**
   * More parameters for the authorization request, in wire names: `prompt`, `max_age`, `acr_values`, `ui_locales`, `resource`,
   * `authorization_details` (RFC 9396) and others.
   * `max_age` and `acr_values` are insisted on: a login that does not meet them is 403 `OIDC_STEP_UP_UNMET`.
   */
  readonly authorizationParams?: AuthorizationParams;
  /**
   * The algorithm of ID tokens. Default: what the provider's metadata lists among the asymmetric ones. `HS256`, `HS384` and `HS512`
   * (client secret as the key) are accepted only when set here.
   */
  readonly idTokenSigningAlg?: IdTokenSigningAlg;
  /**
   * Also fetches userinfo at login and adds it to `req.oidc.user` (OpenID Connect Core §5.3). One request more per login. Default `false`.
   * With `protocol: "oauth2"` always, and an object says which member names the person.
   */
  readonly userinfo?: boolean | UserinfoOptions;
  /** The paths that the middleware answers. */
  readonly routes?: RoutesOptions;
  /** The session: how `auth()` mounts express-session, unless the app has mounted it before. */
  readonly session?: SessionOptions;
  /**
   * A login that nobody uses ends after this. Seconds, 60 to `absoluteTimeout`. Default 86400 (a day), or `absoluteTimeout` where
   * that is shorter. Use is noted now and then, so that it may end up to a tenth, at most a minute, later; never earlier. Where the app
   * mounts express-session, the `maxAge` of its cookie counts too, if shorter.
   */
  readonly idleTimeout?: number;
  /** A login ends after this, used or not. Seconds, 60 or more. Default 604800 (a week). */
  readonly absoluteTimeout?: number;
  /** How far the provider's clock may be off, for every token alike. Seconds, 0 to 300. Default 30. */
  readonly clockTolerance?: number;
  /** When access tokens are renewed. */
  readonly renew?: RenewOptions;
  /**
   * Whether a logout here also logs out at the provider (RP-Initiated Logout). `true`: where the provider has an end-session endpoint.
   * A URL, or a function that returns one: for a provider that has another way. `false`: here only. Default `true`.
   */
  readonly idpLogout?: boolean | string | ((request: IdpLogoutRequest) => string);
  /**
   * Whether a logout, also one by the back or front channel, revokes the login's refresh token at the provider, or its access token where
   * there is none (RFC 7009). Nobody waits for it, and its failure does not stop the logout. Default `false`: most providers end the
   * tokens with their own session.
   */
  readonly revokeOnLogout?: boolean;
  /** The texts of the page that asks before a logout, and of the one on the way to the provider. */
  readonly logoutPage?: LogoutPageOptions;
  /** What several processes share. Default: this process's memory. */
  readonly state?: SharedState;
  /** How the provider is called. */
  readonly http?: HttpOptions;
  /**
   * Called after a login has been verified and before it counts. Returning `false` refuses it (403, no loop); returning an object
   * keeps that with the login, sealed, as `req.oidc.data`; throwing fails the login with that error.
   */
  readonly onLogin?: (login: LoginEvent) => LoginVerdict | Promise<LoginVerdict>;
  /** Called after a login has been ended by somebody; not when its time has run out. An error thrown here is only traced: the logout stands. */
  readonly onLogout?: (logout: LogoutEvent) => void | Promise<void>;
  /** Called with every error that the routes and the guards pass on, before Express sees it: for a log or a counter. What it throws is only traced. */
  readonly onError?: (error: unknown, req: IncomingMessage) => void | Promise<void>;
  /** Allows http, without TLS, off this machine too. Everybody between can read and change everything. Default `false`. */
  readonly insecureHttp?: boolean;
  /**
   * Allows `client.password()`, which hands a person's password through this app: forbidden to new apps (RFC 9700 §2.4). For moving an old
   * one. Default `false`.
   */
  readonly insecurePasswordGrant?: boolean;
}

/** Options of {@link AuthOptions} that are about the web app, which a program without one does not have. */
export type WebAppOption =
  | "responseType"
  | "responseMode"
  | "baseUrl"
  | "secret"
  | "userinfo"
  | "routes"
  | "session"
  | "idleTimeout"
  | "absoluteTimeout"
  | "revokeOnLogout"
  | "logoutPage"
  | "state"
  | "onLogin"
  | "onLogout"
  | "onError";

/**
 * The options of {@link createClient}: those of {@link AuthOptions} that concern the provider and this client's registration there. What is
 * left out is read from the environment: `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`, `OIDC_SCOPE`.
 */
export interface ClientOptions extends Omit<AuthOptions, WebAppOption> {
  /**
   * Where the provider sends people back after a login, for `authorizationUrl()`. Register it there. https, or http on this machine; without
   * query and fragment. Default: none, each login names its own.
   */
  readonly redirectUri?: string;
  /** With `protocol: "oauth2"`: how userinfo says who a person is, for `exchange()`. Default: by `sub`. */
  readonly userinfo?: UserinfoOptions;
  /** The same after a logout, for `endSessionUrl()`. Default: none, people stay on the provider's page. */
  readonly postLogoutRedirectUri?: string;
}

/** What `onLogin` may return. */
export type LoginVerdict =
  | Readonly<Record<string, unknown>>
  | boolean
  // biome-ignore lint/suspicious/noConfusingVoidType: a hook without a return statement is the usual one
  | void;
