/**
 * A provider that speaks plain OAuth 2.0, and an app that uses it; both end with the test.
 * @module
 */
import type { AuthOptions, ProviderMetadata } from "express-oidc";
import { type ScriptedProvider, startScriptedProvider } from "./scripted-provider.js";
import { type ScriptedWorld, type ScriptedWorldOptions, startScriptedWorld } from "./scripted-world.js";

/** Starts the scripted provider without anything of OpenID Connect: no ID token, no keys. */
export async function startOAuth2Provider(): Promise<ScriptedProvider> {
  const provider = await startScriptedProvider();
  provider.script.tokens = { id_token: undefined };
  provider.script.discovery = "serverDiscovery";
  provider.script.renewedIdToken = false;
  provider.script.metadata = { jwks_uri: undefined, id_token_signing_alg_values_supported: undefined };
  return provider;
}

/** What an app writes down of a provider that publishes no metadata. */
export function metadataOf(
  { issuer }: ScriptedProvider,
  more: Readonly<Record<string, unknown>> = {},
): ProviderMetadata {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    ...more,
  };
}

/** Starts provider and app. The app holds the provider's metadata, unless its options name another issuer. */
export async function startOAuth2World(
  { options, ...rest }: ScriptedWorldOptions = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<ScriptedWorld> {
  const provider = rest.provider ?? (await startOAuth2Provider());
  const own: AuthOptions = { protocol: "oauth2", issuer: metadataOf(provider, more) };
  return startScriptedWorld({ ...rest, provider, options: { ...own, ...options } });
}
