/**
 * Login answers in one signed text (JARM): only what the provider has signed for this app, and lately, counts.
 * @module
 */
import { describe, expect, test } from "vitest";
import { deliver, openScriptedResponses, type ResponseMode, spoiled, whoIsIn } from "../support/response-world.js";
import type { SignedOver } from "../support/scripted/answers.js";
import * as forgeries from "../support/scripted/signing.js";
import { failureIn } from "../support/scripted-world.js";

const metadata = { authorization_signing_alg_values_supported: ["ES256", "HS256", "none", 5] };
const modes: readonly ResponseMode[] = ["jwt", "query.jwt", "form_post.jwt"];

async function open(mode: ResponseMode = "query.jwt") {
  const world = await openScriptedResponses({ mode });
  world.provider.script.metadata = metadata;
  return world;
}

const refused = { status: 400, code: "OIDC_LOGIN_RESPONSE_INVALID" };

describe.each(modes)("an answer by %s", (mode) => {
  test("that is good logs in", async () => {
    const world = await open(mode);
    const browser = world.newBrowser();
    const sent = await world.upToAnswer(browser);
    expect(world.provider.lastCall("authorize")?.query.get("response_mode")).toBe(mode);
    expect(Object.keys(sent.fields)).toEqual(["response"]);
    expect((await deliver(browser, sent)).json()).toEqual({ sub: "ada" });
  });

  test("that was changed on its way lets nobody in", async () => {
    const world = await open(mode);
    const browser = world.newBrowser();
    const sent = await world.upToAnswer(browser);
    const answer = await deliver(browser, sent, { response: spoiled(sent.fields["response"] ?? "") });
    expect(failureIn(answer)).toMatchObject(refused);
    expect([await whoIsIn(browser), world.provider.calls("token")]).toEqual([null, 0]);
  });

  test("that is a refusal is told as one", async () => {
    const world = await open(mode);
    world.provider.script.callback = { error: "access_denied", error_description: "not today" };
    expect(failureIn(await world.signIn(world.newBrowser()))).toMatchObject({ status: 403, code: "OIDC_LOGIN_DENIED" });
  });

  test("gets nothing from parameters that stand beside it", async () => {
    const world = await open(mode);
    const browser = world.newBrowser();
    const beside = { code: "stolen", error: "access_denied", iss: "https://evil.example", state: "another" };
    const sent = await world.upToAnswer(browser);
    expect((await deliver(browser, sent, beside)).json()).toEqual({ sub: "ada" });
    expect(world.provider.lastCall("token")?.form.get("code")).toMatch(/^code-/);
  });

  test("that is not signed is refused, a plain refusal too", async () => {
    for (const plain of [{ code: "stolen" }, { error: "access_denied" }]) {
      const world = await open(mode);
      const browser = world.newBrowser();
      const sent = await world.upToAnswer(browser);
      const { state } = decoded(sent.fields["response"]);
      const fields = { state: String(state), ...plain };
      const answer = await deliver(browser, { ...sent, fields });
      expect(failureIn(answer)).toMatchObject({ ...refused, message: expect.stringContaining("responseMode") });
    }
  });
});

function decoded(token = ""): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
}

describe("a signed answer", () => {
  test.each<[string, SignedOver]>([
    ["of another issuer", { claims: { iss: "https://evil.example" } }],
    ["without iss", { claims: { iss: undefined } }],
    ["for another client", { claims: { aud: "another-app" } }],
    ["without aud", { claims: { aud: undefined } }],
    ["that has expired", { claims: { exp: 1000 } }],
    ["without exp", { claims: { exp: undefined } }],
    ["signed with a stranger's key", { sign: forgeries.signWithForeignKey }],
    ["whose claims were changed", { sign: forgeries.swapClaims }],
    ["that is not signed, though the provider lists none", { sign: forgeries.leaveUnsigned }],
    ["signed with the public key as a secret, though the provider lists HS256", { sign: forgeries.signWithPublicKey }],
    ["without a code", { claims: { code: undefined } }],
  ])("%s is refused before its code is redeemed", async (_what, signedAnswer) => {
    const world = await open();
    world.provider.script.signedAnswer = signedAnswer;
    expect(failureIn(await world.signIn(world.newBrowser()))).toMatchObject(refused);
    expect(world.provider.calls("token")).toBe(0);
  });

  test("whose key is not published is refused, and whose key can't be had is the provider's trouble", async () => {
    const world = await open();
    world.provider.script.jwks = { keys: [] };
    expect(failureIn(await world.signIn(world.newBrowser()))).toMatchObject(refused);
    const other = await open();
    other.provider.fail("jwks", { status: 500, text: "" });
    expect(failureIn(await other.signIn(other.newBrowser())).status).toBe(502);
  });

  test("that is no JWT is refused", async () => {
    const world = await open();
    const browser = world.newBrowser();
    const sent = await world.upToAnswer(browser);
    expect(failureIn(await deliver(browser, sent, { response: "hello" }))).toMatchObject(refused);
  });

  test("is accepted once", async () => {
    const world = await open();
    const browser = world.newBrowser();
    const sent = await world.upToAnswer(browser);
    await deliver(browser, sent);
    expect((await deliver(browser, sent)).json()).toEqual({ sub: "ada" });
    expect(world.provider.calls("token")).toBe(1);
  });

  test("of a login that another browser has begun lets nobody in there", async () => {
    const world = await open();
    const [mine, theirs] = [world.newBrowser(), world.newBrowser()];
    const sent = await world.upToAnswer(mine);
    await theirs.get("https://shop.example/public");
    world.provider.script.callback = { error: "login_required" };
    await deliver(theirs, sent);
    expect([await whoIsIn(theirs), world.provider.calls("token")]).toEqual([null, 0]);
  });
});
