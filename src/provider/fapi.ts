/** @module What the profile `fapi2` demands of a provider. */
import type { ServerMetadata } from "openid-client";
import { ProviderError } from "../errors.js";
import type { ProviderSettings } from "../settings/settings.js";

/**
 * The metadata of a provider, with what the profile demands whether it is listed or not: `iss` in every login answer (RFC 9207).
 * @throws {ProviderError} when the provider does not bind tokens to certificates, where they must be bound to one (RFC 8705 §3.3).
 */
export function meetingProfile(
  { profile, issuerName, certificateBoundTokens }: ProviderSettings,
  metadata: Readonly<ServerMetadata>,
): Readonly<ServerMetadata> {
  if (profile === undefined) return metadata;
  if (certificateBoundTokens && metadata.tls_client_certificate_bound_access_tokens !== true) {
    throw new ProviderError(
      "OIDC_PROVIDER_RESPONSE_INVALID",
      `The provider ${issuerName} does not say that it binds tokens to certificates (tls_client_certificate_bound_access_tokens), and the profile fapi2 does not take others. Turn that on there, or bind tokens with dpop: true.`,
    );
  }
  return { ...metadata, authorization_response_iss_parameter_supported: true };
}
