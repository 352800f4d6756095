/**
 * A session store that fails: a clear answer, never an open door, and nothing lost when it is back.
 * @module
 */
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { stopClock } from "../support/clock.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { failureIn, type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

const unavailable = { status: 503, code: "OIDC_STATE_UNAVAILABLE" };

/** A world in which somebody has signed in, with a store that can fail. */
async function startStored(more: ScriptedWorldOptions = {}) {
  const clock = stopClock();
  const store = new ScriptedStore();
  const world = await startScriptedWorld({ options: { session: { store } }, ...more });
  const { browser } = await world.signIn();
  return { ...world, browser, clock, store };
}

describe("a session store that can't be read", () => {
  test.each([
    ["at all", /./],
    ["where logins are", /^oidc-/],
  ])("%s lets nobody in, and everybody on as soon as it can", async (_name, ids) => {
    const { app, browser, store } = await startStored();
    store.fail("get", ids);
    for (const path of ["/api", "/private", "/token"]) {
      expect(failureIn(await browser.fetch(path))).toMatchObject(unavailable);
    }
    expect(JSON.stringify(app.errors)).not.toContain("10.0.0.7");
    store.heal();
    expect((await browser.fetch("/api")).json()).toEqual({ sub: "ada" });
  });

  test("gives a page the error, not a login that would go round in circles", async () => {
    const { browser, provider, store } = await startStored();
    store.fail("get");
    const page = await browser.get("/private");
    expect(failureIn(page)).toMatchObject(unavailable);
    expect(page.headers.get("cache-control")).toContain("no-store");
    expect(provider.calls("authorize")).toBe(1);
  });
});

describe("a session store that can't be written", () => {
  test.each([
    ["sessions", /^(?!oidc-)/, true],
    ["logins", /^oidc-/, false],
    ["anything", /./, false],
  ])("for %s logs nobody in, and leaves nothing of the login", async (_name, ids, needsReqSession) => {
    const store = new ScriptedStore();
    const world = await startScriptedWorld({ options: { session: { store } }, needsReqSession });
    store.fail("set", ids);
    const { browser, page } = await world.signIn();
    expect(failureIn(page)).toMatchObject(unavailable);
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await store.ids()).filter((id) => id.startsWith("oidc-"))).toEqual([]);
    store.heal();
    expect((await browser.get(`${world.app.url}/private`)).json()).toEqual({ sub: "ada" });
  });

  test("keeps nobody out whose token needs no renewal", async () => {
    const { browser, clock, store } = await startStored();
    store.fail("set");
    store.fail("touch");
    clock.advance(300);
    expect((await browser.fetch("/api")).status).toBe(200);
  });

  test("answers a renewal with 503, and loses no refresh token that was replaced meanwhile", async () => {
    const { browser, clock, store } = await startStored();
    clock.advance(3700);
    store.fail("set", /^oidc-/);
    expect(failureIn(await browser.fetch("/token"))).toMatchObject(unavailable);
    store.heal();
    clock.advance(10);
    await expect.poll(async () => (await browser.fetch("/token")).status).toBe(200);
  });
});

describe("a session store that can't end a login", () => {
  test.each([
    ["write the mark that it has ended", "set", /^oidc-(sid|person)-/],
    ["remove it", "destroy", /^$/],
  ] as const)(
    "because it can't %s answers 503; the cookie goes, the next logout works, and at most the person's list remains",
    async (_why, operation, mayStay) => {
      const { app, browser, store } = await startStored();
      const cookie = browser.cookies.header(new URL(app.url));
      store.fail(operation);
      expect(failureIn(await browser.get(`${app.url}/logout`))).toMatchObject(unavailable);
      expect(browser.cookies.list().filter(({ name }) => name.startsWith("oidc-session"))).toEqual([]);
      store.heal();
      await new Browser().get(`${app.url}/logout`, { headers: { cookie }, followRedirects: false });
      expect((await new Browser().fetch(`${app.url}/api`, { headers: { cookie } })).status).toBe(401);
      expect((await store.ids()).filter((id) => !mayStay.test(id))).toEqual([]);
    },
  );
});

describe("a session store that takes a login, but not the session that names it", () => {
  test("lets nobody in, also when it can't remove the login again", async () => {
    const { app, store } = await startStored({ needsReqSession: true });
    store.fail("set", /^(?!oidc-)/);
    store.fail("destroy", /^oidc-/);
    const browser = new Browser();
    expect(failureIn(await browser.get(`${app.url}/private`))).toMatchObject(unavailable);
    store.heal();
    expect((await browser.fetch(`${app.url}/api`)).status).toBe(401);
  });
});

describe("a session store that can't end the login before", () => {
  test.each(["set", "destroy"] as const)(
    "because %s fails for it lets the person in all the same, and the old cookie opens nothing",
    async (operation) => {
      const { app, browser, store } = await startStored();
      const before = { cookie: browser.cookies.header(new URL(app.url)) };
      const handle = (await store.recordId()).slice("oidc-".length);
      store.fail(operation, new RegExp(handle));
      const page = await browser.get(`${app.url}/login?prompt=login&returnTo=/private`);
      expect(page.json()).toEqual({ sub: "ada" });
      expect(store.calls.filter(({ id, ...call }) => call.operation === operation && id.includes(handle))).not.toEqual(
        [],
      );
      expect(app.errors).toEqual([]);
      expect((await browser.fetch("/api")).json()).toEqual({ sub: "ada" });
      expect((await new Browser().fetch(`${app.url}/api`, { headers: before })).status).toBe(401);
    },
  );
});

describe("a session store that says nothing is there", () => {
  test.each(["undefined", "null", "ENOENT"] as const)("with %s is understood", async (absence) => {
    const store = new ScriptedStore();
    store.absence = absence;
    const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser, page } = await signIn();
    expect(page.json()).toEqual({ sub: "ada" });
    store.clear();
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await browser.get("/private")).json()).toEqual({ sub: "ada" });
    expect((await browser.get(`${app.url}/logout`)).status).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
  });
});
