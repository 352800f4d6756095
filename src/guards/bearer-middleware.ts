/** @module The guard of an API as middleware: passes a call on with its token, or answers why not. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { contextOf } from "../context/find.js";
import { BearerError, OidcError } from "../errors.js";
import { publish } from "../events.js";
import { markPrivate, sendJson } from "../http/reply.js";
import { isPreflight } from "../http/who-asks.js";
import { report } from "../session/report.js";
import { trace } from "../trace.js";
import type { Accept } from "./bearer.js";
import { BearerAuth } from "./bearer-auth.js";
import type { Middleware, Next } from "./middleware.js";
import type { BearerGuard } from "./read-bearer.js";

/** The middleware that {@link requireBearer} returns. */
export interface BearerMiddleware extends Middleware {
  /**
   * The same judgement outside of middleware: for WebSocket upgrades and bare `node:http`. Answers nothing.
   *
   * @throws {BearerError} (its promise) with `status` and `headers` of the answer, when the call may not pass.
   * @throws {ProviderError} (its promise) 503 when its token can't be judged now.
   */
  authenticate(req: IncomingMessage): Promise<BearerAuth>;
}

/** How a guard judges calls. */
export interface Judgement {
  readonly guard: BearerGuard;
  readonly accept: Accept;
}

const JUDGEMENT = Symbol("judgement");

/** Creates the middleware. */
export function createBearerMiddleware(judgement: Judgement): BearerMiddleware {
  const { guard, accept } = judgement;

  function requireBearerMiddleware(
    req: IncomingMessage & { auth?: BearerAuth },
    res: ServerResponse,
    next: Next,
  ): void {
    if (isPreflight(req)) {
      next();
      return;
    }
    const admit = (auth: BearerAuth) => {
      // meanwhile a time-out of the app's may have answered
      if (res.headersSent || res.writableEnded) return;
      req.auth = auth;
      const answer = BearerAuth.answerOf(auth);
      if (answer !== undefined) for (const [name, value] of Object.entries(answer)) res.setHeader(name, value);
      // a shared cache must not show this to anybody else
      if (!res.hasHeader("Cache-Control")) res.setHeader("Cache-Control", "no-store");
      next();
    };
    const stop = (error: unknown) => refuse(guard, { req, res, next }, error);
    let found: BearerAuth | Promise<BearerAuth>;
    try {
      found = accept(req);
    } catch (error) {
      stop(error);
      return;
    }
    if (found instanceof Promise) found.then(admit, stop).catch(next);
    else admit(found);
  }

  const middleware = Object.assign(requireBearerMiddleware, {
    authenticate: async (req: IncomingMessage) => accept(req),
  });
  // for this house only, and for nobody who prints it
  return Object.defineProperty(middleware, JUDGEMENT, { value: judgement });
}

/** How a guard judges calls; undefined for what is no guard of `requireBearer()`. */
export function judgementOf(middleware: unknown): Judgement | undefined {
  return typeof middleware === "function" ? (Reflect.get(middleware, JUDGEMENT) as Judgement | undefined) : undefined;
}

interface Call {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly next: Next;
}

/** Answers a call that may not pass. What is no fault of the caller's is the app's to answer. */
function refuse(guard: BearerGuard, { req, res, next }: Call, error: unknown): void {
  tell(guard, req, error);
  if (res.headersSent || res.writableEnded) return;
  if (!(error instanceof BearerError) || error.status >= 500) {
    markPrivate(res);
    next(error);
  } else if (guard.onRefused === undefined) {
    for (const [name, value] of Object.entries(error.headers)) res.setHeader(name, value);
    sendJson(req, res, { status: error.status, body: { error: error.code, message: error.message } });
  } else {
    handOver(guard.onRefused, { req, res, next }, error).catch(next);
  }
}

async function handOver(
  answer: NonNullable<BearerGuard["onRefused"]>,
  { req, res, next }: Call,
  error: BearerError,
): Promise<void> {
  await answer(error, req, res, next);
}

function tell({ origin }: BearerGuard, req: IncomingMessage, error: unknown): void {
  const context = contextOf(req);
  if (context !== undefined) {
    report(context.visit(), error);
  } else if (error instanceof OidcError) {
    trace("bearer: %d %s (%s)", error.status, error.code, error.message);
    publish("refusal", { ...origin, code: error.code, status: error.status });
  }
}
