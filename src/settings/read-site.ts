/** @module Reads the options about this site: its address, its routes, its session cookie. */
import type { AuthOptions, RoutesOptions, SessionOptions } from "../options.js";
import { group, isFunction, isText, typed, webUrl } from "./checks.js";
import { VARIABLES } from "./environment.js";
import type { Problems } from "./problems.js";
import type { Routes, SessionSettings, Settings } from "./settings.js";

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
  if (url === undefined) return NOWHERE;
  const plain = (text: string) => text.replace(/\/+$/, "");
  if (plain(value) !== plain(url.href)) {
    // redirect URIs are compared byte for byte by the provider (RFC 9700, 2.1)
    problems.add("baseUrl", `must be written as browsers write it: ${plain(url.href)}`);
  }
  return url;
}

function readSecrets(problems: Problems, secret: AuthOptions["secret"]): readonly string[] {
  const secrets = typeof secret === "string" ? [secret] : [...(secret ?? [])];
  if (secrets.length === 0) {
    problems.add(
      "secret",
      `is needed: it seals the logins; make one with \`openssl rand -base64 32\` and set it here or in ${VARIABLES.secret}`,
    );
  }
  if (secrets.some((one) => typeof one !== "string" || one.length < SHORTEST_SECRET)) {
    problems.add(
      "secret",
      `must have at least ${SHORTEST_SECRET} characters; make one with \`openssl rand -base64 32\``,
    );
  }
  return secrets;
}

const ROUTES = {
  login: "/login",
  callback: "/callback",
  logout: "/logout",
  postLogoutRedirect: "/logged-out",
} as const;

/** The paths of our routes: each a plain path, all of them different. */
export function readRoutes(problems: Problems, options: RoutesOptions | undefined): Routes {
  const names = Object.keys(ROUTES) as (keyof typeof ROUTES)[];
  const given: RoutesOptions = group(problems, { path: "routes", value: options, known: names });
  const taken = new Map<string, string>();
  const routes: Record<string, string | undefined> = {};
  for (const name of names) {
    const path = given[name] ?? ROUTES[name];
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
  return { callback: ROUTES.callback, login: undefined, logout: undefined, postLogoutRedirect: undefined, ...routes };
}

/** A path that every browser and provider spells in the same way, for redirect URIs are compared byte for byte. */
function isPlainPath(value: unknown): value is string {
  if (typeof value !== "string" || !/^\/(?!\/)/.test(value)) return false;
  return URL.canParse(value, NOWHERE.href) && new URL(value, NOWHERE).pathname === value;
}

/** How the session is mounted, if by us. Cookie prefixes bind the cookie to https and to this host (RFC 6265bis §4.1.3). */
export function readSession(problems: Problems, options: SessionOptions | undefined, https: boolean): SessionSettings {
  const given: SessionOptions = group(problems, {
    path: "session",
    value: options,
    known: ["store", "name", "cookie", "keep"],
  });
  const cookie = group(problems, {
    path: "session.cookie",
    value: given.cookie,
    known: ["domain", "path", "sameSite"],
  });
  const name = typed(problems, {
    path: "session.name",
    value: given.name,
    default: "oidc-session",
    is: (value) => typeof value === "string" && /^[\w-]+$/.test(value),
    remedy: "must consist of letters, digits, - and _",
  });
  const path = typed(problems, {
    path: "session.cookie.path",
    value: cookie.path,
    default: "/",
    is: isText,
    remedy: 'must be a path, such as "/"',
  });
  const sameSite = typed<"lax" | "strict" | "none">(problems, {
    path: "session.cookie.sameSite",
    value: cookie.sameSite,
    default: "lax",
    is: (value) => value === "lax" || value === "strict" || value === "none",
    remedy: 'must be "lax", "strict" or "none"',
  });
  if (sameSite === "none" && !https)
    problems.add("session.cookie.sameSite", '"none" needs an https `baseUrl`; browsers drop the cookie otherwise');
  const hostOnly = cookie.domain === undefined && path === "/";
  const prefix = https ? (hostOnly ? "__Host-" : "__Secure-") : "";
  return {
    store: typed(problems, {
      path: "session.store",
      value: given.store,
      default: undefined,
      is: isStore,
      remedy: "must be an express-session store: an object with get, set and destroy",
    }),
    cookieName: prefix + name,
    cookie: { path, sameSite, domain: cookie.domain },
    keep: typed(problems, {
      path: "session.keep",
      value: given.keep,
      default: true,
      is: (value) => typeof value === "boolean" || isFunction(value),
      remedy: "must be true, false, or a function that returns what to keep",
    }),
  };
}

function isStore(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ["get", "set", "destroy"].every((name) => typeof Reflect.get(value, name) === "function");
}
