/** @module Refresh grants: a provider in trouble is left alone for a while, and no answer of it is lost. */
import { ProviderError } from "../errors.js";
import type { Provider } from "../provider/provider.js";
import type { Tokens } from "../provider/tokens.js";
import type { Settings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import type { Login } from "./record.js";

/** How long the provider is left alone after an outage, in seconds. */
const PAUSE = 5;

/** How many answers wait in memory for a session store that is away. */
const MOST_UNWRITTEN = 10_000;

/** A login whose tokens can be renewed. */
export type RenewableLogin = Login & { readonly tokens: Tokens & { readonly refreshToken: string } };

/** The refresh grants of one instance. */
export interface Grants {
  /**
   * New tokens for a login. Those that were granted before and could not be written come first: the refresh token before them may be spent.
   * @throws {ProviderError} in the pause after an outage at once, with the error of the outage.
   */
  ask(login: RenewableLogin): Promise<Tokens>;
  /** Forgets what has been granted to a login: it is written, or the login is over. */
  forget(handle: string): void;
}

interface Failure {
  readonly error: ProviderError;
  readonly untilSeconds: number;
}

/** Creates the grants of one instance. */
export function createGrants({ now }: Settings, provider: Provider): Grants {
  const unwritten = new BoundedMap<{ readonly spent: string; readonly tokens: Tokens }>(MOST_UNWRITTEN);
  const failures = new BoundedMap<Failure>(MOST_UNWRITTEN);
  let outage: Failure | undefined;

  function pause(handle: string, error: ProviderError): void {
    const failure = { error, untilSeconds: now() + PAUSE };
    // an outage concerns everybody; a bad answer for one login is that login's affair
    if (error.retryable) outage = failure;
    else failures.set(handle, failure);
  }

  return {
    async ask({ handle, tokens }) {
      const kept = unwritten.get(handle);
      if (kept?.spent === tokens.refreshToken) return kept.tokens;
      for (const failure of [outage, failures.get(handle)]) {
        if (failure !== undefined && now() < failure.untilSeconds) throw failure.error;
      }
      try {
        const granted = await provider.refresh(tokens);
        outage = undefined;
        unwritten.set(handle, { spent: tokens.refreshToken, tokens: granted });
        return granted;
      } catch (error) {
        if (error instanceof ProviderError) pause(handle, error);
        throw error;
      }
    },
    forget(handle) {
      unwritten.delete(handle);
      failures.delete(handle);
    },
  };
}
