/**
 * What somebody tries who owns the browser that an answer comes with: words that nobody has signed, and tokens that are none.
 * @module
 */
import { inspect } from "node:util";
import { requireAuth } from "express-oidc";
import fc from "fast-check";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { anyText } from "../support/any-text.js";
import type { ResponseType } from "../support/response-providers.js";
import { deliver, openScriptedResponses, type ResponseMode, whoIsIn } from "../support/response-world.js";
import * as forgeries from "../support/scripted/signing.js";
import { answerWith, failureIn, heldIn } from "../support/scripted-world.js";

beforeEach(() => void vi.spyOn(process, "emitWarning").mockReturnValue());

const signing = { authorization_signing_alg_values_supported: ["ES256"] };

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

describe("the scope of a login without a code", () => {
  /** A world with a page for admins, who are told by the scope that they were granted. */
  async function openWithAdmins(type: ResponseType, mode: ResponseMode) {
    const world = await openScriptedResponses({
      type,
      mode,
      options: { scope: "openid admin" },
      routes: (app) =>
        app.get(
          "/admin",
          requireAuth({ scope: "admin" }),
          answerWith(() => ({ welcome: true })),
        ),
    });
    Object.assign(world.provider.script, { callback: { scope: "openid" }, metadata: signing });
    return world;
  }

  test.each<[ResponseType, string, Record<string, string>]>([
    ["id_token token", "wrote more of it into the form", { scope: "openid admin" }],
    ["id_token token", "took it out of the form", {}],
    ["id_token", "wrote some into the form", { scope: "openid admin" }],
    ["id_token", "did nothing", {}],
  ])("by %s is not believed: who %s passes no guard by it", async (type, _what, changes) => {
    const { newBrowser, upToAnswer } = await openWithAdmins(type, "form_post");
    const browser = newBrowser();
    const sent = await upToAnswer(browser, "/held");
    const { scope: _granted, ...fields } = sent.fields;
    expect(heldIn(await deliver(browser, { ...sent, fields }, changes)).scope).toBe("");
    expect(failureIn(await browser.get("https://shop.example/admin"))).toMatchObject({
      status: 403,
      code: "OIDC_SCOPE_MISSING",
    });
  });

  test("counts where the provider has signed it", async () => {
    const world = await openWithAdmins("id_token token", "form_post.jwt");
    const browser = world.newBrowser();
    expect(heldIn(await world.signIn(browser, "/held")).scope).toBe("openid");
    expect(failureIn(await browser.get("https://shop.example/admin")).status).toBe(403);
    world.provider.script.callback = { scope: "openid admin" };
    expect((await world.signIn(world.newBrowser(), "/admin")).json()).toEqual({ welcome: true });
  });
});

describe("a text in place of an ID token", () => {
  const claims = encode({ sub: "mallory" });

  test.each<[string, string]>([
    ["an algorithm that is a number", `${encode({ alg: 5 })}.${claims}.c2ln`],
    ["an algorithm that is a list", `${encode({ alg: ["ES256"] })}.${claims}.c2ln`],
    ["an algorithm of an object's own", `${encode({ alg: "__proto__" })}.${claims}.c2ln`],
    ["no algorithm", `${encode({})}.${claims}.c2ln`],
    ["a header that is null", `${encode(null)}.${claims}.c2ln`],
    ["the parts of an encrypted token", `${encode({ alg: "dir", enc: "A256GCM" })}....`],
    ["a part too few", `${encode({ alg: "ES256" })}.${claims}`],
    ["a part too many", `${encode({ alg: "ES256" })}.${claims}.c2ln.c2ln`],
    ["claims that are a list", `${encode({ alg: "ES256" })}.${encode([])}.c2ln`],
    ["a key id that is no text", `${encode({ alg: "ES256", kid: { a: 1 } })}.${claims}.c2ln`],
    ["a million letters", "x".repeat(60_000)],
  ])("with %s is the browser's fault", async (_what, text) => {
    for (const type of ["id_token", "code id_token"] as const) {
      const { newBrowser, provider, upToAnswer } = await openScriptedResponses({ type });
      const browser = newBrowser();
      const answer = await deliver(browser, await upToAnswer(browser), { id_token: text });
      expect(failureIn(answer)).toMatchObject({ status: 400, code: "OIDC_LOGIN_RESPONSE_INVALID" });
      expect([await whoIsIn(browser), provider.calls("token")]).toEqual([null, 0]);
    }
  });

  test("is the provider's fault where its token endpoint has sent it", async () => {
    const world = await openScriptedResponses();
    world.provider.script.sign = async (draft) => `${encode({ alg: 5 })}.${encode(draft.claims)}.c2ln`;
    expect(failureIn(await world.signIn(world.newBrowser()))).toMatchObject({
      status: 502,
      code: "OIDC_PROVIDER_RESPONSE_INVALID",
    });
  });

  test("and in place of a signed answer is the browser's fault, too", async () => {
    for (const header of [{ alg: 5 }, { alg: ["ES256"] }, {}, null, { alg: "ES256", kid: { a: 1 } }]) {
      const { newBrowser, provider, upToAnswer } = await openScriptedResponses({ mode: "query.jwt" });
      provider.script.metadata = signing;
      const browser = newBrowser();
      const sent = await upToAnswer(browser);
      const [, payload] = (sent.fields["response"] ?? "").split(".");
      const answer = await deliver(browser, sent, { response: `${encode(header)}.${payload}.c2ln` });
      expect(failureIn(answer)).toMatchObject({ status: 400, code: "OIDC_LOGIN_RESPONSE_INVALID" });
    }
  });
});

describe("whatever is posted", () => {
  test.each<[ResponseType, ResponseMode]>([
    ["code id_token token", "form_post"],
    ["id_token", "form_post"],
    ["id_token token", "form_post.jwt"],
  ])("for %s by %s lets nobody in, and is never a fault of the app or the provider", async (type, mode) => {
    const world = await openScriptedResponses({ type, mode });
    world.provider.script.metadata = signing;
    const browser = world.newBrowser();
    const name = fc.constantFrom("code", "id_token", "access_token", "token_type", "iss", "response", "__proto__");
    const alg = fc.oneof(fc.constantFrom("ES256", "RS256", "HS256", "none"), fc.jsonValue());
    const header = fc.record({ alg, crit: fc.jsonValue(), b64: fc.jsonValue() }, { requiredKeys: ["alg"] });
    const token = fc
      .tuple(fc.oneof(fc.jsonValue(), header), fc.jsonValue(), anyText())
      .map(([header, claims, signature]) => `${encode(header)}.${encode(claims)}.${signature}`);
    const others = fc.array(fc.tuple(name, fc.oneof(anyText(), token)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(others, fc.oneof(anyText(), token), async (pairs, instead) => {
        const sent = await world.upToAnswer(browser, "/login");
        const main = sent.fields["response"] === undefined ? "id_token" : "response";
        const fields = { ...sent.fields, ...Object.fromEntries(pairs), [main]: instead };
        expect((await deliver(browser, { ...sent, fields })).status).toBe(400);
        expect(await whoIsIn(browser)).toBeNull();
      }),
      { numRuns: 25 },
    );
  });
});

describe("an answer that is refused", () => {
  test.each<[ResponseType, ResponseMode]>([
    ["code id_token token", "form_post"],
    ["code id_token token", "form_post.jwt"],
    ["code", "query.jwt"],
  ])("by %s and %s stands in no error, with nothing of what it holds", async (type, mode) => {
    const seen: string[] = [];
    const onError = (error: unknown) => void seen.push(inspect(error, { depth: 20, showHidden: true }));
    const world = await openScriptedResponses({ type, mode, options: { onError } });
    world.provider.script.metadata = signing;
    const browser = world.newBrowser();
    for (const over of [{ claims: { exp: 1000 } }, { claims: { aud: "other" } }, { sign: forgeries.breakSignature }]) {
      world.provider.script.signedAnswer = over;
      world.provider.script.frontIdToken = over;
      const sent = await world.upToAnswer(browser);
      await deliver(browser, sent);
      const code = sent.fields["code"] ?? String(decoded(sent.fields["response"])["code"]);
      const state = sent.fields["state"] ?? String(decoded(sent.fields["response"])["state"]);
      const secrets = [code, state, sent.fields["id_token"], sent.fields["access_token"], sent.fields["response"]];
      for (const secret of secrets.filter((one) => one !== undefined)) expect(seen.at(-1)).not.toContain(secret);
    }
    expect(seen).toHaveLength(3);
  });
});

function decoded(token = ""): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;
}
