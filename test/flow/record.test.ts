/**
 * The record of a login in the session store: sealed, judged by its own clock, and never an open door.
 * @module
 */
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { stopClock } from "../support/clock.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { heldIn, type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

const oldSecret = "the secret of last year, long enough to be one";
const newSecret = "the secret of this year, long enough to be one";

/** A world in which somebody has signed in, with a store that can be looked into. */
async function startStored(options: ScriptedWorldOptions["options"] = {}) {
  const store = new ScriptedStore();
  const world = await startScriptedWorld({ options: { session: { store }, ...options } });
  world.provider.script.expiresIn = undefined;
  const { browser, page } = await world.signIn("/held");
  return { ...world, browser, store, first: heldIn(page) };
}

describe("what stands in the session store", () => {
  test("tells neither tokens nor who the person is", async () => {
    const { browser, first, provider, store } = await startStored();
    await browser.get("/refresh");
    const text = JSON.stringify(await store.dump());
    const renewed = heldIn(await browser.get("/held"));
    const tokens = [first, renewed].flatMap(({ accessToken, idToken, refreshToken }) => [
      accessToken,
      idToken,
      refreshToken,
    ]);
    for (const secret of [...tokens, "ada", "Lovelace", "example.org", "op-session-1", provider.clientSecret]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/at-[0-9a-f]{8}|rt-[0-9a-f]{8}|code-[0-9a-f]{8}/);
    expect(text.length).toBeGreaterThan(1000);
  });

  test("is gone after a logout, but for the mark that the login has ended", async () => {
    const { app, browser, store } = await startStored();
    await browser.get(`${app.url}/logout`);
    expect(await store.ids()).toEqual([]);
  });

  test("grows by nothing when people come who do not log in", async () => {
    const { app, store } = await startStored();
    const before = await store.ids();
    await new Browser().get(`${app.url}/public`);
    await new Browser().fetch(`${app.url}/api`);
    await new Browser().get(`${app.url}/private`, { followRedirects: false });
    expect(await store.ids()).toEqual(before);
  });
});

describe("the option secret", () => {
  /** A second app over the same store and provider, on the address of the first. */
  async function restartWith(secret: readonly string[]) {
    const before = await startStored({ secret: oldSecret });
    const { provider, browser, store } = before;
    const options = { secret, session: { store }, baseUrl: before.app.url };
    const { app } = await startScriptedWorld({ provider, options });
    const cookie = browser.cookies.header(new URL(before.app.url));
    return { ...before, ask: (path: string) => new Browser().fetch(app.url + path, { headers: { cookie } }) };
  }

  test("rotates by list: old logins go on", async () => {
    const { ask, first } = await restartWith([newSecret, oldSecret]);
    expect((await ask("/api")).json()).toEqual({ sub: "ada" });
    expect((await ask("/held")).json()).toEqual(first);
    expect((await ask("/refresh")).status).toBe(200);
  });

  test("seals anew with the first of the list, so that the old one can go after a renewal", async () => {
    const { ask, store } = await restartWith([newSecret, oldSecret]);
    const before = JSON.stringify((await store.dump())[await store.recordId()]);
    await ask("/refresh");
    const kidOf = (text: string) => Buffer.from(/"sealed":"([\w-]+)\./.exec(text)?.[1] ?? "", "base64url").toString();
    const after = JSON.stringify((await store.dump())[await store.recordId()]);
    expect(kidOf(before)).toContain("kid");
    expect(kidOf(after)).not.toBe(kidOf(before));
  });

  test("that has left the list takes its logins along: signed out, no error", async () => {
    const { ask } = await restartWith([newSecret]);
    expect((await ask("/api")).status).toBe(401);
    expect((await ask("/")).json()).toEqual({ user: null });
  });
});

describe("a record that is not as we wrote it", () => {
  const sealedParts = (record: Record<string, unknown>) => String(record["sealed"]).split(".");
  const changeText = (text = "") => (text.startsWith("A") ? "B" : "A") + text.slice(1);
  const changes: [string, (record: Record<string, unknown>) => object][] = [
    ["lives longer", (record) => ({ ...record, endsAt: Number(record["endsAt"]) + 1 })],
    ["began later", (record) => ({ ...record, startedAt: Number(record["startedAt"]) + 1 })],
    ["lives for ever", (record) => ({ ...record, endsAt: null })],
    ["has other contents", (record) => ({ ...record, sealed: changePart(sealedParts(record), 3) })],
    ["has another tag", (record) => ({ ...record, sealed: changePart(sealedParts(record), 4) })],
    ["has a tag of four bytes", (record) => ({ ...record, sealed: String(record["sealed"]).slice(0, -16) })],
    ["has another header", (record) => ({ ...record, sealed: changePart(sealedParts(record), 0) })],
    ["has no contents", (record) => ({ ...record, sealed: "" })],
    ["has rubbish for contents", (record) => ({ ...record, sealed: 17 })],
    ["is empty", () => ({})],
    ["is a list", () => []],
  ];
  function changePart(parts: string[], at: number) {
    return parts.with(at, changeText(parts[at])).join(".");
  }

  test.each(changes)("means signed out when it %s", async (_name, change) => {
    const { browser, store } = await startStored();
    await store.tamper(change);
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await browser.get("/")).json()).toEqual({ user: null });
    expect((await browser.get("/private")).json()).toEqual({ sub: "ada" });
  });

  test("means signed out when it is another person's", async () => {
    const { browser, provider, signIn, store } = await startStored();
    const mine = await store.recordId();
    provider.script.person = { sub: "alan" };
    await signIn();
    const others = await store.dump();
    const theirs = Object.keys(others).find((id) => /^oidc-[\w-]{32}$/.test(id) && id !== mine);
    const { oidc } = others[theirs ?? ""] as { oidc: object };
    await store.tamper(() => oidc);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("means signed out when its version is unknown, and is left alone", async () => {
    const { browser, store } = await startStored();
    const id = await store.recordId();
    await store.tamper((record) => ({ ...record, v: 99 }));
    const before = (await store.dump())[id];
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await browser.get("/")).json()).toEqual({ user: null });
    expect((await store.dump())[id]).toEqual(before);
  });
});

describe("the life of a login", () => {
  test("ends when nobody uses it for idleTimeout", async () => {
    const clock = stopClock();
    const { browser } = await startStored({ idleTimeout: 600 });
    clock.advance(599);
    expect((await browser.fetch("/api")).status).toBe(200);
    clock.advance(661);
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await browser.get("/")).json()).toEqual({ user: null });
  });

  test.each([
    ["every half minute", 30],
    ["every minute", 60],
    ["just in time", 599],
  ])("goes on while it is used %s, until absoluteTimeout", async (_name, pause) => {
    const clock = stopClock();
    const absoluteTimeout = 3600;
    const { browser } = await startStored({ idleTimeout: 600, absoluteTimeout });
    for (let age = pause; age < absoluteTimeout; age += pause) {
      clock.advance(pause);
      expect({ age, status: (await browser.fetch("/api")).status }).toEqual({ age, status: 200 });
    }
    clock.advance(pause);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("is kept by its use on one process for another", async () => {
    const clock = stopClock();
    const { app, browser, provider, store } = await startStored({ idleTimeout: 600 });
    const options = { idleTimeout: 600, session: { store }, baseUrl: app.url };
    const second = await startScriptedWorld({ provider, options });
    const cookie = browser.cookies.header(new URL(app.url));
    for (const _round of [1, 2, 3]) {
      clock.advance(500);
      expect((await browser.fetch("/api")).status).toBe(200);
    }
    clock.advance(500);
    expect((await new Browser().fetch(`${second.app.url}/api`, { headers: { cookie } })).status).toBe(200);
  });

  test.each([
    ["forgets", true],
    ["never forgets", false],
  ])("ends at absoluteTimeout to the second, where the store %s what is over", async (_name, forgets) => {
    const clock = stopClock();
    const { browser, store } = await startStored({ idleTimeout: 86_400, absoluteTimeout: 86_400 });
    const cookie = browser.cookies.header(new URL(browser.page.url));
    store.forgets = forgets;
    clock.advance(80_000);
    expect((await browser.fetch("/refresh")).status).toBe(200);
    clock.advance(6399);
    expect((await browser.fetch("/api", { headers: { cookie } })).status).toBe(200);
    clock.advance(1);
    expect((await browser.fetch("/api", { headers: { cookie } })).status).toBe(401);
  });

  test("leaves nothing behind in the store when it is over", async () => {
    const clock = stopClock();
    const { browser, store } = await startStored({ idleTimeout: 600 });
    clock.advance(1300);
    await browser.fetch("/api");
    expect((await store.ids()).filter((id) => id.startsWith("oidc-"))).toEqual([]);
  });
});
