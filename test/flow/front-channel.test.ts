/**
 * Answers that bring tokens through the browser, where anybody could have put them: what is tampered with, left out or taken from another
 * login lets nobody in.
 * @module
 */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ResponseType } from "../support/response-providers.js";
import { deliver, openScriptedResponses, whoIsIn } from "../support/response-world.js";
import type { SignedOver } from "../support/scripted/answers.js";
import type { Script } from "../support/scripted/script.js";
import * as forgeries from "../support/scripted/signing.js";
import { failureIn, heldIn } from "../support/scripted-world.js";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockReturnValue());

/** Logs in at a provider with this script, and tells what the app says of it. */
async function failWith(type: ResponseType, script: Partial<Script>) {
  const world = await openScriptedResponses({ type });
  Object.assign(world.provider.script, script);
  const browser = world.newBrowser();
  const { status, code, message } = failureIn(await world.signIn(browser));
  expect(await whoIsIn(browser)).toBeNull();
  return { status, code, message, redeemed: world.provider.calls("token") };
}

const refused = { status: 400, code: "OIDC_LOGIN_RESPONSE_INVALID", redeemed: 0 };
const claims = (over: NonNullable<SignedOver["claims"]>): SignedOver => ({ claims: over });

describe("an ID token that comes with the browser", () => {
  test.each<[string, SignedOver, RegExp]>([
    ["whose signature was changed", { sign: forgeries.breakSignature }, /signature/],
    ["whose claims were changed", { sign: forgeries.swapClaims }, /signature/],
    ["that is signed with a stranger's key", { sign: forgeries.signWithForeignKey }, /signature/],
    ["that brings its own key along", { sign: forgeries.embedForeignKey }, /signature/],
    ["of another issuer", claims({ iss: "https://evil.example" }), /iss is another issuer/],
    ["for another client", claims({ aud: "another-app" }), /aud/],
    ["for several clients, without azp", claims({ aud: ["demo-app", "other"] }), /azp is missing/],
    ["for another party", claims({ azp: "another-app" }), /azp names another/],
    ["without exp", claims({ exp: undefined }), /exp is missing/],
    ["that has expired", claims({ exp: 1000 }), /exp/],
    ["from the future", claims({ iat: 4_000_000_000 }), /iat/],
    ["with the nonce of another login", claims({ nonce: "another" }), /nonce/],
    ["without nonce", claims({ nonce: undefined }), /nonce/],
    ["without sub", claims({ sub: undefined }), /sub/],
    ["without c_hash", claims({ c_hash: undefined }), /c_hash is missing/],
    ["with the c_hash of another code", claims({ c_hash: "AAAAAAAAAAAAAAAAAAAAAA" }), /c_hash belongs to another code/],
    ["without at_hash", claims({ at_hash: undefined }), /at_hash is missing/],
    ["with another's at_hash", claims({ at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }), /at_hash belongs to another/],
  ])("%s is refused before its code is redeemed", async (_what, frontIdToken, message) => {
    const failure = await failWith("code id_token token", { frontIdToken });
    expect(failure).toEqual({ ...refused, message: expect.stringMatching(message) });
  });

  test.each([
    ["unsigned", forgeries.leaveUnsigned],
    ["signed with the public key as a secret", forgeries.signWithPublicKey],
  ])("that is %s is refused; what might have to be configured is told to the operator alone", async (_what, sign) => {
    const world = await openScriptedResponses({ type: "id_token" });
    world.provider.script.frontIdToken = { sign };
    const failure = failureIn(await world.signIn(world.newBrowser()));
    expect(failure).toMatchObject({
      ...statusAndCode,
      message: expect.stringMatching(/its algorithm is not accepted/),
    });
    expect(failure.message).not.toContain("idTokenSigningAlg");
    expect(world.app.errors).toMatchObject([{ cause: { message: expect.stringContaining("idTokenSigningAlg") } }]);
  });

  test("that is no token at all is refused", async () => {
    expect(await failWith("id_token", { callback: { id_token: "hello" } })).toMatchObject(refused);
  });

  test("whose key is not published is refused", async () => {
    expect(await failWith("id_token", { jwks: { keys: [] } })).toMatchObject(refused);
  });

  test("whose key can't be had is the provider's trouble", async () => {
    const world = await openScriptedResponses({ type: "id_token" });
    world.provider.fail("jwks", { status: 500, text: "" });
    expect(failureIn(await world.signIn(world.newBrowser())).status).toBe(502);
  });

  test("that is signed with the client secret is accepted where the options say so", async () => {
    const world = await openScriptedResponses({ type: "code id_token", options: { idTokenSigningAlg: "HS256" } });
    world.provider.script.alg = "HS256";
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "ada" });
  });

  test("shows how long ago the person has logged in, where that counts", async () => {
    const options = { authorizationParams: { max_age: 60 } };
    const world = await openScriptedResponses({ type: "id_token", options });
    expect((await world.signIn(world.newBrowser())).json()).toEqual({ sub: "ada" });
    world.provider.script.person = { ...world.provider.script.person, auth_time: 1000 };
    expect(failureIn(await world.signIn(world.newBrowser()))).toMatchObject({
      status: 403,
      code: "OIDC_STEP_UP_UNMET",
    });
  });
});

describe("an answer", () => {
  test.each<[ResponseType, string]>([
    ["code id_token", "code"],
    ["code id_token", "id_token"],
    ["code token", "access_token"],
    ["id_token token", "access_token"],
    ["id_token", "id_token"],
  ])("of type %s without %s is refused", async (type, name) => {
    const failure = await failWith(type, { callback: { [name]: undefined } });
    expect(failure).toEqual({ ...refused, message: expect.stringContaining(`neither the ${name}`) });
  });

  test("with an access token of another type than Bearer is refused", async () => {
    expect(await failWith("id_token token", { callback: { token_type: "mac" } })).toMatchObject(refused);
  });

  test("whose two ID tokens speak of different persons is refused", async () => {
    const failure = await failWith("code id_token", { frontIdToken: { claims: { sub: "mallory" } } });
    expect(failure).toEqual({ ...refused, redeemed: 1, message: expect.stringContaining("different persons") });
  });

  test.each<[ResponseType, object, boolean]>([
    ["code id_token", {}, true],
    ["code token", {}, false],
    ["code id_token", { iss: "https://evil.example" }, false],
    ["code id_token", { error: "access_denied", code: undefined }, false],
    ["code id_token", { error: "access_denied", id_token: "made up" }, false],
  ])("of type %s with %j from a provider that promises iss: accepted is %s", async (type, callback, isAccepted) => {
    const world = await openScriptedResponses({ type });
    Object.assign(world.provider.script, {
      metadata: { authorization_response_iss_parameter_supported: true },
      callback,
    });
    const page = await world.signIn(world.newBrowser());
    if (isAccepted) expect(page.json()).toEqual({ sub: "ada" });
    else expect(failureIn(page)).toMatchObject({ ...statusAndCode, message: expect.stringContaining("was asked") });
  });

  test("that says no is a refusal of the provider's", async () => {
    const failure = await failWith("id_token", { callback: { error: "access_denied" } });
    expect(failure).toMatchObject({ status: 403, code: "OIDC_LOGIN_DENIED" });
  });
});

const statusAndCode = { status: 400, code: "OIDC_LOGIN_RESPONSE_INVALID" };

describe("the tokens of a login", () => {
  test("are those of the token endpoint, where there is a code", async () => {
    const world = await openScriptedResponses({ type: "code id_token token" });
    const browser = world.newBrowser();
    const sent = await world.upToAnswer(browser, "/held");
    const held = heldIn(await deliver(browser, sent));
    expect([sent.fields["access_token"], sent.fields["id_token"]]).not.toContain(undefined);
    expect(held.accessToken).not.toBe(sent.fields["access_token"]);
    expect(held.idToken).not.toBe(sent.fields["id_token"]);
    expect(held.refreshToken).toBeDefined();
  });

  test("are those of the browser, with their lifetime, where there is none", async () => {
    const world = await openScriptedResponses({ type: "id_token token" });
    const held = heldIn(await world.signIn(world.newBrowser(), "/held"));
    expect(held.accessToken).toMatch(/^at-/);
    expect(held.expiresAt).toBeGreaterThan(Date.now() / 1000 + 3500);
    expect([held.refreshToken, world.provider.calls("token")]).toEqual([undefined, 0]);
  });

  test("are an ID token alone with id_token, and a handler that needs another one is told so", async () => {
    const events: unknown[] = [];
    const onLogin = ({ accessToken }: { accessToken: string | undefined }) => void events.push(accessToken);
    const world = await openScriptedResponses({ type: "id_token", options: { onLogin, revokeOnLogout: true } });
    const browser = world.newBrowser();
    const held = heldIn(await world.signIn(browser, "/held"));
    expect([held.accessToken, held.refreshToken, held.expiresAt, events]).toEqual([
      undefined,
      undefined,
      undefined,
      [undefined],
    ]);
    for (const path of ["/token", "/refresh", "/userinfo"]) {
      expect(failureIn(await browser.get(path))).toMatchObject({ status: 401, code: "OIDC_TOKEN_EXPIRED" });
    }
    expect(failureIn(await browser.get("/token")).message).toContain('responseType "id_token"');
    await browser.get("/logout", { followRedirects: false });
    expect([await whoIsIn(browser), world.provider.calls("revocation")]).toEqual([null, 0]);
  });
});

describe("the request of a login", () => {
  test.each<[ResponseType, boolean]>([
    ["code", true],
    ["code id_token", true],
    ["code token", true],
    ["id_token", false],
    ["id_token token", false],
  ])("for %s has a nonce, and PKCE is %s", async (type, hasPkce) => {
    const world = await openScriptedResponses({ type });
    await world.upToAnswer(world.newBrowser());
    const query = world.provider.lastCall("authorize")?.query;
    expect([query?.get("response_type"), query?.get("response_mode")]).toEqual([
      type,
      type === "code" ? null : "form_post",
    ]);
    expect([query?.has("nonce"), query?.has("code_challenge")]).toEqual([true, hasPkce]);
  });

  test("for an access token by the browser is warned of at the start, as the security BCP has it", async () => {
    const emitted = vi.spyOn(process, "emitWarning").mockReturnValue();
    await openScriptedResponses({ type: "code id_token" });
    expect(emitted).not.toHaveBeenCalled();
    await openScriptedResponses({ type: "id_token token" });
    expect(emitted).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("RFC 9700"), {
      type: "ExpressOidcWarning",
      code: "OIDC_TOKEN_IN_BROWSER",
    });
  });
});
