import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LoginError, OidcError, ProviderError } from "../../../src/errors.js";
import {
  requireGranted,
  requireIssuer,
  requireWellFormed,
  wouldHaveToAsk,
} from "../../../src/provider/login-response.js";
import { anyText } from "../../support/any-text.js";

const metadata = { issuer: "https://id.example", authorization_endpoint: "https://id.example/auth" };
const strict = { ...metadata, authorization_response_iss_parameter_supported: true };

function failureOf(query: string, of: typeof metadata = metadata): OidcError | undefined {
  try {
    const params = new URLSearchParams(query);
    requireWellFormed(params);
    requireIssuer(params, of);
    requireGranted(params, of);
    return undefined;
  } catch (error) {
    if (error instanceof OidcError) return error;
    throw error;
  }
}

describe("a login response", () => {
  test.each([
    ["a code", "code=abc&state=x", metadata],
    ["a code and the right issuer", "code=abc&state=x&iss=https://id.example", strict],
    ["an empty issuer, where none is promised", "code=abc&state=x&iss=", metadata],
    ["parameters that are not ours to know, repeated too", "code=abc&state=x&session_state=1&foo=1&foo=2", metadata],
  ])("is taken where it has %s", (_what, query, of) => {
    expect(failureOf(query, of)).toBeUndefined();
  });

  test.each([
    ["another issuer", "code=abc&iss=https://evil.example", metadata],
    ["an issuer with one slash more", "code=abc&iss=https://id.example/", metadata],
    ["no issuer, where one is promised", "code=abc", strict],
    ["an empty issuer, where one is promised", "code=abc&iss=", strict],
    ["an error from another issuer", "error=access_denied&iss=https://evil.example", metadata],
    ["two codes", "code=a&code=b", metadata],
    ["two states", "code=a&state=b&state=b", metadata],
    ["two issuers", "code=a&iss=https://id.example&iss=https://evil.example", metadata],
    ["two errors", "error=a&error=b", metadata],
    ["a state with a NUL in it", "code=a&state=%00", metadata],
    ["a code with a line end in it", "code=a%0d%0ab&state=x", metadata],
    ["a code of letters that no provider sends", "code=%E6%9D%B1&state=x", metadata],
    ["a state of ten thousand characters", `code=a&state=${"x".repeat(10_000)}`, metadata],
    ["an error with a line end in it", "error=access_denied%0d%0a", metadata],
    ["two explanations", "error=a&error_description=b&error_description=c", metadata],
  ])("is refused as the visitor's where it has %s", (_what, query, of) => {
    expect(failureOf(query, of)).toMatchObject({
      name: "LoginError",
      code: "OIDC_LOGIN_RESPONSE_INVALID",
      status: 400,
    });
  });

  test.each([
    ["access_denied", "OIDC_LOGIN_DENIED"],
    ["login_required", "OIDC_LOGIN_DENIED"],
    ["consent_required", "OIDC_LOGIN_DENIED"],
    ["unmet_authentication_requirements", "OIDC_LOGIN_DENIED"],
    ["server_error", "OIDC_PROVIDER_UNAVAILABLE"],
    ["temporarily_unavailable", "OIDC_PROVIDER_UNAVAILABLE"],
    ["invalid_scope", "OIDC_PROVIDER_REFUSED"],
    ["unauthorized_client", "OIDC_PROVIDER_REFUSED"],
    ["whatever", "OIDC_LOGIN_DENIED"],
  ])("that says %s is %s, even beside a code", (error, code) => {
    for (const more of ["", "&code=abc"]) expect(failureOf(`error=${error}${more}`)).toMatchObject({ code, error });
  });

  test("whose words are hostile is told in one short line", () => {
    const description = `no\r\nSet-Cookie: a=b\u001b[2J${"x".repeat(5000)}`;
    const query = new URLSearchParams({ error: "e".repeat(5000), error_description: description });
    const error = failureOf(query.toString());
    expect(error?.message.length).toBeLessThan(700);
    const denied = failureOf(
      new URLSearchParams({ error: "access_denied", error_description: description }).toString(),
    );
    const told = denied instanceof LoginError ? (denied.errorDescription ?? "") : "";
    expect(told).toMatch(/^no Set-Cookie: a=b \[2Jx+$/);
    expect(told.length).toBeLessThanOrEqual(300);
  });

  test("of any kind is read, or refused with an error of ours", () => {
    const name = fc.constantFrom(
      "code",
      "state",
      "iss",
      "error",
      "error_description",
      "id_token",
      "response",
      "__proto__",
    );
    const query = fc.array(fc.tuple(name, anyText())).map((pairs) => new URLSearchParams(pairs).toString());
    const raw = anyText(200);
    fc.assert(fc.property(fc.oneof(query, raw), (text) => (failureOf(text)?.status ?? 200) < 504));
  });
});

describe("a silent login", () => {
  test.each(["login_required", "interaction_required", "consent_required", "account_selection_required"])(
    "failed only because nobody could be asked: %s",
    (error) => expect(wouldHaveToAsk(failureOf(`error=${error}`))).toBe(true),
  );

  test("failed for another reason", () => {
    expect(wouldHaveToAsk(failureOf("error=access_denied"))).toBe(false);
    expect(wouldHaveToAsk(new ProviderError("OIDC_PROVIDER_REFUSED", "x", { error: "login_required" }))).toBe(false);
    expect(wouldHaveToAsk(new LoginError("OIDC_LOGIN_EXPIRED", "x"))).toBe(false);
    expect(wouldHaveToAsk(undefined)).toBe(false);
  });
});
