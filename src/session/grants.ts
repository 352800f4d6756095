/** @module Refresh grants, with a pause after an outage: a provider in trouble is not asked by every request. */
import { ProviderError } from "../errors.js";
import type { Provider } from "../provider/provider.js";
import type { Tokens } from "../provider/tokens.js";
import type { Settings } from "../settings/settings.js";

/** How long the provider is left alone after an outage, in seconds. */
const PAUSE = 5;

/** Tokens that can be renewed. */
export type RenewableTokens = Tokens & { readonly refreshToken: string };

/**
 * Creates the grants of one instance: a function that asks for new tokens.
 * During the pause it fails at once, with the error of the outage.
 */
export function createGrants({ now }: Settings, provider: Provider): (tokens: RenewableTokens) => Promise<Tokens> {
  let outage: { readonly error: ProviderError; readonly untilSeconds: number } | undefined;
  return async (tokens) => {
    if (outage !== undefined && now() < outage.untilSeconds) throw outage.error;
    try {
      const renewed = await provider.refresh(tokens);
      outage = undefined;
      return renewed;
    } catch (error) {
      outage = error instanceof ProviderError ? { error, untilSeconds: now() + PAUSE } : undefined;
      throw error;
    }
  };
}
