/**
 * Providers that send every type of answer in every mode, to a client that proves itself in one of all ways.
 * @module
 */
import type { ServerOptions } from "node:https";
import type { AuthOptions, ClientAuth } from "express-oidc";
import { type GenauthOptions, genauth } from "express-oidc/genauth";
import type { Configuration } from "oidc-provider";
import { startGenauth } from "../../examples/demo/genauth.js";
import { demoClient, startProvider } from "../../examples/demo/provider.js";
import { createMutualTls, mutualTlsFeature, signerFor } from "./mutual-tls.js";
import { publicJwk, signingKey } from "./scripted/signing.js";
import { signingKeys } from "./world.js";

export type ResponseType = NonNullable<AuthOptions["responseType"]>;
export type ProviderName = "oidc-provider" | "GenAuth";

/** The types of answers. */
export const responseTypes = [
  "code",
  "code id_token",
  "id_token",
  "id_token token",
  "code token",
  "code id_token token",
] as const;

/** The ways of a client to prove itself; the last two by a certificate, over TLS. */
export const clientAuths = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
  "none",
  "tls_client_auth",
  "self_signed_tls_client_auth",
] as const;

/** Which provider is started, and for which client. */
export interface ProviderSetup {
  readonly at: ProviderName;
  readonly type: ResponseType;
  readonly way: ClientAuth;
  /** Where people reach the app. */
  readonly site: string;
  /** The app's other options. */
  readonly options: Partial<AuthOptions>;
}

/** The running provider. */
export interface StartedProvider {
  /** The origin of its pages. */
  readonly origin: string;
  /** All options of `auth()` by which the app is its client. */
  readonly options: Partial<AuthOptions>;
  /** The authority to trust, where the provider speaks https. */
  readonly ca: string | undefined;
  readonly close: () => Promise<void>;
}

/** Starts it. */
export function startProviderFor(setup: ProviderSetup): Promise<StartedProvider> {
  const proof = proofFor(setup.way);
  return setup.at === "GenAuth" ? startAtGenauth(setup, proof) : startAtProvider(setup, proof);
}

/** What a client is registered for that gets this type. */
export function grantTypesOf(type: ResponseType): string[] {
  const byCode = type.includes("code") ? ["authorization_code", "refresh_token"] : [];
  return type === "code" ? byCode : [...byCode, "implicit"];
}

/** What a way of proving oneself takes, on both sides. */
interface Proof {
  /** About the client's registration, in wire names. */
  readonly client: Readonly<Record<string, unknown>>;
  readonly options: Partial<AuthOptions>;
  readonly tls?: ServerOptions;
  readonly ca?: string;
}

function proofFor(way: ClientAuth): Proof {
  const signedBy = signerFor(way);
  if (signedBy !== undefined) {
    const { ca, tls, client, fetch } = createMutualTls(signedBy);
    return { client, options: { http: { fetch } }, tls, ca };
  }
  if (way !== "private_key_jwt") return { client: {}, options: {} };
  const key = signingKey("ES256");
  const clientKey = { key: key.privateKey, alg: "ES256", kid: key.kid } as const;
  return { client: { jwks: { keys: [publicJwk(key)] } }, options: { clientKey } };
}

function usesSecret({ way }: ProviderSetup): boolean {
  return way.startsWith("client_secret");
}

function clientFor(setup: ProviderSetup, { client }: Proof): Readonly<Record<string, unknown>> {
  return {
    response_types: [setup.type],
    grant_types: grantTypesOf(setup.type),
    token_endpoint_auth_method: setup.way,
    ...(!usesSecret(setup) && { client_secret: undefined }),
    ...client,
  };
}

/** What oidc-provider must be told for all of that. */
function configurationFor({ tls }: Proof): Configuration {
  const isOverTls = tls !== undefined;
  return {
    responseTypes: [...responseTypes],
    clientAuthMethods: clientAuths.filter((way) => isOverTls || signerFor(way) === undefined),
    features: { jwtResponseModes: { enabled: true }, ...(isOverTls && { mTLS: mutualTlsFeature }) },
  };
}

async function startAtProvider(setup: ProviderSetup, proof: Proof): Promise<StartedProvider> {
  const provider = await startProvider({
    ...(proof.tls !== undefined && { tls: proof.tls }),
    clients: [{ ...demoClient(setup.site), ...clientFor(setup, proof) }],
    configuration: { jwks: await signingKeys(), ...configurationFor(proof) },
  });
  const options = { ...proof.options, ...setup.options, ...(usesSecret(setup) ? {} : withoutSecret) };
  return { origin: provider.origin, close: () => provider.close(), ca: proof.ca, options };
}

async function startAtGenauth(setup: ProviderSetup, proof: Proof): Promise<StartedProvider> {
  const [key = {}] = (await signingKeys()).keys;
  const provider = await startGenauth({
    ...(proof.tls !== undefined && { tls: proof.tls }),
    baseUrl: setup.site,
    key,
    client: clientFor(setup, proof),
    configuration: configurationFor(proof),
  });
  const { appId, appSecret, appHost } = provider.app;
  const console = { appId, appHost, ...(usesSecret(setup) && { appSecret }), redirectUri: `${setup.site}/callback` };
  const login = genauth({ ...proof.options, ...setup.options, ...console } as GenauthOptions);
  const options = { ...login, ...(usesSecret(setup) ? {} : withoutSecret) };
  return { origin: provider.origin, close: () => provider.close(), ca: proof.ca, options };
}

/** An app of the tests has the demo's secret unless it says that it has none. */
const withoutSecret: object = { clientSecret: undefined };
