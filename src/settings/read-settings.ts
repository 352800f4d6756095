/** @module Turns options into settings: checked, completed, frozen. */
import { createHash } from "node:crypto";
import type { AuthOptions } from "../options.js";
import { createLimitedState } from "../state/limited.js";
import { createMemoryState } from "../state/memory.js";
import { isObject, isText } from "./checks.js";
import { fromEnvironment } from "./environment.js";
import { applyProfile } from "./fapi.js";
import { Problems } from "./problems.js";
import { readClient } from "./read-client.js";
import { readProtocol, withoutLogoutTokens } from "./read-protocol.js";
import { readProvider } from "./read-provider.js";
import { isSigned, readResponse } from "./read-response.js";
import { readLifetimes, readRest } from "./read-rest.js";
import { readSession } from "./read-session.js";
import { readRoutes, readSite } from "./read-site.js";
import type { Settings } from "./settings.js";

/** Names that `AuthOptions` has. The compiler holds this list complete. */
export const NAMES: Readonly<Record<keyof AuthOptions, true>> = {
  issuer: true,
  clientId: true,
  clientSecret: true,
  clientAuth: true,
  clientKey: true,
  clientAssertionAudience: true,
  unencodedBasic: true,
  certificateBoundTokens: true,
  dpop: true,
  par: true,
  jar: true,
  profile: true,
  responseType: true,
  responseMode: true,
  protocol: true,
  baseUrl: true,
  secret: true,
  scope: true,
  authorizationParams: true,
  idTokenSigningAlg: true,
  userinfo: true,
  routes: true,
  session: true,
  idleTimeout: true,
  absoluteTimeout: true,
  clockTolerance: true,
  renew: true,
  idpLogout: true,
  revokeOnLogout: true,
  logoutPage: true,
  state: true,
  http: true,
  onLogin: true,
  onLogout: true,
  onError: true,
  insecureHttp: true,
  insecurePasswordGrant: true,
};

/** The names of all options. */
export const OPTION_NAMES: readonly string[] = Object.keys(NAMES);

/**
 * Checks the options and fills in what is left out, from the environment where it has a variable, else with the default.
 * The caller's objects are neither kept nor changed.
 *
 * @throws {OptionsError} with every problem at once.
 */
export function readSettings(given: AuthOptions, env: Readonly<Record<string, string | undefined>>): Settings {
  const problems = new Problems();
  if (!isObject(given)) problems.add("auth()", "takes an object of options, or nothing: then it reads the environment");
  problems.throwIfAny();
  problems.unknownNames("", given, OPTION_NAMES);
  const options = fromEnvironment(given, env);
  const insecureHttp = options.insecureHttp === true;
  const provider = readProvider(problems, {
    path: "issuer",
    value: options.issuer,
    insecureHttp,
    needed: metadataNeeded(options),
  });
  const site = readSite(problems, options, insecureHttp);
  const client = readClient(problems, options);
  const protocol = readProtocol(problems, options);
  const allRoutes = readRoutes(problems, options.routes);
  const routes = protocol.protocol === "oauth2" ? withoutLogoutTokens(problems, allRoutes, options.routes) : allRoutes;
  const id = shortHash([provider.issuer.href, client.clientId, site.baseUrl]);
  const plain = {
    id,
    ...provider,
    ...site,
    ...client,
    ...protocol,
    ...readResponse(problems, options, { ...site, ...client, ...protocol }),
    redirectUri: site.baseUrl + routes.callback,
    postLogoutRedirectUri:
      routes.postLogoutRedirect === undefined ? undefined : site.baseUrl + routes.postLogoutRedirect,
    routes,
    session: readSession(problems, options.session, { id, ...site }),
    ...readLifetimes(problems, options),
    ...readRest(problems, options),
    state: options.state === undefined ? createMemoryState() : createLimitedState(options.state),
    stateIsShared: options.state !== undefined,
    insecureHttp,
    now: () => Math.floor(Date.now() / 1000),
  };
  const settings: Settings = applyProfile(problems, options, plain);
  problems.throwIfAny();
  return frozen(settings);
}

/** Keys are not needed where the client secret is the key, nor where there is no ID token: there userinfo tells who somebody is. */
export function metadataNeeded({
  idTokenSigningAlg,
  protocol,
  responseMode,
}: Pick<AuthOptions, "idTokenSigningAlg" | "protocol" | "responseMode">): string[] {
  const signs = isText(responseMode) && isSigned(responseMode);
  const endpoints = ["authorization_endpoint", "token_endpoint"];
  if (protocol === "oauth2") return [...endpoints, "userinfo_endpoint", ...(signs ? ["jwks_uri"] : [])];
  const isSymmetric = isText(idTokenSigningAlg) && idTokenSigningAlg.startsWith("HS");
  return isSymmetric && !signs ? endpoints : [...endpoints, "jwks_uri"];
}

/** What belongs to the settings is frozen with them; what belongs to the app, a store or a function, is not. */
function frozen(settings: Settings): Settings {
  const { routes, session, secrets, authorizationParams, logoutPage, clientKey, jarKey, dpopAlgs } = settings;
  const parts = [routes, session, session.cookie, session.passedOn, secrets, authorizationParams, logoutPage];
  for (const part of [...parts, ...authorizationParams, clientKey, jarKey, dpopAlgs]) Object.freeze(part);
  return Object.freeze(settings);
}

/** Eight letters and digits: a hash in base64url could begin with "-", which is no beginning of a name. */
function shortHash(parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 8);
}
