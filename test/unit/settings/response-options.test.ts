/**
 * Which types and modes of a login's answer go together, and what each of them needs.
 * @module
 */
import { describe, expect, test } from "vitest";
import { readClientSettings } from "../../../src/settings/read-client-settings.js";
import { problemsIn, problemsWith } from "../../support/problems.js";
import { rightOptions, settingsWith } from "../../support/settings.js";

describe("what a login brings back", () => {
  test.each([
    [{}, "code", "query"],
    [{ responseType: "code id_token" }, "code id_token", "form_post"],
    [{ responseType: "id_token token" }, "id_token token", "form_post"],
    [{ responseType: "code", responseMode: "form_post" }, "code", "form_post"],
    [{ responseMode: "jwt" }, "code", "jwt"],
    [{ responseMode: "query.jwt" }, "code", "query.jwt"],
    [{ responseType: "code id_token token", responseMode: "form_post.jwt" }, "code id_token token", "form_post.jwt"],
  ] as const)("is with %j: %s by %s", (options, responseType, responseMode) => {
    expect(settingsWith(options)).toMatchObject({ responseType, responseMode });
  });

  test.each<[object, RegExp]>([
    [
      { responseType: "token" },
      /^responseType: must not be token alone: nothing would tell who has logged in.*use code$/,
    ],
    [{ responseType: "id_token code" }, /^responseType: must be one of "code", "code id_token",.*in this spelling$/],
    [{ responseType: "none" }, /^responseType: must be one of/],
    [{ responseType: "" }, /^responseType: must be one of/],
    [{ responseType: 5 }, /^responseType: must be one of/],
    [{ responseMode: "fragment" }, /^responseMode: must not be in the fragment.*never send.*use form_post$/],
    [{ responseMode: "fragment.jwt" }, /^responseMode: must not be in the fragment/],
    [{ responseMode: "post" }, /^responseMode: must be one of "query", "form_post"/],
    [{ responseMode: 5 }, /^responseMode: must be one of/],
    [
      { responseType: "id_token", responseMode: "query" },
      /^responseMode: must be form_post or form_post\.jwt with responseType id_token/,
    ],
    [{ responseType: "code token", responseMode: "query.jwt" }, /^responseMode: must be form_post or/],
    [{ responseType: "code id_token", responseMode: "jwt" }, /^responseMode: must be form_post or/],
    [
      { responseType: "id_token", userinfo: true },
      /^responseType: id_token brings no access token, which the option userinfo needs/,
    ],
    [
      { responseType: "code token", clientAuth: "tls_client_auth", certificateBoundTokens: true, http: { fetch } },
      /^responseType: must be code or code id_token with certificateBoundTokens/,
    ],
    [{ responseType: "code id_token", protocol: "oauth2" }, /^responseType: must be code in plain OAuth 2\.0/],
    [
      { responseMode: "form_post", baseUrl: "http://localhost:3000" },
      /^baseUrl: must be https with responseMode form_post:.*use https/,
    ],
    [
      { responseType: "id_token", baseUrl: "http://localhost:3000" },
      /^baseUrl: must be https with responseMode form_post:/,
    ],
    [
      { authorizationParams: { response_type: "code id_token" } },
      /^authorizationParams\.response_type: .*use the option `responseType`$/,
    ],
    [
      { authorizationParams: { response_mode: "form_post" } },
      /^authorizationParams\.response_mode: .*use the option `responseMode`$/,
    ],
    [
      { profile: "fapi2", responseType: "code id_token" },
      /^responseType: must be code with profile fapi2.*leave it out$/,
    ],
  ])("can't be %j", (options, problem) => {
    expect(problemsWith(options)).toContainEqual(expect.stringMatching(problem));
  });

  test.each([
    ["code", true],
    ["code id_token", true],
    ["id_token", false],
    ["id_token token", false],
    ["code token", false],
  ] as const)(
    "with %s and a client that proves itself by TLS, tokens are bound to its certificate: %s",
    (responseType, bound) => {
      const { certificateBoundTokens } = settingsWith({ responseType, clientAuth: "tls_client_auth", http: { fetch } });
      expect(certificateBoundTokens).toBe(bound);
    },
  );

  test("may be signed by a provider of plain OAuth 2.0, whose keys are needed then", () => {
    const issuer = {
      issuer: "https://id.example",
      authorization_endpoint: "https://id.example/a",
      token_endpoint: "https://id.example/t",
    };
    const metadata = { ...issuer, userinfo_endpoint: "https://id.example/u" };
    const options = { protocol: "oauth2", issuer: metadata, responseMode: "jwt" };
    expect(problemsWith(options)).toEqual([expect.stringContaining("jwks_uri")]);
    expect(problemsWith({ ...options, responseMode: "query" })).toEqual([]);
    expect(problemsWith({ ...options, issuer: { ...metadata, jwks_uri: "https://id.example/k" } })).toEqual([]);
  });

  test("needs keys where it is signed, also where ID tokens are signed with the client secret", () => {
    const issuer = {
      issuer: "https://id.example",
      authorization_endpoint: "https://id.example/a",
      token_endpoint: "https://id.example/t",
    };
    const options = { issuer, idTokenSigningAlg: "HS256" };
    expect(problemsWith(options)).toEqual([]);
    expect(problemsWith({ ...options, responseMode: "jwt" })).toEqual([expect.stringContaining("jwks_uri")]);
  });

  test("is no affair of a client without a web app", () => {
    const { issuer, clientId, clientSecret } = rightOptions;
    const given = { issuer, clientId, clientSecret, responseType: "code id_token" };
    expect(problemsIn(() => readClientSettings(given as never, {}))).toEqual([
      expect.stringMatching(/^responseType: is about a web app/),
    ]);
  });
});
