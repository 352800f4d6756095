/**
 * Access tokens that only their issuer can read, at the door of an API: what the issuer's answer must say (RFC 7662).
 * @module
 */
import type { IntrospectionOptions, RequireBearerOptions } from "express-oidc";
import { describe, expect, test } from "vitest";
import { type ApiOptions, refusalIn, startApi } from "../support/api-world.js";
import { type AppRequest, frameworks, sendJson } from "../support/app.js";
import { signAndEncrypt } from "../support/scripted/signing.js";
import { apiAudience } from "../support/scripted-provider.js";

const client = { clientId: "the-api", clientSecret: "what proves the API at its issuer" };

/** An API that has tokens introspected. */
function startIntrospecting(over: IntrospectionOptions = {}, guard: RequireBearerOptions = {}, more: ApiOptions = {}) {
  return startApi({ ...more, guard: { introspection: { ...client, ...over }, ...guard } });
}

/** The refusal of a token that breaks a rule. */
function invalid(rule: string) {
  const description = `This access token is not accepted: ${rule}.`;
  const challenge = `Bearer error="invalid_token", error_description="${description}"`;
  return { status: 401, code: "OIDC_BEARER_INVALID", challenge };
}

const now = () => Math.floor(Date.now() / 1000);

describe("a call with an opaque token", () => {
  test.each(frameworks)(
    "passes on %s when its issuer calls it active, and the handler sees whose it is",
    async (framework) => {
      const { call, issuer } = await startIntrospecting({}, {}, { framework });
      const answer = await call(issuer.opaqueToken());
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({ sub: "ada", scopes: ["read"], clientId: "a-program", scheme: "Bearer" });
      expect(answer.headers.get("cache-control")).toBe("no-store");
    },
  );

  test("is asked about by the API's own client, with what RFC 7662 sends", async () => {
    const { call, issuer } = await startIntrospecting();
    const token = issuer.opaqueToken();
    await call(token);
    const { form, headers, auth } = issuer.lastCall("introspection") ?? {};
    expect(Object.fromEntries(form ?? [])).toEqual({ token, token_type_hint: "access_token" });
    expect(headers?.accept).toBe("application/json");
    expect(auth).toEqual({ method: "client_secret_basic", id: client.clientId, secret: client.clientSecret });
  });

  test("is refused unasked where nothing is introspected", async () => {
    const { call, issuer } = await startApi();
    expect(refusalIn(await call(issuer.opaqueToken()))).toEqual(invalid("it is no JWT"));
    expect(issuer.calls("introspection")).toBe(0);
  });

  test("that is made up is refused", async () => {
    const { call } = await startIntrospecting();
    expect(refusalIn(await call("made-up"))).toEqual(invalid("its issuer does not call it active"));
  });

  test("is held to the rules of the route: scope, roles, strength and age of the login are those of the answer", async () => {
    const guard = { scope: "write", roles: { at: "roles", all: "editor" }, acr: "gold", maxAge: 60 };
    const { call, issuer } = await startIntrospecting({}, guard);
    const good = { scp: ["write"], scope: undefined, roles: ["editor"], acr: "gold", auth_time: now() };
    expect((await call(issuer.opaqueToken(good))).status).toBe(200);
    expect(refusalIn(await call(issuer.opaqueToken({ ...good, scp: ["read"] })))).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('error="insufficient_scope"'),
    });
    expect((await call(issuer.opaqueToken({ ...good, roles: ["reader"] }))).status).toBe(403);
    for (const weak of [{ acr: "silver" }, { auth_time: now() - 600 }]) {
      expect(refusalIn(await call(issuer.opaqueToken({ ...good, ...weak })))).toMatchObject({
        status: 401,
        challenge: expect.stringContaining('error="insufficient_user_authentication"'),
      });
    }
  });

  test("shows its handler what the issuer says of it, frozen, and when it expires, if it does", async () => {
    const shown: unknown[] = [];
    const routes: ApiOptions["routes"] = (app) =>
      app.get("/shown", (req: AppRequest, res) => {
        const { auth } = req as { auth?: { claims: { groups?: string[] }; expiresAt?: number } };
        shown.push(auth?.claims, auth?.expiresAt, Object.isFrozen(auth?.claims.groups));
        sendJson(res, {});
      });
    const { call, issuer } = await startIntrospecting({}, {}, { routes });
    const exp = now() + 60;
    await call(issuer.opaqueToken({ exp, groups: ["a"], username: null, iss: undefined }), "/shown");
    await call(issuer.opaqueToken({ exp: undefined, groups: ["a"] }), "/shown");
    const [claims, expiresAt, isFrozen, , never] = shown;
    const who = { iss: issuer.issuer, aud: apiAudience, sub: "ada", client_id: "a-program" };
    const what = { scope: "read", token_type: "Bearer", iat: expect.any(Number), exp, groups: ["a"] };
    expect(claims).toEqual({ ...who, ...what });
    expect([expiresAt, isFrozen, never]).toEqual([exp, true, undefined]);
  });
});

describe("an answer that calls a token active does not open this API, when it", () => {
  test.each<[what: string, answer: Record<string, unknown>, rule: string]>([
    ["has expired", { exp: now() - 31 }, "it has expired"],
    ["is not good yet", { nbf: now() + 60 }, "it is not good yet (nbf)"],
    ["was issued in the future", { iat: now() + 60 }, "it was issued in the future (iat)"],
    ["expires at no time", { exp: "tomorrow" }, "its exp, nbf and iat are not times"],
    ["is for another API", { aud: "https://other.example.org" }, "its aud is missing or not the right one"],
    ["is for several others", { aud: ["a", "b"] }, "its aud is missing or not the right one"],
    ["is for nobody", { aud: [] }, "its aud is missing or not the right one"],
    ["does not say for which API it is", { aud: undefined }, "its aud is missing or not the right one"],
    ["says null of it", { aud: null }, "its aud is missing or not the right one"],
    [
      "is of another issuer",
      { iss: "https://evil.example.org" },
      "it is of another issuer than the one that was asked",
    ],
    ["is of what is no issuer", { iss: "me" }, "it is of another issuer than the one that was asked"],
    ["is of a number", { iss: 7 }, "it is of another issuer than the one that was asked"],
    ["is a refresh token by token_type", { token_type: "Refresh_Token" }, "it is another kind of token"],
    ["is one by token_use", { token_use: "refresh_token" }, "it is another kind of token"],
    ["is one by typ", { typ: "Refresh" }, "it is another kind of token"],
    [
      "is one by a URN",
      { token_type: "urn:ietf:params:oauth:token-type:refresh_token" },
      "it is another kind of token",
    ],
    ["is an ID token by typ", { typ: "ID" }, "it is another kind of token"],
    ["is an ID token by its hash of another token", { at_hash: "x" }, "it is an ID token"],
    ["tells of an event", { events: { "https://an.event": {} } }, "it is a token that tells of an event"],
    ["stands for a number", { sub: 7 }, "sub must be a text"],
    [
      "is bound to a key that is not named",
      { token_type: "DPoP" },
      "it is bound to a key, and its issuer does not say to which",
    ],
    [
      "is bound to a key that the caller has not shown",
      { token_type: "DPoP", cnf: { jkt: "x" } },
      "it is bound to a key, and this API takes no proof of one",
    ],
  ])("%s", async (_what, answer, rule) => {
    const { call, issuer } = await startIntrospecting();
    expect(refusalIn(await call(issuer.opaqueToken(answer)))).toEqual(invalid(rule));
  });
});

describe("an answer opens this API, when it", () => {
  test.each<[what: string, answer: Record<string, unknown>]>([
    ["has expired within the tolerance", { exp: now() - 10 }],
    ["is for several APIs, of which this is one", { aud: ["https://other.example.org", apiAudience] }],
    ["does not name its issuer", { iss: undefined }],
    ["has no times at all", { exp: undefined, iat: undefined }],
    ["stands for nobody", { sub: undefined }],
    ["does not say what kind of token it is", { token_type: undefined }],
    ["has null for what it does not know", { sub: null, nbf: null, cnf: null, scope: null }],
  ])("%s", async (_what, answer) => {
    const { call, issuer } = await startIntrospecting();
    expect((await call(issuer.opaqueToken(answer))).status).toBe(200);
  });

  test("names its issuer without the path, unless `strict` goes by the letter", async () => {
    const lax = await startIntrospecting();
    expect((await lax.call(lax.issuer.opaqueToken({ iss: `${lax.issuer.issuer}/oidc` }))).status).toBe(200);
    const strict = await startIntrospecting({}, { strict: true });
    expect((await strict.call(strict.issuer.opaqueToken())).status).toBe(200);
    const answer = await strict.call(strict.issuer.opaqueToken({ iss: `${strict.issuer.issuer}/oidc` }));
    expect(refusalIn(answer)).toEqual(invalid("it is of another issuer than the one that was asked"));
  });
});

describe('with audience: "optional"', () => {
  test("an answer without aud opens this API, one with another does not", async () => {
    const { call, issuer } = await startIntrospecting({ audience: "optional" });
    expect((await call(issuer.opaqueToken({ aud: undefined }))).status).toBe(200);
    expect((await call(issuer.opaqueToken())).status).toBe(200);
    const other = issuer.opaqueToken({ aud: "https://other.example.org" });
    expect(refusalIn(await call(other))).toEqual(invalid("its aud is missing or not the right one"));
  });

  test("an answer without aud must say what kind of token it is", async () => {
    const { call, issuer } = await startIntrospecting({ audience: "optional" });
    const unknown = issuer.opaqueToken({ aud: undefined, token_type: undefined });
    expect(refusalIn(await call(unknown))).toEqual(invalid("its issuer says neither aud nor token_type"));
    expect((await call(issuer.opaqueToken({ aud: undefined, token_type: undefined, typ: "Bearer" }))).status).toBe(200);
  });
});

describe('with tokens: "opaque", which is the default,', () => {
  test.each([{}, { tokens: "opaque" as const }])(
    "a JWT is verified with the issuer's keys, and not asked about (%o)",
    async (over) => {
      const { call, issuer } = await startIntrospecting(over);
      expect((await call(await issuer.accessToken())).status).toBe(200);
      expect((await call(await issuer.accessToken({ aud: "https://other.example.org" }))).status).toBe(401);
      expect(issuer.calls("introspection")).toBe(0);
    },
  );

  test("what only looks like a JWT is asked about, and what is encrypted", async () => {
    const { call, issuer } = await startIntrospecting();
    const encrypted = await issuer.accessToken({}, {}, signAndEncrypt);
    for (const token of ["a.b.c", "e30.e30.e30", encrypted]) {
      expect((await call(issuer.opaqueToken({}, token))).status).toBe(200);
    }
    expect(issuer.calls("introspection")).toBe(3);
  });
});

describe('with tokens: "all"', () => {
  const all = { tokens: "all", cacheFor: 0 } as const;

  test("a JWT is asked about, too, so that one that was revoked is refused", async () => {
    const { call, issuer } = await startIntrospecting(all);
    const token = issuer.opaqueToken({}, await issuer.accessToken());
    expect((await call(token)).status).toBe(200);
    issuer.vouched.delete(token);
    expect(refusalIn(await call(token))).toEqual(invalid("its issuer does not call it active"));
    expect(issuer.calls("jwks")).toBe(0);
  });

  test("a JWT that says little itself passes by what the issuer says of it", async () => {
    const { call, issuer } = await startIntrospecting(all);
    const token = await issuer.accessToken({ scope: undefined, client_id: undefined, aud: undefined }, { typ: "JWT" });
    expect((await call(issuer.opaqueToken({}, token))).json()).toMatchObject({ scopes: ["read"] });
  });

  test.each<[what: string, claims: Record<string, unknown>, typ: string, rule: string]>([
    ["a logout token", {}, "logout+jwt", "its typ is that of another kind of token"],
    ["an ID token by its claims", { at_hash: "x" }, "JWT", "it is an ID token, or says nothing of what it is for"],
    ["a refresh token by its claims", { typ: "Refresh" }, "JWT", "its claim typ is that of another kind of token"],
  ])("%s that the issuer calls active is refused", async (_what, claims, typ, rule) => {
    const { call, issuer } = await startIntrospecting(all);
    const token = await issuer.accessToken(claims, { typ });
    expect(refusalIn(await call(issuer.opaqueToken({}, token)))).toEqual(invalid(rule));
  });

  const [key, other] = [{ jkt: "one" }, { jkt: "another" }];
  const takesNoProof = "it is bound to a key, and this API takes no proof of one";
  test.each<[what: string, own: object, said: object, over: IntrospectionOptions, rule: string]>([
    ["is bound to a key, though the issuer does not say so", { cnf: key }, {}, {}, takesNoProof],
    [
      "is bound to another key than the issuer says",
      { cnf: key },
      { cnf: other },
      {},
      "it and its issuer's answer name different keys that it is bound to",
    ],
    ["has expired by itself", { exp: 1000 }, {}, {}, "it has expired"],
    [
      "is for another API, though the issuer names none",
      { aud: "https://other.example.org" },
      { aud: undefined },
      { audience: "optional" },
      "its aud is missing or not the right one",
    ],
  ])("a JWT is refused that %s", async (_what, own, said, over, rule) => {
    const { call, issuer } = await startIntrospecting({ ...all, ...over });
    const token = await issuer.accessToken({ ...own });
    expect(refusalIn(await call(issuer.opaqueToken({ ...said }, token)))).toEqual(invalid(rule));
  });

  test("a JWT whose claims can't be read passes by what the issuer says", async () => {
    const { call, issuer } = await startIntrospecting(all);
    const [header, , signature] = (await issuer.accessToken()).split(".");
    expect((await call(issuer.opaqueToken({}, `${header}.W10.${signature}`))).status).toBe(200);
  });

  test("`strict` wants the type of RFC 9068 of a JWT", async () => {
    const { call, issuer } = await startIntrospecting(all, { strict: true });
    const [right, wrong] = [await issuer.accessToken(), await issuer.accessToken({}, { typ: "JWT" })];
    expect((await call(issuer.opaqueToken({}, right))).status).toBe(200);
    expect(refusalIn(await call(issuer.opaqueToken({}, wrong)))).toEqual(invalid("its typ is not at+jwt"));
  });
});
