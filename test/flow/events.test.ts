/**
 * What happens is told on channels of `node:diagnostics_channel`.
 * @module
 */
import { channel } from "node:diagnostics_channel";
import { requireAuth } from "express-oidc";
import { MemoryStore } from "express-session";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { createMemoryState } from "../../src/state/memory.js";
import { appSecret, sendJson } from "../support/app.js";
import { ask } from "../support/asking.js";
import { post, postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { listen } from "../support/events.js";
import { signInEach, startTwo } from "../support/processes.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";

const originOf = ({ provider }: ScriptedWorld) => ({ issuer: provider.issuer, clientId: "demo-app" });

/** Where a browser has logged in and what has been heard since. */
async function startHearing(...[options]: Parameters<typeof startScriptedWorld>) {
  const clock = stopClock();
  const world = await startScriptedWorld(options);
  const { browser } = await world.signIn();
  return { clock, world, browser, heard: listen() };
}

describe("a login", () => {
  test("is told with who it is", async () => {
    const heard = listen();
    const world = await startScriptedWorld();
    await world.signIn();
    expect(heard).toEqual([["login", { ...originOf(world), sub: "ada" }]]);
  });

  test.each([false, undefined])("is told only when it counts: onLogin returns %s", async (verdict) => {
    const heard = listen();
    const world = await startScriptedWorld({ options: { onLogin: () => verdict } });
    await world.signIn();
    const refusal = ["refusal", { ...originOf(world), code: "OIDC_LOGIN_REFUSED", status: 403 }];
    expect(heard).toEqual([verdict === false ? refusal : ["login", { ...originOf(world), sub: "ada" }]]);
  });
});

describe("a renewal", () => {
  const seconds = expect.toSatisfy((value: number) => value >= 0 && value < 10);

  test("is told once for each request that wanted it, and who has done it", async () => {
    const { clock, world, browser, heard } = await startHearing();
    clock.advance(3700);
    await Promise.all([1, 2, 3].map(() => browser.fetch("/token")));
    const common = { ...originOf(world), sub: "ada", code: undefined, seconds };
    expect(heard).toEqual([
      ["renewal", { ...common, outcome: "done" }],
      ["renewal", { ...common, outcome: "shared" }],
      ["renewal", { ...common, outcome: "shared" }],
    ]);
  });

  test("that another process has just done is told as replayed", async () => {
    const clock = stopClock();
    const options = { session: { store: new MemoryStore() }, state: createMemoryState() };
    const { first, second } = await startTwo({ options });
    const [browser] = await signInEach(first, [{ sub: "ada" }]);
    const heard = listen();
    clock.advance(3700);
    const held = first.provider.hold("refresh");
    const headers = { cookie: browser?.cookies.header(new URL(first.app.baseUrl)) ?? "" };
    const one = fetch(`${first.app.url}/token`, { headers });
    await held.arrived;
    const other = fetch(`${second.app.url}/token`, { headers });
    await new Promise((resolve) => setTimeout(resolve, 30));
    held.release();
    expect([(await one).status, (await other).status]).toEqual([200, 200]);
    expect(heard.map(([name, event]) => [name, "outcome" in event && event.outcome])).toEqual([
      ["renewal", "done"],
      ["renewal", "replayed"],
    ]);
    expect(first.provider.calls("refresh")).toBe(1);
  });

  test.each([
    ["is away", { status: 503 }, "OIDC_PROVIDER_UNAVAILABLE"],
    ["refuses", { status: 400, json: { error: "invalid_grant" } }, "OIDC_SESSION_REFRESH_REJECTED"],
  ] as const)("is told as failed, with the code, when the provider %s", async (_what, fault, code) => {
    const { clock, world, browser, heard } = await startHearing();
    clock.advance(3700);
    world.provider.fail("refresh", fault);
    await browser.fetch("/loose-token");
    expect(heard[0]).toEqual(["renewal", { ...originOf(world), sub: "ada", outcome: "failed", code, seconds }]);
  });
});

describe("a logout", () => {
  test.each<[string, (world: ScriptedWorld, browser: Browser) => Promise<unknown>]>([
    ["user", (_world, browser) => browser.follow("/logout", { followRedirects: false })],
    ["backchannel", ({ app, provider }) => postToken(app, provider.logoutToken())],
    ["app", ({ app }) => app.instance.logins("ada").end()],
    [
      "frontchannel",
      ({ provider: { issuer } }, browser) =>
        browser.follow(`/frontchannel-logout?${new URLSearchParams({ iss: issuer, sid: "op-session-1" })}`),
    ],
  ])("by %s is told once, with who is gone", async (by, logOut) => {
    const { world, browser, heard } = await startHearing();
    await logOut(world, browser);
    await logOut(world, browser);
    expect(heard).toEqual([["logout", { ...originOf(world), sub: "ada", by }]]);
  });

  test("by the provider is told for each login that it ends", async () => {
    const { world, heard } = await startHearing();
    await world.signIn();
    heard.length = 0;
    await postToken(world.app, world.provider.logoutToken({ sid: undefined }));
    expect(heard.map(([name]) => name)).toEqual(["logout", "logout"]);
  });

  test("is not told of a login whose time has run out", async () => {
    const { clock, browser, heard } = await startHearing();
    clock.advance(8 * 86_400);
    await browser.fetch("/api");
    expect(heard.map(([name]) => name)).toEqual(["refusal"]);
  });
});

describe("a refusal", () => {
  test("by a guard is told: 401 without a login", async () => {
    const heard = listen();
    const world = await startScriptedWorld();
    await fetch(`${world.app.url}/api`);
    expect(heard).toEqual([["refusal", { ...originOf(world), code: "OIDC_SESSION_MISSING", status: 401 }]]);
  });

  test("by a guard is told: 403 for a login that may not", async () => {
    const { world, browser, heard } = await startHearing({
      routes: (app) => app.get("/admin", requireAuth({ claims: { role: "admin" } }), (_req, res) => sendJson(res, {})),
    });
    expect((await browser.fetch("/admin")).status).toBe(403);
    expect(heard).toEqual([["refusal", { ...originOf(world), code: "OIDC_CLAIMS_REJECTED", status: 403 }]]);
  });

  test("by a route is told: 400 for a callback that nobody began", async () => {
    const { world, heard } = await startHearing();
    await fetch(`${world.app.url}/callback`);
    expect(heard).toMatchObject([["refusal", { status: 400 }]]);
  });

  test("is told while the provider is away: 502", async () => {
    const { world, heard } = await startHearing();
    world.provider.fail("token", { status: 503 });
    await world.signIn();
    expect(heard).toEqual([["refusal", { ...originOf(world), code: "OIDC_PROVIDER_UNAVAILABLE", status: 502 }]]);
  });

  test("is told while the store is away: 503", async () => {
    const store = new ScriptedStore();
    const { world, browser, heard } = await startHearing({ options: { session: { store } } });
    store.fail("get");
    await browser.fetch("/api");
    expect(heard).toEqual([["refusal", { ...originOf(world), code: "OIDC_STATE_UNAVAILABLE", status: 503 }]]);
  });

  test("is told of a logout token that is not good", async () => {
    const { world, heard } = await startHearing();
    await postToken(world.app, world.provider.logoutToken({ nonce: "n" }));
    expect(heard).toEqual([["refusal", { ...originOf(world), code: "OIDC_REQUEST_INVALID", status: 400 }]]);
  });

  test("carries the status that was answered", async () => {
    const { world, heard } = await startHearing();
    const headers = { "content-type": "application/json" };
    const { status } = await fetch(`${world.app.url}/backchannel-logout`, { method: "POST", headers, body: "{}" });
    expect(heard).toMatchObject([["refusal", { status }]]);
  });

  test("is not what a page gets that is sent to log in, or a public route", async () => {
    const { world, heard } = await startHearing();
    await ask(`${world.app.url}/private`, { headers: { accept: "text/html" } });
    await ask(`${world.app.url}/public`);
    expect(heard).toEqual([]);
  });
});

test("a listener that throws disturbs no request", async () => {
  const thrown: unknown[] = [];
  const keep = (error: unknown) => void thrown.push(error);
  const before = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", keep);
  const login = channel("express-oidc:login");
  const fail = () => {
    throw new Error("the counter is broken");
  };
  login.subscribe(fail);
  onTestFinished(() => {
    login.unsubscribe(fail);
    process.removeAllListeners("uncaughtException");
    for (const listener of before) process.on("uncaughtException", listener);
  });
  const { signIn } = await startScriptedWorld();
  expect((await signIn()).page.status).toBe(200);
  await expect.poll(() => thrown.map(String)).toEqual(["Error: the counter is broken"]);
});

test("no event holds a token, a code, a secret, a cookie or an id", async () => {
  const secrets = new Set([appSecret]);
  const clock = stopClock();
  const heard = listen();
  const store = new ScriptedStore();
  const world = await startScriptedWorld({
    options: {
      session: { store },
      revokeOnLogout: true,
      http: {
        async fetch(url, init) {
          const response = await fetch(url, init);
          for (const value of init.body instanceof URLSearchParams ? init.body.values() : []) keep(value);
          if (url.endsWith("/token")) Object.values((await response.clone().json()) as object).forEach(keep);
          return response;
        },
      },
    },
  });
  const { app, provider } = world;
  /** Whatever is long enough not to be a word. */
  function keep(value: unknown): void {
    if (typeof value === "string" && value.length >= 16 && !value.startsWith("http")) secrets.add(value);
  }
  keep(provider.clientSecret);
  for (const logOut of [
    (browser: Browser) => browser.follow("/logout", { followRedirects: false }),
    async () => {
      const token = await provider.logoutToken();
      keep(token);
      await post(app, { logout_token: token });
      return post(app, { logout_token: token });
    },
  ]) {
    const { browser } = await world.signIn();
    clock.advance(3700);
    await browser.fetch("/token");
    for (const { value } of browser.cookies.list()) keep(value);
    for (const id of await store.ids()) keep(id.replace(/^oidc-(\w+-)?/, ""));
    await logOut(browser);
    await browser.fetch("/api");
    await browser.get(`${app.url}/callback?code=a-code-that-nobody-gave&state=a-state-that-nobody-gave`, {
      headers: { "sec-fetch-dest": "iframe" },
    });
    clock.advance(5);
  }
  secrets.add("that-nobody-gave");
  expect(new Set(heard.map(([name]) => name))).toEqual(new Set(["login", "renewal", "logout", "refusal"]));
  expect(secrets.size).toBeGreaterThan(20);
  const text = JSON.stringify(heard);
  for (const secret of secrets) expect(text).not.toContain(secret);
});
