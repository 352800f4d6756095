/**
 * How a callback ends that does not come once, in time and in the browser that it belongs to: well, or in one clear error, never in a loop.
 * @module
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { stopClock } from "../support/clock.js";
import {
  askToLogIn,
  codeOf,
  logInAtProvider,
  logInUpToCallback,
  loseCookiesOf,
  step,
  tokenRequests,
} from "../support/journey.js";
import { people, startWorld, type World } from "../support/world.js";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const callbacksOf = (browser: Browser) => browser.history.filter(({ url }) => url.pathname === "/callback");

/** The address of the callback that a browser has opened last. */
function lastCallback(browser: Browser): URL {
  const last = callbacksOf(browser).at(-1);
  if (last === undefined) throw new Error("This browser has opened no callback.");
  return last.url;
}

describe("a callback that is opened again", () => {
  test("by a reload after the login leads to the page that was wanted, and redeems nothing", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser, "/private?tab=2");
    const before = tokenRequests(world);
    const page = await browser.get(lastCallback(browser));
    expect(page.url.href).toBe(`${world.baseUrl}/private?tab=2`);
    expect(page.json()).toEqual({ sub: "user-ada" });
    expect(tokenRequests(world)).toBe(before);
  });

  test("after another login leads home, for it is nobody's any more", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser, "/private?first");
    const first = lastCallback(browser);
    await browser.get(`${world.baseUrl}/login?returnTo=/public`);
    const page = await browser.get(first);
    expect(page.url.href).toBe(`${world.baseUrl}/`);
    expect(page.json()).toEqual({ user: "user-ada" });
  });

  test("after the logout begins one login from the start", async () => {
    const browser = world.newBrowser();
    await world.signIn(browser);
    await browser.follow("/logout");
    await browser.submit();
    const before = tokenRequests(world);
    const page = await browser.get(lastCallback(browser));
    expect(page.url.origin).toBe(world.provider.issuer);
    expect(tokenRequests(world)).toBe(before);
  });

  test("by two at once asks for tokens once, and both end signed in on the page that was wanted", async () => {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    const before = tokenRequests(world);
    const headers = { cookie: browser.cookies.header(callback) };
    const answers = await Promise.all([step(browser, callback, headers), step(browser, callback, headers)]);
    expect(tokenRequests(world)).toBe(before + 1);
    expect(answers.map(({ status }) => status)).toEqual([302, 302]);
    const loser = answers.find(({ redirect }) => redirect?.origin === world.provider.issuer);
    if (loser?.redirect !== undefined) await browser.get(loser.redirect);
    expect((await browser.get(`${world.baseUrl}/private`)).json()).toEqual({ sub: "user-ada" });
  });
});

describe("a callback that comes too late", () => {
  test("is no login any more: one begins anew and leads to the page that was wanted", async () => {
    const clock = stopClock();
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser, "/private?tab=7");
    const before = tokenRequests(world);
    clock.advance(601);
    const answer = await step(browser, callback);
    expect(answer.redirect?.origin).toBe(world.provider.issuer);
    expect(tokenRequests(world)).toBe(before);
    const page = await browser.follow(answer.redirect ?? "");
    expect(page.url.href).toBe(`${world.baseUrl}/private?tab=7`);
    expect(page.json()).toEqual({ sub: "user-ada" });
  });

  test("for the second time in a row is an error, not a third login", async () => {
    const clock = stopClock();
    const browser = world.newBrowser();
    const first = await logInUpToCallback(world, browser);
    clock.advance(601);
    const restart = await step(browser, first);
    const second = await logInAtProvider(browser, restart.redirect ?? new URL("about:blank"));
    clock.advance(601);
    const answer = await step(browser, second);
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    expect(["OIDC_LOGIN_EXPIRED", "OIDC_LOGIN_UNKNOWN_STATE"]).toContain(codeOf(answer));
  });

  test("by a second less than ten minutes still counts", async () => {
    const clock = stopClock();
    const browser = world.newBrowser();
    const asked = await askToLogIn(browser, `${world.baseUrl}/private`);
    clock.advance(599);
    const callback = await logInAtProvider(browser, asked);
    expect((await browser.get(callback)).json()).toEqual({ sub: "user-ada" });
  });

  test("with a code that the provider does not take any more begins anew, once", async () => {
    const clock = stopClock();
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser, "/private?tab=8");
    clock.advance(120);
    const page = await browser.get(callback);
    expect(page.url.href).toBe(`${world.baseUrl}/private?tab=8`);
    expect(callbacksOf(browser)).toHaveLength(2);
  });

  test("with codes that the provider never takes ends in one error", async () => {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    const spoil = (url: URL) => {
      url.searchParams.set("code", "a-code-that-was-never-given");
      return url;
    };
    const restart = await step(browser, spoil(callback));
    expect(restart.redirect?.origin).toBe(world.provider.issuer);
    const second = await logInAtProvider(browser, restart.redirect ?? callback);
    const answer = await step(browser, spoil(second));
    expect([answer.status, codeOf(answer), answer.headers.get("location")]).toEqual([400, "OIDC_LOGIN_EXPIRED", null]);
  });
});

describe("a callback in another browser than the one that began the login", () => {
  test("redeems no code and signs nobody in as somebody else: a login of its own begins there", async () => {
    const attacker = world.newBrowser();
    const callback = await logInUpToCallback(world, attacker, "/private?theirs");
    const victim = world.newBrowser();
    const before = tokenRequests(world);
    const page = await victim.get(callback);
    expect(page.url.origin).toBe(world.provider.issuer);
    expect(tokenRequests(world)).toBe(before);
    const landed = await victim.submit(people.alan);
    expect(landed.url.href).toBe(`${world.baseUrl}/`);
    expect(landed.json()).toEqual({ user: "user-alan" });
  });

  test("leaves who is signed in there alone", async () => {
    const attacker = world.newBrowser();
    const callback = await logInUpToCallback(world, attacker);
    const victim = world.newBrowser();
    await world.signIn(victim, "/private", "alan");
    const before = tokenRequests(world);
    const page = await victim.get(callback);
    expect([page.url.pathname, page.json()]).toEqual(["/", { user: "user-alan" }]);
    expect(tokenRequests(world)).toBe(before);
  });

  test("still works for the browser that began it", async () => {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    await step(world.newBrowser(), callback);
    expect((await browser.get(callback)).json()).toEqual({ sub: "user-ada" });
  });

  test("with one browser's cookie under the other's state is not accepted", async () => {
    const one = world.newBrowser();
    const other = world.newBrowser();
    const callback = await logInUpToCallback(world, one);
    await askToLogIn(other, `${world.baseUrl}/private`);
    const [own] = one.cookies.list(callback);
    const [foreign] = other.cookies.list(callback);
    const before = tokenRequests(world);
    const answer = await step(world.newBrowser(), callback, { cookie: `${own?.name}=${foreign?.value}` });
    expect(answer.redirect?.origin).toBe(world.provider.issuer);
    expect(tokenRequests(world)).toBe(before);
  });
});

describe("a browser that keeps no cookies of the app", () => {
  test("ends in one error that says so, after two rounds", async () => {
    const browser = world.newBrowser();
    loseCookiesOf(browser, world.baseUrl);
    const before = tokenRequests(world);
    await browser.get(`${world.baseUrl}/private`);
    const page = await browser.submit(people.ada);
    expect([page.url.pathname, page.status, codeOf(page)]).toEqual(["/callback", 400, "OIDC_LOGIN_UNKNOWN_STATE"]);
    expect(page.body).toMatch(/allow cookies/);
    expect(callbacksOf(browser)).toHaveLength(2);
    expect(tokenRequests(world)).toBe(before);
  });

  test("ends so too when it loses the cookies only while the person is at the provider", async () => {
    const browser = world.newBrowser();
    const callback = await logInUpToCallback(world, browser);
    for (const { name } of browser.cookies.list(callback)) browser.cookies.clear(name);
    const page = await browser.follow(callback);
    expect([page.url.pathname, page.json()]).toEqual(["/", { user: "user-ada" }]);
  });
});
