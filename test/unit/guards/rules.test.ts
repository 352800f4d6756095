import { describe, expect, test } from "vitest";
import { OptionsError } from "../../../src/errors.js";
import { requireAuth } from "../../../src/guards/require-auth.js";
import { obstacleFor, type RequireAuthOptions, readRules, refusalFor } from "../../../src/guards/rules.js";
import { loginWith, tokensWith } from "../../support/logins.js";
import { settingsWith } from "../../support/settings.js";

function problemsOf(options: unknown): readonly string[] {
  try {
    requireAuth(options as RequireAuthOptions);
    return [];
  } catch (error) {
    return error instanceof OptionsError ? error.problems : [`threw ${String(error)}`];
  }
}

describe("the options of a guard", () => {
  test.each<[what: string, options: RequireAuthOptions]>([
    ["none", {}],
    ["claims by name", { claims: { roles: "admin", level: [1, 2], email: (value) => value !== "" } }],
    ["claims as one function", { claims: () => true }],
    ["scope as a text", { scope: "orders:read orders:write" }],
    ["scope as a list", { scope: ["orders:read"] }],
    ["the age of the proof", { maxAge: 0 }],
    ["the strength of the proof", { acr: ["gold", "silver"] }],
    ["an answer of the app's own", { onUnauthenticated: (_req, res) => void res.end() }],
  ])("may be %s", (_what, options) => {
    expect(problemsOf(options)).toEqual([]);
  });

  test.each<[what: string, options: unknown, problem: RegExp]>([
    [
      "a name with a typing error",
      { claim: {} },
      /^requireAuth claim: there is no such option; did you mean `claims`\?$/,
    ],
    [
      "a name that is like no other",
      { zzzzzzzz: 1 },
      /^requireAuth zzzzzzzz: there is no such option; known are claims, /,
    ],
    ["claims that are a text", { claims: "admin" }, /^requireAuth claims: must be an object of claim names and rules/],
    ["claims that are a list", { claims: ["admin"] }, /^requireAuth claims: must be an object/],
    ["claims that are null", { claims: null }, /^requireAuth claims: must be an object/],
    ["an age below zero", { maxAge: -1 }, /^requireAuth maxAge: must be a whole number of seconds, 0 or more$/],
    ["an age with a fraction", { maxAge: 1.5 }, /^requireAuth maxAge: must be a whole number/],
    ["an age that is a text", { maxAge: "60" }, /^requireAuth maxAge: must be a whole number/],
    ["an endless age", { maxAge: Number.POSITIVE_INFINITY }, /^requireAuth maxAge: must be a whole number/],
    ["an empty scope", { scope: "" }, /^requireAuth scope: must be a text or a list of texts$/],
    ["an empty list of scopes", { scope: [] }, /^requireAuth scope: must be a text or a list of texts$/],
    ["a scope that is a number", { scope: 7 }, /^requireAuth scope: must be a text or a list of texts$/],
    ["a list with a number in it", { acr: ["gold", 7] }, /^requireAuth acr: must be a text or a list of texts$/],
    ["an acr that is empty", { acr: "" }, /^requireAuth acr: must be a text or a list of texts$/],
    [
      "an answer that is no function",
      { onUnauthenticated: "/login" },
      /^requireAuth onUnauthenticated: must be a function/,
    ],
  ])("are refused with the rule: %s", (_what, options, problem) => {
    expect(problemsOf(options)).toEqual([expect.stringMatching(problem)]);
  });

  test("are refused with every problem at once", () => {
    expect(problemsOf({ claims: 1, scope: 1, maxAge: 1.5, acr: 1, onUnauthenticated: 1, x: 1 })).toHaveLength(6);
  });

  test.each([[null], ["admin"], [7], [() => true], [["admin"]]])("must be an object: %j", (options) => {
    expect(problemsOf(options)).toEqual([expect.stringMatching(/^requireAuth/)]);
  });

  test("count as left out where they are undefined", () => {
    const options = { claims: undefined, scope: undefined, maxAge: undefined, acr: undefined };
    expect(readRules(options as object)).toEqual({ ...readRules({}) });
  });
});

describe("a login that a new one could improve", () => {
  const now = 1_800_000_000;
  const settings = { ...settingsWith({ clockTolerance: 30 }), now: () => now };
  const withClaims = (claims: object) =>
    loginWith({ tokens: tokensWith({ claims: { iss: "i", sub: "s", ...claims } }) });

  test("is none: nobody is signed in", () => {
    expect(obstacleFor(readRules({}), undefined, settings)?.error).toBe("OIDC_SESSION_MISSING");
  });

  test.each<[what: string, options: RequireAuthOptions, claims: object]>([
    ["nothing is asked", {}, {}],
    ["it is fresh", { maxAge: 60 }, { auth_time: now - 59 }],
    ["it is as old as the clocks may differ", { maxAge: 60 }, { auth_time: now - 90 }],
    ["the provider's clock is ahead", { maxAge: 60 }, { auth_time: now + 20 }],
    ["it is strong", { acr: "gold silver" }, { acr: "silver" }],
    ["it is both", { acr: ["gold"], maxAge: 60 }, { acr: "gold", auth_time: now }],
  ])("passes where %s", (_what, options, claims) => {
    expect(obstacleFor(readRules(options), withClaims(claims), settings)).toBeUndefined();
  });

  test.each<[what: string, options: RequireAuthOptions, claims: object, params: object]>([
    ["it is too old", { maxAge: 60 }, { auth_time: now - 91 }, { max_age: "60" }],
    ["it does not say how old it is", { maxAge: 60 }, {}, { max_age: "60" }],
    ["it says it in words", { maxAge: 60 }, { auth_time: String(now) }, { max_age: "60" }],
    ["it is too weak", { acr: ["gold", "silver"] }, { acr: "bronze" }, { acr_values: "gold silver" }],
    ["it does not say how strong it is", { acr: "gold" }, {}, { acr_values: "gold" }],
    ["its strength is no text", { acr: "gold" }, { acr: ["gold"] }, { acr_values: "gold" }],
    [
      "it is one of both",
      { acr: "gold", maxAge: 0 },
      { acr: "gold", auth_time: 1 },
      { max_age: "0", acr_values: "gold" },
    ],
  ])("is sent for a new one where %s", (_what, options, claims, params) => {
    const obstacle = obstacleFor(readRules(options), withClaims(claims), settings);
    expect(obstacle).toMatchObject({ error: "OIDC_STEP_UP_REQUIRED", params });
  });
});

describe("a login that no other one would improve", () => {
  const login = loginWith({ tokens: tokensWith({ scope: "openid orders:read" }) });

  test.each<[what: string, options: RequireAuthOptions, code: string | undefined]>([
    ["nothing is asked", {}, undefined],
    ["its scope was granted", { scope: "orders:read" }, undefined],
    ["both scopes were granted", { scope: ["orders:read", "openid"] }, undefined],
    ["its claims are right", { claims: { sub: "ada" } }, undefined],
    ["a scope is missing", { scope: "orders:read orders:write" }, "OIDC_SCOPE_MISSING"],
    ["a scope is only the beginning of a granted one", { scope: "orders" }, "OIDC_SCOPE_MISSING"],
    ["its claims are wrong", { claims: { sub: "eve" } }, "OIDC_CLAIMS_REJECTED"],
    ["both are wrong", { claims: { sub: "eve" }, scope: "x" }, "OIDC_SCOPE_MISSING"],
  ])("passes or is 403: %s", (_what, options, code) => {
    const refusal = refusalFor(readRules(options), login);
    expect(refusal?.code).toBe(code);
    expect(refusal?.status).toBe(code === undefined ? undefined : 403);
  });

  test("is told which scope is missing, and nothing of the person's claims", () => {
    expect(refusalFor(readRules({ scope: "a b openid" }), login)?.message).toMatch(/not granted: a b\.$/);
    expect(refusalFor(readRules({ claims: { sub: "eve" } }), login)?.message).not.toMatch(/ada|eve/);
  });
});
