/**
 * A login at a provider that speaks plain OAuth 2.0: no ID token, so that userinfo tells who the person is.
 * @module
 */
import { createClient, oidcOf, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import { sendJson } from "../support/app.js";
import { isSignedIn } from "../support/asking.js";
import { failureOf, redirectUri, visit } from "../support/client-world.js";
import { stopClock } from "../support/clock.js";
import { step } from "../support/journey.js";
import { metadataOf, startOAuth2Provider, startOAuth2World } from "../support/oauth2-world.js";
import { answerWith, failureIn, heldIn } from "../support/scripted-world.js";

describe("the way to a provider with plain OAuth 2.0", () => {
  test("asks for the scope user, with state and PKCE, and without a nonce", async () => {
    const { provider, signIn } = await startOAuth2World();
    await signIn();
    expect(Object.fromEntries(provider.lastCall("authorize")?.query ?? [])).toEqual({
      response_type: "code",
      client_id: "demo-app",
      redirect_uri: expect.stringMatching(/\/callback$/),
      scope: "user",
      state: expect.stringMatching(/^[\w-]{22,}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    expect(provider.calls("discovery") + provider.calls("jwks")).toBe(0);
  });

  test.each([
    ["read:user gist", "read:user gist"],
    ["", null],
    ["user offline_access", "user offline_access"],
  ])("asks for what is written, %j, and for no consent", async (scope, sent) => {
    const { provider, signIn } = await startOAuth2World({ options: { scope } });
    await signIn();
    const { query } = provider.lastCall("authorize") ?? {};
    expect([query?.get("scope"), query?.get("prompt")]).toEqual([sent, null]);
  });

  test("is found by the provider's metadata where the issuer is an address (RFC 8414)", async () => {
    const provider = await startOAuth2Provider();
    const { signIn } = await startOAuth2World({ provider, options: { issuer: provider.issuer } });
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
    expect([provider.calls("serverDiscovery"), provider.calls("discovery")]).toEqual([1, 0]);
  });

  test("is not begun where nothing would tell who the person is", async () => {
    const provider = await startOAuth2Provider();
    provider.script.metadata = { userinfo_endpoint: undefined };
    const { signIn } = await startOAuth2World({ provider, options: { issuer: provider.issuer } });
    const { page } = await signIn();
    expect(failureIn(page)).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringContaining("userinfo_endpoint"),
    });
    expect(provider.calls("authorize")).toBe(0);
  });
});

describe("the person behind a login without an ID token", () => {
  test("is whom userinfo names, asked once, with what it says of them and without nulls", async () => {
    const { provider, signIn } = await startOAuth2World();
    provider.script.userinfo = { phone_number: null, nickname: "A" };
    const { user, claims, idToken } = heldIn((await signIn("/held")).page);
    expect(user).toEqual({
      iss: provider.issuer,
      sub: "ada",
      name: "Ada Lovelace",
      email: "ada@example.org",
      email_verified: true,
      nickname: "A",
    });
    expect([claims, idToken]).toEqual([undefined, undefined]);
    expect(provider.calls("userinfo")).toBe(1);
  });

  test.each([
    [5678, "5678"],
    ["u-5678", "u-5678"],
  ])("is named by the member that the options name: %j", async (id, sub) => {
    const { provider, signIn } = await startOAuth2World({ options: { userinfo: { sub: "id" } } });
    provider.script.userinfo = { sub: "somebody else", id, login: "ada" };
    const { browser, page } = await signIn("/held");
    expect(heldIn(page).user).toMatchObject({ iss: provider.issuer, sub, id, login: "ada" });
    expect((await browser.get("/userinfo")).json()).toMatchObject({ iss: provider.issuer, sub, id });
  });

  test.each([[{ sub: undefined }], [{ sub: "" }], [{ sub: 1.5 }], [{ sub: { id: 7 } }], [{ sub: "x".repeat(256) }]])(
    "is nobody where userinfo names none: %j",
    async (userinfo) => {
      const { provider, signIn } = await startOAuth2World();
      provider.script.userinfo = userinfo;
      const { browser, page } = await signIn();
      expect(failureIn(page)).toMatchObject({
        status: 502,
        code: "OIDC_PROVIDER_RESPONSE_INVALID",
        message: expect.stringContaining('userinfo: { sub: "id" }'),
      });
      expect((await browser.fetch("/api")).status).toBe(401);
    },
  );

  test.each([
    ["is away", { status: 503 }, 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["gives no object", { status: 200, json: null }, 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
    [
      "does not accept the token",
      { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
      401,
      "OIDC_TOKEN_EXPIRED",
    ],
  ])("is not let in when userinfo %s", async (_what, fault, status, code) => {
    const { provider, signIn } = await startOAuth2World();
    provider.fail("userinfo", fault);
    expect(failureIn((await signIn()).page)).toMatchObject({ status, code });
  });

  test("is told to onLogin, without claims of an ID token", async () => {
    const told: unknown[] = [];
    const { provider, signIn } = await startOAuth2World({
      options: { onLogin: ({ user, idTokenClaims, scope }) => void told.push([user.sub, idTokenClaims, scope]) },
    });
    provider.script.tokens = { id_token: undefined, scope: undefined };
    await signIn();
    expect(told).toEqual([["ada", undefined, "user"]]);
  });

  test("has their logins listed and ended like any other", async () => {
    const { app, signIn } = await startOAuth2World();
    const { browser } = await signIn();
    expect(await app.instance.logins("ada").list()).toHaveLength(1);
    expect(await app.instance.logins("ada").end()).toBe(1);
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });
});

describe("an ID token that a provider sends unasked", () => {
  const foreign = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL290aGVyLmV4YW1wbGUiLCJzdWIiOiJtYWxsb3J5In0.";

  test.each([[foreign], ["a.b.c"], [7], [null]])("is ignored at login and renewal: %j", async (idToken) => {
    const { provider, signIn } = await startOAuth2World();
    provider.script.tokens = { id_token: idToken };
    const { browser, page } = await signIn("/held");
    const { user, claims } = heldIn(page);
    expect([user?.["sub"], claims]).toEqual(["ada", undefined]);
    provider.script.renewedIdToken = {};
    expect((await browser.get("/refresh")).status).toBe(200);
    expect(heldIn(await browser.get("/held"))).toMatchObject({ user: { sub: "ada" } });
    expect(provider.calls("jwks")).toBe(0);
  });

  test("is ignored where a program gets tokens for itself", async () => {
    const provider = await startOAuth2Provider();
    provider.script.granted = { id_token: foreign };
    const client = createClient({ ...provider.registration, issuer: metadataOf(provider), protocol: "oauth2" });
    expect(await client.clientCredentials()).toMatchObject({ idToken: undefined, claims: undefined });
  });
});

describe("a renewal without an ID token", () => {
  test("brings new tokens, and what userinfo says of the person now", async () => {
    const clock = stopClock();
    const { provider, signIn } = await startOAuth2World();
    const { browser, page } = await signIn("/held");
    provider.script.userinfo = { name: "Countess Lovelace" };
    clock.advance(3700);
    const { accessToken, idToken, user } = heldIn(await browser.get("/held"));
    expect(accessToken).not.toBe(heldIn(page).accessToken);
    expect([idToken, user?.["sub"], user?.["name"]]).toEqual([undefined, "ada", "Countess Lovelace"]);
    expect([provider.calls("refresh"), provider.calls("userinfo")]).toEqual([1, 2]);
  });

  test("keeps the person as they were known where userinfo is away", async () => {
    const { provider, signIn } = await startOAuth2World();
    const { browser } = await signIn();
    provider.fail("userinfo", "reset");
    expect((await browser.get("/refresh")).status).toBe(200);
    expect(heldIn(await browser.get("/held")).user).toMatchObject({ sub: "ada", name: "Ada Lovelace" });
  });

  test("ends the login when userinfo says that the new tokens are another person's", async () => {
    const { app, provider, signIn } = await startOAuth2World();
    const { browser } = await signIn();
    provider.script.userinfo = { sub: "mallory" };
    expect(failureIn(await browser.fetch("/refresh"))).toMatchObject({
      status: 401,
      code: "OIDC_SESSION_REFRESH_REJECTED",
      message: expect.stringContaining("another person"),
    });
    expect((await browser.fetch("/api")).status).toBe(401);
    expect((await browser.get(`${app.url}/`)).json()).toEqual({ user: null });
  });

  test("ends the login when the provider has ended the grant", async () => {
    const { app, provider, signIn } = await startOAuth2World();
    const { browser } = await signIn();
    provider.grants.revokeLast();
    expect(failureIn(await browser.fetch("/refresh"))).toMatchObject({
      status: 401,
      code: "OIDC_SESSION_REFRESH_REJECTED",
    });
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });
});

describe("a logout without an ID token", () => {
  test("ends here where the provider has no place for it", async () => {
    const { app, signIn } = await startOAuth2World();
    const { browser } = await signIn();
    const answer = await step(browser, `${app.url}/logout`);
    expect(answer.headers.get("location")).toBe("/");
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });

  test("goes on at the provider where it has one, without a hint whose login it was", async () => {
    const provider = await startOAuth2Provider();
    const { app, signIn } = await startOAuth2World(
      { provider },
      { end_session_endpoint: `${provider.issuer}/end-session` },
    );
    const { browser } = await signIn();
    const { redirect } = await step(browser, `${app.url}/logout`);
    expect([...(redirect?.searchParams.keys() ?? [])].sort()).toEqual([
      "client_id",
      "post_logout_redirect_uri",
      "state",
    ]);
    expect((await browser.follow(redirect ?? "")).url.href).toBe(`${app.url}/`);
  });

  test("takes no logout tokens, for such a provider has none", async () => {
    const { app, signIn } = await startOAuth2World();
    const { browser } = await signIn();
    for (const path of ["/backchannel-logout", "/frontchannel-logout"]) {
      expect((await browser.get(app.url + path)).status).toBe(404);
    }
  });
});

describe("what only an ID token can show", () => {
  test.each([
    [{ maxAge: 60 }, ["requireAuth maxAge"]],
    [{ maxAge: 60, acr: "gold" }, ["requireAuth maxAge", "requireAuth acr"]],
  ])("is a mistake in a guard: %j", async (rules, names) => {
    const { app, signIn } = await startOAuth2World({
      routes: (testApp) => testApp.get("/strict", requireAuth(rules), (_req, res) => sendJson(res, {})),
    });
    const { browser, page } = await signIn("/strict");
    expect(failureIn(page)).toMatchObject({ status: 500, code: "OIDC_OPTIONS" });
    for (const name of names) expect(failureIn(page).message).toContain(`${name}: can't be insisted on`);
    expect((await browser.get(`${app.url}/private`)).status).toBe(200);
  });

  test.each(["max_age=60", "acr_values=gold"])("is refused in a link to the login: %s", async (query) => {
    const { app, signIn } = await startOAuth2World();
    const { browser } = await signIn();
    expect(failureIn(await browser.get(`${app.url}/login?${query}`))).toMatchObject({
      status: 400,
      code: "OIDC_REQUEST_INVALID",
    });
  });

  test("is refused in a login that a handler begins", async () => {
    const { signIn } = await startOAuth2World({
      routes: (testApp) =>
        testApp.get(
          "/again",
          answerWith((req) => oidcOf(req).login({ authorizationParams: { max_age: 60 } })),
        ),
    });
    expect(failureIn((await signIn("/again")).page)).toMatchObject({ status: 500, code: "OIDC_OPTIONS" });
  });
});

describe("health()", () => {
  test("asks for userinfo, without a token, where there are no keys to ask for", async () => {
    const provider = await startOAuth2Provider();
    const { app } = await startOAuth2World({ provider, options: { issuer: metadataOf(provider) } });
    expect((await app.instance.health()).provider).toMatchObject({ ok: true });
    expect(provider.lastCall("userinfo")?.headers.authorization).toBeUndefined();
    provider.fail("userinfo", { status: 503 });
    expect((await app.instance.health()).provider).toMatchObject({ ok: false, code: "OIDC_PROVIDER_UNAVAILABLE" });
    await provider.stop();
    expect((await app.instance.health()).provider).toMatchObject({ ok: false, code: "OIDC_PROVIDER_UNREACHABLE" });
  });
});

describe("a client without a web app, in plain OAuth 2.0", () => {
  test("logs a person in by hand, whom userinfo names", async () => {
    const provider = await startOAuth2Provider();
    provider.script.userinfo = { sub: undefined, id: 5678 };
    const { clientId, clientSecret = "" } = provider;
    const client = createClient({
      protocol: "oauth2",
      issuer: metadataOf(provider),
      clientId,
      clientSecret,
      redirectUri,
      userinfo: { sub: "id" },
    });
    const begun = await client.authorizationUrl();
    expect([...new URL(begun.url).searchParams.keys()]).not.toContain("nonce");
    const tokens = await client.exchange(await visit(begun.url), begun);
    expect(tokens).toMatchObject({
      scope: "user",
      idToken: undefined,
      claims: { iss: provider.issuer, sub: "5678" },
    });
  });

  test("gets tokens for itself where no userinfo is known, and refuses to log anybody in there", async () => {
    const provider = await startOAuth2Provider();
    const { clientId, clientSecret = "" } = provider;
    const issuer = metadataOf(provider, { userinfo_endpoint: undefined });
    const client = createClient({ protocol: "oauth2", issuer, clientId, clientSecret, redirectUri });
    expect((await client.clientCredentials()).accessToken).toEqual(expect.any(String));
    expect(await failureOf(client.authorizationUrl())).toMatchObject({
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringContaining("userinfo_endpoint"),
    });
  });
});
