/**
 * An OpenID Provider in this process, on a socket of its own: oidc-provider with two people and a login form.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { ServerOptions } from "node:https";
import express, { type RequestHandler } from "express";
import { exportJWK, generateKeyPair } from "jose";
import type { Client, ClientMetadata, Configuration, Grant, Policy, Provider, ProviderContext } from "oidc-provider";
import { openServer } from "./listen.js";
import { findBySubject } from "./provider/accounts.js";
import { createProvider, type Library } from "./provider/load.js";
import {
  acrValues,
  loginRoutes,
  loginUrl,
  logoutSource,
  postLogoutSuccessSource,
  renderError,
} from "./provider/login.js";

/** How the provider is set up. */
export interface ProviderOptions {
  /** First port to try; the next free one is taken. 0 lets the system choose. Default 0. */
  readonly port?: number;
  /** The application's base URL, for the client that is registered when `clients` is left out. Default `http://localhost:3000`. */
  readonly baseUrl?: string;
  /** Registered clients. Default: one web application with secret, `demoClient(baseUrl)`. */
  readonly clients?: readonly ClientMetadata[];
  /** Life of an access token. Seconds. Default 60. */
  readonly accessTokenLifetime?: number;
  /** More of oidc-provider's own configuration: objects are merged member by member, everything else replaces. */
  readonly configuration?: Configuration;
  /** Its certificate, for https. */
  readonly tls?: ServerOptions;
  /** Sees every request before the provider does, and may answer or delay it. */
  readonly before?: RequestHandler;
  /** Changes oidc-provider's own object before it answers anything. */
  readonly prepare?: (provider: Provider) => void;
  /** The paths below which the provider answers; the first one is part of its issuer. Default: at the root. */
  readonly mounts?: readonly [string, ...string[]];
}

/** A running provider. */
export interface EmbeddedProvider {
  readonly issuer: string;
  /** The origin of its pages. */
  readonly origin: string;
  readonly port: number;
  /** oidc-provider's own object: its events, models and middleware. */
  readonly provider: Provider;
  /** Requests since the start, by path; ids in paths are written `:uid`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Stops it. What it remembered is lost. */
  close(): Promise<void>;
}

/** The client of the demo app. */
export function demoClient(baseUrl = "http://localhost:3000"): ClientMetadata & { readonly client_secret: string } {
  return {
    client_id: "demo-app",
    client_secret: "a secret that only the demo app and its provider know",
    client_name: "the demo app",
    redirect_uris: [`${baseUrl}/callback`],
    post_logout_redirect_uris: [`${baseUrl}/logged-out`],
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    token_endpoint_auth_method: "client_secret_basic",
    id_token_signed_response_alg: "RS256",
    require_auth_time: true,
  };
}

/** Starts a provider on 127.0.0.1. It prints nothing. */
export async function startProvider(options: ProviderOptions = {}): Promise<EmbeddedProvider> {
  const server = await openServer(options.port ?? 0, options.tls);
  // By its address, not by name: to a browser it is another site than an app on localhost, as providers are.
  const origin = `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}`;
  const { mounts = [""] } = options;
  const issuer = origin + mounts[0];
  const jwks = options.configuration?.jwks ?? { keys: [await createSigningKey()] };
  const provider = await createProvider(issuer, (library) =>
    merge({ ...defaultConfiguration(options, library), jwks }, options.configuration ?? {}),
  );
  const calls: Record<string, number> = {};
  const app = express().disable("x-powered-by");
  app.use((req, _res, next) => {
    const path = req.path.replace(/\/(interaction|auth)\/[^/]+/, "/$1/:uid");
    calls[path] = (calls[path] ?? 0) + 1;
    next();
  });
  if (options.before !== undefined) app.use(options.before);
  app.use(loginRoutes(provider));
  options.prepare?.(provider);
  const answer = provider.callback();
  for (const mount of mounts) app.use(mount === "" ? "/" : mount, (req, res) => answer(req, res));
  server.answerWith(app);
  return { issuer, origin, port: server.port, provider, calls, close: server.close };
}

/** A key for signatures, as a JWK with its private part. */
export async function createSigningKey(): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), use: "sig" };
}

// Lifetimes are all set: oidc-provider prints a notice for each one that it has to choose.
const lifetimes = {
  AuthorizationCode: 60,
  ClientCredentials: 600,
  DeviceCode: 600,
  BackchannelAuthenticationRequest: 600,
  PreAuthorizedCode: 600,
  IdToken: 3_600,
  RefreshToken: 86_400,
  Interaction: 3_600,
  Session: 86_400,
  Grant: 86_400,
};

function defaultConfiguration(options: ProviderOptions, { interactionPolicy }: Library): Configuration {
  const { baseUrl, clients = [demoClient(baseUrl)], accessTokenLifetime = 60 } = options;
  return {
    clients,
    acrValues,
    claims: {
      openid: ["sub"],
      profile: ["name", "given_name", "family_name", "preferred_username"],
      email: ["email", "email_verified"],
      acr: null,
      amr: null,
      auth_time: null,
      iss: null,
      sid: null,
    },
    // Claims of the scopes stand in the ID token, as with most providers, and not only at the userinfo endpoint.
    conformIdTokenClaims: false,
    findAccount: (_ctx, sub) => {
      const account = findBySubject(sub);
      return (
        account && {
          accountId: sub,
          claims: () => ({ sub, ...account.claims }),
        }
      );
    },
    loadExistingGrant: grantEverything,
    interactions: { url: loginUrl, policy: withAcrCheck(interactionPolicy) },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    ttl: { ...lifetimes, AccessToken: accessTokenLifetime },
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    clientBasedCORS: () => false,
    fetch: callThisMachine,
    renderError,
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: ownsToken },
      introspection: { enabled: true, allowedPolicy: () => true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource,
        postLogoutSuccessSource,
      },
    },
  };
}

/** oidc-provider calls no address of this machine, for a stranger could have registered it. Here the apps are all on this machine. */
function callThisMachine(url: string, options: RequestInit & { readonly dispatcher?: unknown }): Promise<Response> {
  const { dispatcher: _guard, ...init } = options;
  return fetch(url, init);
}

/** The applications are the provider's own, so nobody is asked what they may see. */
async function grantEverything(ctx: ProviderContext): Promise<Grant | undefined> {
  const { client, session, provider, result } = ctx.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const known = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
  const grant =
    (known === undefined ? undefined : await provider.Grant.find(known)) ??
    new provider.Grant({
      clientId: client.clientId,
      accountId: session.accountId,
    });
  const scope = [...ctx.oidc.requestParamScopes].join(" ");
  grant.addOIDCScope(scope);
  for (const api of Object.keys(ctx.oidc.resourceServers)) grant.addResourceScope(api, scope);
  await grant.save();
  return grant;
}

function ownsToken(_ctx: ProviderContext, client: Client, token: { readonly clientId?: string }): boolean {
  return token.clientId === client.clientId;
}

/** A session that is weaker than every asked-for strength has to log in again. */
function withAcrCheck({ base, Check }: Library["interactionPolicy"]): Policy {
  const policy = base();
  const check = new Check("acr_too_low", "a stronger login is required", ({ oidc }) => {
    const wanted = String(oidc.params["acr_values"] ?? "").split(" ");
    const isKnown = acrValues.some((acr) => wanted.includes(acr));
    return isKnown && !wanted.includes(oidc.acr ?? "") ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
  });
  policy.get("login")?.checks.add(check);
  return policy;
}

function merge<T extends object>(base: T, more: object): T {
  const entries = Object.entries(more).map(([key, value]: [string, unknown]) => {
    const before = (base as Record<string, unknown>)[key];
    return [key, isPlainObject(before) && isPlainObject(value) ? merge(before, value) : value];
  });
  return { ...base, ...Object.fromEntries(entries) };
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
