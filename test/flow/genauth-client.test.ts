/**
 * AuthenticationClient: the methods of GenAuth's documents, against the emulated GenAuth.
 * @module
 */
import { AuthenticationClient, type Models } from "express-oidc/genauth";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test, vi } from "vitest";
import { failureOf } from "../support/client-world.js";
import { stopClock } from "../support/clock.js";
import { type ClientVariant, startGenauthClient } from "../support/genauth-client-world.js";

const variants: readonly ClientVariant[] = [
  { protocol: "oidc", idTokenSigningAlg: "RS256", accessTokens: "jwt", envelope: false },
  { protocol: "oidc", idTokenSigningAlg: "HS256", accessTokens: "opaque", envelope: true },
  { protocol: "oauth", accessTokens: "opaque", envelope: false },
  { protocol: "oauth", accessTokens: "opaque", envelope: true },
];

describe.each(variants)("the client of an app at GenAuth, set up as %j", (variant) => {
  const isOidc = variant.protocol === "oidc";

  async function loggedIn() {
    const world = await startGenauthClient(variant);
    const { code, nonce } = await world.logIn();
    const options = nonce === undefined ? {} : { nonce };
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    return { ...world, code, tokens: await world.client.getAccessTokenByCode(code, options) };
  }

  test("gets the bare token response for a code, with the lifetime by both names", async () => {
    const { tokens, genauth } = await loggedIn();
    const more = variant.envelope === true ? {} : { scope: isOidc ? expect.stringContaining("openid") : "user" };
    expect(tokens).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 3600,
      expire_in: 3600,
      ...(isOidc && { id_token: expect.any(String) }),
      ...more,
    });
    if (!isOidc) return;
    expect(decodeJwt(tokens.id_token ?? "")).toMatchObject({ sub: "user-ada", aud: genauth.app.appId, nickname: null });
    expect(decodeProtectedHeader(tokens.id_token ?? "").alg).toBe(variant.idTokenSigningAlg);
  });

  test("gets new tokens for a refresh token", async () => {
    const { client, tokens } = await loggedIn();
    const { refresh_token: refreshToken = "" } = tokens;
    const renewed = await client.getNewAccessTokenByRefreshToken(refreshToken);
    expect(renewed).toMatchObject({ token_type: "Bearer", expires_in: 3600, expire_in: 3600 });
    expect([tokens.access_token, tokens.refresh_token]).not.toContain(renewed.access_token);
    expect(renewed.refresh_token).toEqual(expect.any(String));
    expect(await failureOf(client.getNewAccessTokenByRefreshToken(refreshToken))).toMatchObject({
      code: "OIDC_SESSION_REFRESH_REJECTED",
    });
  });

  test("tells of the person in the documents' form, nulls included", async () => {
    const { client, tokens } = await loggedIn();
    const person: Models.UserInfo = await client.getUserInfoByAccessToken(tokens.access_token);
    expect(person).toMatchObject({ sub: "user-ada", email: "ada@example.com", gender: "U", nickname: null });
    expect(person).not.toHaveProperty("iss");
    const failure = await failureOf(client.getUserInfoByAccessToken(tokens.access_token, { sub: "user-alan" }));
    expect(failure.code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });

  test("asks about tokens and ends them", async () => {
    const { client, genauth, tokens } = await loggedIn();
    const { access_token: accessToken, refresh_token: refreshToken = "" } = tokens;
    expect(await client.introspectToken(accessToken)).toMatchObject({ active: true, client_id: genauth.app.appId });
    expect(await client.introspectToken(refreshToken)).toMatchObject({ active: true, sub: "user-ada" });
    expect(await client.revokeToken(accessToken)).toBe(true);
    expect(await client.introspectToken(accessToken)).toEqual({ active: false });
    expect(await client.revokeToken(refreshToken)).toBe(true);
    expect(await client.introspectToken(refreshToken)).toEqual({ active: false });
    expect((await failureOf(client.getUserInfoByAccessToken(accessToken))).code).toBe("OIDC_TOKEN_EXPIRED");
  });

  test("names the other method where a refresh token is taken for a code", async () => {
    const { client, tokens } = await loggedIn();
    const { refresh_token: refreshToken = "" } = tokens;
    const failure = await failureOf(client.getAccessTokenByCode(refreshToken));
    expect(failure).toMatchObject({
      code: "OIDC_LOGIN_EXPIRED",
      message: expect.stringContaining("getNewAccessTokenByRefreshToken()"),
    });
    expect(JSON.stringify([failure.message, failure.stack, String(failure.cause)])).not.toContain(refreshToken);
  });

  test("takes a code once", async () => {
    const { client, code } = await loggedIn();
    expect((await failureOf(client.getAccessTokenByCode(code))).code).toBe("OIDC_LOGIN_EXPIRED");
  });

  test("is told what is wrong with its secret", async () => {
    const { create, logIn } = await startGenauthClient(variant);
    const { code } = await logIn();
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const failure = await failureOf(create({ appSecret: "f".repeat(32) }).getAccessTokenByCode(code));
    expect(failure).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error: "invalid_client" });
  });
});

describe("a client that does not say its protocol", () => {
  test.each(["oidc", "oauth"] as const)("follows the form of what it is given: %s", async (protocol) => {
    const { create, genauth, logIn, redirectUri } = await startGenauthClient({ protocol });
    vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const client = new AuthenticationClient({
      ...genauth.app,
      redirectUri,
      scope: "openid",
      idTokenSigningAlg: "RS256",
    });
    const { access_token: accessToken, refresh_token: refreshToken = "" } = await client.getAccessTokenByCode(
      (await logIn()).code,
    );
    expect(await client.getUserInfoByAccessToken(accessToken)).toMatchObject({ sub: "user-ada" });
    expect(await client.introspectToken(refreshToken)).toMatchObject({ active: true });
    await client.getNewAccessTokenByRefreshToken(refreshToken);
    await client.revokeToken(accessToken);
    const called = Object.keys(genauth.calls).filter((path) => path.startsWith(`/${protocol}/`));
    for (const path of ["token", "me", "token/introspection", "token/revocation"])
      expect(called).toContain(`/${protocol}/${path}`);
    const other = protocol === "oidc" ? "/oauth/" : "/oidc/token";
    expect(Object.keys(genauth.calls).filter((path) => path.startsWith(other))).toEqual([]);
    expect(create().buildAuthorizeUrl()).toContain(`/${protocol}/auth?`);
  });

  test("asks about a token of OAuth 2.0 though its logins insist on what only OpenID Connect can show", async () => {
    const { genauth, redirectUri } = await startGenauthClient();
    const client = new AuthenticationClient({
      ...genauth.app,
      redirectUri,
      authorizationParams: { max_age: 60 },
    });
    expect(await client.introspectToken("0".repeat(40))).toEqual({ active: false });
    expect(Object.keys(genauth.calls)).toEqual(["/oauth/token/introspection"]);
  });
});

describe("a code", () => {
  test("without nonce and verifier is taken with a warning, once", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const { client, logIn } = await startGenauthClient();
    await client.getAccessTokenByCode((await logIn()).code);
    await client.getAccessTokenByCode((await logIn()).code);
    const warning = { type: "ExpressOidcWarning", code: "OIDC_CODE_UNBOUND" };
    expect(warned.mock.calls).toEqual([[expect.stringContaining("pass the nonce"), warning]]);
  });

  test("of another login than its nonce is refused", async () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const { client, logIn } = await startGenauthClient();
    const [one, other] = [await logIn(), await logIn()];
    const failure = await failureOf(client.getAccessTokenByCode(one.code, { nonce: other.nonce ?? "" }));
    expect(failure.code).toBe("OIDC_LOGIN_RESPONSE_INVALID");
    expect(warned).not.toHaveBeenCalled();
  });

  test("with PKCE needs the verifier of its login", async () => {
    const { client, visit } = await startGenauthClient();
    const codeVerifier = client.generateCodeChallenge();
    expect(codeVerifier).toMatch(/^[\w-]{43}$/);
    const codeChallenge = client.getCodeChallengeDigest({ codeChallenge: codeVerifier });
    const code = async () => (await visit(client.buildAuthorizeUrl({ codeChallenge }))).get("code") ?? "";
    expect(await client.getAccessTokenByCode(await code(), { codeVerifier })).toHaveProperty("id_token");
    const stranger = client.getAccessTokenByCode(await code(), { codeVerifier: client.generateCodeChallenge() });
    expect((await failureOf(stranger)).code).toBe("OIDC_LOGIN_EXPIRED");
  });

  test("brings no ID token in that is signed otherwise than the options say", async () => {
    const { create, logIn } = await startGenauthClient({ idTokenSigningAlg: "HS256" });
    const { code, nonce = "" } = await logIn();
    const failure = await failureOf(create({ idTokenSigningAlg: "RS256" }).getAccessTokenByCode(code, { nonce }));
    expect(failure.code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });

  test("brings no ID token in that names another issuer", async () => {
    const { create, logIn } = await startGenauthClient();
    const { code, nonce = "" } = await logIn();
    const failure = await failureOf(create({ issuer: "https://other.example" }).getAccessTokenByCode(code, { nonce }));
    expect(failure.code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });

  test("is not taken with a nonce that got lost on the way", async () => {
    const { client, logIn } = await startGenauthClient();
    const { code } = await logIn();
    for (const lost of [{ nonce: undefined }, { nonce: "" }, { codeVerifier: undefined }])
      expect((await failureOf(client.getAccessTokenByCode(code, lost as object))).code).toBe("OIDC_OPTIONS");
  });

  test("is not taken with a proof by a name that nobody would heed", async () => {
    const { client, logIn } = await startGenauthClient();
    const { code, nonce = "" } = await logIn();
    for (const [name, right] of [
      ["none", "nonce"],
      ["code_verifier", "codeVerifier"],
    ] as const) {
      const failure = await failureOf(client.getAccessTokenByCode(code, { [name]: nonce }));
      expect(failure.message).toMatch(new RegExp(`${name}: there is no such option; did you mean .${right}`));
    }
    expect((await failureOf(client.getAccessTokenByCode(code, null as never))).code).toBe("OIDC_OPTIONS");
  });

  test("must be there, and a nonce is for OpenID Connect alone", async () => {
    const { create, client } = await startGenauthClient();
    expect((await failureOf(client.getAccessTokenByCode(""))).message).toMatch(
      /getAccessTokenByCode\(\) code: must be/,
    );
    const oauth = create({ protocol: "oauth" });
    expect((await failureOf(oauth.getAccessTokenByCode("c", { nonce: "n" }))).message).toMatch(/leave it out/);
  });
});

describe("a token for a program", () => {
  test("comes for the key pair of a programmatic access account, and is kept until it is due", async () => {
    const clock = stopClock();
    const { client, genauth } = await startGenauthClient();
    const { scope, ...account } = genauth.account;
    const first = await client.getAccessTokenByClientCredentials(scope, account);
    expect(first).toEqual({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: 600,
      expire_in: 600,
      scope,
    });
    clock.advance(100);
    const again = await client.getAccessTokenByClientCredentials(scope, { ...account });
    expect(again).toEqual({ ...first, expires_in: 500, expire_in: 500 });
    expect(genauth.calls["/oidc/token"]).toBe(1);
  });

  test("comes for such an account where the app itself has no secret", async () => {
    const { create, genauth } = await startGenauthClient();
    const { scope, ...account } = genauth.account;
    const client = create({ appSecret: undefined, clientAuth: "none" } as object);
    expect(await client.getAccessTokenByClientCredentials(scope, account)).toMatchObject({ scope });
  });

  test("is asked for with a short key where ID tokens are signed with the app's own", async () => {
    const { create, genauth } = await startGenauthClient({ idTokenSigningAlg: "HS256" });
    const client = create({ idTokenSigningAlg: "HS256" });
    const account = { accessKey: genauth.account.accessKey, accessSecret: "short" };
    const failure = await failureOf(client.getAccessTokenByClientCredentials("book:read", account));
    expect(failure).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error: "invalid_client" });
  });

  test("needs an account that is one", async () => {
    const { client } = await startGenauthClient();
    for (const account of [null, {}, "key"])
      expect((await failureOf(client.getAccessTokenByClientCredentials("book:read", account as never))).code).toBe(
        "OIDC_OPTIONS",
      );
  });

  test("comes not with another key, nor for an app that may not", async () => {
    const { client, genauth } = await startGenauthClient();
    const { accessKey } = genauth.account;
    const refused = await failureOf(
      client.getAccessTokenByClientCredentials("book:read", { accessKey, accessSecret: "0".repeat(32) }),
    );
    expect(refused).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error: "invalid_client" });
    expect(await failureOf(client.getAccessTokenByClientCredentials())).toMatchObject({
      code: "OIDC_PROVIDER_REFUSED",
    });
  });
});

describe("a password", () => {
  test("is taken by the client object alone, and only where the app insists", async () => {
    const { client, create } = await startGenauthClient();
    const who = { username: "ada", password: "lovelace", scope: "openid" };
    expect((await failureOf(client.client.password(who))).code).toBe("OIDC_OPTIONS");
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    const old = create({ insecurePasswordGrant: true }).client;
    expect(warned).toHaveBeenCalledOnce();
    expect(await old.password(who)).toMatchObject({ tokenType: "Bearer", claims: { sub: "user-ada" } });
    expect((await failureOf(old.password({ ...who, password: "byron" }))).code).toBe("OIDC_LOGIN_DENIED");
  });
});

describe("a login with all that protects it", () => {
  test("is at hand as the client object", async () => {
    const { client, redirectUri, visit } = await startGenauthClient();
    const { url, ...login } = await client.client.authorizationUrl({ redirectUri });
    const tokens = await client.client.exchange(await visit(url), login);
    expect(tokens.claims).toMatchObject({ sub: "user-ada" });
  });
});
