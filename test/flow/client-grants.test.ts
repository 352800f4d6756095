/**
 * Grants without a browser: passwords, exchanges, extensions.
 * @module
 */
import { inspect } from "node:util";
import { createClient } from "express-oidc";
import { describe, expect, test, vi } from "vitest";
import { createInstance } from "../../src/session/instance.js";
import { failureOf, startClient, visit } from "../support/client-world.js";
import type { Fault } from "../support/scripted/faults.js";
import { goodAssertion, jwtBearer, passwordOfAda } from "../support/scripted/grant-types.js";
import { breakSignature } from "../support/scripted/signing.js";
import { settingsWith } from "../support/settings.js";

const ada = { username: "ada", password: passwordOfAda };

/** The warnings of this process about express-oidc, from now on. */
function warnings(): unknown[] {
  const heard: unknown[] = [];
  vi.spyOn(process, "emitWarning").mockImplementation((...args) => void heard.push(args[1]));
  return heard;
}

describe("the password grant", () => {
  const insecurePasswordGrant = true;

  test("is off: nothing is sent, and the error says what to do instead", async () => {
    const { client, provider } = await startClient();
    for (const asked of [client.password(ada), client.grant("password", ada)]) {
      const failure = await failureOf(asked);
      expect(failure.code).toBe("OIDC_OPTIONS");
      expect(failure.message).toMatch(/insecurePasswordGrant: .*RFC 9700.*send people to log in at the provider/);
    }
    expect(provider.seen).toEqual([]);
  });

  test("warns once where it is switched on, for a client and for an app, and nowhere else", () => {
    const heard = warnings();
    const registration = { issuer: "https://id.example", clientId: "old" };
    createClient(registration);
    createInstance(settingsWith());
    expect(heard).toEqual([]);
    createClient({ ...registration, insecurePasswordGrant });
    createInstance(settingsWith({ insecurePasswordGrant }));
    const warning = { type: "ExpressOidcWarning", code: "OIDC_PASSWORD_GRANT" };
    expect(heard).toEqual([warning, warning]);
  });

  test("gives tokens of the person, verified", async () => {
    warnings();
    const { client, provider } = await startClient({ insecurePasswordGrant });
    const tokens = await client.password({ ...ada, scope: "openid profile", params: { tenant: "x" } });
    expect(tokens).toMatchObject({
      scope: "openid profile",
      claims: { sub: "ada", iss: provider.issuer },
      refreshToken: expect.stringMatching(/^rt-/),
    });
    expect(Object.fromEntries(provider.lastCall("grant")?.form ?? [])).toEqual({
      grant_type: "password",
      ...ada,
      scope: "openid profile",
      tenant: "x",
    });
    expect((await client.grant("password", ada)).accessToken).toMatch(/^at-/);
  });

  test("brings in no ID token whose signature is broken", async () => {
    warnings();
    const { client, provider } = await startClient({ insecurePasswordGrant });
    provider.script.sign = breakSignature;
    expect((await failureOf(client.password({ ...ada, scope: "openid" }))).code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });

  test("says that the visitor may try again where the password is wrong", async () => {
    warnings();
    const { client } = await startClient({ insecurePasswordGrant });
    const failure = await failureOf(client.password({ ...ada, password: "wrong" }));
    expect(failure).toMatchObject({ code: "OIDC_LOGIN_DENIED", status: 403, error: "invalid_grant" });
  });

  test.each<[string, Fault]>([
    ["an echo of it", { status: 400, json: { error: "invalid_grant", error_description: passwordOfAda } }],
    ["an echo in a page", { status: 500, text: passwordOfAda }],
    ["an echo that is no JSON", { status: 200, text: passwordOfAda, headers: { "content-type": "application/json" } }],
    ["an echo as a token of no type", { status: 200, json: { access_token: passwordOfAda, token_type: "x" } }],
    ["silence", "silence"],
    ["a cut connection", "reset"],
  ])("shows the password in no error: %s", async (_what, fault) => {
    warnings();
    const { client, provider } = await startClient({ insecurePasswordGrant, http: { timeout: 0.5 } });
    provider.fail("grant", fault);
    const failure = await failureOf(client.password(ada));
    expect(inspect(failure, { depth: null, showHidden: true })).not.toContain(passwordOfAda);
  });

  test.each([
    ["username", { params: { username: "root" } }],
    ["password", { params: { password: "other" } }],
    ["scope", { scope: "openid", params: { scope: "admin" } }],
  ])("sends no second %s", async (name, more) => {
    warnings();
    const { client, provider } = await startClient({ insecurePasswordGrant });
    const failure = await failureOf(client.password({ ...ada, ...more }));
    expect(failure.message).toContain(`password() params.${name}: is sent already`);
    expect(provider.seen).toEqual([]);
  });

  test.each([
    ["username", { ...ada, username: "" }],
    ["password", { ...ada, password: 7 as unknown as string }],
  ])("needs a %s", async (name, request) => {
    warnings();
    const { client } = await startClient({ insecurePasswordGrant });
    const failure = await failureOf(client.password(request));
    expect(failure.message).toContain(`password() ${name}: must be a text`);
    expect(failure.message).not.toContain(passwordOfAda);
  });
});

describe("a token exchange", () => {
  async function startWithToken() {
    const world = await startClient();
    const begun = await world.client.authorizationUrl();
    const { accessToken } = await world.client.exchange(await visit(begun.url), begun);
    return { ...world, subjectToken: accessToken };
  }
  const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;

  test("gives another token for the same person", async () => {
    const { client, provider, subjectToken } = await startWithToken();
    const tokens = await client.exchangeToken({ subjectToken });
    expect(tokens).toMatchObject({ tokenType: "Bearer", issuedTokenType: type("access_token") });
    expect(tokens.accessToken).not.toBe(subjectToken);
    expect(await client.userinfo(tokens.accessToken)).toMatchObject({ sub: "ada" });
    expect(Object.fromEntries(provider.lastCall("grant")?.form ?? [])).toEqual({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: subjectToken,
      subject_token_type: type("access_token"),
    });
  });

  test("says all that can be said", async () => {
    const { client, provider, subjectToken } = await startWithToken();
    const tokens = await client.exchangeToken({
      subjectToken,
      subjectTokenType: "id_token",
      actorToken: "who acts",
      actorTokenType: "urn:example:badge",
      requestedTokenType: "jwt",
      audience: ["orders", "stock"],
      resource: "https://api.example",
      scope: "read",
      params: { reason: "audit" },
    });
    const sent = [...(provider.lastCall("grant")?.form ?? [])].map(([name, value]) => `${name}=${value}`);
    expect(sent.sort()).toEqual(
      [
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
        `subject_token=${subjectToken}`,
        `subject_token_type=${type("id_token")}`,
        "actor_token=who acts",
        "actor_token_type=urn:example:badge",
        `requested_token_type=${type("jwt")}`,
        "audience=orders",
        "audience=stock",
        "scope=read",
        "resource=https://api.example",
        "reason=audit",
      ].sort(),
    );
    expect(tokens).toMatchObject({ tokenType: "N_A", issuedTokenType: type("jwt"), scope: "read" });
  });

  test.each([
    ["subject_token", {}],
    ["subject_token_type", {}],
    ["actor_token", { actorToken: "who acts" }],
    ["audience", { audience: ["orders"] }],
    ["resource", { resource: "https://api.example" }],
    ["requested_token_type", { requestedTokenType: "jwt" }],
  ])("sends no second %s: each server would read another one of the two", async (name, more) => {
    const { client, provider } = await startClient();
    const failure = await failureOf(client.exchangeToken({ subjectToken: "a", ...more, params: { [name]: "urn:b" } }));
    expect(failure.code).toBe("OIDC_OPTIONS");
    expect(failure.message).toContain(`exchangeToken() params.${name}: is sent already`);
    expect(provider.seen).toEqual([]);
  });

  test("takes by its wire name what it does not send itself", async () => {
    const { client, provider, subjectToken } = await startWithToken();
    await client.exchangeToken({ subjectToken, params: { audience: ["a", "b"], scope: "read" } });
    const { form } = provider.lastCall("grant") ?? {};
    expect([form?.getAll("audience"), form?.getAll("scope")]).toEqual([["a", "b"], ["read"]]);
  });

  test("is not kept: each asks the provider", async () => {
    const { client, provider, subjectToken } = await startWithToken();
    for (const _time of [1, 2]) await client.exchangeToken({ subjectToken });
    expect(provider.calls("grant")).toBe(2);
  });

  test("of a token that is not good is refused, without showing it", async () => {
    const { client } = await startWithToken();
    const failure = await failureOf(client.exchangeToken({ subjectToken: "a stranger's token" }));
    expect(failure).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error: "invalid_request" });
    expect(inspect(failure, { depth: null })).not.toContain("stranger");
  });

  test("that says nothing of what it has issued is taken all the same", async () => {
    const { client, provider, subjectToken } = await startWithToken();
    provider.script.granted = { issued_token_type: undefined };
    expect((await client.exchangeToken({ subjectToken })).issuedTokenType).toBeUndefined();
  });
});

describe("an extension grant", () => {
  test("goes by its name, with whatever it needs", async () => {
    const { client, provider } = await startClient();
    const tokens = await client.grant(jwtBearer, {
      assertion: goodAssertion,
      scope: "read",
      resource: ["urn:a", "urn:b"],
    });
    expect(tokens).toMatchObject({ tokenType: "Bearer", scope: "read" });
    const { form } = provider.lastCall("grant") ?? {};
    expect([form?.get("grant_type"), form?.getAll("resource")]).toEqual([jwtBearer, ["urn:a", "urn:b"]]);
  });

  test.each([
    ["that is not accepted", jwtBearer, "invalid_grant", "registration"],
    ["that the provider does not know", "urn:example:unheard", "unsupported_grant_type", "does not know this grant"],
  ])("%s is refused", async (_what, grantType, error, remedy) => {
    const { client } = await startClient();
    const failure = await failureOf(client.grant(grantType));
    expect(failure).toMatchObject({ code: "OIDC_PROVIDER_REFUSED", error });
    expect(failure.message).toContain(remedy);
  });

  test("is not given a type that only exchanged tokens have", async () => {
    const { client, provider } = await startClient();
    provider.script.granted = { token_type: "N_A" };
    const failure = await failureOf(client.grant(jwtBearer, { assertion: goodAssertion }));
    expect(failure.code).toBe("OIDC_PROVIDER_RESPONSE_INVALID");
  });

  test.each([
    ["authorization_code", "exchange()"],
    ["refresh_token", "refresh()"],
  ])("is not the way for %s, which %s is for", async (grantType, method) => {
    const { client } = await startClient();
    const failure = await failureOf(client.grant(grantType, {}));
    expect([failure.code, failure.message]).toEqual(["OIDC_OPTIONS", expect.stringContaining(method)]);
  });
});
