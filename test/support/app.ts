/**
 * An app as a user would write it, on a real socket: Express 5, Express 4 or bare Connect, with one set of routes.
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";
import connect, { type NextHandleFunction } from "connect";
import express, { type Express } from "express";
import { type Auth, type AuthOptions, auth, OidcError, oidcOf, requireAuth } from "express-oidc";
import { type OpenServer, openServer } from "../../examples/demo/listen.js";
import { demoClient } from "../../examples/demo/provider.js";

/** Everything that the library promises to run on. */
export const frameworks = ["express5", "express4", "connect"] as const;
export type Framework = (typeof frameworks)[number];

/** A request as every framework hands it on. */
export type AppRequest = IncomingMessage & {
  readonly originalUrl?: string;
  session?: Record<string, unknown>;
  sessionID?: string;
};
export type Handler = (req: AppRequest, res: ServerResponse, next: (error?: unknown) => void) => unknown;
type Route = (req: AppRequest, res: ServerResponse, next: (error?: unknown) => void) => void;

/** What all frameworks can do. Handlers are written with node:http means. */
export interface TestApp {
  use(...handlers: Handler[]): void;
  useAt(path: string, ...handlers: Handler[]): void;
  get(path: string, ...handlers: Handler[]): void;
  post(path: string, ...handlers: Handler[]): void;
  /** Express's own object. @throws {Error} on Connect. */
  readonly express: Express;
}

/** Where the app is: by its own socket, and for people. */
export interface Site {
  /** The socket, such as `http://localhost:41234`. */
  readonly url: string;
  /** What `auth()` is told: `url` and the mount, unless `options.baseUrl` says otherwise. */
  readonly baseUrl: string;
}

/** How the app is built. */
export interface AppOptions {
  readonly framework?: Framework;
  /** Where `auth()` is mounted, such as `/app`. The ready routes lie below it. Default: at the root. */
  readonly mount?: string;
  readonly issuer: string;
  /** Default: the client of the embedded provider. */
  readonly clientId?: string;
  readonly clientSecret?: string;
  /** More options of `auth()`; they win. */
  readonly options?: Partial<AuthOptions>;
  /** Adds middleware before `auth()`. */
  readonly before?: (app: TestApp, site: Site) => void;
  /** Adds routes behind `auth()`, before the ready ones. */
  readonly routes?: (app: TestApp, site: Site) => void;
  /** A socket that was opened before. */
  readonly server?: OpenServer;
  /** Whether the test is about `req.session`: the app has it then, whatever carries logins in this run. */
  readonly needsReqSession?: boolean;
}

/** The running app. */
export interface RunningApp extends Site {
  readonly instance: Auth;
  /** What reached the app's error handler, oldest first. */
  readonly errors: unknown[];
  close(): Promise<void>;
}

/** The secret that seals logins where a test needs none of its own. */
export const appSecret = "a secret of the app under test, long enough";

/**
 * Starts an app. Ready routes: `/` tells who is there, `/public` is open, `/private` and `/api` are guarded.
 * Errors are answered as JSON `{ code, message }`.
 */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const server = options.server ?? (await openServer(0));
  const url = `http://localhost:${server.port}`;
  const { framework = "express5", mount = "" } = options;
  const site: Site = { url, baseUrl: options.options?.baseUrl ?? url + mount };
  const client = demoClient();
  const instance = auth({
    issuer: options.issuer,
    clientId: options.clientId ?? client.client_id,
    clientSecret: options.clientSecret ?? client.client_secret,
    baseUrl: site.baseUrl,
    secret: appSecret,
    ...options.options,
    ...(options.needsReqSession !== true && carried(options.options?.session)),
  });
  const errors: unknown[] = [];
  const { app, listener } = createApp(framework, errors);
  options.before?.(app, site);
  if (mount === "") app.use(instance);
  else app.useAt(mount, instance);
  options.routes?.(app, site);
  addReadyRoutes(app, mount);
  server.answerWith(listener());
  return {
    ...site,
    instance,
    errors,
    async close() {
      await server.close();
      await instance.close();
    },
  };
}

/**
 * Flow tests run over both carriers of logins: with `EXPRESS_OIDC_TEST_CARRIER=cookie` in the environment no app here has `req.session`
 * from us, unless the test needs it.
 */
function carried(session: AuthOptions["session"]): Pick<AuthOptions, "session"> | undefined {
  if (process.env["EXPRESS_OIDC_TEST_CARRIER"] !== "cookie") return undefined;
  return { session: { reqSession: false, ...session } };
}

function addReadyRoutes(app: TestApp, mount: string): void {
  app.get(`${mount}/`, (req, res) => sendJson(res, { user: oidcOf(req).user?.sub ?? null }));
  app.get(`${mount}/public`, (_req, res) => sendJson(res, { open: true }));
  app.get(`${mount}/private`, requireAuth(), (req, res) => sendJson(res, { sub: oidcOf(req).user?.sub }));
  app.get(`${mount}/api`, requireAuth(), (req, res) => sendJson(res, { sub: oidcOf(req).user?.sub }));
}

/** Answers with JSON by node:http means. */
export function sendJson(res: ServerResponse, body: unknown, status = 200): void {
  res.writeHead(status, { "Content-Type": "application/json; charset=utf-8" });
  res.end(JSON.stringify(body));
}

type Listener = (req: IncomingMessage, res: ServerResponse) => void;
interface Built {
  readonly app: TestApp;
  /** Adds the error handler, and answers what the socket calls. */
  readonly listener: () => Listener;
}

// Express 4 brings no types; what is used here is the same in both.
const express4 = createRequire(import.meta.url)("express4") as () => Express;

/** An empty app of a framework; its errors are noted, and answered as JSON. */
export function createApp(framework: Framework, errors: unknown[]): Built {
  return framework === "connect"
    ? createConnect(errors)
    : createExpress(framework === "express5" ? express() : express4(), errors);
}

// Express's types want its own request, of which every handler here needs only the part that node:http has.
type AnyHandlers = never[];

function createExpress(native: Express, errors: unknown[]): Built {
  return {
    app: {
      use: (...handlers) => void native.use(...(handlers as AnyHandlers)),
      useAt: (path, ...handlers) => void native.use(path, ...(handlers as AnyHandlers)),
      get: (path, ...handlers) => void native.get(path, ...(handlers as AnyHandlers)),
      post: (path, ...handlers) => void native.post(path, ...(handlers as AnyHandlers)),
      express: native,
    },
    listener() {
      native.use(createErrorHandler(errors));
      return native;
    },
  };
}

function createConnect(errors: unknown[]): Built {
  const native = connect();
  const route = (method: string, path: string, handlers: Handler[]) =>
    void native.use(((req, res, next) => {
      const { pathname } = new URL(req.originalUrl ?? "/", "http://localhost");
      // a mount itself is its front page, as Express sees it
      if (req.method === method && (pathname === path || `${pathname}/` === path)) runAll(handlers, req, res, next);
      else next();
    }) satisfies Route as NextHandleFunction);
  return {
    app: {
      use(...handlers) {
        for (const handler of handlers) native.use(handler as NextHandleFunction);
      },
      useAt(path, ...handlers) {
        for (const handler of handlers) native.use(path, handler as NextHandleFunction);
      },
      get: (path, ...handlers) => route("GET", path, handlers),
      post: (path, ...handlers) => route("POST", path, handlers),
      get express(): Express {
        throw new Error("This app is built on Connect.");
      },
    },
    listener() {
      native.use(createErrorHandler(errors));
      return native;
    },
  };
}

function runAll(
  handlers: readonly Handler[],
  req: AppRequest,
  res: ServerResponse,
  next: (error?: unknown) => void,
): void {
  const [first, ...rest] = handlers;
  if (first === undefined) next();
  else first(req, res, (error) => (error ? next(error) : runAll(rest, req, res, next)));
}

/** What an app's own error handler does: it heeds `status` and `headers`, and tells code and message. */
function createErrorHandler(errors: unknown[]) {
  return function answerError(
    error: unknown,
    _req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ): void {
    errors.push(error);
    if (res.headersSent) {
      next(error);
      return;
    }
    const known = error instanceof OidcError ? error : undefined;
    for (const [name, value] of Object.entries(known?.headers ?? {})) res.setHeader(name, value);
    const message = error instanceof Error ? error.message : String(error);
    sendJson(res, { code: known?.code ?? "UNKNOWN", message }, known?.status ?? statusOf(error));
  };
}

function statusOf(error: unknown): number {
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : undefined;
  return typeof status === "number" ? status : 500;
}
