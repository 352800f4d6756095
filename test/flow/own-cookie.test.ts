/**
 * The cookie that carries a login where the app needs no `req.session`: what it looks like, and who is believed.
 * @module
 */
import { describe, expect, test } from "vitest";
import { type Answer, Browser } from "../../examples/demo/browser.js";
import { ask, setCookiesFor } from "../support/asking.js";
import { stopClock } from "../support/clock.js";
import { openWorld, sessionCookieOf, step } from "../support/journey.js";
import { lean, linesOf, startLean } from "../support/lean-world.js";
import { failureIn, startScriptedWorld } from "../support/scripted-world.js";

const attributesOf = (line = "") => line.split("; ").slice(1).sort();

describe("the cookie of a login", () => {
  test("holds a random handle and a hash, signed, and nothing that tells who the person is", async () => {
    const { browser, name, value } = await startLean();
    expect(name).toMatch(/^oidc-session-[\w-]+$/);
    expect(value).toMatch(/^[\w-]{32}\.[\w-]{22}\.[\w-]{43}$/);
    const lines = linesOf(browser, name);
    expect(lines.length).toBe(1);
    expect(attributesOf(lines[0])).toEqual(["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax"]);
  });

  test("is Secure on https and bound to this host, also behind a proxy that does not say that it speaks https", async () => {
    const world = await openWorld({ ...lean({}, { baseUrl: "https://shop.example" }), proxyHeaders: {} });
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    const { name = "" } = sessionCookieOf(browser) ?? {};
    expect(name).toMatch(/^__Host-oidc-session-/);
    const expected = ["HttpOnly", "Max-Age=604800", "Path=/", "SameSite=Lax", "Secure"];
    expect(attributesOf(linesOf(browser, name)[0])).toEqual(expected);
    expect(browser.cookies.refused).toEqual([]);
  });

  test("has the name and the attributes of the options, when it is set and when it is taken away", async () => {
    const cookie = {
      path: "/app",
      domain: "shop.example",
      sameSite: "none",
      priority: "high",
      partitioned: true,
    } as const;
    const options = lean({ name: "shop", cookie }, { baseUrl: "https://www.shop.example/app" });
    const world = await openWorld({ mount: "/app", ...options });
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    await browser.get(`${world.baseUrl}/logout`);
    const [given, taken] = linesOf(browser, "__Secure-shop");
    const same = [
      "Domain=shop.example",
      "HttpOnly",
      "Partitioned",
      "Path=/app",
      "Priority=High",
      "SameSite=None",
      "Secure",
    ];
    expect(attributesOf(given)).toEqual([...same, "Max-Age=604800"].sort());
    expect(attributesOf(taken)).toEqual([...same, "Max-Age=0"].sort());
  });

  test("is not set again while the person goes on", async () => {
    const { app, browser, name } = await startLean();
    for (const path of ["/", "/private", "/public", "/login?returnTo=/"]) await browser.get(app.url + path);
    expect(linesOf(browser, name).length).toBe(2);
  });

  test("with a life of its own is set anew on each answer to somebody who is signed in, once, and to nobody else", async () => {
    const { app, browser, name, value } = await startLean({ cookie: { maxAge: 3_600_000 } });
    const lines = async (path: string, by: Browser) => setCookiesFor(await step(by, app.url + path), name);
    for (const path of ["/", "/private", "/public"]) {
      expect(await lines(path, browser)).toEqual([`${name}=${value}; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax`]);
    }
    expect(await lines("/public", new Browser())).toEqual([]);
    expect(await lines("/logout", browser)).toEqual([expect.stringMatching(/=; Max-Age=0;/)]);
    const copied = await ask(`${app.url}/public`, { headers: { cookie: `${name}=${value}` } });
    expect(setCookiesFor(copied, name)).toEqual([]);
  });

  test("with a life of its own ends a login that was not used for as long", async () => {
    const clock = stopClock();
    const { app, name, value } = await startLean({ cookie: { maxAge: 3_600_000 } });
    const headers = { cookie: `${name}=${value}` };
    clock.advance(3500);
    expect((await ask(`${app.url}/api`, { headers })).status).toBe(200);
    clock.advance(3500);
    expect((await ask(`${app.url}/api`, { headers })).status).toBe(200);
    clock.advance(4000);
    expect((await ask(`${app.url}/api`, { headers })).status).toBe(401);
  });

  test("is another one after each login, and the one before opens nothing", async () => {
    const { app, browser, name, value } = await startLean();
    await browser.get(`${app.url}/login?returnTo=/private`);
    expect(browser.page.json()).toEqual({ sub: "ada" });
    expect(sessionCookieOf(browser)?.value).not.toBe(value);
    expect((await ask(`${app.url}/api`, { headers: { cookie: `${name}=${value}` } })).status).toBe(401);
  });

  test("that an attacker has planted is not that of the login", async () => {
    const { app, browser: attacker, name, value } = await startLean();
    const victim = new Browser();
    victim.cookies.take(`${name}=${value}; Path=/`, new URL(app.url));
    await victim.get(`${app.url}/login?returnTo=/private`);
    expect((await victim.fetch("/api")).status).toBe(200);
    expect(sessionCookieOf(victim)?.value).not.toBe(value);
    expect((await attacker.fetch("/api")).status).toBe(401);
  });

  test("of one instance is nobody's at another one with the same secret, store and cookie name", async () => {
    const { provider, store, value } = await startLean({ name: "shop" });
    const { app } = await startScriptedWorld({ provider, ...lean({ store, name: "shop" }) });
    store.calls.length = 0;
    expect((await ask(`${app.url}/api`, { headers: { cookie: `shop=${value}` } })).status).toBe(401);
    expect(store.calls).toEqual([]);
  });

  test("takes the place of that of another tab: both logins that were begun at once arrive where they wanted", async () => {
    const { app } = await startScriptedWorld(lean());
    const browser = new Browser();
    const tabs = [await step(browser, `${app.url}/private`), await step(browser, `${app.url}/held`)];
    const pages: Answer[] = [];
    for (const { redirect } of tabs) pages.push(await browser.follow(redirect ?? ""));
    expect(pages.map(({ status, url }) => [status, url.pathname])).toEqual([
      [200, "/private"],
      [200, "/held"],
    ]);
  });
});

describe("the cookie of a login that gets lost", () => {
  test("ends in one clear error instead of a login that goes round in circles", async () => {
    const { app, browser, name, provider } = await startLean();
    browser.cookies.clear(name);
    expect(failureIn(await browser.get(`${app.url}/private`))).toMatchObject({
      status: 500,
      code: "OIDC_SESSION_COOKIE_LOST",
    });
    expect(provider.calls("authorize")).toBe(1);
  });

  test("because an older one has come back over it, costs one more login", async () => {
    const clock = stopClock();
    const { app, browser, name, provider, value } = await startLean();
    clock.advance(60);
    await browser.get(`${app.url}/login?returnTo=/`);
    browser.cookies.take(`${name}=${value}; Path=/`, new URL(app.url));
    expect((await browser.get(`${app.url}/private`)).json()).toEqual({ sub: "ada" });
    expect(provider.calls("authorize")).toBe(3);
  });

  test("on the way back from another site, with SameSite=Strict, is no loss: a page of this site goes on", async () => {
    const world = await openWorld(lean({ cookie: { sameSite: "strict" } }));
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    const between = browser.history.find(({ url }) => url.pathname === "/callback");
    expect(between?.links.map(({ url }) => url.pathname)).toEqual(["/private"]);
  });
});

describe("a cookie that is not ours", () => {
  const change = (text: string, at: number) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);

  test.each<[string, (value: string) => string]>([
    ["with another handle", (value) => change(value, 3)],
    ["with another person", (value) => change(value, 40)],
    ["with another signature", (value) => change(value, 60)],
    ["with another end", (value) => value.slice(0, -1) + (value.endsWith("A") ? "B" : "A")],
    ["cut", (value) => value.slice(0, -1)],
    ["longer", (value) => `${value}A`],
    ["without a signature", (value) => value.split(".").slice(0, 2).join(".")],
    ["with an empty signature", (value) => `${value.split(".").slice(0, 2).join(".")}.`],
    ["that is empty", () => ""],
    ["as express-session signs it", (value) => `s%3A${value}`],
    ["in quotes with a line", (value) => `"${value}%0A"`],
    ["with letters of which some are two bytes", (value) => `${value.slice(0, -2)}%C3%A4`],
    ["that is very long", (value) => value.repeat(60)],
  ])("%s signs nobody in, and costs no look into the store", async (_what, forge) => {
    const { app, store, name, value } = await startLean();
    const headers = { cookie: `${name}=${forge(value)}` };
    expect((await ask(`${app.url}/api`, { headers })).status).toBe(401);
    expect((await ask(`${app.url}/`, { headers })).json()).toEqual({ user: null });
    expect(store.calls).toEqual([]);
    expect((await ask(`${app.url}/api`, { headers: { cookie: `${name}=${value}` } })).status).toBe(200);
  });
});

describe("the secrets", () => {
  const [oldest, older, newest] = ["of the year before last", "of last year", "of this year"].map(
    (year) => `the secret ${year}, long enough to be one`,
  ) as [string, string, string];

  /** The same app with other secrets, and what it answers to the cookie of a login that began before. */
  async function answerWithSecrets(before: readonly string[], after: readonly string[]) {
    const { app, provider, store, name, value } = await startLean({}, { options: { secret: before } });
    const next = lean({ store }, { secret: after, baseUrl: app.baseUrl });
    const { app: restarted } = await startScriptedWorld({ provider, ...next });
    const { status } = await ask(`${restarted.url}/api`, { headers: { cookie: `${name}=${value}` } });
    return { status, calls: store.calls };
  }

  test.each([
    ["the newest one signs, so that the old ones can go", [newest, older], [newest]],
    ["each of the list is believed", [oldest], [newest, older, oldest]],
  ])("rotate: %s", async (_what, before, after) => {
    expect((await answerWithSecrets(before, after)).status).toBe(200);
  });

  test("that have left the list sign nobody in, and cost no look into the store", async () => {
    expect(await answerWithSecrets([oldest, newest], [newest, older])).toEqual({ status: 401, calls: [] });
  });
});
