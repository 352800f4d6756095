/**
 * Access tokens that are bound to a key (RFC 9449): with which scheme they pass, and what each other call is told.
 * @module
 */
import { type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type Api, refusalIn, startApi } from "../support/api-world.js";
import { frameworks } from "../support/app.js";
import { takesProofs as guard, startBoundApi } from "../support/bound-api.js";
import { allAlgs, apiUrl, createBoundCaller, createCaller, type ProofDraft } from "../support/dpop-caller.js";
import { apiAudience, startScriptedProvider } from "../support/scripted-provider.js";

function refusedToken(rule: string, challenge: (error: string) => string): object {
  const said = `error="invalid_token", error_description="This access token is not accepted: ${rule}."`;
  return { status: 401, code: "OIDC_BEARER_INVALID", challenge: challenge(said) };
}

const ownDpop = (error: string) => `DPoP ${error}, algs="${allAlgs}"`;
const dpopBeforeBearer = (error: string) => `DPoP ${error}, algs="${allAlgs}", Bearer`;
const bearerBeforeDpop = (error: string) => `Bearer ${error}, DPoP algs="${allAlgs}"`;
const bearerOnly = (error: string) => `Bearer ${error}`;

describe("a call with a token that is bound to a key, and a proof of it", () => {
  test.each(frameworks)("passes on %s", async (framework) => {
    const { ask, issuer } = await startApi({ framework, guard });
    const { headers, token } = await createBoundCaller(issuer);
    const answer = await ask({ headers: await headers({ token }) });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ sub: "ada", scheme: "DPoP" });
    expect(answer.headers.get("dpop-nonce")).toBeNull();
  });

  test.each(allAlgs.split(" "))("passes with a key for %s", async (alg) => {
    const { ask, issuer } = await startApi({ guard });
    const caller = await createCaller(alg);
    const token = await issuer.accessToken({ cnf: caller.cnf });
    expect((await ask({ headers: await caller.headers({ token }) })).status).toBe(200);
  });

  test("passes again with another proof", async () => {
    const { ask, caller } = await startBoundApi();
    expect((await ask({ headers: await caller.headers(caller) })).status).toBe(200);
    expect((await ask({ headers: await caller.headers(caller) })).status).toBe(200);
  });

  test("passes in whatever letters its scheme is written", async () => {
    const { ask, caller } = await startBoundApi();
    const headers = { ...(await caller.headers(caller)), authorization: `dpop ${caller.token}` };
    expect((await ask({ headers })).status).toBe(200);
  });
});

describe("a token that is bound to a key", () => {
  const asBearer = async ({ caller, ask }: { caller: { token: string }; ask: Api["ask"] }) =>
    refusalIn(await ask({ headers: { authorization: `Bearer ${caller.token}` } }));

  test("is refused with the scheme Bearer, with proof or without", async () => {
    const api = await startBoundApi();
    const rule = "it is bound to a key, so it must be sent with the scheme DPoP, and a proof";
    expect(await asBearer(api)).toEqual(refusedToken(rule, ownDpop));
    const headers = { authorization: `Bearer ${api.caller.token}`, dpop: await api.caller.proof(api.caller) };
    expect(refusalIn(await api.ask({ headers }))).toEqual(refusedToken(rule, ownDpop));
  });

  test("is refused by an API that takes no proofs", async () => {
    const { ask, issuer } = await startApi();
    const caller = await createBoundCaller(issuer);
    const rule = "it is bound to a key, and this API takes no proof of one";
    const refused = refusedToken(rule, bearerOnly);
    expect(await asBearer({ caller, ask })).toEqual(refused);
    expect(refusalIn(await ask({ headers: await caller.headers(caller) }))).toEqual(refused);
  });

  test.each([
    ["in a way that nobody knows", { kid: "a key" }],
    ["in a known way and another one", { jkt: "x", jwe: "y" }],
    ["to nothing", {}],
    ["to null", null],
    ["to a text", "x"],
    ["to a list", ["x"]],
    ["to no thumbprint", { jkt: 7 }],
    ["to an empty thumbprint", { jkt: "" }],
    ["to no certificate", { "x5t#S256": true }],
  ])("is refused when it is bound %s", async (_how, cnf) => {
    const { call, issuer } = await startApi({ guard });
    const rule = "it is bound to its caller in a way that this API does not know";
    expect(refusalIn(await call(await issuer.accessToken({ cnf })))).toEqual(refusedToken(rule, bearerBeforeDpop));
  });
});

describe("a token that is bound to no key", () => {
  test("passes as before, whatever proof comes with it", async () => {
    const { ask, issuer } = await startApi({ guard });
    const authorization = `Bearer ${await issuer.accessToken()}`;
    expect((await ask({ headers: { authorization } })).status).toBe(200);
    expect((await ask({ headers: { authorization, dpop: "anything" } })).status).toBe(200);
  });

  test("is refused with the scheme DPoP", async () => {
    const { ask, issuer } = await startApi({ guard });
    const token = await issuer.accessToken();
    const caller = await createCaller();
    const rule = "it is bound to no key that a proof could show, so it can't be sent with the scheme DPoP";
    expect(refusalIn(await ask({ headers: await caller.headers({ token }) }))).toEqual(
      refusedToken(rule, dpopBeforeBearer),
    );
  });

  test("is refused where the API takes no others", async () => {
    const { call, issuer } = await startApi({ guard: { ...guard, dpop: { required: true } } });
    const rule = "it is bound to no key of its caller's, and this API takes no others (RFC 9449)";
    expect(refusalIn(await call(await issuer.accessToken()))).toEqual(refusedToken(rule, ownDpop));
  });
});

describe("a call without a token is told", () => {
  test("both schemes, and the algorithms of proofs", async () => {
    const { ask } = await startApi({ guard: { ...guard, realm: "orders", scope: "read", dpop: { algs: ["ES256"] } } });
    expect(refusalIn(await ask()).challenge).toBe(
      'Bearer realm="orders", scope="read", DPoP realm="orders", scope="read", algs="ES256"',
    );
  });

  test("of DPoP alone, where nothing else is taken", async () => {
    const { ask } = await startApi({ guard: { ...guard, dpop: { required: true } } });
    expect(refusalIn(await ask()).challenge).toBe(`DPoP algs="${allAlgs}"`);
  });
});

describe("a route behind the guard", () => {
  test("asks for no second proof, and refuses with the schemes of the guard before it", async () => {
    const api = await startApi({
      guard,
      routes(app) {
        app.use(requireBearer({ scope: "read" }));
        app.useAt("/write", requireBearer({ scope: "write" }));
      },
    });
    const caller = await createBoundCaller(api.issuer);
    expect((await api.ask({ headers: await caller.headers(caller) })).status).toBe(200);
    const headers = await caller.headers({ ...caller, url: `${apiUrl}/write` });
    const { status, challenge } = refusalIn(await api.ask({ headers }, "/write"));
    expect(status).toBe(403);
    expect(challenge).toMatch(/^DPoP error="insufficient_scope", .*, scope="write", algs="ES256 .*", Bearer$/);
  });

  test("may judge the token again, by other rules, and ask the guard itself", async () => {
    const issuer = await startScriptedProvider();
    const strict = requireBearer({ ...guard, issuer: issuer.issuer, audience: apiUrl, strict: true });
    const { ask } = await startApi({
      guard,
      issuer,
      routes: (app) => app.use(strict, (req, _res, next) => strict.authenticate(req).then(() => next(), next)),
    });
    const caller = await createBoundCaller(issuer);
    expect((await ask({ headers: await caller.headers(caller) })).status).toBe(200);
  });
});

test("authenticate() judges proofs, too", async () => {
  const issuer = await startScriptedProvider();
  const own = requireBearer({ ...guard, issuer: issuer.issuer, audience: apiUrl });
  const api = await startApi({
    issuer,
    before: (app) =>
      app.use(async (req, res) => {
        const auth = await own.authenticate(req).catch((error: { code: string }) => ({ scheme: error.code }));
        res.end(auth.scheme);
      }),
  });
  const caller = await createBoundCaller(issuer);
  const headers = await caller.headers(caller);
  expect((await api.ask({ headers })).body).toBe("DPoP");
  expect((await api.ask({ headers })).body).toBe("OIDC_BEARER_PROOF_INVALID");
});

describe("a guard with stricter rules for proofs behind a lax one", () => {
  test.each<[string, NonNullable<RequireBearerOptions["dpop"]>, Partial<ProofDraft>]>([
    ["nonces", { nonce: true }, {}],
    ["fresher proofs", { maxAge: 5 }, { claims: { iat: Math.floor(Date.now() / 1000) - 40 } }],
    ["other algorithms", { algs: ["ES512"] }, {}],
  ])("wants %s all the same", async (_what, dpop, draft) => {
    const issuer = await startScriptedProvider();
    const inner = requireBearer({ issuer: issuer.issuer, audience: apiAudience, baseUrl: apiUrl, dpop });
    const { ask } = await startApi({
      guard,
      issuer,
      routes: (app) => app.get("/inner", inner, (_req, res) => res.end("{}")),
    });
    const { headers, token } = await createBoundCaller(issuer);
    const call = { headers: await headers({ token, url: `${apiUrl}/inner`, ...draft }) };
    expect((await ask(call, "/inner")).status).toBe(401);
    expect((await ask({ headers: await headers({ token, url: `${apiUrl}/other`, ...draft }) }, "/other")).status).toBe(
      200,
    );
  });
});

describe("a bound token of an issuer that writes its scheme into it", () => {
  test.each([
    ["DPoP", true, 200],
    ["DPoP", false, 401],
    ["Refresh", true, 401],
  ])("with typ %s, bound %s, is answered %i", async (typ, isBound, status) => {
    const { ask, issuer } = await startApi({ guard });
    const caller = await createCaller();
    const token = await issuer.accessToken({ typ, cnf: isBound ? caller.cnf : undefined }, { typ: "JWT" });
    const headers = isBound ? await caller.headers({ token }) : { authorization: `Bearer ${token}` };
    expect((await ask({ headers })).status).toBe(status);
  });
});
