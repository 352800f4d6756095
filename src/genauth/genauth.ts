/** @module genauth(): from the settings of an app in GenAuth's console to the options of `auth()`. */
import type { AuthOptions, RoutesOptions } from "../options.js";
import { isBoolean, isObject, isText, typed, webUrl } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { OPTION_NAMES } from "../settings/read-settings.js";
import { easyLogoutUrl, type GenauthProtocol, metadataOf } from "./endpoints.js";
import { unwrapping } from "./envelope.js";

export type { GenauthProtocol } from "./endpoints.js";

/** What GenAuth itself says or decides. */
type Decided = "issuer" | "protocol" | "clientId" | "clientSecret" | "idTokenSigningAlg";

/** The options of {@link genauth}: an app of GenAuth's console, and whatever else `auth()` takes. */
export interface GenauthOptions extends Omit<AuthOptions, Decided> {
  /** The app's id (App ID). */
  readonly appId: string;
  /** The app's secret (App Secret). Without one the app is a public client, protected by PKCE alone. */
  readonly appSecret?: string;
  /** The app's host: `https://shop.genauth.ai`, `https://shop.authing.cn`, or a domain of your own. */
  readonly appHost: string;
  /**
   * The login callback URL, as it is registered in the console, such as `https://shop.example/callback`. `baseUrl` and `routes.callback` follow from
   * it: its origin and its path. An app that is mounted below a path names `baseUrl` too.
   */
  readonly redirectUri: string;
  /** Which of the app's protocols: OpenID Connect, or OAuth 2.0, where the person comes from `/oauth/me`. Default `oidc`. */
  readonly protocol?: GenauthProtocol;
  /** What the console says of the ID token's signature: `RS256`, or `HS256`, whose key is `appSecret`. Only for `oidc`. Default `RS256`. */
  readonly idTokenSigningAlg?: "RS256" | "HS256";
  /** How its tokens name their issuer, where that is not `appHost` and the protocol, as with older user pools. Default `{appHost}/oidc`. */
  readonly issuer?: string;
  /**
   * Fetches the endpoints from `{appHost}/oidc/.well-known/openid-configuration` instead of knowing them: one more request that can fail at a
   * start. Only for `oidc`. Default `false`.
   */
  readonly discovery?: boolean;
  /** The tenant that people log in to: sent as `tenant_id`. Default: none. */
  readonly tenantId?: string;
  /**
   * How a logout goes on at GenAuth: by `/oidc/session/end`, with the ID token as a hint whose login it was, or by the easy
   * `/login/profile/logout`. Default `session`; for `oauth` always `easy`, for there is no other. The option `idpLogout` has the last word.
   */
  readonly logout?: "session" | "easy";
}

/** Our names. The compiler holds this list complete. */
const NAMES: Readonly<
  Record<Exclude<keyof GenauthOptions, keyof AuthOptions> | "protocol" | "issuer" | "idTokenSigningAlg", true>
> = {
  appId: true,
  appSecret: true,
  appHost: true,
  redirectUri: true,
  protocol: true,
  idTokenSigningAlg: true,
  issuer: true,
  discovery: true,
  tenantId: true,
  logout: true,
};

const OF_AUTH_BY_OTHER_NAMES: readonly string[] = ["clientId", "clientSecret"] satisfies Decided[];

/**
 * The options of `auth()` for an app that is registered at GenAuth (formerly Authing). Endpoints are known, so that nothing is asked before a login;
 * answers in GenAuth's envelope are understood; everything else that `auth()` takes passes through.
 *
 * @throws {OptionsError} when the options that are GenAuth's can't be right, with every problem at once. `auth()` judges the others.
 * @example
 * app.use(auth(genauth({ appId, appSecret, appHost: "https://shop.genauth.ai", redirectUri: "https://shop.example/callback" })));
 */
export function genauth(options: GenauthOptions): AuthOptions {
  const problems = new Problems();
  if (!isObject(options)) problems.add("genauth()", "takes an object with appId, appSecret, appHost and redirectUri");
  problems.throwIfAny();
  const known = [...Object.keys(NAMES), ...OPTION_NAMES.filter((name) => !OF_AUTH_BY_OTHER_NAMES.includes(name))];
  problems.unknownNames("genauth ", options, known);
  const app = readApp(problems, options);
  const { baseUrl, callback } = readRedirectUri(problems, options);
  const protocol = readProtocol(problems, options);
  problems.throwIfAny();
  const passedOn = Object.entries(options).filter(([name]) => !Object.hasOwn(NAMES, name));
  return {
    ...Object.fromEntries(passedOn),
    ...protocol,
    ...app,
    baseUrl,
    routes: { ...options.routes, callback },
    scope: options.scope ?? (protocol.protocol === "oidc" ? "openid profile email phone address" : "user"),
    ...(options.idpLogout === undefined && isEasy(options) && { idpLogout: easyLogoutOf(options) }),
    ...readRest(options),
  };
}

/** Who the app is, and where. */
export function readApp(
  problems: Problems,
  options: GenauthOptions,
): Pick<AuthOptions, "clientId" | "clientSecret" | "clientAuth"> {
  const { appId, appSecret, appHost, clientAuth } = options;
  if (!isText(appId)) problems.add("genauth appId", "is needed: the App ID in the console");
  if (appSecret !== undefined && !isText(appSecret))
    problems.add("genauth appSecret", "must be the App Secret of the console; leave it out where the app has none");
  const insecureHttp = options.insecureHttp === true;
  const host = webUrl(problems, { path: "genauth appHost", value: appHost, insecureHttp });
  if (host !== undefined && host.pathname !== "/")
    problems.add("genauth appHost", `must be the host alone: ${host.origin}`);
  const way = clientAuth ?? (appSecret === undefined ? undefined : "client_secret_post");
  return {
    clientId: appId,
    ...(appSecret !== undefined && { clientSecret: appSecret }),
    ...(way !== undefined && { clientAuth: way }),
  };
}

/** The callback that is registered says where the app is. */
function readRedirectUri(problems: Problems, options: GenauthOptions): { baseUrl: string; callback: string } {
  const { redirectUri, routes, insecureHttp } = options;
  const path = "genauth redirectUri";
  const url = webUrl(problems, { path, value: redirectUri, insecureHttp: insecureHttp === true });
  const nowhere = { baseUrl: "", callback: "/callback" };
  if (url === undefined) return nowhere;
  const baseUrl = isText(options.baseUrl) ? options.baseUrl.replace(/\/+$/, "") : url.origin;
  const callback = redirectUri.slice(baseUrl.length);
  if (!redirectUri.startsWith(baseUrl) || !callback.startsWith("/")) {
    problems.add(path, `must lie below baseUrl, which is ${baseUrl}; write both as they are registered`);
    return nowhere;
  }
  if (callback === "/")
    problems.add(path, `needs a path of its own, which nothing else answers: register ${baseUrl}/callback, say`);
  const given: RoutesOptions["callback"] = routes?.callback;
  if (given !== undefined && given !== callback)
    problems.add("genauth routes.callback", `follows from redirectUri, which says ${callback}; leave it out`);
  return { baseUrl, callback };
}

/** What GenAuth speaks, and where. */
export function readProtocol(
  problems: Problems,
  options: GenauthOptions,
): Pick<AuthOptions, "protocol" | "issuer" | "idTokenSigningAlg"> {
  const { protocol = "oidc", idTokenSigningAlg = "RS256", discovery, issuer } = options;
  oneOf(problems, { name: "protocol", value: protocol, all: ["oidc", "oauth"] });
  checkTexts(problems, options);
  checkOfOidc(problems, options);
  const appHost = isText(options.appHost) ? options.appHost.replace(/\/+$/, "") : "";
  if (protocol === "oauth") return { issuer: metadataOf(protocol, appHost, issuer), protocol: "oauth2" };
  const name = issuer ?? `${appHost}/oidc`;
  return { issuer: discovery === true ? name : metadataOf(protocol, appHost, name), protocol, idTokenSigningAlg };
}

function checkTexts(problems: Problems, options: GenauthOptions): void {
  for (const name of ["issuer", "tenantId"] as const) {
    if (options[name] !== undefined && !isText(options[name])) problems.add(`genauth ${name}`, "must be a text");
  }
}

/** What is OpenID Connect's alone. */
function checkOfOidc(problems: Problems, { protocol, idTokenSigningAlg, logout, discovery }: GenauthOptions): void {
  oneOf(problems, { name: "idTokenSigningAlg", value: idTokenSigningAlg, all: ["RS256", "HS256"] });
  oneOf(problems, { name: "logout", value: logout, all: ["session", "easy"] });
  const remedy = "must be true or false";
  typed(problems, { path: "genauth discovery", value: discovery, default: false, is: isBoolean, remedy });
  if (protocol !== "oauth") return;
  const isThere = {
    idTokenSigningAlg: idTokenSigningAlg !== undefined,
    discovery: discovery === true,
    logout: logout === "session",
  };
  for (const [name] of Object.entries(isThere).filter(([, there]) => there)) {
    problems.add(`genauth ${name}`, 'is a part of OpenID Connect; leave it out, or write protocol: "oidc"');
  }
}

function oneOf<Name extends string>(
  problems: Problems,
  { name, value, all }: { name: string; value: Name | undefined; all: readonly Name[] },
): void {
  if (value !== undefined && !all.includes(value)) problems.add(`genauth ${name}`, `must be one of ${all.join(", ")}`);
}

function isEasy({ protocol, logout }: GenauthOptions): boolean {
  return protocol === "oauth" || logout === "easy";
}

function easyLogoutOf({ appHost }: GenauthOptions): Exclude<AuthOptions["idpLogout"], undefined> {
  const host = appHost.replace(/\/+$/, "");
  return ({ returnTo }) => easyLogoutUrl(host, returnTo);
}

/** What GenAuth adds to options that are there otherwise too. What can't be right passes on as it is: `auth()` judges it. */
export function readRest({
  http,
  tenantId,
  authorizationParams,
}: GenauthOptions): Pick<AuthOptions, "http" | "authorizationParams"> {
  const given = http?.fetch;
  const isGood = (http === undefined || isObject(http)) && (given === undefined || typeof given === "function");
  const hasParams = authorizationParams === undefined || isObject(authorizationParams);
  return {
    ...(isGood && { http: { ...http, fetch: unwrapping(given) } }),
    ...(tenantId !== undefined &&
      hasParams && { authorizationParams: { tenant_id: tenantId, ...authorizationParams } }),
  };
}
