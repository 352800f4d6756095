/** @module Reads how the session is mounted, if by us. */
import { EventEmitter } from "node:events";
import type { SessionCookieOptions, SessionOptions } from "../options.js";
import { group, isBoolean, isFunction, isObject, isText, typed } from "./checks.js";
import type { Problems } from "./problems.js";
import type { SessionCookieSettings, SessionSettings } from "./settings.js";

const PASSED_ON = ["secret", "genid", "proxy", "rolling", "resave", "saveUninitialized", "unset"] as const;

const COOKIE = ["domain", "path", "sameSite", "maxAge", "partitioned", "priority", "secure", "httpOnly"] as const;

/** Where the app is, as far as the session needs to know. */
interface Site {
  readonly id: string;
  readonly https: boolean;
  readonly origin: string;
  readonly basePath: string;
}

/** How the session is mounted. Cookie prefixes bind the cookie to https and to this host (RFC 6265bis §4.1.3). */
export function readSession(problems: Problems, options: SessionOptions | undefined, site: Site): SessionSettings {
  const known = ["reqSession", "store", "name", "cookie", "keep", ...PASSED_ON] as const;
  const given: SessionOptions = group(problems, { path: "session", value: options, known });
  const cookie = readCookie(problems, given.cookie, site);
  const name = typed(problems, {
    path: "session.name",
    value: given.name,
    default: `oidc-session-${site.id}`,
    is: (value) => typeof value === "string" && /^[\w.-]+$/.test(value),
    remedy: "must consist of letters, digits, dots, - and _",
  });
  checkListeners(problems, given.store);
  const reqSession = readReqSession(problems, given);
  const isHostOnly = cookie.domain === undefined && cookie.path === "/";
  const prefix = isHostOnly ? "__Host-" : "__Secure-";
  return {
    reqSession,
    store: typed(problems, {
      path: "session.store",
      value: given.store,
      default: undefined,
      is: isStore,
      remedy: "must be an express-session store: an object with get, set and destroy",
    }),
    cookieName: (site.https ? prefix : "") + name,
    cookie,
    keep: typed(problems, {
      path: "session.keep",
      value: given.keep,
      default: true,
      is: (value) => isBoolean(value) || isFunction(value),
      remedy: "must be true, false, or a function that returns what to keep",
    }),
    passedOn: readPassedOn(problems, given),
  };
}

function readReqSession(problems: Problems, given: SessionOptions): boolean {
  const reqSession = typed(problems, {
    path: "session.reqSession",
    value: given.reqSession,
    default: true,
    is: isBoolean,
    remedy: "must be true or false",
  });
  for (const name of reqSession ? [] : (["keep", ...PASSED_ON] as const)) {
    if (given[name] !== undefined)
      problems.add(
        `session.${name}`,
        "is express-session's affair, which `reqSession: false` leaves out; leave it out too",
      );
  }
  return reqSession;
}

/** Clients of Redis and PostgreSQL end the process with the first lost connection when nobody listens for their errors. */
function checkListeners(problems: Problems, store: unknown): void {
  for (const name of ["client", "pool"]) {
    const client: unknown = isObject(store) ? store[name] : undefined;
    if (!(client instanceof EventEmitter) || client.listenerCount("error") > 0) continue;
    problems.add(
      "session.store",
      `its ${name} has no listener for errors, so a lost connection would end the process; write \`${name}.on("error", (error) => console.error(error))\` before auth()`,
    );
  }
}

/** What goes to express-session as it is. It would object only at the first request, so it is checked here. */
function readPassedOn(problems: Problems, given: SessionOptions): SessionSettings["passedOn"] {
  const isSecret = (value: unknown) =>
    isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText));
  const kinds: Record<(typeof PASSED_ON)[number], readonly [(value: unknown) => boolean, string]> = {
    secret: [isSecret, "must be a text or a list of texts; leave it out, and the option `secret` serves"],
    genid: [isFunction, "must be a function that makes an id"],
    unset: [(value) => value === "destroy" || value === "keep", 'must be "destroy" or "keep"'],
    proxy: [isBoolean, "must be true or false"],
    rolling: [isBoolean, "must be true or false"],
    resave: [isBoolean, "must be true or false"],
    saveUninitialized: [isBoolean, "must be true or false"],
  };
  const names = PASSED_ON.filter((name) => given[name] !== undefined);
  for (const name of names) {
    const [is, remedy] = kinds[name];
    if (!is(given[name])) problems.add(`session.${name}`, remedy);
  }
  return Object.fromEntries(names.map((name) => [name, given[name]]));
}

function readCookie(problems: Problems, options: SessionCookieOptions | undefined, site: Site): SessionCookieSettings {
  const given: SessionCookieOptions = group(problems, { path: "session.cookie", value: options, known: COOKIE });
  requireSafety(problems, given, site.https);
  const { hostname } = new URL(site.origin);
  const at = (name: keyof SessionCookieOptions) => ({ path: `session.cookie.${name}`, default: undefined });
  const domain = typed<string | undefined>(problems, {
    ...at("domain"),
    value: given.domain,
    is: (value) =>
      typeof value === "string" && /\w/.test(value) && `.${hostname}`.endsWith(`.${value.replace(/^\./, "")}`),
    remedy: "must be the host of `baseUrl` or a domain above it; browsers drop the cookie otherwise",
  });
  const partitioned = typed<boolean | undefined>(problems, {
    ...at("partitioned"),
    value: given.partitioned,
    is: isBoolean,
    remedy: "must be true or false",
  });
  const priority = typed<SessionCookieOptions["priority"]>(problems, {
    ...at("priority"),
    value: given.priority,
    is: (value) => ["low", "medium", "high"].includes(value as string),
    remedy: 'must be "low", "medium" or "high"',
  });
  return {
    path: typed(problems, {
      path: "session.cookie.path",
      value: given.path,
      default: "/",
      is: (value) => typeof value === "string" && /^\/[^;,\s]*$/.test(value) && `${site.basePath}/`.startsWith(value),
      remedy: 'must be a path that holds the path of `baseUrl`, such as "/"',
    }),
    sameSite: typed<SessionCookieSettings["sameSite"]>(problems, {
      path: "session.cookie.sameSite",
      value: given.sameSite,
      default: "lax",
      is: (value) => ["lax", "strict", "none", true].includes(value as string),
      remedy: 'must be "lax", "strict" or "none"',
    }),
    maxAge: typed<number | undefined>(problems, {
      ...at("maxAge"),
      value: given.maxAge,
      is: (value) => Number.isFinite(value) && (value as number) >= 60_000,
      remedy: "must be milliseconds, 60000 or more; leave it out, and absoluteTimeout rules",
    }),
    ...(domain !== undefined && { domain }),
    ...(partitioned !== undefined && { partitioned }),
    ...(priority !== undefined && { priority }),
  };
}

function requireSafety(problems: Problems, { sameSite, httpOnly, secure }: SessionCookieOptions, https: boolean): void {
  if (sameSite === "none" && !https) {
    problems.add("session.cookie.sameSite", '"none" needs an https `baseUrl`; browsers drop the cookie otherwise');
  }
  if (httpOnly === false) {
    problems.add("session.cookie.httpOnly", "must not be false: scripts could read the cookie; leave it out");
  }
  if (https && secure === false) problems.add("session.cookie.secure", "must not be false on https; leave it out");
  if (!https && secure === true) {
    problems.add(
      "session.cookie.secure",
      "true needs an https `baseUrl`; browsers would not send the cookie back. Leave it out",
    );
  }
}

function isStore(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return ["get", "set", "destroy"].every((name) => typeof Reflect.get(value, name) === "function");
}
