/**
 * An API behind `requireBearer()` on a real socket, and a scripted issuer of its tokens; both end with the test.
 * @module
 */
import type { Server } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type BearerMiddleware, OidcError, type RequireBearerOptions, requireBearer } from "express-oidc";
import { onTestFinished } from "vitest";
import type { Answer } from "../../examples/demo/browser.js";
import { type AppRequest, createApp, type Framework, sendJson, type TestApp } from "./app.js";
import { type Asking, ask } from "./asking.js";
import { apiAudience, type ScriptedProvider, startScriptedProvider } from "./scripted-provider.js";

/** How the API is built. */
export interface ApiOptions {
  readonly framework?: Framework;
  /** Over the options of the guard before all routes. */
  readonly guard?: RequireBearerOptions;
  /** Adds middleware before the guard. */
  readonly before?: (app: TestApp) => void;
  /** Adds routes behind the guard. */
  readonly routes?: (app: TestApp) => void;
  readonly issuer?: ScriptedProvider;
}

/** The running API. */
export interface Api {
  readonly url: string;
  readonly issuer: ScriptedProvider;
  readonly guard: BearerMiddleware;
  /** What reached the app's error handler, oldest first. */
  readonly errors: unknown[];
  /** Calls a route with an access token. */
  readonly call: (token: string, path?: string) => Promise<Answer>;
  /** Calls a route with exactly these headers and fields. */
  readonly ask: (asking?: Asking, path?: string) => Promise<Answer>;
}

/** Starts it. Every path answers with what the guard has put on the request. */
export async function startApi(options: ApiOptions = {}): Promise<Api> {
  const issuer = options.issuer ?? (await startScriptedProvider());
  const guard = requireBearer({ issuer: issuer.issuer, audience: apiAudience, ...options.guard });
  const errors: unknown[] = [];
  const { app, listener } = createApp(options.framework ?? "express5", errors);
  options.before?.(app);
  app.use(guard);
  options.routes?.(app);
  app.use((req, res) => sendJson(res, whatIsShown(req)));
  const url = await listen(createServer(listener()));
  return {
    url,
    issuer,
    guard,
    errors,
    call: (token, path = "/") => ask(url + path, { headers: { authorization: `Bearer ${token}` } }),
    ask: (asking, path = "/") => ask(url + path, asking),
  };
}

/** What a handler sees of the caller. */
export function whatIsShown(req: AppRequest): object {
  const { auth } = req as { auth?: Awaited<ReturnType<BearerMiddleware["authenticate"]>> };
  return { sub: auth?.claims.sub, scopes: auth?.scopes, clientId: auth?.clientId, scheme: auth?.scheme };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `http://localhost:${(server.address() as AddressInfo).port}`;
}

/** An answer that refuses: its status, its code and what its challenge says. */
export function refusalIn(answer: Answer): { status: number; code: unknown; challenge: string | null } {
  const { error } = answer.json() as { error: unknown };
  return { status: answer.status, code: error, challenge: answer.headers.get("www-authenticate") };
}

/** The error handler's failures, as the app knows them. */
export function codesOf(errors: readonly unknown[]): unknown[] {
  return errors.map((error) => (error instanceof OidcError ? error.code : error));
}
