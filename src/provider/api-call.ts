/** @module A call of an API with an access token: as Bearer, or with a proof where the token is bound to a key (RFC 9449 §7). */
import {
  allowInsecureRequests,
  ClientError,
  Configuration,
  customFetch,
  fetchProtectedResource,
  WWWAuthenticateChallengeError,
} from "openid-client";
import type { ProviderSettings } from "../settings/settings.js";
import type { DpopKey, DpopKeys } from "./dpop-keys.js";
import { requireSendable } from "./sendable.js";

/** One call. */
export interface ApiCall {
  /** Checked: a token may be sent there. */
  readonly url: URL;
  /** As `fetch` takes it. */
  readonly init: RequestInit;
  readonly accessToken: string;
  /** The key that the token is bound to; without one it is sent as Bearer. */
  readonly dpopKey?: DpopKey | undefined;
}

/**
 * Calls an API, by the `fetch` of the options, so that it sees a certificate too. Where it wants a nonce in the proof, the call is made once
 * more, so the body is read into memory first. Redirects are not followed: the token is for this URL.
 *
 * @returns what the API answers, whatever it is.
 * @throws what `fetch` throws.
 */
export async function callApi(settings: ProviderSettings, dpop: DpopKeys, call: ApiCall): Promise<Response> {
  const { url, init, accessToken } = call;
  requireSendable(accessToken);
  const { method, headers, body } = new Request(url, init);
  for (const name of ["authorization", "dpop"]) headers.delete(name);
  const content = body === null ? null : new Uint8Array(await new Response(body).arrayBuffer());
  const config = configFor(settings, init);
  const proving = await dpop.proving(config, call.dpopKey);
  try {
    return await fetchProtectedResource(config, accessToken, url, method, content, headers, proving);
  } catch (error) {
    // openid-client throws every answer with a challenge, unread
    if (error instanceof WWWAuthenticateChallengeError) return error.response;
    throw error instanceof ClientError ? error.cause : error;
  }
}

/** For one call, with what only its caller knows: a signal, a dispatcher. */
function configFor({ issuer, clientId, apiFetch }: ProviderSettings, init: RequestInit): Configuration {
  const config = new Configuration({ issuer: issuer.href }, clientId);
  allowInsecureRequests(config);
  config.timeout = undefined;
  config[customFetch] = (href, { body, headers, method, redirect }) =>
    apiFetch(href, { ...init, body: body as NonNullable<RequestInit["body"]> | null, headers, method, redirect });
  return config;
}
