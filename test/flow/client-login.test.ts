/**
 * The client object without a web app: a login by hand, and what becomes of its tokens.
 * @module
 */
import { inspect } from "node:util";
import { createClient, type LoginProofs } from "express-oidc";
import { describe, expect, test } from "vitest";
import { failureOf, redirectUri, startClient, visit } from "../support/client-world.js";
import { stopClock } from "../support/clock.js";
import type { Fault } from "../support/scripted/faults.js";
import { breakSignature, signingKey } from "../support/scripted/signing.js";

/** A login that has begun, with the answer of the provider to it. */
async function logIn(world: Awaited<ReturnType<typeof startClient>>) {
  const begun = await world.client.authorizationUrl();
  return { begun, back: await visit(begun.url) };
}

describe("a login by hand", () => {
  test("is refused by the client of another provider, which learns nothing of it", async () => {
    const [world, other] = [await startClient(), await startClient()];
    const { begun, back } = await logIn(world);
    expect(await failureOf(other.client.exchange(back, begun))).toMatchObject({ code: "OIDC_LOGIN_UNKNOWN_STATE" });
    expect(other.provider.calls("token")).toBe(0);
  });

  test("begins with everything that protects it, fresh each time", async () => {
    const { client, provider } = await startClient();
    const [one, other] = await Promise.all([client.authorizationUrl(), client.authorizationUrl()]);
    const params = new URL(one.url).searchParams;
    expect(Object.fromEntries(params)).toMatchObject({
      client_id: provider.clientId,
      response_type: "code",
      redirect_uri: redirectUri,
      scope: "openid profile email",
      state: one.state,
      nonce: one.nonce,
      code_challenge_method: "S256",
    });
    expect(one.verifier).toMatch(/^[\w-]{43}$/);
    expect([one.state, one.nonce, one.verifier]).not.toContain(other.state);
    expect(one.nonce === other.nonce || one.verifier === other.verifier).toBe(false);
    expect(Object.isFrozen(one)).toBe(true);
  });

  test("ends with verified tokens, in plain data that nobody can change", async () => {
    const clock = stopClock();
    const world = await startClient();
    const { begun, back } = await logIn(world);
    const tokens = await world.client.exchange(back, begun);
    expect(tokens).toEqual({
      accessToken: expect.stringMatching(/^at-/),
      tokenType: "Bearer",
      scope: "openid profile email",
      obtainedAt: clock.now(),
      expiresAt: clock.now() + 3600,
      refreshToken: expect.stringMatching(/^rt-/),
      idToken: expect.any(String),
      claims: expect.objectContaining({ sub: "ada", iss: world.provider.issuer, nonce: begun.nonce }),
      issuedTokenType: undefined,
    });
    expect(Object.isFrozen(tokens) && Object.isFrozen(tokens.claims)).toBe(true);
  });

  test.each([
    ["its URL as a text", (back: URL) => back.href],
    ["what req.url holds", (back: URL) => back.pathname + back.search],
    ["its parameters", (back: URL) => back.searchParams],
  ])("takes the answer as %s", async (_what, shape) => {
    const world = await startClient();
    const { begun, back } = await logIn(world);
    expect((await world.client.exchange(shape(back), begun)).claims?.sub).toBe("ada");
  });

  test("survives being written down in between", async () => {
    const world = await startClient();
    const { begun, back } = await logIn(world);
    const kept = JSON.parse(JSON.stringify(begun)) as typeof begun;
    expect((await world.client.exchange(back, kept)).claims?.sub).toBe("ada");
  });

  test("goes where it says itself, with the scope and the parameters that it says", async () => {
    const { client, provider } = await startClient();
    const elsewhere = "http://127.0.0.1:8123/here";
    const begun = await client.authorizationUrl({
      redirectUri: elsewhere,
      scope: "openid offline_access",
      authorizationParams: { login_hint: "ada", resource: ["https://a.example", "https://b.example"] },
    });
    const params = new URL(begun.url).searchParams;
    expect(params.getAll("resource")).toEqual(["https://a.example", "https://b.example"]);
    expect([params.get("scope"), params.get("prompt")]).toEqual(["openid offline_access", "consent"]);
    const back = await visit(begun.url);
    expect((await client.exchange(back, begun)).scope).toBe("openid offline_access");
    expect(provider.lastCall("token")?.form.get("redirect_uri")).toBe(elsewhere);
  });

  test.each([
    ["max_age", { max_age: 60 }, { auth_time: 1_000_000_000 }],
    ["acr_values", { acr_values: "gold platinum" }, { acr: "tin" }],
  ])("insists on %s", async (_name, authorizationParams, person) => {
    const { client, provider } = await startClient();
    provider.script.person = { sub: "ada", ...person };
    const begun = await client.authorizationUrl({ authorizationParams });
    const failure = await failureOf(client.exchange(await visit(begun.url), begun));
    expect(failure).toMatchObject({ code: "OIDC_STEP_UP_UNMET", status: 403 });
  });
});

describe("an answer to a login", () => {
  test.each([
    ["with another state", { state: "another" }, "OIDC_LOGIN_UNKNOWN_STATE"],
    ["without a state", { state: undefined }, "OIDC_LOGIN_UNKNOWN_STATE"],
    ["from another issuer", { iss: "https://other.example" }, "OIDC_LOGIN_RESPONSE_INVALID"],
    ["that says no", { error: "access_denied" }, "OIDC_LOGIN_DENIED"],
    ["that says no, with another state", { error: "access_denied", state: "x" }, "OIDC_LOGIN_UNKNOWN_STATE"],
    ["without a code", { code: undefined }, "OIDC_LOGIN_RESPONSE_INVALID"],
    ["with a code of nobody's", { code: "made-up" }, "OIDC_LOGIN_EXPIRED"],
  ])("%s is refused", async (_what, callback, code) => {
    const world = await startClient();
    world.provider.script.callback = callback;
    const { begun, back } = await logIn(world);
    expect((await failureOf(world.client.exchange(back, begun))).code).toBe(code);
    expect(world.provider.calls("token")).toBe(code === "OIDC_LOGIN_EXPIRED" ? 1 : 0);
  });

  test("whose code is spent names the provider's word for it", async () => {
    const world = await startClient();
    const { begun, back } = await logIn(world);
    world.provider.fail("token", { status: 400, json: { error: "invalid_grant" } });
    const failure = await failureOf(world.client.exchange(back, begun));
    expect(failure).toMatchObject({ code: "OIDC_LOGIN_EXPIRED", error: "invalid_grant" });
  });

  test("with a parameter twice is refused", async () => {
    const world = await startClient();
    const { begun, back } = await logIn(world);
    back.searchParams.append("code", "another");
    expect((await failureOf(world.client.exchange(back, begun))).code).toBe("OIDC_LOGIN_RESPONSE_INVALID");
  });

  test("that is no address at all is refused", async () => {
    const world = await startClient();
    const { begun } = await logIn(world);
    expect((await failureOf(world.client.exchange("http://[", begun))).code).toBe("OIDC_LOGIN_UNKNOWN_STATE");
  });

  test.each<[string, LoginProofs | null | undefined]>([
    ["nothing", undefined],
    ["nothing, as databases say it", null],
    ["no state", { state: null as unknown as string, nonce: "n", verifier: "v" }],
    ["an empty state", { state: "", nonce: "n", verifier: "v" }],
  ])("in a browser that has kept %s is refused, not a fault of the app", async (_what, kept) => {
    const { client, provider } = await startClient();
    for (const address of ["/done?code=c", "/done?code=c&state=", "/done?code=c&state=s", "/done?error=access_denied"])
      expect(await failureOf(client.exchange(address, kept))).toMatchObject({
        code: "OIDC_LOGIN_UNKNOWN_STATE",
        status: 400,
      });
    expect(provider.calls("token")).toBe(0);
  });

  test("to another login of the same person is refused", async () => {
    const world = await startClient();
    const [one, other] = [await logIn(world), await logIn(world)];
    expect((await failureOf(world.client.exchange(one.back, other.begun))).code).toBe("OIDC_LOGIN_UNKNOWN_STATE");
    const mixed = { ...other.begun, state: one.begun.state };
    expect((await failureOf(world.client.exchange(one.back, mixed))).code).toBe("OIDC_LOGIN_EXPIRED");
  });

  test("brings no ID token in whose signature is broken", async () => {
    const world = await startClient();
    world.provider.script.sign = breakSignature;
    const { begun, back } = await logIn(world);
    const failure = await failureOf(world.client.exchange(back, begun));
    expect(failure.code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });
});

describe("a login that can't be begun", () => {
  test.each([
    [
      "a redirect URI with a query",
      { redirectUri: "https://program.example/done?x=1" },
      /redirectUri: must be a plain URL/,
    ],
    ["one that browsers write otherwise", { redirectUri: "https://program.example:443/done" }, /as browsers write it/],
    ["http elsewhere", { redirectUri: "http://program.example/done" }, /redirectUri: must be https/],
    ["a scope without openid", { scope: "profile" }, /scope: must contain "openid"/],
    ["a parameter of its own protection", { authorizationParams: { state: "mine" } }, /authorizationParams\.state/],
  ])("because of %s says so", async (_what, request, message) => {
    const { client } = await startClient();
    const failure = await failureOf(client.authorizationUrl(request));
    expect(failure.code).toBe("OIDC_OPTIONS");
    expect(failure.message).toMatch(message);
  });

  test("because profile fapi2 lets nobody back by http says so, on this machine too", async () => {
    const options = { issuer: "https://id.example", clientId: "native", clientKey: signingKey("ES256").privateKey };
    const client = createClient({ ...options, profile: "fapi2", dpop: true });
    const failure = await failureOf(client.authorizationUrl({ redirectUri: "http://127.0.0.1:8080/done" }));
    expect(failure.code).toBe("OIDC_OPTIONS");
    expect(failure.message).toContain("redirectUri: must be https with profile fapi2");
  });

  test("because no redirect URI is named says so", async () => {
    const { provider } = await startClient();
    const failure = await failureOf(createClient(provider.registration).authorizationUrl());
    expect([failure.code, failure.message]).toEqual(["OIDC_OPTIONS", expect.stringMatching(/redirectUri: is needed/)]);
  });
});

describe("a refresh token that the app keeps itself", () => {
  async function loggedIn() {
    const world = await startClient();
    const { begun, back } = await logIn(world);
    const first = await world.client.exchange(back, begun);
    return { ...world, first, refreshToken: first.refreshToken ?? "" };
  }

  test("becomes new tokens, the refresh token that is good from now on among them", async () => {
    const { client, first, refreshToken } = await loggedIn();
    const tokens = await client.refresh(refreshToken, { claims: first.claims });
    expect(tokens).toMatchObject({ tokenType: "Bearer", claims: { sub: "ada" }, idToken: expect.any(String) });
    expect([first.accessToken, first.refreshToken]).not.toContain(tokens.accessToken);
    expect(tokens.refreshToken).not.toBe(refreshToken);
  });

  test("stays where the provider keeps it, and so does the person where no ID token comes", async () => {
    const { client, provider, refreshToken } = await loggedIn();
    provider.script.refreshTokens = "keep";
    provider.script.renewedIdToken = false;
    const tokens = await client.refresh(refreshToken);
    expect(tokens).toMatchObject({ refreshToken, idToken: undefined, claims: undefined });
  });

  test("can be for some APIs and with less scope", async () => {
    const { client, provider, refreshToken } = await loggedIn();
    const tokens = await client.refresh(refreshToken, { resource: "https://api.example", scope: "openid" });
    const { form } = provider.lastCall("refresh") ?? {};
    expect([form?.get("resource"), form?.get("scope"), tokens.scope]).toEqual([
      "https://api.example",
      "openid",
      "openid",
    ]);
  });

  test("brings nobody else in", async () => {
    const { client, first, provider, refreshToken } = await loggedIn();
    provider.script.renewedIdToken = { sub: "mallory" };
    const failure = await failureOf(client.refresh(refreshToken, { claims: first.claims }));
    expect(failure).toMatchObject({ code: "OIDC_SESSION_REFRESH_REJECTED", status: 401 });
  });

  test("that is over says so", async () => {
    const { client, provider, refreshToken } = await loggedIn();
    provider.grants.revokeLast();
    expect((await failureOf(client.refresh(refreshToken))).code).toBe("OIDC_SESSION_REFRESH_REJECTED");
  });

  test("is never part of a message", async () => {
    const { client, provider, refreshToken } = await loggedIn();
    provider.fail("refresh", { status: 400, json: { error: "unauthorized_client", error_description: refreshToken } });
    const failure = await failureOf(client.refresh(refreshToken));
    expect(failure.code).toBe("OIDC_PROVIDER_REFUSED");
    expect(JSON.stringify([failure.message, failure.stack, String(failure.cause)])).not.toContain(refreshToken);
  });
});

describe("a token", () => {
  async function loggedIn() {
    const world = await startClient();
    const { begun, back } = await logIn(world);
    return { ...world, tokens: await world.client.exchange(back, begun) };
  }

  test("tells of its person", async () => {
    const { client, provider, tokens } = await loggedIn();
    const claims = await client.userinfo(tokens.accessToken, { sub: "ada" });
    expect(claims).toMatchObject({ iss: provider.issuer, sub: "ada", email: "ada@example.org" });
    expect(Object.isFrozen(claims)).toBe(true);
    expect(await client.userinfo(tokens.accessToken)).toEqual(claims);
  });

  test.each([
    ["somebody else", { sub: "mallory" }, { sub: "ada" }],
    ["nobody", { sub: undefined }, {}],
  ])("does not tell of %s", async (_whom, userinfo, who) => {
    const { client, provider, tokens } = await loggedIn();
    provider.script.userinfo = userinfo;
    const failure = await failureOf(client.userinfo(tokens.accessToken, who));
    expect(failure.code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });

  test.each([
    ["no challenge", { status: 401, json: { message: "Unauthorized" } }],
    ["a page", { status: 401, text: "<h1>Unauthorized</h1>" }],
    ["a challenge that says no more", { status: 401, headers: { "www-authenticate": "Bearer" } }],
    ["a challenge for somebody", { status: 401, headers: { "www-authenticate": 'Bearer realm="people"' } }],
  ])("that the provider refuses with 401 and %s is over too", async (_what, fault) => {
    const { client, provider, tokens } = await loggedIn();
    provider.fail("userinfo", fault);
    const failure = await failureOf(client.userinfo(tokens.accessToken));
    expect(failure).toMatchObject({ code: "OIDC_TOKEN_EXPIRED", status: 401 });
  });

  test("that can't be one, for it can't stand in a header, is not sent and is in no error", async () => {
    const { client, provider } = await loggedIn();
    const before = provider.seen.length;
    for (const accessToken of ["hidden\nhidden", "hidden\u0000", "hidden\u2026"]) {
      const asked = [
        client.userinfo(accessToken),
        client.fetch(`${provider.issuer}/userinfo`, {}, { accessToken, tokenType: "Bearer" }),
      ];
      for (const failure of await Promise.all(asked.map(failureOf))) {
        expect(failure).toMatchObject({ code: "OIDC_PROVIDER_RESPONSE_INVALID", retryable: false });
        expect(inspect(failure, { depth: null, showHidden: true })).not.toContain("hidden");
      }
    }
    expect(provider.seen.length).toBe(before);
  });

  test("that the provider does not know is over", async () => {
    const { client } = await loggedIn();
    expect(await failureOf(client.userinfo("unknown"))).toMatchObject({ code: "OIDC_TOKEN_EXPIRED", status: 401 });
  });

  test("is asked about and ended, with its kind and without", async () => {
    const { client, provider, tokens } = await loggedIn();
    const hints = () => [
      provider.lastCall("introspection")?.form.get("token_type_hint"),
      provider.lastCall("revocation")?.form.get("token_type_hint"),
    ];
    expect(await client.introspect(tokens.accessToken)).toMatchObject({ active: true, sub: "ada" });
    await client.revoke(tokens.refreshToken ?? "");
    expect(hints()).toEqual([null, null]);
    const after = await client.introspect(tokens.accessToken, "access_token");
    expect([after, Object.isFrozen(after)]).toEqual([{ active: false }, true]);
    await client.revoke(tokens.refreshToken ?? "", "refresh_token");
    expect(hints()).toEqual(["access_token", "refresh_token"]);
  });
});

describe("the provider's logout", () => {
  test("is told whose login ends and where the person goes then", async () => {
    const { client, provider } = await startClient({ postLogoutRedirectUri: "https://program.example?bye=1" });
    const url = new URL(await client.endSessionUrl({ idToken: "an.id.token", state: "s" }));
    expect(url.origin + url.pathname).toBe(`${provider.issuer}/end-session`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: provider.clientId,
      id_token_hint: "an.id.token",
      post_logout_redirect_uri: "https://program.example?bye=1",
      state: "s",
    });
    const other = new URL(await client.endSessionUrl({ postLogoutRedirectUri: "https://program.example/later" }));
    expect(other.searchParams.get("post_logout_redirect_uri")).toBe("https://program.example/later");
    expect(other.searchParams.has("state")).toBe(false);
  });

  test("needs nothing", async () => {
    const { client, provider } = await startClient();
    expect(await client.endSessionUrl()).toBe(`${provider.issuer}/end-session?client_id=${provider.clientId}`);
  });

  test("may be elsewhere", async () => {
    const { client } = await startClient({ idpLogout: ({ clientId }) => `https://id.example/logout?app=${clientId}` });
    expect(await client.endSessionUrl()).toBe("https://id.example/logout?app=demo-app");
  });

  test("may not be there", async () => {
    const { client, provider } = await startClient();
    provider.script.metadata = { end_session_endpoint: undefined };
    const failure = await failureOf(client.endSessionUrl());
    expect(failure.code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
    expect(failure.message).toContain("end_session_endpoint");
  });

  test("sends nobody to an unprotected place", async () => {
    const { client } = await startClient();
    const failure = await failureOf(client.endSessionUrl({ postLogoutRedirectUri: "http://program.example" }));
    expect(failure.code).toBe("OIDC_OPTIONS");
  });
});

describe.each<[string, Fault, string, boolean]>([
  ["away", "reset", "OIDC_PROVIDER_UNREACHABLE", true],
  ["silent", "silence", "OIDC_PROVIDER_TIMEOUT", true],
  ["in trouble", { status: 500, text: "" }, "OIDC_PROVIDER_UNAVAILABLE", true],
  ["replaced by a page", "html", "OIDC_PROVIDER_RESPONSE_INVALID", false],
  ["refusing this client", { status: 401, json: { error: "invalid_client" } }, "OIDC_PROVIDER_REFUSED", false],
])("a provider that is %s", (_what, fault, code, retryable) => {
  test("is told of by every method that asks it", async () => {
    const world = await startClient({ http: { timeout: 0.5 } });
    const { client, provider } = world;
    const { begun, back } = await logIn(world);
    for (const endpoint of ["token", "refresh", "introspection", "grant"] as const) provider.fail(endpoint, fault);
    const asking: Record<string, () => Promise<unknown>> = {
      exchange: () => client.exchange(back, begun),
      refresh: () => client.refresh("a refresh token"),
      introspect: () => client.introspect("a token"),
      clientCredentials: () => client.clientCredentials(),
      exchangeToken: () => client.exchangeToken({ subjectToken: "a token" }),
      grant: () => client.grant("urn:example:grant"),
    };
    for (const [name, ask] of Object.entries(asking)) {
      expect([name, await failureOf(ask())]).toMatchObject([name, { code, retryable }]);
    }
  });
});

test("what is no token is not sent", async () => {
  const { client, provider } = await startClient();
  const nothing = undefined as unknown as string;
  const asking: Promise<unknown>[] = [
    client.refresh(""),
    client.userinfo(nothing),
    client.introspect(""),
    client.revoke(""),
    client.exchangeToken({ subjectToken: "" }),
    client.exchangeToken({ subjectToken: "x", actorToken: "" }),
    client.grant(""),
  ];
  for (const asked of asking) expect((await failureOf(asked)).code).toBe("OIDC_OPTIONS");
  expect(provider.seen).toEqual([]);
});
