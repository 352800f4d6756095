/**
 * A renewal that can't be: the provider is away, refuses, or has given nothing to renew with.
 * @module
 */
import express from "express";
import { auth, oidcOf, requireAuth } from "express-oidc";
import { describe, expect, onTestFinished, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { openServer } from "../../examples/demo/listen.js";
import { appSecret } from "../support/app.js";
import { stopClock } from "../support/clock.js";
import type { Fault } from "../support/scripted/faults.js";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { failureIn, heldIn, type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

/** A world in which somebody has signed in with an access token of an hour. */
async function startSignedIn(options: ScriptedWorldOptions = {}) {
  const clock = stopClock();
  const world = await startScriptedWorld(options);
  const { browser, page } = await world.signIn("/held");
  return { ...world, clock, browser, first: heldIn(page) };
}

describe("an outage of the provider", () => {
  const outages: [string, Fault | "stopped", number][] = [
    ["answers 503", { status: 503, text: "" }, 502],
    ["answers 400 temporarily_unavailable", { status: 400, json: { error: "temporarily_unavailable" } }, 502],
    ["answers 429", { status: 429, text: "" }, 502],
    ["answers HTML", "html", 502],
    ["breaks off", "half", 502],
    ["is silent", "silence", 504],
    ["refuses connections", "stopped", 502],
  ];
  test.each(outages)("that %s leaves people signed in, without a token once it has expired", async (...row) => {
    const [, fault, status] = row;
    const http = { timeout: fault === "silence" ? 1 : 5 };
    const { browser, clock, first, provider } = await startSignedIn({ options: { http } });
    clock.advance(3700);
    if (fault === "stopped") await provider.stop();
    else provider.fail("refresh", fault);
    expect((await browser.get("/private")).json()).toEqual({ sub: "ada" });
    expect(heldIn(await browser.get("/held")).accessToken).toBeUndefined();
    expect((await browser.fetch("/token")).status).toBe(status);
    provider.heal();
    if (fault === "stopped") await provider.start();
    clock.advance(6);
    expect((await browser.fetch("/token")).json()).not.toEqual({ token: first.accessToken });
    expect((await browser.fetch("/token")).status).toBe(200);
  });

  test("is nobody's business while the token is still good, but for who asks for a new one", async () => {
    const { browser, clock, first, provider } = await startSignedIn();
    clock.advance(3590);
    provider.fail("refresh", { status: 503 });
    expect((await browser.fetch("/token")).json()).toEqual({ token: first.accessToken });
    expect(heldIn(await browser.get("/held")).accessToken).toBe(first.accessToken);
    expect(failureIn(await browser.fetch("/refresh"))).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_UNAVAILABLE",
    });
  });

  test("is probed once in five seconds, however many ask", async () => {
    const { browser, clock, provider } = await startSignedIn();
    clock.advance(3700);
    provider.fail("refresh", { status: 503 });
    const ask = async () => {
      for (const path of ["/token", "/private", "/loose-token", "/held"]) await browser.fetch(path);
      await Promise.all(Array.from({ length: 10 }, () => browser.fetch("/token")));
      return provider.calls("refresh");
    };
    expect(await ask()).toBe(1);
    clock.advance(4);
    expect(await ask()).toBe(1);
    clock.advance(2);
    expect(await ask()).toBe(2);
  });

  test("of the keys alone loses no refresh token that was replaced meanwhile", async () => {
    const { browser, clock, provider } = await startSignedIn();
    clock.advance(3700);
    provider.rotateKeys();
    provider.fail("jwks", { status: 503 });
    expect((await browser.get("/private")).status).toBe(200);
    provider.heal();
    clock.advance(60);
    expect((await browser.fetch("/token")).status).toBe(200);
  });
});

describe("a refused renewal", () => {
  async function startRefused() {
    const world = await startSignedIn();
    world.clock.advance(3700);
    world.provider.grants.revokeLast();
    return world;
  }

  test("ends the login for a hundred API calls at once: 401, and the provider was asked once", async () => {
    const { app, browser, provider } = await startRefused();
    const answers = await Promise.all(Array.from({ length: 100 }, () => browser.fetch("/api")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(answers[0]?.json()).toMatchObject({ loginUrl: expect.stringContaining(`${app.url}/login`) });
    expect(provider.calls("refresh")).toBe(1);
  });

  test("leads a page to a new login and back, without a loop", async () => {
    const { browser, provider } = await startRefused();
    expect((await browser.get("/private")).json()).toEqual({ sub: "ada" });
    expect(provider.calls("authorize")).toBe(2);
    expect((await browser.fetch("/token")).status).toBe(200);
  });

  test("is told to who asks for the token, and leaves nobody signed in", async () => {
    const { browser } = await startRefused();
    const failure = failureIn(await browser.fetch("/loose-token"));
    expect(failure).toMatchObject({ status: 401, code: "OIDC_SESSION_REFRESH_REJECTED" });
    expect(failureIn(await browser.fetch("/loose-token")).code).toBe("OIDC_SESSION_MISSING");
    expect((await browser.get("/")).json()).toEqual({ user: null });
  });
});

describe("a login without a refresh token", () => {
  async function startUnrefreshable() {
    const clock = stopClock();
    const world = await startScriptedWorld();
    world.provider.script.refreshTokens = "none";
    const { browser, page } = await world.signIn("/held");
    return { ...world, clock, browser, first: heldIn(page) };
  }

  test("goes on without an access token when that has expired", async () => {
    const { browser, clock, provider } = await startUnrefreshable();
    clock.advance(3700);
    expect((await browser.get("/private")).json()).toEqual({ sub: "ada" });
    expect(heldIn(await browser.get("/held"))).not.toHaveProperty("accessToken");
    const failure = { status: 401, code: "OIDC_TOKEN_EXPIRED" };
    expect(failureIn(await browser.fetch("/token"))).toMatchObject(failure);
    expect(failureIn(await browser.fetch("/refresh"))).toMatchObject(failure);
    expect(provider.calls("refresh")).toBe(0);
  });

  test("uses its access token to the end", async () => {
    const { browser, clock, first } = await startUnrefreshable();
    clock.advance(3599);
    expect((await browser.fetch("/token")).json()).toEqual({ token: first.accessToken });
  });

  test("gives a script no Refresh header", async () => {
    const { browser, clock } = await startUnrefreshable();
    clock.advance(3700);
    expect((await browser.fetch("/token")).headers.has("refresh")).toBe(false);
  });

  test("has a page log in again by itself through the default error handler, and come back", async () => {
    const clock = stopClock();
    const { browser, provider, url } = await startPlainApp();
    expect((await browser.get(`${url}/report?month=5`)).status).toBe(200);
    clock.advance(3700);
    const page = await browser.get(`${url}/report?month=5`);
    expect({ status: page.status, url: page.url.href }).toEqual({ status: 200, url: `${url}/report?month=5` });
    expect(provider.calls("authorize")).toBe(2);
  });

  test("ends in a plain error, not in a loop, where every new token has expired already", async () => {
    const { browser, provider, url } = await startPlainApp();
    provider.script.expiresIn = 0;
    const page = await browser.get(`${url}/report`);
    expect(page.status).toBe(401);
    expect(page.refresh).toBeUndefined();
    expect(provider.calls("authorize")).toBeLessThanOrEqual(2);
  });
});

describe("a logout", () => {
  test.each(["/token", "/refresh", "/private"])("is not undone by a renewal under way for %s", async (path) => {
    const store = new ScriptedStore();
    const { app, browser, clock, provider } = await startSignedIn({ options: { session: { store } } });
    clock.advance(3700);
    const cookie = browser.cookies.header(new URL(app.url));
    const held = provider.hold("refresh");
    const renewing = browser.fetch(path);
    await held.arrived;
    await browser.get(`${app.url}/logout`);
    held.release();
    expect((await renewing).status).toBe(401);
    expect(await store.ids()).toEqual([]);
    expect((await browser.fetch("/api", { headers: { cookie } })).status).toBe(401);
  });

  test("is not undone by a renewal that is just being written", async () => {
    const store = new ScriptedStore();
    const { app, browser, clock } = await startSignedIn({ options: { session: { store } } });
    clock.advance(3700);
    const cookie = browser.cookies.header(new URL(app.url));
    const id = await store.recordId();
    const go = createSignal();
    store.wait("set", go.given, new RegExp(id));
    const writes = () => store.calls.filter((call) => call.operation === "set" && call.id === id).length;
    const before = writes();
    const renewing = browser.fetch("/token");
    await expect.poll(writes, { timeout: 5000 }).toBe(before + 1);
    await browser.get(`${app.url}/logout`);
    go.give();
    expect((await renewing).status).toBe(401);
    expect(await store.ids()).toEqual([]);
    expect((await browser.fetch("/api", { headers: { cookie } })).status).toBe(401);
  });

  test("is not undone by a slower request that writes the app's session last", async () => {
    const [arrived, go] = [createSignal(), createSignal()];
    const { app, browser } = await startSignedIn({
      routes: (testApp) =>
        testApp.get("/slow", async (req, res) => {
          arrived.give();
          await go.given;
          if (req.session !== undefined) req.session["basket"] = "full";
          res.end("done");
        }),
    });
    const cookie = browser.cookies.header(new URL(app.url));
    const slow = browser.fetch("/slow");
    await arrived.given;
    await browser.get(`${app.url}/logout`);
    go.give();
    await slow;
    expect((await browser.fetch("/api", { headers: { cookie } })).status).toBe(401);
  });
});

/** An app without an error handler of its own. */
async function startPlainApp(): Promise<{ browser: Browser; provider: ScriptedProvider; url: string }> {
  const provider = await startScriptedProvider();
  provider.script.refreshTokens = "none";
  const server = await openServer(0);
  onTestFinished(server.close);
  const url = `http://localhost:${server.port}`;
  const app = express();
  app.use(auth({ ...provider.registration, baseUrl: url, secret: appSecret }));
  app.get("/report", requireAuth(), async (req, res) => void res.json(await oidcOf(req).getAccessToken()));
  server.answerWith(app);
  return { browser: new Browser(), provider, url };
}
