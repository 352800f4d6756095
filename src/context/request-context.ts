/** @module The context of one request. Tokens stay behind private fields: logging or serialising it shows the user only. */
import { inspect } from "node:util";
import type { Client } from "../client/client.js";
import { ProviderError, SessionError, StateError } from "../errors.js";
import type { AuthorizationDetail, Claims } from "../options.js";
import type { Introspection } from "../provider/introspection.js";
import { grantOf, type OwnToken } from "../provider/token-status.js";
import { idTokenClaimsOf } from "../provider/tokens.js";
import { beginLogin, type LoginRequest } from "../session/begin-login.js";
import { endLogin } from "../session/end-login.js";
import { loginIdOf } from "../session/end-others.js";
import { leave } from "../session/leave.js";
import type { Login, StoredLogin } from "../session/record.js";
import { homeOf, returnAddressOf, safeReturnTo } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";
import { readApiUrl } from "../settings/read-api-url.js";
import { readLoginParams } from "../settings/read-client.js";
import { readTarget } from "../settings/read-target.js";
import { requireObject } from "../settings/require-object.js";
import { trace } from "../trace.js";
import type { AccessTokenOptions, LoginOptions, LogoutOptions, OidcContext } from "./oidc-context.js";
import { RequestLogin } from "./request-login.js";
import { ownToken, requireAccessToken, requireRenewable } from "./tokens.js";

/** The one property that a context shows when it is logged, spread or serialised. */
const USER: PropertyDescriptor & ThisType<RequestContext> = {
  enumerable: true,
  get() {
    return this.current()?.user;
  },
};

/** {@link OidcContext}, and what the guards need beside it. */
export class RequestContext implements OidcContext {
  declare readonly user: Claims | undefined;
  readonly #visit: Visit;
  readonly #login: RequestLogin;

  constructor(visit: Visit) {
    this.#visit = visit;
    this.#login = new RequestLogin(visit);
    Object.defineProperty(this, "user", USER);
  }

  /** Gives the context the login that the session names. */
  recall(handle: string, stored: StoredLogin): void {
    this.#login.recall(handle, stored);
  }

  /** The request on its way through its instance. */
  visit(): Visit {
    return this.#visit;
  }

  /** The login, opened when first asked for. */
  current(): Login | undefined {
    return this.#login.current();
  }

  /** Whether the access token should be renewed before a handler sees it, and can be. */
  isRenewalDue(): boolean {
    const login = this.current();
    return login?.tokens.refreshToken !== undefined && this.#visit.instance.renewal.isDue(login);
  }

  /**
   * Renews what is due before a handler runs. A refused grant leaves nobody signed in; an outage of the provider changes nothing.
   * @throws {StateError} when the store or the lock is away and the token has expired.
   */
  async renewIfDue(): Promise<void> {
    const login = this.current();
    if (login === undefined || !this.isRenewalDue()) return;
    try {
      await this.#login.renew(login);
    } catch (error) {
      if (error instanceof SessionError) return;
      const expired = this.#visit.instance.renewal.isExpired(login);
      if (!(error instanceof ProviderError) && !(error instanceof StateError && !expired)) throw error;
      trace("guard: lets a login pass whose token could not be renewed: %s", error.code);
    }
  }

  /** Sends the person to log in. */
  begin(request: LoginRequest): Promise<void> {
    return beginLogin(this.#visit, request);
  }

  isAuthenticated(): boolean {
    return this.current() !== undefined;
  }

  get idTokenClaims(): Claims | undefined {
    const login = this.current();
    return login === undefined ? undefined : idTokenClaimsOf(login.tokens);
  }

  get loginId(): string | undefined {
    return this.current() === undefined ? undefined : loginIdOf(this.#login.handle);
  }

  get sessionId(): string | undefined {
    return this.current()?.tokens.claims.sid;
  }

  get accessToken(): string | undefined {
    const login = this.current();
    return login === undefined || this.#visit.instance.renewal.isExpired(login) ? undefined : login.tokens.accessToken;
  }

  get expiresAt(): number | undefined {
    return this.current()?.tokens.expiresAt;
  }

  get scope(): string | undefined {
    return this.current()?.tokens.scope;
  }

  get authorizationDetails(): readonly AuthorizationDetail[] | undefined {
    return this.current()?.tokens.authorizationDetails;
  }

  get idToken(): string | undefined {
    return this.current()?.tokens.idToken;
  }

  get refreshToken(): string | undefined {
    return this.current()?.tokens.refreshToken;
  }

  get data(): Readonly<Record<string, unknown>> | undefined {
    return this.current()?.data;
  }

  get client(): Client {
    return this.#visit.instance.client;
  }

  async getAccessToken(options: AccessTokenOptions = {}): Promise<string> {
    return (await this.#login.access(readTarget("getAccessToken()", options))).accessToken;
  }

  async fetch(url: string | URL, init: RequestInit = {}, options: AccessTokenOptions = {}): Promise<Response> {
    const { settings, provider } = this.#visit.instance;
    const checked = readApiUrl("fetch()", url, settings);
    const { accessToken, dpopKey } = await this.#login.access(readTarget("fetch()", options));
    return provider.callApi({ url: checked, init, accessToken, dpopKey });
  }

  async refresh(options: AccessTokenOptions = {}): Promise<string> {
    const target = readTarget("refresh()", options);
    if (target !== undefined) return (await this.#login.otherAccess({ target, isForced: true })).accessToken;
    const login = await this.#login.reread();
    requireRenewable(login);
    return requireAccessToken(await this.#login.renew(login)).accessToken;
  }

  async userinfo(): Promise<Claims> {
    const { accessToken, dpopKey } = await this.#login.access();
    return this.#visit.instance.provider.userinfo({ accessToken, dpopKey, sub: this.current()?.user.sub ?? "" });
  }

  async introspect(kind: OwnToken["kind"] = "access_token"): Promise<Introspection> {
    return this.#visit.instance.provider.introspect(ownToken(await this.#login.reread(), kind));
  }

  async revoke(kind?: OwnToken["kind"]): Promise<void> {
    const login = await this.#login.reread();
    await this.#visit.instance.provider.revoke(kind === undefined ? grantOf(login.tokens) : ownToken(login, kind));
  }

  async login(options: LoginOptions = {}): Promise<void> {
    requireObject("login()", options);
    const params = readLoginParams(this.#visit.instance.settings, options.authorizationParams);
    await this.begin({
      returnTo: safeReturnTo(this.#visit.instance.settings, options.returnTo) ?? returnAddressOf(this.#visit),
      params,
    });
  }

  async logout(options: LogoutOptions = {}): Promise<void> {
    requireObject("logout()", options);
    const { settings } = this.#visit.instance;
    const location = await endLogin(this.#visit, safeReturnTo(settings, options.returnTo) ?? homeOf(settings));
    this.#login.forget();
    if (!this.#visit.res.headersSent) leave(this.#visit, location);
  }
}

/** What `console.log` shows. */
Object.defineProperty(RequestContext.prototype, inspect.custom, {
  value(this: RequestContext) {
    return { user: this.user };
  },
});
