/** @module Where GenAuth's endpoints are, below the host of an app. */
import type { ProviderMetadata } from "../options.js";

/** The two protocols of an app at GenAuth that log people in by redirects, by its own names. */
export type GenauthProtocol = "oidc" | "oauth";

/** What is known of GenAuth, so that nothing need be asked before a login. */
export function metadataOf(protocol: GenauthProtocol, appHost: string, issuer?: string): ProviderMetadata {
  const at = `${appHost}/${protocol}`;
  const both = {
    issuer: issuer ?? at,
    authorization_endpoint: `${at}/auth`,
    token_endpoint: `${at}/token`,
    userinfo_endpoint: `${at}/me`,
    introspection_endpoint: `${at}/token/introspection`,
    revocation_endpoint: `${at}/token/revocation`,
    token_endpoint_auth_methods_supported: ["client_secret_post"],
  };
  if (protocol === "oauth") return both;
  return { ...both, jwks_uri: `${at}/.well-known/jwks.json`, end_session_endpoint: `${at}/session/end` };
}

/** GenAuth's easy logout, which knows of no ID token. */
export function easyLogoutUrl(appHost: string, returnTo: string | undefined): string {
  const query = returnTo === undefined ? "" : `?redirect_uri=${encodeURIComponent(returnTo)}`;
  return `${appHost}/login/profile/logout${query}`;
}
