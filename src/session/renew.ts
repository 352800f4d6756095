/** @module Renewal: an access token that is due becomes a new one, with one grant however many requests want it. */
import { setTimeout as pause } from "node:timers/promises";
import { OidcError, type OidcErrorCode, SessionError } from "../errors.js";
import { publish, type RenewalEnded } from "../events.js";
import { isDue, isExpired } from "../provider/expiry.js";
import type { Provider } from "../provider/provider.js";
import type { Settings } from "../settings/settings.js";
import { InTurn } from "../state/in-turn.js";
import { type Held, type LockTerms, withLock } from "../state/lock.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import { createGrants } from "./grants.js";
import { type Need, type OtherWanted, otherToken, ownTokens, type RenewableLogin } from "./needs.js";
import { hashOf, type Login } from "./record.js";
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
  /**
   * Gets a login another access token. One refresh at a time: that of the login itself and those for others take turns, each with the
   * newest refresh token.
   *
   * @throws as {@link Renewal.renew}
   */
  obtain(backing: Backing, seen: Login, wanted: OtherWanted): Promise<Login>;
  /** Resolves when no renewal is under way any more. */
  settled(): Promise<void>;
}

/** A renewal under its lock. */
interface Work {
  readonly backing: Backing;
  readonly need: Need;
  readonly held: Held;
}

/** A login after a renewal, and whether its new tokens were granted to us; else another process has had them. */
interface Renewed {
  readonly login: Login;
  readonly isOurs: boolean;
}

/** Creates the renewal of one instance. */
export function createRenewal(settings: Settings, provider: Provider, records: Records): Renewal {
  const flight = new SingleFlight<Renewed>();
  const turns = new InTurn();
  const grants = createGrants(settings);
  const writer = createTokenWriter(settings, { provider, records }, (handle) => grants.forget(handle));

  /** One round; undefined when the refresh token was replaced for another need, so that another round is due. */
  async function round({ backing, need, held }: Work, login: RenewableLogin): Promise<Renewed | undefined> {
    const spent = login.tokens.refreshToken;
    const kept = grants.unwritten(login);
    const granted =
      kept ?? (await grants.ask(login, need).catch((error: unknown) => recover(records, { backing, login, error })));
    if (granted === undefined) return undefined;
    const renewed = await writer.write(backing, { renewed: granted(login), spent }, held);
    return kept === undefined || need.isMet(renewed) ? { login: renewed, isOurs: true } : undefined;
  }

  async function renewLocked(work: Work, handle: string): Promise<Renewed> {
    for (;;) {
      const login = await current(records, work.backing, handle);
      if (work.need.isMet(login) || !isRenewable(login)) return { login, isOurs: false };
      const renewed = await round(work, login);
      if (renewed !== undefined) return renewed;
    }
  }

  async function renewInTurn(backing: Backing, seen: Login, need: Need): Promise<Renewed> {
    const failure = writer.failureOf(seen.handle);
    if (failure !== undefined) throw failure;
    // found before the lock is taken, which is held for one request only
    await provider.find();
    return withLock(settings.state, lockFor(seen, settings), (held) =>
      renewLocked({ backing, need, held }, seen.handle),
    );
  }

  async function renewFor(backing: Backing, seen: Login, need: Need): Promise<Login> {
    const { handle } = seen;
    const tell = teller(settings, seen);
    let joined = true;
    try {
      const { login, isOurs } = await flight.run(`${handle} ${need.flight}`, () => {
        joined = false;
        return turns.run(handle, () => renewInTurn(backing, seen, need));
      });
      tell(joined ? "shared" : isOurs ? "done" : "replayed");
      return login;
    } catch (error) {
      tell("failed", error instanceof OidcError ? error.code : undefined);
      if (error instanceof SessionError) grants.forget(handle);
      throw error;
    }
  }

  return {
    isDue: (login) => isDue(login.tokens, settings),
    isExpired: (login) => isExpired(login.tokens, settings),
    renew: (backing, seen) => renewFor(backing, seen, ownTokens(provider, seen)),
    obtain: (backing, seen, wanted) => renewFor(backing, seen, otherToken({ provider, settings }, seen, wanted)),
    async settled() {
      await flight.settled();
      await writer.settled();
    },
  };
}

/**
 * A refused grant ends the login, unless another process has used the refresh token a moment before us: then what it has got serves, as soon
 * as it is written. In a single process that can't be; under a shared lock it can, when the state has lost it.
 */
async function recover(
  records: Records,
  { backing, login, error }: { readonly backing: Backing; readonly login: Login; readonly error: unknown },
): Promise<undefined> {
  if (!(error instanceof SessionError)) throw error;
  for (const pauseMs of backing.isAlone ? [0] : REREAD_MS) {
    await pause(pauseMs, undefined, { ref: false });
    const latest = await current(records, backing, login.handle);
    if (latest.tokens.refreshToken !== login.tokens.refreshToken) return undefined;
  }
  trace("renewal: the provider has ended this login");
  await records.end(backing, { handle: login.handle, person: hashOf(login.user.iss, login.user.sub) });
  throw error;
}

async function current(records: Records, backing: Backing, handle: string): Promise<Login> {
  const stored = await records.read(backing, handle);
  const login = stored && records.open(handle, stored);
  if (login === undefined)
    throw new SessionError("OIDC_SESSION_ENDED", "This login has ended meanwhile. Log in again.");
  return login;
}

function lockFor({ handle }: Login, { httpTimeout, userinfo, dpopAlgs }: Settings): LockTerms {
  // a request whose proof lacks the server's nonce is made twice
  const requests = (userinfo ? 2 : 1) * (dpopAlgs === undefined ? 1 : 2);
  const life = httpTimeout * requests + LOCK_MARGIN;
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
