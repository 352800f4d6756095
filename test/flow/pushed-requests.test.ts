/**
 * Authorization requests that are pushed to the provider (RFC 9126), signed (RFC 9101), or ask for something in detail (RFC 9396).
 * @module
 */
import { inspect } from "node:util";
import { type AuthOptions, oidcOf } from "express-oidc";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import type { Browser } from "../../examples/demo/browser.js";
import { stopClock } from "../support/clock.js";
import { openWorld } from "../support/journey.js";
import type { Fault } from "../support/scripted/faults.js";
import { publicJwk, signingKey } from "../support/scripted/signing.js";
import { failureIn, type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";
import { addProviderRoutes, goThroughAll } from "../support/token-routes.js";

const { privateKey: clientKey, publicKey } = signingKey("ES256", 7);

/** A client with a key, and no secret. */
const registration = { clientSecret: undefined, clientKey: publicKey };

/** Where the browser was sent, last. */
function sentTo(browser: Browser): URLSearchParams {
  return (
    browser.history.findLast(({ redirect }) => redirect?.pathname === "/authorize")?.redirect?.searchParams ??
    new URLSearchParams()
  );
}

const payment = [{ type: "payment", amount: "12.50", to: ["DE02", "\u00fc"] }];

describe("a pushed authorization request", () => {
  const start = (options: Partial<AuthOptions> = { par: true }) => startScriptedWorld({ options });

  test("leaves client_id and a reference in the browser, and nothing else", async () => {
    const { provider, signIn } = await start();
    const { browser, page } = await signIn();
    expect(page.json()).toEqual({ sub: "ada" });
    expect(Object.fromEntries(sentTo(browser))).toEqual({
      client_id: provider.clientId,
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:/),
    });
  });

  test("carries all that an address would carry, proved as the token request is", async () => {
    const { app, provider, signIn } = await start({ par: true, authorizationParams: { ui_locales: "de" } });
    await signIn();
    const { form = new URLSearchParams(), auth } = provider.lastCall("par") ?? {};
    expect(Object.fromEntries(form)).toMatchObject({
      client_id: provider.clientId,
      response_type: "code",
      redirect_uri: `${app.baseUrl}/callback`,
      code_challenge_method: "S256",
      ui_locales: "de",
    });
    expect([...form.keys()]).toEqual(expect.arrayContaining(["state", "nonce", "code_challenge"]));
    expect(auth).toEqual(provider.lastCall("token")?.auth);
  });

  test("is pushed anew for each login", async () => {
    const { provider, signIn } = await start();
    const names = [];
    for (let count = 0; count < 3; count += 1) names.push(sentTo((await signIn()).browser).get("request_uri"));
    expect([provider.calls("par"), new Set(names).size]).toEqual([3, 3]);
  });

  test("is the way by itself where the provider demands it, and else not", async () => {
    const { provider, signIn } = await start({});
    await signIn();
    expect(provider.calls("par")).toBe(0);
    const demanding = await startScriptedWorld();
    demanding.provider.script.metadata = { require_pushed_authorization_requests: true };
    expect((await demanding.signIn()).page.json()).toEqual({ sub: "ada" });
    expect(demanding.provider.calls("par")).toBe(1);
  });

  test("that the options forbid and the provider demands is an error with the remedy", async () => {
    const { provider, signIn } = await start({ par: false });
    provider.script.metadata = { require_pushed_authorization_requests: true };
    const { status, code, message } = failureIn((await signIn()).page);
    expect([status, code]).toEqual([500, "OIDC_OPTIONS"]);
    expect(message).toMatch(/par: is false, but the provider .* demands .*leave it out/);
    expect(provider.calls("par")).toBe(0);
  });

  test.each([[{ par: true }], [{}]])("has to have somewhere to go (%j)", async (options) => {
    const { provider, signIn } = await start(options);
    provider.script.metadata = {
      require_pushed_authorization_requests: true,
      pushed_authorization_request_endpoint: undefined,
    };
    const { code, message } = failureIn((await signIn()).page);
    expect(code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
    expect(message).toContain("names no pushed_authorization_request_endpoint");
  });

  test.each<[string, string, Fault]>([
    ["OIDC_PROVIDER_REFUSED", "a refusal", { status: 400, json: { error: "invalid_scope" } }],
    ["OIDC_PROVIDER_REFUSED", "an unknown client", { status: 401, json: { error: "invalid_client" } }],
    ["OIDC_PROVIDER_UNAVAILABLE", "503", { status: 503 }],
    ["OIDC_PROVIDER_UNAVAILABLE", "too many", { status: 429 }],
    ["OIDC_PROVIDER_TIMEOUT", "silence", "silence"],
    ["OIDC_PROVIDER_UNREACHABLE", "a cut connection", "reset"],
    ["OIDC_PROVIDER_RESPONSE_INVALID", "a cheerful page", "html"],
    ["OIDC_PROVIDER_RESPONSE_INVALID", "status 200", { status: 200, json: { request_uri: "urn:x", expires_in: 60 } }],
    ["OIDC_PROVIDER_RESPONSE_INVALID", "no reference", { status: 201, json: { expires_in: 60 } }],
    ["OIDC_PROVIDER_RESPONSE_INVALID", "no lifetime", { status: 201, json: { request_uri: "urn:x" } }],
    ["OIDC_PROVIDER_RESPONSE_INVALID", "a redirect", { status: 307, headers: { location: "https://evil.example" } }],
  ])("is %s where it meets %s, and nobody is sent away", async (code, _what, fault) => {
    const { app, provider, signIn } = await start({ par: true, http: { timeout: 0.5 } });
    provider.fail("par", fault);
    const { page } = await signIn();
    expect(failureIn(page)).toMatchObject({
      code,
      message: expect.stringContaining("the pushed authorization request"),
    });
    expect([page.headers.getSetCookie(), provider.calls("authorize"), provider.calls("par")]).toEqual([[], 0, 1]);
    expect(inspect(app.errors, { depth: 9 })).not.toMatch(/code_challenge|client_secret=/);
  });

  test("begins a login again after the provider has healed", async () => {
    const { provider, app, signIn } = await start();
    provider.fail("par", { status: 503 }, 1);
    const { browser } = await signIn();
    expect((await browser.get(`${app.baseUrl}/private`)).json()).toEqual({ sub: "ada" });
  });
});

describe("a signed authorization request", () => {
  const start = (options: Partial<AuthOptions> = {}) =>
    startScriptedWorld({ registration, options: { clientKey, jar: true, ...options } });

  /** Logs in and answers the request object, its header and claims. */
  async function requestOf({ provider, signIn }: ScriptedWorld) {
    const { browser, page } = await signIn();
    expect(page.json()).toEqual({ sub: "ada" });
    const place = provider.lastCall("par")?.form ?? sentTo(browser);
    const request = place.get("request") ?? "";
    return { place, header: decodeProtectedHeader(request), claims: decodeJwt(request) };
  }

  test("is one text beside the client_id, for the issuer, from the client, for a minute, never the same twice", async () => {
    const clock = stopClock();
    const world = await start();
    const { place, header, claims } = await requestOf(world);
    const { clientId, issuer } = world.provider;
    expect([...place.keys()].sort()).toEqual(["client_id", "request"]);
    expect(header).toEqual({ alg: "ES256", typ: "oauth-authz-req+jwt" });
    const now = clock.now();
    expect(claims).toMatchObject({
      iss: clientId,
      client_id: clientId,
      aud: issuer,
      iat: now,
      nbf: now,
      exp: now + 60,
    });
    expect(claims).toMatchObject({
      response_type: "code",
      code_challenge_method: "S256",
      redirect_uri: `${world.app.baseUrl}/callback`,
    });
    expect(claims.sub).toBeUndefined();
    expect((await requestOf(world)).claims.jti).not.toBe(claims.jti);
  });

  test("keeps numbers, lists and JSON as what they are", async () => {
    const resource = ["https://a.example", "https://b.example"];
    const audience = ["one", "two"];
    const claims = { userinfo: { email: null } };
    const authorizationParams = { max_age: 600, resource, audience, claims, authorization_details: payment };
    const sent = (await requestOf(await start({ authorizationParams }))).claims;
    expect(sent).toMatchObject({ max_age: 600, resource, audience, claims, authorization_details: payment });
  });

  test("says for whom, from whom and until when by itself, whatever parameters the app adds", async () => {
    const twice = ["1", "2"];
    const authorizationParams = { iss: twice, aud: twice, exp: twice, nbf: twice, iat: twice, jti: twice, odd: twice };
    const world = await start({ authorizationParams });
    const { claims } = await requestOf(world);
    expect(claims).toMatchObject({ iss: world.provider.clientId, aud: world.provider.issuer, odd: twice });
    for (const name of ["exp", "nbf", "iat"]) expect(claims[name]).toBeTypeOf("number");
    expect(claims.jti).toBeTypeOf("string");
  });

  test("repeats nothing when pushed, though the address of the endpoint has a query of its own", async () => {
    const { provider, signIn } = await start({ par: true });
    provider.script.metadata = { authorization_endpoint: `${provider.issuer}/authorize?tenant=x` };
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
    const names = [...(provider.lastCall("par")?.form.keys() ?? [])];
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test("is pushed where that is asked for too", async () => {
    const world = await start({ par: true });
    const { place, claims } = await requestOf(world);
    expect([...place.keys()].sort()).toEqual(["client_assertion", "client_assertion_type", "client_id", "request"]);
    expect(claims["code_challenge"]).toMatch(/^[\w-]{43}$/);
  });

  test("is the way by itself where the provider demands it and there is a key", async () => {
    const world = await startScriptedWorld({ registration, options: { clientKey } });
    world.provider.script.metadata = { require_signed_request_object: true };
    expect((await requestOf(world)).header.alg).toBe("ES256");
  });

  test.each<[RegExp, Partial<AuthOptions>]>([
    [/jar: is false, but the provider .* demands .*leave it out/, { clientKey, jar: false }],
    [/clientKey: is needed, for the provider .* demands/, {}],
  ])("that the provider demands and can't get is an error: %s", async (problem, options) => {
    const { provider, signIn } = await startScriptedWorld({ options });
    provider.script.metadata = { require_signed_request_object: true };
    expect(failureIn((await signIn()).page)).toMatchObject({
      code: "OIDC_OPTIONS",
      message: expect.stringMatching(problem),
    });
  });

  test("names the key, and is signed with what the provider lists and the key can do", async () => {
    const rsa = signingKey("PS256", 7);
    const world = await startScriptedWorld({
      registration: { clientSecret: undefined, clientKey: rsa.publicKey },
      options: { clientKey: { key: rsa.privateKey, kid: "the-key" }, jar: true },
    });
    world.provider.script.metadata = {
      request_object_signing_alg_values_supported: ["ES256", "PS256"],
      token_endpoint_auth_signing_alg_values_supported: ["RS384"],
    };
    expect((await requestOf(world)).header).toMatchObject({ alg: "PS256", kid: "the-key" });
    const { assertion = "" } = world.provider.lastCall("token")?.auth ?? {};
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: "RS384", kid: "the-key" });
  });

  test("is signed as its own option says", async () => {
    const rsa = signingKey("PS256", 7);
    const world = await startScriptedWorld({
      registration: { clientSecret: undefined, clientKey: rsa.publicKey },
      options: { clientKey: rsa.privateKey, jar: { alg: "PS512" } },
    });
    expect((await requestOf(world)).header.alg).toBe("PS512");
    expect(decodeProtectedHeader(world.provider.lastCall("token")?.auth.assertion ?? "").alg).toBe("RS256");
  });
});

describe("authorization_details", () => {
  const start = (options: Partial<AuthOptions> = {}) => startScriptedWorld({ options, routes: addProviderRoutes });

  test("go as JSON, and what was granted reaches the app, also after a renewal that says nothing of it", async () => {
    const { app, provider, signIn } = await start({ authorizationParams: { authorization_details: payment } });
    const granted = [{ ...payment[0], amount: "10.00" }];
    provider.script.tokens = { authorization_details: granted };
    const { browser, page } = await signIn("/granted");
    expect(page.json()).toEqual({ details: granted });
    expect(JSON.parse(sentTo(browser).get("authorization_details") ?? "")).toEqual(payment);
    await browser.get(`${app.baseUrl}/refresh`);
    expect((await browser.get(`${app.baseUrl}/granted`)).json()).toEqual({ details: granted });
    provider.script.renewedTokens = { authorization_details: payment };
    await browser.get(`${app.baseUrl}/refresh`);
    expect((await browser.get(`${app.baseUrl}/granted`)).json()).toEqual({ details: payment });
  });

  test("can be asked for by one login, pushed too", async () => {
    const { provider, signIn } = await startScriptedWorld({
      options: { par: true },
      routes: (app) =>
        app.get("/pay", (req) =>
          oidcOf(req).login({ returnTo: "/private", authorizationParams: { authorization_details: payment } }),
        ),
    });
    await signIn("/pay");
    expect(JSON.parse(provider.lastCall("par")?.form.get("authorization_details") ?? "")).toEqual(payment);
  });

  test.each([
    ["nothing", undefined],
    ["a text", "all"],
    ["what has no type", [{ amount: 1 }]],
  ])("count for none where the provider answers with %s", async (_what, details) => {
    const { provider, signIn } = await start();
    provider.script.tokens = { authorization_details: details };
    expect((await signIn("/granted")).page.json()).toEqual({});
  });
});

describe("a real provider", () => {
  const key = signingKey("ES256", 7);
  const demanded = {
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    requestObjects: { enabled: true, requireSignedRequestObject: true },
  };
  const { pushedAuthorizationRequests, requestObjects } = demanded;

  test.each<[string, object, number]>([
    ["pushed requests", { pushedAuthorizationRequests }, 1],
    ["signed requests", { requestObjects }, 0],
    ["signed requests that are pushed", demanded, 1],
  ])("that demands %s gets them, without an option", async (_what, features, pushed) => {
    const world = await openWorld({
      provider: { configuration: { features: { ...features }, clientAuthMethods: ["private_key_jwt"] } },
      client: { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicJwk(key)] } },
      options: { clientKey: { key: key.privateKey, kid: key.kid } },
      routes: addProviderRoutes,
    });
    await goThroughAll(world);
    expect(world.provider.calls["/request"] ?? 0).toBe(pushed);
  });

  test("that knows authorization_details grants what it was asked for", async () => {
    const richAuthorizationRequests = {
      enabled: true,
      types: { payment: { validate: () => undefined } },
      authorizationDetailsForGrantSource: (ctx: { oidc: { params: { authorization_details: string } } }) =>
        JSON.parse(ctx.oidc.params.authorization_details) as unknown,
      authorizationDetailsForAccessToken: () => payment,
      authorizationDetailsForIntrospection: () => payment,
    };
    const resourceIndicators = {
      enabled: true,
      defaultResource: () => "https://bank.example",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: "", audience: "the bank", accessTokenFormat: "opaque" }),
    };
    const world = await openWorld({
      provider: { configuration: { features: { richAuthorizationRequests, resourceIndicators } } },
      client: { authorization_details_types: ["payment"] },
      options: { authorizationParams: { authorization_details: payment } },
      routes: addProviderRoutes,
    });
    expect((await world.signIn(world.newBrowser(), "/granted")).json()).toEqual({ details: payment });
  });
});
