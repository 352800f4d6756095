/** @module Reads the options of a client without a web app. */
import type { ClientOptions, WebAppOption } from "../options.js";
import { isObject, webUrl } from "./checks.js";
import { fromEnvironment } from "./environment.js";
import { applyProfile } from "./fapi.js";
import { Problems } from "./problems.js";
import { readClient } from "./read-client.js";
import { readProtocol } from "./read-protocol.js";
import { readHttp, readProvider } from "./read-provider.js";
import { flag, readIdpLogout, readLifetimes } from "./read-rest.js";
import { metadataNeeded, NAMES } from "./read-settings.js";
import type { ClientSettings } from "./settings.js";

/** The compiler holds this list complete. */
const OF_WEB_APPS: Readonly<Record<WebAppOption, true>> = {
  responseType: true,
  responseMode: true,
  baseUrl: true,
  secret: true,
  userinfo: true,
  routes: true,
  session: true,
  idleTimeout: true,
  absoluteTimeout: true,
  revokeOnLogout: true,
  logoutPage: true,
  state: true,
  onLogin: true,
  onLogout: true,
  onError: true,
};

/** Metadata without which nobody can log in, but programs can go on. */
const OF_LOGINS: readonly string[] = ["authorization_endpoint", "userinfo_endpoint"];

/**
 * Checks the options of a client and fills in what is left out, from the environment where it has a variable, else with the default.
 *
 * @throws {OptionsError} with every problem at once.
 */
export function readClientSettings(
  given: ClientOptions,
  env: Readonly<Record<string, string | undefined>>,
): ClientSettings {
  const problems = new Problems();
  if (!isObject(given))
    problems.add("createClient()", "takes an object of options, or nothing: then it reads the environment");
  problems.throwIfAny();
  requireKnownNames(problems, given);
  const options = fromEnvironment(given, env, ["issuer", "clientId", "clientSecret", "scope"]);
  const insecureHttp = options.insecureHttp === true;
  const needed = metadataNeeded(options).filter((name) => !OF_LOGINS.includes(name));
  const { clockTolerance, leeway } = readLifetimes(problems, options);
  const settings = applyProfile(problems, options, {
    ...readProvider(problems, { path: "issuer", value: options.issuer, insecureHttp, needed }),
    ...readClient(problems, options),
    ...readProtocol(problems, options),
    ...readHttp(problems, options.http),
    clockTolerance,
    leeway,
    redirectUri: readRedirectUri(problems, options.redirectUri, insecureHttp),
    postLogoutRedirectUri: readPostLogoutUri(problems, options.postLogoutRedirectUri, insecureHttp),
    idpLogout: readIdpLogout(problems, options.idpLogout),
    insecureHttp: flag(problems, "insecureHttp", options.insecureHttp),
    insecurePasswordGrant: flag(problems, "insecurePasswordGrant", options.insecurePasswordGrant),
    now: () => Math.floor(Date.now() / 1000),
  });
  problems.throwIfAny();
  return Object.freeze(settings);
}

/** In plain OAuth 2.0 userinfo tells who somebody is, with a web app or without. */
function tellsThePerson({ protocol }: Pick<ClientOptions, "protocol">): boolean {
  return protocol === "oauth2";
}

function requireKnownNames(problems: Problems, given: ClientOptions): void {
  const isOther = (name: string) => !Object.hasOwn(OF_WEB_APPS, name) || (name === "userinfo" && tellsThePerson(given));
  const known = Object.keys(NAMES).filter(isOther);
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (isOther(name)) others[name] = value;
    else if (value !== undefined)
      problems.add(
        name,
        "is about a web app, which a client of its own does not have; leave it out, or use auth().client",
      );
  }
  problems.unknownNames("", others, [...known, "redirectUri", "postLogoutRedirectUri"]);
}

/** Where a provider sends people back after a login. It compares byte for byte, so there is one way to write it (RFC 9700 §2.1). */
export function readRedirectUri(
  problems: Problems,
  value: string | undefined,
  insecureHttp: boolean,
): string | undefined {
  if (value === undefined) return undefined;
  const path = "redirectUri";
  const url = webUrl(problems, { path, value, insecureHttp });
  if (url !== undefined && url.href !== value) problems.add(path, `must be written as browsers write it: ${url.href}`);
  return value;
}

/** Where it sends them after a logout. */
export function readPostLogoutUri(
  problems: Problems,
  value: string | undefined,
  insecureHttp: boolean,
): string | undefined {
  if (value !== undefined) webUrl(problems, { path: "postLogoutRedirectUri", value, insecureHttp, mayHaveQuery: true });
  return value;
}
