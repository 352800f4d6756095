/** @module Reads how the session is mounted, if by us. */
import type { SessionCookieOptions, SessionOptions } from "../options.js";
import { group, isBoolean, isFunction, isText, typed } from "./checks.js";
import type { Problems } from "./problems.js";
import type { SessionCookieSettings, SessionSettings } from "./settings.js";

const PASSED_ON = ["secret", "genid", "proxy", "rolling", "resave", "saveUninitialized", "unset"] as const;

const COOKIE = ["domain", "path", "sameSite", "maxAge", "partitioned", "priority", "secure", "httpOnly"] as const;

/** Where the app is, as far as the session needs to know. */
interface Site {
  readonly id: string;
  readonly https: boolean;
}

/** Cookie prefixes bind the cookie to https and to this host (RFC 6265bis §4.1.3). */
export function readSession(problems: Problems, options: SessionOptions | undefined, site: Site): SessionSettings {
  const known = ["store", "name", "cookie", "keep", ...PASSED_ON] as const;
  const given: SessionOptions = group(problems, { path: "session", value: options, known });
  const cookie = readCookie(problems, given.cookie, site);
  const name = typed(problems, {
    path: "session.name",
    value: given.name,
    default: `oidc-session-${site.id}`,
    is: (value) => typeof value === "string" && /^[\w.-]+$/.test(value),
    remedy: "must consist of letters, digits, dots, - and _",
  });
  const isHostOnly = cookie.domain === undefined && cookie.path === "/";
  const prefix = isHostOnly ? "__Host-" : "__Secure-";
  return {
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
    passedOn: Object.fromEntries(PASSED_ON.filter((key) => given[key] !== undefined).map((key) => [key, given[key]])),
  };
}

function readCookie(
  problems: Problems,
  options: SessionCookieOptions | undefined,
  { https }: Site,
): SessionCookieSettings {
  const given: SessionCookieOptions = group(problems, { path: "session.cookie", value: options, known: COOKIE });
  const { domain, partitioned, priority } = given;
  requireSafety(problems, given, https);
  const sameSite = typed<NonNullable<SessionCookieOptions["sameSite"]>>(problems, {
    path: "session.cookie.sameSite",
    value: given.sameSite,
    default: "lax",
    is: (value) => ["lax", "strict", "none", true].includes(value as string),
    remedy: 'must be "lax", "strict" or "none"',
  });
  return {
    path: typed(problems, {
      path: "session.cookie.path",
      value: given.path,
      default: "/",
      is: isText,
      remedy: 'must be a path, such as "/"',
    }),
    sameSite,
    maxAge: typed<number | undefined>(problems, {
      path: "session.cookie.maxAge",
      value: given.maxAge,
      default: undefined,
      is: (value) => typeof value === "number" && value >= 60_000,
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
