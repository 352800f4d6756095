/** @module Finds the context of a request, for guards, and for apps whose types do not show it. */
import type { IncomingMessage } from "node:http";
import { SessionError } from "../errors.js";
import type { Claims } from "../options.js";
import type { OidcContext } from "./oidc-context.js";
import { RequestContext } from "./request-context.js";

/** The context that `auth()` has put on a request; undefined before it. */
export function contextOf(req: IncomingMessage): RequestContext | undefined {
  return "oidc" in req && req.oidc instanceof RequestContext ? req.oidc : undefined;
}

/** The same, for whoever can't do without. @throws {SessionError} `OIDC_SESSION_NOT_MOUNTED` */
export function requireContext(req: IncomingMessage): RequestContext {
  const context = contextOf(req);
  if (context !== undefined) return context;
  throw new SessionError(
    "OIDC_SESSION_NOT_MOUNTED",
    "This request has not passed auth(), so nobody can be recognised. Put app.use(auth()) before the routes and guards that need it.",
  );
}

/**
 * The login of a request, for Connect and bare `node:http`, whose types do not know `req.oidc`.
 *
 * @throws {SessionError} `OIDC_SESSION_NOT_MOUNTED` when the request has not passed `auth()`.
 */
export function oidcOf(req: IncomingMessage): OidcContext {
  return requireContext(req);
}

/**
 * The login of a request on which somebody is signed in, with `user` present also for the compiler.
 *
 * @throws {SessionError} `OIDC_SESSION_MISSING` (401) when nobody is signed in, `OIDC_SESSION_NOT_MOUNTED` without `auth()`.
 */
export function signedIn(req: IncomingMessage): OidcContext & { readonly user: Claims } {
  const context = requireContext(req);
  if (!isSignedIn(context)) {
    throw new SessionError("OIDC_SESSION_MISSING", "Nobody is signed in. Guard this route with requireAuth().");
  }
  return context;
}

function isSignedIn(context: OidcContext): context is OidcContext & { readonly user: Claims } {
  return context.isAuthenticated();
}
