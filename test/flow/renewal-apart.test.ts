/**
 * What a renewal must not touch: the process, other people, and tokens that have been granted.
 * @module
 */
import { describe, expect, test } from "vitest";
import { stopClock } from "../support/clock.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { failureIn, heldIn, startScriptedWorld } from "../support/scripted-world.js";

/** A world whose clock stands still. */
async function startStopped(options: Parameters<typeof startScriptedWorld>[0] = {}) {
  const clock = stopClock();
  return { clock, ...(await startScriptedWorld(options)) };
}

describe("a renewal that takes long", () => {
  test("does no harm when a time-out of the app has answered meanwhile", async () => {
    let hurried = false;
    const { app, clock, provider, signIn } = await startStopped({
      before: (testApp) =>
        testApp.use((_req, res, next) => {
          if (hurried) setTimeout(() => res.writeHead(503).end("too slow"), 50);
          next();
        }),
    });
    const { browser } = await signIn();
    clock.advance(3700);
    const hold = provider.hold("refresh");
    hurried = true;
    const answer = browser.fetch("/private");
    await hold.arrived;
    expect((await answer).status).toBe(503);
    hurried = false;
    hold.release();
    await app.instance.close();
    expect((await browser.fetch("/private")).json()).toEqual({ sub: "ada" });
  });
});

describe("a bad answer to one person's renewal", () => {
  test.each([
    ["with a wrong hash", { renewedIdToken: { at_hash: "wrong" } }],
    ["that refuses", undefined],
  ])("%s pauses nobody else's", async (_what, script) => {
    const { clock, provider, signIn } = await startStopped();
    const [one, other] = [(await signIn()).browser, (await signIn()).browser];
    clock.advance(3700);
    if (script !== undefined) Object.assign(provider.script, script);
    else provider.fail("refresh", { status: 403, json: { error: "access_denied" } });
    expect((await one.fetch("/token")).status).toBe(502);
    provider.heal();
    provider.script.renewedIdToken = {};
    const before = provider.calls("refresh");
    expect((await other.fetch("/token")).status).toBe(200);
    expect((await one.fetch("/token")).status, "its own is paused").toBe(502);
    expect(provider.calls("refresh") - before).toBe(1);
  });
});

describe("a new ID token that there is no key for", () => {
  test.each(["the key document is a page", "the key document lags behind"])(
    "loses no refresh token that was replaced meanwhile: %s",
    async (what) => {
      const { clock, provider, signIn } = await startStopped();
      const { browser, page } = await signIn("/held");
      const old = await (await fetch(`${provider.issuer}/jwks`)).json();
      provider.rotateKeys();
      if (what.endsWith("page")) provider.fail("jwks", "html");
      else provider.script.jwks = old;
      clock.advance(3590);
      const renewed = heldIn(await browser.get("/held"));
      expect(renewed.accessToken).not.toBe(heldIn(page).accessToken);
      expect(renewed.idToken).toBe(heldIn(page).idToken);
      provider.heal();
      provider.script.jwks = undefined;
      clock.advance(3590);
      expect((await browser.fetch("/token")).status).toBe(200);
    },
  );
});

describe("an app's own fetch that fails in a way of its own", () => {
  test("is an outage: new logins get 502, who is signed in stays so", async () => {
    let isDown = false;
    const fetchOrFail = (url: string, init: RequestInit) =>
      isDown ? Promise.reject(new Error("no proxy")) : fetch(url, init);
    const { clock, signIn } = await startStopped({ options: { http: { fetch: fetchOrFail } } });
    const { browser } = await signIn();
    clock.advance(3700);
    isDown = true;
    expect((await browser.fetch("/private")).status).toBe(200);
    expect(failureIn(await browser.fetch("/token"))).toMatchObject({ status: 502, code: "OIDC_PROVIDER_UNREACHABLE" });
    isDown = false;
  });
});

describe("a logout while the login's record can't be read", () => {
  test("is a 503, and the cookie is taken away all the same", async () => {
    const store = new ScriptedStore();
    const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await signIn();
    store.fail("get", /^oidc-/);
    store.fail("set", /^oidc-/);
    expect((await browser.follow("/logout", { followRedirects: false })).status).toBe(503);
    store.heal();
    expect((await browser.fetch(`${app.baseUrl}/private`)).status).toBe(401);
  });
});
