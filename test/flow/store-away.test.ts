import session from "express-session";
import { describe, expect, test } from "vitest";
import type { TestApp } from "../support/app.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { failureIn, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

const unavailable = { status: 503, code: "OIDC_STATE_UNAVAILABLE" };

/** Has the app mount a session of its own. */
function mounting(store: session.Store): (app: TestApp) => void {
  const own = session({ secret: "a secret of the app's own", resave: false, saveUninitialized: false, store });
  return (app) => app.use(own as never);
}

describe("a session store that says nothing", () => {
  test.each(["get", "set", "destroy"] as const)(
    "to %s is waited for one second, then the answer is 503",
    async (operation) => {
      const store = new ScriptedStore();
      const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
      const { browser } = await signIn();
      store.wait(operation, createSignal().given);
      const startedMs = performance.now();
      // a login writes, a logout removes, every page reads
      const answer = await (operation === "get" ? browser.fetch("/api") : browser.get(`${app.url}/logout`));
      expect(failureIn(answer)).toMatchObject(unavailable);
      expect(performance.now() - startedMs).toBeLessThan(2900);
      store.heal();
      expect((await browser.fetch("/api")).status).toBe(operation === "get" ? 200 : 401);
    },
  );

  test("any more answers nobody else until it is back, and then whoever comes first", async () => {
    const store = new ScriptedStore();
    const { signIn } = await startScriptedWorld({ options: { session: { store } } });
    const people = await Promise.all([signIn(), signIn(), signIn()]);
    const ask = async (at: number) => (await people[at]?.browser.fetch("/api"))?.status;
    expect(await Promise.all([ask(0), ask(1), ask(2)])).toEqual([200, 200, 200]);
    store.wait("get", createSignal().given);
    expect(await ask(0)).toBe(503);
    const before = store.calls.length;
    const probe = ask(0);
    await expect.poll(() => store.calls.length).toBeGreaterThan(before);
    const startedMs = performance.now();
    expect(await ask(1)).toBe(503);
    expect(performance.now() - startedMs).toBeLessThan(300);
    expect(await probe).toBe(503);
    store.heal();
    expect(await ask(2)).toBe(200);
  });

  test("while others are answered gets longer: it is only busy", async () => {
    const store = new ScriptedStore();
    const { app, signIn } = await startScriptedWorld({ options: { session: { store } } });
    const { browser: slow } = await signIn();
    const { browser: quick } = await signIn();
    const cookie = slow.cookies.header(new URL(app.url));
    const go = createSignal();
    const [id = ""] = /s%3A([\w-]+)/.exec(cookie)?.slice(1) ?? [];
    store.wait("get", go.given, new RegExp(`^${id}$`));
    const answer = slow.fetch("/api");
    for (let count = 0; count < 6; count += 1) {
      expect((await quick.fetch("/api")).status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    go.give();
    expect((await answer).status).toBe(200);
  });
});

describe("the app's own session whose store has lost its connection", () => {
  test("is 503 and no login, and everybody is there again with the connection", async () => {
    const store = new session.MemoryStore();
    const { app, provider, signIn } = await startScriptedWorld({ before: mounting(store), needsReqSession: true });
    const { browser } = await signIn();
    const logins = provider.calls("authorize");
    store.emit("disconnect");
    expect(failureIn(await browser.fetch("/api"))).toMatchObject(unavailable);
    const page = await browser.get(`${app.url}/private`);
    expect([failureIn(page).status, page.headers.getSetCookie()]).toEqual([503, []]);
    store.emit("connect");
    expect((await browser.fetch("/api")).status).toBe(200);
    expect(provider.calls("authorize")).toBe(logins);
  });

  test("is 503 and no login, too, where that was before the first request and the options name the store", async () => {
    const store = new session.MemoryStore();
    const { app, provider, signIn } = await startScriptedWorld({
      before: mounting(store),
      options: { session: { store } },
      needsReqSession: true,
    });
    store.emit("disconnect");
    const { browser, page } = await signIn();
    expect([failureIn(page), page.headers.getSetCookie()]).toMatchObject([unavailable, []]);
    expect(provider.calls("authorize")).toBe(0);
    store.emit("connect");
    expect((await browser.get(`${app.url}/private`)).status).toBe(200);
  });
});

describe("the session of auth() whose store has lost its connection before the first request", () => {
  test("is 503 and no login", async () => {
    const store = new session.MemoryStore();
    const { provider, signIn } = await startScriptedWorld({ options: { session: { store } } });
    store.emit("disconnect");
    expect(failureIn((await signIn()).page)).toMatchObject(unavailable);
    expect(provider.calls("authorize")).toBe(0);
  });

  test("leaves pages outside the path of its cookie as they are, where nobody is signed in anyway", async () => {
    const store = new session.MemoryStore();
    const options = { baseUrl: "https://shop.example/app", session: { store, cookie: { path: "/app" } } };
    const { app } = await startScriptedWorld({ options, needsReqSession: true });
    store.emit("disconnect");
    const [within, outside] = await Promise.all(["/app/", "/public"].map((path) => fetch(app.url + path)));
    expect([within?.status, outside?.status]).toEqual([503, 200]);
  });
});

describe("a store whose client nobody listens to", () => {
  test.each(["client", "pool"])("is refused at start with the line that mends it: %s", async (name) => {
    const { EventEmitter } = await import("node:events");
    const { auth } = await import("../../src/auth.js");
    const client = new EventEmitter();
    const store = Object.assign(new session.MemoryStore(), { [name]: client });
    const options = {
      issuer: "https://id.example",
      clientId: "app",
      clientSecret: "secret",
      baseUrl: "https://shop.example",
      secret: "0123456789abcdef0123456789abcdef",
      session: { store },
    };
    expect(() => auth(options)).toThrow(`${name}.on("error", (error) => console.error(error))`);
    client.on("error", () => undefined);
    expect(() => auth(options)).not.toThrow();
  });
});
