import { describe, expect, test } from "vitest";
import type { AuthOptions } from "../../../src/options.js";
import { problemsOf, problemsWith } from "../../support/problems.js";
import { rightOptions, settingsWith } from "../../support/settings.js";

type Right = [what: string, options: AuthOptions];
type Wrong = [what: string, options: object, problem: RegExp];

const metadata = {
  issuer: "https://id.example",
  authorization_endpoint: "https://id.example/auth",
  token_endpoint: "https://id.example/token",
  jwks_uri: "https://id.example/keys",
};
const longSecret = "x".repeat(64);

describe("issuer", () => {
  test.each<Right>([
    ["a URL", { issuer: "https://id.example" }],
    ["a URL with a path", { issuer: "https://id.example/realms/shop/" }],
    ["http on this machine", { issuer: "http://localhost:4000" }],
    ["http on this machine, by number", { issuer: "http://127.0.0.1:4000" }],
    ["http on this machine, by IPv6 number", { issuer: "http://[::1]:4000" }],
    ["http on this machine, by a name below localhost", { issuer: "http://id.localhost:4000" }],
    ["http elsewhere, where that is allowed", { issuer: "http://id.internal", insecureHttp: true }],
    ["metadata", { issuer: metadata }],
    [
      "metadata without keys, where the client secret is the key",
      { issuer: { ...metadata, jwks_uri: undefined } as never, idTokenSigningAlg: "HS256", clientSecret: longSecret },
    ],
  ])("may be %s", (_what, options) => {
    expect(problemsWith(options)).toEqual([]);
  });

  test.each<Wrong>([
    ["missing", { issuer: undefined }, /^issuer: is needed: the URL of your OpenID Provider, here or in OIDC_ISSUER$/],
    ["no URL", { issuer: "id.example" }, /^issuer: must be an absolute URL, such as https:\/\//],
    ["empty", { issuer: "" }, /^issuer: must be an absolute URL/],
    ["a number", { issuer: 7 }, /^issuer: must be an absolute URL/],
    ["null", { issuer: null }, /^issuer: must be an absolute URL/],
    ["a list", { issuer: ["https://id.example"] }, /^issuer: must be an absolute URL/],
    ["another scheme", { issuer: "ftp://id.example" }, /^issuer: must be an absolute https URL, such as/],
    ["a script", { issuer: "javascript:alert(1)" }, /^issuer: must be an absolute https URL, such as/],
    [
      "http elsewhere",
      { issuer: "http://id.example" },
      /^issuer: must be https: .*only localhost may be http \(`insecureHttp: true`/,
    ],
    [
      "http on a host that begins like this machine",
      { issuer: "http://localhost.evil.example" },
      /^issuer: must be https/,
    ],
    [
      "http on a host that begins like its number",
      { issuer: "http://127.0.0.1.evil.example" },
      /^issuer: must be https/,
    ],
    ["http on all addresses", { issuer: "http://0.0.0.0:4000" }, /^issuer: must be https/],
    ["with a query", { issuer: "https://id.example?x" }, /^issuer: must be a plain URL, without user name, query/],
    ["with a fragment", { issuer: "https://id.example#x" }, /^issuer: must be a plain URL/],
    ["with a user name", { issuer: "https://u@id.example" }, /^issuer: must be a plain URL/],
    ["with a password", { issuer: "https://:p@id.example" }, /^issuer: must be a plain URL/],
    [
      "metadata with a bad issuer",
      { issuer: { ...metadata, issuer: "x" } },
      /^issuer\.issuer: must be an absolute URL/,
    ],
    [
      "metadata without a token endpoint",
      { issuer: { ...metadata, token_endpoint: undefined } },
      /^issuer\.token_endpoint: must be an absolute/,
    ],
    [
      "metadata with an http endpoint",
      { issuer: { ...metadata, authorization_endpoint: "http://id.example/auth" } },
      /^issuer\.authorization_endpoint: must be https/,
    ],
    [
      "metadata without keys",
      { issuer: { ...metadata, jwks_uri: undefined } },
      /^issuer\.jwks_uri: must be an absolute URL/,
    ],
  ])("must not be %s", (_what, options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });

  test("is read from a discovery URL too, so that its document is still checked", () => {
    for (const end of ["", "/"]) {
      const issuer = `https://id.example/realms/shop/.well-known/openid-configuration${end}`;
      expect(settingsWith({ issuer }).issuer.href).toBe("https://id.example/realms/shop");
    }
  });

  test("as metadata that can't be copied is a problem, not a crash", () => {
    const issuer = { ...metadata, fetch: () => undefined };
    expect(problemsWith({ issuer })).toEqual([expect.stringMatching(/^issuer: must be/)]);
  });

  test("with every endpoint missing is told so in one go", () => {
    expect(problemsWith({ issuer: {} })).toHaveLength(4);
  });
});

describe("client", () => {
  test.each<Right>([
    ["a public one", { clientSecret: undefined } as object],
    ["a public one that says so", { clientSecret: undefined, clientAuth: "none" } as object],
    ["one whose secret is sent in the header", { clientAuth: "client_secret_basic" }],
    ["one whose secret is sent in the body", { clientAuth: "client_secret_post" }],
    ["one that has a secret and does not use it", { clientAuth: "none" }],
  ])("may be %s", (_what, options) => {
    expect(problemsWith(options)).toEqual([]);
  });

  test.each<Wrong>([
    [
      "without an id",
      { clientId: undefined },
      /^clientId: is needed: this app's id at the provider, here or in OIDC_CLIENT_ID$/,
    ],
    ["with an empty id", { clientId: "" }, /^clientId: is needed/],
    ["with a number as its id", { clientId: 7 }, /^clientId: is needed/],
    ["with an empty secret", { clientSecret: "" }, /^clientSecret: must be a text that is not empty$/],
    ["with a secret that is no text", { clientSecret: {} }, /^clientSecret: must be a text/],
    [
      "with a secret to be sent and none to send",
      { clientSecret: undefined, clientAuth: "client_secret_post" },
      /^clientAuth: client_secret_post needs `clientSecret`; set it, or write "none"/,
    ],
    [
      "with a way of proof that is not known",
      { clientAuth: "client_secret" },
      /^clientAuth: must be one of client_secret_basic, .*, private_key_jwt, .*, none$/,
    ],
    ["with a way of proof that is no text", { clientAuth: {} }, /^clientAuth: must be one of/],
  ])("must not be %s", (_what, options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });

  test("with a secret is left to choose by what the provider can; without one it has none to send", () => {
    expect(settingsWith().clientAuth).toBeUndefined();
    const { clientSecret: _left, ...rest } = rightOptions;
    expect(problemsOf(rest)).toEqual([]);
    expect(settingsWith({ clientSecret: undefined } as object).clientAuth).toBe("none");
  });
});

describe("scope", () => {
  test("is openid, profile and email, or what is written, in plain order", () => {
    expect(settingsWith().scope).toBe("openid profile email");
    expect(settingsWith({ scope: "  offline_access\n openid  orders:read " }).scope).toBe(
      "offline_access openid orders:read",
    );
  });

  test.each([["profile email"], [""], ["openidx"], [7], [["openid"]], [null]])(
    "must have openid in it: %j",
    (scope) => {
      expect(problemsWith({ scope })).toEqual([
        'scope: must contain "openid", without which the provider issues no ID token',
      ]);
    },
  );
});

describe("idTokenSigningAlg", () => {
  test.each(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"])(
    "may be %s",
    (idTokenSigningAlg) => expect(problemsWith({ idTokenSigningAlg })).toEqual([]),
  );

  test.each([
    ["HS256", 32],
    ["HS384", 48],
    ["HS512", 64],
  ])("may be %s with a secret of %i bytes, and not with one less", (idTokenSigningAlg, bytes) => {
    expect(problemsWith({ idTokenSigningAlg, clientSecret: "x".repeat(bytes) })).toEqual([]);
    expect(problemsWith({ idTokenSigningAlg, clientSecret: "\u00e9".repeat(bytes / 2) })).toEqual([]);
    expect(problemsWith({ idTokenSigningAlg, clientSecret: "x".repeat(bytes - 1) })).toEqual([
      expect.stringMatching(
        new RegExp(`^clientSecret: is too short to be the key of ${idTokenSigningAlg}: at least ${bytes}`),
      ),
    ]);
  });

  test("can't be HS256 without a secret", () => {
    expect(problemsWith({ idTokenSigningAlg: "HS256", clientSecret: undefined })).toEqual([
      "idTokenSigningAlg: HS256 needs `clientSecret`, which is its key",
    ]);
  });

  test.each([["none"], ["None"], ["rs256"], ["ES256K"], ["RSA-OAEP"], [""], [["RS256"]], [7], [{}]])(
    "can't be %j",
    (idTokenSigningAlg) => {
      expect(problemsWith({ idTokenSigningAlg })).toEqual([
        expect.stringMatching(/^idTokenSigningAlg: must be one of RS256, .*, HS512$/),
      ]);
    },
  );
});

describe("authorizationParams", () => {
  test("are kept as pairs of texts, lists several times, what is undefined not at all", () => {
    const authorizationParams = { prompt: "login", max_age: 60, resource: ["a", "b"], acr_values: undefined } as never;
    expect(settingsWith({ authorizationParams }).authorizationParams).toEqual([
      ["prompt", "login"],
      ["max_age", "60"],
      ["resource", "a"],
      ["resource", "b"],
    ]);
  });

  test("may carry a claims request as an object", () => {
    const claims = { id_token: { acr: { essential: true } } };
    expect(settingsWith({ authorizationParams: { claims: claims as never } }).authorizationParams).toEqual([
      ["claims", JSON.stringify(claims)],
    ]);
  });

  test.each([
    "client_id",
    "redirect_uri",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "dpop_jkt",
    "request",
    "request_uri",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code_verifier",
  ])("must leave %s to the login", (name) => {
    expect(problemsWith({ authorizationParams: { [name]: "x", prompt: "login" } })).toEqual([
      `authorizationParams.${name}: is set by the login itself; leave it out`,
    ]);
  });

  test("must leave the scope to its own option", () => {
    expect(problemsWith({ authorizationParams: { scope: "openid" } })).toEqual([
      "authorizationParams.scope: is set by the login itself; use the option `scope`",
    ]);
  });

  test.each([["prompt=login"], [7], [null], [["prompt"]], [true]])("must be an object: %j", (authorizationParams) => {
    expect(problemsWith({ authorizationParams })).toEqual([
      "authorizationParams: must be an object of names and values",
    ]);
  });
});
