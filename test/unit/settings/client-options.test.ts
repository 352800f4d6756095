import { describe, expect, test } from "vitest";
import { OptionsError } from "../../../src/errors.js";
import type { ClientOptions } from "../../../src/options.js";
import { readClientSettings } from "../../../src/settings/read-client-settings.js";
import { rightOptions } from "../../support/settings.js";

const right = { issuer: rightOptions.issuer, clientId: "nightly", clientSecret: "the secret of the nightly job" };

function problemsOf(options: unknown, env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    readClientSettings(options as ClientOptions, env);
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
}

describe("the options of a client", () => {
  test("are few: neither a base URL nor a secret is needed", () => {
    const settings = readClientSettings(right, {});
    expect(settings).toMatchObject({
      issuerName: right.issuer,
      clientId: "nightly",
      scope: "openid profile email",
      redirectUri: undefined,
      postLogoutRedirectUri: undefined,
      insecurePasswordGrant: false,
      leeway: 60,
      clockTolerance: 30,
      httpTimeout: 5,
    });
    expect(Object.isFrozen(settings)).toBe(true);
  });

  test("come from the environment where they are left out, and nothing of a web app does", () => {
    const env = {
      OIDC_ISSUER: right.issuer,
      OIDC_CLIENT_ID: "from-env",
      OIDC_CLIENT_SECRET: "a secret",
      OIDC_SCOPE: "openid",
      OIDC_BASE_URL: "not a URL",
      OIDC_SECRET: "short",
    };
    expect(readClientSettings({ clientId: "mine" }, env)).toMatchObject({ clientId: "mine", scope: "openid" });
  });

  test("may be a provider's metadata, without the endpoint that browsers go to", () => {
    const issuer = { issuer: right.issuer, token_endpoint: `${right.issuer}/token`, jwks_uri: `${right.issuer}/jwks` };
    expect(problemsOf({ ...right, issuer })).toEqual([]);
  });

  test.each<[string, object, RegExp]>([
    ["none of the provider", { issuer: undefined }, /^issuer: is needed/],
    ["none of the client", { clientId: undefined }, /^clientId: is needed/],
    ["an option of a web app", { baseUrl: "https://shop.example" }, /^baseUrl: is about a web app.*auth\(\)\.client/],
    ["another", { session: {} }, /^session: is about a web app/],
    ["userinfo where ID tokens say who somebody is", { userinfo: true }, /^userinfo: is about a web app/],
    ["a misspelt name", { redirectURI: "https://a.example/b" }, /^redirectURI: .*did you mean `redirectUri`/],
    ["a redirect URI that is none", { redirectUri: "/done" }, /^redirectUri: must be an absolute URL/],
    ["one over http", { redirectUri: "http://a.example/b" }, /^redirectUri: must be https/],
    ["one that is no text", { redirectUri: 7 }, /^redirectUri: must be an absolute URL/],
    [
      "one that browsers write otherwise",
      { redirectUri: "https://a.example" },
      /as browsers write it: https:\/\/a\.example\/$/,
    ],
    ["a place after the logout that is none", { postLogoutRedirectUri: "bye" }, /^postLogoutRedirectUri: must be/],
    ["a switch that is none", { insecurePasswordGrant: "yes" }, /^insecurePasswordGrant: must be true or false/],
    ["a logout that is none", { idpLogout: 1 }, /^idpLogout: must be/],
  ])("can't have %s", (_what, options, message) => {
    expect(problemsOf({ ...right, ...options })).toEqual([expect.stringMatching(message)]);
  });

  test("that are undefined count as left out, also those of a web app", () => {
    expect(problemsOf({ ...right, baseUrl: undefined, redirectUri: undefined })).toEqual([]);
  });

  test.each([[null], ["https://id.example"], [7]])("are no %s", (given) => {
    expect(problemsOf(given)).toEqual([expect.stringMatching(/^createClient\(\): takes an object/)]);
  });

  test("allow http where insecureHttp does", () => {
    expect(problemsOf({ ...right, redirectUri: "http://a.internal/b", insecureHttp: true })).toEqual([]);
  });
});
