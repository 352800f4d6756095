/**
 * Mistakes in how an app is put together: each ends in one clear error, none hangs. And what may look like one but is none.
 * @module
 */
import { type Auth, auth, oidcOf, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import { demoClient } from "../../examples/demo/provider.js";
import { appSecret, frameworks, type Handler, sendJson } from "../support/app.js";
import { ask, codeOf, openWorld } from "../support/journey.js";

describe.each(frameworks)("an app on %s", (framework) => {
  test("that writes app.use(auth) without calling it is told so at the first request", async () => {
    const world = await openWorld({ framework, before: (app) => app.use(auth as unknown as Handler) });
    const answer = await ask(`${world.app.url}/public`);
    expect([answer.status, codeOf(answer)]).toEqual([500, "OIDC_OPTIONS"]);
    expect(answer.body).toContain("app.use(auth())");
  });

  test("that guards a route before auth() is told so", async () => {
    const world = await openWorld({
      framework,
      before: (app) => app.get("/early", requireAuth(), (_req, res) => sendJson(res, { never: true })),
    });
    const answer = await ask(`${world.app.url}/early`);
    expect([answer.status, codeOf(answer)]).toEqual([500, "OIDC_SESSION_NOT_MOUNTED"]);
    expect(answer.body).toContain("app.use(auth())");
  });

  test("that guards a route with the bare requireAuth is guarded", async () => {
    const world = await openWorld({
      framework,
      routes: (app) => app.get("/bare", requireAuth, (_req, res) => sendJson(res, { passed: true })),
    });
    expect((await ask(`${world.app.url}/bare`)).status).toBe(401);
    expect((await world.signIn(world.newBrowser(), "/bare")).json()).toEqual({ passed: true });
  });

  test("that mounts one instance twice works as with one", async () => {
    const kept: { instance?: Auth } = {};
    const world = await openWorld({
      framework,
      routes: (app) => app.use((req, res, next) => kept.instance?.(req, res, next)),
    });
    kept.instance = world.app.instance;
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    expect(browser.cookies.list(new URL(world.baseUrl))).toHaveLength(2);
  });

  test("that calls auth() twice with the same options works, and logs in once", async () => {
    const kept: { twin?: Auth } = {};
    const world = await openWorld({
      framework,
      routes: (app) => app.use((req, res, next) => kept.twin?.(req, res, next)),
    });
    const { client_id: clientId, client_secret: clientSecret } = demoClient();
    const { issuer } = world.provider;
    kept.twin = auth({ issuer, clientId, clientSecret, baseUrl: world.baseUrl, secret: appSecret });
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "user-ada" });
    expect(world.provider.calls["/token"]).toBe(1);
  });

  test("lets a CORS preflight pass every guard, and nothing else without a login", async () => {
    const world = await openWorld({
      framework,
      routes: (app) =>
        app.use(requireAuth({ claims: { email: "nobody" } }), (_req, res) => void res.writeHead(204).end()),
    });
    const preflight = { origin: "https://spa.example", "access-control-request-method": "PUT" };
    const asking = (headers: Record<string, string>) => ask(`${world.app.url}/data`, { method: "OPTIONS", headers });
    expect((await asking(preflight)).status).toBe(204);
    expect((await asking({ origin: "https://spa.example" })).status).toBe(401);
    expect((await asking({ "access-control-request-method": "PUT" })).status).toBe(401);
    expect((await ask(`${world.app.url}/data`, { method: "GET", headers: preflight })).status).toBe(401);
  });

  test("may throw in a handler behind the guard: the error is the handler's own", async () => {
    const world = await openWorld({
      framework,
      routes: (app) =>
        app.get("/breaks", requireAuth(), (req) => {
          throw new Error(`no such order for ${oidcOf(req).user?.sub}`);
        }),
    });
    const page = await world.signIn(world.newBrowser(), "/breaks");
    expect([page.status, codeOf(page)]).toEqual([500, "UNKNOWN"]);
    expect(world.app.errors).toEqual([new Error("no such order for user-ada")]);
  });
});
