/** @module What the provider says of itself: fetched when first needed, once for all who wait, kept while the provider is away. */
import {
  allowInsecureRequests,
  type ClientMetadata,
  Configuration,
  clockTolerance,
  customFetch,
  discovery,
  type ServerMetadata,
} from "openid-client";
import { ProviderError, plainText } from "../errors.js";
import { parsedUrl } from "../http/parsed-url.js";
import { isObject } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";
import { SingleFlight } from "../state/single-flight.js";
import { trace } from "../trace.js";
import { createClientAuth } from "./client-auth.js";
import { proofAlg } from "./dpop-keys.js";
import { createFailureMemory } from "./failure-memory.js";
import { explainFailure } from "./failures.js";
import { meetingProfile } from "./fapi.js";
import { createDiscoveryFetch, createFetch, isHttpAllowed } from "./transport.js";

/** After this the document is fetched again, behind a request that does not wait for it. Seconds. */
const FRESH_FOR = 3600;

/** The provider as openid-client knows it. */
export interface Discovered {
  readonly config: Configuration;
  readonly metadata: Readonly<ServerMetadata>;
}

/** Finds the provider. */
export interface Discovery {
  /**
   * What is known of the provider; asks it when nothing is known yet. A failure is not kept, and the next call asks again; but for the sake of a
   * token that anybody can have sent, only after five seconds.
   * @throws {ProviderError}
   */
  find(from?: "provider" | "anybody"): Promise<Discovered>;
}

/** Creates the discovery of one provider. */
export function createDiscovery(settings: ProviderSettings): Discovery {
  const flight = new SingleFlight<Discovered>();
  const absence = createFailureMemory(settings.now);
  let known: Discovered | undefined;
  let askedAt = 0;

  async function ask(): Promise<Discovered> {
    askedAt = settings.now();
    const { metadata } = settings;
    const config =
      metadata === undefined ? await discover(settings) : configure(settings, { ...metadata, issuer: metadata.issuer });
    const said = meetingProfile(settings, config.serverMetadata());
    // told before anybody is sent to log in
    proofAlg(settings, said);
    known = { config, metadata: said };
    trace("discovery: %s is known", settings.issuerName);
    return known;
  }

  return {
    async find(from = "provider") {
      const first = () => flight.run("", ask);
      if (known === undefined) return from === "anybody" ? absence.run(first) : first();
      if (settings.metadata === undefined && settings.now() - askedAt > FRESH_FOR) {
        flight.run("", ask).catch(() => trace("discovery: %s is away, what is known stays", settings.issuerName));
      }
      return known;
    },
  };
}

function clientMetadata(settings: ProviderSettings): ClientMetadata {
  return {
    client_id: settings.clientId,
    [clockTolerance]: settings.clockTolerance,
    ...(settings.usesCertificate && { use_mtls_endpoint_aliases: true }),
    ...(settings.idTokenSigningAlg && { id_token_signed_response_alg: settings.idTokenSigningAlg }),
  };
}

function prepare(config: Configuration, settings: ProviderSettings): Configuration {
  config.timeout = settings.httpTimeout;
  config[customFetch] = createFetch(settings);
  return config;
}

/** The provider as openid-client knows it, where its metadata is known already. */
export function configure(settings: ProviderSettings, metadata: Readonly<ServerMetadata>): Configuration {
  const config = new Configuration(metadata, settings.clientId, clientMetadata(settings), createClientAuth(settings));
  if (isHttpAllowed(settings)) allowInsecureRequests(config);
  return prepare(config, settings);
}

/** As an OpenID Provider describes itself; where it has no such document, or is none, as an authorization server does (RFC 8414). */
async function discover(settings: ProviderSettings): Promise<Configuration> {
  if (settings.protocol === "oauth2") return discoverServer(settings);
  try {
    return prepare(await fetchMetadata(settings, "oidc"), settings);
  } catch (cause) {
    if (!isNotThere(cause))
      throw otherIssuer(cause, settings) ?? (await explainFailure(cause, "discovery", settings.issuerName));
    return discoverServer(settings);
  }
}

async function discoverServer(settings: ProviderSettings): Promise<Configuration> {
  try {
    return prepare(await fetchMetadata(settings, "oauth2"), settings);
  } catch (cause) {
    if (isNotThere(cause)) throw nowhere(cause, settings);
    const [openid, oauth] = addressesOf(settings);
    const why = settings.protocol === "oauth2" ? "" : `, for there is no ${openid}`;
    const asked = `${settings.issuerName} (asked at ${oauth}${why})`;
    throw otherIssuer(cause, settings) ?? (await explainFailure(cause, "discovery", asked));
  }
}

function fetchMetadata(settings: ProviderSettings, algorithm: "oidc" | "oauth2"): Promise<Configuration> {
  return discovery(settings.issuer, settings.clientId, clientMetadata(settings), createClientAuth(settings), {
    algorithm,
    [customFetch]: createDiscoveryFetch(settings),
    timeout: settings.httpTimeout,
    execute: isHttpAllowed(settings) ? [allowInsecureRequests] : [],
  });
}

/** Whether the answer was 404: any other says that the document is there, or nothing about it. */
function isNotThere(cause: unknown): boolean {
  const response = cause instanceof Error ? cause.cause : undefined;
  return response instanceof Response && response.status === 404;
}

/** Where the documents are looked for, in this order (OpenID Connect Discovery §4, RFC 8414 §3.1). */
function addressesOf({ issuer }: ProviderSettings): readonly [string, string] {
  const path = issuer.pathname.replace(/\/$/, "");
  return [
    `${issuer.origin}${path}/.well-known/openid-configuration`,
    `${issuer.origin}/.well-known/oauth-authorization-server${path}`,
  ];
}

function nowhere(cause: unknown, settings: ProviderSettings): ProviderError {
  const [openid, oauth] = addressesOf(settings);
  const missing = settings.protocol === "oauth2" ? `${oauth} is not there` : `neither ${openid} nor ${oauth} is there`;
  return new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${settings.issuerName} tells nothing of itself: ${missing}. ` +
      "Correct the option issuer, or write the provider's metadata in its place.",
    { cause },
  );
}

/** The commonest mistake of a first start, a missing or extra slash or path, gets an error that names what to write. */
function otherIssuer(cause: unknown, settings: ProviderSettings): ProviderError | undefined {
  const details = cause instanceof Error ? cause.cause : undefined;
  const body = isObject(details) ? details["body"] : undefined;
  const named = isObject(body) ? body["issuer"] : undefined;
  if (typeof named !== "string") return undefined;
  if (parsedUrl(named)?.href === settings.issuer.href) return undefined;
  return new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider at ${settings.issuerName} calls itself ${plainText(named)}. The two must be the same: if you trust that, write it as the option issuer.`,
    { cause },
  );
}
