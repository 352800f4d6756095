import { OptionsError, type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";

const api = { issuer: "https://id.example", audience: "https://api.example", baseUrl: "https://api.example" };

function problemsOf(options: object): readonly string[] {
  try {
    requireBearer(options as RequireBearerOptions);
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
  return [];
}

describe("requireBearer() takes", () => {
  const state = { get: () => {}, set: () => {}, add: () => {}, remove: () => {} };
  test.each<[string, object]>([
    ["proofs", { dpop: true }],
    ["no proofs", { dpop: false }],
    ["proofs by rules", { dpop: { required: true, algs: ["ES256"], maxAge: 30, nonce: true } }],
    ["what proofs need of the app", { dpop: {}, state, secret: "x".repeat(32) }],
    ["a list of secrets", { dpop: {}, secret: ["x".repeat(32), "y".repeat(32)] }],
    ["a base URL with a path", { dpop: true, baseUrl: "https://api.example/v1/" }],
    ["a base URL on this machine", { dpop: true, baseUrl: "http://localhost:3000" }],
    ["a base URL without TLS where that is allowed", { dpop: true, baseUrl: "http://api", insecureHttp: true }],
    ["the base URL of auth()", { dpop: true, issuer: undefined, baseUrl: undefined }],
    ["certificates of TLS", { clientCertificate: "tls" }],
    ["certificates of a proxy", { clientCertificate: { header: "Client-Cert", proxies: "10.0.0.0/8" } }],
    ["certificates of several", { clientCertificate: { header: "client-cert", proxies: ["10.0.0.1", "fd00::/8"] } }],
  ])("%s", (_what, options) => {
    expect(problemsOf({ ...api, ...options })).toEqual([]);
  });
});

describe("requireBearer() refuses", () => {
  test.each<[string, object, RegExp]>([
    ["proofs without base URL", { dpop: true, baseUrl: undefined }, /^requireBearer dpop: needs `baseUrl`/],
    ["anything else for proofs", { dpop: "yes" }, /^requireBearer dpop: must be an object with required, algs/],
    ["a rule for proofs that is none", { dpop: { maxage: 3 } }, /^requireBearer dpop\.maxage: .*`maxAge`/],
    ["symmetric proofs", { dpop: { algs: ["HS256"] } }, /^requireBearer dpop\.algs: must be a list of ES256/],
    ["proofs without signature", { dpop: { algs: ["none"] } }, /^requireBearer dpop\.algs/],
    ["no algorithm for proofs", { dpop: { algs: [] } }, /^requireBearer dpop\.algs/],
    ["proofs that are good for ever", { dpop: { maxAge: 601 } }, /^requireBearer dpop\.maxAge: .* from 1 to 600/],
    ["a word for a flag", { dpop: { required: "no" } }, /^requireBearer dpop\.required: must be true or false/],
    ["another one", { dpop: { nonce: 1 } }, /^requireBearer dpop\.nonce: must be true or false/],
    ["a base URL without TLS", { baseUrl: "http://api.example" }, /^requireBearer baseUrl: must be https/],
    ["a base URL that is none", { dpop: true, baseUrl: "api" }, /^requireBearer baseUrl: must be an absolute URL/],
    ["a state that is none", { dpop: true, state: {} }, /^requireBearer state: must have get, set, add/],
    ["a secret that can be guessed", { dpop: true, secret: "short" }, /^requireBearer secret: must have at least 32/],
    ["anything else for certificates", { clientCertificate: true }, /^requireBearer clientCertificate: must be "tls"/],
    [
      "a header from anybody",
      { clientCertificate: { header: "Client-Cert" } },
      /^requireBearer clientCertificate\.proxies: must be the addresses/,
    ],
    ["a proxy by its name", { clientCertificate: { header: "a", proxies: ["proxy"] } }, /Certificate\.proxies/],
    ["no proxy at all", { clientCertificate: { header: "a", proxies: [] } }, /Certificate\.proxies/],
    ["a header without name", { clientCertificate: { proxies: "::1" } }, /Certificate\.header: must be the name/],
    ["a header with a bad name", { clientCertificate: { header: "a b", proxies: "::1" } }, /Certificate\.header/],
  ])("%s", (_what, options, problem) => {
    expect(problemsOf({ ...api, ...options })).toEqual([expect.stringMatching(problem)]);
  });

  test("all of it in a guard that judges no tokens", () => {
    const options = { dpop: true, baseUrl: "https://x", state: {}, secret: "", clientCertificate: "tls" };
    expect(problemsOf(options).map((problem) => problem.split(":", 1)[0])).toEqual([
      "requireBearer dpop",
      "requireBearer baseUrl",
      "requireBearer state",
      "requireBearer secret",
      "requireBearer clientCertificate",
    ]);
  });
});
