/**
 * Logins that get lost again and again, and cookies that pile up: each comes to an end.
 * @module
 */
import type { AuthOptions } from "express-oidc";
import type { SessionData } from "express-session";
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { ask, typed } from "../support/asking.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { failureIn, startScriptedWorld } from "../support/scripted-world.js";

/** A store that keeps sessions and silently loses records, as one that evicts or limits entries does. */
class ForgetfulStore extends ScriptedStore {
  override set(id: string, entry: SessionData, done?: (error?: unknown) => void): void {
    if (/^oidc-[\w-]{32}$/.test(id)) done?.();
    else super.set(id, entry, done);
  }
}

describe("logins that the session store loses", () => {
  test("end in one error that names the store, not in a loop", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { session: { store: new ForgetfulStore() } } });
    const { page } = await signIn();
    expect(failureIn(page)).toMatchObject({ status: 500, code: "OIDC_SESSION_COOKIE_LOST" });
    expect(failureIn(page).message).toContain("session.store");
    expect(provider.calls("authorize")).toBe(2);
  });
});

describe("processes of which each request reaches another", () => {
  const baseUrl = "https://shop.example";
  const proxyHeaders = { "x-forwarded-proto": "https" };

  /** Opens a guarded page in a browser that reaches the apps by turns, as a proxy without sticky sessions has it. */
  async function openByTurns(count: number, options: Partial<AuthOptions> = {}) {
    const first = await startScriptedWorld({ options: { baseUrl, ...options } });
    const { provider } = first;
    const others = Array.from({ length: count - 1 }, () =>
      startScriptedWorld({ provider, options: { baseUrl, ...options } }),
    );
    const apps = [first, ...(await Promise.all(others))].map(({ app }) => app);
    const turns = function* () {
      while (true) yield* apps;
    };
    const turn = turns();
    const proxy = {
      headers: proxyHeaders,
      get to() {
        return turn.next().value?.url ?? "";
      },
    };
    const browser = new Browser({ proxies: { [baseUrl]: proxy } });
    return { browser, page: await browser.get(`${baseUrl}/private`), provider };
  }

  test.each([2, 3])(
    "%i of them without a common session store end in one clear error, not in a loop",
    async (count) => {
      const { browser, page, provider } = await openByTurns(count);
      expect(failureIn(page)).toMatchObject({ status: 500, code: "OIDC_SESSION_COOKIE_LOST" });
      expect(failureIn(page).message).toContain("session.store");
      expect(page.url.href).toBe(`${baseUrl}/private`);
      expect(provider.calls("authorize")).toBe(2);
      expect(browser.history.filter(({ status }) => status >= 400)).toHaveLength(1);
    },
  );

  test.each([2, 3])("%i of them with a common session store let the person in at once", async (count) => {
    const { page, provider } = await openByTurns(count, { session: { store: new ScriptedStore() } });
    expect(page.json()).toEqual({ sub: "ada" });
    expect(provider.calls("authorize")).toBe(1);
  });
});

describe("tabs that begin a login at the same moment", () => {
  test.each([
    [8, 1400],
    [40, 150],
    [40, 60],
  ])("%i of them with addresses of %i characters leave room in the Cookie header", async (count, length) => {
    const { app } = await startScriptedWorld();
    const browser = new Browser();
    const path = (tab: number) => `/private?tab=${tab}&q=${"x".repeat(length)}`;
    const tabs = Array.from({ length: count }, (_, tab) => app.baseUrl + path(tab));
    await Promise.all(tabs.map((tab) => browser.get(tab, { followRedirects: false })));
    expect(browser.cookies.header(new URL(app.baseUrl)).length).toBeLessThan(14_000);
    expect((await browser.get(app.baseUrl + path(99))).json()).toEqual({ sub: "ada" });
  });
});

describe("a request with hundreds of forged attempts", () => {
  test("costs no more than a look at some of them", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn("/login");
    const first = await browser.get(`${app.baseUrl}/login`, { followRedirects: false });
    const name = /oidc-[\w-]+-login-/.exec(first.headers.getSetCookie().join())?.[0] ?? "";
    const forged = Array.from({ length: 400 }, (_, at) => `${name}${String(at).padStart(10, "0")}=`).join("; ");
    expect(name).not.toBe("");
    const answer = await ask(`${app.baseUrl}/login`, { headers: { ...typed, cookie: forged } });
    expect(answer.status).toBe(302);
    expect(answer.headers.getSetCookie().length).toBeLessThanOrEqual(25);
  });
});

describe("a session cookie with a life of its own", () => {
  test("is set anew on every answer, so that nobody active is signed out with it", async () => {
    const session = { cookie: { maxAge: 3_600_000 } };
    const { app, signIn } = await startScriptedWorld({ options: { session } });
    const { browser } = await signIn();
    const answer = await ask(`${app.baseUrl}/private`, { browser, headers: typed });
    expect(answer.headers.getSetCookie().join()).toMatch(/^oidc-session-/);
  });
});
