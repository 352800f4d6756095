/** @module A client for programs without a web app. */
import type { ClientOptions } from "../options.js";
import { createProvider } from "../provider/provider.js";
import { readClientSettings } from "../settings/read-client-settings.js";
import type { Client } from "./client.js";
import { createClientOf } from "./client-of.js";

/**
 * A client of a provider for programs without a web app: scripts, jobs, services that call others. A web app has one already, as `client` of
 * what `auth()` returns.
 *
 * The provider is not contacted before it is needed.
 *
 * @param options - what is left out is read from the environment, see {@link ClientOptions}.
 * @throws {OptionsError} with every problem at once.
 * @example
 * const client = createClient({ issuer: "https://id.example.com", clientId: "nightly", clientSecret: "..." });
 * const { accessToken } = await client.clientCredentials({ scope: "reports:read" });
 */
export function createClient(options: ClientOptions = {}): Client {
  const settings = readClientSettings(options, process.env);
  return createClientOf(settings, createProvider(settings));
}
