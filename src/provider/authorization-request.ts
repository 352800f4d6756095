/** @module How an authorization request reaches the provider: in the browser's address, pushed before (RFC 9126), signed (RFC 9101). */
import {
  buildAuthorizationUrl,
  buildAuthorizationUrlWithJAR,
  buildAuthorizationUrlWithPAR,
  type ModifyAssertionFunction,
  modifyAssertion,
} from "openid-client";
import { OptionsError, ProviderError } from "../errors.js";
import type { ClientSettings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import { explainFailure } from "./failures.js";
import { createSigner } from "./signing-key.js";

/** Claims of a signed request that are no parameters (RFC 9101 §4). */
const OF_THE_JWT: ReadonlySet<string> = new Set(["iss", "aud", "exp", "nbf", "iat", "jti"]);

/**
 * The URL that the browser is sent to. What was pushed is used for this one login, at once, so that its life does not matter.
 *
 * @throws {OptionsError} when the options forbid what the provider demands.
 * @throws {ProviderError} when the provider can't take a pushed request, or refuses this one.
 */
export async function sendableUrl(
  settings: ClientSettings,
  provider: Discovered,
  params: URLSearchParams,
): Promise<string> {
  const { config, metadata } = provider;
  const isSigned = decide("jar", settings, metadata.require_signed_request_object);
  const isPushed = decide("par", settings, metadata.require_pushed_authorization_requests);
  const url = isSigned ? await signedUrl(settings, provider, params) : undefined;
  if (!isPushed) return (url ?? buildAuthorizationUrl(config, params)).href;
  if (metadata.pushed_authorization_request_endpoint === undefined) {
    throw new ProviderError(
      "OIDC_PROVIDER_RESPONSE_INVALID",
      `The provider ${settings.issuerName} names no pushed_authorization_request_endpoint, so no request can be pushed to it. Leave the option par out, or give the endpoint in the metadata of the option issuer.`,
    );
  }
  try {
    const pushed = url === undefined ? params : onlyRequest(url);
    return (await buildAuthorizationUrlWithPAR(config, pushed)).href;
  } catch (cause) {
    throw await explainFailure(cause, "the pushed authorization request", settings.issuerName);
  }
}

/** The signed request alone: openid-client adds the endpoint's own query, and `client_id`, once more. */
function onlyRequest({ searchParams }: URL): URLSearchParams {
  return new URLSearchParams({ request: searchParams.get("request") ?? "" });
}

/** What the options say; where they say nothing, what the provider demands. */
function decide(name: "par" | "jar", settings: ClientSettings, isDemanded: boolean | undefined): boolean {
  const chosen = settings[name] ?? isDemanded === true;
  if (isDemanded !== true || chosen) return chosen;
  const what = name === "par" ? "pushed to it first" : "signed";
  throw new OptionsError([
    `${name}: is false, but the provider ${settings.issuerName} demands that authorization requests are ${what}; leave it out`,
  ]);
}

/** The request as one signed text (RFC 9101 §5): only `client_id` stands beside it. */
async function signedUrl(
  settings: ClientSettings,
  { config, metadata }: Discovered,
  params: URLSearchParams,
): Promise<URL> {
  if (settings.jarKey === undefined) {
    throw new OptionsError([
      `clientKey: is needed, for the provider ${settings.issuerName} demands that authorization requests are signed`,
    ]);
  }
  const sign = createSigner(settings.jarKey);
  const { key, alg } = await sign(metadata.request_object_signing_alg_values_supported);
  const complete: ModifyAssertionFunction = (header, claims) => {
    header["alg"] = alg;
    // openid-client keeps only the last of several values
    const repeated = [...new Set(params.keys())].filter((name) => params.getAll(name).length > 1);
    for (const name of repeated.filter((one) => !OF_THE_JWT.has(one))) claims[name] = params.getAll(name);
  };
  return buildAuthorizationUrlWithJAR(config, params, key, { [modifyAssertion]: complete });
}
