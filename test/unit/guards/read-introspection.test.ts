import { OptionsError, type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";

const client = { clientId: "the-api", clientSecret: "x" };
const metadata = {
  issuer: "https://id.example",
  authorization_endpoint: "https://id.example/auth",
  token_endpoint: "https://id.example/token",
};
const introspection_endpoint = "https://id.example/introspect";
const jwks_uri = "https://id.example/keys";

/** The problems of a guard with these options over those of a right one. */
function problemsWith(over: object): readonly string[] {
  try {
    requireBearer({ issuer: "https://id.example", audience: "https://api.example", ...over } as RequireBearerOptions);
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
}

describe("introspection", () => {
  test.each<[what: string, options: object]>([
    ["left out", { introspection: undefined }],
    ["a client", { introspection: client }],
    ["a client without a secret, which says so", { introspection: { clientId: "the-api", clientAuth: "none" } }],
    [
      "a client and all the rest",
      {
        introspection: {
          ...client,
          clientAuth: "client_secret_post",
          tokens: "all",
          audience: "optional",
          signed: ["ES256", "PS512"],
          cacheFor: 3600,
          negativeFor: 0,
        },
      },
    ],
    ["that of auth()", { issuer: undefined, introspection: true }],
    ["that of auth(), with more", { issuer: undefined, introspection: { signed: true, tokens: "opaque" } }],
    ["a client of its own for the provider of auth()", { issuer: undefined, introspection: client }],
    ["with a list of one issuer", { issuer: ["https://id.example"], introspection: client }],
    [
      "with metadata that has all",
      { issuer: { ...metadata, introspection_endpoint, jwks_uri }, introspection: client },
    ],
    [
      "without keys, where none is needed",
      { issuer: { ...metadata, introspection_endpoint }, introspection: { ...client, tokens: "all", signed: false } },
    ],
  ])("may be %s", (_what, options) => {
    expect(problemsWith(options)).toEqual([]);
  });

  test.each<[what: string, options: object, problem: RegExp]>([
    ["a text", { introspection: "yes" }, /^requireBearer introspection: must be an object with clientId, clientSecret/],
    ["false", { introspection: false }, /^requireBearer introspection: must be an object/],
    ["misspelt inside", { introspection: { ...client, cacheFr: 1 } }, /introspection\.cacheFr: .* `cacheFor`\?$/],
    [
      "that of auth() beside an issuer",
      { introspection: true },
      /introspection: needs clientId and clientSecret, as which/,
    ],
    [
      "for two issuers",
      { issuer: ["https://a.example", "https://b.example"], introspection: client },
      /introspection: needs one `issuer`/,
    ],
    ["for chosen issuers", { issuer: () => undefined, introspection: client }, /introspection: needs one `issuer`/],
    [
      "a secret without a client",
      { issuer: undefined, introspection: { clientSecret: "x" } },
      /introspection\.clientId: is needed beside/,
    ],
    [
      "a way to prove without a client",
      { issuer: undefined, introspection: { clientAuth: "none" } },
      /introspection\.clientId: is needed beside/,
    ],
    [
      "a client without a secret",
      { introspection: { clientId: "the-api" } },
      /introspection\.clientSecret: is needed:/,
    ],
    ["an empty client", { introspection: { ...client, clientId: "" } }, /introspection\.clientId: must be a text/],
    [
      "a number as a secret",
      { introspection: { ...client, clientSecret: 7 } },
      /introspection\.clientSecret: must be a text/,
    ],
    [
      "an unknown way to prove",
      { introspection: { ...client, clientAuth: "tls" } },
      /introspection\.clientAuth: must be one of client_secret_basic/,
    ],
    [
      "a way to prove that needs a secret",
      { introspection: { clientId: "the-api", clientAuth: "client_secret_post" } },
      /introspection\.clientAuth: client_secret_post needs `clientSecret`/,
    ],
    [
      "other tokens",
      { introspection: { ...client, tokens: "jwt" } },
      /introspection\.tokens: must be "opaque" or "all"$/,
    ],
    [
      "another audience",
      { introspection: { ...client, audience: "no" } },
      /introspection\.audience: must be "required" or/,
    ],
    [
      "signed with a secret",
      { introspection: { ...client, signed: "HS256" } },
      /introspection\.signed: must be true, false, or/,
    ],
    ["signed with nothing", { introspection: { ...client, signed: [] } }, /introspection\.signed: must be true/],
    ["signed with a number", { introspection: { ...client, signed: 1 } }, /introspection\.signed: must be true/],
    [
      "known for ever",
      { introspection: { ...client, cacheFor: 3601 } },
      /introspection\.cacheFor: .* 0 to 3600; the default is 30/,
    ],
    [
      "known in the past",
      { introspection: { ...client, negativeFor: -1 } },
      /introspection\.negativeFor: .* the default is 5/,
    ],
    [
      "where nothing is judged",
      { issuer: undefined, audience: undefined, introspection: client },
      /^requireBearer introspection: says how tokens are judged/,
    ],
    [
      "with metadata that has no endpoint for it",
      { issuer: { ...metadata, jwks_uri }, introspection: client },
      /issuer\.introspection_endpoint: must be an absolute URL/,
    ],
    [
      "with metadata that has no keys, for JWTs",
      { issuer: { ...metadata, introspection_endpoint }, introspection: client },
      /issuer\.jwks_uri: must be an absolute URL/,
    ],
    [
      "with metadata that has no keys, for signed answers",
      { issuer: { ...metadata, introspection_endpoint }, introspection: { ...client, tokens: "all", signed: true } },
      /issuer\.jwks_uri: must be an absolute URL/,
    ],
  ])("may not be %s", (_what, options, problem) => {
    const problems = problemsWith(options);
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });
});
