/** @module Asks an issuer what a token is worth, as one of its clients (RFC 7662 §2). */
import { type Configuration, customFetch, type ServerMetadata } from "openid-client";
import { ProviderError } from "../errors.js";
import type { ClientProof, ProviderSettings } from "../settings/settings.js";
import { trace } from "../trace.js";
import { allowedWay } from "./client-auth.js";
import { configure, type Discovered, type Discovery } from "./discovery.js";
import type { Introspection } from "./introspection.js";
import type { Keys } from "./keys.js";
import { signedAnswers } from "./signed-introspection.js";
import { TokenRejected } from "./token-rejected.js";
import { introspectToken, requireEndpoint } from "./token-status.js";
import { createFetch } from "./transport.js";

/**
 * Asks about one token.
 * @throws {TokenRejected} (its promise) when the issuer answers for no tokens of its kind.
 * @throws {ProviderError} (its promise) when there is no answer that can be believed, with status 503 where a later one may be better.
 */
export type Introspect = (token: string) => Promise<Introspection>;

/** Who asks. */
export type IntrospectionClient = Pick<ProviderSettings, "clientId" | "clientSecret" | keyof ClientProof>;

/** How an issuer is asked. */
export interface WayToIntrospect {
  /** Undefined: the client that the settings of the issuer name. */
  readonly client: IntrospectionClient | undefined;
  /** How answers must be signed: by the algorithms that the metadata lists, or by one of these. Undefined: they need not be. */
  readonly signed: "listed" | readonly string[] | undefined;
}

/** Whom to ask. */
export interface Asked {
  readonly settings: ProviderSettings;
  readonly discovery: Discovery;
  readonly keys: Keys;
}

/** Creates what asks one issuer as one client. */
export function createIntrospect(
  { settings: known, discovery, keys }: Asked,
  { client, signed }: WayToIntrospect,
): Introspect {
  const settings = { ...known, ...client };
  let prepared: Discovered | undefined;

  function prepare(metadata: Readonly<ServerMetadata>): Discovered {
    requireEndpoint(settings, metadata.introspection_endpoint, "introspection_endpoint");
    const config = configure({ ...settings, clientAuth: settings.clientAuth ?? wayListed(metadata) }, metadata);
    if (signed !== undefined) expectSigned(config, { settings, metadata, keys, signed });
    return { config, metadata };
  }

  return async (token) => {
    const { metadata } = await discovery.find("anybody");
    if (prepared?.metadata !== metadata) prepared = prepare(metadata);
    const answer = await introspectToken(settings, prepared, { token, kind: "access_token" }).catch(
      (error: unknown) => {
        throw explain(error);
      },
    );
    trace("introspection: %s says %s", settings.issuerName, answer.active ? "active" : "not active");
    return answer;
  };
}

function expectSigned(config: Configuration, how: Parameters<typeof signedAnswers>[1]): void {
  config[customFetch] = signedAnswers(createFetch(how.settings), how);
}

/** RFC 8414 §2 gives the introspection endpoint a list of its own; many issuers publish that of the token endpoint only. */
function wayListed(metadata: Readonly<ServerMetadata>): ReturnType<typeof allowedWay> {
  return allowedWay(
    metadata.introspection_endpoint_auth_methods_supported ?? metadata.token_endpoint_auth_methods_supported,
  );
}

/** What a failure says: of the token, that this issuer answers for none of its kind; else nothing, and a later answer may be better. */
function explain(error: unknown): unknown {
  if (!(error instanceof ProviderError)) return error;
  if (error.error === "unsupported_token_type")
    return new TokenRejected("its issuer answers for no tokens of its kind", error);
  if (error.code !== "OIDC_PROVIDER_RESPONSE_INVALID") return error;
  // something stands between here and there, or is starting again
  return new ProviderError(error.code, error.message, { status: 503, cause: error.cause });
}
