import express from "express";
import { MemoryStore } from "express-session";
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import type { AuthOptions, LogoutEvent } from "../../src/options.js";
import { createMemoryState } from "../../src/state/memory.js";
import { post, postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { signInEach, startTwo, statuses } from "../support/processes.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";
import { createSignal } from "../support/signal.js";

const sessionOf = (sid: string, sub = "ada") => ({ sub, name: sub, sid });

async function signInOne({ provider, signIn }: ScriptedWorld): Promise<Browser> {
  provider.script.person = sessionOf("s1");
  return (await signIn()).browser;
}

describe("a logout token", () => {
  test("with a sid ends the logins of that session at the provider, and no other", async () => {
    const world = await startScriptedWorld();
    const browsers = await signInEach(world, [sessionOf("s1"), sessionOf("s2"), sessionOf("s3", "alan")]);
    expect(await postToken(world.app, world.provider.logoutToken(sessionOf("s1")))).toBe(200);
    expect(await statuses(browsers, world)).toEqual([401, 200, 200]);
  });

  test("with a sid alone does the same", async () => {
    const world = await startScriptedWorld();
    const browsers = await signInEach(world, [sessionOf("s1"), sessionOf("s2")]);
    expect(await postToken(world.app, world.provider.logoutToken({ sub: undefined, sid: "s2" }))).toBe(200);
    expect(await statuses(browsers, world)).toEqual([200, 401]);
  });

  test("with a sub alone ends all logins of that person, and no other's", async () => {
    const world = await startScriptedWorld();
    const browsers = await signInEach(world, [sessionOf("s1"), sessionOf("s2"), sessionOf("s3", "alan")]);
    expect(await postToken(world.app, world.provider.logoutToken({ sub: "ada", sid: undefined }))).toBe(200);
    expect(await statuses(browsers, world)).toEqual([401, 401, 200]);
  });

  test("with a sid ends every login of a person whose ID tokens name none", async () => {
    const world = await startScriptedWorld();
    world.provider.script.idToken = { sid: undefined };
    const browsers = await signInEach(world, [sessionOf("s1"), sessionOf("s2"), sessionOf("s3", "alan")]);
    expect(await postToken(world.app, world.provider.logoutToken(sessionOf("s1")))).toBe(200);
    expect(await statuses(browsers, world)).toEqual([401, 401, 200]);
  });

  test("of a stranger's session ends nothing", async () => {
    const world = await startScriptedWorld();
    const browsers = await signInEach(world, [sessionOf("s1")]);
    for (const claims of [sessionOf("s9"), sessionOf("s1", "alan"), { sub: "alan", sid: undefined }]) {
      expect(await postToken(world.app, world.provider.logoutToken(claims))).toBe(200);
    }
    expect(await statuses(browsers, world)).toEqual([200]);
  });

  test("leaves a login that the provider issued after it", async () => {
    const clock = stopClock();
    const world = await startScriptedWorld();
    const before = await signInOne(world);
    const token = await world.provider.logoutToken({ sub: "ada", sid: undefined });
    clock.advance(2);
    const after = await signInOne(world);
    expect(await postToken(world.app, token)).toBe(200);
    expect(await statuses([before, after], world)).toEqual([401, 200]);
  });

  test("leaves whoever logs in again afterwards signed in, with tokens that renew", async () => {
    const clock = stopClock();
    const world = await startScriptedWorld();
    const browser = await signInOne(world);
    expect(await postToken(world.app, world.provider.logoutToken({ sub: "ada", sid: undefined }))).toBe(200);
    clock.advance(0.01);
    await browser.get(`${world.app.url}/private`);
    clock.advance(3700);
    expect((await browser.fetch("/token")).status).toBe(200);
  });

  test("is answered where body parsers stand before", async () => {
    for (const parser of [express.urlencoded(), express.json(), express.text({ type: "*/*" })]) {
      const world = await startScriptedWorld({ before: (app) => app.use(parser) });
      const browsers = await signInEach(world, [sessionOf("s1")]);
      expect(await postToken(world.app, world.provider.logoutToken(sessionOf("s1")))).toBe(200);
      expect(await statuses(browsers, world)).toEqual([401]);
    }
  });

  test.each(["set", "get"] as const)(
    "that can't be carried out because the store can't %s is 503, and may come again",
    async (verb) => {
      const store = new ScriptedStore();
      const world = await startScriptedWorld({ options: { session: { store } } });
      const browsers = await signInEach(world, [sessionOf("s1")]);
      const token = await world.provider.logoutToken(sessionOf("s1"));
      store.fail(verb, /^oidc-/);
      const { status, body, headers } = await post(world.app, { logout_token: token });
      expect([status, body?.["error"], headers.get("cache-control")]).toEqual([
        503,
        "temporarily_unavailable",
        "no-store",
      ]);
      store.heal();
      expect(await postToken(world.app, token)).toBe(200);
      expect(await statuses(browsers, world)).toEqual([401]);
    },
  );
});

describe.each<[string, () => Partial<AuthOptions>]>([
  ["the session store alone", () => ({ session: { store: new MemoryStore() } })],
  ["session store and state", () => ({ session: { store: new MemoryStore() }, state: createMemoryState() })],
])("a second process that shares %s", (_what, shared) => {
  test.each([sessionOf("s1"), { sub: undefined, sid: "s1" }, { sub: "ada", sid: undefined }])(
    "refuses the login with the next request: %j",
    async (claims) => {
      const { first, second } = await startTwo({ options: shared() });
      const browsers = await signInEach(first, [sessionOf("s1"), sessionOf("s2", "alan")]);
      expect(await statuses(browsers, second)).toEqual([200, 200]);
      expect(await postToken(first.app, first.provider.logoutToken(claims))).toBe(200);
      expect(await statuses(browsers, second)).toEqual([401, 200]);
    },
  );

  test("takes no token that the first one has taken", async () => {
    const { first, second } = await startTwo({ options: shared() });
    const token = await first.provider.logoutToken();
    expect(await postToken(first.app, token)).toBe(200);
    expect(await postToken({ baseUrl: second.app.url }, token)).toBe(400);
  });
});

describe("a request under way during a logout token", () => {
  test("does not bring the login back by a renewal", async () => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const browser = await signInOne(world);
    clock.advance(3700);
    const held = world.provider.hold("refresh");
    const renewing = browser.fetch("/token");
    await held.arrived;
    expect(await postToken(world.app, world.provider.logoutToken(sessionOf("s1")))).toBe(200);
    held.release();
    expect((await renewing).status).toBe(401);
    expect((await store.ids()).filter((id) => id.startsWith("oidc-"))).toEqual([]);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test.each([
    ["with a sid", sessionOf("s1")],
    ["with a sid alone", { sub: undefined, sid: "s1" }],
    ["with a sub alone", { sub: "ada", sid: undefined }],
  ])("does not finish a login that the provider issued before: %s", async (_what, claims) => {
    const arrived = createSignal();
    const go = createSignal();
    const world = await startScriptedWorld({
      options: {
        onLogin: async () => {
          arrived.give();
          await go.given;
        },
      },
    });
    world.provider.script.person = sessionOf("s1");
    const signingIn = world.signIn("/private");
    await arrived.given;
    expect(await postToken(world.app, world.provider.logoutToken(claims))).toBe(200);
    go.give();
    const { browser, page } = await signingIn;
    expect(page.status).toBe(401);
    expect((await browser.fetch("/api")).status).toBe(401);
  });
});

describe("a login that is missing from its person's list", () => {
  test("is ended by a logout token with its next noted use", async () => {
    const clock = stopClock();
    const store = new ScriptedStore();
    const world = await startScriptedWorld({ options: { session: { store } } });
    const browser = await signInOne(world);
    const list = (await store.ids()).find((id) => id.startsWith("oidc-person-")) ?? "";
    await new Promise((resolve) => store.destroy(list, resolve));
    expect(await postToken(world.app, world.provider.logoutToken({ sub: "ada", sid: undefined }))).toBe(200);
    clock.advance(61);
    await browser.fetch("/api");
    await expect.poll(async () => (await browser.fetch("/api")).status).toBe(401);
  });
});

describe("what follows a logout token", () => {
  test("onLogout is told of each login that has ended", async () => {
    const told: LogoutEvent[] = [];
    const world = await startScriptedWorld({ options: { onLogout: (event) => void told.push(event) } });
    await signInEach(world, [sessionOf("s1"), sessionOf("s2")]);
    await postToken(world.app, world.provider.logoutToken({ sub: "ada", sid: undefined }));
    expect(told.map(({ by, user, req }) => [by, user.sub, req?.url])).toEqual([
      ["backchannel", "ada", "/backchannel-logout"],
      ["backchannel", "ada", "/backchannel-logout"],
    ]);
  });

  test.each([
    [true, 1],
    [false, 0],
  ])("with revokeOnLogout %s the refresh token is revoked %d times", async (revokeOnLogout, times) => {
    const world = await startScriptedWorld({ options: { revokeOnLogout } });
    const browser = await signInOne(world);
    const { refreshToken } = (await browser.fetch("/held")).json() as { refreshToken: string };
    await postToken(world.app, world.provider.logoutToken(sessionOf("s1")));
    await world.app.instance.close();
    expect(world.provider.calls("revocation")).toBe(times);
    const form = world.provider.lastCall("revocation")?.form;
    expect([form?.get("token"), form?.get("token_type_hint")]).toEqual(
      times === 1 ? [refreshToken, "refresh_token"] : [undefined, undefined],
    );
  });
});
