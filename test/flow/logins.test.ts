/**
 * The logins of one person, as the app lists and ends them.
 * @module
 */
import { oidcOf, requireAuth } from "express-oidc";
import session, { MemoryStore } from "express-session";
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import type { LogoutEvent } from "../../src/options.js";
import { createMemoryState } from "../../src/state/memory.js";
import { type AppRequest, sendJson, type TestApp } from "../support/app.js";
import { postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { signInEach, startTwo, statuses } from "../support/processes.js";
import { ScriptedStore } from "../support/scripted-store.js";
import {
  heldIn,
  type ScriptedWorld,
  type ScriptedWorldOptions,
  startScriptedWorld,
} from "../support/scripted-world.js";
import { holdBack } from "../support/signal.js";

const ada = { sub: "ada", sid: "s1" };
const alan = { sub: "alan", sid: "s2" };

const day = 86_400;

/** Tells a browser the name of its login; gives its session a cookie of 30 days; ends all others of its person. */
function routes(app: TestApp, ended: (which: string) => Promise<number>): void {
  const idOf = (req: AppRequest) => oidcOf(req).loginId ?? "";
  app.get("/id", requireAuth(), (req, res) => sendJson(res, { id: idOf(req) }));
  app.get("/remember-me", requireAuth(), (req, res) => {
    Object.assign(req.session ?? {}, { isRemembered: true });
    Object.assign(req.session?.["cookie"] ?? {}, { maxAge: 30 * day * 1000 });
    sendJson(res, {});
  });
  app.get("/end-others", requireAuth(), async (req, res) => sendJson(res, { ended: await ended(idOf(req)) }));
}

async function startListed(options: ScriptedWorldOptions = {}): Promise<ScriptedWorld> {
  const world: ScriptedWorld = await startScriptedWorld({
    ...options,
    routes: (app) => routes(app, (own) => world.app.instance.logins("ada").end(({ id }) => id !== own)),
  });
  return world;
}

const idOf = async (browser: Browser) => ((await browser.fetch("/id")).json() as { id: string }).id;

/** The app's own session, in a store that can be looked into. */
function appSession(store: session.Store, cookie: session.CookieOptions = {}): (app: TestApp) => void {
  const settings = { secret: "the app's own secret", resave: false, saveUninitialized: false, store, cookie };
  return (app) => app.use(session(settings) as never);
}

describe("the list of a person's logins", () => {
  test("shows each, the newest first, by the id that it has there, with its times and what onLogin kept", async () => {
    const clock = stopClock();
    const devices = ["phone", "laptop", "somebody else's"];
    const world = await startListed({ options: { onLogin: () => ({ device: devices.shift() }) } });
    const [first] = await signInEach(world, [ada]);
    clock.advance(10);
    const [second] = await signInEach(world, [ada, alan]);
    if (first === undefined || second === undefined) throw new Error("Nobody is signed in.");
    const at = clock.now();
    const week = 604_800;
    const start = at - 10;
    expect(await world.app.instance.logins("ada").list()).toEqual([
      { id: await idOf(second), startedAt: at, renewedAt: at, endsAt: at + week, data: { device: "laptop" } },
      { id: await idOf(first), startedAt: start, renewedAt: start, endsAt: start + week, data: { device: "phone" } },
    ]);
  });

  test("keeps the id of a login, and notes when it was renewed", async () => {
    const clock = stopClock();
    const world = await startListed();
    const [browser] = await signInEach(world, [ada]);
    const [before] = await world.app.instance.logins("ada").list();
    clock.advance(3700);
    await browser?.fetch("/token");
    expect(await world.app.instance.logins("ada").list()).toEqual([{ ...before, renewedAt: clock.now() }]);
  });

  test("gives away no handle, no session and no token", async () => {
    const store = new ScriptedStore();
    const { app, signIn } = await startListed({ options: { session: { store } } });
    const { page } = await signIn("/held");
    const { accessToken = "", refreshToken = "", idToken = "" } = heldIn(page);
    const text = JSON.stringify(await app.instance.logins("ada").list());
    expect(text).toMatch(/"id":"[\w-]{22}"/);
    const ids = (await store.ids()).map((id) => id.replace(/^oidc-(\w+-)?/, ""));
    expect(ids.length).toBeGreaterThan(2);
    for (const secret of [...ids, accessToken, refreshToken, idToken]) expect(text).not.toContain(secret);
  });

  test.each<[string, (world: ScriptedWorld, browser: Browser) => Promise<unknown>]>([
    ["the person", (_world, browser) => browser.follow("/logout", { followRedirects: false })],
    ["the back channel", ({ app, provider }) => postToken(app, provider.logoutToken(ada))],
    ["the app", ({ app }) => app.instance.logins("ada").end()],
    [
      "the provider, by refusing to renew it",
      async ({ provider }, browser) => {
        provider.grants.revokeLast();
        return browser.fetch("/refresh");
      },
    ],
  ])("does not show a login that was ended by %s, and the store holds nothing of it", async (_who, end) => {
    const store = new ScriptedStore();
    const world = await startListed({ options: { session: { store } } });
    const [browser] = await signInEach(world, [ada]);
    if (browser === undefined) throw new Error("Nobody is signed in.");
    await end(world, browser);
    expect(await world.app.instance.logins("ada").list()).toEqual([]);
    expect((await store.ids()).filter((id) => id.startsWith("oidc-"))).toEqual([]);
  });

  test("does not show a login whose time has run out", async () => {
    const clock = stopClock();
    const world = await startListed({ options: { idleTimeout: 600 } });
    await signInEach(world, [ada]);
    clock.advance(661);
    expect(await world.app.instance.logins("ada").list()).toEqual([]);
  });

  test("shows a login that its own cookie keeps, and leaves it alone, however short other cookies live", async () => {
    const clock = stopClock();
    const world = await startListed({ before: appSession(new MemoryStore(), { maxAge: 3_600_000 }) });
    const [remembered] = await signInEach(world, [ada]);
    await remembered?.fetch("/remember-me");
    clock.advance(7200);
    await signInEach(world, [alan]);
    expect((await world.app.instance.logins("ada").list()).length).toBe(1);
    expect((await remembered?.fetch("/api"))?.status).toBe(200);
  });

  test("shows one login of a browser that has logged in twice", async () => {
    const world = await startListed();
    const [browser] = await signInEach(world, [ada]);
    await browser?.get(`${world.app.url}/login?returnTo=/id`);
    expect((await world.app.instance.logins("ada").list()).length).toBe(1);
  });

  test("is empty for somebody unknown", async () => {
    const world = await startListed();
    await signInEach(world, [ada]);
    expect(await world.app.instance.logins("mallory").list()).toEqual([]);
    expect(await world.app.instance.logins("mallory").end()).toBe(0);
  });
});

describe("an app that ends a person's logins", () => {
  test("ends all of them, and no other's", async () => {
    const told: LogoutEvent[] = [];
    const world = await startListed({ options: { onLogout: (event) => void told.push(event) } });
    const browsers = await signInEach(world, [ada, { sub: "ada", sid: "s3" }, alan]);
    expect(await world.app.instance.logins("ada").end()).toBe(2);
    expect(await statuses(browsers, world)).toEqual([401, 401, 200]);
    const events = told.map(({ by, user, req }) => [by, user.sub, req]);
    expect(events).toEqual([
      ["app", "ada", undefined],
      ["app", "ada", undefined],
    ]);
  });

  test("ends all but the one that asks for it", async () => {
    const world = await startListed();
    const browsers = await signInEach(world, [ada, ada, ada, alan]);
    expect((await browsers[1]?.fetch("/end-others"))?.json()).toEqual({ ended: 2 });
    expect(await statuses(browsers, world)).toEqual([401, 200, 401, 200]);
  });

  test("ends none where the choice throws", async () => {
    const world = await startListed();
    const browsers = await signInEach(world, [ada, ada]);
    const broken = () => {
      throw new Error("no choice");
    };
    await expect(world.app.instance.logins("ada").end(broken)).rejects.toThrow("no choice");
    expect(await statuses(browsers, world)).toEqual([200, 200]);
  });

  test.each([0, 2])("ends a login that is under way since %d s, too", async (seconds) => {
    const clock = stopClock();
    const held = holdBack(() => undefined);
    const { app, signIn } = await startListed({ options: { onLogin: held.run } });
    const signingIn = signIn("/private");
    await held.begun;
    clock.advance(seconds);
    await app.instance.logins("ada").end();
    held.letGo();
    expect((await signingIn).page.status).toBe(401);
  });

  test("leaves whoever logs in again a moment later signed in, with tokens that renew", async () => {
    const clock = stopClock();
    const world = await startListed();
    await signInEach(world, [ada]);
    await world.app.instance.logins("ada").end();
    clock.advance(0.01);
    const browsers = await signInEach(world, [ada]);
    clock.advance(3700);
    expect((await browsers[0]?.fetch("/token"))?.status).toBe(200);
    expect(await statuses(browsers, world)).toEqual([200]);
  });

  test.each([
    ["the session store alone", () => ({})],
    ["session store and state", () => ({ state: createMemoryState() })],
  ])("does so for every process that shares %s", async (_what, shared) => {
    const { first, second } = await startTwo({ options: { session: { store: new MemoryStore() }, ...shared() } });
    const browsers = await signInEach(first, [ada, ada, alan]);
    const lists = await Promise.all([first, second].map(({ app }) => app.instance.logins("ada").list()));
    expect(lists[0]?.length).toBe(2);
    expect(lists[1]).toEqual(lists[0]);
    expect(await second.app.instance.logins("ada").end()).toBe(2);
    expect(await statuses(browsers, first)).toEqual([401, 401, 200]);
  });
});

describe("logins without a request", () => {
  const refusal = { code: "OIDC_SESSION_NOT_MOUNTED", message: expect.stringContaining("session: { store }") };

  test("can't be found where the app mounts its session, before its first request", async () => {
    const { app } = await startListed({ before: appSession(new MemoryStore()), needsReqSession: true });
    await expect(app.instance.logins("ada").list()).rejects.toMatchObject(refusal);
    await expect(app.instance.logins("ada").end()).rejects.toMatchObject(refusal);
  });

  test("are found there after the first request, whoever it came from", async () => {
    const { first, second } = await startTwo({ before: appSession(new MemoryStore()), needsReqSession: true });
    const browsers = await signInEach(first, [ada]);
    expect((await fetch(`${second.app.url}/public`)).status).toBe(200);
    expect((await second.app.instance.logins("ada").list()).length).toBe(1);
    expect(await second.app.instance.logins("ada").end()).toBe(1);
    expect(await statuses(browsers, first)).toEqual([401]);
  });

  test("are found before the first request where the options name the store", async () => {
    const { first, second } = await startTwo({ options: { session: { store: new MemoryStore() } } });
    await signInEach(first, [ada]);
    expect((await second.app.instance.logins("ada").list()).length).toBe(1);
  });

  test.each(["get", "set"] as const)("are an error of the state where the store can't %s", async (verb) => {
    const store = new ScriptedStore();
    const world = await startListed({ options: { session: { store } } });
    const browsers = await signInEach(world, [ada]);
    store.fail(verb);
    await expect(world.app.instance.logins("ada").end()).rejects.toMatchObject({ code: "OIDC_STATE_UNAVAILABLE" });
    store.heal();
    expect(await world.app.instance.logins("ada").end()).toBeLessThan(2);
    expect(await statuses(browsers, world)).toEqual([401]);
  });

  test("are an error of the provider where it has never been reached", async () => {
    const { app, provider } = await startListed({ options: { session: { store: new MemoryStore() } } });
    await provider.stop();
    await expect(app.instance.logins("ada").list()).rejects.toMatchObject({ code: "OIDC_PROVIDER_UNREACHABLE" });
  });
});
