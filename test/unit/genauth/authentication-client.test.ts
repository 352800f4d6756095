import { describe, expect, test } from "vitest";
import { OptionsError } from "../../../src/errors.js";
import type { BuildAuthorizeUrlOptions, BuildLogoutUrlOptions } from "../../../src/genauth/models.js";
import * as entry from "../../../src/genauth.js";
import { AuthenticationClient, type AuthenticationClientOptions } from "../../../src/genauth.js";

const app = {
  appId: "62f733a7148bf958af1e5410",
  appSecret: "0123456789abcdef0123456789abcdef",
  appHost: "https://shop.genauth.ai",
  redirectUri: "https://shop.example/callback",
} as const satisfies AuthenticationClientOptions;

const create = (options: object = {}) => new AuthenticationClient({ ...app, ...options });

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
}

const urlOf = (options?: BuildAuthorizeUrlOptions, client = create()) => new URL(client.buildAuthorizeUrl(options));
const paramsOf = (...given: Parameters<typeof urlOf>) => Object.fromEntries(urlOf(...given).searchParams);

describe("AuthenticationClient", () => {
  test.each([
    [{ appId: "" }, /^genauth appId: is needed/],
    [{ appHost: "shop.genauth.ai" }, /^genauth appHost: must be an absolute URL/],
    [{ redirectUri: undefined }, /^AuthenticationClient redirectUri: must be an absolute URL/],
    [{ redirectUri: "http://shop.example/callback" }, /^AuthenticationClient redirectUri: must be https/],
    [{ secret: "another" }, /^AuthenticationClient secret: is appSecret by another name, and the two differ/],
    [{ protocol: "saml" }, /^genauth protocol: must be one of oidc, oauth/],
    [{ protocol: "oauth", idTokenSigningAlg: "RS256" }, /^genauth idTokenSigningAlg: is a part of OpenID Connect/],
    [{ idTokenSigningAlg: "none" }, /^genauth idTokenSigningAlg: must be one of/],
    [{ appSecret: "short", idTokenSigningAlg: "HS256" }, /too short to be the key of HS256/],
    [{ appid: "x" }, /^AuthenticationClient appid: there is no such option; did you mean `appId`/],
    [{ scope: "profile" }, /^scope: must contain "openid"/],
    [{ protocol: "oauth", scope: "openid" }, /^scope: "openid" asks for an ID token/],
    [{ http: { fetch: "x" } }, /^http\.fetch: must be/],
    [{ http: 7 }, /^http: must be an object/],
    [{ tenantId: "t", authorizationParams: "prompt" }, /^authorizationParams: must be an object of names and values/],
  ])("refuses %j", (options, problem) => {
    expect(problemsOf(() => create(options))).toContainEqual(expect.stringMatching(problem));
  });

  test("says all that is wrong at once, and that it needs options", () => {
    expect(problemsOf(() => new AuthenticationClient({} as AuthenticationClientOptions))).toHaveLength(3);
    const none = undefined as unknown as AuthenticationClientOptions;
    expect(problemsOf(() => new AuthenticationClient(none))).toEqual([expect.stringMatching(/takes an object/)]);
  });

  test("takes the secret by either name, and none at all", () => {
    const { appSecret: secret, ...rest } = app;
    for (const options of [{ ...rest, secret }, { ...app, secret }, rest])
      expect(new AuthenticationClient(options).buildLogoutUrl()).toBe("https://shop.genauth.ai/login/profile/logout");
  });

  test("brings Models along, of which nothing is left at run time", () => {
    expect(Object.keys(entry).sort()).toEqual(["AuthenticationClient", "Models", "genauth"]);
    expect(Object.keys(entry.Models)).toEqual([]);
  });
});

describe("buildAuthorizeUrl()", () => {
  test("makes state and nonce anew for each URL", () => {
    const [one, other] = [paramsOf(), paramsOf()];
    expect(one).toEqual({
      client_id: app.appId,
      response_type: "code",
      redirect_uri: app.redirectUri,
      scope: "openid profile email phone address",
      state: expect.stringMatching(/^[\w-]{22}$/),
      nonce: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect([other["state"], other["nonce"]]).not.toContain(one["state"]);
    expect(other["nonce"]).not.toBe(one["nonce"]);
  });

  test("leaves the address as it is registered", () => {
    expect(paramsOf({}, create({ redirectUri: "https://baidu.com" }))["redirect_uri"]).toBe("https://baidu.com");
    expect(paramsOf({ redirectUri: "https://shop.example/?a=1" })["redirect_uri"]).toBe("https://shop.example/?a=1");
  });

  test("has a place for everything that the documents and GenAuth's SDK name", () => {
    const options = {
      scope: "openid offline_access",
      state: "s",
      nonce: "n",
      responseType: "code id_token token",
      responseMode: "form_post",
      codeChallenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      codeChallengeMethod: "S256",
      tenantId: "t7",
      authorizationParams: { ui_locales: "zh-CN" },
    } as const satisfies BuildAuthorizeUrlOptions;
    expect(paramsOf(options)).toEqual({
      client_id: app.appId,
      redirect_uri: app.redirectUri,
      scope: "openid offline_access",
      state: "s",
      nonce: "n",
      response_type: "code id_token token",
      response_mode: "form_post",
      code_challenge: options.codeChallenge,
      code_challenge_method: "S256",
      tenant_id: "t7",
      ui_locales: "zh-CN",
      prompt: "consent",
    });
    expect(paramsOf({ forced: true })["prompt"]).toBe("login");
    expect(paramsOf({}, create({ tenantId: "t8" }))["tenant_id"]).toBe("t8");
    expect(paramsOf({}, create({ authorizationParams: { ui_locales: "zh-CN" } }))["ui_locales"]).toBe("zh-CN");
  });

  test("has no nonce where nothing would bring it back", () => {
    const oauth = create({ protocol: "oauth" });
    expect(urlOf({ responseType: "token" }, oauth).href).toMatch(/^https:\/\/shop\.genauth\.ai\/oauth\/auth\?/);
    expect(paramsOf({}, oauth)).not.toHaveProperty("nonce");
    expect(paramsOf({}, oauth)["scope"]).toBe("user");
  });

  test.each([
    [{ responseType: "token" }, /responseType: must be one of code, id_token,/],
    [{ responseType: "none" }, /responseType: must be one of/],
    [{ responseMode: "jwt" }, /responseMode: must be one of query, fragment, form_post/],
    [{ responseType: "code id_token", responseMode: "query" }, /responseMode: query is for a code alone/],
    [{ codeChallenge: "short" }, /codeChallenge: must be the digest of a verifier/],
    [{ codeChallengeMethod: "plain" }, /codeChallengeMethod: must be S256/],
    [{ state: "" }, /state: must be a text/],
    [{ nonce: 7 }, /nonce: must be a text/],
    [{ redirectUri: "shop" }, /redirectUri: must be an absolute URL/],
    [{ scope: "profile" }, /^scope: must contain "openid"/],
    [{ authorizationParams: { client_id: "x" } }, /authorizationParams\.client_id: is set by the login itself/],
    [{ sate: "s" }, /there is no such option; did you mean `state`/],
    [{ forced: "yes" }, /forced: must be true or false/],
    [
      { forced: true, authorizationParams: { prompt: "none" } },
      /authorizationParams\.prompt: is what forced stands for/,
    ],
    [{ tenantId: "a", authorizationParams: { tenant_id: "b" } }, /\.tenant_id: is what tenantId stands for/],
    [{ authorizationParams: "prompt" }, /authorizationParams: must be an object of names and values/],
    [null, /takes its options as one object/],
  ])("refuses %j", (options, problem) => {
    const client = create();
    const given = options as BuildAuthorizeUrlOptions;
    expect(problemsOf(() => client.buildAuthorizeUrl(given))).toEqual([expect.stringMatching(problem)]);
  });

  test("refuses a nonce with OAuth 2.0", () => {
    const oauth = create({ protocol: "oauth" });
    expect(problemsOf(() => oauth.buildAuthorizeUrl({ nonce: "n" }))).toEqual([expect.stringMatching(/leave it out/)]);
  });
});

describe("buildLogoutUrl()", () => {
  const easy = "https://shop.genauth.ai/login/profile/logout";
  const bye = "https://shop.example/bye?a=1&b=2";
  const session = (params: Record<string, string>) =>
    `https://shop.genauth.ai/oidc/session/end?${new URLSearchParams({ client_id: app.appId, ...params })}`;

  test.each<[BuildLogoutUrlOptions | undefined, string]>([
    [undefined, easy],
    [{ redirectUri: bye }, `${easy}?redirect_uri=${encodeURIComponent(bye)}`],
    [{ expert: true, state: "s" }, session({})],
    [{ idToken: "a.b.c" }, session({ id_token_hint: "a.b.c" })],
    [
      { idToken: "a.b.c", redirectUri: bye, state: "s" },
      session({ id_token_hint: "a.b.c", post_logout_redirect_uri: bye, state: "s" }),
    ],
  ])("makes of %j the right one of two", (options, url) => {
    expect(create().buildLogoutUrl(options)).toBe(url);
  });

  test.each([
    [{}, { redirectUri: "bye" }, /redirectUri: must be an absolute URL/],
    [{}, { idToken: "" }, /idToken: must be a text/],
    [{}, { redirectUrl: bye }, /did you mean `redirectUri`/],
    [{}, 7, /takes its options as one object/],
    [{}, { expert: "yes" }, /expert: must be true or false/],
    [{ protocol: "oauth" }, { idToken: "a.b.c" }, /are parts of OpenID Connect/],
  ])("of %j refuses %j", (options, given, problem) => {
    const client = create(options);
    const work = () => client.buildLogoutUrl(given as BuildLogoutUrlOptions);
    expect(problemsOf(work)).toEqual([expect.stringMatching(problem)]);
  });
});

describe("the digest of a verifier", () => {
  test("is that of RFC 7636, appendix B", () => {
    const codeChallenge = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const digest = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    expect(create().getCodeChallengeDigest({ codeChallenge })).toBe(digest);
    expect(create().getCodeChallengeDigest({ codeChallenge, method: "S256" })).toBe(digest);
  });

  test.each([{ codeChallenge: "" }, { codeChallenge: "v", method: "plain" }, null])("is not made of %j", (given) => {
    const client = create();
    const asked = given as { codeChallenge: string };
    expect(problemsOf(() => client.getCodeChallengeDigest(asked))).toEqual([
      expect.stringMatching(/must be|as one object/),
    ]);
  });
});
