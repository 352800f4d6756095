import { describe, expect, test } from "vitest";
import { OptionsError } from "../../../src/errors.js";
import { type GenauthOptions, genauth } from "../../../src/genauth/genauth.js";
import { readSettings } from "../../../src/settings/read-settings.js";
import { secret } from "../../support/settings.js";

const app = {
  appId: "62f733a7148bf958af1e5410",
  appSecret: "0123456789abcdef0123456789abcdef",
  appHost: "https://shop.genauth.ai",
  redirectUri: "https://shop.example/callback",
} as const satisfies GenauthOptions;

const settingsOf = (options: Partial<GenauthOptions> = {}) => readSettings(genauth({ ...app, secret, ...options }), {});

/** What is wrong with options, by genauth() itself. */
function problemsOf(options: unknown): readonly string[] {
  try {
    genauth(options as GenauthOptions);
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
}
const problemsWith = (options: object) => problemsOf({ ...app, ...options });

describe("genauth()", () => {
  test("knows the endpoints of OpenID Connect", () => {
    const { issuerName, metadata } = settingsOf();
    const at = "https://shop.genauth.ai/oidc";
    expect(issuerName).toBe(at);
    expect(metadata).toEqual({
      issuer: at,
      authorization_endpoint: `${at}/auth`,
      token_endpoint: `${at}/token`,
      userinfo_endpoint: `${at}/me`,
      introspection_endpoint: `${at}/token/introspection`,
      revocation_endpoint: `${at}/token/revocation`,
      token_endpoint_auth_methods_supported: ["client_secret_post"],
      jwks_uri: `${at}/.well-known/jwks.json`,
      end_session_endpoint: `${at}/session/end`,
    });
  });

  test("knows the endpoints of OAuth 2.0, which has no keys and no session to end", () => {
    const { protocol, scope, metadata } = settingsOf({ protocol: "oauth" });
    const at = "https://shop.genauth.ai/oauth";
    expect([protocol, scope]).toEqual(["oauth2", "user"]);
    expect(metadata).toMatchObject({ issuer: at, token_endpoint: `${at}/token`, userinfo_endpoint: `${at}/me` });
    expect(Object.keys(metadata ?? {})).not.toEqual(expect.arrayContaining(["jwks_uri", "end_session_endpoint"]));
  });

  test("says who the app is, and sends its secret in the form as GenAuth's apps do", () => {
    expect(settingsOf()).toMatchObject({
      clientId: app.appId,
      clientSecret: app.appSecret,
      clientAuth: "client_secret_post",
      idTokenSigningAlg: "RS256",
      scope: "openid profile email phone address",
    });
    expect(settingsOf({ clientAuth: "client_secret_basic" }).clientAuth).toBe("client_secret_basic");
    expect(settingsOf({ idTokenSigningAlg: "HS256" }).idTokenSigningAlg).toBe("HS256");
    const { appSecret: _left, ...publicApp } = app;
    expect(readSettings(genauth({ ...publicApp, secret }), {}).clientAuth).toBe("none");
  });

  test.each([
    ["https://shop.example/callback", undefined, "https://shop.example", "/callback"],
    ["https://shop.example/app/back/in", undefined, "https://shop.example", "/app/back/in"],
    ["https://shop.example/app/callback", "https://shop.example/app", "https://shop.example/app", "/callback"],
    ["https://shop.example/app/callback", "https://shop.example/app/", "https://shop.example/app", "/callback"],
    ["http://localhost:3000/callback", undefined, "http://localhost:3000", "/callback"],
  ])("finds in %s, with the base URL %s, where the app is", (redirectUri, baseUrl, expected, callback) => {
    const settings = settingsOf({ redirectUri, ...(baseUrl !== undefined && { baseUrl }) });
    expect([settings.baseUrl, settings.routes.callback]).toEqual([expected, callback]);
  });

  test("takes an issuer of another name, and the host with or without a slash", () => {
    expect(settingsOf({ issuer: "https://old.authing.cn/oauth/oidc" }).issuerName).toBe(
      "https://old.authing.cn/oauth/oidc",
    );
    expect(settingsOf({ appHost: "https://shop.genauth.ai/" }).issuerName).toBe("https://shop.genauth.ai/oidc");
  });

  test("leaves the endpoints to discovery where that is wanted", () => {
    const { issuer, metadata } = settingsOf({ discovery: true });
    expect([issuer.href, metadata]).toEqual(["https://shop.genauth.ai/oidc", undefined]);
  });

  test("sends the tenant along, beside other parameters", () => {
    expect(settingsOf({ tenantId: "t7", authorizationParams: { ui_locales: "zh-CN" } }).authorizationParams).toEqual([
      ["tenant_id", "t7"],
      ["ui_locales", "zh-CN"],
    ]);
  });

  test.each([
    [{ logout: "easy" }, "https://shop.genauth.ai/login/profile/logout?redirect_uri=https%3A%2F%2Fshop.example%2Fbye"],
    [
      { protocol: "oauth" },
      "https://shop.genauth.ai/login/profile/logout?redirect_uri=https%3A%2F%2Fshop.example%2Fbye",
    ],
    [{ logout: "easy", idpLogout: () => "https://shop.example/mine" }, "https://shop.example/mine"],
  ] as const)("has the easy logout where that is wanted, unless the app has its own: %j", (options, url) => {
    const { idpLogout } = settingsOf(options);
    const request = { idToken: undefined, clientId: app.appId, returnTo: "https://shop.example/bye" };
    expect(typeof idpLogout === "function" && idpLogout(request)).toBe(url);
  });

  test("logs out at the session's end otherwise, or as the app says", () => {
    expect(settingsOf().idpLogout).toBe(true);
    expect(settingsOf({ logout: "session" }).idpLogout).toBe(true);
    expect(settingsOf({ protocol: "oauth", idpLogout: false }).idpLogout).toBe(false);
  });

  test("passes every other option on, and calls the app's own fetch", async () => {
    const called: string[] = [];
    const ownFetch = async (url: string) => {
      called.push(url);
      return new Response('{"expire_in":7}');
    };
    const settings = settingsOf({ idleTimeout: 600, http: { fetch: ownFetch, timeout: 2 }, routes: { login: "/in" } });
    expect(settings).toMatchObject({
      idleTimeout: 600,
      httpTimeout: 2,
      routes: { login: "/in", callback: "/callback" },
    });
    const answer = await settings.fetch("https://shop.genauth.ai/oidc/token", {});
    expect([called, await answer.json()]).toEqual([
      ["https://shop.genauth.ai/oidc/token"],
      { expire_in: 7, expires_in: 7 },
    ]);
  });
});

describe("the options of genauth()", () => {
  test("are needed, and what is wrong with them is said all at once", () => {
    expect(problemsOf({})).toEqual([
      expect.stringMatching(/^genauth appId: is needed/),
      expect.stringMatching(/^genauth appHost: must be an absolute URL/),
      expect.stringMatching(/^genauth redirectUri: must be an absolute URL/),
    ]);
    expect(problemsOf(undefined)).toEqual([expect.stringMatching(/^genauth\(\): takes an object/)]);
  });

  test.each([
    [{ appSecret: "" }, /^genauth appSecret: must be the App Secret/],
    [{ appHost: "shop.genauth.ai" }, /^genauth appHost: must be an absolute URL/],
    [
      { appHost: "https://shop.genauth.ai/oidc" },
      /^genauth appHost: must be the host alone: https:\/\/shop.genauth.ai$/,
    ],
    [{ appHost: "http://shop.genauth.ai" }, /^genauth appHost: must be https/],
    [{ redirectUri: "https://shop.example" }, /^genauth redirectUri: must lie below baseUrl/],
    [{ redirectUri: "https://shop.example/" }, /^genauth redirectUri: needs a path of its own/],
    [{ redirectUri: "https://shop.example/cb?x=1" }, /^genauth redirectUri: must be a plain URL/],
    [{ baseUrl: "https://other.example" }, /^genauth redirectUri: must lie below baseUrl, which is https:\/\/other/],
    [{ routes: { callback: "/other" } }, /^genauth routes.callback: follows from redirectUri, which says \/callback/],
    [{ protocol: "saml" }, /^genauth protocol: must be one of oidc, oauth$/],
    [{ idTokenSigningAlg: "ES256" }, /^genauth idTokenSigningAlg: must be one of RS256, HS256$/],
    [{ logout: "expert" }, /^genauth logout: must be one of session, easy$/],
    [{ discovery: "yes" }, /^genauth discovery: must be true or false$/],
    [{ tenantId: 7 }, /^genauth tenantId: must be a text$/],
    [{ issuer: "" }, /^genauth issuer: must be a text$/],
    [{ protocol: "oauth", logout: "session" }, /^genauth logout: is a part of OpenID Connect/],
    [{ protocol: "oauth", discovery: true }, /^genauth discovery: is a part of OpenID Connect/],
    [{ protocol: "oauth", idTokenSigningAlg: "RS256" }, /^genauth idTokenSigningAlg: is a part of OpenID Connect/],
    [{ appid: "x" }, /^genauth appid: there is no such option; did you mean `appId`\?$/],
    [{ clientId: "x" }, /^genauth clientId: there is no such option/],
  ])("can't be %j", (options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });

  test("that are auth()'s own are judged there", () => {
    const problemsThere = (options: object) => {
      try {
        return readSettings(genauth({ ...app, secret, ...options }), {}) && [];
      } catch (error) {
        return (error as OptionsError).problems;
      }
    };
    expect(problemsThere({ http: 7 })).toEqual([expect.stringMatching(/^http: must be an object/)]);
    expect(problemsThere({ http: { fetch: 7 } })).toEqual(["http.fetch: must be a function"]);
    expect(problemsThere({ protocol: "oauth", scope: "openid" })).toEqual([expect.stringMatching(/^scope: "openid"/)]);
  });
});
