/**
 * The way of one person: a protected page, the login, back to the page, and out again. On every framework.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { frameworks } from "../support/app.js";
import { codeOf } from "../support/journey.js";
import { startWorld, type World } from "../support/world.js";

describe.each(frameworks)("the way of one person on %s", (framework) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ framework });
  });
  afterAll(() => world.close());

  test("leads from a protected page through the login back to that very page", async () => {
    const browser = world.newBrowser();
    const page = await world.signIn(browser, "/private?tab=2&q=a%20b");
    expect(page.url.href).toBe(`${world.baseUrl}/private?tab=2&q=a%20b`);
    expect(page.json()).toEqual({ sub: "user-ada" });
  });

  test("stays logged in from then on, on open pages too", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    expect((await browser.get(`${world.baseUrl}/`)).json()).toEqual({ user: "user-ada" });
    expect((await browser.fetch("/api")).json()).toEqual({ sub: "user-ada" });
    expect(browser.history.at(-1)?.headers.getSetCookie()).toEqual([]);
  });

  test("begins on an open page by the login link and ends on the page it names", async () => {
    const browser = world.newBrowser();
    expect((await browser.get(`${world.baseUrl}/public`)).status).toBe(200);
    await browser.follow("/login?returnTo=/public");
    const page = await browser.submit({ login: "alan", password: "turing" });
    expect(page.url.href).toBe(`${world.baseUrl}/public`);
    expect((await browser.fetch("/api")).json()).toEqual({ sub: "user-alan" });
  });

  test("answers a script without a login 401, with the address of a login that leads back to its page", async () => {
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/public`);
    const answer = await browser.fetch("/api");
    expect(answer.status).toBe(401);
    expect(answer.json()).toMatchObject({
      error: "OIDC_SESSION_MISSING",
      loginUrl: `${world.baseUrl}/login?returnTo=%2Fpublic`,
    });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  test("ends with the logout, here and at the provider", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    await browser.follow("/logout?returnTo=/public");
    // a person's browser sends this form by itself
    const page = await browser.submit();
    expect(page.url.href).toBe(`${world.baseUrl}/public`);
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await browser.follow("/private")).url.origin).toBe(world.provider.issuer);
  });

  test("has an app's own error handler answer what goes wrong", async () => {
    const answer = await world.newBrowser().get(`${world.baseUrl}/callback?error=access_denied&state=unknown`);
    expect([answer.status, codeOf(answer)]).toEqual([400, "OIDC_LOGIN_UNKNOWN_STATE"]);
  });
});
