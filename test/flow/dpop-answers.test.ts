/**
 * What an app that binds its tokens (`dpop`) takes from its provider, and what not: other token types, algorithms, refusals.
 * @module
 */
import { EmbeddedJWK, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { failureOf, startClient } from "../support/client-world.js";
import { startOAuth2World } from "../support/oauth2-world.js";
import type { ScriptedProvider } from "../support/scripted-provider.js";
import { failureIn, type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

const asDpop = { token_type: "DPoP" };

/** An app that binds its tokens, at a provider that does so. */
async function startBound(world: ScriptedWorldOptions = {}) {
  const started = await startScriptedWorld({ ...world, options: { dpop: true, ...world.options } });
  const { script } = started.provider;
  script.tokens = asDpop;
  script.renewedTokens = asDpop;
  script.granted = asDpop;
  return started;
}

/** The proof of the newest request to an endpoint, its signature verified with the key that it brings along. */
async function proofOf(provider: ScriptedProvider, endpoint: Parameters<ScriptedProvider["lastCall"]>[0]) {
  return jwtVerify(String(provider.lastCall(endpoint)?.headers["dpop"]), EmbeddedJWK, { typ: "dpop+jwt" });
}

describe("an answer of another type than was asked for", () => {
  test("is refused at login: a token that is not bound would serve whoever steals it", async () => {
    const { provider, signIn } = await startBound();
    provider.script.tokens = { token_type: "Bearer" };
    expect(failureIn((await signIn()).page)).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringMatching(
        /the token request with a token that is not bound to this app's key.*Turn DPoP on/,
      ),
    });
  });

  test("is refused at a renewal, and the login goes on with the token that it has", async () => {
    const { provider, app, signIn } = await startBound();
    const { browser } = await signIn();
    provider.script.renewedTokens = { token_type: "Bearer" };
    expect(failureIn(await browser.get(`${app.baseUrl}/refresh`))).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringContaining("the refresh request"),
    });
    expect((await browser.get(`${app.baseUrl}/token`)).status).toBe(200);
  });

  test("is refused where nobody asked for bound tokens", async () => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.tokens = asDpop;
    expect(failureIn((await signIn()).page)).toMatchObject({
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringContaining("a token of another type than Bearer"),
    });
  });

  test("is refused by the client object, but for what an exchange calls no access token", async () => {
    const { provider, client } = await startClient({ dpop: true });
    const failure = await failureOf(client.clientCredentials());
    expect(failure).toMatchObject({ code: "OIDC_PROVIDER_RESPONSE_INVALID" });
    expect(failure.message).toContain("the client credentials request");
    provider.script.granted = asDpop;
    const { accessToken: subjectToken } = await client.clientCredentials({ force: true, scope: "read" });
    provider.script.granted = {};
    const exchanged = await client.exchangeToken({ subjectToken, requestedTokenType: "id_token" });
    expect(exchanged.tokenType).toBe("N_A");
  });
});

describe("the proofs", () => {
  test("go with code, refresh token and userinfo, each made for that request alone", async () => {
    const { provider, app, signIn } = await startBound({ options: { userinfo: true } });
    const { browser } = await signIn();
    await browser.get(`${app.baseUrl}/refresh`);
    const all = provider.seen.filter(({ headers }) => headers["dpop"] !== undefined);
    expect(all.map(({ endpoint }) => endpoint)).toEqual(["token", "userinfo", "refresh", "userinfo"]);
    expect(new Set(all.map(({ headers }) => headers["dpop"])).size).toBe(4);
    expect((await proofOf(provider, "refresh")).payload).toMatchObject({
      htm: "POST",
      htu: `${provider.issuer}/token`,
    });
    const { headers } = provider.lastCall("userinfo") ?? {};
    expect(headers?.authorization).toMatch(/^DPoP at-/);
    expect((await proofOf(provider, "userinfo")).payload["ath"]).toHaveLength(43);
  });

  test("prove the key of a login by plain OAuth 2.0 as well", async () => {
    const { provider, app, signIn } = await startOAuth2World({ options: { dpop: true } });
    provider.script.tokens = { ...asDpop, id_token: undefined };
    const { page, browser } = await signIn();
    expect(page.json()).toEqual({ sub: "ada" });
    expect((await browser.get(`${app.baseUrl}/userinfo`)).status).toBe(200);
    expect(provider.lastCall("userinfo")?.headers.authorization).toMatch(/^DPoP /);
  });

  test.each([["ES256"], ["Ed25519"], ["EdDSA"], ["ES384"], ["ES512"], ["PS256"], ["RS256"]] as const)(
    "are signed with %s where that is asked for, by a key that is the same after a renewal",
    async (alg) => {
      const { provider, app, signIn } = await startBound({ options: { dpop: { alg } } });
      const { browser } = await signIn();
      const first = await proofOf(provider, "token");
      expect(first.protectedHeader.alg).toBe(alg);
      await browser.get(`${app.baseUrl}/refresh`);
      const second = await proofOf(provider, "refresh");
      expect(second.protectedHeader).toEqual(first.protectedHeader);
      expect(Object.keys(second.protectedHeader.jwk ?? {})).not.toContain("d");
    },
  );

  test("are signed with what the provider lists", async () => {
    const { provider, signIn } = await startBound();
    provider.script.metadata = { dpop_signing_alg_values_supported: ["RS512", "EdDSA"] };
    await signIn();
    expect((await proofOf(provider, "token")).protectedHeader.alg).toBe("EdDSA");
  });

  test("are impossible where it lists nothing that the options allow, which is told before anybody is sent to it", async () => {
    const { provider, signIn } = await startBound({ options: { dpop: { alg: "ES256" } } });
    provider.script.metadata = { dpop_signing_alg_values_supported: ["RS512"] };
    expect(failureIn((await signIn()).page)).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringMatching(/takes no DPoP proof signed with ES256.*set dpop\.alg/),
    });
    expect(provider.calls("authorize")).toBe(0);
  });

  test("that are refused name the clock and the algorithm", async () => {
    const { provider, signIn } = await startBound();
    provider.fail("token", { status: 400, json: { error: "invalid_dpop_proof" } });
    expect(failureIn((await signIn()).page)).toMatchObject({
      code: "OIDC_PROVIDER_REFUSED",
      message: expect.stringMatching(/invalid_dpop_proof\. Check this machine's clock, and dpop\.alg/),
    });
  });
});
