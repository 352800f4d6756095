/** @module Puts the parts together: session, routes, context. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { contextOf } from "./context/find.js";
import { RequestContext } from "./context/request-context.js";
import { OptionsError } from "./errors.js";
import { type MountedRequest, placeOf } from "./http/mount.js";
import { markPrivate, protectAnswer } from "./http/reply.js";
import type { AuthOptions } from "./options.js";
import { createRoutes, type Endpoint } from "./routes/table.js";
import { createInstance } from "./session/instance.js";
import { report } from "./session/report.js";
import { Visit } from "./session/visit.js";
import { isObject } from "./settings/checks.js";
import { readSettings } from "./settings/read-settings.js";

/** The middleware that `auth()` returns, which is also the instance. */
export interface Auth {
  (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
  /** Resolves when no renewal is under way any more. Call it before the process ends. */
  close(): Promise<void>;
}

/**
 * Gives an Express or Connect app a login. Mounts `/login`, `/callback`, `/logout` and `/logged-out`, keeps the tokens on the server with
 * the session, and puts `req.oidc` on every request.
 *
 * The provider is not contacted before it is needed, so that the app starts without it.
 *
 * @param options - what is left out is read from the environment, see {@link AuthOptions}.
 * @throws {OptionsError} with every problem at once.
 * @example
 * app.use(auth());
 * app.get("/me", requireAuth(), (req, res) => res.json(req.oidc.user));
 */
export function auth(options: AuthOptions = {}): Auth {
  if (isObject(options) && "headers" in options && "method" in options) {
    throw new OptionsError(["auth: was passed to app.use() without being called; write app.use(auth())"]);
  }
  const instance = createInstance(readSettings(options, process.env));
  const routes = createRoutes(instance.settings);

  function authMiddleware(req: MountedRequest, res: ServerResponse, next: (error?: unknown) => void): void {
    const { path, query, mount } = placeOf(req);
    const visit = new Visit(instance, req, res, mount);
    const endpoint = routes.get(path);
    const fail = (error: unknown) => {
      report(visit, error);
      markPrivate(res);
      next(error);
    };
    instance.carrier.attach(req, res, (error) => {
      if (error) {
        endpoint?.withoutStore?.(visit);
        fail(error);
      } else if (endpoint !== undefined) {
        answer(endpoint, visit, query).catch(fail);
      } else {
        recognise(visit).then(() => next(), fail);
      }
    });
  }

  return Object.assign(authMiddleware, { close: () => instance.renewal.settled() });
}

/** Puts `req.oidc` on the request, with the login that its session names; without one also where the store fails. */
async function recognise(visit: Visit): Promise<void> {
  const { instance } = visit;
  const req: IncomingMessage & { oidc?: RequestContext } = visit.req;
  if (contextOf(req)?.visit().instance === instance) return;
  const context = new RequestContext(visit);
  req.oidc = context;
  const ticket = instance.carrier.read(req);
  if (ticket === undefined) return;
  const backing = instance.carrier.backing(req);
  const stored = await instance.records.read(backing, ticket.handle);
  if (stored === undefined) return;
  instance.records.use(backing, ticket.handle, stored);
  context.recall(ticket.handle, stored);
}

async function answer(endpoint: Endpoint, visit: Visit, query: string): Promise<void> {
  const { req, res } = visit;
  const recognised = recognise(visit);
  // an endpoint that can do something without the store is let try, and meets the failure itself
  await (endpoint.withoutStore === undefined ? recognised : recognised.catch(() => undefined));
  if (req.method !== undefined && endpoint.methods.includes(req.method)) {
    return endpoint.answer(visit, new URLSearchParams(query));
  }
  protectAnswer(req, res);
  res.writeHead(405, { Allow: endpoint.methods.join(", "), "Content-Length": "0" });
  res.end();
}
