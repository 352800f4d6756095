/**
 * Several guards in one API: the outer one judges the token, the inner ones narrow; and guards behind `auth()`.
 * @module
 */
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { type AuthOptions, BearerError, bearerOf, type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, onTestFinished, test } from "vitest";
import { type ApiOptions, codesOf, refusalIn, startApi, whatIsShown } from "../support/api-world.js";
import { frameworks, type Handler, sendJson } from "../support/app.js";
import { ask } from "../support/asking.js";
import { claimsRejected, insufficientScope, invalidToken, nothingShown } from "../support/challenges.js";
import { apiAudience } from "../support/scripted-provider.js";
import { startScriptedWorld } from "../support/scripted-world.js";

const done: Handler = (req, res) => sendJson(res, whatIsShown(req));
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe("a guard further in", () => {
  const routes: ApiOptions["routes"] = (app) => {
    app.get("/write", requireBearer({ scope: "write" }), done);
    app.get("/admin", requireBearer({ scope: "write" }), requireBearer({ claims: { role: "admin" } }), done);
    app.get("/open", requireBearer(), done);
  };

  test.each(frameworks)("narrows what the outer one has accepted, on %s", async (framework) => {
    const { call, issuer } = await startApi({ framework, routes, guard: { scope: "read" } });
    const reader = await issuer.accessToken();
    const writer = await issuer.accessToken({ scope: "read write" });
    const admin = await issuer.accessToken({ scope: "read write", role: "admin" });
    expect(refusalIn(await call(reader, "/write"))).toEqual(insufficientScope("write"));
    expect((await call(writer, "/write")).status).toBe(200);
    expect(refusalIn(await call(writer, "/admin"))).toEqual(claimsRejected);
    expect((await call(admin, "/admin")).status).toBe(200);
    expect((await call(reader, "/open")).status).toBe(200);
  });

  test("says the realm of the outer one", async () => {
    const { call, issuer } = await startApi({ routes, guard: { realm: "orders" } });
    const { challenge } = refusalIn(await call(await issuer.accessToken(), "/write"));
    expect(challenge).toBe(insufficientScope("write").challenge?.replace("Bearer ", 'Bearer realm="orders", '));
  });

  test("without one before it is a mistake: 500 for the app, and nobody passes", async () => {
    const { call, issuer, errors } = await startApi({
      before: (app) => app.get("/lost", requireBearer({ scope: "read" }), done),
    });
    const answer = await call(await issuer.accessToken(), "/lost");
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([500, null]);
    expect(codesOf(errors)).toEqual(["OIDC_BEARER_NOT_MOUNTED"]);
    expect(String(errors[0])).toContain("Put app.use(requireBearer({ issuer, audience })) before it");
  });

  test("does not believe what somebody else has put on the request", async () => {
    const before: ApiOptions["before"] = (app) => {
      app.use((req, _res, next) =>
        next(
          Object.assign(req, { auth: { claims: { scope: "read" }, scopes: ["read"], scheme: "Bearer" } }) && undefined,
        ),
      );
      app.get("/lost", requireBearer({ scope: "read" }), done);
    };
    const { call, ask: askApi, issuer, errors } = await startApi({ before });
    expect((await askApi({}, "/lost")).status).toBe(500);
    expect(codesOf(errors)).toEqual(["OIDC_BEARER_NOT_MOUNTED"]);
    expect(refusalIn(await askApi())).toEqual(nothingShown);
    expect((await call(await issuer.accessToken({ scope: "write" }))).json()).toMatchObject({ scopes: ["write"] });
  });

  test("may judge tokens itself, by other rules, and is not swayed by the outer one", async () => {
    const { call, issuer } = await startApi({
      routes: (app) => app.get("/bills", requireBearer({ issuer: issuerUrl(), audience: "bills" }), done),
      guard: { audience: [apiAudience, "bills"] },
    });
    function issuerUrl(): () => string {
      return () => issuer.issuer;
    }
    expect((await call(await issuer.accessToken({ aud: "bills" }), "/bills")).status).toBe(200);
    expect(refusalIn(await call(await issuer.accessToken(), "/bills"))).toEqual(
      invalidToken("its aud is missing or not the right one"),
    );
  });
});

describe("a guard behind auth()", () => {
  const open = (guard: RequireBearerOptions, options: Partial<AuthOptions> = {}) =>
    startScriptedWorld({ options, routes: (app) => app.get("/orders", requireBearer(guard), done) });

  test("that names only its audience takes the tokens of that provider, and asks it for its keys once", async () => {
    const { app, provider, signIn } = await open({ audience: apiAudience });
    await signIn();
    const before = provider.seen.length;
    const answer = await ask(`${app.baseUrl}/orders`, bearer(await provider.accessToken()));
    expect([answer.status, answer.json()]).toMatchObject([200, { sub: "ada" }]);
    expect(
      refusalIn(await ask(`${app.baseUrl}/orders`, bearer(await provider.accessToken({ aud: provider.clientId })))),
    ).toEqual(invalidToken("its aud is missing or not the right one"));
    expect(provider.seen.length).toBe(before);
  });

  test("does not take a login for a token, nor its ID token", async () => {
    const { app, provider, signIn } = await open({ audience: apiAudience });
    const { browser } = await signIn();
    expect(refusalIn(await ask(`${app.baseUrl}/orders`, { browser }))).toEqual(nothingShown);
    expect(provider.calls("jwks")).toBe(1);
  });

  test("tells the app's onError of what it refuses", async () => {
    const told: unknown[] = [];
    const { app } = await open({ audience: apiAudience }, { onError: (error) => void told.push(error) });
    await ask(`${app.baseUrl}/orders`);
    expect(told).toEqual([expect.any(BearerError)]);
    expect(codesOf(told)).toEqual(["OIDC_BEARER_MISSING"]);
  });

  test("that names no issuer is a mistake where there is no auth()", async () => {
    const before: ApiOptions["before"] = (app) => app.get("/lost", requireBearer({ audience: apiAudience }), done);
    const { call, issuer, errors } = await startApi({ before });
    expect((await call(await issuer.accessToken(), "/lost")).status).toBe(500);
    expect(codesOf(errors)).toEqual(["OIDC_BEARER_NOT_MOUNTED"]);
    expect(String(errors[0])).toContain("Give it the option issuer, or put app.use(auth()) before it");
  });
});

describe("what a handler finds at req.auth", () => {
  test("is not there without a guard, and bearerOf() says so", async () => {
    const { ask: askApi, errors } = await startApi({
      before: (app) => app.get("/open", (req) => bearerOf(req)),
    });
    expect((await askApi({}, "/open")).status).toBe(500);
    expect(codesOf(errors)).toEqual(["OIDC_BEARER_NOT_MOUNTED"]);
    expect(String(errors[0])).toContain("Guard its route with requireBearer()");
  });

  test("is the token and what it says, frozen, and without the token where it is logged", async () => {
    const { guard, issuer } = await startApi();
    const token = await issuer.accessToken({ address: { country: "GB" } });
    const auth = await guard.authenticate(await requestWith({ authorization: `bearer ${token}` }));
    expect(auth).toMatchObject({ token, scheme: "Bearer", scopes: ["read"], clientId: "a-program" });
    expect(auth.expiresAt).toBe(auth.claims.exp);
    const address = auth.claims["address"] as { country: string };
    expect([auth.claims, auth.claims["address"]].every(Object.isFrozen)).toBe(true);
    expect(() => Object.assign(address, { country: "FR" })).toThrow(TypeError);
    for (const text of [JSON.stringify(auth), inspect(auth), inspect({ auth }, { depth: 9, showHidden: true })]) {
      expect(text).toContain("a-program");
      expect(text).not.toContain(token.slice(-40));
    }
  });

  test("is not there where the token is refused, and an answer that the app has begun stays", async () => {
    const late: Handler = (_req, res, next) => {
      res.writeHead(503, { "content-length": 0 });
      res.end();
      next();
    };
    const { call, ask: askApi, issuer, errors } = await startApi({ before: (app) => app.useAt("/late", late) });
    for (const answer of [await call(await issuer.accessToken(), "/late"), await askApi({}, "/late")])
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([503, null]);
    expect(errors).toEqual([]);
  });

  test("leaves the caching to an app that has said how", async () => {
    const before: ApiOptions["before"] = (app) =>
      app.use((_req, res, next) => next(res.setHeader("Cache-Control", "private") && undefined));
    const { call, issuer } = await startApi({ before });
    expect((await call(await issuer.accessToken())).headers.get("cache-control")).toBe("private");
  });
});

describe("authenticate()", () => {
  test("judges a bare request, and answers nothing", async () => {
    const { guard, issuer } = await startApi({ guard: { scope: "read" } });
    expect(
      (await guard.authenticate(await requestWith({ authorization: `Bearer ${await issuer.accessToken()}` }))).claims
        .sub,
    ).toBe("ada");
    const refused = guard.authenticate(await requestWith({}));
    await expect(refused).rejects.toMatchObject({
      status: 401,
      headers: { "WWW-Authenticate": 'Bearer scope="read"' },
    });
    await expect(guard.authenticate(await requestWith({ authorization: "Bearer x" }))).rejects.toBeInstanceOf(
      BearerError,
    );
  });
});

/** A request as `node:http` hands it on, of a call that stays unanswered until the test is over. */
async function requestWith(headers: Record<string, string>) {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const arrived = new Promise<IncomingMessage>((resolve) => server.once("request", resolve));
  get({ port: (server.address() as AddressInfo).port, host: "localhost", headers, agent: false }).on(
    "error",
    () => undefined,
  );
  return arrived;
}
