/** @module The key of one client object, which its tokens are bound to. */
import type { DpopKey } from "../provider/dpop-keys.js";
import type { Provider } from "../provider/provider.js";

/** A provider that is asked with one key. */
export interface KeyedProvider extends Provider {
  /** The key; undefined where the options bind no tokens. @throws {ProviderError} */
  ownKey(): Promise<DpopKey | undefined>;
}

/** The provider as one client object asks it: every token is bound to a key that is made when first needed, and lives as long as the client. */
export function withOwnKey(provider: Provider): KeyedProvider {
  let made: Promise<DpopKey | undefined> | undefined;

  function ownKey(): Promise<DpopKey | undefined> {
    made ??= provider.createKey().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  }

  return {
    ...provider,
    ownKey,
    exchange: async (exchange) => provider.exchange({ ...exchange, dpopKey: await ownKey() }),
    refreshLoose: async (request) => provider.refreshLoose({ ...request, dpopKey: await ownKey() }),
    grant: async (request) => provider.grant({ ...request, dpopKey: await ownKey() }),
    userinfo: async (who) => provider.userinfo({ ...who, dpopKey: await ownKey() }),
  };
}
