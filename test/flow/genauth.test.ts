/**
 * Logins at GenAuth, each of its settings at least once. `npm run test:all` has all of them together.
 * @module
 */
import { describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { isSignedIn } from "../support/asking.js";
import { testGenauth } from "../support/genauth-suite.js";
import { startGenauthWorld } from "../support/genauth-world.js";
import { askToLogIn, step } from "../support/journey.js";
import { failureIn, heldIn } from "../support/scripted-world.js";

testGenauth({ protocol: "oidc", idTokenSigningAlg: "RS256", accessTokens: "jwt", envelope: false });
testGenauth({ protocol: "oidc", idTokenSigningAlg: "HS256", accessTokens: "opaque", envelope: true });
testGenauth({ protocol: "oauth", accessTokens: "opaque", envelope: true });

describe("the way to GenAuth", () => {
  test("needs no discovery, and goes to the endpoints of the protocol", async () => {
    const { app, genauth } = await startGenauthWorld();
    const url = await askToLogIn(new Browser(), `${app.url}/private`);
    expect(`${url.origin}${url.pathname}`).toBe(`${genauth.origin}/oidc/auth`);
    expect(genauth.calls).toEqual({});
  });

  test("finds the endpoints by discovery where that is wanted", async () => {
    const { genauth, signIn } = await startGenauthWorld({ options: { discovery: true } });
    expect((await signIn()).page.json()).toEqual({ sub: "user-ada" });
    expect(genauth.calls["/oidc/.well-known/openid-configuration"]).toBe(1);
  });

  test("names the tenant, and asks for consent with offline_access alone", async () => {
    const { app, genauth, signIn } = await startGenauthWorld({ options: { tenantId: "tenant-7" } });
    const url = await askToLogIn(new Browser(), `${app.url}/private`);
    expect([url.searchParams.get("tenant_id"), url.searchParams.get("prompt")]).toEqual(["tenant-7", "consent"]);
    await signIn();
    expect(genauth.tenants).toContain("tenant-7");
    const other = await startGenauthWorld({ options: { scope: "openid" } });
    const plain = await askToLogIn(new Browser(), `${other.app.url}/private`);
    expect([plain.searchParams.get("tenant_id"), plain.searchParams.get("prompt")]).toEqual([null, null]);
  });
});

describe("a login at GenAuth without offline_access", () => {
  test("has no refresh token, and says so", async () => {
    const { signIn } = await startGenauthWorld({ options: { scope: "openid profile" } });
    const { browser, page } = await signIn("/held");
    expect(heldIn(page).refreshToken).toBeUndefined();
    const failure = failureIn(await browser.fetch("/refresh"));
    expect([failure.code, failure.message]).toEqual(["OIDC_TOKEN_EXPIRED", expect.stringContaining("offline_access")]);
  });
});

describe("an ID token with another algorithm than the option says", () => {
  test.each(["RS256", "HS256"] as const)("logs nobody in, and the error names the option: %s", async (alg) => {
    const { signIn } = await startGenauthWorld({
      idTokenSigningAlg: alg,
      options: { idTokenSigningAlg: alg === "RS256" ? "HS256" : "RS256" },
    });
    expect(failureIn((await signIn()).page)).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
      message: expect.stringContaining("idTokenSigningAlg"),
    });
  });
});

describe("GenAuth's refusal in an envelope", () => {
  test("is the refusal that it is: of the app's secret", async () => {
    const { signIn } = await startGenauthWorld({ envelope: true, options: { appSecret: "f".repeat(32) } });
    expect(failureIn((await signIn()).page)).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_REFUSED",
      message: expect.stringContaining("invalid_client"),
    });
  });
});

describe("the easy logout", () => {
  test("goes on at GenAuth without an ID token, and comes back", async () => {
    const { app, genauth, signIn } = await startGenauthWorld({ options: { logout: "easy" } });
    const { browser } = await signIn();
    const { redirect } = await step(browser, `${app.url}/logout`);
    expect(`${redirect?.origin}${redirect?.pathname}`).toBe(`${genauth.origin}/login/profile/logout`);
    expect([...(redirect?.searchParams ?? [])]).toEqual([["redirect_uri", `${app.url}/logged-out`]]);
    expect((await browser.follow(redirect ?? "")).url.href).toBe(`${app.url}/`);
    expect(await isSignedIn(browser, app.url)).toBe(false);
  });

  test("names no way back where that route is off", async () => {
    const { app, signIn } = await startGenauthWorld({
      options: { logout: "easy", routes: { postLogoutRedirect: false } },
    });
    const { browser } = await signIn();
    const { redirect } = await step(browser, `${app.url}/logout`);
    expect(redirect?.search).toBe("");
  });
});
