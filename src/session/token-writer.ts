/** @module Writes what a renewal was granted, also where the store takes it late only: the refresh token before it is spent. */
import { setTimeout as pause } from "node:timers/promises";
import { OidcError, SessionError, StateError } from "../errors.js";
import type { Provider } from "../provider/provider.js";
import { grantOf } from "../provider/token-status.js";
import type { Settings } from "../settings/settings.js";
import type { Held } from "../state/lock.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import type { Login } from "./record.js";
import type { Records } from "./records.js";
import type { Backing } from "./store.js";

/** How often, and for how long, tokens are written again that a store would not take, in milliseconds. */
const AGAIN = { everyMs: 200, forMs: 30_000 };

/** Writes the tokens of renewals. */
export interface TokenWriter {
  /**
   * Writes a renewed login. Where the store can't take it now, that is tried again behind the request, and the lock is kept meanwhile: another
   * process would use the spent refresh token.
   *
   * @param spent - the refresh token that the new ones were granted for.
   * @throws {StateError} when the store is away.
   * @throws {SessionError} when the login has ended meanwhile.
   */
  write(backing: Backing, renewal: { readonly renewed: Login; readonly spent: string }, held: Held): Promise<Login>;
  /** Why the new tokens of a login are not written yet, if there are any. */
  failureOf(handle: string): StateError | undefined;
  /** Resolves when nothing waits to be written any more. */
  settled(): Promise<void>;
}

async function isSettled(tryAgain: () => Promise<void>): Promise<boolean> {
  await pause(AGAIN.everyMs, undefined, { ref: false });
  try {
    await tryAgain();
    return true;
  } catch (error) {
    if (error instanceof StateError) return false;
    throw error;
  }
}

/** Creates the writer of one instance. `onWritten` hears of every login whose tokens are in the store. */
export function createTokenWriter(
  { revokeOnLogout }: Settings,
  { provider, records }: { readonly provider: Provider; readonly records: Records },
  onWritten: (handle: string) => void,
): TokenWriter {
  const flight = new SingleFlight<void>();
  const failures = new Map<string, StateError>();

  async function write(backing: Backing, renewed: Login): Promise<Login> {
    try {
      const stored = await records.write(backing, renewed);
      onWritten(renewed.handle);
      return records.open(renewed.handle, stored) ?? renewed;
    } catch (error) {
      // ended while the provider was asked: what it has granted meanwhile is nobody's
      if (error instanceof SessionError && revokeOnLogout)
        void flight.run(`end ${renewed.handle}`, () => revoke(renewed));
      throw error;
    }
  }

  async function revoke({ tokens }: Login): Promise<void> {
    await provider
      .revoke(grantOf(tokens))
      .catch(() => trace("renewal: the tokens of a login that has ended could not be revoked"));
  }

  async function writeLater(tryAgain: () => Promise<void>, handle: string, failure: StateError): Promise<void> {
    const untilMs = performance.now() + AGAIN.forMs;
    failures.set(handle, failure);
    try {
      while (!(await isSettled(tryAgain)) && performance.now() < untilMs);
    } catch (error) {
      trace("renewal: granted tokens were not written: %s", error instanceof OidcError ? error.code : "unknown");
    } finally {
      failures.delete(handle);
    }
  }

  /** The store may have taken them after all; and once the lock is over, another process may have had newer ones. */
  async function writeIfMissing(backing: Backing, renewed: Login, spent: string): Promise<void> {
    const stored = await records.read(backing, renewed.handle);
    const login = stored && records.open(renewed.handle, stored);
    if (login?.tokens.refreshToken === spent) await write(backing, renewed);
  }

  return {
    async write(backing, { renewed, spent }, held) {
      const { handle } = renewed;
      try {
        return await write(backing, renewed);
      } catch (error) {
        if (error instanceof StateError) {
          const tryAgain = () => writeIfMissing(backing, renewed, spent);
          held.until(flight.run(handle, () => writeLater(tryAgain, handle, error)));
        }
        throw error;
      }
    },
    failureOf: (handle) => failures.get(handle),
    settled: () => flight.settled(),
  };
}
