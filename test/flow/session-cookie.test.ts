/**
 * The session cookie's manners: what it is called, what protects it, when it is new and when there is none.
 * @module
 */
import session from "express-session";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer, Browser } from "../../examples/demo/browser.js";
import { addCart } from "../support/cart.js";
import { ask, askToLogIn, cookieNames, openWorld, sessionCookieOf, step } from "../support/journey.js";
import { startWorld, type World, type WorldOptions } from "../support/world.js";

/** The Set-Cookie line of the session that a login ends with. */
async function loggedIn(options: WorldOptions): Promise<{ line: string; browser: Browser; world: World }> {
  const world = await openWorld(options);
  const browser = world.newBrowser();
  expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
  const callback = browser.history.find(({ url }) => url.pathname.endsWith("/callback"));
  const line = setCookiesOf(callback).find((one) => !one.includes("-login-") && !one.includes("-landed")) ?? "";
  return { line, browser, world };
}

const setCookiesOf = (answer: Answer | undefined) => answer?.headers.getSetCookie() ?? [];
const attributesOf = (line: string) => line.split("; ").slice(1).sort();

describe("the session cookie", () => {
  test("on http is HttpOnly and SameSite=Lax under its plain name", async () => {
    const { line } = await loggedIn({});
    expect(line).toMatch(/^oidc-session-[\w-]+=/);
    // a lifetime is written as a date or as seconds
    const attributes = attributesOf(line).map((attribute) => attribute.replace(/^(Expires|Max-Age)=.*/, "a lifetime"));
    expect(attributes.sort()).toEqual(["HttpOnly", "Path=/", "SameSite=Lax", "a lifetime"]);
  });

  test("on https is Secure as well, and bound to this host by its name", async () => {
    const { line, browser } = await loggedIn({ options: { baseUrl: "https://shop.example" } });
    expect(line).toMatch(/^__Host-oidc-session-[\w-]+=/);
    expect(attributesOf(line)).toEqual(expect.arrayContaining(["HttpOnly", "Path=/", "SameSite=Lax", "Secure"]));
    expect(line).not.toMatch(/Domain=/i);
    expect(browser.cookies.refused).toEqual([]);
  });

  test("with a domain is called __Secure-, and sub-domains see the login", async () => {
    const { line, browser, world } = await loggedIn({
      options: { baseUrl: "https://www.shop.example", session: { cookie: { domain: "shop.example" } } },
    });
    expect(line).toMatch(/^__Secure-oidc-session-[\w-]+=/);
    expect(attributesOf(line)).toEqual(expect.arrayContaining(["Domain=shop.example", "HttpOnly", "Secure"]));
    expect(browser.cookies.refused).toEqual([]);
    const names = browser.cookies.list(new URL("https://help.shop.example")).map(({ name }) => name);
    expect(names).toEqual([expect.stringMatching(/^__Secure-oidc-session-/)]);
    expect(world.baseUrl).toBe("https://www.shop.example");
  });

  test("bears the name and path that the options give it, with the prefix that fits", async () => {
    const { line, browser } = await loggedIn({
      mount: "/app",
      options: { baseUrl: "https://shop.example/app", session: { name: "shop", cookie: { path: "/app" } } },
    });
    expect(line).toMatch(/^__Secure-shop=/);
    expect(attributesOf(line)).toEqual(expect.arrayContaining(["Path=/app", "Secure"]));
    expect(browser.cookies.refused).toEqual([]);
  });

  test("lives as long as a login may, at the most", async () => {
    const { browser } = await loggedIn({ options: { absoluteTimeout: 3600 } });
    const expiresAt = sessionCookieOf(browser)?.expiresAt ?? 0;
    expect(Math.abs(expiresAt - Date.now() / 1000 - 3600)).toBeLessThan(10);
  });

  test("is joined on the way by sealed cookies with the same protection, which are gone afterwards", async () => {
    const world = await openWorld({ options: { baseUrl: "https://shop.example" } });
    const browser = world.newBrowser();
    await askToLogIn(browser, "https://shop.example/private");
    const [attempt, ...others] = setCookiesOf(browser.history[0]);
    expect(others).toEqual([]);
    expect(attempt).toMatch(/^__Host-oidc-[\w-]+-login-[\w-]{10}=/);
    expect(attributesOf(attempt ?? "")).toEqual(["HttpOnly", "Max-Age=1800", "Path=/", "SameSite=Lax", "Secure"]);
    await world.signIn(browser);
    expect(browser.cookies.refused).toEqual([]);
    const left = browser.cookies
      .list(new URL("https://shop.example"))
      .map(({ name }) => name.replace(/-[\w-]{10}$/, ""));
    expect(left.filter((name) => name.includes("login"))).toHaveLength(1);
  });
});

describe("the session id", () => {
  test("is new after a login, and the old one opens nothing", async () => {
    const world = await openWorld({ routes: addCart, needsReqSession: true });
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/cart?add=book`);
    const before = sessionCookieOf(browser);
    await world.signIn(browser);
    expect(before?.value).toMatch(/^s%3A/);
    expect(sessionCookieOf(browser)?.value).not.toBe(before?.value);
    const thief = { headers: { cookie: `${before?.name}=${before?.value}` } };
    expect((await ask(`${world.app.url}/`, thief)).json()).toEqual({ user: null });
    expect((await ask(`${world.app.url}/cart`, thief)).json()).toEqual({ cart: [], theme: null });
  });

  test("that an attacker has planted is not the one of the login", async () => {
    const world = await openWorld({ routes: addCart, needsReqSession: true });
    const attacker = world.newBrowser();
    await attacker.get(`${world.baseUrl}/cart?add=trap`);
    const planted = sessionCookieOf(attacker);
    const victim = world.newBrowser();
    victim.cookies.take(`${planted?.name}=${planted?.value}; Path=/`, new URL(world.baseUrl));
    expect((await world.signIn(victim)).json()).toEqual({ sub: "user-ada" });
    expect((await attacker.get(`${world.baseUrl}/`)).json()).toEqual({ user: null });
    expect((await attacker.fetch("/api")).status).toBe(401);
  });

  test("is new after a second login too, and the first login is over", async () => {
    const world = await openWorld();
    const browser = world.newBrowser();
    await world.signIn(browser);
    const first = browser.cookies.header(new URL(world.baseUrl));
    await browser.get(`${world.baseUrl}/login?returnTo=/private`);
    expect(browser.page.json()).toEqual({ sub: "user-ada" });
    expect((await ask(`${world.app.url}/api`, { headers: { cookie: first } })).status).toBe(401);
  });
});

describe("a visitor who never logs in", () => {
  const calls: string[] = [];
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ options: { session: { store: new TellingStore(calls) } } });
  });
  afterAll(() => world.close());

  test("gets no cookie and costs the store nothing", async () => {
    const browser = world.newBrowser();
    for (const path of ["/", "/public", "/logged-out"]) await step(browser, `${world.baseUrl}${path}`);
    await browser.fetch("/api");
    expect(browser.history.flatMap(setCookiesOf)).toEqual([]);
    expect(calls).toEqual([]);
  });

  test("who is sent to log in and never comes back gets the one cookie of that, and nothing is stored", async () => {
    const browser = world.newBrowser();
    const answer = await step(browser, `${world.baseUrl}/private`);
    expect(cookieNames(answer)).toEqual([expect.stringMatching(/^oidc-[\w-]+-login-[\w-]{10}$/)]);
    expect(calls).toEqual([]);
  });

  test("sees the store written only when a login is complete", async () => {
    await world.signIn(world.newBrowser());
    expect(calls.filter((call) => call.startsWith("set")).length).toBeGreaterThan(0);
  });
});

/** A store that tells what is asked of it. */
class TellingStore extends session.MemoryStore {
  readonly #calls: string[];

  constructor(calls: string[]) {
    super();
    this.#calls = calls;
  }

  override get(...args: Parameters<session.MemoryStore["get"]>): void {
    this.#calls.push(`get ${args[0]}`);
    super.get(...args);
  }

  override set(...args: Parameters<session.MemoryStore["set"]>): void {
    this.#calls.push(`set ${args[0]}`);
    super.set(...args);
  }
}
