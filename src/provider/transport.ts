/** @module How the provider is called. */
import type { CustomFetch } from "openid-client";
import { plainText } from "../errors.js";
import { parsedUrl } from "../http/parsed-url.js";
import { isObject } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";
import { explainFailure, explainStatus, isServerFault, nonsense, type Step } from "./failures.js";

/** The most redirects that a discovery request follows, all within the provider's origin. */
const MOST_REDIRECTS = 3;

/** The app's `fetch`, in the shape that openid-client calls. Redirects are never followed: a request may carry credentials. */
export function createFetch(settings: ProviderSettings): CustomFetch {
  const plain: CustomFetch = (url, init) => call(settings, url, init as RequestInit);
  if (settings.protocol === "oidc") return plain;
  return async (url, init) => (init.method === "POST" ? withoutIdToken(await plain(url, init)) : plain(url, init));
}

/** In plain OAuth 2.0 an ID token is a member like any that nobody knows, to be ignored (OAuth 2.0 §5.1); openid-client would judge it. */
async function withoutIdToken(response: Response): Promise<Response> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined);
  if (!isObject(body) || body["id_token"] === undefined) return response;
  await response.body?.cancel();
  const { id_token: _ignored, ...rest } = body;
  const headers = new Headers(response.headers);
  // both are about the bytes that came over the wire
  for (const name of ["content-length", "content-encoding"]) headers.delete(name);
  return new Response(JSON.stringify(rest), { status: response.status, headers });
}

/** Calls the app's `fetch`. Whatever it rejects with has the shape of a network fault, as the platform's own has. */
async function call(settings: ProviderSettings, url: string, init: RequestInit): Promise<Response> {
  try {
    return await settings.fetch(url, init);
  } catch (cause) {
    const isUsual = cause instanceof TypeError || cause instanceof DOMException;
    throw isUsual ? cause : new TypeError("fetch failed", { cause });
  }
}

/** Whether the provider may be asked by http: it is on this machine, or `insecureHttp` allows it. */
export function isHttpAllowed(settings: ProviderSettings): boolean {
  // an http issuer has passed the check of the options
  return settings.issuer.protocol === "http:" || settings.insecureHttp;
}

/**
 * The same for discovery, which carries no credentials: one widely used provider answers its discovery URL with a redirect to
 * the same URL plus a slash. Another origin is never followed.
 */
export function createDiscoveryFetch(settings: ProviderSettings): CustomFetch {
  return async (url, init) => {
    let at = url;
    for (let hop = 0; ; hop++) {
      const response = await call(settings, at, init as RequestInit);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null || hop === MOST_REDIRECTS)
        return response;
      const next = parsedUrl(location, at);
      if (next?.origin !== new URL(url).origin) return response;
      at = next.href;
    }
  };
}

/**
 * Fetches a JSON document of the provider.
 * @throws {ProviderError} for every way in which that can fail.
 */
export async function fetchJson(settings: ProviderSettings, url: string, step: Step): Promise<unknown> {
  try {
    if (!url.startsWith("https:") && !isHttpAllowed(settings))
      throw nonsense(new Error(`${plainText(url)} is not https`), step, settings.issuerName);
    const response = await call(settings, url, {
      headers: { accept: "application/json, application/jwk-set+json" },
      redirect: "manual",
      signal: AbortSignal.timeout(settings.httpTimeout * 1000),
    });
    if (response.status !== 200) throw explainStatus(response.status, step, settings.issuerName);
    return await response.json();
  } catch (cause) {
    throw await explainFailure(cause, step, settings.issuerName);
  }
}

/**
 * Asks an endpoint without credentials: that it refuses shows that it is there.
 * @throws {ProviderError} when nothing answers, or something that says "not now".
 */
export async function reachUrl(settings: ProviderSettings, url: string): Promise<void> {
  try {
    const response = await call(settings, url, {
      redirect: "manual",
      signal: AbortSignal.timeout(settings.httpTimeout * 1000),
    });
    await response.body?.cancel();
    if (isServerFault(response.status))
      throw explainStatus(response.status, "the userinfo request", settings.issuerName);
  } catch (cause) {
    throw await explainFailure(cause, "the userinfo request", settings.issuerName);
  }
}
