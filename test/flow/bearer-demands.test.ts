/**
 * What a route of an API demands of an access token that is good: scope, claims, roles, a login that is fresh or strong enough.
 * @module
 */
import { type RequireBearerOptions, requireBearer, wildcardScope } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type ApiOptions, refusalIn, startApi } from "../support/api-world.js";
import { claimsRejected, insufficientScope, type Refused } from "../support/challenges.js";
import type { Overrides } from "../support/scripted/script.js";

type Row = [guard: RequireBearerOptions, claims: Overrides];

/** What a guard with these demands answers to a token with these claims. */
async function outcomeOf(guard: RequireBearerOptions, claims: Overrides, more: ApiOptions = {}) {
  const { call, issuer, errors } = await startApi({ ...more, guard });
  const answer = await call(await issuer.accessToken(claims));
  return { status: answer.status, answer, errors };
}

async function refusalOf(guard: RequireBearerOptions, claims: Overrides): Promise<unknown> {
  return refusalIn((await outcomeOf(guard, claims)).answer);
}

describe("scope lets a token pass", () => {
  test.each<Row>([
    [{ scope: "read" }, { scope: "read" }],
    [{ scope: "read write" }, { scope: "write openid read" }],
    [{ scope: ["read", "write"] }, { scope: "read write" }],
    [{ scope: "read" }, { scope: "  read  " }],
    [{ scope: "read" }, { scope: ["read", "write"] }],
    [{ scope: "read" }, { scope: undefined, scp: "write read" }],
    [{ scope: "read" }, { scope: undefined, scp: ["write", "read"] }],
    [{ anyScope: "read write" }, { scope: "write" }],
    [{ anyScope: ["read", "write"] }, { scope: "openid read" }],
    [{ scope: "orders", anyScope: "read write" }, { scope: "orders write" }],
    [{ scope: "book:42:read", scopeMatches: wildcardScope }, { scope: "openid book:*:read" }],
    [{ scope: "book:42:read", scopeMatches: wildcardScope }, { scope: "*" }],
    [{ scope: "READ", scopeMatches: (has, needs) => has.toUpperCase() === needs }, { scope: "read" }],
  ])("%o: %o", async (guard, claims) => {
    expect((await outcomeOf(guard, claims)).status).toBe(200);
  });
});

describe("scope keeps a token out", () => {
  const all = [{ scope: "read" }, insufficientScope("read")] as const;

  test.each<[RequireBearerOptions, Overrides, Refused]>([
    ...["", "readonly", "rea", "Read", "read:all", "read,write", "xread", "read\twrite", "*", "write"].map(
      (scope): [RequireBearerOptions, Overrides, Refused] => [all[0], { scope }, all[1]],
    ),
    [all[0], { scope: undefined }, all[1]],
    [all[0], { scope: null }, all[1]],
    [all[0], { scope: 7 }, all[1]],
    [all[0], { scope: { read: true } }, all[1]],
    [all[0], { scope: ["read write"] }, all[1]],
    [all[0], { scope: [["read"]] }, all[1]],
    [all[0], { scope: "write", scp: "read" }, all[1]],
    [{ scope: "read write" }, { scope: "read" }, insufficientScope("read write")],
    [{ anyScope: "read write" }, { scope: "readwrite" }, insufficientScope("read or write", "read write")],
    [
      { scope: "orders", anyScope: "read write" },
      { scope: "orders" },
      insufficientScope("orders and read or write", "orders read write"),
    ],
    [
      { scope: "orders", anyScope: "read write" },
      { scope: "read" },
      insufficientScope("orders and read or write", "orders read write"),
    ],
    [
      { scope: "book:42:write", scopeMatches: wildcardScope },
      { scope: "book:*:read" },
      insufficientScope("book:42:write"),
    ],
    [
      { scope: "book:*:read", scopeMatches: wildcardScope },
      { scope: "book:42:read" },
      insufficientScope("book:*:read"),
    ],
    [{ scope: "read", scopeMatches: (() => "yes") as never }, { scope: "read" }, insufficientScope("read")],
  ])("%o: %o", async (guard, claims, answer) => {
    expect(await refusalOf(guard, claims)).toEqual(answer);
  });

  test("and the challenge names all of it, however much it is", async () => {
    const scope = Array.from({ length: 80 }, (_, at) => `urn:example:${at}`).join(" ");
    expect(await refusalOf({ scope }, {})).toEqual(insufficientScope(scope));
  });
});

describe("claims", () => {
  const claims = { tenant: "blue", level: 3, groups: ["staff", "ops"], nothing: null };

  test.each<RequireBearerOptions["claims"][]>([
    [{ tenant: "blue" }],
    [{ tenant: ["red", "blue"], level: 3 }],
    [{ groups: "ops" }],
    [{ level: (value) => typeof value === "number" && value > 2 }],
    [({ tenant, sub }) => tenant === "blue" && sub === "ada"],
  ])("let a token pass that meets %o", async (rules) => {
    expect((await outcomeOf({ ...(rules && { claims: rules }) }, claims)).status).toBe(200);
  });

  test.each<RequireBearerOptions["claims"][]>([
    [{ tenant: "blu" }],
    [{ tenant: "blue", level: 4 }],
    [{ missing: "x" }],
    [{ nothing: "null" }],
    [{ constructor: () => true }],
    [{ level: async () => true }] as never,
    [() => false],
    [async () => true] as never,
  ])("keep a token out that does not meet %o", async (rules) => {
    expect(await refusalOf({ ...(rules && { claims: rules }) }, claims)).toEqual(claimsRejected);
  });
});

describe("roles", () => {
  const keycloak = {
    realm_access: { roles: ["buyer", "admin"] },
    resource_access: { "my.shop": { roles: ["clerk"] } },
  };
  const auth0 = { permissions: ["read:orders", "write:orders"], "https://shop.example/roles": ["admin"] };
  const entra = { roles: ["Orders.Read.All"] };
  const inWords = { role: "buyer admin" };

  test.each<[RequireBearerOptions["roles"], Overrides]>([
    [{ at: ["realm_access", "roles"], all: "admin" }, keycloak],
    [{ at: ["realm_access", "roles"], all: ["admin", "buyer"] }, keycloak],
    [{ at: ["realm_access", "roles"], any: "owner admin" }, keycloak],
    [{ at: ["resource_access", "my.shop", "roles"], all: "clerk" }, keycloak],
    [{ at: "permissions", all: "read:orders write:orders" }, auth0],
    [{ at: "https://shop.example/roles", any: "admin" }, auth0],
    [{ at: "roles", all: "Orders.Read.All" }, entra],
    [{ at: ["roles"], all: "Orders.Read.All", any: ["Orders.Read.All", "x"] }, entra],
    [{ at: "role", all: "buyer admin" }, inWords],
  ])("let a token pass: %o in %o", async (roles, claims) => {
    expect((await outcomeOf({ ...(roles && { roles }) }, claims)).status).toBe(200);
  });

  test.each<[RequireBearerOptions["roles"], Overrides]>([
    [{ at: ["realm_access", "roles"], all: "admin owner" }, keycloak],
    [{ at: ["realm_access", "roles"], any: "owner clerk" }, keycloak],
    [{ at: ["realm_access", "roles"], any: "admi" }, keycloak],
    [{ at: "realm_access.roles", all: "admin" }, keycloak],
    [{ at: ["realm_access"], all: "roles" }, keycloak],
    [{ at: ["realm_access", "roles", "0"], all: "admi" }, keycloak],
    [{ at: ["realm_access", "roles", "length"], all: "2" }, keycloak],
    [{ at: ["constructor", "name"], all: "Object" }, keycloak],
    [{ at: "roles", all: "admin" }, keycloak],
    [{ at: "permissions", all: "read:orders", any: "admin" }, auth0],
    [{ at: "roles", all: "Orders" }, entra],
    [{ at: "roles", all: "7" }, { roles: 7 }],
    [{ at: ["roles", "admin"], all: "x" }, { roles: null }],
    [{ at: "role", all: "admin buyers" }, inWords],
  ])("keep a token out, and no challenge asks for another: %o in %o", async (roles, claims) => {
    expect(await refusalOf({ ...(roles && { roles }) }, claims)).toEqual(claimsRejected);
  });
});

describe("a login that must be fresh or strong", () => {
  const now = Math.floor(Date.now() / 1000);
  const stepUp = (said: string, params: string): Refused => ({
    status: 401,
    code: "OIDC_BEARER_STEP_UP_REQUIRED",
    challenge: `Bearer error="insufficient_user_authentication", error_description="The person must have authenticated ${said}. Get a new access token with that.", ${params}`,
  });
  const fresh = stepUp("at most 60 seconds ago", 'max_age="60"');
  const strong = stepUp("by one of gold, platinum", 'acr_values="gold platinum"');

  test.each<Row>([
    [{ maxAge: 60 }, { auth_time: now }],
    [{ maxAge: 60 }, { auth_time: now - 80 }],
    [{ maxAge: 0 }, { auth_time: now }],
    [{ acr: "gold platinum" }, { acr: "platinum" }],
    [
      { acr: ["gold"], maxAge: 60 },
      { acr: "gold", auth_time: now - 5 },
    ],
  ])("is: %o, %o", async (guard, claims) => {
    expect((await outcomeOf(guard, claims)).status).toBe(200);
  });

  test.each<[RequireBearerOptions, Overrides, Refused]>([
    [{ maxAge: 60 }, { auth_time: now - 100 }, fresh],
    [{ maxAge: 60 }, {}, fresh],
    [{ maxAge: 60 }, { auth_time: String(now) }, fresh],
    [{ maxAge: 0, clockTolerance: 0 }, { auth_time: now - 60 }, stepUp("at most 0 seconds ago", 'max_age="0"')],
    [{ acr: "gold platinum" }, { acr: "silver" }, strong],
    [{ acr: "gold platinum" }, {}, strong],
    [{ acr: "gold platinum" }, { acr: ["gold"] }, strong],
    [{ acr: "gold platinum" }, { acr: "gold platinum" }, strong],
    [
      { acr: "gold", maxAge: 60 },
      { acr: "gold" },
      stepUp("by one of gold, at most 60 seconds ago", 'acr_values="gold", max_age="60"'),
    ],
  ])("is not, and the challenge says what to ask for: %o, %o", async (guard, claims, answer) => {
    expect(await refusalOf(guard, claims)).toEqual(answer);
  });

  test("is asked for last: where scope or claims are missing, it would not help", async () => {
    expect(await refusalOf({ maxAge: 60, scope: "write" }, {})).toEqual(insufficientScope("write"));
    expect(await refusalOf({ maxAge: 60, claims: { tenant: "blue" } }, {})).toEqual(claimsRejected);
  });
});

describe("a rule of the app's that throws", () => {
  const failing = (): never => {
    throw new Error("a mistake of the app's");
  };

  test.each<RequireBearerOptions>([
    { claims: failing },
    { claims: { sub: failing } },
    { scope: "read", scopeMatches: failing },
  ])("lets nobody pass, and reaches the error handler: %o", async (guard) => {
    const { status, errors } = await outcomeOf(guard, {});
    expect(status).toBe(500);
    expect(errors).toEqual([new Error("a mistake of the app's")]);
  });

  test("does so for a token that has just been checked, and in a guard further in", async () => {
    const claims = { level: (value: unknown) => (value === 3 ? failing() : true) };
    const routes: ApiOptions["routes"] = (app) =>
      app.get("/inner", requireBearer({ claims }), (_req, res) => res.end());
    const { call, issuer, errors } = await startApi({ routes, guard: { claims: failing } });
    const token = await issuer.accessToken();
    expect([(await call(token)).status, (await call(token)).status, errors.length]).toEqual([500, 500, 2]);
    const inner = await startApi({ routes });
    expect((await inner.call(await inner.issuer.accessToken({ level: 3 }), "/inner")).status).toBe(500);
    expect((await inner.call(await inner.issuer.accessToken({ level: 2 }), "/inner")).status).toBe(200);
  });
});
