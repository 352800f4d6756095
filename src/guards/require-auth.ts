/** @module The guard for people: signed in, or sent to log in. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { requireContext } from "../context/find.js";
import type { RequestContext } from "../context/request-context.js";
import { AccessError } from "../errors.js";
import { sendJson } from "../http/reply.js";
import { isPreflight, wantsPage } from "../http/who-asks.js";
import type { Login } from "../session/record.js";
import { loginUrlOf, returnAddressOf, safeReturnTo } from "../session/return-address.js";
import { isObject } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import type { Settings } from "../settings/settings.js";
import { trace } from "../trace.js";
import { type ClaimRules, meets } from "./claim-rules.js";

/** Middleware for Express, Connect and everything that calls `(req, res, next)`. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void;

/** What a route demands beyond somebody being signed in. */
export interface RequireAuthOptions {
  /** What the person's claims must be: by name (equal, one of a list, or a function), or one function for all. Otherwise 403. */
  readonly claims?: ClaimRules;
  /** Scopes that must have been granted, space-separated or as a list. Otherwise 403. */
  readonly scope?: string | readonly string[];
  /** How long ago the person may have proved who they are (claim `auth_time`), in seconds. Otherwise they do it again. */
  readonly maxAge?: number;
  /** How they must have proved it (claim `acr`): one of these. Otherwise they do it again, stronger. */
  readonly acr?: string | readonly string[];
  /** Answers instead of a login or a 401, when nobody is signed in or a stronger login is needed. */
  readonly onUnauthenticated?: Middleware;
}

/** Why a request may not pass yet. */
interface Obstacle {
  readonly error: "OIDC_SESSION_MISSING" | "OIDC_STEP_UP_REQUIRED";
  readonly message: string;
  readonly params: Readonly<Record<string, string>>;
}

interface Rules {
  readonly claims: ClaimRules | undefined;
  readonly scopes: readonly string[];
  readonly maxAge: number | undefined;
  readonly acr: readonly string[] | undefined;
  readonly onUnauthenticated: Middleware | undefined;
}

const NOBODY: Obstacle = { error: "OIDC_SESSION_MISSING", message: "Nobody is signed in.", params: {} };

/**
 * Guards a route for people. A page is sent to log in and comes back; anything else gets 401 with the login's address as JSON. A CORS
 * preflight passes. On the way an access token that is due is renewed; an outage of the provider stops nobody who is signed in.
 *
 * The answer is `Cache-Control: no-store` unless the handler sets another one.
 *
 * @throws {OptionsError} at construction, with every problem at once.
 * @example
 * app.get("/orders", requireAuth({ claims: { roles: "buyer" } }), (req, res) => res.json(req.oidc.user));
 */
export function requireAuth(options?: RequireAuthOptions): Middleware;
/** The same without options, written bare: `app.get("/me", requireAuth, handler)`. */
export function requireAuth(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
export function requireAuth(
  first: RequireAuthOptions | IncomingMessage = {},
  res?: ServerResponse,
  next?: (error?: unknown) => void,
): Middleware | void {
  if (res === undefined || next === undefined) return createGuard(first as RequireAuthOptions);
  return createGuard({})(first as IncomingMessage, res, next);
}

function createGuard(options: RequireAuthOptions): Middleware {
  const rules = readRules(options);
  return function requireAuthMiddleware(req, _res, next) {
    if (isPreflight(req)) return next();
    try {
      const context = requireContext(req);
      if (!context.isRenewalDue()) return admit(rules, context, next);
      context
        .renewIfDue()
        .then(() => admit(rules, context, next))
        .catch((error: unknown) => fail(context, error, next));
    } catch (error) {
      next(error);
    }
  };
}

function admit(rules: Rules, context: RequestContext, next: (error?: unknown) => void): void {
  const { res, logins } = context.visit();
  const login = context.current();
  const obstacle = login === undefined ? NOBODY : obstacleFor(rules, login, logins.settings);
  if (login !== undefined && obstacle === undefined) {
    const refusal = refusalFor(rules, login);
    if (refusal !== undefined) return fail(context, refusal, next);
    // a shared cache or the back button must not show this to anybody else
    if (!res.hasHeader("Cache-Control")) res.setHeader("Cache-Control", "no-store");
    return next();
  }
  stop(rules, context, { obstacle: obstacle ?? NOBODY, next });
}

function stop(
  rules: Rules,
  context: RequestContext,
  { obstacle, next }: { obstacle: Obstacle; next: (error?: unknown) => void },
): void {
  const visit = context.visit();
  const { req, res, logins } = visit;
  if (rules.onUnauthenticated !== undefined) return rules.onUnauthenticated(req, res, next);
  if (wantsPage(req)) {
    const request = { returnTo: returnAddressOf(visit), params: Object.entries(obstacle.params), acr: rules.acr };
    context.begin(request).catch((error: unknown) => fail(context, error, next));
    return;
  }
  trace("guard: 401 %s", obstacle.error);
  const page = safeReturnTo(logins.settings, req.headers.referer);
  const loginUrl = loginUrlOf(logins.settings, page, obstacle.params);
  sendJson(req, res, { status: 401, body: { error: obstacle.error, message: obstacle.message, loginUrl } });
}

function fail(context: RequestContext, error: unknown, next: (error?: unknown) => void): void {
  const { logins, req } = context.visit();
  logins.settings.onError?.(error, req);
  next(error);
}

function obstacleFor(rules: Rules, { user }: Login, { now, clockTolerance }: Settings): Obstacle | undefined {
  const { maxAge, acr } = rules;
  const { auth_time: authTime } = user;
  const isOld = maxAge !== undefined && !(typeof authTime === "number" && now() - authTime <= maxAge + clockTolerance);
  const isWeak = acr !== undefined && !(typeof user.acr === "string" && acr.includes(user.acr));
  if (!isOld && !isWeak) return undefined;
  return {
    error: "OIDC_STEP_UP_REQUIRED",
    message: "A fresher or stronger login is needed here.",
    params: {
      ...(maxAge !== undefined && { max_age: String(maxAge) }),
      ...(acr !== undefined && { acr_values: acr.join(" ") }),
    },
  };
}

function refusalFor(rules: Rules, { user, tokens }: Login): AccessError | undefined {
  const granted = tokens.scope.split(" ");
  const missing = rules.scopes.filter((scope) => !granted.includes(scope));
  if (missing.length > 0) {
    return new AccessError(
      "OIDC_SCOPE_MISSING",
      `This needs scope that the login was not granted: ${missing.join(" ")}.`,
    );
  }
  if (rules.claims === undefined || meets(user, rules.claims)) return undefined;
  return new AccessError(
    "OIDC_CLAIMS_REJECTED",
    "This person is not allowed here: their claims do not meet the rules of this route.",
  );
}

const NAMES: Readonly<Record<keyof RequireAuthOptions, true>> = {
  claims: true,
  scope: true,
  maxAge: true,
  acr: true,
  onUnauthenticated: true,
};

function readRules(options: RequireAuthOptions): Rules {
  const problems = new Problems();
  problems.unknownNames("requireAuth ", options, Object.keys(NAMES));
  const { claims, scope, maxAge, acr, onUnauthenticated } = options;
  if (claims !== undefined && !isObject(claims) && typeof claims !== "function") {
    problems.add("requireAuth claims", "must be an object of claim names and rules, or a function of all claims");
  }
  if (maxAge !== undefined && !(Number.isInteger(maxAge) && maxAge >= 0)) {
    problems.add("requireAuth maxAge", "must be a whole number of seconds, 0 or more");
  }
  if (onUnauthenticated !== undefined && typeof onUnauthenticated !== "function") {
    problems.add("requireAuth onUnauthenticated", "must be a function (req, res, next)");
  }
  const scopes = words(problems, "requireAuth scope", scope) ?? [];
  const rules = { claims, scopes, maxAge, acr: words(problems, "requireAuth acr", acr), onUnauthenticated };
  problems.throwIfAny();
  return rules;
}

function words(problems: Problems, path: string, value: string | readonly string[] | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const list = typeof value === "string" ? value.split(" ") : value;
  const isList =
    Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === "string" && word !== "");
  if (!isList) problems.add(path, "must be a text or a list of texts");
  return isList ? list : [];
}
