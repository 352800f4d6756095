/**
 * How a client says that it proves itself, and what can't be right about it.
 * @module
 */
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { AuthOptions } from "../../../src/options.js";
import { problemsWith } from "../../support/problems.js";
import { signingKey } from "../../support/scripted/signing.js";
import { settingsWith } from "../../support/settings.js";

const ec = signingKey("ES256").privateKey;
const rsa = signingKey("RS256").privateKey;
const pem = ec.export({ type: "pkcs8", format: "pem" }).toString();
const jwk = ec.export({ format: "jwk" });
const short = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
const encrypted = ec.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();

function cryptoKey(algorithm: object, use: "sign" | "deriveBits" = "sign"): Promise<CryptoKeyPair> {
  const uses: KeyUsage[] = use === "sign" ? ["sign", "verify"] : ["deriveBits"];
  return crypto.subtle.generateKey(algorithm as EcKeyGenParams, false, uses) as Promise<CryptoKeyPair>;
}

const rsaParams = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };

describe("clientKey", () => {
  test.each<[string, AuthOptions["clientKey"]]>([
    ["PEM text", pem],
    ["PEM text of the older kind", ec.export({ type: "sec1", format: "pem" }).toString()],
    ["a JWK", jwk],
    ["a KeyObject", ec],
    ["any of these with more about it", { key: pem, alg: "ES256", kid: "k1" }],
  ])("may be %s", (_what, clientKey) => {
    const { clientAuth, clientKey: key } = settingsWith({ clientKey: clientKey ?? "" });
    expect([clientAuth, key?.algs]).toEqual(["private_key_jwt", ["ES256"]]);
  });

  test.each<[object, string[]]>([
    [{ name: "ECDSA", namedCurve: "P-384" }, ["ES384"]],
    [{ name: "Ed25519" }, ["EdDSA", "Ed25519"]],
    [{ name: "RSA-PSS", hash: "SHA-512", ...rsaParams }, ["PS512"]],
    [{ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", ...rsaParams }, ["RS256"]],
  ])("may be a CryptoKey, which is made for one algorithm: %j", async (algorithm, algs) => {
    const { privateKey } = await cryptoKey(algorithm);
    expect(settingsWith({ clientKey: privateKey }).clientKey?.algs).toEqual(algs);
  });

  test("takes alg and kid from a JWK, and sooner from beside it", () => {
    const key = { ...rsa.export({ format: "jwk" }), alg: "PS384", kid: "inside" };
    expect(settingsWith({ clientKey: key }).clientKey).toMatchObject({ algs: ["PS384"], kid: "inside" });
    const beside = settingsWith({ clientKey: { key, alg: "RS512", kid: "beside" } }).clientKey;
    expect(beside).toMatchObject({ algs: ["RS512"], kid: "beside" });
  });

  test.each<[string, unknown, RegExp]>([
    ["no key", "hello", /^clientKey: must be a private key: PEM text, a JWK, a KeyObject or a CryptoKey/],
    ["empty", "", /^clientKey: must be a private key/],
    ["null", null, /^clientKey: must be a private key/],
    ["a number", 7, /^clientKey: must be a private key/],
    ["a wrapper without a key", { key: undefined, alg: "ES256" }, /^clientKey: must be a private key/],
    ["a public JWK", { ...jwk, d: undefined }, /^clientKey: must be a private key/],
    ["a public KeyObject", signingKey("ES256").publicKey, /^clientKey: must be a private key.* This one is public$/],
    ["for encryption", { ...jwk, use: "enc" }, /^clientKey: is a key for encryption/],
    ["encrypted", encrypted, /^clientKey: is encrypted.*createPrivateKey\(\{ key, passphrase \}\)/],
    ["a short RSA key", short, /^clientKey: is an RSA key of 1024 bits; at least 2048/],
    [
      "of another curve",
      generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey,
      /^clientKey: must be an RSA, P-256/,
    ],
    ["for an exchange", generateKeyPairSync("x25519").privateKey, /^clientKey: must be an RSA, P-256/],
    [
      "for another algorithm",
      { key: ec, alg: "RS256" },
      /^clientKey\.alg: must be what this key can sign with: ES256;/,
    ],
    [
      "symmetric by its alg",
      { key: rsa, alg: "HS256" },
      /^clientKey\.alg: must be what this key can sign with: RS256, PS256,/,
    ],
    ["named by a number", { key: ec, kid: 7 }, /^clientKey\.kid: must be a text/],
    [
      "with a misspelt name",
      { key: ec, kidd: "x" },
      /^clientKey\.kidd: there is no such option; did you mean `kid`\?$/,
    ],
  ])("must not be %s", (_what, clientKey, problem) => {
    const problems = problemsWith({ clientKey });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(problems.join()).not.toMatch(/BEGIN [A-Z ]*PRIVATE|"d"/);
  });

  test("must not be a CryptoKey that can't sign", async () => {
    const { privateKey } = await cryptoKey({ name: "ECDH", namedCurve: "P-256" }, "deriveBits");
    expect(problemsWith({ clientKey: privateKey })).toEqual([expect.stringMatching(/key that may sign$/)]);
  });

  test("must not be the public half of a CryptoKey pair, nor a short one", async () => {
    const { publicKey } = await cryptoKey({ name: "ECDSA", namedCurve: "P-256" });
    expect(problemsWith({ clientKey: publicKey })).toEqual([expect.stringMatching(/This one is public$/)]);
    const { privateKey } = await cryptoKey({ name: "RSA-PSS", hash: "SHA-256", ...rsaParams, modulusLength: 1024 });
    expect(problemsWith({ clientKey: privateKey })).toEqual([expect.stringMatching(/1024 bits/)]);
  });
});

describe("clientAuth", () => {
  const none = { clientSecret: undefined } as object;
  const http = { fetch };

  test.each<[string, object]>([
    ["client_secret_jwt, with a secret that is long enough", { clientAuth: "client_secret_jwt" }],
    ["private_key_jwt, with a key", { clientAuth: "private_key_jwt", clientKey: ec, ...none }],
    ["tls_client_auth, with a fetch", { clientAuth: "tls_client_auth", http, ...none }],
    ["self_signed_tls_client_auth, with a fetch", { clientAuth: "self_signed_tls_client_auth", http }],
    ["a secret beside a key that signs requests only", { clientAuth: "client_secret_post", clientKey: ec, jar: true }],
  ])("may be %s", (_what, options) => {
    expect(problemsWith(options)).toEqual([]);
  });

  test.each<[object, RegExp]>([
    [
      { clientAuth: "client_secret_jwt", clientSecret: "x".repeat(31) },
      /^clientSecret: is too short.*at least 32 bytes/,
    ],
    [{ clientAuth: "client_secret_jwt", ...none }, /^clientAuth: client_secret_jwt needs `clientSecret`/],
    [{ clientAuth: "private_key_jwt" }, /^clientAuth: private_key_jwt needs `clientKey`/],
    [{ clientAuth: "tls_client_auth" }, /^clientAuth: tls_client_auth needs `http\.fetch`: .*Agent/],
    [{ clientAuth: "self_signed_tls_client_auth" }, /^clientAuth: self_signed_tls_client_auth needs `http\.fetch`/],
    [{ certificateBoundTokens: true }, /^certificateBoundTokens: needs `http\.fetch`/],
    [{ certificateBoundTokens: "yes" }, /^certificateBoundTokens: must be true or false$/],
    [{ clientAssertionAudience: "" }, /^clientAssertionAudience: must be a text/],
    [{ unencodedBasic: 1 }, /^unencodedBasic: must be true or false$/],
    [{ unencodedBasic: true, clientAuth: "client_secret_post" }, /^unencodedBasic: speaks of client_secret_basic/],
    [{ unencodedBasic: true, clientKey: ec }, /^unencodedBasic: .* here it is private_key_jwt/],
    [{ unencodedBasic: true, clientId: "a:b" }, /^unencodedBasic: can't send a clientId with a colon/],
  ])("can't be right with %j", (options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });
});

describe("par and jar", () => {
  test("are left to the provider where nothing is said", () => {
    const { par, jar, jarKey } = settingsWith();
    expect([par, jar, jarKey]).toEqual([undefined, undefined, undefined]);
  });

  test("are on or off where that is said, and jar has the key", () => {
    expect(settingsWith({ par: false, jar: false })).toMatchObject({ par: false, jar: false });
    expect(settingsWith({ clientKey: rsa, jar: { alg: "PS256" } })).toMatchObject({
      jar: true,
      jarKey: { algs: ["PS256"] },
      clientKey: { algs: expect.arrayContaining(["RS256"]) },
    });
  });

  test.each<[object, RegExp]>([
    [{ par: "always" }, /^par: must be true or false; left out, the provider's metadata decides$/],
    [{ jar: true }, /^jar: needs `clientKey`/],
    [{ jar: "yes", clientKey: ec }, /^jar: must be an object with alg$/],
    [{ jar: { alg: "RS256" }, clientKey: ec }, /^jar\.alg: must be what this key can sign with: ES256/],
    [{ jar: { algo: "ES256" }, clientKey: ec }, /^jar\.algo: there is no such option; did you mean `alg`\?$/],
  ])("can't be right with %j", (options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });
});

describe("authorizationParams.authorization_details", () => {
  const details = [{ type: "payment", amount: 7 }];

  test.each([[details], [JSON.stringify(details)]])("is sent as JSON: %j", (authorization_details) => {
    const settings = settingsWith({ authorizationParams: { authorization_details } });
    expect(settings.authorizationParams).toEqual([["authorization_details", JSON.stringify(details)]]);
  });

  test.each([
    ["an object", { type: "payment" }],
    ["a text that is no JSON", "payment"],
    ["a list of texts", ["payment"]],
    ["without a type", [{ amount: 1 }]],
  ])("must not be %s", (_what, authorization_details) => {
    expect(problemsWith({ authorizationParams: { authorization_details } })).toEqual([
      expect.stringMatching(
        /^authorizationParams\.authorization_details: must be a list of objects that each have a type/,
      ),
    ]);
  });

  test("must not be a mixed list, nor a circle", () => {
    const circle: Record<string, unknown> = { type: "payment" };
    circle["self"] = circle;
    for (const authorization_details of [[{ type: "a" }, "b"], [circle]]) {
      expect(problemsWith({ authorizationParams: { authorization_details } })).toEqual([
        expect.stringMatching(/must be a text, a number, a list of texts, or plain JSON$/),
      ]);
    }
  });
});
