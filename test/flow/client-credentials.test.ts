/**
 * Tokens for a program itself: kept until shortly before they expire, asked for once however many want them.
 * @module
 */
import type { ClientCredentialsRequest, ClientOptions } from "express-oidc";
import { describe, expect, test } from "vitest";
import { failureOf, startClient } from "../support/client-world.js";
import { stopClock } from "../support/clock.js";
import { startScriptedWorld } from "../support/scripted-world.js";

async function start(options: ClientOptions = {}) {
  const clock = stopClock();
  const { client, provider } = await startClient(options);
  return {
    clock,
    provider,
    ask: (request?: ClientCredentialsRequest) => client.clientCredentials(request),
    calls: () => provider.calls("grant"),
  };
}

describe("a token for this program", () => {
  test("is asked for with the client's secret, and says what it is good for", async () => {
    const { ask, clock, provider } = await start();
    const tokens = await ask({ scope: "reports:read", resource: "https://api.example", params: { audience: "api" } });
    expect(tokens).toMatchObject({
      accessToken: expect.stringMatching(/^at-/),
      tokenType: "Bearer",
      scope: "reports:read",
      expiresAt: clock.now() + 3600,
      refreshToken: undefined,
      idToken: undefined,
      claims: undefined,
    });
    const { form, auth } = provider.lastCall("grant") ?? {};
    expect(Object.fromEntries(form ?? [])).toEqual({
      grant_type: "client_credentials",
      scope: "reports:read",
      resource: "https://api.example",
      audience: "api",
    });
    expect(auth).toMatchObject({ method: "client_secret_basic", secret: provider.clientSecret });
  });

  test("needs no request: then the provider decides what it is for", async () => {
    const { ask, provider } = await start();
    expect((await ask()).scope).toBeUndefined();
    expect([...(provider.lastCall("grant")?.form.keys() ?? [])]).toEqual(["grant_type"]);
  });

  test("is one for 100 who ask at once, and for all who come while it is good", async () => {
    const { ask, calls, clock } = await start();
    const all = await Promise.all(Array.from({ length: 100 }, () => ask({ scope: "a" })));
    clock.advance(3500);
    expect(new Set([...all, await ask({ scope: "a" })]).size).toBe(1);
    expect(calls()).toBe(1);
  });

  test("is apart for each scope, resource and set of parameters, however they are written", async () => {
    const { ask, calls } = await start();
    const requests: ClientCredentialsRequest[] = [
      {},
      { scope: "a b" },
      { scope: "a" },
      { resource: "https://a.example" },
      { resource: ["https://a.example", "https://b.example"] },
      { params: { audience: "x", y: 1 } },
      { params: { audience: "x" } },
    ];
    for (const request of requests) await ask(request);
    expect(calls()).toBe(requests.length);
    await ask({ scope: "b  a b" });
    await ask({ resource: ["https://b.example", "https://a.example"] });
    await ask({ params: { y: "1", audience: "x", none: undefined } });
    expect(calls()).toBe(requests.length);
  });

  test.each([
    [3600, 60, 3539, 1],
    [3600, 60, 3540, 2],
    [40, 60, 19, 1],
    [40, 60, 20, 2],
    [3600, 600, 2999, 1],
    [3600, 600, 3000, 2],
  ])(
    "of %i seconds is, with a leeway of %i, after %i seconds one of %i: never more than half of its life ahead",
    async (life, leeway, age, count) => {
      const { ask, calls, clock, provider } = await start({ renew: { leeway } });
      provider.script.expiresIn = life;
      await ask();
      clock.advance(age);
      await ask();
      expect(calls()).toBe(count);
    },
  );

  test("without an end is not kept, but serves all who ask at once", async () => {
    const { ask, calls, provider } = await start();
    provider.script.expiresIn = undefined;
    const [one, other] = await Promise.all([ask(), ask()]);
    expect([one, one.expiresAt, calls()]).toEqual([other, undefined, 1]);
    await ask();
    expect(calls()).toBe(2);
  });

  test("that an API has refused is replaced on demand, once for all who demand it", async () => {
    const { ask, calls } = await start();
    const first = await ask();
    const fresh = await Promise.all([ask({ force: true }), ask({ force: true }), ask()]);
    expect(new Set(fresh).size).toBe(1);
    expect([fresh[0] === first, calls()]).toEqual([false, 2]);
    expect(await ask()).toBe(fresh[0]);
  });

  test("is not kept without bounds: the oldest goes first", async () => {
    const { ask, calls } = await start();
    await ask({ scope: "s0" });
    const askFor = (numbers: readonly number[]) => Promise.all(numbers.map((number) => ask({ scope: `s${number}` })));
    for (let from = 1; from <= 1000; from += 50) await askFor(Array.from({ length: 50 }, (_, index) => from + index));
    await ask({ scope: "s1000" });
    expect(calls()).toBe(1001);
    await ask({ scope: "s0" });
    expect(calls()).toBe(1002);
  });
});

describe("a token for this program, with a provider in trouble", () => {
  test("stays in use as long as it is good", async () => {
    const { ask, calls, clock, provider } = await start();
    const first = await ask();
    provider.fail("grant", { status: 503 });
    clock.advance(3550);
    expect(await ask()).toBe(first);
    clock.advance(60);
    expect((await failureOf(ask())).code).toBe("OIDC_PROVIDER_UNAVAILABLE");
    expect(calls()).toBe(3);
  });

  test("is renewed by one request in five seconds while the old one is good", async () => {
    const { ask, calls, clock, provider } = await start();
    const first = await ask();
    provider.fail("grant", { status: 503 });
    clock.advance(3550);
    for (const _time of [1, 2, 3]) expect(await ask()).toBe(first);
    expect(calls()).toBe(2);
    provider.heal();
    clock.advance(5);
    expect(await ask()).not.toBe(first);
    expect(calls()).toBe(3);
  });

  test("is asked for anew by each call once there is none: no failure is kept", async () => {
    const { ask, calls, provider } = await start();
    provider.fail("grant", { status: 503 });
    for (const _time of [1, 2]) {
      const failure = await failureOf(ask());
      expect(failure).toMatchObject({ code: "OIDC_PROVIDER_UNAVAILABLE", retryable: true });
      expect(failure.message).toContain("There is no token until it can.");
    }
    provider.heal();
    await ask();
    expect(calls()).toBe(3);
  });

  test("is not got by force either: the refused one does not come back", async () => {
    const { ask, provider } = await start();
    await ask();
    provider.fail("grant", { status: 503 });
    for (const force of [true, true, false])
      expect((await failureOf(ask({ force }))).code).toBe("OIDC_PROVIDER_UNAVAILABLE");
  });

  test("is refused for one scope alone", async () => {
    const { ask, calls } = await start();
    const failure = await failureOf(ask({ scope: "forbidden" }));
    expect(failure).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error: "invalid_scope", retryable: false });
    expect(failure.message).toContain("Ask for a scope");
    await ask({ scope: "allowed" });
    expect(calls()).toBe(2);
  });

  test.each([
    ["of a type that nobody knows", { token_type: "mac" }],
    ["bound to a key that we do not have", { token_type: "DPoP" }],
    ["of no type", { token_type: undefined }],
    ["that is none", { access_token: undefined }],
    ["with an end that is no time", { expires_in: "soon" }],
  ])("%s is not used", async (_what, granted) => {
    const { ask, provider } = await start();
    provider.script.granted = granted;
    expect((await failureOf(ask())).code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });
});

describe("a request for such a token that can't be right", () => {
  test.each<[string, object, RegExp]>([
    ["resource", { resource: "api" }, /clientCredentials\(\) resource: must be an absolute URI/],
    ["resource", { resource: "https://api.example#part" }, /without fragment/],
    ["resource", { resource: [] }, /clientCredentials\(\) resource/],
    ["scope", { scope: " " }, /clientCredentials\(\) scope: must be a text/],
    ["scope", { scope: ["a"] }, /clientCredentials\(\) scope/],
    ["params", { params: { client_secret: "x" } }, /params\.client_secret: is set by the client itself/],
    ["params", { scope: "a", params: { scope: "b" } }, /params\.scope: is sent already/],
    [
      "params",
      { resource: "https://a.example", params: { resource: "https://b.example" } },
      /params\.resource: is sent/,
    ],
    ["params", { params: { odd: () => 1 } }, /params\.odd: must be a text/],
    ["params", { params: "audience=x" }, /params: must be an object/],
  ])("names its %s: %o", async (_name, request, message) => {
    const { ask, calls } = await start();
    const failure = await failureOf(ask(request));
    expect([failure.code, failure.message, calls()]).toEqual(["OIDC_OPTIONS", expect.stringMatching(message), 0]);
  });

  test("is that of a public client", async () => {
    const { ask, calls } = await start({ clientAuth: "none" });
    const failure = await failureOf(ask());
    expect([failure.message, calls()]).toEqual([expect.stringContaining("confidential"), 0]);
  });
});

describe("the client of an app", () => {
  test("gets such tokens without any request", async () => {
    const { app, provider } = await startScriptedWorld();
    const { client } = app.instance;
    expect(await client.clientCredentials()).toBe(await client.clientCredentials());
    expect([provider.calls("grant"), provider.calls("discovery")]).toEqual([1, 1]);
  });
});
