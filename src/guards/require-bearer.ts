/** @module The guard for programs: an access token that is good for this API, or an answer that says what is missing. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { contextOf } from "../context/find.js";
import { BearerError, OidcError, OptionsError } from "../errors.js";
import { publish } from "../events.js";
import { markPrivate, sendJson } from "../http/reply.js";
import { isPreflight } from "../http/who-asks.js";
import { report } from "../session/report.js";
import { isObject } from "../settings/checks.js";
import { trace } from "../trace.js";
import { createAccept } from "./bearer.js";
import type { BearerAuth } from "./bearer-auth.js";
import type { RequireBearerOptions } from "./bearer-options.js";
import { type BearerGuard, readBearerGuard } from "./read-bearer.js";
import type { Middleware } from "./rules.js";

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

type Next = (error?: unknown) => void;

/**
 * Guards an API: a call passes with an access token that the issuer has made for it (RFC 6750, RFC 9068), and its handler finds the token at
 * `req.auth`. Any other call is answered with the status and the challenge that the specification gives it, and a JSON body with `error` and
 * `message`. A CORS preflight passes.
 *
 * The issuer is not contacted before the first token comes. While it is away, tokens of known keys pass, others get 503.
 *
 * @throws {OptionsError} at construction, with every problem at once.
 * @example
 * app.use("/api", requireBearer({ issuer: "https://id.example.com", audience: "https://api.example.com" }));
 * app.get("/api/orders", requireBearer({ scope: "orders:read" }), (req, res) => res.json(req.auth?.claims));
 */
export function requireBearer(options: RequireBearerOptions = {}): BearerMiddleware {
  if (isObject(options) && "headers" in options && "method" in options) {
    throw new OptionsError([
      "requireBearer: was passed to app.use() or a route without being called; write requireBearer({ audience })",
    ]);
  }
  const guard = readBearerGuard(options);
  const accept = createAccept(guard);

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
    if (found instanceof Promise) found.then(admit, stop);
    else admit(found);
  }

  return Object.assign(requireBearerMiddleware, { authenticate: async (req: IncomingMessage) => accept(req) });
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
