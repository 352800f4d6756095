/**
 * What an ID token must be before anybody is logged in by it.
 * @module
 */
import { inspect } from "node:util";
import type { IdTokenSigningAlg } from "express-oidc";
import { describe, expect, test } from "vitest";
import type { Script } from "../support/scripted/script.js";
import {
  atHash,
  breakSignature,
  embedForeignKey,
  leaveUnsigned,
  publicJwk,
  signingKey,
  signSymmetric,
  signWithForeignKey,
  signWithPublicKey,
  signWithUnknownCrit,
  swapClaims,
} from "../support/scripted/signing.js";
import { failureIn, heldIn, type ScriptedWorld, startScriptedWorld } from "../support/scripted-world.js";

const now = () => Math.floor(Date.now() / 1000);

describe("the signature of an ID token", () => {
  const asymmetric: IdTokenSigningAlg[] = [
    ...(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const),
    ...(["ES256", "ES384", "ES512", "EdDSA", "Ed25519"] as const),
  ];

  test.each(asymmetric)("may be %s where the provider's metadata lists that", async (alg) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.alg = alg;
    const { page } = await signIn();
    expect(page.json()).toEqual({ sub: "ada" });
  });

  test.each(asymmetric)("may be %s where the options name that", async (alg) => {
    const { provider, signIn } = await startScriptedWorld({ options: { idTokenSigningAlg: alg } });
    provider.script.alg = alg;
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
  });

  test.each(["HS256", "HS384", "HS512"] as const)("may be %s where the options name that", async (alg) => {
    const { provider, signIn } = await startScriptedWorld({ options: { idTokenSigningAlg: alg } });
    provider.script.alg = alg;
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
    expect(provider.calls("jwks")).toBe(0);
  });
});

/** Sends the script's ID token and expects that nobody is logged in by it, and that no message gives a token away. */
async function expectRefusal(world: ScriptedWorld, status = 502, code = "OIDC_PROVIDER_RESPONSE_INVALID") {
  const { browser, page } = await world.signIn();
  const failure = failureIn(page);
  expect(page.url.pathname).toBe("/callback");
  expect({ status: failure.status, code: failure.code }).toEqual({ status, code });
  expect(inspect(world.app.errors, { depth: 9 }) + page.body).not.toMatch(/\bat-\w|\brt-\w|\bcode-\w|eyJ/);
  expect(browser.cookies.list().filter(({ name }) => name.startsWith("oidc-session"))).toEqual([]);
  expect((await browser.fetch("/api")).status).toBe(401);
  expect((await browser.get(`${world.app.url}/`)).json()).toEqual({ user: null });
}

describe("an ID token that logs nobody in", () => {
  const scripts: [string, Partial<Script>][] = [
    ["has a broken signature", { sign: breakSignature }],
    ["was changed after it was signed", { sign: swapClaims }],
    ["is not signed (alg none)", { sign: leaveUnsigned, metadata: listing("ES256", "none") }],
    ["is signed with a stranger's key", { sign: signWithForeignKey }],
    ["brings the key that it is signed with (jwk header)", { sign: embedForeignKey }],
    ["has a critical header that nobody knows", { sign: signWithUnknownCrit }],
    ["is HS256, which is not configured", { alg: "HS256", metadata: listing("ES256") }],
    ["is HS256, which only the provider lists", { alg: "HS256", metadata: listing("ES256", "HS256") }],
    [
      "is HS256 with the RSA public key as its key",
      { alg: "RS256", sign: signWithPublicKey, metadata: listing("RS256", "HS256") },
    ],
    ["is RS256 where the provider lists ES256", { alg: "RS256", metadata: listing("ES256") }],
    ["is missing", { tokens: { id_token: undefined } }],
    ["is null", { tokens: { id_token: null } }],
    ["is no token", { tokens: { id_token: "not.a.token" } }],
  ];
  test.each(scripts)("%s", async (_name, script) => {
    const world = await startScriptedWorld();
    Object.assign(world.provider.script, script);
    await expectRefusal(world);
  });

  test("is HS256 with another secret", async () => {
    const world = await startScriptedWorld({ options: { idTokenSigningAlg: "HS256" } });
    world.provider.script.alg = "HS256";
    world.provider.script.sign = signSymmetric("HS256", "not the secret of this client, but as long as it must be");
    await expectRefusal(world);
  });

  test.each([
    ["RS256", "ES256"],
    ["RS256", "HS256"],
    ["HS256", "RS256"],
    ["RS512", "RS256"],
    ["PS256", "RS256"],
  ] as const)("is %s where the options name %s", async (sent, configured) => {
    const world = await startScriptedWorld({ options: { idTokenSigningAlg: configured } });
    world.provider.script.alg = sent;
    world.provider.script.metadata = listing(sent, configured);
    await expectRefusal(world);
  });

  test.each([
    ["names another issuer", { iss: "https://other.example" }],
    ["names the issuer with a slash more", { iss: "slash" }],
    ["names no issuer", { iss: undefined }],
    ["is for another client", { aud: "another-app" }],
    ["is for nobody", { aud: undefined }],
    ["is for several clients and does not say by which (azp)", { aud: ["demo-app", "another-app"] }],
    ["is for several clients, by another one", { aud: ["demo-app", "another-app"], azp: "another-app" }],
    ["is for us alone, but by another client", { azp: "another-app" }],
    ["has a sub of 300 characters", { sub: "a".repeat(300) }],
    ["has an empty sub", { sub: "" }],
    ["has a number as its sub", { sub: 17 }],
    ["has no sub", { sub: undefined }],
    ["has no nonce", { nonce: undefined }],
    ["never expires", { exp: undefined }],
    ["was issued at no time", { iat: undefined }],
    ["belongs to another access token (at_hash)", { at_hash: atHash("another token", "ES256") }],
    ["has an at_hash that is no text", { at_hash: 5 }],
  ])("%s", async (_name, claims: Record<string, unknown>) => {
    const world = await startScriptedWorld();
    const { issuer, script } = world.provider;
    script.idToken = claims["iss"] === "slash" ? { iss: `${issuer}/` } : claims;
    await expectRefusal(world);
  });

  test.each([
    ["expired 40 seconds ago", () => ({ exp: now() - 40 })],
    ["is issued an hour from now", () => ({ iat: now() + 3600, exp: now() + 7200 })],
    ["was issued two days ago", () => ({ iat: now() - 172_800 })],
  ])("%s", async (_name, claims) => {
    const world = await startScriptedWorld();
    world.provider.script.idToken = claims();
    await expectRefusal(world);
  });

  test.each([
    ["has the nonce of another login", { nonce: "another" }],
    ["has an empty nonce", { nonce: "" }],
  ])("%s", async (_name, claims) => {
    const world = await startScriptedWorld();
    world.provider.script.idToken = claims;
    await expectRefusal(world, 400, "OIDC_LOGIN_RESPONSE_INVALID");
  });

  test.each(["RS256", "ES384", "EdDSA", "HS256"] as const)("has a wrong at_hash under %s", async (alg) => {
    const world = await startScriptedWorld({ options: { idTokenSigningAlg: alg } });
    Object.assign(world.provider.script, { alg, idToken: { at_hash: atHash("another token", alg) } });
    await expectRefusal(world);
  });
});

describe("an ID token that is accepted", () => {
  test.each([
    ["expired 20 seconds ago, which clocks may differ", () => ({ exp: now() - 20 })],
    ["is issued 20 seconds from now", () => ({ iat: now() + 20 })],
    ["is for several clients, by us", () => ({ aud: ["demo-app", "another-app"], azp: "demo-app" })],
    ["is for us alone, by us", () => ({ azp: "demo-app" })],
    ["has a list with us alone", () => ({ aud: ["demo-app"] })],
    ["has no at_hash", () => ({ at_hash: undefined })],
    ["has a sub of 255 characters", () => ({ sub: "a".repeat(255) })],
  ])("%s", async (_name, claims) => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.idToken = claims();
    expect((await signIn()).page.status).toBe(200);
  });

  test.each(["RS256", "ES384", "EdDSA", "HS256"] as const)("has the right at_hash under %s", async (alg) => {
    const { provider, signIn } = await startScriptedWorld({ options: { idTokenSigningAlg: alg } });
    provider.script.alg = alg;
    const { claims, accessToken } = heldIn((await signIn("/held")).page);
    expect(claims?.["at_hash"]).toBe(atHash(accessToken ?? "", alg));
  });

  test("names no key, and one of the provider's several keys fits", async () => {
    const { provider, signIn } = await startScriptedWorld();
    provider.script.header = { kid: undefined };
    provider.script.jwks = { keys: [signingKey("ES256", 1), signingKey("ES256", 0)].map(publicJwk) };
    expect((await signIn()).page.json()).toEqual({ sub: "ada" });
  });
});

describe("an ID token that names no key", () => {
  test("logs nobody in when none of several keys fits", async () => {
    const world = await startScriptedWorld();
    world.provider.script.header = { kid: undefined };
    world.provider.script.jwks = { keys: [signingKey("ES256", 1), signingKey("ES256", 2)].map(publicJwk) };
    await expectRefusal(world);
  });
});

function listing(...algs: string[]) {
  return { id_token_signing_alg_values_supported: algs };
}
