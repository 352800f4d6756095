/**
 * One route for people with a login and for programs with an access token.
 * @module
 */
import { bearerOf, oidcOf, type RequireAuthOptions, requireAuth, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import { refusalIn } from "../support/api-world.js";
import { type AppRequest, type Framework, frameworks } from "../support/app.js";
import { ask } from "../support/asking.js";
import { apiAudience } from "../support/scripted-provider.js";
import { answerWith, startScriptedWorld } from "../support/scripted-world.js";

/** Who a handler behind both sees. */
const whoCalls = (req: AppRequest) => ({
  person: oidcOf(req).user?.sub ?? null,
  program: "auth" in req ? bearerOf(req).claims.sub : null,
});

/** An app whose route `/both` takes either. */
async function startBoth(rules: RequireAuthOptions = {}, framework: Framework = "express5") {
  const bearer = requireBearer({ audience: apiAudience, realm: "both" });
  const world = await startScriptedWorld({
    framework,
    routes: (app) => app.get("/both", requireAuth({ bearer, ...rules }), answerWith(whoCalls)),
  });
  const call = (authorization: string) => ask(`${world.app.url}/both`, { headers: { authorization } });
  return { ...world, call, callWith: async (token: Promise<string>) => call(`Bearer ${await token}`) };
}

describe("a route for people and programs", () => {
  test.each(frameworks)("lets either in, on %s", async (framework) => {
    const { provider, signIn, callWith } = await startBoth({}, framework);
    expect((await callWith(provider.accessToken({ sub: "robot" }))).json()).toEqual({ person: null, program: "robot" });
    expect((await signIn("/both")).page.json()).toEqual({ person: "ada", program: null });
  });

  test("judges a call by its token where it brings one, whoever is signed in", async () => {
    const { app, provider, signIn } = await startBoth();
    const { browser } = await signIn();
    const askWith = async (token: string) =>
      ask(`${app.url}/both`, { browser, headers: { authorization: `Bearer ${token}` } });
    const good = await askWith(await provider.accessToken({ sub: "robot" }));
    expect(good.json()).toEqual({ person: "ada", program: "robot" });
    expect(refusalIn(await askWith("rubbish"))).toMatchObject({ status: 401, code: "OIDC_BEARER_INVALID" });
  });

  test("tells a script without either where the login is, and what token would do", async () => {
    const { call } = await startBoth({ scope: "read" });
    const answer = await call("Basic YTpi");
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="both", scope="read"');
    expect(answer.json()).toMatchObject({ error: "OIDC_SESSION_MISSING", loginUrl: expect.stringContaining("/login") });
  });

  test("sends a page without either to log in", async () => {
    const { app } = await startBoth();
    const answer = await ask(`${app.url}/both`, { headers: { accept: "text/html", "sec-fetch-mode": "navigate" } });
    expect(answer.status).toBe(302);
  });

  test("lets a CORS preflight pass", async () => {
    const { app } = await startBoth();
    const headers = { origin: "https://other.example", "access-control-request-method": "GET" };
    const answer = await ask(`${app.url}/both`, { method: "OPTIONS", headers });
    expect(answer.status).not.toBe(401);
  });

  test.each<[string, RequireAuthOptions, Readonly<Record<string, unknown>>, object]>([
    [
      "scope",
      { scope: "write" },
      { scope: "read" },
      {
        status: 403,
        code: "OIDC_BEARER_SCOPE_MISSING",
        challenge: expect.stringContaining('error="insufficient_scope"'),
      },
    ],
    [
      "claims",
      { claims: { tenant: "acme" } },
      { tenant: "other" },
      { status: 403, code: "OIDC_BEARER_CLAIMS_REJECTED", challenge: null },
    ],
    [
      "maxAge",
      { maxAge: 60 },
      { auth_time: 1_000_000_000 },
      {
        status: 401,
        code: "OIDC_BEARER_STEP_UP_REQUIRED",
        challenge: expect.stringContaining('max_age="60"'),
      },
    ],
    [
      "acr",
      { acr: ["gold", "platinum"] },
      { acr: "silver" },
      {
        status: 401,
        code: "OIDC_BEARER_STEP_UP_REQUIRED",
        challenge: expect.stringContaining('acr_values="gold platinum"'),
      },
    ],
  ])("holds tokens to its own %s", async (_name, rules, claims, refusal) => {
    const { provider, callWith } = await startBoth(rules);
    expect(refusalIn(await callWith(provider.accessToken(claims)))).toEqual(refusal);
  });

  test("lets a token pass that meets its rules", async () => {
    const { provider, callWith } = await startBoth({ scope: "read", claims: { tenant: "acme" }, acr: "gold" });
    const token = provider.accessToken({ tenant: "acme", acr: "gold", scope: "write read" });
    expect((await callWith(token)).status).toBe(200);
  });
});

describe("what a route takes as `bearer`", () => {
  test.each([[requireBearer({ scope: "read" })], [requireAuth()], [{ audience: apiAudience }], ["Bearer"]])(
    "is a guard that names its audience, and not %o",
    (bearer) => {
      expect(() => requireAuth({ bearer: bearer as never })).toThrow(/requireAuth bearer: must be a guard/);
    },
  );
});
