import { describe, expect, test } from "vitest";
import { stepUpParams } from "../../../src/context/step-up.js";

function answer(challenge: string, status = 401) {
  return { status, headers: new Headers({ "www-authenticate": challenge }) };
}

describe("the answer of an API", () => {
  test.each<[string, object]>([
    [
      'Bearer error="insufficient_user_authentication", acr_values="gold silver", max_age="5"',
      { acr_values: "gold silver", max_age: "5" },
    ],
    ['Bearer realm="x", error=insufficient_user_authentication, max_age=60', { max_age: "60" }],
    ['DPoP algs="ES256", BEARER ERROR="insufficient_user_authentication" , ACR_VALUES="a\\ b"', { acr_values: "a b" }],
    ['Basic YWJj==, Bearer error="insufficient_user_authentication"', {}],
    ['Bearer error="insufficient_user_authentication", max_age="soon", acr_values="caf\u00e9"', {}],
  ])("that wants a stronger login is understood: %s", (challenge, params) => {
    expect(stepUpParams(answer(challenge))).toEqual(params);
  });

  test.each([
    ["of another error", answer('Bearer error="invalid_token", acr_values="gold"')],
    ["of another status", answer('Bearer error="insufficient_user_authentication"', 403)],
    ["without a challenge", { status: 401, headers: new Headers() }],
    ["with a challenge that is none", answer('= " ,, error="insufficient_user_authentication')],
    ["with parameters before any scheme", answer('error="insufficient_user_authentication"')],
  ])("%s asks for nothing that a login gives", (_what, response) => {
    expect(stepUpParams(response)).toBeUndefined();
  });
});
