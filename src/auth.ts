/** @module Puts the parts together: session, routes, context. */
import cluster from "node:cluster";
import { type IncomingMessage, ServerResponse } from "node:http";
import type { Client } from "./client/client.js";
import { contextOf, requireContext } from "./context/find.js";
import type { OidcContext } from "./context/oidc-context.js";
import { RequestContext } from "./context/request-context.js";
import { AccessError, OptionsError } from "./errors.js";
import { type MountedRequest, placeOf } from "./http/mount.js";
import { markPrivate, protectAnswer } from "./http/reply.js";
import type { AuthOptions } from "./options.js";
import { createRoutes, type Endpoint } from "./routes/table.js";
import { loginsOf } from "./session/end-others.js";
import { healthOf } from "./session/health.js";
import type { Health } from "./session/health-report.js";
import { createInstance, type Instance } from "./session/instance.js";
import type { Logins } from "./session/logins.js";
import { report } from "./session/report.js";
import { Visit } from "./session/visit.js";
import { isObject } from "./settings/checks.js";
import { readSettings } from "./settings/read-settings.js";
import type { Settings } from "./settings/settings.js";

/** What `authenticate(req)` may be told. */
export interface AuthenticateOptions {
  /** Origins whose pages may open a WebSocket with this login, beside that of `baseUrl`: `https://shop.example.com`. */
  readonly origins?: readonly string[];
}

/** The middleware that `auth()` returns, which is also the instance. */
export interface Auth {
  (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): void;
  /**
   * The logins of one person, to show or to end them: "log me out everywhere". `sub` is that of `req.oidc.user`.
   *
   * @throws {SessionError} (its promises) `OIDC_SESSION_NOT_MOUNTED` where the app mounts its own session and no request has come by yet:
   *   name the store then, `session: { store }`.
   * @throws {ProviderError} (its promises) when the provider has not been reached since the process began, and is away.
   */
  logins(sub: string): Logins;
  /**
   * The login of a request that passes no middleware, such as a WebSocket's upgrade or one of bare `node:http`: what handlers find at `req.oidc`,
   * which is there afterwards too. Nothing is answered and no cookie is set. An app that mounts its own session runs that first.
   *
   * Cookies come along whichever page opens a WebSocket, so an upgrade from a page of another origin is refused; name those that may in `origins`.
   *
   * @throws {AccessError} (its promise) `OIDC_ORIGIN_REJECTED` (403) for an upgrade from another origin.
   * @throws {StateError} (its promise) 503 when the session store is away.
   * @example
   * server.on("upgrade", async (req, socket, head) => {
   *   const { user } = await oidc.authenticate(req);
   * });
   */
  authenticate(req: IncomingMessage, options?: AuthenticateOptions): Promise<OidcContext>;
  /**
   * Everything that can be asked of the provider without a request of the app: tokens for this app itself, exchanges, introspection... The same that
   * logins and renewals ask, so that it knows what they know.
   */
  readonly client: Client;
  /**
   * Asks provider, shared state and session store whether they are there, each within its own time limit. Tells, and never throws for it.
   * Its route belongs before this middleware: behind it a request with a session is 503 itself while the store is away.
   */
  health(): Promise<Health>;
  /** Resolves when no renewal and no revocation is under way any more. Call it before the process ends. */
  close(): Promise<void>;
}

/**
 * Gives an Express or Connect app a login. Mounts `/login`, `/callback`, `/logout`, `/logged-out`, `/backchannel-logout` and
 * `/frontchannel-logout`, keeps the tokens on the server with the session, and puts `req.oidc` on every request.
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
  warnOfOtherProcesses(instance.settings);
  warnOfShownTokens(instance.settings);
  const routes = createRoutes(instance.settings);

  function authMiddleware(req: MountedRequest, res: ServerResponse, next: (error?: unknown) => void): void {
    const { path, query, mount } = placeOf(req);
    const visit = new Visit(instance, { req, res }, mount);
    const endpoint = routes.get(path);
    const fail = (error: unknown) => {
      report(visit, error);
      markPrivate(res);
      next(error);
    };
    if (req.method === "POST" && endpoint?.takePosted !== undefined) {
      endpoint.takePosted(visit).catch(fail);
      return;
    }
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

  return Object.assign(authMiddleware, {
    authenticate: (req: IncomingMessage, options: AuthenticateOptions = {}) => authenticate(instance, req, options),
    client: instance.client,
    logins: (sub: string) => loginsOf(instance, sub),
    health: () => healthOf(instance),
    async close() {
      await Promise.all([instance.renewal.settled(), instance.revocations.settled()]);
    },
  });
}

/** The same as for a request of the middleware, with an answer that is never sent. */
async function authenticate(
  instance: Instance,
  req: IncomingMessage,
  { origins = [] }: AuthenticateOptions,
): Promise<OidcContext> {
  requireOwnOrigin(instance.settings, req, origins);
  const res = new ServerResponse(req);
  const visit = new Visit(instance, { req, res }, placeOf(req).mount);
  await new Promise<void>((resolve, reject) => {
    instance.carrier.attach(req, res, (error) => (error ? reject(error as Error) : resolve()));
  });
  await recognise(visit);
  return requireContext(req);
}

function requireOwnOrigin({ origin }: Settings, { headers }: IncomingMessage, others: readonly string[]): void {
  const { upgrade, origin: page } = headers;
  if (upgrade === undefined || page === undefined || page === origin || others.includes(page)) return;
  throw new AccessError(
    "OIDC_ORIGIN_REJECTED",
    "A page of another origin wants to open a WebSocket with this site's cookies. Name it in origins of authenticate() if it may.",
  );
}

/** Processes of one cluster share logins: without shared state two of them may renew one login at once, and its provider may end it for that. */
function warnOfOtherProcesses({ stateIsShared }: Settings): void {
  if (stateIsShared || cluster.worker === undefined) return;
  process.emitWarning(
    "This app runs in several processes (node:cluster), but each keeps its locks to itself, so that two may renew one login at once. Give auth() what they share: state: redisState(client), from express-oidc/redis.",
    { type: "ExpressOidcWarning", code: "OIDC_STATE_NOT_SHARED" },
  );
}

/** An access token that passes the browser can be read there, and used by whoever has read it (RFC 9700 §2.1.2). */
function warnOfShownTokens({ responseType }: Settings): void {
  if (!responseType.endsWith(" token")) return;
  process.emitWarning(
    `responseType "${responseType}" has the provider hand an access token to the browser, where it can be stolen; the security BCP advises against it (RFC 9700, 2.1.2). Use "code", or "code id_token" if the provider insists on an ID token.`,
    { type: "ExpressOidcWarning", code: "OIDC_TOKEN_IN_BROWSER" },
  );
}

/** Puts `req.oidc` on the request, with the login that its session names; without one also where the store fails. */
async function recognise(visit: Visit): Promise<void> {
  const { instance } = visit;
  const req: IncomingMessage & { oidc?: RequestContext } = visit.req;
  // mounted twice, or made twice from the same options: who came first knows the person
  if (contextOf(req)?.visit().instance.settings.id === instance.settings.id) return;
  const context = new RequestContext(visit);
  req.oidc = context;
  const ticket = instance.carrier.read(req);
  if (ticket === undefined) return;
  const backing = instance.carrier.backing(req);
  const stored = await instance.records.read(backing, ticket.handle);
  if (stored === undefined) return;
  instance.records.use(backing, ticket.handle, stored);
  instance.carrier.prolong(visit.res, ticket);
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
  const methods = endpoint.takePosted === undefined ? endpoint.methods : [...endpoint.methods, "POST"];
  res.writeHead(405, { Allow: methods.join(", "), "Content-Length": "0" });
  res.end();
}
