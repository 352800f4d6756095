/**
 * How an API asks its issuer about access tokens: how often, as whom, and what becomes of a call when there is no answer.
 * @module
 */
import { type IntrospectionOptions, type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type Api, type ApiOptions, codesOf, refusalIn, startApi, whatIsShown } from "../support/api-world.js";
import { sendJson } from "../support/app.js";
import { ask } from "../support/asking.js";
import { stopClock } from "../support/clock.js";
import type { Fault } from "../support/scripted/faults.js";
import { apiAudience, startScriptedProvider } from "../support/scripted-provider.js";
import { startScriptedWorld } from "../support/scripted-world.js";

const client = { clientId: "the-api", clientSecret: "what proves the API at its issuer" };

/** An API that has tokens introspected. */
function startIntrospecting(over: IntrospectionOptions = {}, guard: RequireBearerOptions = {}) {
  return startApi({ guard: { introspection: { ...client, ...over }, ...guard } });
}

/** Calls so often with the same token. @returns how often the issuer was asked for that. */
async function asksFor({ call, issuer }: Api, token: string, times: number) {
  const before = issuer.calls("introspection");
  for (let done = 0; done < times; done += 1) await call(token);
  return issuer.calls("introspection") - before;
}

describe("a token that is good", () => {
  test.each<[options: IntrospectionOptions, seconds: number]>([
    [{}, 30],
    [{ cacheFor: 5 }, 5],
    [{ cacheFor: 120 }, 120],
  ])("is known for a while, and then asked about again: %o, %i seconds", async (options, seconds) => {
    const clock = stopClock();
    const api = await startIntrospecting(options);
    const token = api.issuer.opaqueToken();
    expect(await asksFor(api, token, 3)).toBe(1);
    clock.advance(seconds - 1);
    expect(await asksFor(api, token, 1)).toBe(0);
    clock.advance(1);
    expect(await asksFor(api, token, 1)).toBe(1);
  });

  test("is known until it expires at most", async () => {
    const clock = stopClock();
    const api = await startIntrospecting();
    const token = api.issuer.opaqueToken({ exp: clock.now() + 10 });
    expect(await asksFor(api, token, 2)).toBe(1);
    clock.advance(10);
    expect(await asksFor(api, token, 2)).toBe(2);
    clock.advance(30);
    expect((await api.call(token)).status).toBe(401);
  });

  test.each<[options: IntrospectionOptions, guard: RequireBearerOptions]>([
    [{ cacheFor: 0 }, {}],
    [{}, { cache: 0 }],
  ])("is asked about each time with %o %o", async (options, guard) => {
    const api = await startIntrospecting(options, guard);
    expect(await asksFor(api, api.issuer.opaqueToken(), 3)).toBe(3);
  });

  test("is not forgotten for made-up ones, only for other good ones", async () => {
    const api = await startIntrospecting({}, { cache: 2 });
    const good = api.issuer.opaqueToken();
    await api.call(good);
    for (const made of ["a", "b", "c"]) await api.call(made);
    expect(await asksFor(api, good, 1)).toBe(0);
    for (const _other of [1, 2]) await api.call(api.issuer.opaqueToken());
    expect(await asksFor(api, good, 1)).toBe(1);
  });

  test("is asked about once for all calls that bring it at once", async () => {
    let arrived = 0;
    const before: ApiOptions["before"] = (app) =>
      app.use((_req, _res, next) => {
        arrived += 1;
        next();
      });
    const { call, issuer } = await startApi({ before, guard: { introspection: { ...client, cacheFor: 0 } } });
    const held = issuer.hold("introspection");
    const token = issuer.opaqueToken();
    const calls = Array.from({ length: 20 }, () => call(token));
    await expect.poll(() => arrived).toBe(20);
    held.release();
    expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(issuer.calls("introspection")).toBe(1);
  });
});

describe("a token that is refused", () => {
  test.each<[options: IntrospectionOptions, seconds: number]>([
    [{}, 5],
    [{ negativeFor: 60 }, 60],
  ])("is known for a short while: %o, %i seconds", async (options, seconds) => {
    const clock = stopClock();
    const api = await startIntrospecting(options);
    for (const token of ["made-up", api.issuer.opaqueToken({ aud: "https://other.example.org" })]) {
      expect(await asksFor(api, token, 3)).toBe(1);
    }
    api.issuer.opaqueToken({}, "made-up");
    clock.advance(seconds - 1);
    expect((await api.call("made-up")).status).toBe(401);
    clock.advance(1);
    expect((await api.call("made-up")).status).toBe(200);
  });

  test.each<[options: IntrospectionOptions, guard: RequireBearerOptions]>([
    [{ negativeFor: 0 }, {}],
    [{}, { cache: 0 }],
  ])("is asked about each time with %o %o", async (options, guard) => {
    expect(await asksFor(await startIntrospecting(options, guard), "made-up", 3)).toBe(3);
  });
});

describe("an issuer that does not answer", () => {
  test.each<[what: string, fault: Fault, code: string]>([
    ["is overloaded", { status: 503 }, "OIDC_PROVIDER_UNAVAILABLE"],
    ["has failed", { status: 500, json: { error: "server_error" } }, "OIDC_PROVIDER_UNAVAILABLE"],
    ["limits the rate", { status: 429 }, "OIDC_PROVIDER_UNAVAILABLE"],
    ["cuts the connection", "reset", "OIDC_PROVIDER_UNREACHABLE"],
    ["breaks off", "half", "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["goes silent in the middle", "stall", "OIDC_PROVIDER_TIMEOUT"],
    ["says nothing", "silence", "OIDC_PROVIDER_TIMEOUT"],
    ["shows a page", "html", "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["sends elsewhere", { status: 302, headers: { location: "/" } }, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["calls a token active in a text", { status: 200, json: { active: "true" } }, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["calls it 1", { status: 200, json: { active: 1 } }, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["does not say whether it is active", { status: 200, json: { sub: "ada" } }, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["answers with a list", { status: 200, json: [{ active: true }] }, "OIDC_PROVIDER_RESPONSE_INVALID"],
  ])("(it %s) makes calls 503, to be tried again, and the next answer counts", async (_what, fault, code) => {
    const { call, issuer, errors } = await startIntrospecting({}, { http: { timeout: 0.5 } });
    const token = issuer.opaqueToken();
    issuer.fail("introspection", fault);
    const answer = await call(token);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(answer.headers.get("www-authenticate")).toBeNull();
    expect(codesOf(errors)).toEqual([code]);
    issuer.heal();
    expect((await call(token)).status).toBe(200);
  });

  test("does not stop calls with tokens that are known, nor with JWTs", async () => {
    const { call, issuer } = await startIntrospecting();
    const [token, jwt] = [issuer.opaqueToken(), await issuer.accessToken()];
    await call(token);
    issuer.fail("introspection", { status: 503 });
    expect((await call(token)).status).toBe(200);
    expect((await call(jwt)).status).toBe(200);
  });

  test("for it is away makes calls 503, also where nothing is known of it yet, and is asked again after five seconds", async () => {
    const clock = stopClock();
    const { call, issuer } = await startIntrospecting();
    const token = issuer.opaqueToken();
    await issuer.stop();
    expect((await call(token)).status).toBe(503);
    await issuer.start();
    clock.advance(5);
    expect((await call(token)).status).toBe(200);
  });

  test("names what it was told only to the app, and never the token", async () => {
    const { call, issuer, errors } = await startIntrospecting();
    issuer.fail("introspection", { status: 200, text: "{", headers: { "content-type": "application/json" } });
    const answer = await call("a-token-that-nobody-may-see");
    const all = `${answer.body} ${errors.map((error) => (error as Error).stack).join()}`;
    expect(all).not.toContain("a-token-that-nobody-may-see");
    expect(all).not.toContain(client.clientSecret);
  });
});

describe("an issuer that refuses", () => {
  test("this API itself is told to the app's error handler, for no caller can mend it", async () => {
    const { call, issuer, errors } = await startIntrospecting();
    issuer.fail("introspection", { status: 401, json: { error: "invalid_client" } });
    const answer = await call(issuer.opaqueToken());
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([502, null]);
    expect(errors).toMatchObject([{ code: "OIDC_PROVIDER_REFUSED", error: "invalid_client" }]);
  });

  test("to answer for tokens of a kind refuses the token", async () => {
    const api = await startIntrospecting();
    api.issuer.fail("introspection", { status: 400, json: { error: "unsupported_token_type" } });
    expect(refusalIn(await api.call("e30"))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining("its issuer answers for no tokens of its kind"),
    });
    expect(await asksFor(api, "e30", 2)).toBe(0);
  });

  test("introspection altogether, having no endpoint for it, is told to the app", async () => {
    const { call, issuer, errors } = await startIntrospecting();
    issuer.script.metadata = { introspection_endpoint: undefined };
    expect((await call(issuer.opaqueToken())).status).toBe(502);
    expect(errors).toMatchObject([{ message: expect.stringContaining("names no introspection_endpoint") }]);
  });
});

describe("what is not passed on to the issuer", () => {
  test.each(["two tokens", "t\u00e4glich", "<script>", "a,b", '"quoted"'])("is what is no token: %s", async (token) => {
    const { ask: asks, issuer } = await startIntrospecting();
    const headers = { authorization: `Bearer ${Buffer.from(token).toString("latin1")}` };
    expect(refusalIn(await asks({ headers }))).toMatchObject({ status: 400, code: "OIDC_BEARER_MALFORMED" });
    expect(issuer.calls("introspection")).toBe(0);
  });

  test("is a token of more than 8192 characters", async () => {
    const { call, issuer } = await startIntrospecting();
    expect((await call(issuer.opaqueToken({}, "a".repeat(8192)))).status).toBe(200);
    expect(refusalIn(await call(issuer.opaqueToken({}, "a".repeat(8193))))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining("it is too long"),
    });
    expect(issuer.calls("introspection")).toBe(1);
  });

  test("is one of more than 200 at once", async () => {
    const { call, issuer, errors } = await startIntrospecting({}, { http: { timeout: 30 } });
    const held = issuer.hold("introspection");
    const waiting = Array.from({ length: 200 }, () => call(issuer.opaqueToken()));
    await expect.poll(() => issuer.calls("introspection"), { timeout: 10_000 }).toBe(200);
    expect((await call(issuer.opaqueToken())).status).toBe(503);
    expect(codesOf(errors)).toEqual(["OIDC_PROVIDER_UNAVAILABLE"]);
    held.release();
    expect(new Set((await Promise.all(waiting)).map(({ status }) => status))).toEqual(new Set([200]));
    expect((await call(issuer.opaqueToken())).status).toBe(200);
  });
});

describe("the client that asks", () => {
  const secret = client.clientSecret;
  test.each<[what: string, options: IntrospectionOptions, metadata: Record<string, unknown>, method: string]>([
    ["as it is told: Basic", { clientAuth: "client_secret_basic" }, {}, "client_secret_basic"],
    ["as it is told: in the form", { clientAuth: "client_secret_post" }, {}, "client_secret_post"],
    [
      "as the issuer wants it for introspection",
      {},
      { introspection_endpoint_auth_methods_supported: ["client_secret_post"] },
      "client_secret_post",
    ],
    [
      "as the issuer wants it for tokens, where it says no more",
      {},
      { token_endpoint_auth_methods_supported: ["client_secret_post"] },
      "client_secret_post",
    ],
  ])("proves itself %s", async (_what, options, metadata, method) => {
    const { call, issuer } = await startIntrospecting(options);
    issuer.script.metadata = metadata;
    expect((await call(issuer.opaqueToken())).status).toBe(200);
    expect(issuer.lastCall("introspection")?.auth).toEqual({ method, id: client.clientId, secret });
  });

  test('proves nothing with clientAuth: "none"', async () => {
    const issuer = await startScriptedProvider();
    const introspection = { clientId: "the-api", clientAuth: "none" } as const;
    const { call } = await startApi({ issuer, guard: { introspection } });
    expect((await call(issuer.opaqueToken())).status).toBe(200);
    expect(issuer.lastCall("introspection")?.auth).toEqual({ method: "none", id: "the-api", secret: null });
  });

  test("needs no keys of an issuer whose metadata the app holds, where all tokens are asked about", async () => {
    const issuer = await startScriptedProvider();
    const endpoints = ["authorize", "token", "introspect"].map((path) => `${issuer.issuer}/${path}`);
    const [authorization_endpoint = "", token_endpoint = "", introspection_endpoint] = endpoints;
    const metadata = { issuer: issuer.issuer, authorization_endpoint, token_endpoint, introspection_endpoint };
    const { call } = await startApi({
      issuer,
      guard: { issuer: metadata, introspection: { ...client, tokens: "all" } },
    });
    expect((await call(issuer.opaqueToken())).status).toBe(200);
    expect(issuer.calls("discovery") + issuer.calls("jwks")).toBe(0);
  });
});

describe("behind auth() and without an issuer of its own, a guard", () => {
  async function startBehindAuth(introspection: true | IntrospectionOptions) {
    const guard = requireBearer({ audience: apiAudience, introspection });
    const world = await startScriptedWorld({
      routes: (app) => app.get("/bearer", guard, (req, res) => sendJson(res, whatIsShown(req))),
    });
    const call = (token: string) => ask(`${world.app.url}/bearer`, { headers: { authorization: `Bearer ${token}` } });
    return { ...world, call };
  }

  test.each([true, { cacheFor: 0 }] as const)(
    "asks the provider of that login as its client, with %o",
    async (introspection) => {
      const { provider, call } = await startBehindAuth(introspection);
      expect((await call(provider.opaqueToken())).json()).toMatchObject({ sub: "ada" });
      expect((await call(await provider.accessToken())).status).toBe(200);
      expect(refusalIn(await call("made-up"))).toMatchObject({ status: 401 });
      const { clientId: id, clientSecret: secret } = provider;
      expect(provider.lastCall("introspection")?.auth).toEqual({ method: "client_secret_basic", id, secret });
      expect(provider.calls("discovery")).toBe(1);
    },
  );

  test("may ask as a client of its own", async () => {
    const { provider, call } = await startBehindAuth(client);
    expect((await call(provider.opaqueToken())).status).toBe(200);
    expect(provider.lastCall("introspection")?.auth.id).toBe("the-api");
  });
});
