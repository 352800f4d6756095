/** @module AuthenticationClient: the methods of GenAuth's documents, over the client object. */
import { createHash } from "node:crypto";
import type { Client } from "../client/client.js";
import { requireTexts } from "../client/pairs.js";
import { redeemCode } from "../client/redeem.js";
import { LoginError, OptionsError, ProviderError } from "../errors.js";
import { randomText } from "../provider/authorize.js";
import { Problems } from "../settings/problems.js";
import { requireObject } from "../settings/require-object.js";
import { BoundedMap } from "../state/bounded-map.js";
import type { AuthenticationClientOptions } from "./authentication-client-options.js";
import { authorizeUrl } from "./authorize-url.js";
import { logoutUrl } from "./logout-url.js";
import type {
  AccessAccount,
  BuildAuthorizeUrlOptions,
  BuildLogoutUrlOptions,
  CodeOptions,
  IntrospectionResponse,
  OIDCTokenResponse,
  UserInfo,
} from "./models.js";
import { type App, readAuthenticationClient } from "./read-authentication-client.js";
import { tokenAnswer } from "./token-answer.js";

export type { AuthenticationClientOptions } from "./authentication-client-options.js";

/** How many programmatic access accounts are kept with their tokens. */
const MOST_ACCOUNTS = 100;

/** A PKCE verifier of 43 characters (RFC 7636 §4.1), in bytes. */
const VERIFIER_BYTES = 32;

/** The compiler holds this list complete. */
const CODE_OPTIONS: Readonly<Record<keyof CodeOptions, true>> = { nonce: true, codeVerifier: true, redirectUri: true };

/** Said wherever a text that is no good code may be a refresh token. */
const OTHER_METHOD = "A refresh token is for getNewAccessTokenByRefreshToken().";

/**
 * An app of GenAuth's console by the methods of its documents: their names, their shapes, and programs that were written for GenAuth's own SDK run
 * after changing the import line. Underneath is the client object of this library, so that answers are checked and ID tokens verified.
 *
 * For logins of a web app take `auth(genauth({ ... }))`: the methods here leave to the caller what that does by itself, to compare `state` above all.
 *
 * Promises reject with {@link ProviderError} when GenAuth is away, refuses, or answers what is not to be believed; methods throw or reject with
 * {@link OptionsError} for arguments that can't be right. No error carries a token, a code or a secret.
 *
 * @example
 * const authenticationClient = new AuthenticationClient({ appId, appSecret, appHost, redirectUri });
 * const { access_token } = await authenticationClient.getAccessTokenByCode(code, { nonce });
 */
export class AuthenticationClient {
  /** The client object of this library for the same app: every grant, logins with all that protects them. */
  readonly client: Client;
  readonly #app: App;
  readonly #accounts = new BoundedMap<Client>(MOST_ACCOUNTS);
  #hasWarned = false;

  /**
   * GenAuth is not contacted before it is needed.
   * @throws {OptionsError} with every problem at once.
   */
  constructor(options: AuthenticationClientOptions) {
    this.#app = readAuthenticationClient(options);
    this.client = this.#app.main.client;
  }

  /**
   * The URL that sends a person to log in. What it does not name is made anew, from secure randomness: read `state` and `nonce` from the URL,
   * keep both with the browser, compare the one that comes back, and give the other to `getAccessTokenByCode()`.
   *
   * @throws {OptionsError}
   */
  buildAuthorizeUrl(options: BuildAuthorizeUrlOptions = {}): string {
    return authorizeUrl(this.#app, options);
  }

  /**
   * Tokens for the code that came back, as the bare token response. With OpenID Connect there is an ID token in it, verified: signature, issuer,
   * audience, times, and the nonce that is given. Without `nonce` and `codeVerifier` nothing ties the code to the browser that brought it: a
   * warning says so once (`OIDC_CODE_UNBOUND`).
   *
   * @throws {LoginError} `OIDC_LOGIN_EXPIRED` when GenAuth does not accept the code; `OIDC_LOGIN_RESPONSE_INVALID` when the ID token carries another
   *   nonce.
   */
  async getAccessTokenByCode(code: string, options: CodeOptions = {}): Promise<OIDCTokenResponse> {
    requireKnown("getAccessTokenByCode()", options, CODE_OPTIONS);
    const { nonce, codeVerifier: verifier, redirectUri = this.#app.redirectUri } = options;
    // whoever names a proof means it: one that got lost must not pass for none
    requireTexts("getAccessTokenByCode()", { ...options, code, redirectUri });
    const { settings, provider } = this.#app.sideOf(code);
    if (nonce !== undefined && settings.protocol === "oauth2")
      throw new OptionsError([
        "getAccessTokenByCode() nonce: comes in an ID token, which OAuth 2.0 has not; leave it out",
      ]);
    if (nonce === undefined && verifier === undefined) this.#warnOnce();
    try {
      const tokens = await redeemCode(settings, provider, { code, redirectUri, verifier, nonce });
      return tokenAnswer(tokens, tokens.obtainedAt);
    } catch (cause) {
      throw withOtherMethod(cause);
    }
  }

  /**
   * New tokens for a refresh token. Keep the `refresh_token` that comes back: the old one may be spent.
   * @throws {SessionError} `OIDC_SESSION_REFRESH_REJECTED` when GenAuth has ended the grant.
   */
  async getNewAccessTokenByRefreshToken(refreshToken: string): Promise<OIDCTokenResponse> {
    requireTexts("getNewAccessTokenByRefreshToken()", { refreshToken });
    const tokens = await this.#app.sideOf(refreshToken).client.refresh(refreshToken);
    return tokenAnswer(tokens, tokens.obtainedAt);
  }

  /**
   * What GenAuth knows of the person now. The token goes in a header, never in the URL.
   *
   * @param who - `sub` of the ID token, where it is known: an answer about anybody else is refused.
   * @throws {SessionError} `OIDC_TOKEN_EXPIRED` when GenAuth does not accept the access token.
   */
  async getUserInfoByAccessToken(accessToken: string, who: { readonly sub?: string } = {}): Promise<UserInfo> {
    requireTexts("getUserInfoByAccessToken()", { accessToken });
    requireObject("getUserInfoByAccessToken()", who);
    const { iss: _ours, ...claims } = await this.#app.sideOf(accessToken).client.userinfo(accessToken, who);
    return claims as UserInfo;
  }

  /** Whether an access token or a refresh token is good (RFC 7662). One that is not good is `{ active: false }`. */
  async introspectToken(token: string): Promise<IntrospectionResponse> {
    requireTexts("introspectToken()", { token });
    return this.#app.sideOf(token).client.introspect(token);
  }

  /** Ends an access token, or a refresh token with its grant (RFC 7009). @returns true; a failure rejects. */
  async revokeToken(token: string): Promise<true> {
    requireTexts("revokeToken()", { token });
    await this.#app.sideOf(token).client.revoke(token);
    return true;
  }

  /**
   * The URL that logs a person out at GenAuth: `/login/profile/logout`, or `/oidc/session/end` where an ID token is given.
   * @throws {OptionsError}
   */
  buildLogoutUrl(options: BuildLogoutUrlOptions = {}): string {
    return logoutUrl(this.#app, options);
  }

  /**
   * An access token for a program. It is kept in memory until shortly before it expires, and asked for once however many want it at the same time.
   *
   * @param account - the programmatic access account of the console. Default: the app itself, where it may.
   */
  async getAccessTokenByClientCredentials(scope?: string, account?: AccessAccount): Promise<OIDCTokenResponse> {
    const client = account === undefined ? this.client : this.#accountClient(account);
    const tokens = await client.clientCredentials(scope === undefined ? {} : { scope });
    return tokenAnswer(tokens, this.#app.main.settings.now());
  }

  /** A new PKCE verifier, by the name that GenAuth's SDK has for it. Its digest goes into the URL, it itself to `getAccessTokenByCode()`. */
  generateCodeChallenge(): string {
    return randomText(VERIFIER_BYTES);
  }

  /** The digest of a PKCE verifier, by S256: what `buildAuthorizeUrl()` takes as `codeChallenge`. @throws {OptionsError} */
  getCodeChallengeDigest(options: { codeChallenge: string; method?: "S256" }): string {
    requireObject("getCodeChallengeDigest()", options);
    const { codeChallenge, method = "S256" } = options;
    requireTexts("getCodeChallengeDigest()", { codeChallenge });
    if (method !== "S256")
      throw new OptionsError(["getCodeChallengeDigest() method: must be S256: with plain the URL shows the verifier"]);
    return createHash("sha256").update(codeChallenge).digest("base64url");
  }

  #accountClient(account: AccessAccount): Client {
    requireObject("getAccessTokenByClientCredentials() account", account);
    const { accessKey, accessSecret } = account;
    requireTexts("getAccessTokenByClientCredentials()", { accessKey, accessSecret });
    const key = createHash("sha256")
      .update(JSON.stringify([accessKey, accessSecret]))
      .digest("base64url");
    const known = this.#accounts.get(key) ?? this.#app.account({ accessKey, accessSecret });
    this.#accounts.set(key, known);
    return known;
  }

  #warnOnce(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    process.emitWarning(
      "getAccessTokenByCode() was called without nonce and codeVerifier, so nothing ties the code to the browser that brought it, and a stolen one is accepted (RFC 9700, 2.1.1). " +
        "Keep state and nonce of buildAuthorizeUrl() with the browser, compare the state that comes back, and pass the nonce.",
      { type: "ExpressOidcWarning", code: "OIDC_CODE_UNBOUND" },
    );
  }
}

/** Refuses options that nobody would heed. @throws {OptionsError} */
function requireKnown(of: string, options: object, known: object): void {
  requireObject(of, options);
  const problems = new Problems();
  problems.unknownNames(`${of} `, options, Object.keys(known));
  problems.throwIfAny();
}

/** Of a code that is not accepted, the error says where a refresh token belongs: one of the documents' samples mixes the two up. */
function withOtherMethod(cause: unknown): unknown {
  if (cause instanceof LoginError && cause.code === "OIDC_LOGIN_EXPIRED") {
    return new LoginError(
      cause.code,
      `GenAuth does not accept this code: it has been used, is older than ten minutes, or is none. Start the login again. ${OTHER_METHOD}`,
      { cause, error: "invalid_grant" },
    );
  }
  if (!(cause instanceof ProviderError) || cause.error !== "invalid_request") return cause;
  return new ProviderError(cause.code, `${cause.message} ${OTHER_METHOD}`, { cause, error: cause.error });
}
