/** @module Renewal: an access token that is due becomes a new one, with one grant however many requests want it. */
import { OidcError, SessionError } from "../errors.js";
import type { Provider } from "../provider/provider.js";
import type { Tokens } from "../provider/tokens.js";
import type { Settings } from "../settings/settings.js";
import { withLock } from "../state/lock.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import { isDue, isExpired } from "./expiry.js";
import { createGrants, type RenewableLogin } from "./grants.js";
import { createLogin, type Login } from "./record.js";
import type { Records } from "./records.js";
import type { Backing } from "./store.js";

/** How long a process waits for another one's renewal, in seconds. */
const LOCK_WAIT = 10;

/** How much longer than one request to the provider the lock is held, in seconds. */
const LOCK_MARGIN = 3;

/** Renews the tokens of logins. */
export interface Renewal {
  /** Whether a login's access token has expired or is about to, so that it should be renewed. */
  isDue(login: Login): boolean;
  /** Whether a login's access token has expired. Never, where the provider does not say when. */
  isExpired(login: Login): boolean;
  /**
   * Renews a login. All who ask while it is under way get the same result; who comes late gets what has been renewed meanwhile.
   *
   * @throws {SessionError} when the login is over, which it then is for all.
   * @throws {ProviderError} in an outage, which changes nothing for the login.
   */
  renew(backing: Backing, seen: Login): Promise<Login>;
  /** Resolves when no renewal is under way any more. */
  settled(): Promise<void>;
}

/** Creates the renewal of one instance. */
export function createRenewal(settings: Settings, provider: Provider, records: Records): Renewal {
  const flight = new SingleFlight<Login>();
  const grants = createGrants(settings, provider);

  async function current(backing: Backing, handle: string): Promise<Login> {
    const stored = await records.read(backing, handle);
    const login = stored && records.open(handle, stored);
    if (login === undefined)
      throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
    return login;
  }

  async function renewLocked(backing: Backing, seen: Login): Promise<Login> {
    const login = await current(backing, seen.handle);
    if (login.tokens.accessToken !== seen.tokens.accessToken) {
      trace("renewal: another request has renewed this login already");
      return login;
    }
    return isRenewable(login) ? grantAndWrite(backing, login) : login;
  }

  async function grantAndWrite(backing: Backing, login: RenewableLogin): Promise<Login> {
    const tokens = await grants.ask(login).catch((error: unknown) => recover(backing, login, error));
    if ("handle" in tokens) return tokens;
    const renewed = createLogin({ ...login, tokens, userinfo: await currentUserinfo(provider, login, tokens) });
    const stored = await records.write(backing, renewed);
    grants.forget(login.handle);
    trace("renewal: done");
    return records.open(login.handle, stored) ?? renewed;
  }

  /** A refused grant ends the login, unless another process has used the refresh token a moment before us: then its tokens serve. */
  async function recover(backing: Backing, login: Login, error: unknown): Promise<Login> {
    if (!(error instanceof SessionError)) throw error;
    grants.forget(login.handle);
    const latest = await current(backing, login.handle);
    if (latest.tokens.refreshToken !== login.tokens.refreshToken) return latest;
    trace("renewal: the provider has ended this login");
    await records.end(backing, login.handle);
    throw error;
  }

  const renewal: Renewal = {
    isDue: (login) => isDue(login.tokens, settings),
    isExpired: (login) => isExpired(login.tokens, settings),
    async renew(backing, seen) {
      try {
        return await flight.run(seen.handle, async () => {
          // found before the lock is taken, which is held for one request only
          await provider.find();
          const terms = {
            key: `renew-${seen.handle}`,
            life: settings.httpTimeout * (settings.userinfo ? 2 : 1) + LOCK_MARGIN,
            wait: LOCK_WAIT,
          };
          return withLock(settings.state, terms, () => renewLocked(backing, seen));
        });
      } catch (error) {
        if (error instanceof OidcError) trace("renewal: failed with %s", error.code);
        if (error instanceof SessionError) grants.forget(seen.handle);
        throw error;
      }
    },
    settled: () => flight.settled(),
  };
  return renewal;
}

function isRenewable(login: Login): login is RenewableLogin {
  return login.tokens.refreshToken !== undefined;
}

/** Userinfo is as old as the tokens: what was taken away at the provider must not live on here. */
async function currentUserinfo(provider: Provider, { userinfo }: Login, tokens: Tokens): Promise<Login["userinfo"]> {
  const { accessToken, claims } = tokens;
  if (userinfo === undefined) return undefined;
  try {
    return await provider.userinfo({ accessToken, sub: claims.sub });
  } catch {
    trace("renewal: userinfo can't be had, so the ID token's claims go first");
    return Object.fromEntries(Object.entries(userinfo).filter(([name]) => !Object.hasOwn(claims, name)));
  }
}
