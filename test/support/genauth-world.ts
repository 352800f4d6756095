/**
 * An emulated GenAuth, an app that uses it through genauth(), and browsers; all end with the test.
 * @module
 */
import { oidcOf, requireAuth, requireBearer } from "express-oidc";
import { type GenauthOptions, type GenauthProtocol, genauth } from "express-oidc/genauth";
import { onTestFinished } from "vitest";
import { type Answer, Browser } from "../../examples/demo/browser.js";
import { type EmulatedGenauth, type GenauthSetup, startGenauth } from "../../examples/demo/genauth.js";
import { openServer } from "../../examples/demo/listen.js";
import { type RunningApp, appSecret as secret, startApp, type TestApp } from "./app.js";
import { answerWith } from "./scripted-world.js";
import { people, signingKeys } from "./world.js";

/** What an app at GenAuth may be set up as. */
export interface GenauthVariant extends Pick<GenauthSetup, "idTokenSigningAlg" | "accessTokens" | "envelope"> {
  readonly protocol?: GenauthProtocol;
  /** More options of genauth(); they win. */
  readonly options?: Partial<GenauthOptions>;
}

/** The running world. */
export interface GenauthWorld {
  readonly genauth: EmulatedGenauth;
  readonly app: RunningApp;
  /** A new browser profile that opens a page of the app, logs in on the way, and answers where that ends. */
  readonly signIn: (path?: string) => Promise<{ readonly browser: Browser; readonly page: Answer }>;
}

/** The scope that brings a refresh token, too. */
const scopes = { oidc: "openid profile email phone address offline_access", oauth: "user" } as const;

/**
 * Starts both. Beside the ready routes of every app there are, guarded: `/held`, `/refresh`, `/userinfo`, `/introspect` and `/revoke`;
 * and, for JWTs of GenAuth that are for this app, `/called`.
 */
export async function startGenauthWorld(variant: GenauthVariant = {}): Promise<GenauthWorld> {
  const { protocol = "oidc", idTokenSigningAlg, options, ...setup } = variant;
  const server = await openServer(0);
  const baseUrl = `http://localhost:${server.port}`;
  const [key = {}] = (await signingKeys()).keys;
  const alg = protocol === "oidc" && idTokenSigningAlg !== undefined && { idTokenSigningAlg };
  const provider = await startGenauth({ ...setup, ...alg, baseUrl, key, accessTokenLifetime: 3600 });
  const redirectUri = `${baseUrl}/callback`;
  const login = genauth({
    ...provider.app,
    redirectUri,
    protocol,
    ...alg,
    scope: scopes[protocol],
    secret,
    ...options,
  });
  const app = await startApp({
    server,
    issuer: provider.issuer,
    options: login,
    routes: (testApp) => addRoutes(testApp, provider.app.appId),
  });
  onTestFinished(async () => {
    await app.close();
    await provider.close();
  });
  return {
    genauth: provider,
    app,
    async signIn(path = "/private") {
      const browser = new Browser();
      const form = await browser.get(baseUrl + path);
      return { browser, page: form.url.origin === provider.origin ? await browser.submit(people.ada) : form };
    },
  };
}

function addRoutes(app: TestApp, appId: string): void {
  const guarded = (path: string, work: Parameters<typeof answerWith>[0]) =>
    app.get(path, requireAuth(), answerWith(work));
  guarded("/held", (req) => {
    const { user, idTokenClaims: claims, idToken, accessToken, refreshToken, scope, expiresAt } = oidcOf(req);
    return { user, claims, idToken, accessToken, refreshToken, scope, expiresAt };
  });
  guarded("/refresh", async (req) => ({ token: await oidcOf(req).refresh() }));
  guarded("/userinfo", (req) => oidcOf(req).userinfo());
  guarded("/introspect", (req) => oidcOf(req).introspect());
  guarded("/revoke", async (req) => {
    await oidcOf(req).revoke();
    return {};
  });
  app.get(
    "/called",
    requireBearer({ audience: appId, scope: "profile" }),
    answerWith((req) => (req as { auth?: { claims: unknown } }).auth?.claims),
  );
}
