/** @module Renewal: an access token that is due becomes a new one, with one grant however many requests want it. */
import { setTimeout as pause } from "node:timers/promises";
import { OidcError, type OidcErrorCode, SessionError } from "../errors.js";
import { publish, type RenewalEnded } from "../events.js";
import type { Provider } from "../provider/provider.js";
import type { Tokens } from "../provider/tokens.js";
import type { Settings } from "../settings/settings.js";
import { type Held, type LockTerms, withLock } from "../state/lock.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import { isDue, isExpired } from "./expiry.js";
import { createGrants, type RenewableLogin } from "./grants.js";
import { createLogin, hashOf, type Login } from "./record.js";
import type { Records } from "./records.js";
import type { Backing } from "./store.js";
import { createTokenWriter } from "./token-writer.js";

/** How long a process waits for another one's renewal at least, in seconds. */
const LOCK_WAIT = 10;

/** How much longer than one request to the provider the lock is held, in seconds. */
const LOCK_MARGIN = 3;

/** The pauses before the record is read again after a refused grant, in milliseconds: the other process may still be writing it. */
const REREAD_MS = [0, 100, 250, 500];

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

/** A login after a renewal, and whether its new tokens were granted to us; else another process has had them. */
interface Renewed {
  readonly login: Login;
  readonly isOurs: boolean;
}

/** Creates the renewal of one instance. */
export function createRenewal(settings: Settings, provider: Provider, records: Records): Renewal {
  const flight = new SingleFlight<Renewed>();
  const grants = createGrants(settings, provider);
  const writer = createTokenWriter(settings, { provider, records }, (handle) => grants.forget(handle));

  async function renewLocked(backing: Backing, seen: Login, held: Held): Promise<Renewed> {
    const login = await current(records, backing, seen.handle);
    if (login.tokens.accessToken !== seen.tokens.accessToken) return { login, isOurs: false };
    return isRenewable(login) ? grantAndWrite(backing, login, held) : { login, isOurs: false };
  }

  async function grantAndWrite(backing: Backing, login: RenewableLogin, held: Held): Promise<Renewed> {
    const tokens = await grants.ask(login).catch((error: unknown) => recover(backing, login, error));
    if ("isOurs" in tokens) return tokens;
    const renewed = createLogin({ ...login, tokens, userinfo: await currentUserinfo(provider, login, tokens) });
    const spent = login.tokens.refreshToken;
    return { login: await writer.write(backing, { renewed, spent }, held), isOurs: true };
  }

  /**
   * A refused grant ends the login, unless another process has used the refresh token a moment before us: then its tokens serve, as soon
   * as it has written them. In a single process that can't be; under a shared lock it can, when the state has lost it.
   */
  async function recover(backing: Backing, login: Login, error: unknown): Promise<Renewed> {
    if (!(error instanceof SessionError)) throw error;
    grants.forget(login.handle);
    for (const pauseMs of backing.isAlone ? [0] : REREAD_MS) {
      await pause(pauseMs, undefined, { ref: false });
      const latest = await current(records, backing, login.handle);
      if (latest.tokens.refreshToken !== login.tokens.refreshToken) return { login: latest, isOurs: false };
    }
    trace("renewal: the provider has ended this login");
    await records.end(backing, { handle: login.handle, person: hashOf(login.user.iss, login.user.sub) });
    throw error;
  }

  return {
    isDue: (login) => isDue(login.tokens, settings),
    isExpired: (login) => isExpired(login.tokens, settings),
    async renew(backing, seen) {
      const tell = teller(settings, seen);
      let joined = true;
      try {
        const { login, isOurs } = await flight.run(seen.handle, async () => {
          joined = false;
          const failure = writer.failureOf(seen.handle);
          if (failure !== undefined) throw failure;
          // found before the lock is taken, which is held for one request only
          await provider.find();
          return withLock(settings.state, lockFor(seen, settings), (held) => renewLocked(backing, seen, held));
        });
        tell(joined ? "shared" : isOurs ? "done" : "replayed");
        return login;
      } catch (error) {
        tell("failed", error instanceof OidcError ? error.code : undefined);
        if (error instanceof SessionError) grants.forget(seen.handle);
        throw error;
      }
    },
    async settled() {
      await flight.settled();
      await writer.settled();
    },
  };
}

async function current(records: Records, backing: Backing, handle: string): Promise<Login> {
  const stored = await records.read(backing, handle);
  const login = stored && records.open(handle, stored);
  if (login === undefined)
    throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
  return login;
}

function lockFor({ handle }: Login, { httpTimeout, userinfo }: Settings): LockTerms {
  const life = httpTimeout * (userinfo ? 2 : 1) + LOCK_MARGIN;
  return { key: `renew-${handle}`, what: "renewing this login", life, wait: Math.max(LOCK_WAIT, life + 1) };
}

/** Tells how a renewal ended, from the point of view of one request. */
function teller({ issuerName: issuer, clientId }: Settings, { user: { sub } }: Login) {
  const startedMs = performance.now();
  return (outcome: RenewalEnded["outcome"], code?: OidcErrorCode): void => {
    trace("renewal: %s%s", outcome, code === undefined ? "" : `, ${code}`);
    publish("renewal", { issuer, clientId, sub, outcome, code, seconds: (performance.now() - startedMs) / 1000 });
  };
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
