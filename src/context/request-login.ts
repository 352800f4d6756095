/** @module The login of one request: opened when first asked for, read again, renewed, forgotten. */
import { OidcError, SessionError } from "../errors.js";
import { isDue, isExpired } from "../provider/expiry.js";
import type { AccessGrant } from "../provider/tokens.js";
import { type OtherWanted, otherTokenIn } from "../session/needs.js";
import type { Login, StoredLogin } from "../session/record.js";
import type { Visit } from "../session/visit.js";
import type { TokenTarget } from "../settings/read-target.js";
import { requireAccessToken, requireOther, requireRenewable, tokenExpired } from "./tokens.js";

/** The login of one request. */
export class RequestLogin {
  readonly #visit: Visit;
  #handle = "";
  #stored: StoredLogin | undefined;
  #login: Login | undefined;

  constructor(visit: Visit) {
    this.#visit = visit;
  }

  /** The name of its record. */
  get handle(): string {
    return this.#handle;
  }

  /** Takes the login that the session names. */
  recall(handle: string, stored: StoredLogin): void {
    this.#handle = handle;
    this.#stored = stored;
  }

  /** The login, opened when first asked for. */
  current(): Login | undefined {
    if (this.#login !== undefined || this.#stored === undefined) return this.#login;
    this.#login = this.#visit.instance.records.open(this.#handle, this.#stored);
    this.#stored = undefined;
    return this.#login;
  }

  /** Nobody is signed in any more. */
  forget(): void {
    this.#login = undefined;
    this.#stored = undefined;
  }

  /**
   * The login as it is now, which may have been renewed or ended since the request began.
   * @throws {SessionError} when nobody is signed in, or the login has ended.
   */
  async reread(): Promise<Login> {
    if (this.current() === undefined)
      throw new SessionError("OIDC_SESSION_MISSING", "Nobody is signed in. Guard this route with requireAuth().");
    const { records, carrier } = this.#visit.instance;
    const stored = await records.read(carrier.backing(this.#visit.req), this.#handle);
    this.#login = stored && records.open(this.#handle, stored);
    if (this.#login === undefined)
      throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
    return this.#login;
  }

  /** Renews its tokens, or gets one for something else. A grant that the provider refuses leaves nobody signed in. */
  async renew(login: Login, other?: OtherWanted): Promise<Login> {
    const { renewal, carrier } = this.#visit.instance;
    const backing = carrier.backing(this.#visit.req);
    try {
      this.#login = await (other === undefined ? renewal.renew(backing, login) : renewal.obtain(backing, login, other));
      return this.#login;
    } catch (error) {
      if (error instanceof SessionError) this.forget();
      throw error;
    }
  }

  /** An access token that is good, with its terms: the login's own, or that for something else. */
  access(target?: TokenTarget): Promise<AccessGrant> {
    return target === undefined ? this.ownAccess() : this.otherAccess({ target, isForced: false });
  }

  /** The login's own. While the one that is there is, an outage is nobody's business. */
  async ownAccess(): Promise<AccessGrant> {
    const { renewal } = this.#visit.instance;
    const login = await this.reread();
    const tokens = requireAccessToken(login);
    if (!renewal.isDue(login)) return tokens;
    if (tokens.refreshToken === undefined) {
      if (renewal.isExpired(login)) throw tokenExpired(this.#visit);
      return tokens;
    }
    try {
      return requireAccessToken(await this.renew(login));
    } catch (error) {
      if (!isOutage(error) || renewal.isExpired(login)) throw error;
      return tokens;
    }
  }

  /** The same for something else. */
  async otherAccess(wanted: OtherWanted): Promise<AccessGrant> {
    const { settings } = this.#visit.instance;
    const login = await this.reread();
    const held = otherTokenIn(login, wanted.target.key);
    if (held !== undefined && !wanted.isForced && !isDue(held, settings)) return held;
    requireRenewable(login);
    try {
      return requireOther(await this.renew(login, wanted), wanted);
    } catch (error) {
      if (held === undefined || wanted.isForced || !isOutage(error) || isExpired(held, settings)) throw error;
      return held;
    }
  }
}

/** Whether something else than the login is in the way. */
function isOutage(error: unknown): boolean {
  return error instanceof OidcError && !(error instanceof SessionError);
}
