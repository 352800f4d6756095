import { describe, expect, test } from "vitest";
import { problemsWith } from "../../support/problems.js";
import { settingsWith } from "../../support/settings.js";

const metadata = {
  issuer: "https://id.example",
  authorization_endpoint: "https://id.example/authorize",
  token_endpoint: "https://id.example/token",
  userinfo_endpoint: "https://id.example/me",
};
const plain = { protocol: "oauth2", issuer: metadata } as const;

describe("protocol", () => {
  test("is OpenID Connect, or what is written", () => {
    expect(settingsWith().protocol).toBe("oidc");
    expect(settingsWith({ protocol: "oidc" }).protocol).toBe("oidc");
    expect(settingsWith(plain).protocol).toBe("oauth2");
  });

  test.each([["oauth"], ["OIDC"], [2], [null]])("can't be %j", (protocol) => {
    expect(problemsWith({ protocol })).toEqual([
      'protocol: must be "oidc" (OpenID Connect) or "oauth2" (plain OAuth 2.0)',
    ]);
  });
});

describe("plain OAuth 2.0", () => {
  test("asks for the scope user and always for userinfo, whose sub names the person", () => {
    expect(settingsWith(plain)).toMatchObject({ scope: "user", userinfo: true, subjectMember: "sub" });
    expect(settingsWith({ ...plain, userinfo: true }).subjectMember).toBe("sub");
    expect(settingsWith({ ...plain, userinfo: {} }).subjectMember).toBe("sub");
    expect(settingsWith({ ...plain, userinfo: { sub: "id" } }).subjectMember).toBe("id");
  });

  test("may ask for any scope, or none, but not for an ID token", () => {
    expect(settingsWith({ ...plain, scope: " read:user  gist" }).scope).toBe("read:user gist");
    expect(settingsWith({ ...plain, scope: "" }).scope).toBe("");
    expect(problemsWith({ ...plain, scope: "openid user" })).toEqual([
      'scope: "openid" asks for an ID token, which plain OAuth 2.0 has not; write protocol: "oidc"',
    ]);
    expect(problemsWith({ ...plain, scope: 7 })).toEqual(["scope: must be a text of words with spaces between"]);
  });

  test("needs a userinfo endpoint in metadata that the app holds, and no keys", () => {
    const { userinfo_endpoint: _left, ...rest } = metadata;
    expect(problemsWith(plain)).toEqual([]);
    expect(problemsWith({ ...plain, issuer: rest })).toEqual([
      expect.stringMatching(/^issuer\.userinfo_endpoint: must be an absolute URL/),
    ]);
  });

  test.each([
    [{ userinfo: false }, /^userinfo: is always asked for in plain OAuth 2.0/],
    [{ userinfo: { sub: "" } }, /^userinfo.sub: must name the member/],
    [{ userinfo: { id: "id" } }, /^userinfo.id: there is no such option/],
    [{ idTokenSigningAlg: "RS256" }, /^idTokenSigningAlg: there is no ID token in plain OAuth 2.0/],
    [{ authorizationParams: { max_age: 60 } }, /^authorizationParams.max_age: can't be insisted on/],
    [{ authorizationParams: { acr_values: "gold" } }, /^authorizationParams.acr_values: can't be insisted on/],
    [{ routes: { backchannelLogout: "/bye" } }, /^routes.backchannelLogout: is a part of OpenID Connect/],
    [{ routes: { frontchannelLogout: "/bye" } }, /^routes.frontchannelLogout: is a part of OpenID Connect/],
  ])("refuses what needs an ID token or goes without the person: %j", (options, problem) => {
    expect(problemsWith({ ...plain, ...options })).toEqual([expect.stringMatching(problem)]);
  });

  test("has no route for the provider's logouts", () => {
    const { routes } = settingsWith({ ...plain, routes: { backchannelLogout: false, callback: "/back" } });
    expect(routes).toMatchObject({ callback: "/back", backchannelLogout: undefined, frontchannelLogout: undefined });
  });
});

describe("the name of the person in userinfo", () => {
  test("is not for OpenID Connect, where the ID token has it", () => {
    expect(problemsWith({ userinfo: { sub: "id" } })).toEqual(["userinfo: must be true or false"]);
  });
});
