/**
 * auth() below a path, and behind proxies that cut that path off or keep it: public addresses come from `baseUrl`.
 * @module
 */
import { Router } from "express";
import { OptionsError, oidcOf, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type Framework, frameworks, sendJson } from "../support/app.js";
import { ask, askToLogIn, codeOf, openWorld, step } from "../support/journey.js";
import { startProxy } from "../support/proxy.js";
import type { World, WorldOptions } from "../support/world.js";

const pathOf = (page: { readonly url: URL }) => page.url.href;

/** The whole way of one person below `baseUrl`: protected page, login, page, login link, logout. */
async function walk(world: World): Promise<void> {
  const browser = world.newBrowser();
  const page = await world.signIn(browser, "/private?tab=2");
  expect([pathOf(page), page.json()]).toEqual([`${world.baseUrl}/private?tab=2`, { sub: "user-ada" }]);
  expect((await browser.fetch(`${world.baseUrl}/api`)).json()).toEqual({ sub: "user-ada" });
  await browser.follow(`${world.baseUrl}/login`);
  expect(pathOf(browser.page)).toBe(`${world.baseUrl}/`);
  await browser.follow(`${world.baseUrl}/logout`);
  expect(pathOf(await browser.submit())).toBe(`${world.baseUrl}/`);
  expect((await browser.fetch(`${world.baseUrl}/api`)).status).toBe(401);
}

/** A world that people reach at https://shop.example through a proxy. */
async function behindProxy(path: string, strip: string, options: WorldOptions = {}): Promise<World> {
  const baseUrl = `https://shop.example${path}`;
  const world = await openWorld({ ...options, options: { ...options.options, baseUrl } });
  const to = await startProxy({ to: world.app.url, strip, headers: { "x-forwarded-proto": "https" } });
  return { ...world, newBrowser: () => world.newBrowser({ proxies: { "https://shop.example": { to } } }) };
}

describe.each(frameworks)("auth() mounted at /app on %s", (framework: Framework) => {
  test("answers below it and nowhere else, and leads back below it", async () => {
    const world = await openWorld({ framework, mount: "/app" });
    await walk(world);
    expect((await ask(`${world.app.url}/login`)).status).toBe(404);
    expect((await ask(`${world.app.url}/apple/login`)).status).toBe(404);
  });

  test("takes addresses of the mount itself as its front page", async () => {
    const world = await openWorld({ framework, mount: "/app" });
    const browser = world.newBrowser();
    await world.signIn(browser);
    expect((await browser.get(`${world.app.url}/app`)).json()).toEqual({ user: "user-ada" });
    expect((await browser.get(`${world.app.url}/app?x=1`)).json()).toEqual({ user: "user-ada" });
  });

  test("is found by the same path in other letters, as the framework finds it", async () => {
    const world = await openWorld({
      framework,
      mount: "/app",
      routes: (app) => app.useAt("/app/guarded", requireAuth(), (_req, res) => sendJson(res, { passed: true })),
    });
    const browser = world.newBrowser();
    const page = await world.signIn(browser, "/../APP/guarded");
    expect([page.status, codeOf(page)]).toEqual([200, undefined]);
    expect(page.json()).toEqual({ passed: true });
  });

  test("names at the first login that baseUrl does not fit, and leaves open pages alone", async () => {
    const baseUrl = "http://localhost:4000/other";
    const world = await openWorld({ framework, mount: "/app", options: { baseUrl } });
    expect((await ask(`${world.app.url}/app/public`)).status).toBe(200);
    for (const path of ["/app/login", "/app/private"]) {
      const answer = await step(world.newBrowser(), world.app.url + path);
      expect([answer.status, codeOf(answer), answer.headers.get("location")]).toEqual([500, "OIDC_OPTIONS", null]);
    }
    const error = world.app.errors.at(-1) as OptionsError;
    expect(error).toBeInstanceOf(OptionsError);
    expect(error.message).toContain("/app");
    expect(error.message).toContain(baseUrl);
  });
});

describe("a proxy", () => {
  test.each(frameworks)("that cuts the path off leads people back through it, on %s", async (framework) => {
    await walk(await behindProxy("/shop", "/shop", { framework }));
  });

  test.each(frameworks)("that keeps the path, before an app mounted there, works on %s", async (framework) => {
    await walk(await behindProxy("/shop", "", { framework, mount: "/shop" }));
  });

  test.each(frameworks)(
    "that cuts part of the path off, before an app mounted at the rest, works on %s",
    async (framework) => {
      await walk(await behindProxy("/shop/app", "/shop", { framework, mount: "/app" }));
    },
  );

  test("that keeps the path, before an app without a mount, works where the routes bear it", async () => {
    const world = await behindProxy("/shop", "", {
      routes(app) {
        app.get("/shop/private", requireAuth(), (req, res) => sendJson(res, { sub: oidcOf(req).user?.sub }));
        app.get("/shop/api", requireAuth(), (req, res) => sendJson(res, { sub: oidcOf(req).user?.sub }));
        app.get("/shop/", (req, res) => sendJson(res, { user: oidcOf(req).user?.sub ?? null }));
      },
    });
    await walk(world);
  });

  test("registers one redirect URI, whatever it does with the path", async () => {
    for (const [strip, mount] of [
      ["/shop", ""],
      ["", "/shop"],
    ] as const) {
      const world = await behindProxy("/shop", strip, { mount });
      const url = await askToLogIn(world.newBrowser(), "https://shop.example/shop/private");
      expect(url.searchParams.get("redirect_uri")).toBe("https://shop.example/shop/callback");
    }
  });
});

describe("a login whose return address is one of our own routes leads home, and the person stays signed in", () => {
  const usual = ["/logout", "/shop/logout", "/shop/logout?returnTo=/shop/", "/shop/x/../logout", "/shop/login"];
  const others = ["/shop/callback?code=x&state=y", "/shop/logged-out"];
  // with /shop taken off once, these are found as the ones above
  const twice = ["/shop/shop/logout", "/shop/shop/login"];
  const addPages: WorldOptions["routes"] = (app) => {
    app.get("/shop/api", requireAuth(), (req, res) => sendJson(res, { sub: oidcOf(req).user?.sub }));
    app.get("/shop/", (req, res) => sendJson(res, { user: oidcOf(req).user?.sub ?? null }));
  };

  test.each([
    ["that cuts the path off", { strip: "/shop", mount: "", addresses: [...usual, ...others] }],
    ["that cuts the path off, named twice", { strip: "/shop", mount: "", addresses: twice }],
    ["that keeps the path, before a mount", { strip: "", mount: "/shop", addresses: [...usual, ...others] }],
    ["that keeps the path, before a mount, named twice", { strip: "", mount: "/shop", addresses: twice }],
    [
      "that keeps the path, before a mount, in other letters",
      { strip: "", mount: "/shop", addresses: ["/SHOP/logout"] },
    ],
    ["that keeps the path, before no mount", { strip: "", mount: "", addresses: [...usual, ...others] }],
  ])("behind a proxy %s", async (_which, { strip, mount, addresses }) => {
    const world = await behindProxy("/shop", strip, { mount, routes: addPages });
    const browser = world.newBrowser();
    await world.signIn(browser, "/login");
    for (const returnTo of addresses) {
      const page = await browser.get(`${world.baseUrl}/login?${new URLSearchParams({ returnTo }).toString()}`);
      expect(pathOf(page), returnTo).toBe(`${world.baseUrl}/`);
      expect((await browser.fetch(`${world.baseUrl}/api`)).json(), returnTo).toEqual({ sub: "user-ada" });
    }
  });
});

describe("a guard inside a router", () => {
  test("leads back to the full address of the page", async () => {
    const inner = Router().get(
      "/orders/:id",
      requireAuth() as never,
      ((req: never, res: never) => sendJson(res, { sub: oidcOf(req).user?.sub })) as never,
    );
    const world = await openWorld({ routes: (app) => app.express.use("/shop", Router().use("/my", inner)) });
    const browser = world.newBrowser();
    const page = await world.signIn(browser, "/shop/my/orders/7?full=1");
    expect(pathOf(page)).toBe(`${world.baseUrl}/shop/my/orders/7?full=1`);
    expect(page.json()).toEqual({ sub: "user-ada" });
  });

  test("stands below a mounted auth() just as well", async () => {
    const inner = Router().get(
      "/orders",
      requireAuth as never,
      ((_req: never, res: never) => sendJson(res, { ok: 1 })) as never,
    );
    const world = await openWorld({ mount: "/app", routes: (app) => app.express.use("/app/shop", inner) });
    expect(pathOf(await world.signIn(world.newBrowser(), "/shop/orders"))).toBe(`${world.baseUrl}/shop/orders`);
  });
});

describe("routes of other names", () => {
  test("are answered, and the usual ones are the app's", async () => {
    const routes = { login: "/sign/in", callback: "/sign/back", logout: "/sign/out", postLogoutRedirect: "/sign/bye" };
    const world = await openWorld({
      options: { routes },
      routes: (app) => app.get("/login", (_req, res) => sendJson(res, { own: true })),
    });
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    expect(browser.history.some(({ url }) => url.pathname === "/sign/back")).toBe(true);
    expect((await browser.get(`${world.baseUrl}/login`)).json()).toEqual({ own: true });
    await browser.follow("/sign/out");
    expect(pathOf(await browser.submit())).toBe(`${world.baseUrl}/`);
  });

  test("that are turned off are not answered", async () => {
    const world = await openWorld({ options: { routes: { login: false, logout: false } } });
    for (const path of ["/login", "/logout"]) expect((await ask(world.app.url + path)).status).toBe(404);
    expect((await ask(`${world.app.url}/api`)).json()).toMatchObject({ error: "OIDC_SESSION_MISSING" });
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "user-ada" });
  });
});
