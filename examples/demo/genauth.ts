/**
 * An emulated GenAuth in this process: its endpoints for both protocols, its tokens and what is special about its answers. Only what its
 * documents and programs show is emulated; where they are silent it is oidc-provider, on which GenAuth is built.
 * @module
 */
import type { ServerOptions } from "node:https";
import { calculateJwkThumbprint, type JWK } from "jose";
import type { Configuration } from "oidc-provider";
import { claimsOf, claimsOfScopes } from "./genauth/claims.js";
import { programmaticAccount, programmaticClient, usePasswordGrant } from "./genauth/grants.js";
import { genauthRoutes } from "./genauth/routes.js";
import { useHexadecimalTokens, useJwtAccessTokens } from "./genauth/tokens.js";
import { createWrapper } from "./genauth/wrapper.js";
import { findBySubject } from "./provider/accounts.js";
import { createSigningKey, type EmbeddedProvider, startProvider } from "./provider.js";

/** How GenAuth is set up: what its console decides, and which of its answers it gives. */
export interface GenauthSetup {
  /** First port to try; the next free one is taken. 0 lets the system choose. Default 0. */
  readonly port?: number;
  /** Where the app is; its callback and its way back from a logout are registered below it. */
  readonly baseUrl: string;
  /** What ID tokens are signed with. Default `RS256`. */
  readonly idTokenSigningAlg?: "RS256" | "HS256";
  /** What access tokens of the protocol oidc are; those of oauth are always opaque. Default `jwt`. */
  readonly accessTokens?: "jwt" | "opaque";
  /** Whether token responses come as `{ statusCode, message, requestId, data }`, as one of the documents has it. Default `false`. */
  readonly envelope?: boolean;
  /** Life of an access token. Seconds. Default 60. */
  readonly accessTokenLifetime?: number;
  /** Its certificate, for https. */
  readonly tls?: ServerOptions;
  /** A key to sign with, for who starts many. Default: a new one. */
  readonly key?: Readonly<Record<string, unknown>>;
  /** More about the app's registration, in wire names. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** More of oidc-provider's own configuration. */
  readonly configuration?: Configuration;
}

/** The running GenAuth. */
export interface EmulatedGenauth extends EmbeddedProvider {
  /** What the console shows of the app. */
  readonly app: { readonly appId: string; readonly appSecret: string; readonly appHost: string };
  /** A programmatic access account of the console: what it may ask for, and by which key pair. */
  readonly account: typeof programmaticAccount;
  /** The `tenant_id` of each login, as it was asked for. */
  readonly tenants: readonly (string | undefined)[];
}

const appId = "62f733a7148bf958af1e5410";
const appSecret = "0123456789abcdef0123456789abcdef";

/** Starts it on 127.0.0.1. It prints nothing. */
export async function startGenauth(setup: GenauthSetup): Promise<EmulatedGenauth> {
  const { baseUrl, idTokenSigningAlg = "RS256", accessTokens = "jwt" } = setup;
  const made: JWK = setup.key ?? (await createSigningKey());
  const key = { ...made, alg: "RS256", kid: await calculateJwkThumbprint(made) };
  const registered = [`${baseUrl}/logged-out`];
  const tenants: (string | undefined)[] = [];
  const { router, answerWith } = genauthRoutes({ registered, tenants, key });
  const embedded = await startProvider({
    ...(setup.port !== undefined && { port: setup.port }),
    ...(setup.tls !== undefined && { tls: setup.tls }),
    ...(setup.accessTokenLifetime !== undefined && { accessTokenLifetime: setup.accessTokenLifetime }),
    mounts: ["/oidc", "/oauth"],
    before: router,
    prepare(provider) {
      useHexadecimalTokens(provider);
      usePasswordGrant(provider);
      if (accessTokens === "jwt") useJwtAccessTokens(provider, key);
      provider.use(createWrapper(setup.envelope === true));
      answerWith(provider);
    },
    clients: [
      {
        client_id: appId,
        client_secret: appSecret,
        client_name: "the demo app",
        redirect_uris: [`${baseUrl}/callback`],
        post_logout_redirect_uris: registered,
        grant_types: ["authorization_code", "refresh_token", "password"],
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_post",
        id_token_signed_response_alg: idTokenSigningAlg,
        ...setup.client,
      },
      programmaticClient,
    ],
    configuration: {
      jwks: { keys: [key] },
      enabledJWA: { idTokenSigningAlgValues: ["RS256", "HS256"] },
      routes: { jwks: "/.well-known/jwks.json" },
      scopes: ["openid", "offline_access", "user", programmaticAccount.scope],
      features: { clientCredentials: { enabled: true } },
      claims: claimsOfScopes,
      findAccount: (_ctx, sub) => {
        const account = findBySubject(sub);
        return account && { accountId: sub, claims: () => claimsOf(account) };
      },
      // oidc-provider itself drops offline_access from a request without prompt=consent
      issueRefreshToken: (_ctx, _client, { scopes }) => scopes.has("offline_access") || !scopes.has("openid"),
      ...setup.configuration,
    },
  });
  return { ...embedded, app: { appId, appSecret, appHost: embedded.origin }, account: programmaticAccount, tenants };
}
