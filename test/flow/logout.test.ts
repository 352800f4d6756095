/**
 * The end of a login by its owner: here first and always.
 * @module
 */

import type { LogoutEvent } from "express-oidc";
import session, { MemoryStore } from "express-session";
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { type Handler, sendJson, startApp } from "../support/app.js";
import { ask, isSignedIn, linked, sessionCookieOf } from "../support/asking.js";
import { codeOf, step } from "../support/journey.js";
import { type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

function idsIn(store: MemoryStore): Promise<string[]> {
  return new Promise((resolve, reject) =>
    store.all((error, entries) => (error ? reject(error as Error) : resolve(Object.keys(entries ?? {})))),
  );
}

/** The app anew, as after a restart: same options, same store, but it has not spoken with the provider yet. */
async function restart({ app, provider }: ScriptedWorld, store: MemoryStore) {
  const { baseUrl } = app;
  return startApp({ ...provider.registration, options: { baseUrl, session: { store }, http: { timeout: 0.5 } } });
}

describe("a logout", () => {
  test("leaves nothing of the login in the store but the mark that it has ended", async () => {
    const store = new MemoryStore();
    const { signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await signIn();
    expect((await idsIn(store)).length).toBeGreaterThan(2);
    await browser.follow("/logout");
    expect(await idsIn(store)).toEqual([expect.stringMatching(/^oidc-ended-/)]);
  });

  test("makes the old cookie worthless from the next request on", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const cookie = browser.cookies.header(new URL(app.url));
    expect((await ask(`${app.url}/api`, { headers: { cookie } })).status).toBe(200);
    await step(browser, `${app.url}/logout`);
    expect((await ask(`${app.url}/api`, { headers: { cookie } })).status).toBe(401);
    expect((await ask(`${app.url}/`, { headers: { cookie } })).json()).toEqual({ user: null });
  });

  test("ends one of two logins of the same person, and leaves the other browser signed in", async () => {
    const { app, signIn } = await startScriptedWorld();
    const [{ browser: one }, { browser: other }] = [await signIn(), await signIn()];
    await one.follow("/logout");
    expect([await isSignedIn(one, app.url), await isSignedIn(other, app.url)]).toEqual([false, true]);
  });

  test("of somebody who is not signed in just goes on, without the provider and without a cookie", async () => {
    const { app, provider } = await startScriptedWorld();
    const answer = await ask(`${app.url}/logout?returnTo=/public`, { headers: linked });
    expect([answer.status, answer.redirect?.href]).toEqual([302, `${app.url}/public`]);
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(provider.seen).toEqual([]);
  });

  test("done twice ends well both times", async () => {
    const { app, provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const cookie = browser.cookies.header(new URL(app.url));
    const first = await ask(`${app.url}/logout`, { headers: { ...linked, cookie } });
    const second = await ask(`${app.url}/logout`, { headers: { ...linked, cookie } });
    expect([first.status, first.redirect?.origin]).toEqual([302, provider.issuer]);
    expect([second.status, second.redirect?.href]).toEqual([302, `${app.url}/`]);
  });

  test("answers with headers that keep it out of every cache", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const { headers } = await step(browser, `${app.url}/logout`);
    expect([headers.get("cache-control"), headers.get("referrer-policy")]).toEqual(["no-store", "no-referrer"]);
  });
});

describe("a logout while the provider is of no help", () => {
  test("happens here when the provider has no place for it", async () => {
    const { app, provider, signIn } = await startScriptedWorld();
    provider.script.metadata = { end_session_endpoint: undefined };
    const { browser } = await signIn();
    const answer = await step(browser, `${app.url}/logout?returnTo=/public`);
    expect([answer.status, answer.redirect?.href]).toEqual([302, `${app.url}/public`]);
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });

  test.each([
    ["gone", undefined],
    ["silent", "silence"],
    ["broken", { status: 500 }],
  ] as const)("happens here when the provider is %s and has not been asked before", async (_name, fault) => {
    const store = new MemoryStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await world.signIn();
    const anew = await restart(world, store);
    if (fault === undefined) await world.provider.stop();
    else world.provider.fail("discovery", fault);
    const answer = await ask(`${anew.url}/logout?returnTo=/public`, { browser, headers: linked });
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/public"]);
    expect(await isSignedIn(browser, world.app.url)).toBe(false);
    await anew.close();
  });

  test("has happened here before the provider is asked for anything", async () => {
    const store = new MemoryStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await world.signIn();
    const anew = await restart(world, store);
    const hold = world.provider.hold("discovery");
    const answer = ask(`${anew.url}/logout`, { browser, headers: linked });
    await hold.arrived;
    expect(await isSignedIn(browser, world.app.url)).toBe(false);
    hold.release();
    expect((await answer).redirect?.origin).toBe(world.provider.issuer);
    await anew.close();
  });
});

describe("the session store at a logout", () => {
  class Faulty extends MemoryStore {
    fails: "nothing" | "writing" | "everything" = "nothing";
    override get(...[id, callback]: Parameters<MemoryStore["get"]>): void {
      if (this.fails === "everything") callback(new Error("the store is away"));
      else super.get(id, callback);
    }
    override set(...[id, data, callback]: Parameters<MemoryStore["set"]>): void {
      if (this.fails === "nothing") super.set(id, data, callback);
      else callback?.(new Error("the store is away"));
    }
    override destroy(...[id, callback]: Parameters<MemoryStore["destroy"]>): void {
      if (this.fails === "nothing") super.destroy(id, callback);
      else callback?.(new Error("the store is away"));
    }
  }

  test.each(["writing", "everything"] as const)(
    "that fails at %s is a 503, and the cookie is taken away all the same",
    async (fault) => {
      const store = new Faulty();
      const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
      const { browser } = await signIn();
      store.fails = fault;
      const answer = await step(browser, `${app.url}/logout`);
      expect([answer.status, codeOf(answer)]).toEqual([503, "OIDC_STATE_UNAVAILABLE"]);
      expect(sessionCookieOf(browser)).toBeUndefined();
    },
  );

  test("that is back lets a second try end the login", async () => {
    const store = new Faulty();
    const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await signIn();
    const cookie = browser.cookies.header(new URL(app.url));
    store.fails = "writing";
    await ask(`${app.url}/logout`, { headers: { ...linked, cookie } });
    store.fails = "nothing";
    expect((await ask(`${app.url}/logout`, { headers: { ...linked, cookie } })).status).toBe(302);
    expect((await ask(`${app.url}/api`, { headers: { cookie } })).status).toBe(401);
  });
});

describe("a slow request during a logout", () => {
  const secret = "the app's own secret for its session cookie";
  const mounts = {
    "mounted by auth()": undefined,
    "of the app": session({ secret, resave: false, saveUninitialized: false }),
    "of the app that writes at every request": session({
      secret,
      resave: true,
      saveUninitialized: true,
      rolling: true,
    }),
  };

  test.each(Object.entries(mounts))("does not bring the login back, with a session %s", async (_name, own) => {
    const { app, slow, signIn } = await startSlowly(own);
    const { browser } = await signIn();
    const answer = browser.fetch("/slow");
    await slow.arrived.given;
    await browser.follow("/logout");
    slow.end.give();
    expect((await answer).status).toBe(200);
    expect(await isSignedIn(browser, app.url)).toBe(false);
    expect((await browser.get(`${app.url}/`)).json()).toEqual({ user: null });
  });

  async function startSlowly(own: unknown) {
    const slow = { arrived: createSignal(), end: createSignal() };
    const handler: Handler = async (req, res) => {
      const { session: data } = req;
      slow.arrived.give();
      await slow.end.given;
      if (data !== undefined) data["basket"] = "full";
      sendJson(res, {});
    };
    const world = await startScriptedWorld({
      before: (app) => own !== undefined && app.use(own as Handler),
      routes: (app) => app.get("/slow", handler),
    });
    return { ...world, slow };
  }
});

describe("onLogout", () => {
  test("is told who has logged out, after the login has ended", async () => {
    const told: [LogoutEvent, boolean][] = [];
    const inner: { browser?: Browser } = {};
    const world: ScriptedWorld = await startScriptedWorld({
      options: {
        async onLogout(event) {
          told.push([event, inner.browser !== undefined && (await isSignedIn(inner.browser, world.app.url))]);
        },
      },
    });
    const { browser } = await world.signIn();
    inner.browser = browser;
    await browser.follow("/logout");
    expect(told.map(([{ user, req, by }, wasSignedIn]) => [user.sub, req?.url, by, wasSignedIn])).toEqual([
      ["ada", "/logout", "user", false],
    ]);
  });

  test("is not told of a logout of nobody", async () => {
    const told: LogoutEvent[] = [];
    const { app } = await startScriptedWorld({ options: { onLogout: (event) => void told.push(event) } });
    await ask(`${app.url}/logout`, { headers: linked });
    expect(told).toEqual([]);
  });

  test("does not stop the logout by throwing", async () => {
    const onLogout = () => Promise.reject(new Error("the audit log is full"));
    const { app, provider, signIn } = await startScriptedWorld({ options: { onLogout } });
    const { browser } = await signIn();
    const answer = await step(browser, `${app.url}/logout`);
    expect([answer.status, answer.redirect?.origin]).toEqual([302, provider.issuer]);
    expect([await isSignedIn(browser, app.url), app.errors]).toEqual([false, []]);
  });
});
