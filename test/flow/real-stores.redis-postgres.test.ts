import { oidcOf, requireAuth } from "express-oidc";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { redisState } from "../../src/redis.js";
import type { AppRequest } from "../support/app.js";
import { postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { type RealStore, realStores, type StoreKind } from "../support/real-stores.js";
import { connectRedis, type RedisServer, startRedis } from "../support/redis-server.js";
import { answerWith, heldIn, type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";
import { holdBack } from "../support/signal.js";

let redis: RedisServer;
let client: Awaited<ReturnType<typeof connectRedis>>;

beforeAll(async () => {
  redis = await startRedis();
  client = await connectRedis(redis.url);
}, 60_000);

afterAll(async () => {
  client.destroy();
  await redis.close();
});

const handlesOf = (real: RealStore, ids: readonly string[]) => Promise.all(ids.map((id) => real.secondsLeft(id)));

describe.each(realStores)("with %s as session store", (_name, start) => {
  let kind: StoreKind;

  beforeAll(async () => {
    kind = await start();
  }, 60_000);

  afterAll(() => kind.close());

  /** A world over a store of this kind, which remembers the ids that it was given. */
  async function open(more: ScriptedWorldOptions = {}, withState = false) {
    const real = kind.create();
    const ids = new Set<string>();
    const store = new Proxy(real.store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          if (name === "set") ids.add(String(args[0]));
          return member.apply(target, args);
        };
      },
    });
    const options = {
      ...more.options,
      session: { ...more.options?.session, store },
      ...(withState && { state: redisState(client, { prefix: `${Math.random()}:` }) }),
    };
    const world = await startScriptedWorld({ ...more, options });
    const recordId = () => [...ids].find((id) => /^oidc-[\w-]{32}$/.test(id)) ?? "";
    const sessionId = () => [...ids].findLast((id) => !id.startsWith("oidc-")) ?? "";
    return { ...world, real, ids, recordId, sessionId };
  }

  test.each([false, true])(
    "a person logs in, is renewed, and logs out for good (Redis as state: %s)",
    async (withState) => {
      const clock = stopClock();
      const { app, provider, signIn, recordId, real } = await open({}, withState);
      const { browser, page } = await signIn();
      expect(page.json()).toEqual({ sub: "ada" });
      const before = heldIn(await browser.fetch("/held"));
      clock.advance(3700);
      expect((await browser.fetch("/token")).status).toBe(200);
      const after = heldIn(await browser.fetch("/held"));
      expect([after.accessToken === before.accessToken, after.refreshToken === before.refreshToken]).toEqual([
        false,
        false,
      ]);
      expect(provider.calls("refresh")).toBe(1);
      const headers = { cookie: browser.cookies.header(new URL(app.url)) };
      await browser.get(`${app.url}/logout`);
      expect((await new Browser().fetch(`${app.url}/api`, { headers })).status).toBe(401);
      expect(await real.secondsLeft(recordId())).toBeUndefined();
    },
  );

  test.each([false, true])("a logout token ends the login (Redis as state: %s)", async (withState) => {
    const { app, provider, signIn } = await open({}, withState);
    const { browser } = await signIn();
    expect(await postToken(app, provider.logoutToken())).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
    expect(await app.instance.logins("ada").list()).toEqual([]);
  });

  test("a slow request that writes the session last brings no login back", async () => {
    const held = holdBack((req: AppRequest) => {
      if (req.session !== undefined) req.session["cart"] = ["a book"];
      return { user: oidcOf(req).user?.sub };
    });
    const { app, signIn } = await open({
      routes: (testApp) => testApp.get("/slow", requireAuth(), answerWith(held.run)),
    });
    const { browser } = await signIn();
    const headers = { cookie: browser.cookies.header(new URL(app.url)) };
    const slow = new Browser().fetch(`${app.url}/slow`, { headers });
    await held.begun;
    await browser.get(`${app.url}/logout`);
    held.letGo();
    await slow;
    expect((await new Browser().fetch(`${app.url}/api`, { headers })).status).toBe(401);
  });

  test("session, record and list live as long as absoluteTimeout", async () => {
    const { signIn, recordId, sessionId, ids, real } = await open({
      options: { absoluteTimeout: 7200, idleTimeout: 3600 },
      needsReqSession: true,
    });
    await signIn();
    const list = [...ids].find((id) => id.startsWith("oidc-person-")) ?? "";
    for (const seconds of await handlesOf(real, [recordId(), sessionId(), list])) {
      expect(seconds).toBeGreaterThan(7100);
      expect(seconds).toBeLessThan(7203);
    }
  });

  test("a renewal does not make the record live longer", async () => {
    const { provider, signIn, recordId, real } = await open({ options: { absoluteTimeout: 7200, idleTimeout: 3600 } });
    provider.script.expiresIn = 2;
    const { browser } = await signIn();
    const before = (await real.secondsLeft(recordId())) ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await browser.fetch("/refresh");
    expect(provider.calls("refresh")).toBeGreaterThan(0);
    expect(await real.secondsLeft(recordId())).toBeLessThan(before - 0.5);
  });

  test("a login that is used lives on, one that is not used ends", async () => {
    const clock = stopClock();
    const { signIn } = await open({ options: { absoluteTimeout: 7200, idleTimeout: 600 } });
    const used = (await signIn()).browser;
    const idle = (await signIn()).browser;
    for (let minutes = 0; minutes < 12; minutes += 4) {
      clock.advance(240);
      expect((await used.fetch("/api")).status).toBe(200);
    }
    expect([(await used.fetch("/api")).status, (await idle.fetch("/api")).status]).toEqual([200, 401]);
  });
});
