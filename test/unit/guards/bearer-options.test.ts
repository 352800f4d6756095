import { OptionsError, type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import { startApi } from "../../support/api-world.js";

const right = { issuer: "https://id.example", audience: "https://api.example" } as const;

/** What is wrong with exactly these options of a guard, without the name of the guard before each. */
function problemsOf(options: unknown): readonly string[] {
  try {
    requireBearer(options as RequireBearerOptions);
    return [];
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    return error.problems.map((line) => line.replace(/^requireBearer /, ""));
  }
}

const problemsWith = (options: object) => problemsOf({ ...right, ...options });

const url = "issuer: must be an absolute URL, such as https://shop.example";
const texts = "must be a text or a list of texts";
const algs = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519";
const unquotable = "can't stand in a challenge: no spaces, quotes, backslashes and letters beyond ASCII";

describe("the options of a guard may be", () => {
  test.each<[string, RequireBearerOptions]>([
    ["none, for a guard that narrows", {}],
    ["only an audience, for the provider of auth()", { audience: "orders" }],
    ["the smallest for an API of its own", right],
    [
      "a list of issuers, some with their metadata",
      {
        ...right,
        issuer: ["https://a.example", { issuer: "https://b.example", jwks_uri: "https://b.example/keys?v=1" }],
      },
    ],
    ["a function that chooses issuers", { ...right, issuer: () => undefined }],
    ["an issuer on this machine", { ...right, issuer: "http://127.0.0.1:8080" }],
    ["an issuer without TLS where that is allowed", { ...right, issuer: "http://id.example", insecureHttp: true }],
    ["several audiences", { ...right, audience: ["one", "another with spaces"] }],
    [
      "all of them",
      {
        ...right,
        strict: true,
        algs: ["ES256"],
        cache: 0,
        formField: true,
        clockTolerance: 0,
        http: { timeout: 1 },
        realm: "orders (eu)",
        onRefused: () => undefined,
        insecureHttp: false,
        scope: "a b",
        anyScope: ["c"],
        scopeMatches: () => true,
        claims: { a: [1, true, "x"] },
        roles: { at: ["a", "b"], all: "x", any: ["y"] },
        maxAge: 0,
        acr: "gold",
      },
    ],
    [
      "undefined, each of them",
      Object.fromEntries(
        ["strict", "algs", "cache", "http", "realm", "scope", "roles", "claims", "acr"].map((name) => [
          name,
          undefined,
        ]),
      ),
    ],
  ])("%s", (_what, options) => {
    expect(problemsOf(options)).toEqual([]);
  });
});

describe("a guard says what is wrong with its options:", () => {
  test.each<[options: object, ...problems: string[]]>([
    [
      { audience: undefined },
      "audience: is needed, or `resource`: what this API is called in tokens. Without it, tokens for any other API of this issuer would open this one",
    ],
    ...["", [], [""], 7, null, {}].map((audience): [object, string] => [{ audience }, `audience: ${texts}`]),
    [{ issuer: [] }, "issuer: must name at least one issuer"],
    ...["id.example", "", 7, null, true, ["id.example", 7]].map((issuer): [object, string] => [{ issuer }, url]),
    [
      { issuer: "http://id.example" },
      "issuer: must be https: over http everybody between can read the tokens; only localhost may be http (`insecureHttp: true` allows it all the same)",
    ],
    [{ issuer: "https://id.example/?a=1" }, "issuer: must be a plain URL, without user name, query and fragment"],
    [
      { issuer: { issuer: "https://id.example" } },
      "issuer.jwks_uri: must be an absolute URL, such as https://shop.example",
    ],
    [
      { issuer: {} },
      "issuer.issuer: must be an absolute URL, such as https://shop.example",
      "issuer.jwks_uri: must be an absolute URL, such as https://shop.example",
    ],
    [
      { issuer: ["https://a.example", "https://b.example", "https://a.example/"] },
      "issuer: names https://a.example twice, with or without a slash at its end; write it once",
    ],
    ...["strict", "formField", "insecureHttp"].flatMap((name) =>
      ["true", 1, null].map((value): [object, string] => [{ [name]: value }, `${name}: must be true or false`]),
    ),
    ...["RS256", [], ["HS256"], ["none"], ["ES256", "es256"], [7], null].map((value): [object, string] => [
      { algs: value },
      `algs: must be a list of ${algs}`,
    ]),
    ...[-1, 1.5, 1_000_001, "10", null, Number.NaN].map((cache): [object, string] => [
      { cache },
      "cache: must be a whole number of tokens, 0 to 1000000; the default is 2000",
    ]),
    ...[-1, 301, "30", null].map((clockTolerance): [object, string] => [
      { clockTolerance },
      "clockTolerance: must be a number of seconds from 0 to 300; the default is 30",
    ]),
    ...["", 'a"b', "a\\b", "a\r\nb", "\u00e9", 7].map((realm): [object, string] => [
      { realm },
      "realm: must be a text without quotes, backslashes and letters beyond ASCII",
    ]),
    [{ onRefused: "x" }, "onRefused: must be a function (error, req, res, next)"],
    [{ http: { tiemout: 1 } }, "http.tiemout: there is no such option; did you mean `timeout`?"],
    [
      { http: { timeout: 100 }, issuer: ["https://a.example", "https://b.example"] },
      "http.timeout: must be a number of seconds from 0.5 to 60; the default is 5",
    ],
    [{ http: { fetch: 1 }, issuer: undefined }, "http.fetch: must be a function"],
    ...["scope", "anyScope", "acr"].flatMap((name): [object, string][] => [
      [{ [name]: "" }, `${name}: ${texts}`],
      [{ [name]: [] }, `${name}: ${texts}`],
      [{ [name]: "a  b" }, `${name}: ${texts}`],
      [{ [name]: 7 }, `${name}: ${texts}`],
      [{ [name]: ["a b"] }, `requireBearer: "a b" ${unquotable}`],
      [{ [name]: 'a"b' }, `requireBearer: "a\\"b" ${unquotable}`],
      [{ [name]: "a\r\nb" }, `requireBearer: "a\\r\\nb" ${unquotable}`],
    ]),
    [{ scopeMatches: "x" }, "scopeMatches: must be a function (granted, needed), such as wildcardScope"],
    [{ claims: 7 }, "claims: must be an object of claim names and rules, or a function of all claims"],
    [
      { claims: { role: undefined } },
      "claims.role: must be a text, a number, true, false, a list of these, or a function",
    ],
    ...["admin", "", null, [], 0].map((roles): [object, string] => [
      { roles },
      "roles: must be an object with at, and all or any",
    ]),
    [{ roles: { at: "roles" } }, "roles: must say which: `all` of these, or `any`"],
    [
      { roles: { at: [], all: "x" } },
      'roles.at: must be the name of a claim, or the way to it: ["realm_access", "roles"]',
    ],
    [
      { roles: { at: ["a", ""], all: "x" } },
      'roles.at: must be the name of a claim, or the way to it: ["realm_access", "roles"]',
    ],
    [{ roles: { at: "a", all: [], any: "x" } }, `roles.all: ${texts}`],
    [{ roles: { at: "a", anyOf: "x", any: "y" } }, "roles.anyOf: there is no such option; did you mean `any`?"],
    ...[-1, 1.5, "60", null].map((maxAge): [object, string] => [
      { maxAge },
      "maxAge: must be a whole number of seconds, 0 or more",
    ]),
    [{ audiance: "x" }, "audiance: there is no such option; did you mean `audience`?"],
    [
      { scopes: "x", role: 1 },
      "scopes: there is no such option; did you mean `scope`?",
      "role: there is no such option; did you mean `roles`?",
    ],
  ])("%o", (options, ...problems) => {
    expect(problemsWith(options)).toEqual(problems);
  });

  test.each([
    { strict: true },
    { algs: ["ES256"] },
    { cache: 1 },
    { http: {} },
    { formField: true },
    { realm: "orders" },
    { insecureHttp: true },
  ])("%o belongs to a guard that judges tokens", (options) => {
    const [name] = Object.keys(options);
    expect(problemsOf({ scope: "read", ...options })).toEqual([
      `${name}: says how tokens are judged, so it belongs to the guard that names \`audience\` or \`resource\``,
    ]);
  });

  test.each([null, "https://id.example", [], 7])("%o is no object", (options) => {
    expect(problemsOf(options)).toEqual([
      expect.stringMatching(/^requireBearer: takes an object with issuer, audience, resource, strict, /),
    ]);
  });

  test("all at once", () => {
    expect(problemsOf({ issuer: "x", realm: "", scope: 7, nonsense: 1 })).toHaveLength(5);
  });

  test("app.use(requireBearer), without a call, is told at the first request", async () => {
    const { ask, errors } = await startApi({ before: (app) => app.use(requireBearer as never) });
    expect((await ask()).status).toBe(500);
    expect(errors).toMatchObject([
      {
        problems: [
          "requireBearer: was passed to app.use() or a route without being called; write requireBearer({ audience })",
        ],
      },
    ]);
  });
});
