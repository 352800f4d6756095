/**
 * What the token endpoint is sent at a login, and what may come back.
 * @module
 */
import { inspect } from "node:util";
import { oidcOf, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import { stopClock } from "../support/clock.js";
import { startScriptedProvider } from "../support/scripted-provider.js";
import { answerWith, failureIn, heldIn, startScriptedWorld } from "../support/scripted-world.js";

describe("the lifetime of an access token", () => {
  test("is unknown without expires_in, so that it is never due, but can be renewed by hand", async () => {
    const clock = stopClock();
    const { provider, signIn } = await startScriptedWorld();
    provider.script.expiresIn = undefined;
    const { browser, page } = await signIn("/held");
    clock.advance(80_000);
    expect(heldIn(await browser.get("/held"))).toEqual(heldIn(page));
    expect((await browser.get("/token")).json()).toEqual({ token: heldIn(page).accessToken });
    expect(provider.calls("refresh")).toBe(0);
    await browser.get("/refresh");
    expect(heldIn(await browser.get("/held")).accessToken).not.toBe(heldIn(page).accessToken);
  });

  test.each([
    ["a number", 600, 600],
    ["a number as text", "600", 600],
    ["zero", 0, 0],
    ["very large", 9_000_000_000, 9_000_000_000],
  ])("is understood when it is %s", async (_name, sent, seconds) => {
    const clock = stopClock();
    const { provider, signIn } = await startScriptedWorld();
    provider.script.tokens = { expires_in: sent };
    const { page } = await signIn("/login?returnTo=/loose-held");
    expect(heldIn(page).expiresAt).toBe(clock.now() + seconds);
    expect(heldIn(page).accessToken === undefined).toBe(seconds === 0);
  });

  test.each([
    ["an empty text", ""],
    ["a word", "soon"],
    ["negative", -1],
    ["null", null],
  ])("logs nobody in when it is %s", async (_name, sent) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.tokens = { expires_in: sent };
    const failure = failureIn((await signIn()).page);
    expect(failure).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
  });
});

describe("a token response", () => {
  test.each([["mac"], ["DPoP"], ["N_A"], [""], [undefined], [null], [7]])(
    "logs nobody in when its token_type is %s",
    async (type) => {
      const { app, provider, signIn } = await startScriptedWorld();
      provider.script.tokens = { token_type: type };
      const { browser, page } = await signIn();
      expect(failureIn(page)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
      expect(inspect(app.errors, { depth: 9 })).not.toMatch(/\bat-|\brt-|eyJ/);
      expect((await browser.fetch("/api")).status).toBe(401);
    },
  );

  test.each([["Bearer"], ["bearer"], ["BEARER"]])("may write its token_type as %s", async (type) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.tokens = { token_type: type };
    expect((await signIn()).page.status).toBe(200);
  });

  test("may have members that nobody knows", async () => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.tokens = { session_state: "x", ext_expires_in: 5, "": {}, data: null };
    expect((await signIn()).page.status).toBe(200);
  });

  test.each([
    ["has no access token", { access_token: undefined }],
    ["has an empty access token", { access_token: "" }],
    ["has an access token that is no text", { access_token: {} }],
    ["carries an error beside status 200", { error: "server_error", access_token: undefined }],
  ])("logs nobody in when it %s", async (_name, tokens) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.tokens = tokens;
    expect(failureIn((await signIn()).page)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
  });

  test("tells the scope that was granted, which may be less than was asked for", async () => {
    const { provider, signIn } = await startScriptedWorld({
      routes: (app) =>
        app.get(
          "/mail",
          requireAuth({ scope: "email" }),
          answerWith((req) => oidcOf(req).user),
        ),
    });
    provider.script.tokens = { scope: "openid profile" };
    const { browser, page } = await signIn("/held");
    expect(heldIn(page).scope).toBe("openid profile");
    expect(failureIn(await browser.get("/mail"))).toMatchObject({ status: 403, code: "OIDC_SCOPE_MISSING" });
  });

  test("that names no scope has granted what was asked for", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { scope: "openid email" } });
    provider.script.tokens = { scope: undefined };
    expect(heldIn((await signIn("/held")).page).scope).toBe("openid email");
  });
});

describe("a token endpoint that says no", () => {
  test.each([
    ["invalid_client", { status: 401, json: { error: "invalid_client" } }],
    ["invalid_client", { status: 400, json: { error: "invalid_client", error_description: "sorry" } }],
    ["invalid_client", challenge({ error: "invalid_client" })],
    ["unauthorized_client", challenge({ error: "unauthorized_client" })],
    ["invalid_client", { status: 401, text: "go away", headers: { "www-authenticate": "Basic" } }],
    ["invalid_scope", { status: 400, json: { error: "invalid_scope" } }],
  ])("is reported with its own words: %s (case %#)", async (error, answer) => {
    const { app, provider, signIn } = await startScriptedWorld();
    provider.fail("token", answer);
    const failure = failureIn((await signIn()).page);
    expect(failure).toMatchObject({ status: 502, code: "OIDC_PROVIDER_REFUSED" });
    expect(failure.message).toContain(error);
    expect(app.errors[0]).toMatchObject({ error, retryable: false });
  });

  test("puts nothing into our message that breaks a line or never ends", async () => {
    const { provider, signIn } = await startScriptedWorld();
    provider.fail("token", { status: 400, json: { error: `invalid\r\nSet-Cookie: a=b\u0000${"x".repeat(9000)}` } });
    const { message } = failureIn((await signIn()).page);
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(1000);
  });

  test.each([
    ["temporarily_unavailable", 400],
    ["slow_down", 400],
    ["invalid_request", 503],
  ])("for now is told from one that means it: %s with status %i", async (error, status) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.fail("token", { status, json: { error } });
    expect(failureIn((await signIn()).page)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_UNAVAILABLE" });
  });

  test("to every code is asked once more with a new one, then the person is told", async () => {
    const { provider, signIn } = await startScriptedWorld();
    provider.fail("token", { status: 400, json: { error: "invalid_grant" } });
    expect(failureIn((await signIn()).page)).toMatchObject({ status: 400, code: "OIDC_LOGIN_EXPIRED" });
    expect(provider.calls("authorize")).toBe(2);
  });

  test("to one code only lets the person in with the next", async () => {
    const { provider, signIn } = await startScriptedWorld();
    provider.fail("token", { status: 400, json: { error: "invalid_grant" } }, 1);
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
  });

  test.each([302, 307, 308])("or redirects with %i gets no credentials sent elsewhere", async (status) => {
    const { provider, signIn } = await startScriptedWorld();
    const stranger = await startScriptedProvider();
    provider.fail("token", { status, headers: { location: `${stranger.issuer}/token` } });
    expect(failureIn((await signIn()).page)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
    expect(stranger.seen).toEqual([]);
    expect(provider.calls("token")).toBe(1);
  });
});

describe("how the app proves itself", () => {
  test.each([
    ["my-app_1.x", "-._~*'()!-secret-with-plain-marks"],
    ["app:1%+/ \u00fc", ":%+/ \u00fc&=?#-secret-with-hard-marks"],
    ["https://app.example/id", "\u{1f511} secret with a key in it"],
  ])("is client_secret_basic, which a provider that decodes reads right (%s)", async (clientId, clientSecret) => {
    const { provider, signIn } = await startScriptedWorld({ registration: { clientId, clientSecret } });
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
    const { auth, form } = provider.lastCall("token") ?? {};
    expect(auth).toEqual({ method: "client_secret_basic", id: clientId, secret: clientSecret });
    expect(form?.has("client_secret")).toBe(false);
  });

  test("leaves -._* as they are, for providers that do not decode", async () => {
    const registration = { clientId: "my-app_1.x*", clientSecret: "s-e_c.r*t" };
    const { provider, signIn } = await startScriptedWorld({ registration });
    await signIn();
    const { authorization = "" } = provider.lastCall("token")?.headers ?? {};
    expect(Buffer.from(authorization.slice(6), "base64").toString()).toBe("my-app_1.x*:s-e_c.r*t");
  });

  test.each([
    ["client_secret_post", ["client_secret_post"]],
    ["client_secret_post", ["private_key_jwt", "client_secret_post"]],
    ["client_secret_basic", ["client_secret_post", "client_secret_basic"]],
    ["client_secret_basic", ["private_key_jwt"]],
    ["client_secret_basic", undefined],
  ])("is %s where the metadata lists %j", async (method, listed) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.metadata = { token_endpoint_auth_methods_supported: listed };
    expect((await signIn()).page.status).toBe(200);
    expect(provider.lastCall("token")?.auth).toMatchObject({ method, secret: provider.clientSecret });
  });

  test("is what the options name, whatever the metadata lists", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { clientAuth: "client_secret_post" } });
    expect((await signIn()).page.status).toBe(200);
    const { auth, headers } = provider.lastCall("token") ?? {};
    expect(auth?.method).toBe("client_secret_post");
    expect(headers?.authorization).toBeUndefined();
  });

  test("is nothing but PKCE without a secret", async () => {
    const { provider, signIn } = await startScriptedWorld({ registration: { clientSecret: undefined } });
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
    const { auth, form } = provider.lastCall("token") ?? {};
    expect(auth).toEqual({ method: "none", id: provider.clientId, secret: null });
    expect(form?.get("code_verifier")).toMatch(/^[\w.~-]{43,128}$/);
  });

  test("is the same when tokens are renewed", async () => {
    const { provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    await browser.get("/refresh");
    expect(provider.lastCall("refresh")?.auth).toEqual(provider.lastCall("token")?.auth);
    expect(provider.lastCall("refresh")?.form.has("scope")).toBe(false);
  });
});

/** A refusal with a challenge beside its body (OAuth 2.0 5.2). */
function challenge(json: Readonly<Record<string, string>>) {
  return { status: 401, json, headers: { "www-authenticate": 'Basic realm="token endpoint"' } };
}
