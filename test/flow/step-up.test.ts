/**
 * Routes that want a fresher or a stronger login than the one that is there.
 * @module
 */
import { oidcOf, type RequireAuthOptions, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { type Handler, sendJson } from "../support/app.js";
import { isSignedIn, sessionCookieOf } from "../support/asking.js";
import { stopClock } from "../support/clock.js";
import { codeOf, openWorld, step } from "../support/journey.js";
import { type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";
import { people } from "../support/world.js";

const handler: Handler = (req, res) => sendJson(res, { acr: oidcOf(req).user?.acr, at: oidcOf(req).user?.auth_time });

/** A person is signed in; the access tokens live long, so that no renewal comes in between. */
async function signedInWorld(options: RequireAuthOptions) {
  const world = await startScriptedWorld({ routes: (app) => app.get("/strict", requireAuth(options), handler) });
  world.provider.script.expiresIn = 86_400;
  world.provider.script.person = { sub: "ada", acr: "silver" };
  return { ...world, ...(await world.signIn("/private")) };
}

/** What the provider was asked for last. */
function askedFor({ provider }: Pick<ScriptedWorld, "provider">, name: string): string | null | undefined {
  return provider.lastCall("authorize")?.query.get(name);
}

function idOf(browser: Browser): string | undefined {
  return sessionCookieOf(browser)?.value;
}

describe("a route that wants a fresh login", () => {
  test("lets a login pass that is fresh enough, and some seconds more for clocks that differ", async () => {
    const clock = stopClock();
    const { browser, provider } = await signedInWorld({ maxAge: 60 });
    clock.advance(90);
    expect((await browser.get("/strict")).status).toBe(200);
    expect(provider.calls("authorize")).toBe(1);
  });

  test("sends an older one to the provider with max_age, and the person comes back to the page", async () => {
    const clock = stopClock();
    const world = await signedInWorld({ maxAge: 60 });
    const { browser, app } = world;
    clock.advance(91);
    const page = await browser.get("/strict?tab=2");
    expect([page.status, page.url.href, page.json()]).toEqual([
      200,
      `${app.url}/strict?tab=2`,
      { acr: "silver", at: clock.now() },
    ]);
    expect([askedFor(world, "max_age"), world.provider.calls("authorize")]).toEqual(["60", 2]);
  });

  test("answers 403 when the provider brings the old login back, once, and keeps the login that was there", async () => {
    const clock = stopClock();
    const { app, browser, provider } = await signedInWorld({ maxAge: 60 });
    const before = idOf(browser);
    provider.script.person = { sub: "ada", auth_time: clock.now() };
    clock.advance(3600);
    const page = await browser.get("/strict");
    expect([page.status, codeOf(page), provider.calls("authorize")]).toEqual([403, "OIDC_STEP_UP_UNMET", 2]);
    expect([idOf(browser), await isSignedIn(browser, app.url)]).toEqual([before, true]);
  });

  test("answers 403 when the provider says nothing of the time", async () => {
    const { browser, provider } = await signedInWorld({ maxAge: 60 });
    provider.script.idToken = { auth_time: undefined };
    await browser.get("/login");
    const page = await browser.get("/strict");
    expect([page.status, codeOf(page)]).toEqual([403, "OIDC_STEP_UP_UNMET"]);
  });

  test("that may be zero seconds old is served right after a login, without a loop", async () => {
    const clock = stopClock();
    const { browser, provider } = await signedInWorld({ maxAge: 0 });
    clock.advance(31);
    expect((await browser.get("/strict")).status).toBe(200);
    expect(provider.calls("authorize")).toBe(2);
  });

  test("asks somebody who is not signed in for a fresh login at once", async () => {
    const world = await startScriptedWorld({
      routes: (app) => app.get("/strict", requireAuth({ maxAge: 60 }), handler),
    });
    expect((await world.signIn("/strict")).page.status).toBe(200);
    expect([askedFor(world, "max_age"), world.provider.calls("authorize")]).toEqual(["60", 1]);
  });
});

describe("a route that wants a strong login", () => {
  test.each<[string, string | string[]]>([
    ["it", "silver"],
    ["one of several", ["gold", "silver"]],
  ])("lets a login pass that is %s", async (_name, acr) => {
    const { browser, provider } = await signedInWorld({ acr });
    expect((await browser.get("/strict")).status).toBe(200);
    expect(provider.calls("authorize")).toBe(1);
  });

  test("sends a weaker one to the provider with acr_values, and the person comes back to the page", async () => {
    const world = await signedInWorld({ acr: ["platinum", "gold"] });
    world.provider.script.person = { sub: "ada", acr: "gold" };
    const page = await world.browser.get("/strict?tab=2");
    expect([page.status, page.url.href]).toEqual([200, `${world.app.url}/strict?tab=2`]);
    expect([askedFor(world, "acr_values"), world.provider.calls("authorize")]).toEqual(["platinum gold", 2]);
  });

  test.each<[string, unknown]>([
    ["as weak as before", "silver"],
    ["of no strength", undefined],
    ["in disguise", ["gold"]],
  ])("answers 403 when the login comes back %s, once, and keeps the login that was there", async (_name, acr) => {
    const { app, browser, provider } = await signedInWorld({ acr: "gold" });
    const before = idOf(browser);
    provider.script.person = { sub: "ada", acr };
    const page = await browser.get("/strict");
    expect([page.status, codeOf(page), provider.calls("authorize")]).toEqual([403, "OIDC_STEP_UP_UNMET", 2]);
    expect([idOf(browser), await isSignedIn(browser, app.url)]).toEqual([before, true]);
  });

  test("asks somebody who is not signed in for a strong login at once", async () => {
    const world = await startScriptedWorld({
      routes: (app) => app.get("/strict", requireAuth({ acr: "gold" }), handler),
    });
    world.provider.script.person = { sub: "ada", acr: "gold" };
    expect((await world.signIn("/strict")).page.status).toBe(200);
    expect([askedFor(world, "acr_values"), world.provider.calls("authorize")]).toEqual(["gold", 1]);
  });

  test("gets one from a real provider, by its form", async () => {
    const acr = "urn:demo:gold";
    const world = await openWorld({ routes: (app) => app.get("/strict", requireAuth({ acr }), handler) });
    const browser = world.newBrowser();
    await world.signIn(browser);
    const form = await browser.get(`${world.baseUrl}/strict`);
    expect(form.url.origin).toBe(world.provider.issuer);
    expect((await browser.submit(people.ada)).json()).toMatchObject({ acr });
  });
});

describe("a script that calls such a route", () => {
  test("gets 401 and the address of a login that is fresh and strong enough", async () => {
    const clock = stopClock();
    const { app, browser, provider } = await signedInWorld({ maxAge: 60, acr: ["platinum", "gold"] });
    clock.advance(91);
    const answer = await browser.fetch("/strict");
    expect([answer.status, answer.json()]).toEqual([
      401,
      {
        error: "OIDC_STEP_UP_REQUIRED",
        message: expect.any(String),
        loginUrl: `${app.url}/login?returnTo=%2Fprivate&max_age=60&acr_values=platinum+gold`,
      },
    ]);
    expect(provider.calls("authorize")).toBe(1);
  });

  test("may go on after that login", async () => {
    const { browser, provider } = await signedInWorld({ acr: "gold" });
    const { loginUrl } = (await browser.fetch("/strict")).json() as { loginUrl: string };
    provider.script.person = { sub: "ada", acr: "gold" };
    expect((await browser.follow(loginUrl)).status).toBe(200);
    expect((await browser.fetch("/strict")).status).toBe(200);
  });

  test("is not sent in circles by a page that follows that address: a login as weak as before is 403", async () => {
    const { browser, provider } = await signedInWorld({ acr: "gold" });
    const { loginUrl } = (await browser.fetch("/strict")).json() as { loginUrl: string };
    const page = await browser.follow(loginUrl);
    expect([page.status, codeOf(page), provider.calls("authorize")]).toEqual([403, "OIDC_STEP_UP_UNMET", 2]);
  });

  test("is answered by onUnauthenticated, where the route has one", async () => {
    const { browser } = await signedInWorld({ acr: "gold", onUnauthenticated: (_req, res) => sendJson(res, {}, 418) });
    expect((await browser.fetch("/strict")).status).toBe(418);
  });
});

describe("a step-up login", () => {
  test("replaces the login that was there: the old session id is worthless afterwards", async () => {
    const { app, browser, provider } = await signedInWorld({ acr: "gold" });
    const cookie = browser.cookies.header(new URL(app.url));
    provider.script.person = { sub: "ada", acr: "gold" };
    await browser.get("/strict");
    const old = await browser.fetch("/api", { headers: { cookie } });
    expect([old.status, await isSignedIn(browser, app.url)]).toEqual([401, true]);
  });

  test("that the person gives up leaves the login that was there", async () => {
    const { app, browser, provider } = await signedInWorld({ acr: "gold" });
    provider.script.callback = { error: "access_denied" };
    const page = await browser.get("/strict");
    expect([page.status, codeOf(page)]).toEqual([403, "OIDC_LOGIN_DENIED"]);
    expect(await isSignedIn(browser, app.url)).toBe(true);
  });

  test("comes before the verdict on the claims", async () => {
    const { browser, provider } = await signedInWorld({ acr: "gold", claims: { role: "admin" } });
    expect((await step(browser, new URL("/strict", browser.page.url))).redirect?.origin).toBe(provider.issuer);
  });
});
