/** @module Refresh grants: a provider in trouble is left alone for a while, and no answer of it is lost. */
import { ProviderError } from "../errors.js";
import type { Settings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import type { Granted, Need, RenewableLogin } from "./needs.js";
import { createPauses } from "./pauses.js";
import type { Login } from "./record.js";

/** How many answers wait in memory for a session store that is away. */
const MOST_UNWRITTEN = 10_000;

/** The refresh grants of one instance. */
export interface Grants {
  /**
   * What was granted to a login before and could not be written. It comes first, whatever is needed now: the refresh token before it may be
   * spent.
   */
  unwritten(login: Login): Granted | undefined;
  /**
   * Asks the provider for what is needed.
   * @throws {ProviderError} in the pause after an outage at once, with the error of the outage.
   */
  ask(login: RenewableLogin, need: Need): Promise<Granted>;
  /** Forgets what has been granted to a login: it is written, or the login is over. */
  forget(handle: string): void;
}

/** Creates the grants of one instance. */
export function createGrants({ now }: Settings): Grants {
  const unwritten = new BoundedMap<{ readonly spent: string; readonly granted: Granted }>(MOST_UNWRITTEN);
  const pauses = createPauses(now);

  return {
    unwritten({ handle, tokens }) {
      const kept = unwritten.get(handle);
      return kept?.spent === tokens.refreshToken ? kept?.granted : undefined;
    },
    async ask(login, need) {
      const { handle, tokens } = login;
      const key = `${handle} ${need.key}`;
      pauses.check(key);
      try {
        const granted = await need.ask(login);
        pauses.answered();
        unwritten.set(handle, { spent: tokens.refreshToken, granted });
        return granted;
      } catch (error) {
        if (error instanceof ProviderError) pauses.failed(key, error);
        throw error;
      }
    },
    forget: (handle) => unwritten.delete(handle),
  };
}
