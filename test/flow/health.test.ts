/**
 * A health check that tells apart what is away: provider, shared state, session store.
 * @module
 */
import session, { MemoryStore } from "express-session";
import { describe, expect, test } from "vitest";
import type { Health } from "../../src/session/health-report.js";
import { createMemoryState } from "../../src/state/memory.js";
import type { SharedState } from "../../src/state/port.js";
import { sendJson, type TestApp } from "../support/app.js";
import type { Fault } from "../support/scripted/faults.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";
import { createPromptStore } from "../support/stores.js";

/** Shared state that can be switched off. */
function createSwitchedState(): { readonly state: SharedState; isOn: boolean } {
  const inner = createMemoryState();
  const fault = new Error("connect ECONNREFUSED redis://user:hunter2@10.0.0.1");
  const switched = { isOn: true };
  const get: SharedState["get"] = (key) => (switched.isOn ? inner.get(key) : Promise.reject(fault));
  return Object.assign(switched, { state: { ...inner, get } });
}

/** An app with everything: a provider, state and a store that can each be taken away. */
async function openAll() {
  const store = new ScriptedStore();
  const switched = createSwitchedState();
  const options = { session: { store }, state: switched.state, http: { timeout: 0.5 } };
  const world = await startScriptedWorld({ options });
  return { ...world, store, switched };
}

/** The code of each part that is not well, by its name. */
function codesOf({ ok, provider, state, store }: Health): Record<string, unknown> {
  const parts = Object.entries({ provider, state, store }).filter(([, part]) => part?.ok === false);
  expect(ok).toBe(parts.length === 0);
  return Object.fromEntries(parts.map(([name, part]) => [name, part?.code]));
}

/** A store whose server never answers. */
const silentStore = () => Object.assign(createPromptStore(), { get: () => undefined });

describe("health()", () => {
  test("says of each part that it is well, and how long it took", async () => {
    const { app } = await openAll();
    const well = { ok: true, code: undefined, seconds: expect.toSatisfy((value: number) => value >= 0 && value < 2) };
    expect(await app.instance.health()).toEqual({ ok: true, provider: well, state: well, store: well });
  });

  test("says nothing of state that no option names", async () => {
    const { app } = await startScriptedWorld({ options: { session: { store: new MemoryStore() } } });
    expect(await app.instance.health()).toMatchObject({ ok: true, state: undefined, store: { ok: true } });
  });

  test.each<[string, Fault, string]>([
    ["answers 503", { status: 503 }, "OIDC_PROVIDER_UNAVAILABLE"],
    ["is silent", "silence", "OIDC_PROVIDER_TIMEOUT"],
    ["goes silent in the middle", "stall", "OIDC_PROVIDER_TIMEOUT"],
    ["sends a page", "html", "OIDC_PROVIDER_RESPONSE_INVALID"],
  ])("names the provider that %s, also after it was well, and sees it come back", async (_what, fault, code) => {
    const { app, provider } = await openAll();
    provider.fail("discovery", fault);
    expect(codesOf(await app.instance.health())).toEqual({ provider: code });
    provider.heal();
    expect(codesOf(await app.instance.health())).toEqual({});
    provider.fail("jwks", fault);
    expect(codesOf(await app.instance.health())).toEqual({ provider: code });
    provider.heal();
    expect(codesOf(await app.instance.health())).toEqual({});
  });

  test("names the provider that is gone, and sees it come back", async () => {
    const { app, provider } = await openAll();
    await provider.stop();
    expect(codesOf(await app.instance.health())).toEqual({ provider: "OIDC_PROVIDER_UNREACHABLE" });
    await provider.start();
    expect(codesOf(await app.instance.health())).toEqual({});
  });

  test("names the state alone, and sees it come back", async () => {
    const { app, switched } = await openAll();
    switched.isOn = false;
    const health = await app.instance.health();
    expect(codesOf(health)).toEqual({ state: "OIDC_STATE_UNAVAILABLE" });
    expect(JSON.stringify(health)).not.toContain("hunter2");
    switched.isOn = true;
    expect(codesOf(await app.instance.health())).toEqual({});
  });

  test("names the store alone, and sees it come back", async () => {
    const { app, store } = await openAll();
    store.fail("get");
    expect(codesOf(await app.instance.health())).toEqual({ store: "OIDC_STATE_UNAVAILABLE" });
    store.heal();
    expect(codesOf(await app.instance.health())).toEqual({});
  });

  test("names all that are away at once", async () => {
    const { app, provider, store, switched } = await openAll();
    await provider.stop();
    switched.isOn = false;
    store.fail("get");
    expect(codesOf(await app.instance.health())).toEqual({
      provider: "OIDC_PROVIDER_UNREACHABLE",
      state: "OIDC_STATE_UNAVAILABLE",
      store: "OIDC_STATE_UNAVAILABLE",
    });
    await provider.start();
  });

  test.each(["null", "ENOENT"] as const)("takes a store that says %s for nothing as well", async (absence) => {
    const { app, store } = await openAll();
    store.absence = absence;
    expect(codesOf(await app.instance.health())).toEqual({});
  });

  test("writes nothing", async () => {
    const { app, store } = await openAll();
    await app.instance.health();
    expect(await store.dump()).toEqual({});
    expect(store.calls.map(({ operation }) => operation)).toEqual(["get"]);
  });

  test("waits a second for a silent store, and no longer", async () => {
    const { app } = await startScriptedWorld({ options: { session: { store: silentStore() } } });
    const { store } = await app.instance.health();
    expect(store).toMatchObject({ ok: false, code: "OIDC_STATE_UNAVAILABLE" });
    expect(store?.seconds).toBeLessThan(2);
  });
});

describe("health() of an app that mounts its own session", () => {
  const own = (store: session.Store) =>
    session({ secret: "the app's own secret", resave: false, saveUninitialized: false, store }) as never;
  const mounting = (store: session.Store) => ({
    before: (app: TestApp) => app.use(own(store)),
    needsReqSession: true,
  });

  test("knows nothing of its store before the first request, and all after it", async () => {
    const store = new ScriptedStore();
    const { app } = await startScriptedWorld(mounting(store));
    expect(await app.instance.health()).toMatchObject({ ok: true, store: undefined });
    await fetch(`${app.url}/public`);
    expect(await app.instance.health()).toMatchObject({ ok: true, store: { ok: true } });
    store.fail("get");
    expect(codesOf(await app.instance.health())).toEqual({ store: "OIDC_STATE_UNAVAILABLE" });
  });

  test("names the store that has said itself that its connection is gone, and sees it come back", async () => {
    const store = new MemoryStore();
    const { app } = await startScriptedWorld(mounting(store));
    await fetch(`${app.url}/public`);
    store.emit("disconnect");
    expect(codesOf(await app.instance.health())).toEqual({ store: "OIDC_STATE_UNAVAILABLE" });
    store.emit("connect");
    expect(codesOf(await app.instance.health())).toEqual({});
  });

  test("is told by a route before auth() also while every request behind it is 503", async () => {
    const store = new MemoryStore();
    const world: ScriptedWorld = await startScriptedWorld({
      options: { session: { store } },
      before(app) {
        app.get("/health", async (_req, res) => {
          const health = await world.app.instance.health();
          sendJson(res, health, health.ok ? 200 : 503);
        });
        app.use(own(store));
      },
      needsReqSession: true,
    });
    const { browser } = await world.signIn();
    expect((await browser.get(`${world.app.url}/health`)).status).toBe(200);
    store.emit("disconnect");
    const answers = [await browser.get(`${world.app.url}/public`), await browser.get(`${world.app.url}/health`)];
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    expect(answers[1]?.json()).toMatchObject({ ok: false, provider: { ok: true }, store: { ok: false } });
  });

  test("waits no longer than a while when that store is silent", async () => {
    const store = new ScriptedStore();
    const { app, signIn } = await startScriptedWorld(mounting(store));
    await signIn();
    store.wait("get", new Promise(() => undefined));
    const pause = new Promise((resolve) => setTimeout(resolve, 3000, "still waiting"));
    expect(await Promise.race([app.instance.health(), pause])).toMatchObject({ ok: false, store: { ok: false } });
  });
});
