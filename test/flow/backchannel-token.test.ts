import { describe, expect, test } from "vitest";
import { post, postToken, readAnswer } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import type { Overrides } from "../support/scripted/script.js";
import {
  breakSignature,
  changeSpareBits,
  embedForeignKey,
  leaveUnsigned,
  mirrorSignature,
  type Sign,
  signAndEncrypt,
  signProperly,
  signSymmetric,
  signWithForeignKey,
  signWithPublicKey,
  signWithUnknownCrit,
  swapClaims,
} from "../support/scripted/signing.js";
import { startScriptedWorld } from "../support/scripted-world.js";

const now = () => Math.floor(Date.now() / 1000);
const EVENT = "http://schemas.openid.net/event/backchannel-logout";

describe("a logout token", () => {
  test.each<[string, Overrides, Overrides, Sign]>([
    ["a signature with one byte changed", {}, {}, breakSignature],
    ["claims that were changed after signing", {}, {}, swapClaims],
    ["no signature", {}, {}, leaveUnsigned],
    ["the client secret for a key, where that is not configured", {}, { alg: "HS256" }, signProperly],
    ["a symmetric signature by any key", {}, {}, signSymmetric("HS256", "x".repeat(64))],
    ["the public key for a symmetric one", {}, {}, signWithPublicKey],
    ["a stranger's key", {}, {}, signWithForeignKey],
    ["a stranger's key that it brings along", {}, {}, embedForeignKey],
    ["a header member that nobody understands", {}, {}, signWithUnknownCrit],
    ["an encryption around it (five parts)", {}, {}, signAndEncrypt],
    ["another issuer", { iss: "https://evil.example" }, {}, signProperly],
    ["no issuer", { iss: undefined }, {}, signProperly],
    ["another audience", { aud: "another-app" }, {}, signProperly],
    ["no audience", { aud: undefined }, {}, signProperly],
    ["an end that is over", { exp: now() - 60 }, {}, signProperly],
    ["an end that is no number", { exp: "soon" }, {}, signProperly],
    ["no time of issue", { iat: undefined }, {}, signProperly],
    ["a time of issue that is no number", { iat: "now" }, {}, signProperly],
    ["a time of issue in the future", { iat: now() + 300, exp: now() + 600 }, {}, signProperly],
    ["a time of issue of two days ago", { iat: now() - 172_800 }, {}, signProperly],
    ["no end, and too long ago", { iat: now() - 1000, exp: undefined }, {}, signProperly],
    ["neither sub nor sid", { sub: undefined, sid: undefined }, {}, signProperly],
    ["a sub that is no text", { sub: 7 }, {}, signProperly],
    ["an empty sid", { sid: "" }, {}, signProperly],
    ["a sid that is a list", { sid: ["op-session-1"] }, {}, signProperly],
    ["a jti that is no text", { jti: 7 }, {}, signProperly],
    ["no events", { events: undefined }, {}, signProperly],
    ["another event", { events: { "https://other.example": {} } }, {}, signProperly],
    ["an event that is no object", { events: { [EVENT]: true } }, {}, signProperly],
    ["events as a list", { events: [EVENT] }, {}, signProperly],
    ["a nonce", { nonce: "n" }, {}, signProperly],
    ["the typ of an access token", {}, { typ: "at+jwt" }, signProperly],
  ])("with %s is refused, and nobody is logged out", async (_what, claims, header, sign) => {
    const { app, provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const { status, headers, body } = await post(app, {
      logout_token: await provider.logoutToken(claims, header, sign),
    });
    expect([status, headers.get("cache-control")]).toEqual([400, "no-store"]);
    expect(body).toEqual({ error: "invalid_request", error_description: expect.stringContaining("not accepted") });
    expect((await browser.fetch("/api")).status).toBe(200);
  });

  test.each<[string, Overrides, Overrides]>([
    ["typ logout+jwt", {}, {}],
    ["typ JWT", {}, { typ: "JWT" }],
    ["no typ", {}, { typ: undefined }],
    ["typ in full", {}, { typ: "application/logout+jwt" }],
    ["a list of audiences with this client in it", { aud: ["another-app", "demo-app"] }, {}],
    ["no end, as older providers send it", { exp: undefined }, {}],
    ["no jti, as older providers send it", { jti: undefined }, {}],
    ["a clock that is a little ahead", { iat: now() + 20 }, {}],
    ["sid alone", { sub: undefined }, {}],
    ["sub alone", { sid: undefined }, {}],
    ["more in its event", { events: { [EVENT]: { more: 1 }, "https://other.example": {} } }, {}],
  ])("with %s is accepted", async (_what, claims, header) => {
    const { app, provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    expect(await postToken(app, provider.logoutToken(claims, header))).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("counts once", async () => {
    const { app, provider } = await startScriptedWorld();
    const token = await provider.logoutToken();
    expect([await postToken(app, token), await postToken(app, token)]).toEqual([200, 400]);
    const without = await provider.logoutToken({ jti: undefined, iat: now() - 1 });
    expect([await postToken(app, without), await postToken(app, without)]).toEqual([200, 400]);
    expect(await postToken(app, provider.logoutToken({ jti: undefined, iat: now() - 2 }))).toBe(200);
  });

  test.each<[string, (token: string) => string]>([
    ["with padding", (token) => `${token}==`],
    ["with other spare bits at its end", changeSpareBits],
    ["as the second number that is as good", mirrorSignature],
  ])("without a jti counts once, also when its signature is written %s", async (_how, write) => {
    const { app, provider } = await startScriptedWorld();
    const token = await provider.logoutToken({ jti: undefined });
    expect([await postToken(app, token), await postToken(app, write(token))]).toEqual([200, 400]);
  });

  test("of HS256 is accepted where ID tokens are signed so", async () => {
    const { app, provider, signIn } = await startScriptedWorld({ options: { idTokenSigningAlg: "HS256" } });
    provider.script.alg = "HS256";
    const { browser } = await signIn();
    expect(await postToken(app, provider.logoutToken({}, {}, signSymmetric("HS256", "y".repeat(64))))).toBe(400);
    expect((await browser.fetch("/api")).status).toBe(200);
    expect(await postToken(app, provider.logoutToken())).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("is told from an ID token", async () => {
    const { app, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    const { idToken = "" } = (await browser.fetch("/held")).json() as { idToken?: string };
    expect(await postToken(app, idToken)).toBe(400);
    expect((await browser.fetch("/api")).status).toBe(200);
  });

  test("of a new key works, and strangers' key ids make us fetch keys once in five seconds", async () => {
    const clock = stopClock();
    const { app, provider, signIn } = await startScriptedWorld();
    await signIn();
    const before = provider.calls("jwks");
    const answers: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      answers.push(await postToken(app, provider.logoutToken({}, { kid: `stranger-${count}` })));
    }
    expect(answers).toEqual([400, ...Array.from({ length: 19 }, () => 502)]);
    expect(provider.calls("jwks") - before).toBe(1);
    provider.rotateKeys();
    clock.advance(5);
    expect(await postToken(app, provider.logoutToken())).toBe(200);
    expect(provider.calls("jwks") - before).toBe(2);
  });

  test("of a new key that comes right after a stranger's key id is no refusal: 502, and it may come again", async () => {
    const clock = stopClock();
    const { app, provider, signIn } = await startScriptedWorld();
    const { browser } = await signIn();
    expect(await postToken(app, provider.logoutToken({}, { kid: "stranger" }))).toBe(400);
    provider.rotateKeys();
    const token = await provider.logoutToken();
    const { status, body } = await post(app, { logout_token: token });
    expect([status, body]).toEqual([
      502,
      { error: "temporarily_unavailable", error_description: expect.stringContaining("Send the token again") },
    ]);
    expect((await browser.fetch("/api")).status).toBe(200);
    clock.advance(30);
    expect(await postToken(app, token)).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("of a new key that could not be fetched stays no refusal, however soon it comes again", async () => {
    const clock = stopClock();
    const { app, provider, signIn } = await startScriptedWorld();
    await signIn();
    provider.rotateKeys();
    const token = await provider.logoutToken();
    provider.fail("jwks", { status: 503 });
    expect([await postToken(app, token), await postToken(app, token)]).toEqual([502, 502]);
    provider.heal();
    expect(await postToken(app, token)).toBe(502);
    clock.advance(30);
    expect(await postToken(app, token)).toBe(200);
  });

  test("that can't be judged because the keys are away is no refusal: 502, and it may come again", async () => {
    const clock = stopClock();
    const { app, provider } = await startScriptedWorld();
    const token = await provider.logoutToken();
    provider.fail("jwks", { status: 503 });
    const { status, body } = await post(app, { logout_token: token });
    expect([status, body?.["error"]]).toEqual([502, "temporarily_unavailable"]);
    provider.heal();
    clock.advance(5);
    expect(await postToken(app, token)).toBe(200);
  });
});

describe("the address for logout tokens", () => {
  test.each([
    ["nothing", ""],
    ["another field", "token=x"],
    ["two tokens", "logout_token=a&logout_token=b"],
    ["an empty token", "logout_token="],
    ["rubbish", "logout_token=a.b.c"],
    ["NUL and percent signs", "logout_token=%00%ff%zz"],
    ["a long text", `logout_token=${"a".repeat(60_000)}`],
  ])("answers 400 to a form with %s", async (_what, form) => {
    const { app } = await startScriptedWorld();
    const { status, headers, body } = await post(app, form);
    expect([status, body?.["error"], headers.get("cache-control")]).toEqual([400, "invalid_request", "no-store"]);
  });

  test.each([
    ["GET", undefined, 405],
    ["HEAD", undefined, 405],
    ["PUT", "application/x-www-form-urlencoded", 405],
    ["POST", "application/json", 400],
    ["POST", "text/plain", 400],
  ])("answers %s with %s by %d", async (method, type, status) => {
    const { app, provider } = await startScriptedWorld();
    const body = type === undefined ? null : `logout_token=${await provider.logoutToken()}`;
    const headers: Record<string, string> = type === undefined ? {} : { "content-type": type };
    const answer = await fetch(`${app.baseUrl}/backchannel-logout`, { method, body, headers });
    expect([answer.status, answer.headers.get("allow")]).toEqual([status, status === 405 ? "POST" : null]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("answers 200 with no-store where nobody is signed in, and sets no cookie", async () => {
    const { app, provider } = await startScriptedWorld();
    const answer = await fetch(`${app.baseUrl}/backchannel-logout`, {
      method: "POST",
      body: new URLSearchParams({ logout_token: await provider.logoutToken(), other: "field" }),
    });
    expect((await readAnswer(answer)).status).toBe(200);
    expect([answer.headers.get("cache-control"), answer.headers.getSetCookie()]).toEqual(["no-store", []]);
  });

  test("is not there when it is turned off", async () => {
    const { app, provider } = await startScriptedWorld({ options: { routes: { backchannelLogout: false } } });
    const answer = await fetch(`${app.baseUrl}/backchannel-logout`, {
      method: "POST",
      body: new URLSearchParams({ logout_token: await provider.logoutToken() }),
    });
    expect(answer.status).toBe(404);
  });
});
