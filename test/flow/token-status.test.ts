/**
 * What becomes of a login's tokens: the app asks the provider about them, and takes them back.
 * @module
 */
import { oidcOf, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import type { AppRequest, TestApp } from "../support/app.js";
import { postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { openWorld } from "../support/journey.js";
import type { Fault } from "../support/scripted/faults.js";
import {
  answerWith,
  failureIn,
  heldIn,
  type ScriptedWorldOptions,
  startScriptedWorld,
} from "../support/scripted-world.js";
import { holdBack } from "../support/signal.js";

type Kind = "access_token" | "refresh_token";

/** `/introspect` and `/revoke`, each also with a kind at its end; `/token` and `/refresh` as in every scripted world. */
function routes(app: TestApp): void {
  for (const kind of [undefined, "access_token", "refresh_token"] as const) {
    const end = kind === undefined ? "" : `/${kind}`;
    app.get(
      `/introspect${end}`,
      answerWith((req) => oidcOf(req).introspect(kind)),
    );
    app.get(
      `/revoke${end}`,
      answerWith(async (req) => ({ done: (await oidcOf(req).revoke(kind)) ?? true })),
    );
  }
}

const open = (options: ScriptedWorldOptions = {}) => startScriptedWorld({ ...options, routes });

describe("a real provider", () => {
  async function openReal() {
    const world = await openWorld({
      routes(app) {
        routes(app);
        app.get(
          "/refresh",
          requireAuth(),
          answerWith((req) => oidcOf(req).refresh()),
        );
      },
    });
    const browser = world.newBrowser();
    await world.signIn(browser);
    return { world, browser };
  }

  test("tells of the access token whose it is and how long it lives, and of the refresh token that it is good", async () => {
    const { browser } = await openReal();
    const now = Math.floor(Date.now() / 1000);
    expect((await browser.fetch("/introspect")).json()).toMatchObject({
      active: true,
      sub: "user-ada",
      client_id: "demo-app",
      scope: "openid profile email",
      exp: expect.toSatisfy((exp: number) => exp > now && exp <= now + 61),
    });
    expect((await browser.fetch("/introspect/refresh_token")).json()).toMatchObject({ active: true, sub: "user-ada" });
  });

  test("takes the refresh token back: then nothing is renewed any more, and the login is over", async () => {
    const { browser } = await openReal();
    expect((await browser.fetch("/revoke")).json()).toEqual({ done: true });
    expect((await browser.fetch("/introspect/refresh_token")).json()).toEqual({ active: false });
    expect((await browser.fetch("/api")).status).toBe(200);
    expect(failureIn(await browser.fetch("/refresh"))).toMatchObject({ code: "OIDC_SESSION_REFRESH_REJECTED" });
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("takes the access token back, too", async () => {
    const { browser } = await openReal();
    expect((await browser.fetch("/revoke/access_token")).status).toBe(200);
    expect((await browser.fetch("/introspect")).json()).toEqual({ active: false });
  });

  test("takes back twice what is gone already", async () => {
    const { browser } = await openReal();
    for (const _time of [1, 2]) expect((await browser.fetch("/revoke")).status).toBe(200);
  });
});

describe("a question about a token", () => {
  test.each<[string, "introspection" | "revocation", Kind | undefined, Kind]>([
    ["/introspect", "introspection", undefined, "access_token"],
    ["/introspect/access_token", "introspection", "access_token", "access_token"],
    ["/introspect/refresh_token", "introspection", "refresh_token", "refresh_token"],
    ["/revoke", "revocation", undefined, "refresh_token"],
    ["/revoke/access_token", "revocation", "access_token", "access_token"],
    ["/revoke/refresh_token", "revocation", "refresh_token", "refresh_token"],
  ])(
    "by %s goes to %s with that token, its kind (%s: %s) and the client's secret",
    async (path, endpoint, _asked, kind) => {
      const { provider, signIn } = await open();
      const { browser, page } = await signIn("/held");
      const held = heldIn(page);
      expect((await browser.fetch(path)).status).toBe(200);
      const { form, auth } = provider.lastCall(endpoint) ?? {};
      const token = kind === "access_token" ? held.accessToken : held.refreshToken;
      expect([form?.get("token"), form?.get("token_type_hint"), auth?.secret]).toEqual([
        token,
        kind,
        provider.clientSecret,
      ]);
    },
  );

  test("renews nothing, not even a token that has expired", async () => {
    const clock = stopClock();
    const { provider, signIn } = await open();
    const { browser, page } = await signIn("/held");
    clock.advance(3700);
    expect((await browser.fetch("/introspect")).status).toBe(200);
    expect((await browser.fetch("/revoke/access_token")).status).toBe(200);
    expect(provider.lastCall("introspection")?.form.get("token")).toBe(heldIn(page).accessToken);
    expect(provider.calls("refresh")).toBe(0);
  });
});

describe.each([
  ["introspect", "introspection"],
  ["revoke", "revocation"],
] as const)("req.oidc.%s()", (call, endpoint) => {
  test.each<[string, Fault, number, string]>([
    ["503", { status: 503 }, 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["a cut connection", "reset", 502, "OIDC_PROVIDER_UNREACHABLE"],
    ["silence", "silence", 504, "OIDC_PROVIDER_TIMEOUT"],
    ["a refused client", { status: 401, json: { error: "invalid_client" } }, 502, "OIDC_PROVIDER_REFUSED"],
  ])("names the provider's fault: %s", async (_what, fault, status, code) => {
    const { provider, signIn } = await open({ options: { http: { timeout: 0.5 } } });
    const { browser } = await signIn();
    provider.fail(endpoint, fault);
    expect(failureIn(await browser.fetch(`/${call}`))).toMatchObject({ status, code });
    expect((await browser.fetch("/api")).status).toBe(200);
    provider.heal();
    expect((await browser.fetch(`/${call}`)).status).toBe(200);
  });

  test("says that the provider has no such endpoint", async () => {
    const { provider, signIn } = await open();
    provider.script.metadata = { [`${endpoint}_endpoint`]: undefined };
    const { browser } = await signIn();
    expect(failureIn(await browser.fetch(`/${call}`))).toEqual({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringContaining(`${endpoint}_endpoint`),
    });
  });

  test("says 401 where nobody is signed in", async () => {
    const { app, provider } = await open();
    const answer = await fetch(`${app.url}/${call}`);
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: "OIDC_SESSION_MISSING" }]);
    expect(provider.calls(endpoint)).toBe(0);
  });

  test("says 401 where the login has ended meanwhile, and asks nobody", async () => {
    const held = holdBack(async (req: AppRequest) => (await oidcOf(req)[call]()) ?? {});
    const world = await startScriptedWorld({ routes: (app) => app.get("/late", requireAuth(), answerWith(held.run)) });
    const { browser } = await world.signIn();
    const late = browser.fetch("/late");
    await held.begun;
    await postToken(world.app, world.provider.logoutToken());
    held.letGo();
    expect(failureIn(await late)).toMatchObject({ status: 401, code: "OIDC_SESSION_ENDED" });
    expect(world.provider.calls(endpoint)).toBe(0);
  });

  test("says that there is no refresh token, where the login has none", async () => {
    const { provider, signIn } = await open();
    provider.script.refreshTokens = "none";
    const { browser } = await signIn();
    const failure = failureIn(await browser.fetch(`/${call}/refresh_token`));
    expect(failure).toMatchObject({ status: 401, code: "OIDC_TOKEN_EXPIRED" });
    expect(provider.calls(endpoint)).toBe(0);
    expect((await browser.fetch(`/${call}`)).status).toBe(200);
    expect(provider.lastCall(endpoint)?.form.get("token_type_hint")).toBe("access_token");
  });
});

test.each(["html", "half"] as const)(
  "an introspection that is answered with %s says nothing of the token",
  async (fault) => {
    const { provider, signIn } = await open();
    const { browser } = await signIn();
    provider.fail("introspection", fault);
    expect((await browser.fetch("/introspect")).status).toBe(502);
  },
);
