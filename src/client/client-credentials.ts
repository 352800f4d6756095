/** @module Tokens for this program itself: kept until shortly before they expire, asked for once however many want them. */
import { OptionsError, ProviderError } from "../errors.js";
import { isDue, isExpired } from "../provider/expiry.js";
import type { Provider } from "../provider/provider.js";
import type { TokenSet } from "../provider/token-set.js";
import { readTarget } from "../settings/read-target.js";
import type { ClientSettings } from "../settings/settings.js";
import { BoundedMap } from "../state/bounded-map.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import type { Client, ClientCredentialsRequest } from "./client.js";
import { type Pair, withMore } from "./pairs.js";

/** How many tokens are kept; the one that was issued longest ago goes first. */
const MOST_KEPT = 1000;

/** How long a provider that could not renew a token is left alone while that one is good. Seconds. */
const PAUSE = 5;

/** The part of a client that gets tokens for itself. */
export function clientCredentialsOf(settings: ClientSettings, provider: Provider): Client["clientCredentials"] {
  const kept = new BoundedMap<TokenSet>(MOST_KEPT);
  const flight = new SingleFlight<TokenSet>();
  const triedAgainAt = new BoundedMap<number>(MOST_KEPT);

  async function ask(key: string, params: readonly Pair[]): Promise<TokenSet> {
    const step = "the client credentials request";
    const tokens = await provider.grant({ grantType: "client_credentials", params, step });
    if (tokens.expiresAt !== undefined) kept.set(key, tokens);
    return tokens;
  }

  return async (request = {}) => {
    requireConfidential(settings);
    const { key, params } = read(request);
    // whoever wants a new one has found that this one is not good
    if (request.force === true) kept.delete(key);
    const held = kept.get(key);
    if (held === undefined || isExpired(held, settings)) return flight.run(key, () => ask(key, params));
    if (!isDue(held, settings) || settings.now() < (triedAgainAt.get(key) ?? 0)) return held;
    try {
      return await flight.run(key, () => ask(key, params));
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      triedAgainAt.set(key, settings.now() + PAUSE);
      trace("client credentials: a token could not be renewed and serves as long as it is good: %s", error.code);
      return held;
    }
  };
}

/** A client that can't prove who it is would get tokens for anybody who knows its id (OAuth 2.0 §4.4). */
function requireConfidential({ clientAuth }: ClientSettings): void {
  if (clientAuth !== "none") return;
  throw new OptionsError([
    "clientSecret: is needed for clientCredentials(), which is for clients that can prove who they are; register this program as a confidential one",
  ]);
}

function read(request: ClientCredentialsRequest): { readonly key: string; readonly params: readonly Pair[] } {
  const target = readTarget("clientCredentials()", request);
  const own = target?.params ?? [];
  const params = withMore("clientCredentials() params", own, request.params);
  const sorted = params
    .slice(own.length)
    .map((pair) => JSON.stringify(pair))
    .sort();
  return { key: JSON.stringify([target?.key, sorted]), params };
}
