/**
 * Logout tokens that meet something under way: a callback, a renewal, another process, other tokens.
 * @module
 */
import express from "express";
import { oidcOf, requireAuth } from "express-oidc";
import session, { MemoryStore } from "express-session";
import { describe, expect, test } from "vitest";
import type { AuthOptions } from "../../src/options.js";
import { createMemoryState } from "../../src/state/memory.js";
import { type AppRequest, frameworks } from "../support/app.js";
import { post, postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { signInEach, startTwo, statuses } from "../support/processes.js";
import type { Overrides } from "../support/scripted/script.js";
import { type Operation, ScriptedStore } from "../support/scripted-store.js";
import { answerWith, type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal, holdBack } from "../support/signal.js";

const ada = { sub: "ada", sid: "s1" };
const byPerson = { sub: "ada", sid: undefined };
const bySession = { sub: undefined, sid: "s1" };

/** A login that stops in its callback: the code is redeemed, nothing is written. */
async function startHeldLogin(options: Partial<AuthOptions> = {}, idToken: Overrides = {}) {
  const held = holdBack(() => undefined);
  const world = await startScriptedWorld({ options: { ...options, onLogin: held.run } });
  Object.assign(world.provider.script, { person: ada, idToken });
  const signingIn = world.signIn("/private");
  await held.begun;
  return {
    ...world,
    finish: () => {
      held.letGo();
      return signingIn;
    },
  };
}

describe("a login whose callback is under way when its logout token comes", () => {
  const record = /^oidc-[\w-]{32}$/;
  const places: [string, Operation, RegExp][] = [
    ["its entry in the person's list", "set", /^oidc-person-/],
    ["the note of its session at the provider", "set", /^oidc-sid-/],
    ["its record", "set", record],
    ["a look at the mark of its own end", "get", /^oidc-ended-[\w-]{41}$/],
    ["its session", "set", /^(?!oidc-)/],
  ];
  const claims: [string, typeof byPerson | typeof bySession][] = [
    ["sub", byPerson],
    ["sid", bySession],
  ];

  test.each(
    places.flatMap(([what, ...place]) => claims.map(([name, named]) => [name, what, named, ...place] as const)),
  )(
    "is not signed in: the token has %s alone, the store is slow with %s",
    async (_name, _what, named, operation, ids) => {
      const store = new ScriptedStore();
      const world = await startScriptedWorld({ options: { session: { store } }, needsReqSession: true });
      const { app, provider, signIn } = world;
      provider.script.person = ada;
      const go = createSignal();
      store.wait(operation, go.given, ids);
      // not to a guarded page, which would only log in again
      const signingIn = signIn("/login?returnTo=/public");
      await expect.poll(() => store.calls.some((call) => call.operation === operation && ids.test(call.id))).toBe(true);
      expect(await postToken(app, provider.logoutToken(named))).toBe(200);
      store.heal();
      go.give();
      const { browser } = await signingIn;
      expect(await statuses([browser], world)).toEqual([401]);
    },
  );

  test("leaves nothing of itself in the store", async () => {
    const store = new ScriptedStore();
    const { app, provider, finish } = await startHeldLogin({ session: { store } });
    expect(await postToken(app, provider.logoutToken(byPerson))).toBe(200);
    expect((await finish()).page.status).toBe(401);
    expect(await store.ids()).toEqual([]);
  });

  test("is not signed in where the processes share state, either", async () => {
    const store = new ScriptedStore();
    const { app, provider, finish } = await startHeldLogin({ session: { store }, state: createMemoryState() });
    expect(await postToken(app, provider.logoutToken(byPerson))).toBe(200);
    expect((await finish()).page.status).toBe(401);
    expect(await store.ids()).toEqual([]);
  });

  test.each([
    ["sub", byPerson],
    ["sid", bySession],
  ])("is not saved by an older token with %s that comes after the newer one", async (_named, named) => {
    const clock = stopClock();
    const { app, provider, finish } = await startHeldLogin();
    const iat = clock.now() - 100;
    clock.advance(5);
    expect(await postToken(app, provider.logoutToken(named))).toBe(200);
    expect(await postToken(app, provider.logoutToken({ ...named, iat }))).toBe(200);
    expect((await finish()).page.status).toBe(401);
  });

  test("is not signed in where ID tokens name no session and logout tokens do", async () => {
    const { app, provider, finish } = await startHeldLogin({}, { sid: undefined });
    expect(await postToken(app, provider.logoutToken(ada))).toBe(200);
    expect((await finish()).page.status).toBe(401);
  });

  test("goes on when the token means another person", async () => {
    const { app, provider, finish } = await startHeldLogin();
    expect(await postToken(app, provider.logoutToken({ sub: "alan", sid: undefined }))).toBe(200);
    expect((await finish()).page.status).toBe(200);
  });
});

describe("a renewal under way at another process", () => {
  test.each(["alone", "with shared state"])("does not bring the login back, with the session store %s", async (how) => {
    const clock = stopClock();
    const store = new MemoryStore();
    const options = { session: { store }, ...(how !== "alone" && { state: createMemoryState() }) };
    const { first, second } = await startTwo({ options });
    const [browser] = await signInEach(first, [ada]);
    if (browser === undefined) throw new Error("Nobody is signed in.");
    clock.advance(3700);
    const held = first.provider.hold("refresh");
    const headers = { cookie: browser.cookies.header(new URL(first.app.baseUrl)) };
    const renewing = fetch(`${second.app.url}/token`, { headers });
    await held.arrived;
    expect(await postToken(first.app, first.provider.logoutToken(bySession))).toBe(200);
    held.release();
    expect((await renewing).status).toBe(401);
    expect([...(await statuses([browser], first)), ...(await statuses([browser], second))]).toEqual([401, 401]);
  });
});

describe("a process that has answered nobody yet", () => {
  test.each([ada, bySession, byPerson])("carries a logout token out for the others: %j", async (named) => {
    const { first, second } = await startTwo({ options: { session: { store: new MemoryStore() } } });
    const browsers = await signInEach(first, [ada, { sub: "alan", sid: "s2" }]);
    expect(await postToken({ baseUrl: second.app.url }, first.provider.logoutToken(named))).toBe(200);
    expect(await statuses(browsers, first)).toEqual([401, 200]);
  });
});

describe("a long request", () => {
  test.each(["getAccessToken", "refresh"] as const)(
    "learns by %s() that a logout token has ended its login",
    async (call) => {
      const long = holdBack((req: AppRequest) => oidcOf(req)[call]());
      const world = await startScriptedWorld({
        routes: (app) => app.get("/long", requireAuth(), answerWith(long.run)),
      });
      const { browser } = await world.signIn();
      const answer = browser.fetch("/long");
      await long.begun;
      expect(await postToken(world.app, world.provider.logoutToken())).toBe(200);
      long.letGo();
      expect((await answer).status).toBe(401);
      expect(world.provider.calls("refresh")).toBe(0);
    },
  );
});

describe("a logout token", () => {
  test.each(frameworks)("ends a login on %s, with a session that the app has mounted", async (framework) => {
    const settings = { secret: "the app's own secret", resave: false, saveUninitialized: false };
    const world = await startScriptedWorld({ framework, before: (app) => app.use(session(settings) as never) });
    const browsers = await signInEach(world, [ada, { sub: "alan", sid: "s2" }]);
    expect(await postToken(world.app, world.provider.logoutToken(bySession))).toBe(200);
    expect(await statuses(browsers, world)).toEqual([401, 200]);
  });

  test.each([
    ["no parser", undefined],
    ["a parser", express.urlencoded({ extended: false })],
    ["an extended parser", express.urlencoded({ extended: true })],
  ])("that does not stand alone in its form is refused, behind %s", async (_what, parser) => {
    const { app, provider } = await startScriptedWorld({
      before: (testApp) => {
        if (parser !== undefined) testApp.use(parser as never);
      },
    });
    const token = await provider.logoutToken();
    expect((await post(app, `logout_token=${token}&logout_token=another`)).status).toBe(400);
    expect((await post(app, `logout_token=${token}&logout_token=${token}`)).status).toBe(400);
    expect(await postToken(app, token)).toBe(200);
  });

  test("ends twenty logins of one person at once", async () => {
    const store = new ScriptedStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const browsers = await signInEach(
      world,
      Array.from({ length: 20 }, (_, index) => ({ sub: "ada", sid: `s${index}` })),
    );
    const startedMs = performance.now();
    expect(await postToken(world.app, world.provider.logoutToken(byPerson))).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(2000);
    expect(new Set(await statuses(browsers, world))).toEqual(new Set([401]));
    expect((await store.ids()).filter((id) => id.startsWith("oidc-"))).toEqual([]);
  });
});

describe("logins of one person that begin at the same moment", () => {
  test("are all ended by a token with sub alone", async () => {
    const world: ScriptedWorld = await startScriptedWorld();
    world.provider.script.person = { sub: "ada" };
    const signedIn = await Promise.all(Array.from({ length: 10 }, () => world.signIn()));
    const browsers = signedIn.map(({ browser }) => browser);
    expect(new Set(await statuses(browsers, world))).toEqual(new Set([200]));
    expect(await postToken(world.app, world.provider.logoutToken(byPerson))).toBe(200);
    expect(new Set(await statuses(browsers, world))).toEqual(new Set([401]));
  });
});
