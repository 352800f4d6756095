/**
 * `req.oidc.fetch()` and `client.fetch()`: an API is called with an access token, which goes nowhere else.
 * @module
 */
import { type AuthOptions, createClient, oidcOf } from "express-oidc";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { failureOf, startClient } from "../support/client-world.js";
import { stopClock } from "../support/clock.js";
import { type NotedCall, startService } from "../support/noting-service.js";
import { answerWith, failureIn, startScriptedWorld } from "../support/scripted-world.js";

type Call = (fetchApi: ReturnType<typeof oidcOf>["fetch"]) => unknown;

/** An app whose route `/call` does what a test says, for somebody who is signed in. */
async function startCaller(call: Call, options: Partial<AuthOptions> = {}) {
  const world = await startScriptedWorld({
    options,
    routes: (app) =>
      app.get(
        "/call",
        answerWith((req) => call((...sent) => oidcOf(req).fetch(...sent))),
      ),
  });
  const { script } = world.provider;
  if (options.dpop !== undefined) script.tokens = script.renewedTokens = { token_type: "DPoP" };
  const { browser } = await world.signIn();
  return { ...world, script, browser, call: () => browser.get(`${world.app.baseUrl}/call`) };
}

const schemeOf = ({ headers }: NotedCall) => headers.authorization?.split(" ")[0];
const nonceOf = ({ headers }: NotedCall) => decodeJwt(String(headers["dpop"]))["nonce"];

describe("a call of an API for a login", () => {
  test("brings the access token as Bearer, whatever the caller wrote there, and all else as fetch does", async () => {
    const service = await startService();
    const { call } = await startCaller(async (fetchApi) => {
      const headers = { authorization: "Basic eDp5", dpop: "x", "x-own": "kept" };
      const body = new URLSearchParams({ article: "42" });
      return (await fetchApi(`${service.url}/orders?page=1`, { method: "post", headers, body })).status;
    });
    expect((await call()).json()).toBe(200);
    const { headers, ...rest } = service.calls[0] as NotedCall;
    expect(rest).toEqual({ method: "POST", path: "/orders?page=1", body: "article=42" });
    expect(headers).toMatchObject({
      authorization: expect.stringMatching(/^Bearer at-/),
      "content-type": expect.stringContaining("x-www-form-urlencoded"),
      "x-own": "kept",
    });
    expect(headers["dpop"]).toBeUndefined();
  });

  test("renews the token first when it is due", async () => {
    const clock = stopClock();
    const service = await startService();
    const { call, provider } = await startCaller(async (fetchApi) => (await fetchApi(service.url)).status);
    await call();
    clock.advance(3600);
    await call();
    expect(provider.calls("refresh")).toBe(1);
    const [first, second] = service.calls.map(({ headers }) => headers.authorization);
    expect(first).not.toBe(second);
  });

  test("brings another token of the login where that is meant", async () => {
    const service = await startService();
    const target = { resource: "https://orders.example" };
    const { call, provider } = await startCaller(async (fetchApi) => (await fetchApi(service.url, {}, target)).status);
    await call();
    await call();
    expect(provider.lastCall("refresh")?.form.get("resource")).toBe("https://orders.example");
    expect(provider.calls("refresh")).toBe(1);
    expect(new Set(service.calls.map(({ headers }) => headers.authorization)).size).toBe(1);
  });

  test("answers what the API answers: a refusal with its challenge, and a redirect that nobody followed", async () => {
    const answers = [
      { status: 403, json: { why: "scope" }, headers: { "www-authenticate": 'Bearer error="insufficient_scope"' } },
      { status: 302, text: "", headers: { location: "https://elsewhere.example" } },
    ];
    const service = await startService(() => answers.shift() ?? { status: 500 });
    const { call } = await startCaller(async (fetchApi) => {
      const refused = await fetchApi(service.url);
      const moved = await fetchApi(service.url);
      return [refused.status, await refused.json(), moved.status, moved.headers.get("location")];
    });
    expect((await call()).json()).toEqual([403, { why: "scope" }, 302, "https://elsewhere.example"]);
  });

  test.each([
    ["http://orders.example/", /must be https/],
    ["/orders", /must be an absolute URL/],
    ["ftp://orders.example", /must be an absolute https URL/],
    ["https://ada:secret@orders.example", /must be a plain URL/],
  ])("sends no token to %s", async (url, rule) => {
    const { call } = await startCaller((fetchApi) => fetchApi(url));
    expect(failureIn(await call())).toMatchObject({ code: "OIDC_OPTIONS", message: expect.stringMatching(rule) });
  });

  test("needs somebody who is signed in", async () => {
    const { app, call, browser } = await startCaller((fetchApi) => fetchApi("https://orders.example"));
    browser.cookies.clear();
    expect(failureIn(await call())).toMatchObject({ status: 401, code: "OIDC_SESSION_MISSING" });
    expect(app.errors).toHaveLength(1);
  });

  test("fails as fetch fails: nobody there, given up, or the app's own fetch at its end", async () => {
    const errors: unknown[] = [];
    const ownError = new Error("the certificate is over");
    let fails = false;
    const options: Partial<AuthOptions> = {
      http: { fetch: (url, init) => (fails ? Promise.reject(ownError) : fetch(url, init)) },
    };
    const note = (error: unknown) => errors.push(error);
    const { call } = await startCaller(async (fetchApi) => {
      await fetchApi("http://127.0.0.1:65534").catch(note);
      await fetchApi("http://127.0.0.1:65534", { signal: AbortSignal.abort() }).catch(note);
      fails = true;
      await fetchApi("http://127.0.0.1:65534").catch(note);
      fails = false;
      return "done";
    }, options);
    expect((await call()).json()).toBe("done");
    expect(errors).toEqual([expect.any(TypeError), expect.objectContaining({ name: "AbortError" }), ownError]);
  });
});

describe("a call of an API for a login whose tokens are bound", () => {
  test("brings a proof for that very call", async () => {
    const service = await startService();
    const { call } = await startCaller(
      async (fetchApi) => (await fetchApi(`${service.url}/orders?page=1`, { method: "delete" })).status,
      { dpop: true },
    );
    await call();
    const [noted] = service.calls as [NotedCall];
    expect(schemeOf(noted)).toBe("DPoP");
    expect(decodeJwt(String(noted.headers["dpop"]))).toMatchObject({ htm: "DELETE", htu: `${service.url}/orders` });
  });

  test("is made once more with the nonce that the API demands, body and all, and knows it from then on", async () => {
    const challenge = {
      status: 401,
      json: {},
      headers: { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "first" },
    };
    const service = await startService((call) => (nonceOf(call) === undefined ? challenge : { status: 200, json: {} }));
    const stream = () => new Blob(["forty-two"]).stream();
    const { call } = await startCaller(
      async (fetchApi) =>
        (await fetchApi(service.url, { method: "POST", body: stream(), duplex: "half" } as RequestInit)).status,
      { dpop: true },
    );
    expect([(await call()).json(), (await call()).json()]).toEqual([200, 200]);
    expect(service.calls.map(nonceOf)).toEqual([undefined, "first", "first"]);
    expect(service.calls.map(({ body }) => body)).toEqual(["forty-two", "forty-two", "forty-two"]);
  });

  test("asks no third time: an API that is not content with its own nonce is answered to the caller", async () => {
    const headers = { "www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "never right" };
    const service = await startService(() => ({ status: 401, json: {}, headers }));
    const { call } = await startCaller(async (fetchApi) => (await fetchApi(service.url)).status, { dpop: true });
    expect((await call()).json()).toBe(401);
    expect(service.calls).toHaveLength(2);
  });
});

describe("a client object whose tokens are bound", () => {
  test("calls with the one key that it has, which its tokens say", async () => {
    const service = await startService();
    const { provider, client } = await startClient({ dpop: true });
    provider.script.granted = { token_type: "DPoP" };
    const tokens = await client.clientCredentials({ scope: "orders:read" });
    expect(tokens).toMatchObject({ tokenType: "DPoP" });
    expect(JSON.stringify(tokens)).not.toMatch(/"(d|dpopKey)"/);
    await client.fetch(service.url, {}, tokens);
    await client.fetch(service.url, {}, { accessToken: "anybody's", tokenType: "Bearer" });
    expect(service.calls.map(schemeOf)).toEqual(["DPoP", "Bearer"]);
    const again = createClient({ ...provider.registration, dpop: true });
    await again.clientCredentials();
    expect(keysSeen(provider.seen)).toHaveLength(2);
  });

  test("logs people in by hand with it, and asks userinfo", async () => {
    const { provider, client } = await startClient({ dpop: true });
    provider.script.tokens = provider.script.renewedTokens = { token_type: "DPoP" };
    const { url, ...login } = await client.authorizationUrl();
    const response = await fetch(url, { redirect: "manual" });
    const tokens = await client.exchange(response.headers.get("location") ?? "", login);
    expect(tokens).toMatchObject({ tokenType: "DPoP", claims: { sub: "ada" } });
    expect(tokens).not.toHaveProperty("dpopKey");
    expect((await client.refresh(tokens.refreshToken ?? "")).tokenType).toBe("DPoP");
    await client.userinfo(tokens.accessToken, { sub: "ada" });
    expect(provider.lastCall("userinfo")?.headers.authorization).toMatch(/^DPoP /);
    expect(keysSeen(provider.seen)).toHaveLength(1);
  });

  test("has no key before the provider is known, and gets one when it is back", async () => {
    const clock = stopClock();
    const { provider, client } = await startClient({ dpop: true });
    provider.script.granted = { token_type: "DPoP" };
    provider.fail("discovery", { status: 503 });
    expect(await failureOf(client.clientCredentials())).toMatchObject({ code: "OIDC_PROVIDER_UNAVAILABLE" });
    provider.heal();
    clock.advance(6);
    expect(await client.clientCredentials()).toMatchObject({ tokenType: "DPoP" });
  });

  test("sends no token where it could be read, or that is none", async () => {
    const { client } = await startClient({ dpop: true });
    const tokens = { accessToken: "a-token", tokenType: "DPoP" };
    expect(await failureOf(client.fetch("http://orders.example", {}, tokens))).toMatchObject({ code: "OIDC_OPTIONS" });
    const none = { accessToken: "", tokenType: "Bearer" };
    expect(await failureOf(client.fetch("https://orders.example", {}, none))).toMatchObject({ code: "OIDC_OPTIONS" });
  });
});

/** The public keys that have proved something. */
function keysSeen(seen: readonly { readonly headers: NotedCall["headers"] }[]): unknown[] {
  const proofs = seen.map(({ headers }) => headers["dpop"]).filter((proof) => typeof proof === "string");
  const keys = proofs.map((proof) =>
    JSON.parse(Buffer.from(String(proof).split(".")[0] ?? "", "base64url").toString()),
  );
  return [...new Set(keys.map(({ jwk }) => jwk.x))];
}
