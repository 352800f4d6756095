/**
 * What a route may demand of who is signed in: claims and scope, which no new login changes.
 * @module
 */
import { type AuthOptions, oidcOf, type RequireAuthOptions, requireAuth } from "express-oidc";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../examples/demo/browser.js";
import { type Handler, sendJson } from "../support/app.js";
import { isSignedIn, typed } from "../support/asking.js";
import { stopClock } from "../support/clock.js";
import { codeOf } from "../support/journey.js";
import { startScriptedWorld } from "../support/scripted-world.js";

const person = {
  sub: "ada",
  role: "admin",
  groups: ["staff", "ops"],
  level: 3,
  email_verified: true,
  nothing: null,
  address: { country: "GB" },
};

async function open(options: RequireAuthOptions, more: Partial<AuthOptions> = {}) {
  const handler: Handler = (req, res) => sendJson(res, { sub: oidcOf(req).user?.sub });
  const world = await startScriptedWorld({
    options: more,
    routes: (app) => app.get("/ruled", requireAuth(options), handler),
  });
  world.provider.script.person = person;
  return { ...world, ...(await world.signIn("/ruled")) };
}

function outcomeOf(answer: Answer): unknown[] {
  return [answer.status, codeOf(answer)];
}

describe("a rule for claims lets a person pass", () => {
  test.each<[string, RequireAuthOptions["claims"]]>([
    ["by a text that is equal", { role: "admin" }],
    ["by a number that is equal", { level: 3 }],
    ["by a truth that is equal", { email_verified: true }],
    ["by one of several values", { role: ["editor", "admin"] }],
    ["by a list that includes the value", { groups: "ops" }],
    ["by a list that includes one of several values", { groups: ["board", "ops"] }],
    ["by what a function says of one claim", { level: (value) => typeof value === "number" && value > 2 }],
    ["by all of several rules", { role: "admin", groups: "staff", level: [1, 2, 3] }],
    ["by what a function says of all claims", (claims) => claims["role"] === "admin" && claims.sub === "ada"],
    ["by no rule at all", {}],
  ])("%s", async (_name, claims) => {
    const { page } = await open({ ...(claims !== undefined && { claims }) });
    expect([page.status, page.json()]).toEqual([200, { sub: "ada" }]);
  });
});

describe("a rule for claims keeps a person out", () => {
  const truthy = () => "yes" as unknown as boolean;
  const later = () => Promise.resolve(true) as unknown as boolean;

  test.each<[string, RequireAuthOptions["claims"]]>([
    ["by a text that differs", { role: "editor" }],
    ["by a text in another case", { role: "Admin" }],
    ["by the beginning of a text", { role: "adm" }],
    ["by a number as a text", { level: "3" }],
    ["by a truth as a text", { email_verified: "true" }],
    ["by none of several values", { role: ["editor", "author"] }],
    ["by an empty list of values", { role: [] }],
    ["by a list that lacks the value", { groups: "op" }],
    ["by a claim that is absent", { department: "ops" }],
    ["by a claim that is absent, though a function would take it", { department: () => true }],
    ["by a claim that every object has", { toString: () => true }],
    ["by one of several rules", { role: "admin", groups: "board" }],
    ["by a function that says no", () => false],
    ["by a function that says something like yes", truthy],
    ["by a function that says it later", later],
    ["by a function for one claim that says it later", { role: later }],
  ])("%s", async (_name, claims) => {
    const { page } = await open({ ...(claims !== undefined && { claims }) });
    expect(outcomeOf(page)).toEqual([403, "OIDC_CLAIMS_REJECTED"]);
  });

  test("once, without sending them to log in again, and stays signed in", async () => {
    const { app, browser, provider } = await open({ claims: { role: "editor" } });
    for (const accept of ["text/html", "application/json"]) {
      const again = await browser.get(`${app.url}/ruled`, { headers: { ...typed, accept } });
      expect(outcomeOf(again)).toEqual([403, "OIDC_CLAIMS_REJECTED"]);
    }
    expect([provider.calls("authorize"), await isSignedIn(browser, app.url)]).toEqual([1, true]);
  });

  test("and says neither the rule nor the claims", async () => {
    const { page } = await open({ claims: { role: "editor" } });
    expect(page.body).not.toMatch(/editor|admin|ada/);
    expect(page.headers.get("cache-control")).toBe("no-store");
  });
});

describe("a rule for claims that throws", () => {
  const claims = () => {
    throw new TypeError("the rule is broken");
  };

  test("fails the request with that error, and opens nothing", async () => {
    const { app, page } = await open({ claims });
    expect([page.status, app.errors]).toEqual([500, [expect.objectContaining({ message: "the rule is broken" })]]);
  });

  test("does so too when the access token has just been renewed", async () => {
    const clock = stopClock();
    const { app, browser, provider } = await open({ claims });
    clock.advance(3599);
    expect((await browser.get(`${app.url}/ruled`)).status).toBe(500);
    expect(provider.calls("refresh")).toBe(1);
  });
});

describe("a rule for scope", () => {
  const granted = { authorizationParams: {}, scope: "openid profile orders:read orders:write" };

  test.each<[string, RequireAuthOptions["scope"]]>([
    ["one scope", "orders:read"],
    ["several in one text", "orders:read orders:write"],
    ["several in a list", ["orders:write", "openid"]],
  ])("lets a person pass who was granted %s", async (_name, scope) => {
    expect((await open({ ...(scope !== undefined && { scope }) }, granted)).page.status).toBe(200);
  });

  test.each<[string, string | string[]]>([
    ["another one", "orders:delete"],
    ["one of two", ["orders:read", "orders:delete"]],
    ["the beginning of one", "orders"],
  ])("keeps a person out who was not granted %s, without a new login", async (_name, scope) => {
    const { page, provider } = await open({ scope }, granted);
    expect(outcomeOf(page)).toEqual([403, "OIDC_SCOPE_MISSING"]);
    expect(provider.calls("authorize")).toBe(1);
  });

  test("goes by what was granted, not by what was asked for", async () => {
    const { app, browser, provider } = await open({ scope: "orders:write" }, granted);
    expect(browser.page.status).toBe(200);
    provider.script.tokens = { scope: "openid profile orders:read" };
    await browser.get(`${app.url}/login?returnTo=/ruled`);
    expect(outcomeOf(browser.page)).toEqual([403, "OIDC_SCOPE_MISSING"]);
  });
});
