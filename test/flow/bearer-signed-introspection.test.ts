/**
 * An API that believes only signed answers about access tokens (RFC 9701).
 * @module
 */
import type { IntrospectionOptions } from "express-oidc";
import { describe, expect, test } from "vitest";
import { codesOf, refusalIn, startApi } from "../support/api-world.js";
import type { SignedIntrospection } from "../support/scripted/script.js";
import {
  breakSignature,
  embedForeignKey,
  leaveUnsigned,
  signSymmetric,
  signWithForeignKey,
  signWithPublicKey,
  swapClaims,
} from "../support/scripted/signing.js";

const client = { clientId: "the-api", clientSecret: "what proves the API at its issuer" };
const listed = { introspection_signing_alg_values_supported: ["ES256", "HS256", "none"] };

async function startSigned(signed: IntrospectionOptions["signed"] = true, metadata: object = listed) {
  const api = await startApi({ guard: { introspection: { ...client, ...(signed !== undefined && { signed }) } } });
  api.issuer.script.metadata = { ...metadata };
  return api;
}

const now = () => Math.floor(Date.now() / 1000);

describe("a signed answer", () => {
  test.each<[what: string, signed: IntrospectionOptions["signed"], metadata: object, alg: string]>([
    ["by an algorithm that the issuer lists", true, listed, "ES256"],
    ["by RS256, where it lists none", true, {}, "RS256"],
    ["by the one that the app names", "ES256", {}, "ES256"],
    ["by one of those that the app names", ["EdDSA", "ES384"], {}, "EdDSA"],
  ])("%s is believed, and asked for", async (_what, signed, metadata, alg) => {
    const { call, issuer } = await startSigned(signed, metadata);
    issuer.script.alg = alg;
    expect((await call(issuer.opaqueToken())).json()).toMatchObject({ sub: "ada", scopes: ["read"] });
    expect(issuer.lastCall("introspection")?.headers.accept).toBe("application/token-introspection+jwt");
    expect(refusalIn(await call("made-up"))).toMatchObject({ status: 401, code: "OIDC_BEARER_INVALID" });
    expect(refusalIn(await call(issuer.opaqueToken({ aud: "https://other.example.org" })))).toMatchObject({
      status: 401,
    });
  });

  test("may say its type and its content type in full and in capitals", async () => {
    const { call, issuer } = await startSigned();
    const type = "application/Token-Introspection+JWT";
    issuer.script.signedIntrospection = { header: { typ: type }, contentType: `${type}; charset=utf-8` };
    expect((await call(issuer.opaqueToken())).status).toBe(200);
  });

  test("by a key that is new is believed at once", async () => {
    const { call, issuer } = await startSigned();
    expect((await call(issuer.opaqueToken())).status).toBe(200);
    issuer.rotateKeys();
    expect((await call(issuer.opaqueToken())).status).toBe(200);
  });
});

describe("an answer is not believed, so that the call is 503,", () => {
  test.each<[what: string, answer: SignedIntrospection | false]>([
    ["that is not signed", false],
    ["that is signed, and says it is plain", { contentType: "application/json" }],
    ["of some other content type", { contentType: "application/jwt" }],
    ["whose signature is broken", { sign: breakSignature }],
    ["that was changed afterwards", { sign: swapClaims }],
    ["signed with another key", { sign: signWithForeignKey }],
    ["signed with a key that it brings along", { sign: embedForeignKey }],
    ["signed with the public key as a secret", { sign: signWithPublicKey }],
    ["signed with the client's secret", { sign: signSymmetric("HS256", client.clientSecret) }],
    ["without a signature", { sign: leaveUnsigned }],
    ["of another type of JWT", { header: { typ: "at+jwt" } }],
    ["of no type", { header: { typ: undefined } }],
    ["of another issuer", { claims: { iss: "https://evil.example.org" } }],
    ["of no issuer", { claims: { iss: undefined } }],
    ["for another client", { claims: { aud: "another-api" } }],
    ["for nobody", { claims: { aud: undefined } }],
    ["of no time", { claims: { iat: undefined } }],
    ["of the future", { claims: { iat: now() + 60 } }],
    ["of yesterday", { claims: { iat: now() - 86_400 } }],
    ["that has expired", { claims: { exp: now() - 60 } }],
    ["about nothing", { claims: { token_introspection: undefined } }],
    ["about a text", { claims: { token_introspection: "active" } }],
    ["that calls a token active in a text", { claims: { token_introspection: { active: "true" } } }],
    ["that says it beside what it holds", { claims: { active: true, token_introspection: {} } }],
  ])("%s", async (_what, answer) => {
    const { call, issuer, errors } = await startSigned();
    const token = issuer.opaqueToken();
    issuer.script.signedIntrospection = answer;
    const refused = await call(token);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "5"]);
    expect(codesOf(errors)).toEqual(["OIDC_PROVIDER_RESPONSE_INVALID"]);
    issuer.script.signedIntrospection = {};
    expect((await call(token)).status).toBe(200);
  });

  test.each<[what: string, signed: IntrospectionOptions["signed"], metadata: object]>([
    ["does not list", true, { introspection_signing_alg_values_supported: ["PS256"] }],
    ["lists none of, and that are not RS256", true, {}],
    ["lists, but the app does not", ["RS256", "EdDSA"], listed],
  ])("by an algorithm that the issuer %s", async (_what, signed, metadata) => {
    const { call, issuer } = await startSigned(signed, metadata);
    expect((await call(issuer.opaqueToken())).status).toBe(503);
  });

  test("while the issuer's keys can't be had", async () => {
    const { call, issuer, errors } = await startSigned();
    issuer.fail("jwks", { status: 503 });
    expect((await call(issuer.opaqueToken())).status).toBe(503);
    expect(codesOf(errors)).toEqual(["OIDC_PROVIDER_UNAVAILABLE"]);
  });

  test("that breaks off, goes silent or never comes", async () => {
    const guard = { introspection: { ...client, signed: "ES256" }, http: { timeout: 0.5 } };
    const { call, issuer } = await startApi({ guard });
    for (const fault of ["half", "stall", "silence", "reset", "html"] as const) {
      issuer.fail("introspection", fault);
      expect((await call(issuer.opaqueToken())).status).toBe(503);
    }
  });
});

describe("an issuer of signed answers that refuses this API", () => {
  test("does so in plain words, and that is 502", async () => {
    const { call, issuer, errors } = await startSigned();
    issuer.fail("introspection", { status: 401, json: { error: "invalid_client" } });
    expect((await call(issuer.opaqueToken())).status).toBe(502);
    expect(codesOf(errors)).toEqual(["OIDC_PROVIDER_REFUSED"]);
  });
});

describe("with signed: false", () => {
  test("a plain answer is asked for and believed", async () => {
    const { call, issuer } = await startSigned(false);
    expect((await call(issuer.opaqueToken())).status).toBe(200);
    expect(issuer.lastCall("introspection")?.headers.accept).toBe("application/json");
  });
});
