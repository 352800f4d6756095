import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { contextOf, oidcOf, requireContext, signedIn } from "../../../src/context/find.js";
import { RequestContext } from "../../../src/context/request-context.js";
import { requireAuth } from "../../../src/guards/require-auth.js";
import { createInstance } from "../../../src/session/instance.js";
import type { Visit } from "../../../src/session/visit.js";
import { stopClock } from "../../support/clock.js";
import { answerTo, requestWith } from "../../support/exchange.js";
import { loginWith, tokensWith } from "../../support/logins.js";
import { settingsWith } from "../../support/settings.js";
import { TextStore } from "../../support/stores.js";

const hidden = /the-access-token|the\.id\.token|the-refresh-token|the-handle|a secret that is long|its provider/;

function visitOf(): Visit {
  const req = requestWith({ headers: { cookie: "sid=the-handle" } });
  return { instance: createInstance(settingsWith()), req, res: answerTo(req), mount: "" };
}

/** A request on which Ada is signed in, or nobody. */
async function requestOf(login = loginWith({ data: { role: "buyer" } }), over: Partial<Visit> = {}) {
  const visit = Object.assign(visitOf(), over);
  const backing = { store: new TextStore(), idle: 3600 };
  const stored = await visit.instance.records.write(backing, login);
  const oidc = new RequestContext(visit);
  oidc.recall(login.handle, stored);
  return Object.assign(visit.req, { oidc });
}

/** What `{ ...req.oidc }` makes of it. */
function spreadOf(oidc: object): Record<string, unknown> {
  return { ...(oidc as Record<string, unknown>) };
}

function requestOfNobody() {
  const visit = visitOf();
  return Object.assign(visit.req, { oidc: new RequestContext(visit) });
}

describe("req.oidc", () => {
  test("shows who is signed in and what belongs to the login", async () => {
    const { oidc } = await requestOf();
    expect(oidc.isAuthenticated()).toBe(true);
    expect(oidc.user).toEqual(tokensWith().claims);
    expect(oidc.idTokenClaims).toEqual(tokensWith().claims);
    expect(oidc).toMatchObject({
      sessionId: "session-at-the-provider",
      scope: "openid profile",
      data: { role: "buyer" },
    });
    const { accessToken, idToken, refreshToken, expiresAt } = oidc;
    expect({ accessToken, idToken, refreshToken, expiresAt }).toMatchObject({
      accessToken: "the-access-token",
      idToken: "the.id.token",
      refreshToken: "the-refresh-token",
    });
  });

  test("shows nothing where nobody is signed in", () => {
    const { oidc } = requestOfNobody();
    expect(oidc.isAuthenticated()).toBe(false);
    const { user, idTokenClaims, sessionId, accessToken, idToken, refreshToken, expiresAt, scope, data } = oidc;
    const all = [user, idTokenClaims, sessionId, accessToken, idToken, refreshToken, expiresAt, scope, data];
    expect(all.every((value) => value === undefined)).toBe(true);
  });

  test("has no access token once it has expired, but still knows the person", async () => {
    const clock = stopClock();
    const { oidc } = await requestOf();
    clock.advance(299);
    expect(oidc.accessToken).toBe("the-access-token");
    clock.advance(1);
    expect([oidc.accessToken, oidc.user?.sub]).toEqual([undefined, "ada"]);
  });

  test("hands out a user that nobody can change", async () => {
    const { oidc } = await requestOf();
    expect(() => Object.assign(oidc.user ?? {}, { sub: "eve" })).toThrow(TypeError);
  });
});

describe("what a log shows of req.oidc", () => {
  test.each<[what: string, show: (oidc: RequestContext) => string]>([
    ["console.log", (oidc) => inspect(oidc)],
    ["console.log of all there is", (oidc) => inspect(oidc, { depth: null, showHidden: true, getters: true })],
    ["console.log of something that holds it", (oidc) => inspect({ req: { oidc } }, { depth: null, getters: true })],
    [
      "console.log without its own word in it",
      (oidc) => inspect(oidc, { depth: null, customInspect: false, showHidden: true }),
    ],
    ["JSON", (oidc) => JSON.stringify({ oidc })],
    ["a spread", (oidc) => inspect(spreadOf(oidc), { depth: null })],
    ["a copy by Object.assign", (oidc) => inspect(Object.assign({}, oidc), { depth: null })],
    ["its entries", (oidc) => inspect(Object.entries(oidc), { depth: null })],
    ["its names", (oidc) => Object.getOwnPropertyNames(oidc).join()],
  ])("is no token and no handle: %s", async (_what, show) => {
    const { oidc } = await requestOf();
    expect(oidc.accessToken).toBe("the-access-token");
    expect(show(oidc)).not.toMatch(hidden);
  });

  test("is who is signed in", async () => {
    const { oidc } = await requestOf();
    const { claims } = tokensWith();
    expect(JSON.parse(JSON.stringify(oidc))).toEqual({ user: claims });
    expect(spreadOf(oidc)).toEqual({ user: claims });
    expect(inspect(oidc)).toContain("Ada");
  });
});

describe("finding the login of a request", () => {
  test("gives the same context in each way", async () => {
    const req = await requestOf();
    for (const found of [contextOf(req), requireContext(req), oidcOf(req), signedIn(req)]) expect(found).toBe(req.oidc);
    expect(signedIn(req).user.sub).toBe("ada");
  });

  test("without auth() is an error that says what to write", () => {
    const req = requestWith();
    expect(contextOf(req)).toBeUndefined();
    for (const find of [oidcOf, signedIn]) {
      expect(() => find(req)).toThrow(expect.objectContaining({ code: "OIDC_SESSION_NOT_MOUNTED", status: 500 }));
      expect(() => find(req)).toThrow(/Put app\.use\(auth\(\)\) before/);
    }
  });

  test("takes no stranger's req.oidc for ours", () => {
    const req = Object.assign(requestWith(), { oidc: { isAuthenticated: () => true, user: { sub: "eve" } } });
    expect(() => signedIn(req)).toThrow(/has not passed auth\(\)/);
  });

  test("where nobody is signed in is our 401", () => {
    const req = requestOfNobody();
    expect(oidcOf(req).isAuthenticated()).toBe(false);
    expect(() => signedIn(req)).toThrow(expect.objectContaining({ code: "OIDC_SESSION_MISSING", status: 401 }));
  });
});

describe("a guard before auth()", () => {
  test.each([
    ["made with options", requireAuth({})],
    ["written bare", requireAuth],
  ])("passes on an error that says what to write: %s", (_what, guard) => {
    const passed: unknown[] = [];
    const req = requestWith();
    guard(req, answerTo(req), (error) => passed.push(error));
    expect(passed).toMatchObject([{ code: "OIDC_SESSION_NOT_MOUNTED", status: 500 }]);
  });

  test("lets a CORS preflight pass, which carries no cookies", () => {
    const passed: unknown[] = [];
    const headers = { Origin: "https://app.example", "Access-Control-Request-Method": "GET" };
    const req = requestWith({ method: "OPTIONS", headers });
    requireAuth()(req, answerTo(req), (error) => passed.push(error));
    expect(passed).toEqual([undefined]);
  });
});
