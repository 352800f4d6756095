/**
 * What the provider's userinfo endpoint adds to a person.
 * @module
 */
import { describe, expect, test } from "vitest";
import { stopClock } from "../support/clock.js";
import { failureIn, heldIn, startScriptedWorld } from "../support/scripted-world.js";

describe("the option userinfo", () => {
  test("adds claims to the person at login, and leaves those of the ID token as they are", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
    provider.script.userinfo = { name: "Countess Lovelace", phone_number: "+44 1", address: { country: "GB" } };
    const { claims, user } = heldIn((await signIn("/held")).page);
    expect(user).toMatchObject({ name: "Countess Lovelace", phone_number: "+44 1", address: { country: "GB" } });
    expect(claims).toMatchObject({ name: "Ada Lovelace" });
    expect(claims).not.toHaveProperty("phone_number");
    const { headers, query } = provider.lastCall("userinfo") ?? {};
    expect(headers?.authorization).toMatch(/^Bearer at-/);
    expect(query?.toString()).toBe("");
  });

  test("is off by default", async () => {
    const { provider, signIn } = await startScriptedWorld();
    await signIn();
    expect(provider.calls("userinfo")).toBe(0);
  });

  test("does not take away what userinfo does not know", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
    provider.script.userinfo = { name: null, email: undefined };
    expect(heldIn((await signIn("/held")).page).user).toMatchObject({
      name: "Ada Lovelace",
      email: "ada@example.org",
    });
  });

  test("never changes the claims of the protocol", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
    const names = ["iss", "aud", "exp", "iat", "nonce", "auth_time", "acr", "amr", "sid", "azp", "at_hash"];
    provider.script.userinfo = Object.fromEntries(names.map((name) => [name, "forged"]));
    const { claims, user } = heldIn((await signIn("/held")).page);
    expect(user).toEqual(claims);
  });

  test.each(['{"sub":"ada","__proto__":{"admin":true}}', '{"sub":"ada","constructor":{"prototype":{"admin":true}}}'])(
    "leaves all other objects alone: %s",
    async (text) => {
      const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
      provider.fail("userinfo", { status: 200, text, headers: { "content-type": "application/json" } });
      const { user } = heldIn((await signIn("/held")).page);
      expect(user?.["admin"]).toBeUndefined();
      expect(Object.hasOwn({}, "admin") || "admin" in {}).toBe(false);
    },
  );

  test("is asked again when tokens are renewed", async () => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
    provider.script.userinfo = { phone_number: "+44 1" };
    const { browser } = await signIn();
    await browser.get("/refresh");
    expect(heldIn(await browser.get("/held")).user).toMatchObject({ phone_number: "+44 1" });
    expect(provider.calls("userinfo")).toBe(2);
  });

  test.each([
    ["is about somebody else", { sub: "mallory" }],
    ["is about nobody", { sub: undefined }],
    ["has a number as its sub", { sub: 7 }],
  ])("logs nobody in when the answer %s", async (_name, userinfo) => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true } });
    provider.script.userinfo = userinfo;
    const { browser, page } = await signIn();
    expect(failureIn(page)).toMatchObject({ status: 502, code: "OIDC_PROVIDER_RESPONSE_INVALID" });
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test.each([
    ["answers 503", { status: 503 }, 502, "OIDC_PROVIDER_UNAVAILABLE"],
    ["answers HTML", "html", 502, "OIDC_PROVIDER_RESPONSE_INVALID"],
    ["is silent", "silence", 504, "OIDC_PROVIDER_TIMEOUT"],
  ] as const)("logs nobody in when the endpoint %s", async (_name, fault, status, code) => {
    const { provider, signIn } = await startScriptedWorld({ options: { userinfo: true, http: { timeout: 0.5 } } });
    provider.fail("userinfo", fault);
    expect(failureIn((await signIn()).page)).toMatchObject({ status, code });
  });
});

describe("req.oidc.userinfo()", () => {
  test("asks each time, and changes nothing of the login", async () => {
    const { provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    provider.script.userinfo = { name: "Countess Lovelace" };
    expect((await browser.get("/userinfo")).json()).toMatchObject({ sub: "ada", name: "Countess Lovelace" });
    await browser.get("/userinfo");
    expect(provider.calls("userinfo")).toBe(2);
    expect(heldIn(await browser.get("/held")).user).toMatchObject({ name: "Ada Lovelace" });
  });

  test("renews the access token first where that is due", async () => {
    const clock = stopClock();
    const { provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    clock.advance(3700);
    expect((await browser.get("/userinfo")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(1);
  });

  test("refuses an answer about somebody else", async () => {
    const { provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    provider.script.userinfo = { sub: "mallory" };
    expect(failureIn(await browser.get("/userinfo"))).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
    });
  });

  test.each([["with a challenge", { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } }]])(
    "tells %s that the access token is not accepted any more",
    async (_name, fault) => {
      const { provider, signIn } = await startScriptedWorld();
      const { browser } = await signIn();
      provider.fail("userinfo", fault);
      expect(failureIn(await browser.fetch("/userinfo"))).toMatchObject({ status: 401, code: "OIDC_TOKEN_EXPIRED" });
      expect((await browser.fetch("/api")).status).toBe(200);
    },
  );
});
