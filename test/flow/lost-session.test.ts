/**
 * A session cookie that can't be kept: one clear error instead of a login that goes round in circles.
 * @module
 */
import session from "express-session";
import { describe, expect, test } from "vitest";
import type { Answer, Browser } from "../../examples/demo/browser.js";
import { frameworks, type TestApp } from "../support/app.js";
import { codeOf, openWorld, sessionCookieOf, step, tokenRequests } from "../support/journey.js";
import type { World, WorldOptions } from "../support/world.js";

const https = { baseUrl: "https://shop.example" };

/** The app's own express-session, as tutorials write it. */
function ownSession(cookie: session.CookieOptions): (app: TestApp) => void {
  const options = { secret: "the app's own secret", resave: false, saveUninitialized: false, cookie };
  return (app: TestApp) => app.use(session(options) as never);
}

const visits = (browser: Browser, path: string) => browser.history.filter(({ url }) => url.pathname === path).length;

/** The login worked once, its session got lost, and the next page says so. */
function expectOneClearError(page: Answer, browser: Browser, world: World): void {
  expect([page.status, codeOf(page)]).toEqual([500, "OIDC_SESSION_COOKIE_LOST"]);
  expect(page.url.href).toBe(`${world.baseUrl}/private`);
  expect(tokenRequests(world)).toBe(1);
  expect(visits(browser, "/callback")).toBe(1);
  expect(page.body).toMatch(/trust/);
}

describe("a session mounted by auth() on https, behind a proxy that does not say so", () => {
  test.each(frameworks)("is named before anybody goes to the provider, on %s", async (framework) => {
    const world = await openWorld({ framework, options: https, proxyHeaders: {}, needsReqSession: true });
    const browser = world.newBrowser();
    for (const path of ["/private", "/login"]) {
      const page = await browser.get(`https://shop.example${path}`);
      expect([page.status, codeOf(page), page.url.pathname]).toEqual([500, "OIDC_SESSION_COOKIE_LOST", path]);
      expect(page.body).toMatch(/X-Forwarded-Proto/);
      expect(page.headers.getSetCookie()).toEqual([]);
    }
    expect(world.provider.calls["/auth"]).toBeUndefined();
  });

  test("is named as well when the proxy says http", async () => {
    const world = await openWorld({
      options: https,
      proxyHeaders: { "x-forwarded-proto": "http" },
      needsReqSession: true,
    });
    const page = await world.newBrowser().get("https://shop.example/private");
    expect([page.status, codeOf(page)]).toEqual([500, "OIDC_SESSION_COOKIE_LOST"]);
  });

  test("works with a chain of proxies of which the first speaks TLS", async () => {
    const world = await openWorld({ options: https, proxyHeaders: { "x-forwarded-proto": "https, http" } });
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "user-ada" });
  });

  test("lets pages that need no login pass", async () => {
    const world = await openWorld({ options: https, proxyHeaders: {} });
    expect((await step(world.newBrowser(), "https://shop.example/public")).status).toBe(200);
  });
});

describe("a session of the app's own", () => {
  test("with a Secure cookie behind a proxy that the app does not trust ends in one clear error", async () => {
    const world = await openWorld({ options: https, before: ownSession({ secure: true }), needsReqSession: true });
    const browser = world.newBrowser();
    expectOneClearError(await world.signIn(browser), browser, world);
  });

  test("with a Secure cookie works when the app trusts its proxy", async () => {
    const world = await openWorld({
      options: https,
      needsReqSession: true,
      before(app) {
        app.express.set("trust proxy", 1);
        ownSession({ secure: true })(app);
      },
    });
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "user-ada" });
  });

  test("whose cookie has another site's domain ends in one clear error", async () => {
    const world = await openWorld({ before: ownSession({ domain: "other.example" }), needsReqSession: true });
    const browser = world.newBrowser();
    const page = await world.signIn(browser);
    expect([page.status, codeOf(page), tokenRequests(world)]).toEqual([500, "OIDC_SESSION_COOKIE_LOST", 1]);
  });

  test("that recovers lets people in again: the error is no memory of its own", async () => {
    const world = await openWorld();
    const browser = world.newBrowser();
    await world.signIn(browser);
    browser.cookies.clear(sessionCookieOf(browser)?.name);
    const lost = await browser.get(`${world.baseUrl}/private`);
    expect([lost.status, codeOf(lost)]).toEqual([500, "OIDC_SESSION_COOKIE_LOST"]);
    for (const { name } of browser.cookies.list(new URL(world.baseUrl))) browser.cookies.clear(name);
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
  });
});

describe.each([
  ["mounted by auth()", { options: { session: { cookie: { sameSite: "strict" } } } } satisfies WorldOptions],
  ["of the app's own", { before: ownSession({ sameSite: "strict" }), needsReqSession: true } satisfies WorldOptions],
])(
  "a session %s with SameSite=Strict, which no redirect from the provider carries",
  (_whose, options: WorldOptions) => {
    test("leads a person to the guarded page that was wanted, over a page of this site", async () => {
      const world = await openWorld(options);
      const browser = world.newBrowser();
      const page = await world.signIn(browser, "/private?tab=2");
      expect([page.url.href, page.json()]).toEqual([`${world.baseUrl}/private?tab=2`, { sub: "user-ada" }]);
      expect([visits(browser, "/callback"), tokenRequests(world)]).toEqual([1, 1]);
      const between = browser.history.find(({ url }) => url.pathname === "/callback");
      expect(between?.links.map(({ url }) => url.href)).toEqual([page.url.href]);
      expect(between?.headers.get("referrer-policy")).toBe("no-referrer");
    });

    test("meets a visitor from another site as a stranger, who needs no password to come in", async () => {
      const world = await openWorld(options);
      const browser = world.newBrowser();
      await world.signIn(browser);
      await browser.get(`${world.provider.issuer}/elsewhere`);
      expect((await browser.follow(`${world.baseUrl}/`)).json()).toEqual({ user: null });
      expect((await browser.get(`${world.baseUrl}/private`)).json()).toEqual({ sub: "user-ada" });
    });
  },
);
