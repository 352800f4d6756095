/** @module The context of one request. Tokens stay behind private fields: logging or serialising it shows the user only. */
import { inspect } from "node:util";
import { OidcError, ProviderError, SessionError, StateError } from "../errors.js";
import { wantsPage } from "../http/who-asks.js";
import type { AuthorizationDetail, Claims } from "../options.js";
import type { Introspection } from "../provider/introspection.js";
import { grantOf, type OwnToken } from "../provider/token-status.js";
import { beginLogin, type LoginRequest } from "../session/begin-login.js";
import { endLogin } from "../session/end-login.js";
import { loginIdOf } from "../session/end-others.js";
import { leave } from "../session/leave.js";
import { LANDED } from "../session/notes.js";
import type { Login, StoredLogin } from "../session/record.js";
import { homeOf, loginUrlOf, returnAddressOf, safeReturnTo } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";
import { Problems } from "../settings/problems.js";
import { authorizationPairs, checkParams } from "../settings/read-client.js";
import { trace } from "../trace.js";
import type { LoginOptions, LogoutOptions, OidcContext } from "./oidc-context.js";

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
  #handle: string;
  #stored: StoredLogin | undefined;
  #login: Login | undefined;

  constructor(visit: Visit, handle = "", stored?: StoredLogin) {
    this.#visit = visit;
    this.#handle = handle;
    this.#stored = stored;
    Object.defineProperty(this, "user", USER);
  }

  /** Gives the context the login that the session names. */
  recall(handle: string, stored: StoredLogin): void {
    this.#handle = handle;
    this.#stored = stored;
  }

  /** The request on its way through its instance. */
  visit(): Visit {
    return this.#visit;
  }

  /** The login, opened when first asked for. */
  current(): Login | undefined {
    if (this.#login !== undefined || this.#stored === undefined) return this.#login;
    this.#login = this.#visit.instance.records.open(this.#handle, this.#stored);
    this.#stored = undefined;
    return this.#login;
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
      await this.#renew(login);
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
    return this.current()?.tokens.claims;
  }

  get loginId(): string | undefined {
    return this.current() === undefined ? undefined : loginIdOf(this.#handle);
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

  async getAccessToken(): Promise<string> {
    const { renewal } = this.#visit.instance;
    const login = await this.#reread();
    const { accessToken, refreshToken } = login.tokens;
    if (!renewal.isDue(login)) return accessToken;
    if (refreshToken === undefined) {
      if (renewal.isExpired(login)) throw this.#tokenExpired();
      return accessToken;
    }
    try {
      return (await this.#renew(login)).tokens.accessToken;
    } catch (error) {
      // while the old token is good, an outage is nobody's business
      if (!(error instanceof OidcError) || error instanceof SessionError || renewal.isExpired(login)) throw error;
      return accessToken;
    }
  }

  async refresh(): Promise<string> {
    const login = await this.#reread();
    if (login.tokens.refreshToken === undefined) {
      throw new SessionError(
        "OIDC_TOKEN_EXPIRED",
        "There is no refresh token, so the access token can't be renewed (scope offline_access asks for one). Log in again.",
      );
    }
    return (await this.#renew(login)).tokens.accessToken;
  }

  async userinfo(): Promise<Claims> {
    const accessToken = await this.getAccessToken();
    return this.#visit.instance.provider.userinfo({ accessToken, sub: this.current()?.user.sub ?? "" });
  }

  async introspect(kind: OwnToken["kind"] = "access_token"): Promise<Introspection> {
    return this.#visit.instance.provider.introspect(ownToken(await this.#reread(), kind));
  }

  async revoke(kind?: OwnToken["kind"]): Promise<void> {
    const login = await this.#reread();
    await this.#visit.instance.provider.revoke(kind === undefined ? grantOf(login.tokens) : ownToken(login, kind));
  }

  async login(options: LoginOptions = {}): Promise<void> {
    const problems = new Problems();
    checkParams(problems, options.authorizationParams ?? {});
    problems.throwIfAny();
    await this.begin({
      returnTo: safeReturnTo(this.#visit.instance.settings, options.returnTo) ?? returnAddressOf(this.#visit),
      params: authorizationPairs(options.authorizationParams ?? {}),
    });
  }

  async logout(options: LogoutOptions = {}): Promise<void> {
    const { settings } = this.#visit.instance;
    const location = await endLogin(this.#visit, safeReturnTo(settings, options.returnTo) ?? homeOf(settings));
    this.#forget();
    if (!this.#visit.res.headersSent) leave(this.#visit, location);
  }

  #forget(): void {
    this.#login = undefined;
    this.#stored = undefined;
  }

  /** The login as it is now, which may have been renewed or ended since the request began. */
  async #reread(): Promise<Login> {
    if (this.current() === undefined)
      throw new SessionError("OIDC_SESSION_MISSING", "Nobody is signed in. Guard this route with requireAuth().");
    const { records, carrier } = this.#visit.instance;
    const stored = await records.read(carrier.backing(this.#visit.req), this.#handle);
    this.#login = stored && records.open(this.#handle, stored);
    if (this.#login === undefined)
      throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
    return this.#login;
  }

  async #renew(login: Login): Promise<Login> {
    const { renewal, carrier } = this.#visit.instance;
    try {
      this.#login = await renewal.renew(carrier.backing(this.#visit.req), login);
      return this.#login;
    } catch (error) {
      if (error instanceof SessionError) this.#forget();
      throw error;
    }
  }

  /** A page that needs a token and can't have one logs in again by itself: default error handlers send the header along. */
  #tokenExpired(): SessionError {
    const { instance, req } = this.#visit;
    const url = loginUrlOf(instance.settings, returnAddressOf(this.#visit));
    const mayRetry =
      url !== undefined && req.method === "GET" && wantsPage(req) && instance.cookies.get(req, LANDED) === undefined;
    return new SessionError(
      "OIDC_TOKEN_EXPIRED",
      "The access token has expired and there is no refresh token (scope offline_access asks for one). Log in again.",
      mayRetry ? { headers: { Refresh: `0; url=${url}` } } : {},
    );
  }
}

function ownToken({ tokens }: Login, kind: OwnToken["kind"]): OwnToken {
  const token = kind === "access_token" ? tokens.accessToken : tokens.refreshToken;
  if (token !== undefined) return { token, kind };
  throw new SessionError("OIDC_TOKEN_EXPIRED", "This login has no refresh token (scope offline_access asks for one).");
}

/** What `console.log` shows. */
Object.defineProperty(RequestContext.prototype, inspect.custom, {
  value(this: RequestContext) {
    return { user: this.user };
  },
});
