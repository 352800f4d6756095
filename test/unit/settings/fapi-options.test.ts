/**
 * `profile: "fapi2"`: what it sets, and which options it refuses.
 * @module
 */
import { describe, expect, test } from "vitest";
import type { AuthOptions } from "../../../src/options.js";
import { problemsWith } from "../../support/problems.js";
import { signingKey } from "../../support/scripted/signing.js";
import { settingsWith } from "../../support/settings.js";

const clientKey = signingKey("ES256").privateKey;
const rsa = signingKey("PS256").privateKey;

/** The smallest options that the profile takes beside the usual ones. */
const right = {
  profile: "fapi2",
  clientKey,
  certificateBoundTokens: true,
  http: { fetch },
} as const satisfies AuthOptions;

describe("profile fapi2", () => {
  test("pushes requests, proves the client by its key, and signs with PS256, ES256 and EdDSA only", () => {
    expect(settingsWith(right)).toMatchObject({ profile: "fapi2", par: true, clientAuth: "private_key_jwt" });
    expect(settingsWith({ ...right, clientKey: rsa }).clientKey?.algs).toEqual(["PS256"]);
    expect(settingsWith({ ...right, clientKey: rsa, jar: true }).jarKey?.algs).toEqual(["PS256"]);
  });

  test.each<[string, object]>([
    [
      "a certificate in place of the key",
      { clientKey: undefined, clientAuth: "tls_client_auth", certificateBoundTokens: undefined },
    ],
    ["a certificate of its own making", { clientKey: undefined, clientAuth: "self_signed_tls_client_auth" }],
    ["par: true, which it is anyway", { par: true }],
    ["signed requests", { jar: true }],
    ["an algorithm of the profile", { idTokenSigningAlg: "PS256" }],
    ["the new name of EdDSA", { idTokenSigningAlg: "Ed25519" }],
    ["clocks ten seconds apart", { clockTolerance: 10 }],
    ["clocks a minute apart", { clockTolerance: 60 }],
    ["metadata with aliases by https", { issuer: metadata("https") }],
  ])("takes %s", (_what, options) => {
    expect(problemsWith({ ...right, ...options })).toEqual([]);
  });

  test.each<[object, RegExp]>([
    [{ profile: "fapi1" }, /^profile: must be "fapi2", or be left out$/],
    [{ par: false }, /^par: must not be false with profile fapi2: .*leave it out$/],
    [{ clientKey: undefined }, /^clientAuth: must be private_key_jwt, .*set `clientKey`$/],
    [{ clientAuth: "client_secret_basic" }, /^clientAuth: must be private_key_jwt/],
    [{ clientAuth: "client_secret_jwt" }, /^clientAuth: must be private_key_jwt/],
    [{ clientAuth: "none" }, /^clientAuth: must be private_key_jwt/],
    [{ certificateBoundTokens: false }, /^profile: fapi2 needs tokens that nobody else can use: set `dpop: true`, or/],
    [{ clientAuth: "tls_client_auth", certificateBoundTokens: false }, /^profile: fapi2 needs tokens/],
    [
      { clientAssertionAudience: "https://id.example/token" },
      /^clientAssertionAudience: must be left out with profile/,
    ],
    [{ idTokenSigningAlg: "RS256" }, /^idTokenSigningAlg: must be one of PS256, ES256, EdDSA, Ed25519 with profile/],
    [{ idTokenSigningAlg: "HS256" }, /^idTokenSigningAlg: must be one of PS256/],
    [{ clientKey: { key: rsa, alg: "RS256" } }, /^clientKey\.alg: must be one of PS256, .* this key signs with RS256$/],
    [{ clientKey: signingKey("ES384").privateKey }, /^clientKey\.alg: must be one of PS256, .* signs with ES384$/],
    [{ clientKey: rsa, jar: { alg: "RS256" } }, /^jar\.alg: must be one of PS256/],
    [{ insecurePasswordGrant: true }, /^insecurePasswordGrant: must not be set with profile fapi2, which forbids/],
    [{ clockTolerance: 61 }, /^clockTolerance: must be 10 to 60 seconds with profile fapi2/],
    [{ clockTolerance: 9 }, /^clockTolerance: must be 10 to 60 seconds/],
    [{ insecureHttp: true }, /^insecureHttp: must not be set with profile fapi2/],
    [{ issuer: "http://localhost:9000" }, /^issuer: must be https with profile fapi2, on this machine too$/],
    [{ baseUrl: "http://localhost:3000" }, /^baseUrl: must be https with profile fapi2/],
  ])("refuses %j", (options, problem) => {
    expect(problemsWith({ ...right, ...options })).toEqual([expect.stringMatching(problem)]);
  });

  test("refuses each endpoint by http, aliases too", () => {
    const names = problemsWith({ ...right, issuer: metadata("http") }).map((problem) => problem.split(":")[0]);
    expect(names).toEqual(["issuer.token_endpoint", "issuer.mtls_endpoint_aliases"]);
  });

  test("changes nothing where it is not asked for", () => {
    const { profile, par, clientKey: key } = settingsWith({ clientKey: rsa });
    expect([profile, par, key?.algs[0]]).toEqual([undefined, undefined, "RS256"]);
  });
});

function metadata(scheme: "http" | "https") {
  const at = (path: string, by = "https") => `${by}://localhost/${path}`;
  return {
    issuer: "https://localhost",
    authorization_endpoint: at("authorize"),
    token_endpoint: at("token", scheme),
    jwks_uri: at("jwks"),
    mtls_endpoint_aliases: { token_endpoint: at("mtls/token", scheme) },
  };
}
