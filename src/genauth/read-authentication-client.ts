/** @module Reads the options of AuthenticationClient, and makes its clients of them. */
import type { Client } from "../client/client.js";
import { createClientOf } from "../client/client-of.js";
import type { ClientAuth, ClientOptions, IdTokenSigningAlg } from "../options.js";
import { createProvider, type Provider } from "../provider/provider.js";
import { isObject, webUrl } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { readClientSettings } from "../settings/read-client-settings.js";
import type { ClientSettings } from "../settings/settings.js";
import type { AuthenticationClientOptions } from "./authentication-client-options.js";
import { readApp, readProtocol, readRest } from "./genauth.js";
import type { AccessAccount } from "./models.js";

/** The compiler holds this list complete. */
const NAMES: Readonly<Record<keyof AuthenticationClientOptions, true>> = {
  appId: true,
  appSecret: true,
  secret: true,
  appHost: true,
  redirectUri: true,
  protocol: true,
  idTokenSigningAlg: true,
  issuer: true,
  tenantId: true,
  clientAuth: true,
  scope: true,
  authorizationParams: true,
  clockTolerance: true,
  http: true,
  renew: true,
  insecureHttp: true,
  insecurePasswordGrant: true,
};

/** The app at GenAuth by one of its protocols. */
export interface Side {
  readonly settings: ClientSettings;
  readonly provider: Provider;
  readonly client: Client;
}

/** What was read. */
export interface App {
  readonly appHost: string;
  readonly redirectUri: string;
  /** The app by the protocol that it names, else by OpenID Connect. */
  readonly main: Side;
  /** The app by the protocol that a token or a code is of. */
  readonly sideOf: (text: string) => Side;
  /** A programmatic access account of the app. */
  readonly account: (account: AccessAccount) => Client;
}

/** Access tokens, refresh tokens and codes of the protocol `oauth`. Those of `oidc` are JWTs, or have other letters too. */
const OF_OAUTH = /^[\da-f]{40}$/;

/** The shortest secret that can be the key of HS256, in bytes (RFC 7518 §3.2). */
const SHORTEST_KEY = 32;

/** @throws {OptionsError} with every problem at once. */
export function readAuthenticationClient(given: AuthenticationClientOptions): App {
  const options = withOneSecret(given);
  const { redirectUri, protocol = "oidc" } = options;
  const main = createSide({ ...options, protocol }, readApp(new Problems(), options));
  let oauth: Side | undefined = protocol === "oauth" ? main : undefined;
  return {
    appHost: options.appHost.replace(/\/+$/, ""),
    redirectUri,
    main,
    sideOf(text) {
      if (options.protocol !== undefined || !OF_OAUTH.test(text)) return main;
      oauth ??= createSide(asOauth(options), readApp(new Problems(), options));
      return oauth;
    },
    account: ({ accessKey, accessSecret }) =>
      createSide(
        { ...withoutAlg(options), protocol, insecurePasswordGrant: false },
        { clientId: accessKey, clientSecret: accessSecret, clientAuth: authOf(options) },
      ).client,
  };
}

/** An account gets no ID tokens, so that its secret need not be long enough to be their key. */
function withoutAlg({ idTokenSigningAlg: _alg, ...options }: AuthenticationClientOptions): AuthenticationClientOptions {
  return options;
}

/** How an account proves itself: as the app does, unless that has no secret to do so. */
function authOf({ clientAuth = "client_secret_post" }: AuthenticationClientOptions): ClientAuth {
  return clientAuth === "none" ? "client_secret_post" : clientAuth;
}

/** The options, looked through, with the secret by one name. */
function withOneSecret(given: AuthenticationClientOptions): AuthenticationClientOptions {
  const problems = new Problems();
  if (!isObject(given))
    problems.add("AuthenticationClient", "takes an object with appId, appSecret, appHost and redirectUri");
  problems.throwIfAny();
  problems.unknownNames("AuthenticationClient ", given, Object.keys(NAMES));
  const { secret, ...rest } = given;
  const appSecret = given.appSecret ?? secret;
  if (secret !== undefined && secret !== appSecret)
    problems.add("AuthenticationClient secret", "is appSecret by another name, and the two differ; leave one out");
  const options = { ...rest, ...(appSecret !== undefined && { appSecret }) };
  readApp(problems, options);
  readProtocol(problems, options);
  webUrl(problems, {
    path: "AuthenticationClient redirectUri",
    value: given.redirectUri,
    insecureHttp: given.insecureHttp === true,
    mayHaveQuery: true,
  });
  problems.throwIfAny();
  return options;
}

/** The app by the protocol `oauth`, where its options are for either. It is asked about tokens alone, so that nothing of logins matters. */
function asOauth(options: AuthenticationClientOptions): AuthenticationClientOptions {
  const { idTokenSigningAlg: _alg, issuer: _issuer, scope: _scope, authorizationParams: _params, ...both } = options;
  return { ...both, protocol: "oauth", insecurePasswordGrant: false };
}

function createSide(options: AuthenticationClientOptions, who: ReturnType<typeof readApp>): Side {
  const { protocol, scope = protocol === "oauth" ? "user" : "openid profile email phone address" } = options;
  const algs = algsOf(options);
  const settings = Object.freeze({
    ...readClientSettings({ ...passedOn(options), ...readRest(options), ...whereOf(options, algs), ...who, scope }, {}),
    idTokenAlgs: algs,
  });
  const provider = createProvider(settings);
  return Object.freeze({ settings, provider, client: createClientOf(settings, provider) });
}

/** What GenAuth speaks, and where; either algorithm of ID tokens passes where the options name none. */
function whereOf(
  options: AuthenticationClientOptions,
  algs: readonly IdTokenSigningAlg[],
): Pick<ClientOptions, "issuer" | "protocol"> {
  const { issuer, protocol = "oidc" } = readProtocol(new Problems(), options);
  if (protocol === "oauth2" || !isObject(issuer)) return { issuer: issuer ?? "", protocol };
  return { issuer: { ...issuer, id_token_signing_alg_values_supported: [...algs] }, protocol };
}

function algsOf({ idTokenSigningAlg, appSecret = "" }: AuthenticationClientOptions): readonly IdTokenSigningAlg[] {
  if (idTokenSigningAlg !== undefined) return [idTokenSigningAlg];
  return Buffer.byteLength(appSecret) < SHORTEST_KEY ? ["RS256"] : ["RS256", "HS256"];
}

/** Options that the client object has too. */
function passedOn(options: AuthenticationClientOptions): ClientOptions {
  const names = [
    "idTokenSigningAlg",
    "authorizationParams",
    "clockTolerance",
    "http",
    "renew",
    "insecureHttp",
    "insecurePasswordGrant",
  ] as const;
  return Object.fromEntries(names.map((name) => [name, options[name]]));
}
