/** @module The guard for programs: an access token that is good for this API, or an answer that says what is missing. */
import { OptionsError } from "../errors.js";
import { isObject } from "../settings/checks.js";
import { createAccept } from "./bearer.js";
import { type BearerMiddleware, createBearerMiddleware } from "./bearer-middleware.js";
import type { RequireBearerOptions } from "./bearer-options.js";
import { readBearerGuard } from "./read-bearer.js";

/**
 * Guards an API: a call passes with an access token that the issuer has made for it (RFC 6750, RFC 9068), and its handler finds the token at
 * `req.auth`. Any other call is answered with the status and the challenge that the specification gives it, and a JSON body with `error` and
 * `message`. A CORS preflight passes, whoever sends it: what stands behind under `app.use` or `app.all`, a proxy for instance, must not do anything
 * for OPTIONS.
 *
 * The issuer is not contacted before the first token comes, or somebody asks for the API's metadata. While it is away, tokens of known keys pass, others get 503.
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
  return createBearerMiddleware({ guard, accept: createAccept(guard) });
}
