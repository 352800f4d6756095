/** @module Reads the options about this site: its address, its secrets, its routes. */
import { parsedUrl } from "../http/parsed-url.js";
import type { AuthOptions, RoutesOptions } from "../options.js";
import { group, webUrl } from "./checks.js";
import { VARIABLES } from "./environment.js";
import type { Problems } from "./problems.js";
import type { Routes, Settings } from "./settings.js";

/** A secret shorter than this could be guessed. */
const SHORTEST_SECRET = 32;

/** Stands in for an address that could not be read, until the problems are thrown. */
const NOWHERE = new URL("https://invalid");

/** Where people reach the app, and what seals their logins. */
export function readSite(
  problems: Problems,
  options: AuthOptions,
  insecureHttp: boolean,
): Pick<Settings, "baseUrl" | "basePath" | "origin" | "https" | "secrets"> {
  const url = readBaseUrl(problems, options.baseUrl, insecureHttp);
  const basePath = url.pathname.replace(/\/+$/, "");
  return {
    baseUrl: url.origin + basePath,
    basePath,
    origin: url.origin,
    https: url.protocol === "https:",
    secrets: readSecrets(problems, options.secret),
  };
}

function readBaseUrl(problems: Problems, value: string | undefined, insecureHttp: boolean): URL {
  if (value === undefined) {
    problems.add(
      "baseUrl",
      `is needed: where people reach this app, such as https://shop.example, here or in ${VARIABLES.baseUrl}`,
    );
    return NOWHERE;
  }
  const url = webUrl(problems, { path: "baseUrl", value, insecureHttp });
  // what is no web address, which is a problem noted, has no origin to go on with
  if (url === undefined || url.origin === "null") return NOWHERE;
  const plain = (text: string) => text.replace(/\/+$/, "");
  if (plain(value) !== plain(url.href)) {
    // redirect URIs are compared byte for byte by the provider (RFC 9700, 2.1)
    problems.add("baseUrl", `must be written as browsers write it: ${plain(url.href)}`);
  }
  return url;
}

function readSecrets(problems: Problems, secret: AuthOptions["secret"]): readonly string[] {
  if (secret === undefined || (Array.isArray(secret) && secret.length === 0)) {
    problems.add(
      "secret",
      `is needed: it seals the logins; make one with \`openssl rand -base64 32\` and set it here or in ${VARIABLES.secret}`,
    );
    return [];
  }
  return secretsIn(problems, "secret", secret);
}

/** A secret or a list of them, newest first: what is too short to be one is a problem, and left out. */
export function secretsIn(problems: Problems, path: string, secret: string | readonly string[]): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(secret) ? [...secret] : [secret];
  if (!secrets.every(isSecret)) {
    problems.add(path, `must have at least ${SHORTEST_SECRET} characters; make one with \`openssl rand -base64 32\``);
  }
  return secrets.filter(isSecret);
}

function isSecret(value: unknown): value is string {
  return typeof value === "string" && value.length >= SHORTEST_SECRET;
}

const ROUTES = {
  login: "/login",
  callback: "/callback",
  logout: "/logout",
  postLogoutRedirect: "/logged-out",
  backchannelLogout: "/backchannel-logout",
  frontchannelLogout: "/frontchannel-logout",
} as const;

/** The paths of our routes: each a plain path, all of them different. */
export function readRoutes(problems: Problems, options: RoutesOptions | undefined): Routes {
  const names = Object.keys(ROUTES) as (keyof typeof ROUTES)[];
  const given: RoutesOptions = group(problems, { path: "routes", value: options, known: names });
  const taken = new Map<string, string>();
  const routes: { -readonly [Name in keyof Routes]: Routes[Name] } = { ...ROUTES };
  for (const name of names) {
    const path: unknown = given[name] === undefined ? ROUTES[name] : given[name];
    if (path === false && name !== "callback") {
      routes[name] = undefined;
      continue;
    }
    if (!isPlainPath(path)) {
      problems.add(`routes.${name}`, `must be a plain path that begins with one slash, such as ${ROUTES[name]}`);
      continue;
    }
    if (path === "/" && name !== "postLogoutRedirect") {
      problems.add(
        `routes.${name}`,
        `must not be the front page, where people go afterwards; write a path such as ${ROUTES[name]}`,
      );
    }
    const other = taken.get(path);
    if (other !== undefined)
      problems.add(`routes.${name}`, `is the same path as routes.${other}; each route needs its own`);
    taken.set(path, name);
    routes[name] = path;
  }
  return routes;
}

/** A path that every browser and provider spells in the same way, for redirect URIs are compared byte for byte. */
function isPlainPath(value: unknown): value is string {
  if (typeof value !== "string" || !/^\/(?!\/)/.test(value)) return false;
  return parsedUrl(value, NOWHERE)?.pathname === value;
}
