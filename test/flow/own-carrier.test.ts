/**
 * An app that needs no `req.session`: a signed cookie of ours names the login, and nothing else is on the way. What holds for every login
 * is tested over both carriers by the other files; here stands what is this one's own.
 * @module
 */
import { auth } from "express-oidc";
import session from "express-session";
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import type { AuthOptions } from "../../src/options.js";
import { type AppRequest, frameworks, type Handler, type TestApp } from "../support/app.js";
import { ask } from "../support/asking.js";
import { postToken } from "../support/back-channel.js";
import { openWorld, sessionCookieOf, step } from "../support/journey.js";
import { lean, startLean } from "../support/lean-world.js";
import { signInEach, startTwo, statuses } from "../support/processes.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { answerWith, failureIn, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal, holdBack } from "../support/signal.js";

describe("an app without req.session", () => {
  test.each(frameworks)("logs people in and out, and has none, on %s", async (framework) => {
    const seen: unknown[] = [];
    const routes = (app: TestApp) => app.use((req, _res, next) => void [seen.push(req.session, req.sessionID), next()]);
    const world = await openWorld({ framework, routes, ...lean() });
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    await browser.follow("/logout");
    expect((await browser.get(`${world.baseUrl}/`)).json()).toEqual({ user: null });
    expect(seen.filter((one) => one !== undefined)).toEqual([]);
  });

  test("leaves a session alone that the app mounts for itself: no login is in it, and no logout ends it", async () => {
    const own = session({ secret: "the app's own secret", resave: false, saveUninitialized: false });
    const before = (app: TestApp) => {
      app.use(own as unknown as Handler);
      app.get("/seen", (req: AppRequest, res) => {
        if (req.session !== undefined) req.session["seen"] = true;
        res.end(JSON.stringify([req.sessionID, Object.keys(req.session ?? {})]));
      });
    };
    const world = await startScriptedWorld({ before, ...lean() });
    const browser = new Browser();
    const first = (await browser.get(`${world.app.url}/seen`)).text;
    expect((await browser.get(`${world.app.url}/private`)).json()).toEqual({ sub: "ada" });
    expect((await browser.get(`${world.app.url}/seen`)).text).toBe(first);
    await browser.get(`${world.app.url}/logout`);
    expect((await browser.get(`${world.app.url}/seen`)).text).toBe(first);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("that was one with req.session signs everybody out once, and works", async () => {
    const { app, browser, provider, name, value } = await startLean({ reqSession: true });
    expect(value).toMatch(/^s%3A/);
    const { app: next } = await startScriptedWorld({ provider, ...lean({}, { baseUrl: app.baseUrl }) });
    const headers = { cookie: browser.cookies.header(new URL(app.url)) };
    expect(headers.cookie).toContain(name);
    expect((await ask(`${next.url}/api`, { headers })).status).toBe(401);
    expect((await ask(`${next.url}/`, { headers })).json()).toEqual({ user: null });
  });
});

describe("the session store of an app without req.session", () => {
  test("is asked for nothing by visitors who are not signed in", async () => {
    const store = new ScriptedStore();
    const { app } = await startScriptedWorld(lean({ store }));
    const browser = new Browser();
    for (const path of ["/", "/public", "/api", "/private", "/logout", "/login"]) await step(browser, app.url + path);
    expect((await ask(`${app.url}/private`, { method: "HEAD" })).status).toBe(401);
    expect(store.calls).toEqual([]);
  });

  test("is read once for a page of somebody who is", async () => {
    const { browser, store } = await startLean();
    for (const path of ["/private", "/", "/held"]) await browser.fetch(path);
    const id = await store.recordId();
    expect(store.calls).toEqual([1, 2, 3].map(() => ({ operation: "get", id })));
  });

  test("holds the record and two entries that find it, as light as the tokens allow", async () => {
    const { store } = await startLean();
    const dump = await store.dump();
    expect(
      Object.keys(dump)
        .map((id) => id.replace(/^oidc-(person-|sid-|).*$/, "$1"))
        .sort(),
    ).toEqual(["", "person-", "sid-"]);
    const weights = Object.entries(dump).map(([id, entry]) => id.length + JSON.stringify(entry).length);
    expect(Math.max(...weights)).toBeLessThan(4000);
    expect(
      weights
        .sort((a, b) => a - b)
        .slice(0, 2)
        .every((weight) => weight < 500),
    ).toBe(true);
  });

  test.each(["get", "set", "destroy"] as const)(
    "that can't %s is a clear 503 where it is needed",
    async (operation) => {
      const { app, browser, store } = await startLean();
      store.fail(operation);
      const failed = {
        get: () => browser.fetch("/api"),
        set: async () => (await startAgain(app.url)).page,
        destroy: () => browser.get(`${app.url}/logout`),
      };
      expect(failureIn(await failed[operation]())).toMatchObject({ status: 503, code: "OIDC_STATE_UNAVAILABLE" });
      expect((await ask(`${app.url}/public`)).status).toBe(200);
      store.heal();
      expect((await browser.fetch("/api")).status).toBe(operation === "destroy" ? 401 : 200);
    },
  );

  test("that has said that its connection is gone is 503 for who is signed in and for a login; open pages stay open", async () => {
    const { app, browser, provider, store } = await startLean();
    const logins = provider.calls("authorize");
    store.emit("disconnect");
    expect(failureIn(await browser.fetch("/api")).status).toBe(503);
    expect(failureIn((await startAgain(app.url)).page).status).toBe(503);
    expect((await ask(`${app.url}/public`)).status).toBe(200);
    expect([provider.calls("authorize"), store.calls]).toEqual([logins, []]);
    store.emit("connect");
    expect((await browser.fetch("/api")).status).toBe(200);
  });

  test("that is away takes no logout, but the browser forgets the login", async () => {
    const { app, browser, store } = await startLean();
    store.emit("disconnect");
    expect(failureIn(await browser.get(`${app.url}/logout`)).status).toBe(503);
    expect(sessionCookieOf(browser)).toBeUndefined();
  });

  test("is known before the first request, so that logins can be listed and health is told", async () => {
    const { app } = await startScriptedWorld(lean());
    expect(await app.instance.health()).toMatchObject({ ok: true, store: { ok: true } });
    expect(await app.instance.logins("ada").list()).toEqual([]);
  });

  async function startAgain(url: string) {
    const browser = new Browser();
    return { browser, page: await browser.get(`${url}/private`) };
  }
});

describe("a logout without req.session", () => {
  test("takes cookie and record away, and a copy of the cookie opens nothing", async () => {
    const { app, browser, store, name, value } = await startLean();
    await browser.get(`${app.url}/logout`);
    expect(sessionCookieOf(browser)).toBeUndefined();
    expect(await store.ids()).toEqual([]);
    expect((await ask(`${app.url}/api`, { headers: { cookie: `${name}=${value}` } })).status).toBe(401);
  });

  test("that the store does not take at all is a clear 503, and the next one works", async () => {
    const { app, browser, store, name, value } = await startLean();
    const copy = { headers: { cookie: `${name}=${value}` } };
    store.fail("destroy");
    store.fail("set");
    expect(failureIn(await browser.get(`${app.url}/logout`))).toMatchObject({ code: "OIDC_STATE_UNAVAILABLE" });
    store.heal();
    const again = new Browser();
    again.cookies.take(`${name}=${value}; Path=/`, new URL(app.url));
    await again.get(`${app.url}/logout`);
    expect((await ask(`${app.url}/api`, copy)).status).toBe(401);
    expect(await store.ids()).toEqual([]);
  });

  test.each(["a logout token", "logins(sub).end()"])(
    "by %s reaches every process that shares the store",
    async (how) => {
      const { first, second } = await startTwo(lean({ store: new session.MemoryStore() }));
      const browsers = await signInEach(first, [
        { sub: "ada", sid: "s1" },
        { sub: "alan", sid: "s2" },
      ]);
      if (how === "a logout token") {
        const token = first.provider.logoutToken({ sub: "ada", sid: "s1" });
        expect(await postToken({ baseUrl: second.app.url }, token)).toBe(200);
      } else {
        expect(await second.app.instance.logins("ada").end()).toBe(1);
      }
      expect(await statuses(browsers, first)).toEqual([401, 200]);
      expect(await statuses(browsers, second)).toEqual([401, 200]);
    },
  );

  test("is not undone by the late answer of a request that began before it", async () => {
    const held = holdBack(() => ({ late: true }));
    const routes = (app: TestApp) => app.get("/slow", answerWith(held.run));
    const { app, browser, name, value } = await startLean({ cookie: { maxAge: 3_600_000 } }, { routes });
    const slow = browser.fetch("/slow");
    await held.begun;
    await step(browser, `${app.url}/logout`);
    held.letGo();
    expect((await slow).json()).toEqual({ late: true });
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await ask(`${app.url}/api`, { headers: { cookie: `${name}=${value}` } })).status).toBe(401);
  });
});

describe("an answer that the app has sent meanwhile", () => {
  test("is no harm to a login that looks into a slow store", async () => {
    const timeOut = (app: TestApp) =>
      app.use((req, res, next) => {
        if (req.headers["x-hurry"] !== undefined) setTimeout(() => res.writeHead(503).end(), 20);
        next();
      });
    const { app, browser, name, store, value } = await startLean(
      { cookie: { maxAge: 3_600_000 } },
      { before: timeOut },
    );
    const go = createSignal();
    store.wait("get", go.given);
    const headers = { cookie: `${name}=${value}`, "x-hurry": "1" };
    expect((await ask(`${app.url}/logout`, { headers })).status).toBe(503);
    go.give();
    store.heal();
    expect(app.errors).toEqual([]);
    expect((await browser.fetch("/api")).status).toBe(200);
  });
});

describe("the options of an app without req.session", () => {
  const given = {
    issuer: "https://id.example",
    clientId: "app",
    clientSecret: "secret",
    baseUrl: "https://shop.example",
    secret: "0123456789abcdef0123456789abcdef",
  };

  test.each(["keep", "secret", "genid", "proxy", "rolling", "resave", "saveUninitialized", "unset"])(
    "do not know session.%s, which is express-session's, and say so",
    (name) => {
      const options = { ...given, session: { reqSession: false, [name]: name === "genid" ? () => "" : "keep" } };
      expect(() => auth(options as AuthOptions)).toThrow(`session.${name}: is express-session's affair`);
    },
  );

  test("take true and false only", () => {
    const options = { ...given, session: { reqSession: "no" } } as unknown as AuthOptions;
    expect(() => auth(options)).toThrow("session.reqSession: must be true or false");
  });
});
