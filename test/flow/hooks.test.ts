/**
 * What the app may say and hear about logins: onLogin, onError, and the warning about sessions in memory.
 * @module
 */
import { AccessError, type AuthOptions, type LoginEvent, oidcOf, requireAuth } from "express-oidc";
import session, { MemoryStore } from "express-session";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { type Handler, sendJson } from "../support/app.js";
import { ask, isSignedIn, linked, sessionCookieOf } from "../support/asking.js";
import { codeOf } from "../support/journey.js";
import { type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

const addDataRoute: NonNullable<ScriptedWorldOptions["routes"]> = (app) => {
  const handler: Handler = (req, res) => {
    const { data } = oidcOf(req);
    sendJson(res, { data, isFrozen: Object.isFrozen(data) });
  };
  app.get("/data", requireAuth(), handler);
};

type Verdict = Awaited<ReturnType<NonNullable<AuthOptions["onLogin"]>>>;

async function logInWith(onLogin: NonNullable<AuthOptions["onLogin"]>, more: Partial<AuthOptions> = {}) {
  const world = await startScriptedWorld({ options: { onLogin, ...more }, routes: addDataRoute });
  return { ...world, ...(await world.signIn("/data?x=1")) };
}

describe("onLogin", () => {
  test("is told who logs in, with the access token and where they go next, before the login counts", async () => {
    const told: LoginEvent[] = [];
    const { app } = await logInWith((login) => void told.push(login));
    expect(told).toEqual([
      {
        user: expect.objectContaining({ sub: "ada", name: "Ada Lovelace" }),
        idTokenClaims: expect.objectContaining({ sub: "ada", aud: "demo-app" }),
        accessToken: expect.stringMatching(/^at-/),
        scope: "openid profile email",
        returnTo: "/data?x=1",
        req: expect.objectContaining({ method: "GET" }),
      },
    ]);
    expect(app.errors).toEqual([]);
  });

  test.each<[string, Verdict]>([
    ["true", true],
    ["nothing", undefined],
  ])("lets the person in by returning %s", async (_name, verdict) => {
    const { page } = await logInWith(() => verdict);
    expect([page.status, page.json()]).toEqual([200, { isFrozen: true }]);
  });

  test.each<[string, Verdict | Promise<Verdict>]>([
    ["false", false],
    ["false later", Promise.resolve(false)],
  ])("refuses the person by returning %s: 403, once, and nobody is signed in", async (_name, verdict) => {
    const { app, browser, page, provider } = await logInWith(() => verdict);
    expect([page.status, codeOf(page), page.url.pathname]).toEqual([403, "OIDC_LOGIN_REFUSED", "/callback"]);
    expect([provider.calls("authorize"), await isSignedIn(browser, app.url)]).toEqual([1, false]);
    expect(sessionCookieOf(browser)).toBeUndefined();
  });

  test("that refuses a second login leaves the first one", async () => {
    let isOpen = true;
    const { app, browser } = await logInWith(() => isOpen);
    isOpen = false;
    const page = await browser.get(`${app.url}/login`);
    expect([codeOf(page), await isSignedIn(browser, app.url)]).toEqual(["OIDC_LOGIN_REFUSED", true]);
  });

  test("fails the login with what it throws, and nobody is signed in", async () => {
    const failure = new AccessError("OIDC_CLAIMS_REJECTED", "Nobody from there.");
    const { app, browser, page } = await logInWith(() => Promise.reject(failure));
    expect([page.status, app.errors[0]]).toEqual([403, failure]);
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });

  test("keeps what it returns with the login, through renewals, frozen", async () => {
    const { app, browser, page, provider } = await logInWith(() => ({ plan: "gold", seats: [1, 2] }));
    expect(page.json()).toEqual({ data: { plan: "gold", seats: [1, 2] }, isFrozen: true });
    expect((await browser.get(`${app.url}/refresh`)).status).toBe(200);
    expect((await browser.get(`${app.url}/data`)).json()).toEqual(page.json());
    expect(provider.calls("refresh")).toBe(1);
  });

  test("keeps it sealed in the store", async () => {
    const store = new MemoryStore();
    await logInWith(() => ({ plan: "a plan that nobody may read" }), { session: { store } });
    const entries = await new Promise<unknown>((resolve) => store.all((_error, all) => resolve(all)));
    expect(Object.keys(entries as object).length).toBeGreaterThan(2);
    expect(JSON.stringify(entries)).not.toMatch(/a plan that nobody|Lovelace|[ar]t-[0-9a-f]{8}-[0-9a-f]{4}-/);
  });
});

describe("onError", () => {
  test("is told of every error that the routes and the guards pass on, once, before the app's handler", async () => {
    const told: unknown[] = [];
    const { app, signIn } = await startScriptedWorld({
      options: { onError: (error, req) => void told.push([error, req.url]) },
      routes: (target) => target.get("/ruled", requireAuth({ claims: { role: "admin" } }), (_req, res) => res.end()),
    });
    await ask(`${app.url}/callback?code=x&state=`);
    const { browser } = await signIn();
    await browser.get(`${app.url}/ruled`);
    const codes = told.map((entry) => (entry as [{ code: string }, string])[0].code);
    expect(codes).toEqual(["OIDC_LOGIN_UNKNOWN_STATE", "OIDC_CLAIMS_REJECTED"]);
    expect(told.map((entry) => (entry as unknown[])[0])).toEqual(app.errors);
    expect((told[1] as unknown[])[1]).toBe("/ruled");
  });

  test("is not told of a 401 or of a login that begins: these are no errors", async () => {
    const told: unknown[] = [];
    const { app } = await startScriptedWorld({ options: { onError: (error) => void told.push(error) } });
    await ask(`${app.url}/api`);
    await new Browser().get(`${app.url}/private`);
    expect(told).toEqual([]);
  });

  test.each<[string, () => void | Promise<void>]>([
    [
      "throws",
      () => {
        throw new Error("the log is full");
      },
    ],
    ["throws later", () => Promise.reject(new Error("the log is full"))],
  ])("that %s does not keep the request from its answer", async (_name, onError) => {
    const { app } = await startScriptedWorld({ options: { onError: onError as () => void } });
    const answer = await ask(`${app.url}/callback?code=x&state=`);
    expect([answer.status, codeOf(answer)]).toEqual([400, "OIDC_LOGIN_UNKNOWN_STATE"]);
  });
});

describe("the app's own page about an error of ours", () => {
  test("keeps the Content-Security-Policy of the app, is kept by no cache, and tells no other site its address", async () => {
    const before: ScriptedWorldOptions["before"] = (app) =>
      app.use((_req, res, next) => {
        res.setHeader("Content-Security-Policy", "style-src 'self'");
        res.setHeader("X-Frame-Options", "SAMEORIGIN");
        next();
      });
    const { app } = await startScriptedWorld({ before });
    const { status, headers } = await ask(`${app.url}/callback?code=x&state=`);
    expect([status, headers.get("content-security-policy"), headers.get("x-frame-options")]).toEqual([
      400,
      "style-src 'self'",
      "SAMEORIGIN",
    ]);
    expect([headers.get("cache-control"), headers.get("referrer-policy")]).toEqual(["no-store", "no-referrer"]);
  });
});

describe("a server in production that keeps sessions in memory", () => {
  afterEach(() => vi.unstubAllEnvs());

  async function warningsOf(options: ScriptedWorldOptions, env = "production") {
    vi.stubEnv("NODE_ENV", env);
    const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const { app, signIn } = await startScriptedWorld(options);
    await Promise.all([ask(`${app.url}/public`), ask(`${app.url}/public`), signIn()]);
    await ask(`${app.url}/logout`, { headers: linked });
    return emitted.mock.calls.filter(([, details]) => (details as { code?: string })?.code === "OIDC_MEMORY_STORE");
  }

  test("says so once, with what to do", async () => {
    const warnings = await warningsOf({});
    expect(warnings.length).toBe(1);
    expect(String(warnings[0]?.[0])).toContain("session: { store }");
  });

  test("says so once, too, when the store that the app gives is express-session's own", async () => {
    const warnings = await warningsOf({ options: { session: { store: new MemoryStore() } } });
    expect(warnings.length).toBe(1);
  });

  test("says nothing when the app gives a store", async () => {
    class Store extends MemoryStore {}
    expect(await warningsOf({ options: { session: { store: new Store() } } })).toEqual([]);
  });

  test("says nothing when the app has its own session", async () => {
    class Store extends MemoryStore {}
    const secret = "the app's own secret for its session cookie";
    const own = session({ secret, store: new Store(), resave: false, saveUninitialized: false });
    expect(await warningsOf({ before: (app) => app.use(own as unknown as Handler), needsReqSession: true })).toEqual(
      [],
    );
  });

  test.each(["development", "test", ""])("says nothing when NODE_ENV is %j", async (env) => {
    expect(await warningsOf({}, env)).toEqual([]);
  });
});
