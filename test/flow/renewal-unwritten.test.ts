/**
 * Renewals whose new tokens the store does not take at once. The refresh token before them is spent, and its reuse is punished.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createMemoryState } from "../../src/state/memory.js";
import { postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { startTwo, statuses } from "../support/processes.js";
import { createScriptedState } from "../support/scripted-state.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { heldIn, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

const record = /^oidc-[\w-]{32}$/;

describe("new tokens that the store would not take", () => {
  test.each(["the same process", "another process"])("are in use as soon as it is back: for %s", async (who) => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const { first, second } = await startTwo({ options: { session: { store }, state: createMemoryState() } });
    const { browser } = await first.signIn();
    clock.advance(3700);
    store.fail("set", record);
    expect((await browser.fetch("/token")).status).toBe(503);
    store.heal();
    const next = who === "the same process" ? first : second;
    const headers = { cookie: browser.cookies.header(new URL(first.app.baseUrl)) };
    const answer = () => fetch(`${next.app.url}/token`, { headers });
    await expect.poll(async () => (await answer()).status).toBe(200);
    expect(first.provider.calls("refresh")).toBe(1);
    expect(await statuses([browser], first)).toEqual([200]);
  });

  test("keep nobody waiting who asks meanwhile", async () => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await signIn();
    clock.advance(3700);
    store.fail("set", record);
    expect((await browser.fetch("/token")).status).toBe(503);
    const startMs = performance.now();
    expect((await browser.fetch("/token")).status).toBe(503);
    expect(performance.now() - startMs).toBeLessThan(500);
    // it is away for some tries more
    await pause(500);
    store.heal();
    await app.instance.close();
    expect((await browser.fetch("/token")).status).toBe(200);
  });

  test("bring no login back that has ended meanwhile", async () => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const { app, provider, signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await signIn();
    clock.advance(3700);
    store.fail("set", record);
    expect((await browser.fetch("/token")).status).toBe(503);
    expect(await postToken(app, provider.logoutToken())).toBe(200);
    store.heal();
    await app.instance.close();
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("bring no login back whose record could not be removed when it ended", async () => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await signIn();
    const headers = { cookie: browser.cookies.header(new URL(app.baseUrl)) };
    clock.advance(3700);
    store.fail("set", record);
    expect((await browser.fetch("/token")).status).toBe(503);
    store.fail("destroy");
    expect((await browser.get(`${app.url}/logout`)).status).toBe(503);
    store.heal();
    await app.instance.close();
    expect((await fetch(`${app.url}/api`, { headers })).status).toBe(401);
  });
});

describe("a grant that is refused because another process has just used the refresh token", () => {
  test("ends nothing, also where the shared state has lost their lock", async () => {
    const clock = stopClock();
    const state = createScriptedState();
    const store = new ScriptedStore();
    const { first, second } = await startTwo({ options: { session: { store }, state } });
    const { browser } = await first.signIn();
    clock.advance(3700);
    const written = createSignal();
    store.wait("set", written.given, record);
    const headers = { cookie: browser.cookies.header(new URL(first.app.baseUrl)) };
    const one = fetch(`${first.app.url}/token`, { headers });
    await expect
      .poll(() =>
        store.calls.some(
          ({ operation, id }) => operation === "set" && record.test(id) && first.provider.calls("refresh") === 1,
        ),
      )
      .toBe(true);
    await state.loseLocks();
    const other = fetch(`${second.app.url}/token`, { headers });
    await expect.poll(() => first.provider.calls("refresh")).toBe(2);
    setTimeout(written.give, 200);
    expect([(await one).status, (await other).status]).toEqual([200, 200]);
    expect(await statuses([browser], first)).toEqual([200]);
  });
});

describe("tokens that a provider grants to a login that ends meanwhile", () => {
  test("are revoked where that is configured", async () => {
    const clock = stopClock();
    const { app, provider, signIn } = await startScriptedWorld({ options: { revokeOnLogout: true } });
    const { browser, page } = await signIn("/held");
    const old = heldIn(page).refreshToken;
    clock.advance(3700);
    // else this provider would end the whole grant before it answers
    provider.fail("revocation", { status: 503 });
    const hold = provider.hold("refresh");
    const renewing = browser.fetch("/token");
    await hold.arrived;
    expect(await postToken(app, provider.logoutToken())).toBe(200);
    hold.release();
    expect((await renewing).status).toBe(401);
    await app.instance.close();
    expect(provider.calls("revocation")).toBe(2);
    expect(provider.lastCall("revocation")?.form.get("token")).not.toBe(old);
  });
});

describe("a login that ends while two processes want to renew it", () => {
  test("is over for both", async () => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const { first, second } = await startTwo({ options: { session: { store }, state: createMemoryState() } });
    const { browser } = await first.signIn();
    const headers = { cookie: browser.cookies.header(new URL(first.app.baseUrl)) };
    clock.advance(3700);
    const held = first.provider.hold("refresh");
    const one = fetch(`${first.app.url}/token`, { headers });
    await held.arrived;
    const other = fetch(`${second.app.url}/token`, { headers });
    await pause(100);
    await browser.get(`${first.app.url}/logout`, { followRedirects: false });
    held.release();
    expect([(await one).status, (await other).status]).toEqual([401, 401]);
    expect(first.provider.calls("refresh")).toBe(1);
  });
});
