/**
 * Ends of logins in which one step fails: what is done again must not find the login forgotten.
 * @module
 */
import { describe, expect, test } from "vitest";
import { postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { signInEach, statuses } from "../support/processes.js";
import { createScriptedState } from "../support/scripted-state.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

const record = /^oidc-[\w-]{32}$/;

describe("a logout token that could not be carried out", () => {
  test.each([
    ["writing the mark", "set", "refused", /ended/],
    ["reading the list", "get", "refused", /person/],
    ["taking the token, whose answer gets lost", "add", "answer lost", /ended-by/],
  ] as const)("counts when it comes again: %s failed", async (_what, verb, fault, keys) => {
    const state = createScriptedState();
    const { provider, app, signIn } = await startScriptedWorld({ options: { state } });
    const { browser } = await signIn();
    const token = await provider.logoutToken();
    state.fail(verb, fault, keys);
    expect(await postToken(app, token)).toBe(503);
    state.heal();
    await expect.poll(() => postToken(app, token), { timeout: 10_000 }).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
    expect(await postToken(app, token)).toBe(400);
  });

  test.each(["destroy", "get"] as const)(
    "counts when it comes again: the store could not %s the record",
    async (verb) => {
      const store = new ScriptedStore();
      const { provider, app, signIn } = await startScriptedWorld({ options: { session: { store } } });
      const { browser } = await signIn();
      const token = await provider.logoutToken();
      store.fail(verb, record);
      await postToken(app, token);
      store.heal();
      await postToken(app, token);
      expect((await browser.fetch("/api")).status).toBe(401);
    },
  );
});

describe("the app's end of a person's logins, of which one could not be removed", () => {
  test("can be done again: it is still listed", async () => {
    const store = new ScriptedStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const browsers = await signInEach(world, [{ sub: "ada" }, { sub: "ada" }]);
    const logins = world.app.instance.logins("ada");
    store.fail("destroy", record);
    await expect(logins.end(() => true)).rejects.toMatchObject({ code: "OIDC_STATE_UNAVAILABLE" });
    store.heal();
    expect(await logins.list()).toHaveLength(2);
    expect(await logins.end(() => true)).toBe(2);
    expect(await statuses(browsers, world)).toEqual([401, 401]);
  });
});

describe("a record that reaches the store after its login has ended", () => {
  test.each([
    ["by a choice of the app", () => true],
    ["with all of its person's", undefined],
  ])("ends again with its next noted use: ended %s", async (_how, which) => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const { browser } = await world.signIn();
    const id = await store.recordId();
    const entry = (await store.dump())[id] as never;
    await world.app.instance.logins("ada").end(which);
    // a client of the store had it in its queue
    await new Promise<void>((resolve) => store.set(id, entry, () => resolve()));
    clock.advance(3700);
    await browser.fetch("/api");
    await expect.poll(async () => (await browser.fetch("/api")).status).toBe(401);
  });
});

describe("a login that begins while another one of the same session at the provider ends", () => {
  test("is found by a logout token that names that session alone", async () => {
    const store = new ScriptedStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const [first] = await signInEach(world, [{ sub: "ada", sid: "s1" }]);
    const go = createSignal();
    store.wait("destroy", go.given, /^oidc-sid-/);
    const leaving = first?.get(`${world.app.baseUrl}/logout`);
    await expect
      .poll(() => store.calls.some(({ operation, id }) => operation === "destroy" && id.startsWith("oidc-sid-")))
      .toBe(true);
    setTimeout(go.give, 300);
    const browsers = await signInEach(world, [{ sub: "ada", sid: "s1" }]);
    await leaving;
    expect(await postToken(world.app, world.provider.logoutToken({ sub: undefined, sid: "s1" }))).toBe(200);
    expect(await statuses(browsers, world)).toEqual([401]);
  });
});

describe("a shared state that has lost everything", () => {
  test("knows a person's logins again with their next noted use, and a logout token ends them", async () => {
    const clock = stopClock();
    const state = createScriptedState();
    const world = await startScriptedWorld({ options: { state } });
    const { browser } = await world.signIn();
    state.loseAll();
    const logins = world.app.instance.logins("ada");
    expect(await logins.list()).toEqual([]);
    clock.advance(120);
    expect((await browser.fetch("/api")).status).toBe(200);
    await expect.poll(() => logins.list()).toHaveLength(1);
    expect(await postToken(world.app, world.provider.logoutToken({ sub: "ada" }))).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
  });
});
