/**
 * An app that has mounted express-session itself, before auth(): that session is used, with its store and its cookie.
 * @module
 */
import session from "express-session";
import { describe, expect, test } from "vitest";
import { frameworks, type TestApp } from "../support/app.js";
import { openWorld, sessionCookieOf } from "../support/journey.js";
import type { WorldOptions } from "../support/world.js";

/** An app with express-session on a store that can be looked into. */
function withOwnSession(more: Partial<session.SessionOptions> = {}): {
  options: WorldOptions;
  store: session.MemoryStore;
} {
  const store = new session.MemoryStore();
  const settings = { name: "shop.sid", secret: "the app's own secret", resave: false, saveUninitialized: false };
  return {
    store,
    options: {
      before: (app: TestApp) => app.use(session({ ...settings, store, ...more }) as never),
      needsReqSession: true,
    },
  };
}

function entriesOf(store: session.MemoryStore): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    store.all((error, sessions) => (error ? reject(error as Error) : resolve({ ...sessions })));
  });
}

describe("a session that the app has mounted", () => {
  test.each(frameworks)("carries the login, with no second session beside it, on %s", async (framework) => {
    const { options, store } = withOwnSession();
    const world = await openWorld({ framework, ...options });
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    const names = browser.cookies.list(new URL(world.baseUrl)).map(({ name }) => name);
    expect(names).toContain("shop.sid");
    expect(sessionCookieOf(browser)).toBeUndefined();
    expect(Object.keys(await entriesOf(store)).filter((id) => !id.startsWith("oidc-")).length).toBe(1);
  });

  test("holds a handle and nothing secret; the login lies sealed beside it in the same store", async () => {
    const { options, store } = withOwnSession();
    const world = await openWorld(options);
    await world.signIn(world.newBrowser());
    const text = JSON.stringify(await entriesOf(store));
    for (const secret of ["user-ada", "Lovelace", "ada@example.com", "eyJhbGciOiJSUzI1NiI"])
      expect(text).not.toContain(secret);
    expect(text).toMatch(/"sealed":/);
  });

  test("gets a new id at login, and the old one is gone from the store", async () => {
    const { options, store } = withOwnSession({ saveUninitialized: true });
    const world = await openWorld(options);
    const browser = world.newBrowser();
    await browser.get(`${world.baseUrl}/public`);
    const [before] = Object.keys(await entriesOf(store));
    await world.signIn(browser);
    expect(Object.keys(await entriesOf(store))).not.toContain(before);
  });

  test("ends with the logout, cookie and store entries", async () => {
    const { options, store } = withOwnSession();
    const world = await openWorld(options);
    const browser = world.newBrowser();
    await world.signIn(browser);
    await browser.follow("/logout");
    expect(browser.cookies.get("shop.sid")).toBeUndefined();
    const left = Object.keys(await entriesOf(store)).filter((id) => !id.startsWith("oidc-ended-"));
    expect(left).toEqual([]);
  });

  test("mounted behind auth() instead is not found there: auth() mounts its own", async () => {
    const world = await openWorld({
      routes: (app) => app.use(session({ secret: "late", resave: false, saveUninitialized: false }) as never),
    });
    const browser = world.newBrowser();
    expect((await world.signIn(browser)).json()).toEqual({ sub: "user-ada" });
    expect(sessionCookieOf(browser)).toBeDefined();
  });
});
