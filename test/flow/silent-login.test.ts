/**
 * `prompt=none`: a look whether the provider knows the person, who is never asked and never sent round in circles.
 * @module
 */
import { oidcOf } from "express-oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendJson } from "../support/app.js";
import { stopClock } from "../support/clock.js";
import { askToLogIn, callbackWith, codeOf, logInUpToCallback, step, tokenRequests } from "../support/journey.js";
import { startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld({
    routes: (app) =>
      app.get("/greets", async (req, res, next) => {
        if (oidcOf(req).isAuthenticated()) return sendJson(res, { hello: oidcOf(req).user?.sub });
        return oidcOf(req)
          .login({ authorizationParams: { prompt: "none" } })
          .catch(next);
      }),
  });
});
afterAll(() => world.close());

describe("a silent login", () => {
  test("recognises whom the provider knows, without a question", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    for (const { name } of browser.cookies.list(new URL(world.baseUrl))) browser.cookies.clear(name);
    const page = await browser.get(`${world.baseUrl}/login?prompt=none&returnTo=/private`);
    expect([page.url.pathname, page.json()]).toEqual(["/private", { sub: "user-ada" }]);
  });

  test("leads a stranger back to the page that was wanted, signed out", async () => {
    const browser = world.newBrowser();
    const page = await browser.get(`${world.baseUrl}/login?prompt=none&returnTo=/public`);
    expect([page.url.pathname, page.status]).toEqual(["/public", 200]);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test.each(["login_required", "interaction_required", "consent_required", "account_selection_required"])(
    "that ends with %s leads back signed out",
    async (error) => {
      const browser = world.newBrowser();
      const asked = await askToLogIn(browser, `${world.baseUrl}/login?prompt=none&returnTo=/public`);
      const state = asked.searchParams.get("state") ?? "";
      const page = await browser.get(callbackWith(world, { error, state }));
      expect([page.url.pathname, page.status]).toEqual(["/public", 200]);
    },
  );

  test("that was denied is an error all the same: nobody's absence explains that", async () => {
    const browser = world.newBrowser();
    const asked = await askToLogIn(browser, `${world.baseUrl}/login?prompt=none`);
    const state = asked.searchParams.get("state") ?? "";
    const answer = await step(browser, callbackWith(world, { error: "access_denied", state }));
    expect([answer.status, codeOf(answer)]).toEqual([403, "OIDC_LOGIN_DENIED"]);
  });

  test("is an error when tried again within a minute, and goes to no provider", async () => {
    const clock = stopClock();
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/login?prompt=none&returnTo=/public`);
    clock.advance(55);
    const second = await step(browser, `${world.baseUrl}/login?prompt=none&returnTo=/public`);
    expect([second.status, codeOf(second), second.headers.get("location")]).toEqual([403, "OIDC_LOGIN_DENIED", null]);
    clock.advance(10);
    const third = await step(browser, `${world.baseUrl}/login?prompt=none&returnTo=/public`);
    expect(third.redirect?.origin).toBe(world.provider.issuer);
  });

  test("leaves the way open for a login that may ask", async () => {
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/login?prompt=none&returnTo=/public`);
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
  });

  test("that a handler tries on every visit ends after one round", async () => {
    const browser = world.newBrowser();
    const page = await browser.get(`${world.baseUrl}/greets`);
    expect([page.url.pathname, page.status, codeOf(page)]).toEqual(["/greets", 403, "OIDC_LOGIN_DENIED"]);
    expect(browser.history.filter(({ url }) => url.pathname === "/callback")).toHaveLength(1);
  });

  test("that a guarded page was wanted by becomes a login that asks, once", async () => {
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/login?prompt=none&returnTo=/private`);
    expect(browser.page.url.origin).toBe(world.provider.issuer);
    expect((await browser.submit({ login: "ada", password: "lovelace" })).json()).toEqual({ sub: "user-ada" });
  });

  test("that took too long never turns into a login that asks", async () => {
    const clock = stopClock();
    const browser = world.newBrowser();
    await world.signIn(browser);
    for (const { name } of browser.cookies.list(new URL(world.baseUrl))) browser.cookies.clear(name);
    const callback = await logInUpToCallback(world, browser, "/login?prompt=none&returnTo=/public");
    const cookie = browser.cookies.header(new URL(world.baseUrl));
    clock.advance(601);
    const before = tokenRequests(world);
    const answer = await step(browser, callback, { cookie });
    expect(tokenRequests(world)).toBe(before);
    const { redirect } = answer;
    expect(redirect?.origin === world.baseUrl ? "none" : redirect?.searchParams.get("prompt")).toBe("none");
  });
});

describe("a login that may ask", () => {
  test("and ends with login_required all the same is an error, not another try", async () => {
    const browser = world.newBrowser();
    const asked = await askToLogIn(browser, `${world.baseUrl}/private`);
    const state = asked.searchParams.get("state") ?? "";
    const answer = await step(browser, callbackWith(world, { error: "login_required", state }));
    expect([answer.status, codeOf(answer)]).toEqual([403, "OIDC_LOGIN_DENIED"]);
  });
});
