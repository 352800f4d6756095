/**
 * What a renewal asks the provider for, and what it does not take for an answer.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { AuthOptions } from "../../src/options.js";
import { failureIn, heldIn, startScriptedWorld } from "../support/scripted-world.js";

describe("a refresh request", () => {
  const grant = { grant_type: "refresh_token", refresh_token: expect.stringMatching(/^rt-/) };
  const secret = expect.any(String);

  test.each<[string, Partial<AuthOptions>, object]>([
    ["client_secret_basic", {}, grant],
    [
      "client_secret_post",
      { clientAuth: "client_secret_post" },
      { ...grant, client_id: "demo-app", client_secret: secret },
    ],
    ["none", { clientAuth: "none" }, { ...grant, client_id: "demo-app" }],
  ])("says with client authentication %s who asks and for which grant, and nothing else: no scope", async (...row) => {
    const [method, more, fields] = row;
    const asked = { scope: "openid profile offline_access", authorizationParams: { audience: "an-api" } };
    const { provider, signIn } = await startScriptedWorld({
      ...(method === "none" && { registration: { clientSecret: undefined } }),
      options: { ...asked, ...more },
    });
    const { browser } = await signIn();
    expect((await browser.fetch("/refresh")).status).toBe(200);
    const request = provider.lastCall("refresh");
    expect(request?.auth.method).toBe(method);
    expect([...(request?.form ?? [])]).toEqual(expect.arrayContaining(Object.entries(fields)));
    expect([...(request?.form.keys() ?? [])].sort()).toEqual(Object.keys(fields).sort());
    expect([...(request?.query ?? [])]).toEqual([]);
  });
});

describe("a renewal", () => {
  test.each([
    ["sub", { sub: "mallory" }],
    ["auth_time", { auth_time: 1_000_000_000 }],
    ["nonce", { nonce: "another" }],
    ["azp", { azp: "another-app" }],
  ])("with another %s in its ID token ends the login", async (_name, claims) => {
    const { provider, signIn } = await startScriptedWorld();
    const { browser, page } = await signIn("/held");
    provider.script.renewedIdToken = claims;
    const failure = failureIn(await browser.fetch("/refresh"));
    expect(failure).toMatchObject({ status: 401, code: "OIDC_SESSION_REFRESH_REJECTED" });
    expect((await browser.fetch("/api")).status).toBe(401);
    expect(heldIn(await browser.get("/loose-held"))).not.toHaveProperty("user");
    expect(failure.message).not.toContain(heldIn(page).accessToken);
  });

  test.each([
    ["iss", { iss: "https://evil.example" }],
    ["aud", { aud: "another-app" }],
    ["aud (a list without us)", { aud: ["another-app", "a-third"] }],
  ])("with another %s in its ID token is not believed: 502, and the login stays as it was", async (_name, claims) => {
    const { provider, signIn } = await startScriptedWorld();
    const { browser, page } = await signIn("/held");
    provider.script.renewedIdToken = claims;
    const failure = failureIn(await browser.fetch("/refresh"));
    expect(failure).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
    expect((await browser.fetch("/api")).status).toBe(200);
    expect(heldIn(await browser.get("/held"))).toEqual(heldIn(page));
  });
});
