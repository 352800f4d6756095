/**
 * The second half of a logout: at the provider, and back (OpenID Connect RP-Initiated Logout).
 * @module
 */
import type { AuthOptions } from "express-oidc";
import { decodeJwt } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { startApp } from "../support/app.js";
import { ask, isSignedIn, linked } from "../support/asking.js";
import { stopClock } from "../support/clock.js";
import { openWorld, step } from "../support/journey.js";
import { startScriptedProvider } from "../support/scripted-provider.js";
import { heldIn, startScriptedWorld } from "../support/scripted-world.js";

/** A signed-in browser, and where its logout leads first. */
async function logOutOf(options: Partial<AuthOptions>, path = "/logout") {
  const world = await startScriptedWorld({ options });
  const { browser } = await world.signIn();
  const answer = await step(browser, world.app.url + path);
  return { ...world, browser, answer, location: answer.headers.get("location") };
}

describe("the way to the provider at a logout", () => {
  test("names the login, the client, the way back and a state, and nothing else", async () => {
    const world = await startScriptedWorld();
    const { browser, page } = await world.signIn("/held");
    const { redirect } = await step(browser, `${world.app.url}/logout`);
    expect(`${redirect?.origin}${redirect?.pathname}`).toBe(`${world.provider.issuer}/end-session`);
    expect(Object.fromEntries(redirect?.searchParams ?? [])).toEqual({
      id_token_hint: heldIn(page).idToken,
      client_id: "demo-app",
      post_logout_redirect_uri: `${world.app.url}/logged-out`,
      state: expect.stringMatching(/^[\w-]{22,}$/),
    });
  });

  test("carries an ID token that has long expired, too", async () => {
    const clock = stopClock();
    const { app, signIn } = await startScriptedWorld();
    const { browser, page } = await signIn("/held");
    clock.advance(20 * 3600);
    const { redirect } = await step(browser, `${app.url}/logout`);
    const hint = redirect?.searchParams.get("id_token_hint") ?? "";
    expect(hint).toBe(heldIn(page).idToken);
    expect(decodeJwt(hint).exp).toBeLessThan(clock.now());
  });

  test("has another state each time", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const first = await step(browser, `${app.url}/logout`);
    await browser.get(`${app.url}/private`);
    const second = await step(browser, `${app.url}/logout`);
    const states = [first, second].map(({ redirect }) => redirect?.searchParams.get("state"));
    expect(new Set(states).size).toBe(2);
  });

  test("comes back to the path of the base URL, and to the route that the app has chosen", async () => {
    const provider = await startScriptedProvider();
    const routes = { postLogoutRedirect: "/good-bye", logout: "/leave" };
    const app = await startApp({ ...provider.registration, mount: "/shop", options: { routes } });
    onTestFinished(() => app.close());
    const browser = new Browser();
    await browser.get(`${app.baseUrl}/private`);
    const page = await browser.follow(`${app.baseUrl}/leave`);
    const way = provider.lastCall("endSession")?.query.get("post_logout_redirect_uri");
    expect([way, page.url.href]).toEqual([`${app.url}/shop/good-bye`, `${app.url}/shop/`]);
  });

  test("ends the login at a real provider: its next login asks for the password again", async () => {
    const world = await openWorld();
    const browser = world.newBrowser();
    await world.signIn(browser);
    await browser.follow("/logout?returnTo=/public");
    expect(browser.page.url.origin).toBe(world.provider.issuer);
    expect((await browser.submit()).url.href).toBe(`${world.baseUrl}/public`);
    expect((await browser.follow("/private")).forms[0]?.fields.map(([name]) => name)).toContain("password");
  });
});

describe("the way back from the provider's logout", () => {
  const front = (origin: string) => `${origin}/`;

  test("leads to the page that the logout named, once", async () => {
    const { app, browser, answer } = await logOutOf({}, "/logout?returnTo=/public%3Ffrom%3Dhere");
    const state = answer.redirect?.searchParams.get("state");
    const back = `${app.url}/logged-out?state=${state}`;
    expect((await step(browser, back)).redirect?.href).toBe(`${app.url}/public?from=here`);
    expect((await step(browser, back)).redirect?.href).toBe(front(app.url));
  });

  test.each([
    ["a wrong state", "?state=wrong"],
    ["an empty state", "?state="],
    ["no state", ""],
    ["a page of its own choice", "?returnTo=https://evil.example&state=wrong"],
    ["the state twice", "?state=wrong&state=wrong"],
    ["broken encoding", "?state=%E0%A4%A"],
  ])("with %s leads to the front page", async (_name, query) => {
    const { app, browser } = await logOutOf({}, "/logout?returnTo=/public");
    const answer = await step(browser, `${app.url}/logged-out${query}`);
    expect([answer.status, answer.redirect?.href]).toEqual([302, front(app.url)]);
  });

  test("in another browser leads to the front page, though the state is right", async () => {
    const { app, answer } = await logOutOf({}, "/logout?returnTo=/public");
    const state = answer.redirect?.searchParams.get("state");
    const elsewhere = await ask(`${app.url}/logged-out?state=${state}`);
    expect([elsewhere.status, elsewhere.redirect?.href]).toEqual([302, front(app.url)]);
  });

  test("trusts no cookie that it has not sealed itself", async () => {
    const { app, browser } = await logOutOf({}, "/logout?returnTo=/public");
    const name = browser.cookies.list().find((cookie) => cookie.name.endsWith("-logout"))?.name;
    const forged = Buffer.from(JSON.stringify({ state: "x", returnTo: "https://evil.example/" })).toString("base64url");
    const answer = await ask(`${app.url}/logged-out?state=x`, { headers: { cookie: `${name}=${forged}` } });
    expect([answer.status, answer.redirect?.href]).toEqual([302, front(app.url)]);
  });

  test("does not end a login that has begun meanwhile", async () => {
    const { app, browser, answer } = await logOutOf({});
    await browser.get(`${app.url}/private`);
    await step(browser, `${app.url}/logged-out${answer.redirect?.search}`);
    expect(await isSignedIn(browser, app.url)).toBe(true);
  });
});

describe("the page after a logout", () => {
  const elsewhere = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\thttps://evil.example",
    "javascript:alert(1)",
    "/.//evil.example",
    "http://localhost@evil.example/",
    "/logout",
    "/login",
    "/callback?code=x&state=y",
  ];

  test.each(elsewhere)("is the front page when %j was named, by way of the provider", async (returnTo) => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const page = await browser.follow(`${app.url}/logout?returnTo=${encodeURIComponent(returnTo)}`);
    expect(page.url.href).toBe(`${app.url}/`);
  });

  test.each(elsewhere)("is the front page when %j was named, and nobody was signed in", async (returnTo) => {
    const { app } = await startScriptedWorld();
    const answer = await ask(`${app.url}/logout?returnTo=${encodeURIComponent(returnTo)}`, { headers: linked });
    expect(answer.headers.get("location")).toBe("/");
  });
});

describe("idpLogout", () => {
  test("false ends the login here only, without a word to the provider", async () => {
    const { app, provider, browser, location } = await logOutOf({ idpLogout: false }, "/logout?returnTo=/public");
    expect([location, provider.calls("endSession")]).toEqual(["/public", 0]);
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });

  test("a URL is where the person goes, as it is", async () => {
    const url = "https://id.example/login/profile/logout?redirect_uri=https%3A%2F%2Fshop.example%2F";
    expect((await logOutOf({ idpLogout: url })).location).toBe(url);
  });

  test("a function is told what it needs and says where the person goes", async () => {
    const told: unknown[] = [];
    const idpLogout: AuthOptions["idpLogout"] = (request) => {
      told.push(request);
      return "https://id.example/bye";
    };
    const world = await startScriptedWorld({ options: { idpLogout } });
    const { browser, page } = await world.signIn("/held");
    expect((await step(browser, `${world.app.url}/logout`)).headers.get("location")).toBe("https://id.example/bye");
    const returnTo = `${world.app.url}/logged-out`;
    expect(told).toEqual([{ idToken: heldIn(page).idToken, clientId: "demo-app", returnTo }]);
  });

  const broken: Record<string, () => unknown> = {
    throws: () => {
      throw new Error("no idea");
    },
    "returns nothing": () => undefined,
    "returns no URL": () => "good bye",
  };
  test.each(Object.entries(broken))("a function that %s ends the login here", async (_name, idpLogout) => {
    const world = await startScriptedWorld({ options: { idpLogout: idpLogout as () => string } });
    for (const method of ["GET", "POST"]) {
      const { browser } = await world.signIn();
      const url = `${world.app.url}/logout?returnTo=/public`;
      const answer = await ask(url, { method, browser, headers: linked });
      expect([answer.status, answer.redirect?.href]).toEqual([method === "GET" ? 302 : 303, `${world.app.url}/public`]);
      expect(await isSignedIn(browser, world.app.url)).toBe(false);
    }
  });
});

describe("routes.postLogoutRedirect", () => {
  test("false leaves the person on the provider's page, and the path to the app", async () => {
    const { app, browser, answer } = await logOutOf({ routes: { postLogoutRedirect: false } });
    const names = [...(answer.redirect?.searchParams.keys() ?? [])].sort();
    expect(names).toEqual(["client_id", "id_token_hint"]);
    expect((await step(browser, `${app.url}/logged-out`)).status).toBe(404);
  });

  test('"/" brings the person back to the app\'s own front page', async () => {
    const { app, browser, answer } = await logOutOf({ routes: { postLogoutRedirect: "/" } });
    expect(answer.redirect?.searchParams.get("post_logout_redirect_uri")).toBe(`${app.url}/`);
    const page = await browser.follow(answer.redirect ?? "");
    expect([page.url.origin + page.url.pathname, page.json()]).toEqual([`${app.url}/`, { user: null }]);
  });
});
