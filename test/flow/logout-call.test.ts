/**
 * A logout that a handler of the app asks for: `req.oidc.logout()`.
 * @module
 */
import { oidcOf } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type Handler, sendJson } from "../support/app.js";
import { ask, isSignedIn } from "../support/asking.js";
import { step } from "../support/journey.js";
import { startScriptedWorld } from "../support/scripted-world.js";

function leaveWith(returnTo?: string): Handler {
  return (req, _res, next) => {
    oidcOf(req)
      .logout(returnTo === undefined ? {} : { returnTo })
      .catch(next);
  };
}

const world = (handler: Handler) =>
  startScriptedWorld({
    routes(app) {
      app.get("/bye", handler);
      app.post("/bye", handler);
    },
  });

describe("req.oidc.logout()", () => {
  test("ends the login, sends the person to the provider, and back to the page that it names", async () => {
    const { app, provider, signIn } = await world(leaveWith("/public?left=1"));
    const { browser } = await signIn();
    const page = await browser.follow("/bye");
    expect(page.url.href).toBe(`${app.url}/public?left=1`);
    expect([provider.calls("endSession"), await isSignedIn(browser, app.url)]).toEqual([1, false]);
  });

  test("leads to the front page when it names no page", async () => {
    const { app, signIn } = await world(leaveWith());
    const { browser } = await signIn();
    expect((await browser.follow("/bye")).url.href).toBe(`${app.url}/`);
  });

  test.each(["https://evil.example/", "//evil.example", "/\\evil.example"])(
    "leads to the front page when it names %s",
    async (returnTo) => {
      const { app, signIn } = await world(leaveWith(returnTo));
      const { browser } = await signIn();
      expect((await browser.follow("/bye")).url.href).toBe(`${app.url}/`);
    },
  );

  test("leaves nobody signed in for the rest of that request", async () => {
    const seen: unknown[] = [];
    const { signIn } = await world(async (req) => {
      const oidc = oidcOf(req);
      await oidc.logout();
      const failure = await oidc.getAccessToken().catch((error: { code?: string }) => error.code);
      seen.push(oidc.isAuthenticated(), oidc.user, oidc.accessToken, oidc.idToken, failure);
    });
    const { browser } = await signIn();
    await step(browser, new URL("/bye", browser.page.url));
    expect(seen).toEqual([false, undefined, undefined, undefined, "OIDC_SESSION_MISSING"]);
  });

  test("just goes on when nobody is signed in", async () => {
    const { app, provider } = await world(leaveWith("/public"));
    const answer = await ask(`${app.url}/bye`);
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/public"]);
    expect(provider.seen).toEqual([]);
  });

  // Chromium applies `form-action 'self'`, helmet's default, to the redirects of a form too
  test("answers a form of the app's own with a page that goes on by itself, as /logout does", async () => {
    const { app, provider, signIn } = await world(leaveWith("/public"));
    const { browser } = await signIn();
    const answer = await browser.post("/bye", {}, { followRedirects: false });
    expect([answer.status, answer.refresh?.origin]).toEqual([200, provider.issuer]);
    expect((await browser.follow(answer.refresh ?? "")).url.href).toBe(`${app.url}/public`);
  });

  test("ends the login also in a handler that has begun its answer", async () => {
    const { app, signIn } = await world(async (req, res) => {
      sendJson(res, {});
      await oidcOf(req)
        .logout()
        .catch(() => undefined);
    });
    const { browser } = await signIn();
    expect((await browser.follow("/bye")).status).toBe(200);
    await expect.poll(() => isSignedIn(browser, app.url)).toBe(false);
  });
});
