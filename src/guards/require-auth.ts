/** @module The guard for people: signed in, or sent to log in. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { requireContext } from "../context/find.js";
import type { RequestContext } from "../context/request-context.js";
import type { AccessError } from "../errors.js";
import { markPrivate, sendJson } from "../http/reply.js";
import { isPreflight, wantsPage } from "../http/who-asks.js";
import { publishRefusal, report } from "../session/report.js";
import { loginUrlOf, returnAddressOf, safeReturnTo } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";
import { trace } from "../trace.js";
import { judgementOf } from "./bearer-middleware.js";
import type { Middleware, Next } from "./middleware.js";
import { type Obstacle, obstacleFor, type RequireAuthOptions, type Rules, readRules, refusalFor } from "./rules.js";
import { createTokenDoor, type TokenDoor } from "./token-door.js";

/**
 * Guards a route for people. A page is sent to log in and comes back; anything else gets 401 with the login's address as JSON. A CORS
 * preflight passes, which carries no cookies: a handler under `app.use` or `app.all` must not answer OPTIONS with data. On the way an access token that is due is renewed; an outage of the provider stops nobody who is signed in.
 *
 * With `bearer` programs come in too: a call that brings an access token is judged by that guard instead of a login.
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
): Middleware | undefined {
  if (res === undefined || next === undefined) return createGuard(first as RequireAuthOptions);
  createGuard({})(first as IncomingMessage, res, next);
  return undefined;
}

/** A guard as it stands: what it demands of people, and where programs come in, if they do. */
interface Guard {
  readonly rules: Rules;
  readonly door: TokenDoor | undefined;
}

function createGuard(options: RequireAuthOptions): Middleware {
  const rules = readRules(options);
  const judgement = judgementOf(options.bearer);
  const door = judgement && createTokenDoor(judgement, rules);
  const guard: Guard = { rules, door };
  return function requireAuthMiddleware(req, res, next) {
    if (isPreflight(req)) {
      next();
      return;
    }
    if (door?.isTried(req)) {
      door.enter(req, res, next);
      return;
    }
    let context: RequestContext;
    try {
      context = requireContext(req);
    } catch (error) {
      next(error);
      return;
    }
    if (context.isRenewalDue()) {
      admitLater(guard, context, next).catch(failing(context, next));
    } else {
      admit(guard, context, next);
    }
  };
}

/** Renews first. Meanwhile a time-out of the app's may have answered: then there is nothing left to do. */
async function admitLater(guard: Guard, context: RequestContext, next: Next): Promise<void> {
  const { res } = context.visit();
  await context.renewIfDue();
  if (!res.headersSent && !res.writableEnded) admit(guard, context, next);
}

/** Lets a request pass, or stops it. */
function admit(guard: Guard, context: RequestContext, next: Next): void {
  const { rules } = guard;
  const { res, instance } = context.visit();
  const login = context.current();
  const fail = failing(context, next);
  let obstacle: Obstacle | undefined;
  let refusal: AccessError | undefined;
  try {
    obstacle = obstacleFor(rules, login, instance.settings);
    refusal = login === undefined ? undefined : refusalFor(rules, login);
  } catch (error) {
    // a rule of the app's own has thrown
    fail(error);
    return;
  }
  if (obstacle !== undefined) {
    stop(guard, context, { obstacle, next });
  } else if (refusal !== undefined) {
    fail(refusal);
  } else {
    // a shared cache or the back button must not show this to anybody else
    if (!res.hasHeader("Cache-Control")) res.setHeader("Cache-Control", "no-store");
    next();
  }
}

/** Asks for a login: a page goes there and comes back, anything else is told where it is. */
function stop(
  { rules, door }: Guard,
  context: RequestContext,
  { obstacle, next }: { obstacle: Obstacle; next: Next },
): void {
  const visit = context.visit();
  const fail = failing(context, next);
  const { req, res, instance } = visit;
  const { error, message, params } = obstacle;
  if (rules.onUnauthenticated !== undefined) {
    handOver(rules.onUnauthenticated, visit, next).catch(fail);
  } else if (wantsPage(req)) {
    const request = { returnTo: returnAddressOf(visit), params: Object.entries(params) };
    context.begin(request).catch(fail);
  } else {
    trace("guard: 401 %s", error);
    publishRefusal(instance.settings, { code: error, status: 401 });
    if (door !== undefined) res.setHeader("WWW-Authenticate", door.challenge);
    const page = safeReturnTo(instance.settings, req.headers.referer);
    sendJson(req, res, {
      status: 401,
      body: { error, message, loginUrl: loginUrlOf(instance.settings, page, params) },
    });
  }
}

/** Hands a request over to a function of the app's, which may fail now or later. */
async function handOver(
  answer: NonNullable<Rules["onUnauthenticated"]>,
  { req, res }: Visit,
  next: Next,
): Promise<void> {
  await answer(req, res, next);
}

function failing(context: RequestContext, next: Next): (error: unknown) => void {
  const visit = context.visit();
  return (error) => {
    report(visit, error);
    markPrivate(visit.res);
    next(error);
  };
}
