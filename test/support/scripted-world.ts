/**
 * A scripted provider, an app that uses it, and browsers; all end with the test.
 * @module
 */
import { oidcOf, requireAuth } from "express-oidc";
import { onTestFinished } from "vitest";
import { type Answer, Browser } from "../../examples/demo/browser.js";
import { type AppOptions, type Handler, type RunningApp, sendJson, startApp, type TestApp } from "./app.js";
import { type Registration, type ScriptedProvider, startScriptedProvider } from "./scripted-provider.js";

/** How the world is made. */
export interface ScriptedWorldOptions
  extends Pick<AppOptions, "options" | "before" | "routes" | "framework" | "needsReqSession"> {
  /** How the app is registered at the provider. */
  readonly registration?: Registration;
  /** A provider that runs already, for a second app beside the first. */
  readonly provider?: ScriptedProvider;
}

/** The running world. */
export interface ScriptedWorld {
  readonly provider: ScriptedProvider;
  readonly app: RunningApp;
  /** A new browser profile that opens a page of the app, logs in on the way, and answers where that ends. */
  readonly signIn: (path?: string) => Promise<{ readonly browser: Browser; readonly page: Answer }>;
}

/**
 * Starts provider and app. Beside the ready routes of every app there are:
 * - `/token`, guarded: the token of `getAccessToken()`; `/loose-token`: the same, not guarded;
 * - `/held`, guarded: what `req.oidc` shows of tokens and claims, without a call; `/loose-held`: the same, not guarded;
 * - `/refresh` and `/userinfo`, guarded: the answers of these calls.
 */
export async function startScriptedWorld(options: ScriptedWorldOptions = {}): Promise<ScriptedWorld> {
  const provider = options.provider ?? (await startScriptedProvider(options.registration));
  const { registration } = provider;
  const app = await startApp({
    ...options,
    ...registration,
    options: { ...(registration.clientSecret === undefined && withoutSecret), ...options.options },
    routes(testApp, site) {
      options.routes?.(testApp, site);
      addTokenRoutes(testApp);
    },
  });
  onTestFinished(() => app.close());
  return {
    provider,
    app,
    async signIn(path = "/private") {
      const browser = new Browser();
      return { browser, page: await browser.get(app.baseUrl + path) };
    },
  };
}

// an app without a secret; the type of the option does not take undefined, the library does
const withoutSecret: object = { clientSecret: undefined };

function addTokenRoutes(app: TestApp): void {
  app.get("/token", requireAuth(), answerWith(getToken));
  app.get("/loose-token", answerWith(getToken));
  app.get("/held", requireAuth(), answerWith(held));
  app.get("/loose-held", answerWith(held));
  app.get(
    "/refresh",
    requireAuth(),
    answerWith(async (req) => ({ token: await oidcOf(req).refresh() })),
  );
  app.get(
    "/userinfo",
    requireAuth(),
    answerWith((req) => oidcOf(req).userinfo()),
  );
}

/** A handler that answers with JSON, and passes what it throws to the app's error handler. */
export function answerWith(work: (req: Parameters<Handler>[0]) => unknown): Handler {
  return async (req, res, next) => {
    try {
      sendJson(res, await work(req));
    } catch (error) {
      next(error);
    }
  };
}

async function getToken(req: Parameters<Handler>[0]): Promise<{ token: string }> {
  return { token: await oidcOf(req).getAccessToken() };
}

function held(req: Parameters<Handler>[0]): Held {
  const { accessToken, refreshToken, idToken, idTokenClaims, user, scope, expiresAt } = oidcOf(req);
  return { accessToken, refreshToken, idToken, claims: idTokenClaims, user, scope, expiresAt };
}

/** What `/held` answers. */
export interface Held {
  readonly accessToken?: string | undefined;
  readonly refreshToken?: string | undefined;
  readonly idToken?: string | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
  readonly user?: Readonly<Record<string, unknown>> | undefined;
  readonly scope?: string | undefined;
  readonly expiresAt?: number | undefined;
}

/** What an answer of `/held` says. */
export function heldIn(answer: Answer): Held {
  return answer.json() as Held;
}

/** What an error of the app says: status, code and message. */
export function failureIn(answer: Answer): { status: number; code: unknown; message: string } {
  const { code, error, message } = answer.json() as Record<string, unknown>;
  return { status: answer.status, code: code ?? error, message: String(message) };
}
