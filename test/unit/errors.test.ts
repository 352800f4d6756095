import { inspect } from "node:util";
import fc from "fast-check";
import { ClientError, ResponseBodyError } from "openid-client";
import { describe, expect, test } from "vitest";
import {
  AccessError,
  LoginError,
  OidcError,
  OptionsError,
  ProviderError,
  plainText,
  RequestError,
  SessionError,
  StateError,
} from "../../src/errors.js";
import { explainFailure } from "../../src/provider/failures.js";
import { anyText } from "../support/any-text.js";

type Row = [status: number, error: OidcError];

const rows: Row[] = [
  [500, new OptionsError(["x: y"])],
  [400, new RequestError("OIDC_REQUEST_INVALID", "x")],
  [400, new LoginError("OIDC_LOGIN_UNKNOWN_STATE", "x")],
  [400, new LoginError("OIDC_LOGIN_EXPIRED", "x")],
  [400, new LoginError("OIDC_LOGIN_RESPONSE_INVALID", "x")],
  [403, new LoginError("OIDC_LOGIN_DENIED", "x")],
  [403, new RequestError("OIDC_VISIT_REQUIRED", "x")],
  [502, new ProviderError("OIDC_PROVIDER_UNREACHABLE", "x")],
  [502, new ProviderError("OIDC_PROVIDER_UNAVAILABLE", "x")],
  [502, new ProviderError("OIDC_PROVIDER_RESPONSE_INVALID", "x")],
  [502, new ProviderError("OIDC_PROVIDER_REFUSED", "x")],
  [504, new ProviderError("OIDC_PROVIDER_TIMEOUT", "x")],
  [401, new SessionError("OIDC_SESSION_MISSING", "x")],
  [401, new SessionError("OIDC_SESSION_ENDED", "x")],
  [401, new SessionError("OIDC_SESSION_REFRESH_REJECTED", "x")],
  [401, new SessionError("OIDC_TOKEN_EXPIRED", "x")],
  [401, new SessionError("OIDC_STEP_UP_REQUIRED", "x")],
  [500, new SessionError("OIDC_SESSION_NOT_MOUNTED", "x")],
  [500, new SessionError("OIDC_SESSION_COOKIE_LOST", "x")],
  [503, new StateError("OIDC_STATE_UNAVAILABLE", "x")],
  [503, new StateError("OIDC_STATE_LOCK_TIMEOUT", "x")],
  [403, new AccessError("OIDC_CLAIMS_REJECTED", "x")],
  [403, new AccessError("OIDC_SCOPE_MISSING", "x")],
  [403, new AccessError("OIDC_STEP_UP_UNMET", "x")],
  [403, new AccessError("OIDC_LOGIN_REFUSED", "x")],
];

describe("every error", () => {
  test.each(rows.map(([status, error]): [string, number, OidcError] => [error.code, status, error]))(
    "%s has status %i, its class as its name, and is kept by no cache",
    (_code, status, error) => {
      expect(error.status).toBe(status);
      expect(error).toBeInstanceOf(OidcError);
      expect(error.name).toBe(error.constructor.name);
      expect(error.headers).toEqual({ "Cache-Control": "no-store" });
      expect(error.cause).toBeUndefined();
    },
  );

  test("may have another status and more headers", () => {
    const error = new RequestError("OIDC_REQUEST_INVALID", "x", { status: 413, headers: { "Retry-After": "5" } });
    expect(error.status).toBe(413);
    expect(error.headers).toEqual({ "Cache-Control": "no-store", "Retry-After": "5" });
  });

  test("has a status that Express and Connect take: a number from 400 to 599", () => {
    expect(rows.filter(([, { status }]) => !(status >= 400 && status <= 599))).toEqual([]);
  });
});

describe("what some errors tell beside", () => {
  test("options: every problem, one to a line", () => {
    const error = new OptionsError(["a: rule one", "b: rule two"]);
    expect(error.problems).toEqual(["a: rule one", "b: rule two"]);
    expect(error.message).toBe("The options of express-oidc can't be right:\n- a: rule one\n- b: rule two");
  });

  test("the provider's own error and its explanation", () => {
    const answer = { error: "access_denied", errorDescription: "no" };
    expect(new LoginError("OIDC_LOGIN_DENIED", "x", answer)).toMatchObject(answer);
    expect(new ProviderError("OIDC_PROVIDER_REFUSED", "x", { error: "invalid_client" }).error).toBe("invalid_client");
  });

  test.each([
    ["OIDC_PROVIDER_UNREACHABLE", true],
    ["OIDC_PROVIDER_UNAVAILABLE", true],
    ["OIDC_PROVIDER_TIMEOUT", true],
    ["OIDC_PROVIDER_RESPONSE_INVALID", false],
    ["OIDC_PROVIDER_REFUSED", false],
  ] as const)("whether another try may help: %s %s", (code, retryable) => {
    expect(new ProviderError(code, "x").retryable).toBe(retryable);
  });
});

describe("the cause of an error", () => {
  const hidden = "sEcReT".repeat(9);
  const everything = (error: unknown) => inspect(error, { depth: null, showHidden: true, getters: true });

  const causes: [what: string, cause: () => unknown][] = [
    ["a property", () => Object.assign(new Error("x"), { body: { access_token: hidden } })],
    ["a hidden property", () => Object.defineProperty(new Error("x"), "token", { value: hidden })],
    ["a symbol", () => Object.assign(new Error("x"), { [Symbol("token")]: hidden })],
    ["the cause of its cause", () => new Error("x", { cause: new Error("y", { cause: { id_token: hidden } }) })],
    ["a cause that is a text", () => new Error("x", { cause: hidden })],
    ["a response", () => new Error("x", { cause: new Response(hidden, { headers: { "x-token": hidden } }) })],
    ["what is no error at all", () => ({ refresh_token: hidden, message: hidden })],
    ["a text that was thrown", () => hidden],
    ["a syntax error of JSON, which quotes the text", () => syntaxErrorOf(`{"access_token":${hidden}}`)],
    ["a syntax error below another error", () => new Error("x", { cause: syntaxErrorOf(hidden) })],
    ["a code that is no text", () => Object.assign(new Error("x"), { code: { token: hidden } })],
    ["several errors in one", () => new AggregateError([new Error(hidden)], "x")],
    ["an own toString", () => Object.assign(new Error("x"), { toString: () => hidden, toJSON: () => hidden })],
  ];

  test.each(causes)("shows no token that hides in %s", (_what, cause) => {
    const error = new ProviderError("OIDC_PROVIDER_REFUSED", "refused", { cause: cause() });
    expect(everything(error)).not.toMatch(/sEcR|cReT|EcRe|ReTs/);
    expect(JSON.stringify(error)).not.toMatch(/sEcR|cReT|EcRe|ReTs/);
  });

  test("shows nothing of what openid-client keeps in its errors", async () => {
    const body = { error: "invalid_grant", error_description: `token ${hidden} was used before`, access_token: hidden };
    const refused = new ResponseBodyError("server responded with an error", {
      cause: body,
      response: new Response(JSON.stringify(body), { status: 400 }),
    });
    for (const cause of [refused, new ClientError("x", { cause: refused }), new ClientError("x", { cause: body })]) {
      const error = await explainFailure(cause, "the refresh request", "https://id.example");
      expect(everything(new LoginError("OIDC_LOGIN_EXPIRED", "x", { cause: error }))).not.toContain("sEcReT");
    }
  });

  test("keeps name, message and code, three causes deep, for whoever looks for the fault", () => {
    const inner = Object.assign(new TypeError("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    const error = new StateError("OIDC_STATE_UNAVAILABLE", "away", {
      cause: new Error("fetch failed", { cause: inner }),
    });
    expect(error.cause).toMatchObject({ name: "Error", message: "fetch failed" });
    expect((error.cause as Error).cause).toMatchObject({
      name: "TypeError",
      message: "connect ECONNREFUSED 127.0.0.1:1",
      code: "ECONNREFUSED",
    });
  });

  test("ends after some levels, also where it goes in circles", () => {
    const circle: Error = new Error("circle");
    circle.cause = circle;
    let depth = 0;
    const error = new StateError("OIDC_STATE_UNAVAILABLE", "away", { cause: circle });
    for (let at: unknown = error.cause; at instanceof Error; at = at.cause) depth += 1;
    expect(depth).toBe(4);
  });

  test("is kept as it is where it is one of ours, which carries no secret", () => {
    const ours = new ProviderError("OIDC_PROVIDER_TIMEOUT", "silent");
    expect(new LoginError("OIDC_LOGIN_EXPIRED", "x", { cause: ours }).cause).toBe(ours);
  });
});

function syntaxErrorOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}

describe("a text from outside", () => {
  test.each([
    ["line ends", "a\r\nSet-Cookie: b", "a Set-Cookie: b"],
    ["escape sequences of a terminal", "\u001b[31mred\u001b[0m", " [31mred [0m"],
    ["marks that turn the reading direction", "a\u202eb\u2066c", "a b c"],
    ["characters without width", "a\u200b\ufeffb", "a b"],
    ["broken surrogates", "a\ud800b", "a b"],
    ["letters of any language", "caf\u00e9 \u6771", "caf\u00e9 \u6771"],
  ])("becomes one line that shows what it says: %s", (_what, text, plain) => {
    expect(plainText(text)).toBe(plain);
  });

  test("is never endless, nor more than one line", () => {
    fc.assert(
      fc.property(anyText(600), (text) => {
        const plain = plainText(text);
        return plain.length <= 300 && !/\p{Cc}|\p{Cf}/u.test(plain);
      }),
    );
  });
});
